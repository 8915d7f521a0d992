"""Reading a table somebody saved: Excel, or text in whatever encoding and with whatever separator their office uses."""

from __future__ import annotations

import csv
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO

from django.utils.translation import gettext_lazy as _

from summit.errors import Refused

LIMIT = 10 * 1024 * 1024  # bytes of a table; 5,000 people take under two
ROWS = 20_000
COLUMNS = 60
UNPACKED = 200 * 1024 * 1024  # bytes of an Excel file once unpacked
SEPARATORS = ",;\t|"
GUARDED = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins so (OWASP, CSV injection)
# What zipfile, zlib and openpyxl raise on damaged and encrypted files (its own InvalidFileException is about names).
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, LookupError, ValueError, OSError, EOFError, SyntaxError,
    TypeError, AttributeError, RuntimeError,
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """headings: the first row that is not empty. rows: (number as the program shows it, cells), empty ones left out."""

    headings: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]


def read(name: str, content: bytes) -> Table:
    """Refused: import.empty, import.size, import.ending, import.content."""
    if not content.strip():
        raise Refused("import.empty", _("The file is empty."))
    if len(content) > LIMIT:
        raise Refused("import.size", _("The table is larger than 10 MB. Split it."))
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if ending not in {"xlsx", "csv", "tsv", "txt"}:
        raise Refused("import.ending", _("Tables are Excel (.xlsx) or text (.csv) files."))
    lines = _excel(content) if ending == "xlsx" else _text(content)
    rows: list[tuple[int, Sequence[str]]] = []
    for number, cells in lines:
        clean = [_unguard(cell.strip()) for cell in cells[:COLUMNS]]
        while clean and not clean[-1] and (not rows or len(clean) > len(rows[0][1])):
            clean.pop()
        if any(clean):
            rows.append((number, clean))
        if len(rows) > ROWS:
            raise Refused("import.size", _("The table has more than 20,000 rows. Split it."))
    if not rows:
        raise Refused("import.empty", _("The file is empty."))
    return Table(rows[0][1], rows[1:])


def _excel(content: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # takes a third of a second, which no process that starts need wait for

    broken = Refused("import.content", _("This Excel file is damaged or is not one. Save it again as .xlsx."))
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > UNPACKED:
                raise broken
        sheet = load_workbook(BytesIO(content), read_only=True, data_only=True).worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=COLUMNS, max_row=ROWS + 2), start=1):
            yield number, [_cell(value) for value in cells]
    except _DAMAGED as error:
        raise broken from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _text(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = decode(content)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise Refused("import.content", _("This text file is not a table. Save it again as .csv.")) from error


def decode(content: bytes) -> str:
    """UTF-16 by its mark, UTF-8 with or without, else Western European (what older Excel saves)."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def guard(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(GUARDED) else text


def _unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(GUARDED) else text

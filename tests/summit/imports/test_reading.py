"""Tables as offices save them."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from summit.errors import Refused
from summit.imports.reading import guard, read

LINES = [
    ["code", "short_en", "short_ar"],
    ["CI", "Côte d’Ivoire", "كوت ديفوار"],
    ["", "", ""],
    ["KE", "Kenya", "كينيا"],
]
SEEN = [(2, ["CI", "Côte d’Ivoire", "كوت ديفوار"]), (4, ["KE", "Kenya", "كينيا"])]


def text(separator=",", lines=LINES):
    return "\r\n".join(separator.join(line) for line in lines)


def excel(lines=LINES):
    book = Workbook()
    for line in lines:
        book.active.append(line)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_in_any_encoding_and_with_any_separator(separator, encoding):
    table = read("t.csv", text(separator).encode(encoding))
    assert (list(table.headings), [(n, list(cells)) for n, cells in table.rows]) == (LINES[0], SEEN)


def test_western_text_of_an_old_program():
    table = read("t.csv", "code;short_fr\nCI;Côte d’Ivoire\n".encode("cp1252"))
    assert table.rows == [(2, ["CI", "Côte d’Ivoire"])]


def test_excel_with_numbers_and_empty_rows():
    table = read("T.XLSX", excel([*LINES, [7, 1.0, None]]))
    assert list(table.rows)[-1] == (5, ["7", "1", ""])


def test_quoted_cells_may_hold_separators_and_line_breaks():
    table = read("t.csv", b'code,short_en\nKE,"Kenya, the\nRepublic of"\n')
    assert table.rows[0][1][1] == "Kenya, the\nRepublic of"


@pytest.mark.parametrize("said", ["=1+1", "+49", "-5", "@x"])
def test_what_a_spreadsheet_would_run_goes_out_guarded_and_comes_back(said):
    assert guard(said) == f"'{said}" and guard("Kenya") == "Kenya"
    assert read("t.csv", f"code\n{guard(said)}\n".encode()).rows[0][1] == [said]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("t.csv", b"", "import.empty"),
        ("t.csv", b"\n\n,,\n", "import.empty"),
        ("t.pdf", b"x", "import.ending"),
        ("t.xlsx", b"not a workbook", "import.content"),
        ("t.csv", b"a\n" * 20_100, "import.size"),
        ("t.csv", b"x" * (10 * 1024 * 1024 + 1), "import.size"),
    ],
)
def test_what_is_no_table_is_refused(name, content, code):
    with pytest.raises(Refused) as refused:
        read(name, content)
    assert refused.value.code == code


def test_a_workbook_that_is_encrypted_or_damaged_is_refused_and_nobody_waits_for_it():
    locked = bytearray(excel())
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.find(mark)
        while at >= 0:
            locked[at + flag] |= 1
            at = locked.find(mark, at + 4)
    damaged = bytearray(excel())
    part = ZipFile(BytesIO(excel())).getinfo("xl/workbook.xml")
    damaged[part.header_offset + 30 + len(part.filename) + 2] ^= 0xFF
    for content in (bytes(locked), bytes(damaged)):
        with pytest.raises(Refused) as refused:
            read("t.xlsx", content)
        assert refused.value.code == "import.content"

"""The same tables on their way out: what stands, or an empty one to fill in."""

from __future__ import annotations

import csv
from datetime import datetime
from io import BytesIO, StringIO

from summit.imports.holdings import cells_of, held
from summit.imports.planning import KINDS
from summit.imports.reading import guard
from summit.summits.models import Summit

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def table(kind: str, summit: Summit, now: datetime, *, empty: bool = False) -> list[list[str]]:
    """Headings in the reader's language, then a row for each that stands."""
    columns = KINDS[kind].columns
    rows = {} if empty else held(kind, summit, now)["rows"]
    lines = [[str(title) for title in columns.values()]]
    for key, values in rows.items():
        cells = cells_of(kind, key, values)
        lines.append([guard(cells.get(column, "")) for column in columns])
    return lines


def written(lines: list[list[str]], form: str) -> bytes:
    """form: csv (UTF-8 with a mark, so that Excel reads it right) or xlsx."""
    if form == "csv":
        out = StringIO(newline="")
        csv.writer(out).writerows(lines)
        return out.getvalue().encode("utf-8-sig")
    from openpyxl import Workbook  # takes a third of a second, which no process that starts need wait for
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.worksheets[0]
    for line in lines:
        sheet.append(line)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()

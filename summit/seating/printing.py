"""The seating plan as a PDF: what stands on it. The sheet itself is made by a killable child (planpdf.py)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, gettext, gettext_lazy, pgettext

from summit import names
from summit.agenda.models import Meeting
from summit.delegations.models import Delegation
from summit.errors import Refused
from summit.minutes.export.sheet import printed
from summit.seating.plan import Desk
from summit.seating.queries import Seating
from summit.summits.models import Summit


def render(summit: Summit, meeting: Meeting | None, seating: Seating) -> bytes:
    """The PDF in the reader's language. Refused: seating.pdf (the file could not be made here)."""
    made = printed("summit.seating.planpdf", as_printed(summit, meeting, seating, get_language() or "en"))
    if made is None:
        raise Refused("seating.pdf", gettext_lazy("The plan could not be printed on this machine. Tell its operator."))
    return made


def as_printed(summit: Summit, meeting: Meeting | None, seating: Seating, language: str) -> dict[str, Any]:
    """What stands on the sheet, every name as approved in this language."""

    def name(row: Delegation) -> str:
        return names.apart(names.short(row.names, language) or row.code)

    return {
        "language": language, "title": gettext("Seating plan"), "summit": names.apart(str(summit)),
        "meeting": names.apart(str(meeting or "")), "podium": gettext("Podium"), "row": pgettext("of seats", "Row"),
        "seats": gettext("Seats"), "delegation": gettext("Delegation"), "none": gettext("no seat"),
        "officers": [
            {"office": office.get_kind_display(), "name": names.apart(names.formal(office.person.names, language))}
            for office in seating.officers
        ] + [{"office": "", "name": name(row)} for row in seating.services],
        "rows": [
            [[{"name": name(row) if row else "", "seats": seats(desk)} for desk, row in block] for block in blocks]
            for blocks in seating.rows
        ],
        "lines": [
            {"name": name(row), "row": str(desk.row) if desk else "", "seats": seats(desk) if desk else ""}
            for row, desk in seating.lines
        ],
    }  # fmt: skip


def seats(desk: Desk) -> str:
    """3–4, or 3 alone."""
    return str(desk.first) if desk.first == desk.last else f"{desk.first}–{desk.last}"

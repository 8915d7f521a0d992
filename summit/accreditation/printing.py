"""Badges as a PDF: what stands on them. The sheet itself is made by a killable child (badgepdf.py)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, gettext_lazy, override

from summit import names
from summit.accreditation.badges import code_of, typed_code
from summit.accreditation.models import Badge, Place
from summit.errors import Refused
from summit.minutes.export.sheet import printed
from summit.summits.models import Summit

MOST = 100  # badges in one file
# Dark enough for white letters (WCAG 1.4.3); the word of the category stands beside: colour alone says nothing.
COLOURS = {
    "member": "#14365f", "host": "#14365f", "observer": "#1d5b3f", "igo": "#1d5b3f", "ngo": "#6b4a12",
    "press": "#8a1f2b", "secretariat": "#3d3d46",
}  # fmt: skip


def render(summit: Summit, badges: Sequence[Badge]) -> bytes:
    """The PDF, A6, one badge a page, in the summit's working language with the delegation's name in all it has.

    Takes about a second: not inside a transaction. Refused: badge.many, badge.pdf (the file could not be made here).
    """
    if len(badges) > MOST:
        raise Refused("badge.many", gettext_lazy("Print at most 100 badges at once."))
    language = summit.languages[0] if summit.languages else "en"
    with override(language if language in dict(settings.LANGUAGES) else "en"):
        asked = {
            "title": gettext("Badges"), "summit": names.short(summit.names, language), "no_photo": gettext("No photo"),
            "badges": [_as_printed(badge, language) for badge in badges],
        }  # fmt: skip
    made = printed("summit.accreditation.badgepdf", asked)
    if made is None:
        raise Refused("badge.pdf", gettext_lazy("The badges could not be printed on this machine. Tell its operator."))
    return made


def _as_printed(badge: Badge, language: str) -> dict[str, Any]:
    row = badge.accreditation
    seat = next(iter(row.person.seats_here), None)  # type: ignore[attr-defined]
    nomination, photo = getattr(row, "nomination", None), getattr(row, "photo", None)
    category = seat.delegation.category if seat else "secretariat"
    latin = names.short(row.person.names, "en")
    first = [language, *(code for code in settings.CONTENT_LANGUAGES if code != language)]
    return {
        "name": latin,
        "own": [
            {"language": code, "text": text}
            for code in row.person.names if (text := names.short(row.person.names, code)) != latin
        ],
        "function": str(seat.get_function_display()) if seat else "",
        "title": names.text(seat.title, language) if seat else "",
        "delegations": _each_once(seat.delegation.names, first) if seat else [],
        "category": str(seat.delegation.get_category_display()) if seat else "",
        "place": str(Place(nomination.place).label) if nomination else "",
        "colour": COLOURS[category],
        "code": code_of(badge),
        "typed": typed_code(badge),
        "photo": base64.b64encode(photo.file.read()).decode() if photo else "",
    }  # fmt: skip


def _each_once(approved: dict[str, Any], languages: Sequence[str]) -> list[dict[str, str]]:
    """The short name in every language it has, equal ones once."""
    found: dict[str, str] = {}
    for code in languages:
        if code in approved and (text := names.short(approved, code)):
            found.setdefault(text, code)
    return [{"language": code, "text": text} for text, code in found.items()]

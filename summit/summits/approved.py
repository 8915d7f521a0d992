"""Approved strings on their way in: cleaned of nothing but outer blanks, or refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from summit import names
from summit.errors import Refused

_WHY = {
    "empty": _("A name is missing. Give it in at least one language."),
    "long": _("A name is longer than 300 characters. Shorten it."),
    "control": _("A name holds invisible characters that change how text is read. Type it again without them."),
    "markup": _("A name holds markup such as <b>. Type it as plain text."),
}


def line(value: Any) -> str:
    """One approved string, in Unicode's composed form. Refused: name.empty, name.long, name.control, name.markup."""
    cleaned = unicodedata.normalize("NFC", str(value).strip())
    if fault := names.faults(cleaned):
        raise Refused(f"name.{fault}", _WHY[fault])
    return cleaned


def texts(value: Mapping[str, Any], *, required: bool = True) -> dict[str, str]:
    """{language: text}; empty languages are left out. Refused also: name.language."""
    kept = {_language(code): line(text) for code, text in value.items() if str(text or "").strip()}
    if required and not kept:
        raise Refused("name.empty", _WHY["empty"])
    return kept


def approved(value: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """{language: {"short": …, "formal": …}}; where one form is missing it is left out."""
    kept: dict[str, dict[str, str]] = {}
    for code, forms in value.items():
        entry = {form: line(forms[form]) for form in ("short", "formal") if str(forms.get(form) or "").strip()}
        if entry:
            kept[_language(code)] = entry
    if not kept:
        raise Refused("name.empty", _WHY["empty"])
    return kept


def zone(value: str) -> ZoneInfo:
    """A time zone by its IANA name. Refused: zone.unknown."""
    if value not in available_timezones():
        raise Refused("zone.unknown", _("There is no time zone of this name. Use one such as Africa/Nairobi."))
    return ZoneInfo(value)


def _language(code: str) -> str:
    if code not in settings.CONTENT_LANGUAGES:
        raise Refused("name.language", _("Names may be given in the six official languages of the United Nations."))
    return code

"""What a summit is called, where and when it meets: checked values, and how the journal spells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from summit.errors import Refused
from summit.summits import approved
from summit.summits.models import MOST_TABLES, Summit


def fill(
    summit: Summit, *, names: Mapping[str, Mapping[str, Any]], zone: str, languages: Sequence[str],
    protocol_language: str, opens_on: date, closes_on: date, tables: int | None = None,
) -> None:  # fmt: skip
    """Put checked values into a summit; saves nothing. Refused: name.*, zone.unknown, summit.dates, summit.language."""
    approved.zone(zone)
    if closes_on < opens_on:
        raise Refused("summit.dates", _("The last day is before the first day."))
    if not languages or set(languages) - set(settings.CONTENT_LANGUAGES):
        raise Refused("summit.language", _("Choose at least one of the six official languages of the United Nations."))
    if protocol_language not in settings.CONTENT_LANGUAGES:
        raise Refused("summit.language", _("The protocol order follows one of the six official languages."))
    summit.names, summit.zone, summit.languages = approved.approved(names), zone, list(languages)
    summit.protocol_language, summit.opens_on, summit.closes_on = protocol_language, opens_on, closes_on
    if tables is not None:
        summit.tables = min(max(tables, 0), MOST_TABLES)


def summit_as(summit: Summit) -> dict[str, Any]:
    """A summit as it stands now, for the journal."""
    return {
        "slug": summit.slug, "names": summit.names, "zone": summit.zone, "languages": summit.languages,
        "protocol_language": summit.protocol_language, "opens_on": summit.opens_on.isoformat(),
        "closes_on": summit.closes_on.isoformat(), "tables": summit.tables,
    }  # fmt: skip

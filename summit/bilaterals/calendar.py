"""Bilateral meetings in the calendar feeds of the two delegations' own members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext

from summit import names
from summit.agenda.models import CalendarFeed
from summit.bilaterals import queries

if TYPE_CHECKING:
    from icalendar import Event


def events(feed: CalendarFeed, language: str, now: datetime) -> list[Event]:
    """What this feed's person may know of: of the delegations they speak for, or of the one the feed is of."""
    from icalendar import Event

    own = {one.pk for one in queries.speaks_for(feed.person, feed.summit, now)}
    if feed.delegation_id is not None:
        own &= {feed.delegation_id}
    zone = ZoneInfo(feed.summit.zone)
    host = settings.ORIGIN.partition("//")[2]
    found = []
    for row in queries.agreed(own, now):
        other = row.guest if row.host_id in own else row.host
        event = Event()
        event.add("uid", f"bilateral-{row.pk}@{host}")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", row.starts_at.astimezone(zone))
        event.add("dtend", row.ends_at.astimezone(zone))
        event.add("summary", gettext("Bilateral meeting: %(name)s") % {"name": names.short(other.names, language)})
        if row.about:
            event.add("description", row.about)
        event.add("url", f"{settings.ORIGIN}/s/{feed.summit.slug}/bilaterals/")
        event.add("status", "CONFIRMED")
        found.append(event)
    return found

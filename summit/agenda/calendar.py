"""Calendar feeds: meetings as other programs read them (RFC 5545), under an address that is a secret.

The address is all a calendar program has: it opens what its person may enter now, and nothing once they may not.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from summit import names, rights
from summit.agenda import queries
from summit.agenda.models import CalendarFeed, Meeting
from summit.credentials.queries import credentials_of, summits_for, suspended
from summit.delegations import queries as members
from summit.delegations.models import Delegation
from summit.errors import Refused
from summit.people.models import Person
from summit.summits.models import Summit

if TYPE_CHECKING:
    from icalendar import Event

LASTS = timedelta(hours=3)  # a meeting's share of the conference day, 10 to 13 and 15 to 18; the end is not planned


@transaction.atomic
def make_feed(summit: Summit, person: Person, delegation_id: int | None, *, now: datetime) -> str:
    """A new secret for this person's feed of the summit, or of a delegation they speak for; the old one ends.

    Returns the token, which is shown once. Refused: feed.delegation.
    """
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if delegation_id is not None and delegation_id not in delegations_of(person, summit, now):
        raise Refused("feed.delegation", _("You do not speak for this delegation."))
    withdraw_feed(summit, person, delegation_id, now=now)
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.create(
        summit=summit, person=person, delegation_id=delegation_id, digest=_digest(token), made_at=now
    )
    return token


def withdraw_feed(summit: Summit, person: Person, delegation_id: int | None, *, now: datetime) -> None:
    """Its address answers no more."""
    live = CalendarFeed.objects.filter(summit=summit, person=person, delegation=delegation_id, withdrawn_at=None)
    live.update(withdrawn_at=now)


def feed_of(token: str) -> CalendarFeed | None:
    """The feed behind this token while it is live, its person may enter the summit and may sign in."""
    rows = CalendarFeed.objects.filter(digest=_digest(token), withdrawn_at=None)
    row = rows.select_related("summit", "person__account", "delegation").first()
    if row is None or row.person.account is None or not row.person.account.is_active:
        return None
    return row if summits_for(row.person).filter(pk=row.summit_id).exists() else None


def delegations_of(person: Person, summit: Summit, now: datetime) -> dict[int, Delegation]:
    """{id: delegation} of those this person speaks for now."""
    return {one.pk: one for one in members.delegations_of(person, summit, now)}


def meetings_in(feed: CalendarFeed, now: datetime) -> list[Meeting]:
    """The meetings this feed tells of: those its person, or any member of its delegation, may enter."""
    rows = Meeting.objects.filter(summit=feed.summit_id).prefetch_related("programme__item")
    meetings = list(rows.order_by("starts_at", "pk"))
    if feed.delegation is None:
        standing = queries.standings_in(feed.person, meetings, now)
    elif feed.delegation.pk in delegations_of(feed.person, feed.summit, now):
        member = _any_member(feed.delegation)
        standing = dict.fromkeys((one.pk for one in meetings), member)
    else:  # they speak for it no more
        return []
    return [one for one in meetings if rights.Right.ENTER in rights.rights_of(standing[one.pk], openness=one.openness)]


def _any_member(delegation: Delegation) -> rights.Standing:
    held = credentials_of([delegation.pk]).get(delegation.pk, "none")
    post = rights.Post(
        delegation=delegation.pk, category=delegation.category, function="adviser", credentials=held,
        suspended=bool(suspended([delegation.pk])),
    )  # fmt: skip
    return rights.Standing(0, True, posts=(post,), offices=frozenset(), removed=False)


_further: list[Callable[[CalendarFeed, str, datetime], Iterable[Event]]] = []


def on_feed(events: Callable[[CalendarFeed, str, datetime], Iterable[Event]]) -> None:
    """Registered once, when the application starts: further events of a feed, (feed, language, now)."""
    _further.append(events)


def ics(feed: CalendarFeed, meetings: Iterable[Meeting], origin: str, language: str, now: datetime) -> bytes:
    """The feed as text/calendar. origin: "https://…", for addresses and names that never change."""
    from icalendar import Calendar  # takes a sixth of a second, which no process that starts need wait for

    calendar = Calendar()
    calendar.add("prodid", "-//Parley//Calendar of meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    title = names.short(feed.summit.names, language)
    if feed.delegation is not None:
        title = f"{title} · {names.short(feed.delegation.names, language)}"
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", timedelta(minutes=15), parameters={"VALUE": "DURATION"})
    for meeting in meetings:
        calendar.add_component(_event(meeting, feed.summit, origin, language, now))
    for further in _further:
        for event in further(feed, language, now):
            calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(meeting: Meeting, summit: Summit, origin: str, language: str, now: datetime) -> Event:
    from icalendar import Event

    event = Event()
    host = origin.partition("//")[2]
    event.add("uid", f"{summit.slug}-{meeting.pk}@{host}")
    event.add("dtstamp", now.astimezone(UTC))
    starts = meeting.starts_at.astimezone(ZoneInfo(meeting.zone))
    ends = meeting.closed_at or meeting.starts_at + LASTS
    event.add("dtstart", starts)
    event.add("dtend", max(ends, meeting.starts_at + timedelta(minutes=1)).astimezone(ZoneInfo(meeting.zone)))
    event.add("summary", names.text(meeting.titles, language) or meeting.slug)
    if place := names.text(meeting.place, language):
        event.add("location", place)
    items = [f"{row.item.number} {names.text(row.item.titles, language)}" for row in meeting.programme.all()]
    said = [*items, gettext("Not yet open") if meeting.state == Meeting.State.PLANNED else meeting.get_state_display()]
    event.add("description", "\n".join(said))
    event.add("url", f"{origin}/s/{summit.slug}/meetings/{meeting.slug}/")
    event.add("sequence", meeting.version)
    event.add("status", "CONFIRMED")
    return event


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

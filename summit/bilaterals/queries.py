"""What two delegations see of their bilaterals, and when a delegation has time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from summit.agenda.calendar import LASTS
from summit.agenda.models import Meeting
from summit.bilaterals.models import Bilateral
from summit.credentials import queries as credentials
from summit.delegations.models import Delegation
from summit.delegations.queries import memberships_of
from summit.floor.topics import floor_state
from summit.people.models import Person
from summit.rights import Post, Right, rights_of_post
from summit.summits.models import Summit

EARLIEST, LATEST, STEP = time(8), time(20), timedelta(minutes=30)  # slots offered, at the host's place
SPEECH = timedelta(minutes=15)  # around an expected speech one is not free
OPENS, CLOSES = timedelta(minutes=10), timedelta(minutes=30)  # the corridor is held from before until after


def speaks_for(person: Person, summit: Summit, now: datetime) -> list[Delegation]:
    """The delegations for which this person may meet others: those whose members may enter corridors."""
    if not credentials.accredited([person.pk], summit.pk):
        return []
    rows = list(memberships_of([person.pk], summit.pk, now))
    pks = [row.delegation_id for row in rows]
    states, out = credentials.credentials_of(pks), credentials.suspended(pks)
    return [
        row.delegation
        for row in rows
        if Right.CORRIDOR
        in rights_of_post(
            Post(
                row.delegation_id, row.delegation.category, row.function, states.get(row.delegation_id, "none"),
                row.delegation_id in out,
            )
        )
    ]  # fmt: skip


def of_delegations(delegations: Iterable[int]) -> QuerySet[Bilateral]:
    """All that these delegations have on their desk, soonest first."""
    pks = list(delegations)
    rows = Bilateral.objects.filter(Q(host__in=pks) | Q(guest__in=pks))
    return rows.select_related("host", "guest", "by", "waits_for", "summit").order_by("starts_at", "pk")


def waiting(delegations: Iterable[int], now: datetime) -> QuerySet[Bilateral]:
    """What waits for an answer of these delegations: for those who speak for them (`speaks_for`) only."""
    pks = list(delegations)
    return of_delegations(pks).filter(state=Bilateral.State.PROPOSED, waits_for__in=pks, starts_at__gt=now)


def waiting_for(person: Person, summit: Summit, delegations: Iterable[int], now: datetime) -> list[Bilateral]:
    """What waits for this person's answer in these delegations, if they speak for them. One query while nothing waits, five
    otherwise."""
    rows = list(waiting(delegations, now))
    own = {one.pk for one in speaks_for(person, summit, now)} if rows else set()
    return [row for row in rows if row.waits_for_id in own]


def agreed(delegations: Iterable[int], now: datetime) -> QuerySet[Bilateral]:
    """What these delegations have agreed to and is not over: for calendars and pages of their own members only."""
    return of_delegations(delegations).filter(state=Bilateral.State.ACCEPTED, ends_at__gt=now - CLOSES)


def agreed_for(
    person: Person, summit: Summit, delegations: Iterable[int], now: datetime
) -> list[tuple[Bilateral, bool]]:
    """What these delegations have agreed to and this person may know of, because they speak for them; with whether theirs
    is the host. One query while nothing is agreed, five otherwise."""
    rows = list(agreed(delegations, now))
    own = {one.pk for one in speaks_for(person, summit, now)} if rows else set()
    return [(row, row.host_id in own) for row in rows if {row.host_id, row.guest_id} & own]


def is_held(row: Bilateral, now: datetime) -> bool:
    """Whether the corridor for this meeting is open, once it is agreed."""
    return row.starts_at - OPENS <= now <= row.ends_at + CLOSES


def clashes(delegations: Iterable[int], starts: datetime, ends: datetime, but: int | None = None) -> set[int]:
    """Which of these delegations have agreed to meet somebody else within this time."""
    pks = set(delegations)
    rows = of_delegations(pks).filter(state=Bilateral.State.ACCEPTED, starts_at__lt=ends, ends_at__gt=starts)
    if but is not None:
        rows = rows.exclude(pk=but)
    return {pk for row in rows for pk in (row.host_id, row.guest_id) if pk in pks}


@dataclass(frozen=True)
class Busy:
    """Why a delegation is not free then. kind: meeting | speech | bilateral; `what`: the meeting or the bilateral."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    what: Meeting | Bilateral


@dataclass(frozen=True)
class Slot:
    """Half an hour one may propose, with what stands in its way for my own delegation."""

    starts_at: datetime
    busy: tuple[Busy, ...]


def busy(summit: Summit, delegations: Iterable[int], starts: datetime, ends: datetime, now: datetime) -> list[Busy]:
    """What these delegations have to do between these moments: meetings of the calendar, their own expected speeches in
    meetings that are open, and bilaterals agreed. Six queries a meeting that is open, three beside."""
    pks = set(delegations)
    found: list[Busy] = []
    near = Meeting.objects.filter(summit=summit, starts_at__lt=ends, starts_at__gt=starts - LASTS)
    for meeting in near.select_related("item", "summit").order_by("starts_at", "pk"):
        over = meeting.closed_at or meeting.starts_at + LASTS
        found.append(Busy("meeting", meeting.starts_at, over, meeting))
        if meeting.state == Meeting.State.OPEN and meeting.item is not None:
            found += [
                Busy("speech", at - SPEECH, at + SPEECH, meeting)
                for at in _speeches(meeting, pks, now)
                if starts < at < ends
            ]
    rows = of_delegations(pks).filter(state=Bilateral.State.ACCEPTED, starts_at__lt=ends, ends_at__gt=starts)
    return found + [Busy("bilateral", row.starts_at, row.ends_at, row) for row in rows]


def _speeches(meeting: Meeting, delegations: set[int], now: datetime) -> list[datetime]:
    """When these delegations may be heard in this meeting, by its forecast."""
    state = floor_state(meeting, now)
    turns = [turn for turn in [*state["list"], *state["replies"]] if turn["delegation"] in delegations]
    begins = [state["forecast"].get(str(turn["id"])) for turn in turns]
    return [now + timedelta(seconds=seconds) for seconds in begins if seconds is not None]


def slots(
    summit: Summit, delegations: Iterable[int], days: Iterable[date], now: datetime
) -> dict[date, list[Slot]]:  # fmt: skip
    """The half hours of these days at the host's place that are still to come, with what my delegations have then.

    The days in their order; one that has none left is not there. The queries of `busy`, however many days.
    """
    zone, wanted = ZoneInfo(summit.zone), sorted(set(days))
    first, last = (datetime.combine(day, at, zone) for day, at in ((wanted[0], EARLIEST), (wanted[-1], LATEST)))
    taken = busy(summit, delegations, first, last, now)
    found: dict[date, list[Slot]] = {}
    for day in wanted:
        at, last = datetime.combine(day, EARLIEST, zone), datetime.combine(day, LATEST, zone)
        while at < last:
            if at > now:
                here = tuple(one for one in taken if one.starts_at < at + STEP and one.ends_at > at)
                found.setdefault(day, []).append(Slot(at, here))
            at += STEP
    return found

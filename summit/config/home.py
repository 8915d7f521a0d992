"""The first page: what is now, what is next, my delegation, today's papers, who is open to talk.

It gathers from every topic, so it stands on the roof.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from rooms.models import OpenToTalk
from summit.agenda import queries as agenda
from summit.agenda.models import Meeting, Paper
from summit.agenda.views import summit_for
from summit.attendance.models import Presence
from summit.credentials.models import Credentials
from summit.credentials.queries import summits_for, suspended
from summit.credentials.transitions import WITHOUT_DOCUMENT
from summit.delegations.models import Delegation
from summit.delegations.queries import memberships_of
from summit.floor.topics import floor_state
from summit.people.models import Person
from summit.people.queries import person_of
from summit.rights import Right, rights_of
from summit.summits.models import Summit

OPEN = (Meeting.State.OPEN, Meeting.State.SUSPENDED)
SOON = timedelta(hours=2)  # a meeting that begins within this time stands at the top, its lobby within reach
LATE = timedelta(hours=12)  # a meeting that should have begun longer ago than this is not shown as coming


@dataclass(frozen=True)
class Now:
    """A meeting under way, or about to open, as one person sees it. place: on its list, from 1; wait: minutes until then."""

    meeting: Meeting
    may_enter: bool
    place: int | None = None
    wait: int | None = None


@dataclass(frozen=True)
class Mine:
    """A delegation of mine. credentials is None where its category brings none."""

    delegation: Delegation
    credentials: Credentials | None
    hall: int
    remote: int
    suspended: bool


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To the newest summit one takes part in; without any, a page that says what to do."""
    person = person_of(request.user)
    summit = summits_for(person).first() if person else None
    if summit:
        return redirect("summit", summit.slug)
    return render(request, "home/nowhere.html")


@login_required
@require_GET
def summit(request: HttpRequest, summit: str) -> HttpResponse:
    """Home of one summit."""
    gathering, person = summit_for(request, summit)
    now = timezone.now()
    rows = list(agenda.meetings_for(person).filter(summit=gathering).select_related("item", "summit"))
    mine = [row.delegation for row in memberships_of([person.pk], gathering.pk, now)]
    today = now.astimezone(ZoneInfo(gathering.zone)).date()
    ahead = [row for row in rows if row.state == Meeting.State.PLANNED and row.starts_at > now - LATE]
    current = [row for row in rows if row.state in OPEN] or [row for row in ahead[:1] if row.starts_at < now + SOON]
    context = {
        "gathering": gathering,
        "current": _current(current, person, mine, now),
        "ahead": [row for row in ahead if row not in current][:4],
        "mine": _mine(mine, rows),
        "papers": _papers(gathering, person, [row for row in rows if row.day == today], now),
        "open_to_talk": OpenToTalk.objects.filter(summit=gathering, quiet=False).exclude(person=person).count(),
    }
    return render(request, "home/home.html", context)


def _current(meetings: list[Meeting], person: Person, mine: list[Delegation], now: datetime) -> list[Now]:
    standings = agenda.standings_in(person, meetings, now)
    found = []
    for meeting in meetings:
        may_enter = Right.ENTER in rights_of(standings[meeting.pk], openness=meeting.openness)
        place, wait = _place(meeting, {row.pk for row in mine}, now) if may_enter else (None, None)
        found.append(Now(meeting, may_enter, place, wait))
    return found


def _place(meeting: Meeting, mine: set[int], now: datetime) -> tuple[int | None, int | None]:
    """Where my delegation stands on the list of the item being taken, and in how many minutes it may be heard."""
    if meeting.item is None or meeting.state != Meeting.State.OPEN or not mine:
        return None, None
    state = floor_state(meeting, now)
    for place, turn in enumerate(state["list"], start=1):
        if turn["delegation"] in mine:
            seconds = state["forecast"].get(str(turn["id"]))
            return place, None if seconds is None else max(1, round(seconds / 60))
    return None, None


def _mine(delegations: list[Delegation], meetings: list[Meeting]) -> list[Mine]:
    credentials = {row.delegation_id: row for row in Credentials.objects.filter(delegation__in=delegations)}
    present = Presence.objects.filter(delegation__in=delegations, left_at=None, meeting__in=meetings)
    counts = Counter(present.values_list("delegation_id", "mode"))
    out = suspended(row.pk for row in delegations)
    return [
        Mine(
            row, _held(row, credentials.get(row.pk)), counts[(row.pk, "hall")], counts[(row.pk, "remote")],
            suspended=row.pk in out,
        )
        for row in delegations
    ]  # fmt: skip


def _held(delegation: Delegation, credentials: Credentials | None) -> Credentials | None:
    """Its credentials; a State that has sent none reads so, a category that brings none reads nothing."""
    if credentials is None and delegation.category not in WITHOUT_DOCUMENT:
        return Credentials(delegation=delegation)
    return credentials


def _papers(summit: Summit, person: Person, today: list[Meeting], now: datetime) -> list[Paper]:
    rows = agenda.papers_for(person, now).filter(summit=summit, item__programme__meeting__in=today)
    return list(rows.distinct().prefetch_related("files")[:8])

"""The first page: what is now, what is asked of my delegation, where it stands on the lists, what comes next with its
papers, its credentials, who is open to talk.

It gathers from every topic, so it stands on the roof. The page keeps itself true: every twenty seconds it asks again and
names what it shows (`stamp`); while that is still so it is answered with a few queries and no body.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from rooms.models import OpenToTalk
from summit.agenda import queries as agenda
from summit.agenda.models import Meeting, Paper, Programme
from summit.agenda.symbols import sort_key
from summit.agenda.views import summit_for
from summit.attendance.models import Presence
from summit.bilaterals.models import Bilateral
from summit.bilaterals.queries import agreed_for, is_held, waiting_for
from summit.config.pages import MOST, at_hand
from summit.credentials.models import Credentials
from summit.credentials.queries import MAY_HAND_IN, summits_for, suspended
from summit.credentials.transitions import WITHOUT_DOCUMENT
from summit.delegations.models import Delegation
from summit.delegations.queries import memberships_of
from summit.floor.places import Stand, stands
from summit.notices.models import Kind, Notice
from summit.notices.queries import unread_for
from summit.notices.words import path, sentence
from summit.people.models import Person
from summit.people.queries import person_of
from summit.questions.queries import open_for
from summit.record.models import Head
from summit.rights import Right, delegations_for, rights_of
from summit.summits.models import Summit
from summit.votes import queries as votes

OPEN = (Meeting.State.OPEN, Meeting.State.SUSPENDED)
SOON = timedelta(hours=2)  # a meeting that begins within this time stands at the top, its lobby within reach
LATE = timedelta(hours=12)  # a meeting that should have begun longer ago than this is not shown as coming
AHEAD = 4  # meetings shown as coming, and as many bilaterals
PAPERS = 8
TOLD = 5  # notices not read yet
SHOWN_ABOVE = (Kind.NEXT, Kind.QUESTION, Kind.BILATERAL)  # of what the page says by itself for as long as it is so
ASK_AGAIN = 20  # s between two looks of an open page


@dataclass(frozen=True)
class Now:
    """A meeting under way, or about to open, as one person sees it. stand: my delegation on the list of its item; votes:
    the delegations I vote for that have not voted while a vote is open."""

    meeting: Meeting
    may_enter: bool
    stand: Stand | None = None
    votes: tuple[Delegation, ...] = ()


@dataclass(frozen=True)
class Meet:
    """A bilateral my delegation has agreed to. held: its corridor is open."""

    bilateral: Bilateral
    mine: Delegation
    other: Delegation
    held: bool
    begun: bool


@dataclass(frozen=True)
class Waiting:
    """My delegation on a list whose item is not being taken; meeting: the next that will take it, if one is planned."""

    stand: Stand
    meeting: Meeting | None


@dataclass(frozen=True)
class Mine:
    """A delegation of mine. credentials is None where its category brings none."""

    delegation: Delegation
    credentials: Credentials | None
    hall: int
    remote: int
    suspended: bool
    hands_in: bool = False  # its head or deputy: may hand in its letter of credentials


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To the summit at hand of those one takes part in; without any, a page that says what to do."""
    person = person_of(request.user)
    summit = at_hand(list(summits_for(person)[:MOST]), timezone.now()) if person else None
    if summit:
        return redirect("summit", summit.slug)
    return render(request, "home/nowhere.html")


@login_required
@require_GET
def summit(request: HttpRequest, summit: str) -> HttpResponse:
    """Home of one summit. 204 to a page that shows it as it is already (header `X-Stamp`)."""
    gathering, person = summit_for(request, summit)
    now = timezone.now()
    talkers = OpenToTalk.objects.filter(summit=gathering, quiet=False).exclude(person=person).count()
    stamp = _stamp(gathering, person, talkers, now)
    if request.headers.get("X-Stamp") == stamp:
        return HttpResponse(status=204)
    context = {"gathering": gathering, "stamp": stamp, "open_to_talk": talkers, "ask_again": ASK_AGAIN}
    response = render(request, "home/home.html", context | _today(gathering, person, now))
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _stamp(summit: Summit, person: Person, talkers: int, now: datetime) -> str:
    """What the page depends on: every act is in the journal, and minutes are counted. Proposals to meet are in none: those
    of my own delegations, so that nobody else's page tells that there was one."""
    mine = memberships_of([person.pk], summit.pk, now).values("delegation")
    meets = Bilateral.objects.filter(Q(host__in=mine) | Q(guest__in=mine)).order_by("-changed_at")
    told = Notice.objects.filter(summit=summit, bilateral=None).order_by("-pk")
    newest = Summit.objects.filter(pk=summit.pk).values_list(
        Subquery(Head.objects.filter(summit=summit).values("seq")), Subquery(told.values("pk")[:1]),
        Subquery(meets.values("changed_at")[:1]),
    )  # fmt: skip
    head, notice, meets_at = newest.get()
    asked = round(meets_at.timestamp() * 1000) if meets_at else 0
    return f"{head or 0}.{notice or 0}.{asked}.{talkers}.{now:%H%M}.{person.pk}.{get_language()}"


def _today(gathering: Summit, person: Person, now: datetime) -> dict[str, object]:
    rows = list(agenda.meetings_for(person).filter(summit=gathering).select_related("item", "summit"))
    seats = list(memberships_of([person.pk], gathering.pk, now))
    mine = [row.delegation for row in seats]
    coming = [row for row in rows if row.state == Meeting.State.PLANNED and row.starts_at > now - LATE]
    current = [row for row in rows if row.state in OPEN] or [row for row in coming[:1] if row.starts_at < now + SOON]
    ahead = [row for row in coming if row not in current][:AHEAD]
    held = {row.pk for row in mine}
    standing = stands(held, rows, now) if held else []
    readable = agenda.papers_for(person, now)
    meets = _meets(person, gathering, held, now) if held else []
    later = [row for row in meets if not row.held][:AHEAD]
    return {
        "current": _in_order(_current(current, person, standing, mine, now), (row for row in meets if row.held)),
        "waiting": _waiting(standing, [*current, *coming]),
        "questions": list(open_for(held)) if held else [],
        "proposals": waiting_for(person, gathering, held, now),
        "told": [
            {"notice": row, "words": sentence(row), "path": path(row)}
            for row in unread_for(person, gathering, now, readable, but=SHOWN_ABOVE)[:TOLD]
        ],
        "ahead": _in_order(ahead, later),
        "mine": _mine(mine, rows, {row.delegation_id for row in seats if row.function in MAY_HAND_IN}),
        "papers": _papers(readable.filter(summit=gathering), [*current, *ahead]),
    }


def _current(
    meetings: list[Meeting], person: Person, standing: Iterable[Stand], mine: list[Delegation], now: datetime
) -> list[Now]:
    standings = agenda.standings_in(person, meetings, now)
    taken = {one.meeting.pk: one for one in reversed(list(standing)) if one.meeting}
    asked = votes.waiting_for((row.pk for row in meetings), (row.pk for row in mine)) if mine else {}
    found = []
    for meeting in meetings:
        may_enter = Right.ENTER in rights_of(standings[meeting.pk], openness=meeting.openness)
        voting = delegations_for(standings[meeting.pk], Right.VOTE, openness=meeting.openness) & asked.get(
            meeting.pk, set()
        )
        left = tuple(row for row in mine if row.pk in voting)
        found.append(Now(meeting, may_enter, taken.get(meeting.pk) if may_enter else None, left if may_enter else ()))
    return found


def _meets(person: Person, summit: Summit, held: set[int], now: datetime) -> list[Meet]:
    return [
        Meet(row, *((row.host, row.guest) if hosts else (row.guest, row.host)), is_held(row, now), row.starts_at <= now)
        for row, hosts in agreed_for(person, summit, held, now)
    ]


def _in_order(meetings: Iterable[Now | Meeting], meets: Iterable[Meet]) -> list[Now | Meeting | Meet]:
    """Meetings and bilaterals together, as they begin."""

    def begins(shown: Now | Meeting | Meet) -> datetime:
        row = shown.bilateral if isinstance(shown, Meet) else shown.meeting if isinstance(shown, Now) else shown
        return row.starts_at

    return sorted([*meetings, *meets], key=begins)


def _waiting(standing: Iterable[Stand], coming: Sequence[Meeting]) -> list[Waiting]:
    rows = [one for one in standing if one.meeting is None]
    if not rows:
        return []
    programme = Programme.objects.filter(meeting__in=coming, item__in=[one.turn.item_id for one in rows])
    takes = set(programme.values_list("item_id", "meeting_id"))
    return [Waiting(one, next((row for row in coming if (one.turn.item_id, row.pk) in takes), None)) for one in rows]


def _mine(delegations: list[Delegation], meetings: list[Meeting], headed: set[int]) -> list[Mine]:
    credentials = {row.delegation_id: row for row in Credentials.objects.filter(delegation__in=delegations)}
    present = Presence.objects.filter(delegation__in=delegations, left_at=None, meeting__in=meetings)
    counts = Counter(present.values_list("delegation_id", "mode"))
    out = suspended(row.pk for row in delegations)
    return [
        Mine(
            row, _held(row, credentials.get(row.pk)), counts[(row.pk, "hall")], counts[(row.pk, "remote")],
            suspended=row.pk in out, hands_in=row.pk in headed and row.category not in WITHOUT_DOCUMENT,
        )
        for row in delegations
    ]  # fmt: skip


def _held(delegation: Delegation, credentials: Credentials | None) -> Credentials | None:
    """Its credentials; a State that has sent none reads so, a category that brings none reads nothing."""
    if credentials is None and delegation.category not in WITHOUT_DOCUMENT:
        return Credentials(delegation=delegation)
    return credentials


def _papers(readable: QuerySet[Paper], meetings: list[Meeting]) -> list[Paper]:
    """The papers of what is on now and comes next, in the order in which they will be needed; superseded ones left out."""
    rows = readable.filter(item__programme__meeting__in=meetings).distinct().select_related("item")
    known = rows.values_list("item__position", "symbol", "pk")
    first = [pk for _at, _symbol, pk in sorted(known, key=lambda row: (row[0], sort_key(row[1])))][: 4 * PAPERS]
    found = [paper for paper in agenda.listed(rows.filter(pk__in=first), readable) if paper.superseded_by is None]
    return sorted(found, key=lambda paper: first.index(paper.pk))[:PAPERS]

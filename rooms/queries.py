"""What live pages and sockets are told: whole small states, and who someone is here."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q

from rooms.models import ChatLine, HelpCall, Room, ScreenLink, Seat
from summit.agenda import queries as agenda
from summit.agenda.models import Meeting, Office
from summit.attendance.queries import Present, counts
from summit.bilaterals import queries as bilaterals
from summit.credentials import queries as credentials
from summit.delegations import queries as delegations
from summit.delegations.models import Delegation
from summit.floor.topics import agenda_state, desk_state, floor_state, meeting_state
from summit.groups.queries import groups_state
from summit.people.models import Person
from summit.recordings.queries import consents_state
from summit.rights import Post, Right, Standing, rights_of, rights_of_post
from summit.summits.models import Summit
from summit.votes.queries import state as votes_state

CHAT_LINES = 100
HELP_CALLS = 50  # answered ones that officers still see; who waits is never among those left out
REPORT = "report."  # begins the obstacle of what somebody tells the officers of a person in the corridors
REACHED = "reach."  # begins the obstacle of a call that an officer made: `reach.word`, `reach.low_data`
HELPERS = frozenset({Right.HELP, Right.RUN_FLOOR})  # one of them: hears calls for help, and answers
CALL_MATTERS = timedelta(hours=12)  # then a call for help is of another day


def iso(at: datetime | None) -> str | None:
    """A moment as the protocol spells it."""
    return at.isoformat() if at else None


def milliseconds() -> int:
    """The server's clock as a topic's version."""
    return time.time_ns() // 1_000_000


def standings(room: Room, persons: Iterable[int], now: datetime) -> dict[int, Standing]:
    """{person: what decides their rights in this room}, however many persons, in a handful of queries."""
    ids = sorted(set(persons))
    if room.meeting is not None:
        return agenda.standings_of(ids, room.meeting, now)
    return _in_foyer(ids, room.summit_id, now)


def _in_foyer(persons: list[int], summit_id: int, now: datetime) -> dict[int, Standing]:
    """Standings in the foyer: memberships, and every office held in any meeting of the summit."""
    rows = list(delegations.memberships_of(persons, summit_id, now))
    represented = {row.delegation_id for row in rows}
    states, out = credentials.credentials_of(represented), credentials.suspended(represented)
    inside = credentials.accredited(persons, summit_id)
    offices = Office.objects.filter(delegations.holding(now), meeting__summit=summit_id, person__in=persons)
    held: dict[int, set[str]] = {pk: set() for pk in persons}
    for person, kind in offices.values_list("person_id", "kind"):
        held[person].add(kind)
    posts: dict[int, list[Post]] = {pk: [] for pk in persons}
    for row in rows:
        state, lost = states.get(row.delegation_id, "none"), row.delegation_id in out
        posts[row.person_id].append(Post(row.delegation_id, row.delegation.category, row.function, state, lost))
    return {pk: Standing(pk, pk in inside, tuple(posts[pk]), frozenset(held[pk])) for pk in persons}


def you(person: Person, standing: Standing, openness: str, language: str) -> dict[str, Any]:
    """Who someone is here: for the page and for `welcome`."""
    rows = {post.delegation: post for post in standing.posts}
    found = _delegations(rows)
    return {
        "person": person.pk,
        "names": person.names,
        "language": language,
        "delegations": [
            {"id": pk, **found[pk], "function": rows[pk].function, "rights": sorted(rights_of_post(rows[pk]))}
            for pk in rows
            if pk in found
        ],
        "offices": sorted(standing.offices),
        "rights": sorted(rights_of(standing, openness=openness)),
    }


def _delegations(pks: Iterable[int]) -> dict[int, dict[str, Any]]:
    rows = Delegation.objects.filter(pk__in=list(pks))
    return {row.pk: {"code": row.code, "names": row.names, "category": row.category, "flag": row.flag} for row in rows}


def directory_state(summit: Summit, meeting: Meeting | None, now: datetime) -> dict[str, Any]:
    """Everybody accredited to the summit and every delegation: names for ids. Seven queries, whatever the size."""
    rows = summit.delegations.select_related("credentials")
    known = {
        row.pk: {
            "code": row.code, "category": row.category, "names": row.names, "flag": row.flag, "order": row.order,
            "credentials": row.credentials.state if hasattr(row, "credentials") else "none",
        }
        for row in rows
    }  # fmt: skip
    people = Person.objects.filter(accreditations__summit=summit, accreditations__state__in=credentials.MAY_ENTER)
    persons: dict[int, dict[str, Any]] = {
        pk: {"names": names, "delegation": None, "delegations": [], "function": "", "title": {}, "offices": []}
        for pk, names in people.values_list("pk", "names")
    }
    seats = delegations.memberships_of(persons, summit.pk, now)
    for row in delegations.with_acting(seats, meeting.pk) if meeting else seats:
        person = persons[row.person_id]
        person["delegations"].append(row.delegation_id)
        if person["delegation"] is None:
            person.update(delegation=row.delegation_id, function=delegations.function_in(row), title=row.title)
    if meeting is not None:
        for pk, kind in agenda.offices_held(meeting, now).values_list("person_id", "kind"):
            if pk in persons:
                persons[pk]["offices"].append(kind)
    return {"persons": persons, "delegations": known, "groups": groups_state(summit, now)}


def items_of(summit: Summit) -> list[dict[str, Any]]:
    """The agenda by number and title, for saying what one is open to talk about."""
    rows = summit.items.values_list("id", "number", "titles")
    return [{"id": pk, "number": number, "titles": titles} for pk, number, titles in rows]


def in_corridors(summits: Iterable[int]) -> dict[int, int]:
    """{summit: how many people are in its corridors}, without those in the room of their own delegation, which nobody sees
    is there. A summit where nobody is, is left out."""
    seats = Seat.objects.filter(room__kind=Room.Kind.CORRIDOR, room__delegation=None, room__summit__in=list(summits))
    taken = seats.filter(left_at=None, through__left_at=None)
    return dict(taken.order_by().values_list("room__summit").annotate(Count("person", distinct=True)))


def bilaterals_of(person: Person, summit_id: int, now: datetime) -> list[dict[str, Any]]:
    """What this person's delegations have agreed to, soonest first, and when its corridor is held; for their own pages."""
    summit = Summit.objects.get(pk=summit_id)
    own = {one.pk for one in bilaterals.speaks_for(person, summit, now)}
    return [
        {
            "id": row.pk, "delegation": row.guest_id if row.host_id in own else row.host_id, "about": row.about,
            "starts_at": iso(row.starts_at), "ends_at": iso(row.ends_at),
            "opens_at": iso(row.starts_at - bilaterals.OPENS), "closes_at": iso(row.ends_at + bilaterals.CLOSES),
        }
        for row in bilaterals.agreed(own, now)
    ]  # fmt: skip


def people_state(seats: Iterable[Mapping[str, Any]], there: dict[int, Present]) -> dict[str, Any]:
    """The topic `people`: seats as the keeper knows them, delegations counted once, however many devices."""
    return {"seats": list(seats), "present": {str(pk): how for pk, how in there.items()}, "counts": counts(there)}


def help_state(meeting: Meeting) -> dict[str, Any]:
    """Calls for help and screen links, for officers: whoever waits, however many and long, and those answered last.

    By when they were answered: a call that waited long has its answer told to whoever called (Keeper._answered).
    """
    held = HelpCall.objects.filter(meeting=meeting)
    answered = held.filter(answered_at__isnull=False).order_by("-answered_at", "-pk")
    last = list(answered.values_list("pk", flat=True)[:HELP_CALLS])
    calls = held.filter(Q(pk__in=last) | Q(answered_at__isnull=True)).order_by("-pk")
    screens = ScreenLink.objects.filter(meeting=meeting, revoked_at__isnull=True).order_by("pk")
    return {
        "calls": [
            {
                "call": call.pk, "person": call.person_id, "obstacle": call.obstacle, "text": call.text,
                "at": iso(call.at), "answered_by": call.answered_by_id, "answered_at": iso(call.answered_at),
                "reply": call.reply,
            }
            for call in calls
        ],
        "screens": [{"link": link.pk, "made_at": iso(link.made_at)} for link in screens],
    }  # fmt: skip


def last_calls(room: Room, persons: Iterable[int], now: datetime) -> dict[int, dict[str, Any]]:
    """{person: their newest call for help in the room's meeting, with what was answered}, while it matters to them."""
    calls = HelpCall.objects.filter(meeting=room.meeting_id, person__in=list(persons), at__gt=now - CALL_MATTERS)
    calls = calls.exclude(obstacle__startswith=REPORT).exclude(obstacle__startswith=REACHED)
    newest = calls.values("person").annotate(newest=Max("pk"))
    found = HelpCall.objects.filter(pk__in=newest.values("newest"))
    return {
        call.person_id: {
            "call": call.pk, "text": call.text, "at": iso(call.at), "reply": call.reply, "answered_at": iso(call.answered_at),
        }
        for call in found
    }  # fmt: skip


def helping(room: Room, taken: Iterable[Seat], now: datetime) -> frozenset[int]:
    """Who of those on these seats answers calls for help in the room's meeting. A handful of queries."""
    meeting = room.meeting
    if meeting is None:
        return frozenset()
    known = standings(room, {seat.person_id for seat in taken if seat.person_id is not None}, now)
    return frozenset(pk for pk, standing in known.items() if rights_of(standing, openness=meeting.openness) & HELPERS)


def chat_line(line: ChatLine) -> dict[str, Any]:
    """One line of the meeting's chat, as said, and how the doors stood then."""
    return {
        "line": line.pk, "person": line.person_id, "delegation": line.delegation_id,
        "to_secretariat": line.to_secretariat, "text": line.text, "at": iso(line.at), "openness": line.openness,
    }  # fmt: skip


def chat_lines(meeting: Meeting) -> list[dict[str, Any]]:
    """The newest lines, oldest first. Twice what one seat is shown: who may see which is the keeper's to pick."""
    rows = ChatLine.objects.filter(meeting=meeting).order_by("-pk")[: 2 * CHAT_LINES]
    return [chat_line(row) for row in reversed(rows)]


def unheard(meeting: Meeting, heard: frozenset[int]) -> bool:
    """Whether one of the newest lines is not among these."""
    newest = ChatLine.objects.filter(meeting=meeting).order_by("-pk").values_list("pk", flat=True)
    return not heard.issuperset(newest[: 2 * CHAT_LINES])


@dataclass(frozen=True)
class Topic:
    """A whole state and its version."""

    version: int
    state: Any


def meeting_topics(meeting: Meeting) -> dict[str, Topic]:
    """What the domain publishes about a meeting, read afresh: `meeting`, `agenda`, `floor`, `desk`, `consents`,
    `votes`."""
    states = {
        "meeting": meeting_state, "agenda": agenda_state, "floor": floor_state, "desk": desk_state,
        "consents": consents_state, "votes": votes_state,
    }  # fmt: skip
    return {name: Topic(meeting.version, state(meeting)) for name, state in states.items()}


def may_see_desk(rights: frozenset[Right]) -> bool:
    """Whether someone with these rights hears the desk's topics."""
    return bool(rights & {Right.PRESIDE, Right.RUN_FLOOR, Right.RUN_HALL, Right.HELP})

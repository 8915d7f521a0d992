"""Corridors in the database: rows that live as long as someone is inside. Nothing here is journaled or logged.

Every function is one transaction; what is said in a corridor never comes here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import actions
from rooms.models import Block, Knock, OpenToTalk, Room, Seat
from rooms.queries import iso
from rooms.seats import foyer_of
from summit.agenda.models import Item, Meeting
from summit.bilaterals import queries as bilaterals
from summit.delegations.queries import memberships_of
from summit.errors import Refused
from summit.people.models import Person
from summit.summits.models import Summit

PERSONS = 16
ADMITTED_FOR = timedelta(minutes=10)  # a "come in" is good for


@dataclass(frozen=True)
class Doors:
    """What a summit's corridors look like from outside: never who is inside."""

    signs: list[dict[str, Any]]
    present: dict[int, dict[str, Any]]  # by person, as they chose; the quiet ones too


def doors(summit_id: int) -> Doors:
    """Read in three queries, however many there are."""
    rooms = Room.objects.filter(
        summit=summit_id, kind=Room.Kind.CORRIDOR, delegation=None
    )  # their own rooms have no door
    rooms = rooms.prefetch_related("seats").order_by("pk")
    present = OpenToTalk.objects.filter(summit=summit_id).order_by("since", "pk")
    return Doors(
        signs=[
            {
                "corridor": str(room.key), "topic": room.topic, "count": len(room.seats.all()), "locked": room.locked,
                "table": room.table,
            }
            for room in rooms
        ],
        present={
            one.person_id: {
                "about": one.about, "item": one.item_id, "languages": one.languages, "since": iso(one.since),
                "quiet": one.quiet,
            }
            for one in present
        },
    )  # fmt: skip


def corridor_state(key: str) -> dict[str, Any] | None:
    """The topic `corridor`, for those inside; None once it is empty."""
    room = Room.objects.filter(key=key, kind=Room.Kind.CORRIDOR).select_related("bilateral").first()
    if room is None:
        return None
    seats = list(room.seats.order_by("pk"))
    waiting = room.knocks.filter(answer__in=[Knock.Answer.NONE, Knock.Answer.SOON]).order_by("pk")
    waiting = waiting.exclude(person__in=blocked_by(seat.person_id for seat in seats))
    return {
        "corridor": str(room.key),
        "topic": room.topic,
        "locked": room.locked,
        "table": room.table,
        "delegation": room.delegation_id,
        "held_for": sorted(_held_for(room)),
        "persons": [seat.person_id for seat in seats],
        "seats": [{"seat": str(seat.key), "person": seat.person_id} for seat in seats],
        "knocks": [{"knock": one.pk, "person": one.person_id, "line": one.line, "at": iso(one.at)} for one in waiting],
    }


def inside(summit_id: int) -> dict[str, tuple[str, str]]:
    """{key of the seat that carries it: (corridor, seat in the corridor)} of a whole summit."""
    rows = Seat.objects.filter(room__summit=summit_id, room__kind=Room.Kind.CORRIDOR, through__isnull=False)
    return {
        str(through): (str(corridor), str(key))
        for through, corridor, key in rows.values_list("through__key", "room__key", "key")
    }


def _corridor(summit_id: int, key: str) -> Room:
    try:
        return Room.objects.select_for_update().get(summit=summit_id, kind=Room.Kind.CORRIDOR, key=UUID(key))
    except (Room.DoesNotExist, ValueError):
        raise Refused("corridor.gone", _("Nobody is in this corridor any more.")) from None


@dataclass(frozen=True)
class Intent:
    """What somebody is open to talk about, and in which languages."""

    about: str = ""
    item: int | None = None
    languages: tuple[str, ...] = ()
    quiet: bool = False  # instead: not to be disturbed


@transaction.atomic
def be_open(summit_id: int, person: int, intent: Intent | None, now: datetime) -> None:
    """Presence by choice; None takes it back. Refused: corridor.no_item."""
    if intent is None:
        not_open(summit_id, person)
        return
    if intent.item is not None and not Item.objects.filter(summit=summit_id, pk=intent.item).exists():
        raise Refused("corridor.no_item", _("This item is not on the agenda of the summit."))
    chosen = asdict(intent) | {"item_id": intent.item, "languages": [one for one in intent.languages if one.isalpha()]}
    del chosen["item"]
    OpenToTalk.objects.update_or_create(
        summit_id=summit_id, person_id=person, defaults=chosen, create_defaults={**chosen, "since": now}
    )


def not_open(summit_id: int, person: int | None) -> bool:
    """Whoever left is not open to talk any more. Whether they had chosen anything."""
    return bool(OpenToTalk.objects.filter(summit=summit_id, person=person).delete()[0])


@transaction.atomic
def open_one(summit_id: int, topic: str, seats: list[int], now: datetime) -> str:
    """A new corridor with these seats inside, out of whichever they were in. Returns its key."""
    room = Room.objects.create(summit_id=summit_id, kind=Room.Kind.CORRIDOR, topic=topic)
    for pk in seats:
        _sit(room, pk, now)
    return str(room.key)


@transaction.atomic
def join(summit_id: int, key: str, seat: int, now: datetime) -> None:
    """This seat comes in, by invitation of someone inside. Refused: corridor.gone, corridor.full."""
    _sit(_corridor(summit_id, key), seat, now)


@transaction.atomic
def enter(summit_id: int, key: str, seat: int, person: int, now: datetime) -> None:
    """This person was told to come in. Refused: corridor.gone, corridor.knock_first, corridor.full."""
    room = _corridor(summit_id, key)
    admitted = room.knocks.filter(person=person, answer=Knock.Answer.COME_IN, answered_at__gt=now - ADMITTED_FOR)
    if not admitted.exists():
        raise Refused("corridor.knock_first", _("Knock first; those inside decide."))
    _sit(room, seat, now)
    room.knocks.filter(person=person).delete()


@transaction.atomic
def sit(summit_id: int, table: int, seat: int, person: int, now: datetime) -> str:
    """Down at a table of the floor plan: no knocking, as at any table, while those there have not locked it.

    Whoever one of them has blocked reads that it is full. Returns the corridor's key.
    Refused: corridor.no_table, corridor.locked, corridor.full.
    """
    Room.objects.select_for_update().get(pk=foyer_of(summit_id).pk)  # two who sit down at once find one another
    if not 1 <= table <= Summit.objects.values_list("tables", flat=True).get(pk=summit_id):
        raise Refused("corridor.no_table", _("There is no such table."))
    room, _made = Room.objects.get_or_create(summit_id=summit_id, kind=Room.Kind.CORRIDOR, table=table)
    if room.seats.filter(through=seat).exists():
        return str(room.key)
    there = set(room.seats.values_list("person_id", flat=True))
    if room.locked and person not in there:
        raise Refused("corridor.locked", _("This corridor is locked. Those inside want to be alone."))
    if person not in there and person in blocked_by(there):
        raise _full()
    _sit(room, seat, now)
    return str(room.key)


@transaction.atomic
def meet(summit_id: int, bilateral: int, seat: int, person: Person, now: datetime) -> str:
    """Into the corridor held for a bilateral meeting: for members of the two delegations, nobody may knock.

    From ten minutes before until half an hour after. Returns the corridor's key.
    Refused: corridor.no_bilateral, corridor.not_yet, corridor.full.
    """
    Room.objects.select_for_update().get(pk=foyer_of(summit_id).pk)
    summit = Summit.objects.get(pk=summit_id)
    mine = [one.pk for one in bilaterals.speaks_for(person, summit, now)]
    row = bilaterals.agreed(mine, now).filter(summit=summit, pk=bilateral).first()
    if row is None:
        raise Refused(
            "corridor.no_bilateral", _("No such meeting is agreed now. Look at the desk of bilateral meetings.")
        )
    if not bilaterals.is_held(row, now):
        raise Refused("corridor.not_yet", _("The corridor opens ten minutes before the meeting."))
    room, _made = Room.objects.get_or_create(
        summit_id=summit_id, kind=Room.Kind.CORRIDOR, bilateral=row, defaults={"locked": True}
    )
    if not room.seats.filter(through=seat).exists():
        _sit(room, seat, now)
    return str(room.key)


@transaction.atomic
def own(summit_id: int, delegation: int, seat: int, person: int, now: datetime) -> str:
    """Into the delegation's own room: for its members alone; nobody sees that it is there. Returns the corridor's key.

    Refused: corridor.not_a_member, corridor.inside, corridor.full.
    """
    Room.objects.select_for_update().get(pk=foyer_of(summit_id).pk)  # two who go in at once find one another
    if not memberships_of([person], summit_id, now).filter(delegation=delegation).exists():
        raise _not_a_member()
    room, _made = Room.objects.get_or_create(
        summit_id=summit_id, kind=Room.Kind.CORRIDOR, delegation_id=delegation, defaults={"locked": True}
    )
    if not room.seats.filter(through=seat).exists():
        _sit(room, seat, now)
    return str(room.key)


@transaction.atomic
def guests(summit_id: int, key: str, persons: set[int], now: datetime) -> set[int]:
    """Those of these persons whom somebody inside may ask in; elsewhere than in a room that is held for some, all.

    Refused: corridor.gone, corridor.not_a_member, corridor.held: none of them.
    """
    room = _corridor(summit_id, key)
    held_for = _held_for(room)
    if not held_for:
        return persons
    found = memberships_of(persons, summit_id, now).filter(delegation__in=held_for)
    members: set[int] = set(found.values_list("person", flat=True))
    if not members:
        raise _not_a_member() if room.delegation_id else _held()
    return members


def _held_for(room: Room) -> set[int]:
    """The delegations whose members alone may come in; empty: a corridor for everybody."""
    if room.delegation_id:
        return {room.delegation_id}
    return {room.bilateral.host_id, room.bilateral.guest_id} if room.bilateral else set()


def _not_a_member() -> Refused:
    return Refused("corridor.not_a_member", _("This room is for the members of one delegation."))


def _held() -> Refused:
    return Refused(
        "corridor.held",
        _("This corridor is held for two delegations: nobody else comes in. Leave it to talk with others."),
    )


def _elsewhere() -> Refused:
    return Refused("corridor.held", _("Whoever asked you is where nobody else comes in. Ask them for a word later."))


def _inside_already() -> Refused:
    return Refused("corridor.inside", _("You are in this corridor already, on another device. Leave it there first."))


def _full() -> Refused:
    return Refused("corridor.full", _("This corridor is full: sixteen people is the most."))


def _sit(room: Room, through: int, now: datetime) -> None:
    carrier = Seat.objects.get(pk=through)
    members, held_for = memberships_of([carrier.person_id or 0], room.summit_id, now), _held_for(room)
    if held_for and not members.filter(delegation__in=held_for).exists():  # asked before whoever asked went in there
        raise _not_a_member() if room.delegation_id else _elsewhere()
    if room.seats.filter(person=carrier.person_id).exists():
        raise _inside_already()
    if room.seats.count() >= PERSONS:
        raise _full()
    _leave(carrier.pk)
    Seat.objects.create(
        room=room, person_id=carrier.person_id, device=Seat.Device.MEDIA, through=carrier, taken_at=now, seen_at=now
    )


@transaction.atomic
def leave(through: int) -> str | None:
    """Out. The last one takes everything along: the corridor's rows are gone. The key of the corridor they were in."""
    return _leave(through)


@transaction.atomic
def leave_all(summit_id: int) -> None:
    """Everybody out: no corridor of the summit is left."""
    Room.objects.filter(summit=summit_id, kind=Room.Kind.CORRIDOR).delete()


def recall(summit_id: int, at: datetime | None) -> None:
    """When everybody is called back; kept with the foyer, so that a restart forgets nothing."""
    Room.objects.filter(pk=foyer_of(summit_id).pk).update(recall_at=at)


def recall_of(summit_id: int) -> datetime | None:
    """When everybody is called back, if they are."""
    return Room.objects.filter(summit=summit_id, kind=Room.Kind.FOYER).values_list("recall_at", flat=True).first()


def _leave(through: int) -> str | None:
    seat = Seat.objects.filter(through=through).select_related("room").first()
    if seat is None:
        return None
    room = seat.room
    seat.delete()
    if not room.seats.exists():
        room.delete()
    return str(room.key)


@transaction.atomic
def lock(summit_id: int, key: str, on: bool) -> None:
    """Nobody may knock while it is locked."""
    room = _corridor(summit_id, key)
    if room.delegation_id:
        raise Refused("corridor.own", _("Your delegation's own room has no door to lock: only its members come in."))
    if room.bilateral_id:
        raise _held()
    room.locked = on
    room.save(update_fields=["locked"])


@transaction.atomic
def knock(summit_id: int, key: str, person: int, line: str, now: datetime) -> int:
    """Ask to come in. Knocking again replaces the line. Refused: corridor.gone, corridor.locked, corridor.inside."""
    room = _corridor(summit_id, key)
    if room.locked:
        raise Refused("corridor.locked", _("This corridor is locked. Those inside want to be alone."))
    if room.seats.filter(person=person).exists():
        raise _inside_already()
    room.knocks.filter(person=person).delete()
    return room.knocks.create(person_id=person, line=line, at=now).pk


@transaction.atomic
def answer(summit_id: int, key: str, knock_id: int, said: str, now: datetime) -> int:
    """Someone inside answers. Returns who knocked. Refused: corridor.gone, corridor.no_knock."""
    row = _corridor(summit_id, key).knocks.filter(pk=knock_id).first()
    if row is None:
        raise Refused("corridor.no_knock", _("This knock was answered already."))
    person: int = row.person_id
    if said in {Knock.Answer.NOT_NOW, "silent"}:
        row.delete()
        return person
    row.answer, row.answered_at = said, now
    row.save(update_fields=["answer", "answered_at"])
    return person


def block(person: int, other: int, on: bool) -> None:
    """This person does not want to be reached by that one."""
    if on:
        Block.objects.get_or_create(person_id=person, other_id=other)
    else:
        Block.objects.filter(person=person, other=other).delete()


def blocks(summit_id: int) -> dict[int, set[int]]:
    """{person: whom they do not want to be reached by}, of everybody accredited to the summit."""
    found: dict[int, set[int]] = {}
    rows = Block.objects.filter(person__accreditations__summit=summit_id)
    for person, other in rows.values_list("person_id", "other_id"):
        found.setdefault(person, set()).add(other)
    return found


def blockers_of(person: int) -> set[int]:
    """Who does not want to be reached by this person."""
    return set(Block.objects.filter(other=person).values_list("person_id", flat=True))


def blocked_by(persons: Iterable[int | None]) -> set[int]:
    """Who one of these persons does not want to be reached by."""
    return set(Block.objects.filter(person__in=list(persons)).values_list("other_id", flat=True))


def report(summit_id: int, meeting_id: int | None, by: int, about: int, text: str, now: datetime) -> None:
    """To the officers: only what the reporter writes; between meetings to those of the next one.

    Refused: corridor.nobody, help.waiting.
    """
    meetings = Meeting.objects.filter(summit=summit_id)
    chosen = meetings.filter(pk=meeting_id) if meeting_id else meetings.exclude(state=Meeting.State.CLOSED)
    meeting = chosen.order_by("starts_at").first()
    if meeting is None:
        raise Refused("corridor.nobody", _("No officer is on duty now. Write to the secretariat."))
    actions.report(meeting.pk, about, text=text, by=by, now=now)

"""What a keeper reads from the database: the facts of a room, and every five seconds what no bell told it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from django.contrib.sessions.models import Session

from rooms import queries, seats
from rooms.models import Receipt, Room, Seat
from summit.agenda.models import Meeting
from summit.attendance.queries import Present, present
from summit.people.models import User
from summit.rights import Standing

if TYPE_CHECKING:
    from rooms.places import Account, Place

LONG_GONE = timedelta(minutes=10)


@dataclass(frozen=True)
class Facts:
    """A room as the database has it."""

    room: Room
    topics: dict[str, queries.Topic] = field(default_factory=dict)
    chat: list[dict[str, Any]] = field(default_factory=list)
    there: dict[int, Present] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What changed behind our back."""

    facts: Facts | None
    signed_out: frozenset[str]  # seats whose sign-in ended
    gone: frozenset[str]  # seats that were given back
    chat: list[dict[str, Any]] = field(default_factory=list)  # the newest lines, when one of them was not heard


def facts(room_id: int, now: datetime) -> Facts:
    """Everything about a room."""
    room = Room.objects.select_related("summit", "meeting__summit", "meeting__item").get(pk=room_id)
    directory = queries.Topic(queries.milliseconds(), queries.directory_state(room.summit, room.meeting, now))
    if room.meeting is None:
        return Facts(room, {"directory": directory})
    topics = queries.meeting_topics(room.meeting) | {"directory": directory}
    topics["help"] = queries.Topic(queries.milliseconds(), queries.help_state(room.meeting))
    return Facts(room, topics, queries.chat_lines(room.meeting), present(room.meeting))


def look(room: Room, version: int, lines: frozenset[int], places: Sequence[Place], now: datetime) -> Found:
    """Heartbeat and comparison in a handful of queries, however many places: who was heard of is written down.

    `version` and `lines`: what the keeper heard of the meeting and of its chat.
    """
    here = [place.seat.pk for place in places if place.line]
    Seat.objects.filter(pk__in=here, left_at__isnull=True).update(seen_at=now)
    gone = Seat.objects.filter(pk__in=[place.seat.pk for place in places], left_at__isnull=False)
    keys = frozenset(str(key) for key in gone.values_list("key", flat=True))
    newer, chat = None, []
    if room.meeting_id is not None:
        current = Meeting.objects.filter(pk=room.meeting_id).values_list("version", flat=True).first()
        if current is not None and current > version:
            newer = facts(room.pk, now)
        if room.meeting is not None and queries.unheard(room.meeting, lines):
            chat = queries.chat_lines(room.meeting)
    return Found(newer, frozenset(signed_out(places, now)), keys, chat)


class SignedIn(Protocol):
    """A seat or a visitor of the lobby, with the sign-in behind it."""

    @property
    def key(self) -> str: ...

    @property
    def account(self) -> Account | None: ...


def signed_out(places: Iterable[SignedIn], now: datetime) -> Iterable[str]:
    """The keys of those whose sign-in ended, in two queries."""
    accounts = {place.key: place.account for place in places if place.account}
    sessions = {one.session_key for one in accounts.values()}
    valid = Session.objects.filter(session_key__in=sessions, expire_date__gt=now)
    alive = set(valid.values_list("session_key", flat=True))
    users = User.objects.filter(pk__in={one.user for one in accounts.values()}, is_active=True)
    hashes = {user.pk: user.get_session_auth_hash() for user in users}
    for key, account in accounts.items():
        if account.session_key not in alive or hashes.get(account.user) != account.auth_hash:
            yield key


def slow_topics(room: Room, names: Iterable[str], now: datetime) -> dict[str, queries.Topic]:
    """`directory` and `help`, read again."""
    found = {}
    if "directory" in names:
        found["directory"] = queries.directory_state(room.summit, room.meeting, now)
    if "help" in names and room.meeting is not None:
        found["help"] = queries.help_state(room.meeting)
    return {name: queries.Topic(queries.milliseconds(), state) for name, state in found.items()}


def given_back(seat_pk: int, now: datetime) -> None:
    """The seat is free; what it asked needs no receipt any more."""
    Seat.objects.filter(pk=seat_pk, left_at__isnull=True).update(left_at=now)
    Receipt.objects.filter(seat=seat_pk).delete()


def taken_again(seat_pk: int, now: datetime) -> None:
    """Someone sat down again while the seat was being given back."""
    Seat.objects.filter(pk=seat_pk).update(left_at=None, seen_at=now)


def rooms_left(now: datetime) -> list[int]:
    """The rooms with seats that were taken when the server stopped."""
    rows = Seat.objects.filter(left_at__isnull=True, through__isnull=True)
    rows.filter(seen_at__lte=now - LONG_GONE).update(left_at=now)  # nobody is waiting for these
    seats.empty_corridors()
    return sorted(set(rows.filter(left_at__isnull=True).values_list("room_id", flat=True)))


def left_behind(room_id: int, now: datetime) -> list[tuple[Seat, Standing | None]]:
    """The seats of a room that are taken: their browsers have the grace time to come back."""
    rows = Seat.objects.filter(room=room_id, left_at__isnull=True, seen_at__gt=now - LONG_GONE)
    found = list(rows.select_related("room__meeting", "person"))
    if not found:
        return []
    known = queries.standings(found[0].room, (one.person_id for one in found if one.person_id is not None), now)
    return [(seat, known.get(seat.person_id or 0)) for seat in found]

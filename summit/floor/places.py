"""Where delegations stand on the lists of speakers and when they may be heard: for pages outside the room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from summit.agenda.models import Meeting
from summit.floor import clock
from summit.floor.models import Register, Turn
from summit.floor.order import order
from summit.floor.queries import time_for


@dataclass(frozen=True)
class Stand:
    """A hand that is up, or the floor itself.

    place: on its register, from 1; 0: has the floor. meeting: where its item is being taken now. at: when it may begin
    at the earliest, counted as the room counts it; None while nobody can say.
    """

    turn: Turn
    place: int
    meeting: Meeting | None = None
    at: datetime | None = None


class Hand(NamedTuple):
    """As much of a raised hand as decides its place and time: a list of 193 is read for one delegation's sake."""

    pk: int
    item: int
    delegation: int
    register: str
    capacity: str
    asked_at: datetime
    position: int | None
    granted: int


_FIELDS = ("pk", "item_id", "delegation_id", "register", "capacity", "asked_at", "position", "granted")


def stands(delegations: Collection[int], meetings: Iterable[Meeting], now: datetime) -> list[Stand]:
    """Where these delegations stand on every list and register of rights of reply, in the order of the agenda; whoever
    has the floor first. meetings: those that may be taking the items. Four queries, however many lists and meetings.
    """
    taking = {row.item_id: row for row in meetings if row.item_id and row.state == Meeting.State.OPEN}
    speaking, heard = _speaking(taking.values()), _replies(taking.values())
    found = [
        Stand(turn, 0, taking.get(turn.item_id), turn.began_at)
        for turn in speaking.values()
        if turn.delegation_id in delegations
    ]
    places: dict[int, tuple[int, datetime | None]] = {}
    for item, hands in _hands(delegations).items():
        registers = [[hand for hand in hands if hand.register == one] for one in (Register.LIST, Register.REPLY)]
        meeting = taking.get(item)
        ordered = [order(one, groups_first=meeting is None or meeting.groups_first) for one in registers]
        begins = _begins([*ordered[0], *ordered[1]], meeting, speaking, heard, now)
        for waiting in ordered:
            for place, hand in enumerate(waiting, start=1):
                if hand.delegation in delegations:
                    places[hand.pk] = place, begins.get(hand.pk)
    mine = Turn.objects.filter(pk__in=places).select_related("item", "delegation")
    for turn in mine.order_by("item__position", "item", "register", "pk"):
        found.append(Stand(turn, places[turn.pk][0], taking.get(turn.item_id), places[turn.pk][1]))
    return found


def _speaking(meetings: Iterable[Meeting]) -> dict[int, Turn]:
    """{meeting: who has the floor there, running or paused}."""
    rows = Turn.objects.filter(meeting__in=list(meetings), state=Turn.State.SPEAKING).exclude(register=Register.ORDER)
    return {row.meeting_id: row for row in rows.select_related("item", "delegation") if row.meeting_id}


def _hands(delegations: Collection[int]) -> dict[int, list[Hand]]:
    """{item: the hands up on it} of the items these delegations wait on."""
    waiting = Turn.objects.filter(state=Turn.State.WAITING).exclude(register=Register.ORDER)
    items = waiting.filter(delegation__in=delegations).values("item")
    found: dict[int, list[Hand]] = {}
    for row in waiting.filter(item__in=items).values_list(*_FIELDS):
        hand = Hand(*row)
        found.setdefault(hand.item, []).append(hand)
    return found


def _replies(meetings: Iterable[Meeting]) -> Counter[tuple[int | None, int, int]]:
    """How many rights of reply were begun, by (meeting, item, delegation)."""
    rows = Turn.objects.filter(meeting__in=list(meetings), register=Register.REPLY, began_at__isnull=False)
    return Counter(rows.values_list("meeting_id", "item_id", "delegation_id"))


def _begins(
    ahead: Sequence[Hand], meeting: Meeting | None, speaking: Mapping[int, Turn],
    heard: Counter[tuple[int | None, int, int]], now: datetime,
) -> dict[int, datetime]:  # fmt: skip
    """{hand: when it may begin}; empty while its item is not being taken."""
    if meeting is None:
        return {}
    current = speaking.get(meeting.pk)
    left = clock.left(current.granted, clock.used(current.used, current.running_since, now)) if current else None
    times = [
        (hand.pk, hand.granted or time_for(hand, meeting, heard[meeting.pk, hand.item, hand.delegation]))
        for hand in ahead
    ]
    return {pk: now + timedelta(seconds=seconds) for pk, seconds in clock.forecast(left, times).items()}

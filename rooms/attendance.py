"""Delegations that are here remotely, as the seats show it, kept in the journal's attendance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from rooms.models import Seat
from summit.attendance.actions import arrive, leave
from summit.attendance.models import Mode, Presence
from summit.rights import Right, rights_of_delegation

if TYPE_CHECKING:
    from rooms.places import Place

NOT_COUNTED = frozenset({"secretariat", "press"})  # they serve or report the meeting
ON_RECORD = frozenset({"open", "suspended"})


def remote(places: Iterable[Place], openness: str) -> frozenset[int]:
    """The delegations with a remote seat that is not given back and not away. A line lost for seconds does not make them
    leave; after fifteen (`protocol.AWAY_AFTER`) they count as present no more, while seat, hand and floor stay theirs.

    Whoever sits in a meeting of this openness by an office, or for another delegation, does not bring along one that
    it does not admit.
    """
    return frozenset(
        post.delegation
        for place in places
        if place.standing and not place.away
        if place.seat.device == Seat.Device.MEDIA and place.seat.mode == Mode.REMOTE
        for post in place.standing.posts
        if post.category not in NOT_COUNTED and Right.ENTER in rights_of_delegation(post, openness)
    )


def settle(meeting_id: int, here: frozenset[int], now: datetime) -> None:
    """Record who came and who left since the last look."""
    rows = Presence.objects.filter(meeting=meeting_id, mode=Mode.REMOTE, left_at__isnull=True)
    recorded = set(rows.values_list("delegation_id", flat=True))
    for delegation in sorted(here - recorded):
        arrive(meeting_id, delegation, Mode.REMOTE, by=None, now=now)
    for delegation in sorted(recorded - here):
        leave(meeting_id, delegation, Mode.REMOTE, by=None, now=now)

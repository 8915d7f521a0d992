"""Speaking time by the server's clock. Pure; all spans in seconds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

ASSUMED = 180  # s a speech without a limit is taken to last when forecasting


def used(finished: float, running_since: datetime | None, now: datetime) -> float:
    """Time a speech has used: its finished spells, and the one that runs. A clock set back never gives time away."""
    if running_since is None:
        return finished
    return finished + max(0.0, (now - running_since).total_seconds())


def left(granted: int, used_s: float) -> float | None:
    """Time left, below zero once it is over; None where the speech is not limited (granted 0)."""
    return granted - used_s if granted else None


def forecast(current_left: float | None, waiting: Iterable[tuple[int, int]]) -> dict[int, int]:
    """When each waiting turn may begin, at the earliest: {turn: whole seconds from now}.

    current_left: of whoever has the floor, None when nobody has or the speech is not limited. waiting: (turn, granted)
    in the order of speaking. Everyone is taken to use the time granted, nobody more.
    """
    ahead = max(0.0, current_left or 0.0)
    begins: dict[int, int] = {}
    for turn, granted in waiting:
        begins[turn] = round(ahead)
        ahead += granted or ASSUMED
    return begins


def granted(
    register: str,
    capacity: str,
    *,
    national: int,
    group: int,
    observer: int,
    reply: int,
    second_reply: int,
    replies: int,
) -> int:
    """The time a turn is granted; 0: not limited. replies: rights of reply this delegation has had on the item already.

    A right of reply has ten minutes, the second five (GA decision 34/401); points of order and the chair have no limit.
    """
    if register == "order" or (register == "list" and capacity == "chair"):
        return 0
    if register == "reply":
        return second_reply if replies else reply
    return {"national": national, "group": group, "observer": observer}[capacity]

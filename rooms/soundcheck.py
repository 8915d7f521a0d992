"""Sound checks: for some seconds a visitor of a lobby sends to the media node and gets it back, in a room of their own.

A check room is a name at the node and nothing else: no row, no journal, no roster, no log. It has two seats, because
the node never gives a seat its own source back: one that only sends and one that only receives.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from rooms import node
from rooms.media import RoomPlan, Routes, SeatPlan
from rooms.nodes import Told
from summit.errors import Refused

if TYPE_CHECKING:
    from rooms.house import House

SECONDS = 20.0  # a check lives at most; pages measure for five and connect before
A_MINUTE = 6  # checks one person may begin in a minute
AT_ONCE = 40  # of this process: each costs the node two connections and about 0.5 Mbit/s each way


@dataclass(eq=False)
class Check:
    """One check under way."""

    room: str
    mouth: str  # the seat that sends
    ear: str  # the seat that receives
    hears: Callable[[Routes], None]  # told what is in the slots of `ear`
    ends: asyncio.TimerHandle | None = None


class Checks:
    """All checks of this web process, and how many one may begin."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._rooms: dict[str, Check] = {}
        self._begun: dict[int, deque[float]] = {}  # by person, the last minute's

    def open(self, person: int, hears: Callable[[Routes], None]) -> Check:
        """A room of one's own, gone after SECONDS. Refused: media.down, check.too_often, check.busy."""
        if not self.house.media.is_up:
            raise node.down()
        self._count(person, time.monotonic())
        if len(self._rooms) >= AT_ONCE:
            raise Refused("check.busy", _("Many people check their line at this moment. Try again in half a minute."))
        name = secrets.token_hex(8)
        check = Check(f"check:{name}", f"{name}-mouth", f"{name}-ear", hears)
        plan = RoomPlan(
            epoch=self.house.epoch,
            version=next(self.house.plan_versions),
            seats={
                check.mouth: SeatPlan(publish=frozenset({"audio", "video"}), receive=False, audible=True),
                check.ear: SeatPlan(),
            },
            floor=check.mouth,
            private=True,
        )
        self._rooms[check.room] = check
        check.ends = asyncio.get_running_loop().call_later(SECONDS, self.close, check)
        self.house.media.put(check.room, plan)
        return check

    def _count(self, person: int, clock: float) -> None:
        self._begun = {who: times for who, times in self._begun.items() if times[-1] > clock - 60}
        times = self._begun.setdefault(person, deque())
        while times and times[0] <= clock - 60:
            times.popleft()
        if len(times) >= A_MINUTE:
            raise Refused("check.too_often", _("You checked several times just now. Wait a minute, then check again."))
        times.append(clock)

    def close(self, check: Check) -> None:
        """The room is gone, with everything in it."""
        if self._rooms.pop(check.room, None) is None:
            return
        if check.ends:
            check.ends.cancel()
        self.house.media.drop(check.room)

    def is_open(self, check: Check | None) -> bool:
        return check is not None and check.room in self._rooms

    def media_says(self, event: Told) -> bool:
        """Whether this was news of a check."""
        check = self._rooms.get(getattr(event, "room", ""))
        if check is None:
            return False
        if isinstance(event, Routes) and event.seat == check.ear:
            check.hears(event)
        return True

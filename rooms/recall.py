"""The rostrum's word to the corridors: one sentence to everybody inside, or all called back, with time to finish theirs."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import corridors, protocol
from rooms.database import in_database
from rooms.places import Place
from summit.errors import Refused
from summit.rights import Right

if TYPE_CHECKING:
    from rooms.hallway import Hallway
    from rooms.keeper import Keeper

SHORTEST, LONGEST = 30, 900  # s between the call and the end


class Recall:
    """Whether everybody is called back, and when."""

    def __init__(self, hallway: Hallway) -> None:
        self.hallway = hallway
        self.at: datetime | None = None
        self._due: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """After a restart the count goes on."""
        at = await in_database(corridors.recall_of, self.hallway.summit_id)
        if at is not None:
            self._set(at)

    def _set(self, at: datetime | None) -> None:
        self.at = at
        self.stop()
        if at is not None:
            left = max(1.0, (at - timezone.now()).total_seconds())
            self._due = asyncio.get_running_loop().call_later(left, lambda: self.hallway.house.do(self._end()))

    def stop(self) -> None:
        """Count no further here: another process looks after these corridors, or nobody is called back."""
        if self._due:
            self._due.cancel()
            self._due = None

    def _allow(self, place: Place) -> None:
        if not place.grant.rights & {Right.PRESIDE, Right.RUN_FLOOR}:
            raise Refused(
                "corridor.not_officer", _("Only the chair and the officers of a meeting speak to all corridors.")
            )

    async def call(self, _keeper: Keeper, place: Place, m: protocol.CorridorRecall) -> dict[str, Any]:
        """Everybody back in so many seconds; 0 takes it back."""
        self._allow(place)
        at = timezone.now() + timedelta(seconds=min(max(m.seconds, SHORTEST), LONGEST)) if m.seconds > 0 else None
        await in_database(corridors.recall, self.hallway.summit_id, at)
        self._set(at)
        await self.hallway.tell_doors()
        return {}

    async def _end(self) -> None:
        try:
            await self.hallway.empty("corridor.recalled", _("Everybody was called back to the meeting."))
            await in_database(corridors.recall, self.hallway.summit_id, None)
        except Exception:  # the database rests: tried again until they are out
            self._set(self.at)
            raise
        self._set(None)
        await self.hallway.tell_doors()

    async def rostrum(self, _keeper: Keeper, place: Place, m: protocol.CorridorRostrum) -> dict[str, Any]:
        """One sentence to everybody in a corridor or on the corridors page, wherever the corridor is entered from."""
        self._allow(place)
        text = m.text.strip()
        if not text:
            raise Refused("chat.empty", _("Write something first."))
        for keeper, other in self.hallway.places():
            if other.corridor or keeper.foyer:
                other.notice("corridor.rostrum", text)
        return {}

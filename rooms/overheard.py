"""The floor of a meeting, quietly, for whoever is in a corridor without a seat in that meeting: from the corridors page.

Such a place has a row in the meeting's plan that receives and sends nothing. It is on no roster and in no attendance, and
stands in nobody's way. Who may hear is asked of their standing in that meeting whenever the plan is made.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from rooms import protocol, queries
from rooms.attendance import ON_RECORD
from rooms.places import Place
from summit.errors import Refused
from summit.rights import Right, rights_of

if TYPE_CHECKING:
    from rooms.hallway import Hallway
    from rooms.keeper import Keeper

TOPIC = "floors"
SOON = 0.05  # s in which changes are told as one


class Overheard:
    """Which floors can be heard from the corridors of a summit, and who hears which."""

    def __init__(self, hallway: Hallway) -> None:
        self.hallway = hallway
        self._due: asyncio.TimerHandle | None = None
        self._seated: dict[str, frozenset[int | None]] = {}  # who hears each meeting from its room, when last told

    # ── who may hear what ─────────────────────────────────────────────────────────────────────────────────────
    def persons(self) -> set[int]:
        """Those on the corridors page: every meeting keeps their standing in it."""
        return {place.person_id for place in self._places() if place.person_id is not None}

    def _places(self) -> list[Place]:
        return [place for keeper, place in self.hallway.places() if keeper.foyer]

    def _meetings(self) -> list[Keeper]:
        return self.hallway.house.meetings(self.hallway.summit_id)

    def on(self, place: Place) -> list[Keeper]:
        """The meetings whose floor this place may hear now, the largest of those that are open first."""
        found = [keeper for keeper in self._meetings() if keeper.places and _may_hear(place, keeper)]
        return sorted(found, key=lambda one: (one.scene.state != "open", -len(one.there), one.meeting_id or 0))

    def heard_by(self, place: Place) -> Keeper | None:
        """The meeting whose floor it hears now."""
        if place.floor is None or place.corridor is None:
            return None
        return next((keeper for keeper in self.on(place) if keeper.meeting_id == place.floor), None)

    def ears(self, keeper: Keeper) -> list[Place]:
        """The places that hear the floor of this meeting now."""
        return [one for one in self._places() if one.floor == keeper.meeting_id and self.heard_by(one) is keeper]

    # ── what pages see ────────────────────────────────────────────────────────────────────────────────────────
    def topic_of(self, place: Place) -> queries.Topic:
        """The topic `floors`, as this place knows it, or would if it were told now."""
        heard = self.heard_by(place)
        on = [self._row(place, keeper) for keeper in self.on(place)]
        state = {"on": on, "heard": heard.meeting_id if heard else None}
        held = place.floors
        if held is None or held.state != state:
            version = max(held.version + 1 if held else 0, queries.milliseconds())
            held = place.floors = queries.Topic(version, state)
        return held

    def text_of(self, place: Place) -> str:
        held = self.topic_of(place)
        return protocol.encode("state", topic=TOPIC, version=held.version, state=held.state)

    def changed(self) -> None:
        """Tell the pages concerned, once for all changes of a moment."""
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(SOON, self._tell)

    def _tell(self) -> None:
        self._due = None
        for keeper in self._meetings():
            self._seated[keeper.key] = frozenset(one.person_id for one in keeper.places.values() if one.hears_sound())
        for place in self._places():
            if place.floor is not None and self.heard_by(place) is None:
                self.stop(place)  # it is over, or no longer theirs
            if not place.line or TOPIC not in place.topics(foyer=True):
                continue
            version = self.topic_of(place).version
            if place.told_floors != version:
                place.told_floors = version
                place.line.state(TOPIC, self.text_of(place))

    def _row(self, place: Place, keeper: Keeper) -> dict[str, Any]:
        floor = keeper.topics["floor"].state
        return {
            "meeting": keeper.meeting_id, "titles": keeper.topics["meeting"].state["titles"],
            "turn": floor["order"] or floor["speaking"],
            "seated": place.person_id in self._seated.get(keeper.key, ()),
        }  # fmt: skip

    async def look(self) -> None:
        """Somebody came to the corridors page, or a meeting's room has opened: how do they stand to each other?"""
        for keeper in self._meetings():
            await keeper.standing_changed(self.persons())
        self.changed()

    # ── requests ──────────────────────────────────────────────────────────────────────────────────────────────
    async def hear(self, keeper: Keeper, place: Place, m: protocol.CorridorFloor) -> dict[str, Any]:
        """This one from now on, or none."""
        person = self.hallway.person_of(place)
        if m.meeting is None:
            self.stop(place)
            return {}
        self.hallway.corridor_of(place)
        meeting = next((one for one in self._meetings() if keeper.foyer and one.meeting_id == m.meeting), None)
        if meeting is not None:
            await meeting.standing_changed({person})
            place = keeper.places.get(place.key, place)  # the same seat on a new socket, perhaps
        if meeting is None or meeting not in self.on(place):
            raise Refused("corridor.no_floor", _("This meeting is not on now, or it is not open to you."))
        if place.floor != m.meeting:
            self.stop(place)
            place.floor = m.meeting
            meeting.plan_changed()
            self.changed()
        return {}

    def stop(self, place: Place) -> None:
        """It hears no floor any more."""
        meeting, place.floor = place.floor, None
        place.routed.pop("floor", None)
        if meeting is None:
            return
        for keeper in self._meetings():
            if keeper.meeting_id == meeting:
                self.hallway.house.media.leave(keeper.key, place.key)
                keeper.plan_changed()
        self.topic_of(place)  # a wish for the same one, right after this, is told again
        self.changed()


def _may_hear(place: Place, keeper: Keeper) -> bool:
    """As who may enter: by their own standing in that meeting, while it is on, as its doors stand now."""
    standing = keeper.outside.get(place.person_id or 0)
    if standing is None or keeper.scene.state not in ON_RECORD or not place.hears_sound():
        return False  # before and after, and in a hall, there is nothing for them to hear
    return Right.CORRIDOR in place.grant.rights and Right.ENTER in rights_of(standing, openness=keeper.scene.openness)

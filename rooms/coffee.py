"""Coffee: whoever wants to meet somebody new is taken to a corner with one who wants the same.

Nobody meets the same person twice. That is remembered here, in memory, while the server runs, and written nowhere: who
talks with whom is never kept.
"""

from __future__ import annotations

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


class Coffee:
    """Who waits, in the order of asking."""

    def __init__(self, hallway: Hallway) -> None:
        self.hallway = hallway
        self.waiting: dict[int, str] = {}  # person: key of the seat they asked from
        self._met: set[frozenset[int]] = set()

    async def want(self, keeper: Keeper, place: Place, m: protocol.CorridorCoffee) -> dict[str, Any]:
        person = self.hallway.person_of(place)
        self.waiting.pop(person, None)
        if m.on:
            async with self.hallway.bringing:
                if place.corridor:
                    raise Refused("corridor.in_talk", _("You are in a conversation. Leave it first."))
                other = self._partner(place)
                if other is not None:
                    await self._pour((keeper, place), other)
                    return {}
                self.waiting[person] = place.key
        await self.hallway.tell_doors()
        return {}

    def forget(self, person: int | None) -> bool:
        """They sat down somewhere, or left. Whether they waited."""
        return person is not None and self.waiting.pop(person, None) is not None

    def _partner(self, place: Place) -> tuple[Keeper, Place] | None:
        """The first who waits and suits: still let into corridors, of another delegation, never met here, neither blocks
        the other, and they have a language in common where both said which they speak."""
        for key in self.waiting.values():
            found = self.hallway.house.seats.get(key)
            if found and found[1].line and not found[1].corridor and self._suits(place, found[1]):
                return found
        return None

    def _suits(self, one: Place, other: Place) -> bool:
        a, b = self.hallway.person_of(one), other.person_id
        if b is None or frozenset({a, b}) in self._met or Right.CORRIDOR not in other.grant.rights:
            return False
        if b in self.hallway.blocks.get(a, ()) or a in self.hallway.blocks.get(b, ()):
            return False
        if _delegations(one) & _delegations(other):
            return False
        spoken = [set(self.hallway.presence_of(place)["languages"]) for place in (one, other)]
        return not all(spoken) or bool(spoken[0] & spoken[1])

    async def _pour(self, *pair: tuple[Keeper, Place]) -> None:
        places = [place for _keeper, place in pair]
        self._met.add(frozenset(self.hallway.person_of(place) for place in places))
        seats = [place.seat.pk for place in places]
        await in_database(corridors.open_one, self.hallway.summit_id, "", seats, timezone.now())
        await self.hallway.entered(*pair)
        for place in places:
            place.notice("corridor.coffee", _("Coffee: you have not met here before. Stay as long as you like."))


def _delegations(place: Place) -> set[int]:
    return {post.delegation for post in place.standing.posts} if place.standing else set()

"""What the node must know about a room: who sits there, what each may publish and wants to see.

Standard library only: the web process (`rooms/media.py`) writes these, the node reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

Right = Literal["audio", "video", "screen"]
Kind = Literal["mic", "camera", "screen"]

# The most a listener wants of pictures: everything, small ones, the speaker's only, a still one a second, none.
Limit = Literal["high", "low", "speaker", "still", "none"]

LIMITS: tuple[Limit, ...] = get_args(Limit)
RIGHTS: frozenset[Right] = frozenset({"audio", "video", "screen"})
RIGHT_OF: Mapping[Kind, Right] = MappingProxyType({"mic": "audio", "camera": "video", "screen": "screen"})

MAX_SEATS = 1_000  # a room on one node; more is a mistake or an attack
MAX_LOOK = 64  # wishes of one page; no page shows more
NAME = re.compile(r"[A-Za-z0-9-]{1,40}")  # of a recording and its spells: part of a file's name


class PlanError(ValueError):
    """The message is not a room plan."""


def source_id(seat: str, kind: Kind) -> str:
    """The name of one stream of one seat, as routes and rosters use it."""
    return f"{seat}:{kind}"


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """One seat: what the node forwards from it and to it."""

    publish: frozenset[Right] = frozenset()  # anything else from this seat is dropped, whatever its page does
    receive: bool = True
    audible: bool = False  # may be heard now; without it its microphone is dropped
    order: int = 0  # chair first, then protocol order
    look: tuple[str, ...] = ()  # source ids this page wants to see, in order
    heights: tuple[int, ...] = ()  # of their tiles in device pixels, 0: not shown now; empty: the page has not said
    most: Limit = "high"  # what this person chose; the line may carry less

    def looking(self, look: object) -> SeatPlan:
        """The same seat with other wishes, as plans write them. Raises PlanError."""
        sources, heights = _look(look)
        return replace(self, look=sources, heights=heights)

    @property
    def sizes(self) -> dict[str, int]:
        """Tile heights by source."""
        return dict(zip(self.look, self.heights, strict=False))

    def as_json(self) -> dict[str, Any]:
        return {
            "publish": sorted(self.publish),
            "receive": self.receive,
            "audible": self.audible,
            "order": self.order,
            "look": [list(one) for one in zip(self.look, self.heights, strict=False)]
            if self.heights
            else list(self.look),
            "most": self.most,
        }

    @classmethod
    def from_json(cls, data: object) -> SeatPlan:
        """Raises PlanError for anything that is not a seat."""
        if not isinstance(data, dict):
            raise PlanError("a seat is an object")
        publish = data.get("publish", [])
        look = data.get("look", [])
        if not isinstance(publish, list) or not all(isinstance(one, str) and one in RIGHTS for one in publish):
            raise PlanError("publish names audio, video or screen")
        sources, heights = _look(look)
        order = data.get("order", 0)
        if not isinstance(order, int) or isinstance(order, bool):
            raise PlanError("order is a number")
        most = data.get("most", "high")
        if most not in LIMITS:
            raise PlanError("most is high, low, speaker, still or none")
        return cls(
            publish=frozenset(cast(list[Right], publish)),
            receive=data.get("receive") is True,
            audible=data.get("audible") is True,
            order=order,
            look=sources,
            heights=heights,
            most=most,
        )


def _look(data: object) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Source ids, or pairs of a source id and the height of its tile."""
    if not isinstance(data, list) or len(data) > MAX_LOOK:
        raise PlanError("look is a list of source ids")
    if all(isinstance(one, str) for one in data):
        return tuple(data), ()
    pairs = [tuple(one) for one in data if isinstance(one, list) and len(one) == 2]
    if len(pairs) != len(data) or not all(isinstance(source, str) and type(height) is int for source, height in pairs):
        raise PlanError("look names sources, all or none with the height of their tile")
    return tuple(source for source, _ in pairs), tuple(max(0, height) for _, height in pairs)


@dataclass(frozen=True, slots=True)
class Recording:
    """Whose microphones are written down, each into files of its own."""

    recording: str  # its name
    spells: Mapping[str, str] = field(default_factory=dict)  # seat → spell; another name begins another file

    def as_json(self) -> dict[str, Any]:
        return {"recording": self.recording, "spells": dict(self.spells)}

    @classmethod
    def from_json(cls, data: object) -> Recording:
        """Raises PlanError for anything that is not a recording."""
        if not isinstance(data, dict) or not isinstance(data.get("spells"), dict):
            raise PlanError("a recording has a name and spells")
        name, spells = data.get("recording"), data["spells"]
        if not all(isinstance(one, str) and NAME.fullmatch(one) for one in (name, *spells.values())):
            raise PlanError("recordings and spells are named by letters, digits and hyphens")
        return cls(str(name), spells)


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """The whole room. `epoch` names the writer's line of versions; within it the highest version holds.

    `term` counts who has looked after the room, one web process after the other: a plan of an earlier one never holds.
    A private room cannot be recorded: such a plan cannot be made, here or by the node. Raises PlanError.
    """

    epoch: str
    version: int
    seats: Mapping[str, SeatPlan] = field(default_factory=dict)
    floor: str | None = None  # the seat that has the floor: always heard, first in the picture
    private: bool = False  # a corridor: no loudness extension, and logs carry counts only
    record: Recording | None = None
    term: int = 0

    def __post_init__(self) -> None:
        if self.private and self.record is not None:
            raise PlanError("a corridor is never recorded")
        if self.record is not None and not self.record.spells.keys() <= self.seats.keys():
            raise PlanError("only seats of the room are recorded")

    def looking(self, seat: str, sources: tuple[str, ...], heights: tuple[int, ...]) -> RoomPlan:
        """The same room, one of its seats with other wishes."""
        return replace(self, seats={**self.seats, seat: replace(self.seats[seat], look=sources, heights=heights)})

    def as_json(self) -> dict[str, Any]:
        return {
            "epoch": self.epoch,
            "version": self.version,
            "seats": {seat: plan.as_json() for seat, plan in self.seats.items()},
            "floor": self.floor,
            "private": self.private,
            "record": self.record.as_json() if self.record else None,
            "term": self.term,
        }

    @classmethod
    def from_json(cls, data: object) -> RoomPlan:
        """Raises PlanError for anything that is not a whole plan."""
        if not isinstance(data, dict):
            raise PlanError("a plan is an object")
        epoch, version, seats = data.get("epoch"), data.get("version"), data.get("seats")
        floor, term = data.get("floor"), data.get("term", 0)
        if not isinstance(epoch, str) or not isinstance(version, int) or not isinstance(term, int):
            raise PlanError("a plan has an epoch, a version and a term")
        if not isinstance(seats, dict) or len(seats) > MAX_SEATS or not all(isinstance(one, str) for one in seats):
            raise PlanError("seats is an object of seats")
        if floor is not None and not isinstance(floor, str):
            raise PlanError("floor is a seat or null")
        return cls(
            epoch=epoch,
            version=version,
            seats={seat: SeatPlan.from_json(one) for seat, one in seats.items()},
            floor=floor,
            private=data.get("private") is True,
            record=Recording.from_json(data["record"]) if data.get("record") is not None else None,
            term=term,
        )

"""A seat while the server runs: the row, the person's rights as last computed, and the line to the browser."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils import translation
from django.utils.functional import Promise

from rooms import protocol
from rooms.floorplan import Spot
from rooms.ice import Relays
from rooms.media import Limit, Routes
from rooms.models import Seat
from rooms.plan import Grant, Listener, Sitter
from rooms.quality import Reading, Sound
from rooms.queries import REACHED, Topic, may_see_desk
from summit.people.models import Person
from summit.rights import Right, Standing

ROOM_TOPICS = ("meeting", "agenda", "floor", "votes", "directory", "people")  # to every seat of a meeting, screens too
CLOSED_TOPICS = ("meeting",)  # to screens while the doors are closed: that they are
FOYER_TOPICS = ("directory",)
DESK_TOPICS = ("desk", "help", "consents", "lines")
RIGHTS = ("rights", "audible", "open", "publish", "recording")


class Line(Protocol):
    """What a place knows of its socket."""

    def say(self, text: str) -> None:
        """Send this after everything said before."""

    def state(self, topic: str, text: str) -> None:
        """Send this state; one of the same topic still waiting is replaced."""

    def close(self, code: int) -> None:
        """Send what is waiting, then close."""


@dataclass(frozen=True)
class Account:
    """The sign-in behind a socket, so that signing out or a new password ends it."""

    session_key: str
    user: int
    auth_hash: str


@dataclass(eq=False)
class Place:
    """One seat of one room, with or without a socket just now."""

    seat: Seat
    key: str
    person: Person | None  # None: a hall screen
    language: str = "en"
    account: Account | None = None
    line: Line | None = None
    silent_since: float | None = field(default_factory=time.monotonic)  # a ping, or the line's loss, is unanswered
    busy: bool = False  # something it asked is being done; what it says meanwhile waits
    away: bool = False
    standing: Standing | None = None
    grant: Grant = field(default_factory=Grant)
    told: tuple[Any, ...] | None = None  # the last `rights`; None before `welcome`
    sources: set[str] = field(default_factory=set)
    look: tuple[str, ...] = ()
    heights: tuple[int, ...] = ()
    most: Limit = "high"  # pictures this person wants at most, here and in corridors
    told_mine: int = 0  # version of the topic `presence` it was last told
    routed: dict[str, list[Routes]] = field(default_factory=dict)  # what is in its slots, by room
    corridor: str | None = None  # key of the corridor it is in
    corridor_seat: str | None = None
    corridor_look: tuple[str, ...] = ()
    corridor_heights: tuple[int, ...] = ()
    corridor_sources: set[str] = field(default_factory=set)
    corridor_at: Spot | None = None  # where it stands there
    floor: int | None = None  # the meeting whose floor it hears there, without a seat in it
    floors: Topic | None = None  # of which meetings it could, as last computed
    told_floors: int = 0  # version of that topic it was last told
    headphones: bool = False  # this device in the hall has them on, as its person says
    muted: bool = False
    reading: Reading = field(default_factory=lambda: Reading(time.monotonic()))  # of its line
    sound: Sound | None = None  # as its page graded its microphone
    done: dict[str, dict[str, Any]] = field(default_factory=dict)  # replies that leave no receipt

    def __post_init__(self) -> None:
        self.relays = Relays(self.key)

    @property
    def person_id(self) -> int | None:
        return self.seat.person_id

    @property
    def sees_desk(self) -> bool:
        return may_see_desk(self.grant.rights)

    @property
    def shares(self) -> bool:
        """Whether it shows a screen."""
        return f"{self.key}:screen" in self.sources

    def topics(self, *, foyer: bool) -> tuple[str, ...]:
        """The topics this place hears, chat, corridors and its own corridor included."""
        if self.person is None:
            return ROOM_TOPICS if self.grant.receive else CLOSED_TOPICS
        held = FOYER_TOPICS if foyer else ROOM_TOPICS
        if not foyer:
            held = (*held, "chat", *(DESK_TOPICS if self.sees_desk else ()))
        if Right.CORRIDOR in self.grant.rights:
            held = (*held, "corridors", "presence", *(("corridor",) if self.corridor else ()))
            held = (*held, "floors") if foyer and self.hears_sound() else held
        return held

    def silent_for(self, clock: float) -> float:
        """Seconds since the first ping without an answer. Waiting for our own answer is not silence."""
        return 0.0 if self.busy or self.silent_since is None else clock - self.silent_since

    def sitter(self) -> Sitter:
        return Sitter(
            seat=self.key, person=self.person_id, device=self.seat.device, mode=self.seat.mode,
            opens_alone=self.seat.opens_alone, in_corridor=self.corridor is not None, muted=self.muted,
        )  # fmt: skip

    def listener(self, order: int) -> Listener:
        return Listener(order=order, look=self.look, heights=self.heights, most=self.most)

    def shown(self) -> dict[str, Any]:
        """As the roster shows it."""
        return {
            "seat": self.key, "person": self.person_id, "device": self.seat.device, "mode": self.seat.mode,
            "away": self.away, "audible": self.grant.audible, "sources": sorted(self.sources),
        }  # fmt: skip

    def hears_sound(self) -> bool:
        """Companions, screens and personal devices in the hall never play sound: the hall would howl."""
        return self.seat.device == Seat.Device.HALL or (
            self.seat.device == Seat.Device.MEDIA and self.seat.mode == "remote"
        )

    def talks_in_corridors(self) -> bool:
        """Whether it sends and plays sound there: also in the hall, for whoever says they wear headphones."""
        return self.hears_sound() or (self.headphones and self.seat.device == Seat.Device.MEDIA)

    def carry_on_from(self, before: Place) -> None:
        """The same seat on a new socket: what it sends and where it is goes on."""
        for name in (
            "sources", "look", "heights", "most", "corridor", "corridor_seat", "corridor_look", "corridor_heights",
            "corridor_sources", "corridor_at", "floor", "floors", "headphones", "muted", "reading", "sound", "done", "routed",
        ):  # fmt: skip
            setattr(self, name, getattr(before, name))
        self.reading.since = time.monotonic()

    def say(self, name: str, **fields: Any) -> None:
        if self.line:
            self.line.say(protocol.encode(name, **fields))

    def route(self, room: str, event: Routes) -> None:
        """What is in its slots now. Kept: a page whose line was down comes back to connections that went on."""
        others = [one for one in self.routed.get(room, ()) if one.epoch != event.epoch]
        self.routed[room] = [*others[-1:], event]
        self.say("route", room=room, **event.as_json())

    def route_again(self) -> None:
        """To a page that comes back: what changed meanwhile it has not heard."""
        for room, held in self.routed.items():
            for event in held:
                self.say("route", room=room, **event.as_json())

    def answered(self, call: Mapping[str, Any]) -> None:
        """What the help desk answered this person, or wrote to them first."""
        if call["obstacle"].startswith(REACHED):
            offer = call["obstacle"].removeprefix(REACHED).removeprefix("word")
            self.say("help.reached", call=call["call"], text=call["reply"], offer=offer)
        elif call["reply"]:
            self.notice("help.answered", call["reply"])

    def notice(self, code: str, text: str | Promise) -> None:
        """One sentence in the seat's language."""
        self.say("notice", code=code, text=self.speak(text))

    def speak(self, text: str | Promise) -> str:
        with translation.override(self.language):
            return str(text)

    def bye(self, code: int, message: str | Promise, next_page: str | None = None) -> None:
        """Say why, then close."""
        line, self.line = self.line, None
        if line:
            line.say(protocol.encode("bye", code=code, message=self.speak(message), next=next_page))
            line.close(code)

    def tell_rights(self) -> None:
        """Send `rights` when they are not what the page knows."""
        now = self.granted()
        if self.told is not None and now != self.told:
            self.told = now
            self.say("rights", **dict(zip(RIGHTS, now, strict=True)))

    def granted(self) -> tuple[Any, ...]:
        """RIGHTS, as the page is told them."""
        held = self.grant
        return sorted(held.rights), held.audible, held.opens, sorted(held.publish), held.recording

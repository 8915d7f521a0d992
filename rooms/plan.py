"""Who may be heard and seen in a room now, and what the media node is told. Pure: facts in, grants and plans out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rooms.media import Limit, RoomPlan, SeatPlan
from rooms.media import Right as Stream
from summit.rights import Right, Standing, may_be_heard, rights_of

PRESIDING_FIRST, HALL_NEXT, EVERYBODY = 0, 1, 1000  # order of pictures
NOTHING: frozenset[Stream] = frozenset()
TALK: frozenset[Stream] = frozenset({"audio", "video", "screen"})
DOING_CHECKS, AFTER_HOURS = "planned", "closed"  # before and after, a room is a conversation, off the record


@dataclass(frozen=True)
class Scene:
    """What is going on in a meeting, as far as it decides who is heard."""

    state: str = DOING_CHECKS
    openness: str = "open"
    speech: str = "rostrum"
    screens: str = "one"  # or several
    silenced: bool = False
    presiding: int | None = None
    voices: frozenset[int] = frozenset()  # persons whose turn is running
    delegations: frozenset[int] = frozenset()  # whose turn is running with no speaker named yet
    hall_speaks: bool = False


def scene(meeting: Mapping[str, Any], floor: Mapping[str, Any]) -> Scene:
    """The scene from the topics `meeting` and `floor`."""
    turns = [turn for turn in (floor.get("order"), floor.get("speaking")) if turn and turn["running_since"]]
    remote = [turn for turn in turns if turn["mode"] == "remote"]
    return Scene(
        state=meeting["state"],
        openness=meeting["openness"],
        speech=meeting["speech"],
        screens=meeting["screens"],
        silenced=meeting["silenced"],
        presiding=meeting["presiding"],
        voices=frozenset(turn["speaker"] for turn in remote if turn["speaker"] is not None),
        delegations=frozenset(turn["delegation"] for turn in remote if turn["speaker"] is None),
        hall_speaks=any(turn["mode"] == "hall" for turn in turns),
    )


@dataclass(frozen=True)
class Sitter:
    """A seat, as far as it decides what it may send. `person` None: a hall screen."""

    seat: str
    person: int | None
    device: str
    mode: str
    opens_alone: bool = False
    in_corridor: bool = False
    muted: bool = False  # asked to be quiet; until its page opens the microphone again


@dataclass(frozen=True)
class Grant:
    """What a seat may do now."""

    rights: frozenset[Right] = frozenset()
    publish: frozenset[Stream] = NOTHING
    receive: bool = True
    audible: bool = False
    speaks: bool = False  # its person's turn is running
    opens: bool = False  # open the microphone now: called, and agreed to that


def grant(sitter: Sitter, standing: Standing | None, now: Scene, *, chair_is_remote: bool = True) -> Grant:
    """What this seat may do in this scene. Companions, screens and personal devices in the hall never send anything."""
    if sitter.person is None:
        return Grant(receive=now.openness != "closed")  # nobody knows who stands before a screen
    if standing is None:
        return Grant()
    rights = rights_of(standing, openness=now.openness)
    if sitter.device == "hall":
        return _hall(rights, now, chair_is_remote)
    if sitter.device != "media" or sitter.mode == "hall" or sitter.in_corridor or Right.PUBLISH not in rights:
        return Grant(rights=rights)
    speaks = sitter.person in now.voices or any(post.delegation in now.delegations for post in standing.posts)
    audible = _heard(sitter.person, rights, speaks, now)
    publish: set[Stream] = {"audio", "video"}
    talking = now.speech == "discussion" or now.state in {DOING_CHECKS, AFTER_HOURS}
    if Right.SHARE in rights and (speaks or sitter.person == now.presiding or talking):
        publish.add("screen")
    return Grant(
        rights,
        frozenset(publish),
        audible=audible and not sitter.muted,
        speaks=speaks,
        opens=speaks and sitter.opens_alone,
    )


def _heard(person: int, rights: frozenset[Right], speaks: bool, now: Scene) -> bool:
    if now.state in {DOING_CHECKS, AFTER_HOURS}:
        return not now.silenced or person == now.presiding
    if now.state != "open":
        return person == now.presiding
    voices = {person} if speaks else set()
    return may_be_heard(
        person, rights, speech=now.speech, presiding=now.presiding, voices=voices, silenced=now.silenced
    )


def _hall(rights: frozenset[Right], now: Scene, chair_is_remote: bool) -> Grant:
    """The hall's own line: heard while someone in the hall has the floor, or presides from there."""
    if Right.RUN_HALL not in rights:
        return Grant(rights=rights)
    free = now.state in {DOING_CHECKS, AFTER_HOURS} or (now.state == "open" and now.speech == "discussion")
    audible = not chair_is_remote or (not now.silenced and (free or now.hall_speaks))
    return Grant(rights, frozenset({"audio", "video"}), audible=audible, speaks=now.hall_speaks)


@dataclass(frozen=True)
class Listener:
    """What one seat gets besides its grant."""

    order: int = EVERYBODY
    look: tuple[str, ...] = ()
    heights: tuple[int, ...] = ()  # of the tiles it looks at
    most: Limit = "high"


@dataclass(frozen=True)
class Cast:
    """Grants and wishes of a room's seats, by seat key."""

    grants: Mapping[str, Grant] = field(default_factory=dict)
    listeners: Mapping[str, Listener] = field(default_factory=dict)
    shares: frozenset[str] = frozenset()  # seats whose screen is shown: said before, so that none comes by surprise


def room_plan(cast: Cast, *, epoch: str, version: int, floor: str | None, private: bool = False) -> RoomPlan:
    """The whole room for the media node."""
    seats = {
        seat: SeatPlan(
            publish=one.publish if seat in cast.shares else one.publish - {"screen"},
            receive=one.receive, audible=one.audible, order=cast.listeners[seat].order,
            look=cast.listeners[seat].look, heights=cast.listeners[seat].heights, most=cast.listeners[seat].most,
        )
        for seat, one in cast.grants.items()
    }  # fmt: skip
    return RoomPlan(epoch=epoch, version=version, seats=seats, floor=floor if floor in seats else None, private=private)


def leading(sitters: Iterable[Sitter], grants: Mapping[str, Grant], now: Scene) -> str | None:
    """The seat that has the floor: whose turn is running, else the hall's, else whoever presides."""
    rows = list(sitters)
    speaking = [one for one in rows if grants[one.seat].speaks]
    speaking.sort(key=lambda one: (one.device == "hall", one.seat))
    if speaking:
        return speaking[0].seat
    chairs = [one.seat for one in rows if one.person == now.presiding and "audio" in grants[one.seat].publish]
    return chairs[0] if chairs else None

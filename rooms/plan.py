"""Who may be heard and seen in a room now, and what the media node is told. Pure: facts in, grants and plans out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rooms.media import Limit, Recording, RoomPlan, SeatPlan
from rooms.media import Right as Stream
from summit.rights import Right, Standing, may_be_heard, rights_of

PRESIDING_FIRST, HALL_NEXT, EVERYBODY = 0, 1, 1000  # order of pictures
NOTHING: frozenset[Stream] = frozenset()
BESIDE = "open"  # the spell of whoever is heard without a turn: the chair, a discussion
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
    spell: str = ""  # name of the running spell of a turn
    spell_since: str = ""  # ISO 8601, comparable
    recording: int | None = None  # the recording that is on
    runs: bool = False  # it is past its announcement
    recording_since: str = ""  # announced, ISO 8601
    agreed: frozenset[int] = frozenset()  # persons who may be recorded
    listening: frozenset[int] = frozenset()  # who chose to listen only


def scene(meeting: Mapping[str, Any], floor: Mapping[str, Any], consents: Mapping[str, Any] | None = None) -> Scene:
    """The scene from the topics `meeting`, `floor` and `consents`."""
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
        **_spell(turns[0] if turns else None),
        **_recording(meeting.get("recording"), consents or {}),
    )


def _spell(turn: Mapping[str, Any] | None) -> dict[str, Any]:
    """The running turn, and since when: a pause begins another spell."""
    if turn is None:
        return {}
    since = datetime.fromisoformat(turn["running_since"])
    return {"spell": f"t{turn['id']}-{int(since.timestamp() * 1000)}", "spell_since": turn["running_since"]}


def _recording(held: Mapping[str, Any] | None, consents: Mapping[str, Any]) -> dict[str, Any]:
    if held is None or held["state"] == "stopped":
        return {}
    answers = consents if consents.get("recording") == held["id"] else {}
    return {
        "recording": held["id"], "runs": held["state"] == "running", "recording_since": held["since"],
        "agreed": frozenset(answers.get("yes", ())), "listening": frozenset(answers.get("no", ())),
    }  # fmt: skip


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
    recording: str = ""  # what this person answered: asked | agreed | listening; "" while nothing is recorded
    spell: str = ""  # the spell their sound is written into; "": it is not


def grant(sitter: Sitter, standing: Standing | None, now: Scene, *, chair_is_remote: bool = True) -> Grant:
    """What this seat may do in this scene. Companions, screens and personal devices in the hall never send anything."""
    if sitter.person is None:
        return Grant(receive=now.openness != "closed")  # nobody knows who stands before a screen
    if standing is None:
        return Grant()
    rights = rights_of(standing, openness=now.openness)
    answer = _answer(sitter.person, now)
    if sitter.device == "hall":
        return _hall(rights, now, chair_is_remote, answer)
    if sitter.device != "media" or sitter.mode == "hall" or sitter.in_corridor or Right.PUBLISH not in rights:
        return Grant(rights=rights, recording=answer)
    speaks = sitter.person in now.voices or any(post.delegation in now.delegations for post in standing.posts)
    audible = _heard(sitter.person, rights, speaks, now) and not sitter.muted
    audible = audible and not _must_answer_first(answer, now, speaks=speaks, presides=sitter.person == now.presiding)
    publish: set[Stream] = {"audio", "video"}
    talking = now.speech == "discussion" or now.state in {DOING_CHECKS, AFTER_HOURS}
    if Right.SHARE in rights and (speaks or sitter.person == now.presiding or talking):
        publish.add("screen")
    return Grant(
        rights,
        frozenset(publish),
        audible=audible,
        speaks=speaks,
        opens=speaks and sitter.opens_alone,
        recording=answer,
        spell=_written(answer, now, audible=audible, speaks=speaks),
    )


def _answer(person: int, now: Scene) -> str:
    if now.recording is None:
        return ""
    return "agreed" if person in now.agreed else "listening" if person in now.listening else "asked"


def _must_answer_first(answer: str, now: Scene, *, speaks: bool, presides: bool) -> bool:
    """Who only listens is not heard. Who has not answered is not heard once it runs, but for two who are not cut off in
    the middle of a word (and not written down): whoever presides, and a speech that began before the announcement."""
    if answer != "asked":
        return answer == "listening"
    return now.runs and not presides and not (speaks and now.spell_since <= now.recording_since)


def _written(answer: str, now: Scene, *, audible: bool, speaks: bool) -> str:
    """Whoever the room may hear is recorded, if they agreed; a turn by its spells, everything else as it comes."""
    if answer != "agreed" or not audible or not now.runs or now.state != "open":
        return ""
    return now.spell if speaks and now.spell else BESIDE


def _heard(person: int, rights: frozenset[Right], speaks: bool, now: Scene) -> bool:
    if now.state in {DOING_CHECKS, AFTER_HOURS}:
        return not now.silenced or person == now.presiding
    if now.state != "open":
        return person == now.presiding
    voices = {person} if speaks else set()
    return may_be_heard(
        person, rights, speech=now.speech, presiding=now.presiding, voices=voices, silenced=now.silenced
    )


def _hall(rights: frozenset[Right], now: Scene, chair_is_remote: bool, answer: str) -> Grant:
    """The hall's own line: heard while someone in the hall has the floor, or presides from there.

    Its officer answers for the hall once it was told there.
    """
    if Right.RUN_HALL not in rights:
        return Grant(rights=rights, recording=answer)
    free = now.state in {DOING_CHECKS, AFTER_HOURS} or (now.state == "open" and now.speech == "discussion")
    audible = not chair_is_remote or (not now.silenced and (free or now.hall_speaks))
    speaks = now.hall_speaks
    audible = audible and not _must_answer_first(answer, now, speaks=speaks, presides=not chair_is_remote)
    spell = _written(answer, now, audible=audible, speaks=speaks)
    return Grant(rights, frozenset({"audio", "video"}), audible=audible, speaks=speaks, recording=answer, spell=spell)


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
    ears: frozenset[str] = frozenset()  # seats of other rooms, in a corridor: they hear, and send nothing


def recorded(grants: Mapping[str, Grant], now: Scene) -> Recording | None:
    """What the media node writes down of a meeting; None while nothing is recorded."""
    if now.recording is None or not now.runs or now.state != "open":
        return None
    return Recording(str(now.recording), {seat: one.spell for seat, one in grants.items() if one.spell})


def room_plan(
    cast: Cast,
    *,
    epoch: str,
    version: int,
    floor: str | None,
    private: bool = False,
    record: Recording | None = None,
    term: int = 0,
) -> RoomPlan:
    """The whole room for the media node. A private one with `record` cannot be made: PlanError."""
    seats = {
        seat: SeatPlan(
            publish=one.publish if seat in cast.shares else one.publish - {"screen"},
            receive=one.receive, audible=one.audible, order=cast.listeners[seat].order,
            look=cast.listeners[seat].look, heights=cast.listeners[seat].heights, most=cast.listeners[seat].most,
        )
        for seat, one in cast.grants.items()
    }  # fmt: skip
    seats |= {seat: SeatPlan(NOTHING, True, False, order=EVERYBODY, most="none") for seat in cast.ears}
    leads = floor if floor in seats else None
    return RoomPlan(epoch=epoch, version=version, seats=seats, floor=leads, private=private, record=record, term=term)


def leading(sitters: Iterable[Sitter], grants: Mapping[str, Grant], now: Scene) -> str | None:
    """The seat that has the floor: whose turn is running, else the hall's, else whoever presides."""
    rows = list(sitters)
    speaking = [one for one in rows if grants[one.seat].speaks]
    speaking.sort(key=lambda one: (one.device == "hall", one.seat))
    if speaking:
        return speaking[0].seat
    chairs = [one.seat for one in rows if one.person == now.presiding and "audio" in grants[one.seat].publish]
    return chairs[0] if chairs else None

"""`rooms/PROTOCOL.md` as types. Standard library only; twin of `static/js/room/protocol.js`.

`decode` turns what a browser sent into one frozen dataclass or raises ProtocolError; `encode` turns what we say into
text. Shapes are checked here; whether something is allowed is asked elsewhere.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, TypeVar, dataclass_transform

from rooms.shape import Between, Most, WrongShape, build

LIMIT = 65_536  # bytes of one frame
HEARTBEAT = 5.0  # s between pings
AWAY_AFTER = 15.0  # s of silence until a seat is shown away
SEAT_GRACE = 30.0  # s a seat survives a lost socket: longer than a Wi-Fi roam, shorter than a coffee
HELLO_WITHIN = 5.0  # s
RATE = 20  # requests a second …
BURST = 100  # … and what five seconds of them may pile up to

CLOSE_PROTOCOL, CLOSE_SIGN_IN, CLOSE_NOT_ALLOWED, CLOSE_NO_SEAT = 4400, 4401, 4403, 4404
CLOSE_NO_HELLO, CLOSE_ELSEWHERE, CLOSE_OVER = 4408, 4409, 4410
CLOSE_OUR_FAULT, CLOSE_TOO_SLOW = 1011, 1013

Where = Literal["meeting", "corridor"]
Heard = Literal["meeting", "corridor", "floor"]  # floor: of a meeting, from a corridor; nothing is sent there
Register = Literal["list", "order", "reply"]
Capacity = Literal["national", "group", "observer", "chair"]
RequestId = Annotated[str, Most(40)]
Key = Annotated[str, Most(40)]  # of a corridor, a seat, a knock
Line = Annotated[str, Most(120)]
Text = Annotated[str, Most(1000)]
Answer = Literal["come_in", "soon", "not_now", "silent"]  # silent: whoever asked is told nothing
Sdp = Annotated[str, Most(60_000)]
Share = Annotated[int, Between(0, 1000)]  # thousandths
Measured = Annotated[int | None, Between(0, 60_000)]  # ms; null: not measured
Json = dict[str, Any]


class ProtocolError(Exception):
    """The client sent nonsense; the socket closes with 4400. The text is for developers."""


@dataclass(frozen=True)
class Message:
    """Anything a browser may send."""

    TYPE: ClassVar[str]


@dataclass(frozen=True)
class Request(Message):
    """Answered by `done` or `refused` with the same id. The id is the page's, and done once."""

    id: RequestId


TO_SERVER: dict[str, type[Message]] = {}
M = TypeVar("M", bound=Message)


@dataclass_transform(frozen_default=True)
def message(name: str) -> Callable[[type[M]], type[M]]:
    """Make a class the message of this name."""

    def register(cls: type[M]) -> type[M]:
        cls.TYPE = name
        made = dataclass(frozen=True)(cls)
        TO_SERVER[name] = made
        return made

    return register


def decode(text: str | bytes | None) -> Message:
    """One message from one text frame. Raises ProtocolError."""
    if not isinstance(text, str):
        raise ProtocolError("text frames only")
    if len(text) > LIMIT or len(text.encode(errors="replace")) > LIMIT:
        raise ProtocolError("too large")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("not JSON") from None
    if not isinstance(data, dict):
        raise ProtocolError("not an object")
    name = data.pop("type", None)
    cls = TO_SERVER.get(name) if isinstance(name, str) else None
    if cls is None:
        raise ProtocolError(f"unknown type {name!r:.60}")
    try:
        return build(cls, data)
    except WrongShape as fault:
        raise ProtocolError(f"{name}: {fault}") from None


# ── Sitting down, and the line ────────────────────────────────────────────────────────────────────────────────
@message("hello")
class Hello(Message):
    seat: Annotated[str, Most(2000)]
    resume: bool = False
    known: Annotated[dict[str, int], Most(20)] = field(default_factory=dict)


@message("pong")
class Pong(Message):
    pass


@message("sync")
class Sync(Message):
    pass


# ── Media ─────────────────────────────────────────────────────────────────────────────────────────────────────
@message("publish.offer")
class PublishOffer(Request):
    room: Where
    sdp: Sdp


@message("receive.open")
class ReceiveOpen(Request):
    room: Heard
    video: Literal[12, 6]


@message("receive.answer")
class ReceiveAnswer(Request):
    room: Heard
    sdp: Sdp


@message("source")
class Source(Request):
    room: Where
    kind: Literal["mic", "camera", "screen"]
    on: bool


@message("look")
class Look(Message):
    room: Where
    sources: Annotated[tuple[Annotated[str, Most(60)], ...], Most(12)]
    heights: Annotated[tuple[int, ...], Most(12)] = ()  # of their tiles in device pixels, one each; none: not said


@message("line.seen")
class LineSeen(Message):
    """What a page sees of its line over five seconds."""

    up_loss: Annotated[int | None, Between(0, 1000)]
    up_jitter: Measured
    down_loss: Annotated[int | None, Between(0, 1000)]
    down_jitter: Measured
    rtt: Measured
    frozen: Annotated[int, Between(0, 60_000)]
    concealed: Share
    strained: bool


@message("sound.grade")
class SoundGrade(Message):
    """How a page grades its own microphone; empty: nothing is known of it."""

    grade: Literal["", "green", "amber", "red"]
    why: Literal["", "good", "silent", "quiet", "clipped", "noisy", "narrow"]
    bandwidth: Annotated[int | None, Between(0, 24_000)] = None  # Hz


@message("echo")
class Echo(Request):
    pass


@message("picture.limit")
class PictureLimit(Request):
    most: Literal["high", "low", "speaker", "still", "none"]


@message("microphone.consent")
class MicrophoneConsent(Request):
    open: bool


# ── The floor ─────────────────────────────────────────────────────────────────────────────────────────────────
@message("hand.raise")
class HandRaise(Request):
    register: Register = "list"
    capacity: Capacity = "national"
    on_behalf_of: Line = ""
    delegation: int | None = None


@message("hand.lower")
class HandLower(Request):
    turn: int


@message("floor.give")
class FloorGive(Request):
    turn: int


@message("floor.give_next")
class FloorGiveNext(Request):
    expect: int


@message("floor.pause")
class FloorPause(Request):
    turn: int


@message("floor.resume")
class FloorResume(Request):
    turn: int


@message("floor.end")
class FloorEnd(Request):
    turn: int


@message("floor.extend")
class FloorExtend(Request):
    turn: int
    seconds: int


@message("floor.rule")
class FloorRule(Request):
    turn: int
    ruling: Text


@message("floor.move")
class FloorMove(Request):
    turn: int
    before: int | None = None
    reason: Annotated[str, Most(300)] = ""


@message("floor.speaker")
class FloorSpeaker(Request):
    turn: int
    person: int


@message("list.close")
class ListClose(Request):
    item: int


@message("list.open")
class ListOpen(Request):
    item: int


# ── The hall ──────────────────────────────────────────────────────────────────────────────────────────────────
@message("hall.present")
class HallPresent(Request):
    delegation: int
    present: bool


@message("hall.raise")
class HallRaise(Request):
    delegation: int
    register: Register = "list"
    capacity: Capacity = "national"
    on_behalf_of: Line = ""
    person: int | None = None


# ── The chair ─────────────────────────────────────────────────────────────────────────────────────────────────
@message("meeting.open")
class MeetingOpen(Request):
    pass


@message("meeting.resume")
class MeetingResume(Request):
    pass


@message("meeting.suspend")
class MeetingSuspend(Request):
    until: Annotated[str, Most(40)] | None = None


@message("meeting.adjourn")
class MeetingAdjourn(Request):
    pass


@message("meeting.close")
class MeetingClose(Request):
    unheard: int


@message("meeting.speech")
class MeetingSpeech(Request):
    speech: Literal["rostrum", "discussion"]


@message("meeting.chat")
class MeetingChat(Request):
    chat: Literal["off", "secretariat", "open"]


@message("meeting.screens")
class MeetingScreens(Request):
    screens: Literal["one", "several"]


@message("meeting.openness")
class MeetingOpenness(Request):
    openness: Literal["open", "restricted", "closed"]


@message("meeting.silence")
class MeetingSilence(Request):
    on: bool


@message("meeting.preside")
class MeetingPreside(Request):
    person: int


@message("item.take")
class ItemTake(Request):
    item: int


@message("decision.gavel")
class DecisionGavel(Request):
    text: Annotated[str, Most(4000)]
    symbol: Annotated[str, Most(60)] = ""
    item: int | None = None


@message("vote.open")
class VoteOpen(Request):
    text: Annotated[str, Most(4000)]
    symbol: Annotated[str, Most(60)] = ""
    majority: Literal["simple", "two_thirds"] = "simple"


@message("vote.cast")
class VoteCast(Request):
    vote: int
    choice: Literal["yes", "no", "abstain"]
    delegation: int | None = None


@message("vote.close")
class VoteClose(Request):
    vote: int


@message("vote.withdraw")
class VoteWithdraw(Request):
    vote: int
    reason: Text


@message("act.undo")
class ActUndo(Request):
    entry: int


@message("act.correct")
class ActCorrect(Request):
    entry: int
    reason: Text
    text: Annotated[str, Most(4000)] = ""


@message("person.remove")
class PersonRemove(Request):
    person: int
    reason: Annotated[str, Most(200)]


@message("person.readmit")
class PersonReadmit(Request):
    person: int


@message("person.unshare")
class PersonUnshare(Request):
    person: int


@message("person.mute")
class PersonMute(Request):
    person: int


# ── The recording of sound ────────────────────────────────────────────────────────────────────────────────────
@message("recording.announce")
class RecordingAnnounce(Request):
    pass


@message("recording.stop")
class RecordingStop(Request):
    pass


@message("recording.shown")
class RecordingShown(Message):
    recording: int


@message("recording.acknowledge")
class RecordingAcknowledge(Request):
    recording: int
    consents: bool


# ── Chat, help, screens ───────────────────────────────────────────────────────────────────────────────────────
@message("chat.say")
class ChatSay(Request):
    text: Text
    to: Literal["secretariat", "room"] = "secretariat"


@message("help.call")
class HelpCall(Request):
    obstacle: Annotated[str, Most(40)] = ""
    text: Annotated[str, Most(300)] = ""


@message("help.answer")
class HelpAnswer(Request):
    call: int
    reply: Annotated[str, Most(300)]


@message("help.reach")
class HelpReach(Request):
    """An officer writes first, or offers something the page can do itself."""

    person: int
    text: Annotated[str, Most(300)] = ""
    offer: Literal["", "low_data"] = ""


@message("screen.link")
class ScreenLink(Request):
    pass


@message("screen.revoke")
class ScreenRevoke(Request):
    link: int


# ── The lobby: a sound check. Only a lobby's socket says these ────────────────────────────────────────────────
@message("check.open")
class CheckOpen(Request):
    pass


@message("check.publish")
class CheckPublish(Request):
    sdp: Sdp


@message("check.receive")
class CheckReceive(Request):
    pass


@message("check.answer")
class CheckAnswer(Request):
    sdp: Sdp


@message("check.close")
class CheckClose(Request):
    pass


# ── Corridors ─────────────────────────────────────────────────────────────────────────────────────────────────
@message("corridor.presence")
class CorridorPresence(Request):
    on: bool
    about: Line = ""
    item: int | None = None
    languages: Annotated[tuple[Annotated[str, Most(8)], ...], Most(12)] = ()
    quiet: bool = False


@message("corridor.coffee")
class CorridorCoffee(Request):
    on: bool


@message("corridor.open")
class CorridorOpen(Request):
    topic: Annotated[str, Most(80)] = ""


@message("corridor.knock")
class CorridorKnock(Request):
    corridor: Key
    line: Line = ""


@message("corridor.answer")
class CorridorAnswer(Request):
    knock: int
    answer: Answer


@message("corridor.invite")
class CorridorInvite(Request):
    person: int
    line: Line = ""


@message("corridor.accept")
class CorridorAccept(Request):
    invite: int
    answer: Answer


@message("corridor.seek")
class CorridorSeek(Request):
    delegation: int
    line: Line = ""


@message("corridor.withdraw")
class CorridorWithdraw(Request):
    invite: int


@message("corridor.sit")
class CorridorSit(Request):
    table: int


@message("corridor.move")
class CorridorMove(Message):
    x: int
    y: int


@message("corridor.headphones")
class CorridorHeadphones(Request):
    on: bool


@message("corridor.floor")
class CorridorFloor(Request):
    meeting: int | None


@message("corridor.meet")
class CorridorMeet(Request):
    bilateral: int


@message("corridor.own")
class CorridorOwn(Request):
    delegation: int


@message("corridor.recall")
class CorridorRecall(Request):
    seconds: int


@message("corridor.rostrum")
class CorridorRostrum(Request):
    text: Annotated[str, Most(300)]


@message("corridor.enter")
class CorridorEnter(Request):
    corridor: Key


@message("corridor.lock")
class CorridorLock(Request):
    on: bool


@message("corridor.leave")
class CorridorLeave(Request):
    pass


@message("corridor.say")
class CorridorSay(Request):
    text: Text


@message("note.pass")
class NotePass(Request):
    person: int
    text: Text


@message("corridor.block")
class CorridorBlock(Request):
    person: int
    on: bool


@message("corridor.report")
class CorridorReport(Request):
    person: int
    text: Annotated[str, Most(300)]


@message("sealed")
class Sealed(Request):
    opaque: Annotated[str, Most(LIMIT)]


# ── What we say. Names and fields in PROTOCOL.md; states are built where they are known ────────────────────────
FROM_SERVER: dict[str, frozenset[str]] = {
    "welcome": frozenset({
        "you", "meeting", "topics", "rights", "audible", "open", "publish", "recording", "clock", "ice", "epoch", "seat", "suite",
        "corridor",
    }),
    "state": frozenset({"topic", "version", "state"}),
    "rights": frozenset({"rights", "audible", "open", "publish", "recording"}),
    "microphone.close": frozenset(),
    "sharing.close": frozenset(),
    "route": frozenset({"room", "slots", "rests", "pictures", "by", "layers", "epoch"}),
    "epoch": frozenset({"room", "epoch", "after"}),
    "resting": frozenset({"parts"}),
    "waiting": frozenset({"room", "what", "place", "seconds"}),
    "line": frozenset({"loss", "rtt", "kbps", "verdict"}),
    "done": frozenset({"re"}),
    "refused": frozenset({"re", "code", "message"}),
    "notice": frozenset({"code", "text"}),
    "help.reached": frozenset({"call", "text", "offer"}),
    "ping": frozenset({"versions", "clock"}),
    "ice": frozenset({"ice"}),
    "bye": frozenset({"code", "message", "next"}),
    "knock": frozenset({"knock", "corridor", "person", "line"}),
    "knock.answered": frozenset({"corridor", "answer"}),
    "invite": frozenset({"invite", "person", "line"}),
    "invite.answered": frozenset({"invite", "person", "answer", "corridor"}),
    "invite.over": frozenset({"invite"}),
    "corridor.said": frozenset({"person", "text", "at"}),
    "note.passed": frozenset({"person", "text", "at"}),
    "corridor.moved": frozenset({"seat", "x", "y"}),
    "bilaterals": frozenset({"agreed"}),
    "corridor.closed": frozenset({"code", "text"}),
    "chat.said": frozenset({"line"}),
}  # fmt: skip
ANSWERS_WITH = frozenset(
    {"turn", "sdp", "epoch", "link", "url", "corridor", "call", "attended", "invite", "line", "knock", "received_at"}
)  # beside `re`


def encode(name: str, **fields: Any) -> str:
    """One message as text. A field we did not promise, or one forgotten, is our fault: ValueError."""
    promised = FROM_SERVER[name]
    given = set(fields) - ANSWERS_WITH if name == "done" else set(fields)
    if given != promised:
        raise ValueError(f"{name}: {sorted(given ^ promised)} not as promised")
    return json.dumps({"type": name, **fields}, ensure_ascii=False, separators=(",", ":"))


def as_json(message: Message) -> Json:
    """A message as the browser writes it."""
    return {"type": message.TYPE, **dataclasses.asdict(message)}

"""The only door to a media node: keeps its room plans true, passes SDP through, brings back what happens there.

Asyncio, standard library and `websockets`; no Django. One `Media` per web process and node (`nodes.py` has them all):

    media = Media(settings.MEDIA_DOOR, settings.MEDIA_DOOR_TOKEN)
    media.listen(on_event)
    media.start()
    media.put("committee-2", RoomPlan(epoch, version, seats, floor=seat))
    answer = await media.publish("committee-2", seat, offer)

`put` states what should be; it returns at once and is repeated until the node has acknowledged it, every 5 seconds,
and after either side was restarted. Only joining and SDP are request and reply.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from rooms.sfu.plan import Kind, Limit, Recording, Right, RoomPlan, SeatPlan, source_id

__all__ = [
    "Counters",
    "Epoch",
    "Event",
    "Kind",
    "Limit",
    "Load",
    "Media",
    "MediaDown",
    "MediaRefused",
    "Recorded",
    "RecorderStopped",
    "Recording",
    "Right",
    "RoomPlan",
    "Routes",
    "SeatGone",
    "SeatPlan",
    "Sources",
    "Stale",
    "source_id",
]

log = logging.getLogger(__name__)

REPEAT_SECONDS = 5.0  # a plan is said again this often even when it was heard
UNHEARD_SECONDS = 0.5  # and this often while it was not
RETRY_SECONDS = (0.05, 0.1, 0.2, 0.4)  # between attempts to reach the node; the last one repeats
REPLY_SECONDS = 5.0
EXPECT_SECONDS = 0.5  # for a seat that is not in the plan yet
MESSAGE_BYTES = 1 << 20


class MediaRefused(Exception):
    """The node will not do it; `code` is listed in `rooms/sfu/DOOR.md`."""

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(f"{code}: {why}" if why else code)
        self.code = code


class MediaDown(Exception):
    """The node cannot be reached now, or did not answer in time. Plans are kept and will be told."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """The node (re)started: every page opens new connections. Also told when the node is first reached."""

    epoch: str


@dataclass(frozen=True, slots=True)
class Load:
    """What the node carries, once a second. busy: of a core; draining: it is to end, its rooms shall move away."""

    rooms: frozenset[str] = frozenset()
    connections: int = 0
    busy: float = 0.0
    draining: bool = False


@dataclass(frozen=True, slots=True)
class Stale:
    """We spoke for a room that another web process looks after since `term`."""

    room: str
    term: int


@dataclass(frozen=True, slots=True)
class Routes:
    """What is now in each receiving slot of one seat."""

    room: str
    seat: str
    slots: Mapping[str, str | None]  # mid → source id
    rests: Mapping[str, str] = field(default_factory=dict)  # mid → why its picture rests: `line`, `limit` or `codec`
    pictures: str = "all"  # what comes of them: all, smaller, speaker, still, none
    by: str | None = None  # what keeps this seat from more: `line` or `limit`
    layers: Sequence[str] | None = None  # of this seat's own camera: those somebody watches; None: there is no choice
    epoch: str | None = None  # of the node that says so: while a room moves, two do

    def as_json(self) -> dict[str, Any]:
        return {
            "slots": dict(self.slots),
            "rests": dict(self.rests),
            "pictures": self.pictures,
            "by": self.by,
            "layers": None if self.layers is None else list(self.layers),
            "epoch": self.epoch,
        }


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything in the room that sends and may be forwarded."""

    room: str
    sources: Mapping[str, Mapping[str, str]]  # source id → {"seat", "kind"}


@dataclass(frozen=True, slots=True)
class SeatGone:
    """The seat has no connection left: `silent`, `goodbye`, `handshake`, `join_timeout` or `plan`."""

    room: str
    seat: str
    why: str


@dataclass(frozen=True, slots=True)
class Counters:
    """A seat's traffic over the last seconds. Loss in per cent; None where nothing was measured."""

    room: str
    seat: str
    up_kbps: int
    up_loss: float | None
    down_kbps: int
    down_loss: float | None
    rtt_ms: int | None
    is_open: bool = True  # a connection of it is; figures of one that is not say nothing


@dataclass(frozen=True, slots=True)
class Recorded:
    """A spell of speech is whole on the disk. Told again on every connection until `Media.kept` names the file."""

    room: str
    recording: str
    seat: str
    spell: str
    file: str
    began: int  # unix milliseconds
    ended: int
    ms: int  # how long it plays …
    silence_ms: int  # … and how much of that is gap
    bytes: int
    cut: bool  # mended after the node had died


@dataclass(frozen=True, slots=True)
class RecorderStopped:
    """The recorder gave up this recording; the meeting goes on. why: disk, slow, failed or no_folder."""

    room: str
    recording: str
    why: str


Event = Epoch | Load | Stale | Routes | Sources | SeatGone | Counters | Recorded | RecorderStopped


Wait = Callable[[int, float], None]  # place in the node's queue (1: next), and about how many seconds it takes


@dataclass(slots=True)
class _Asked:
    """A request on its way. While it waits its turn at the node, the deadline moves on."""

    reply: asyncio.Future[dict[str, Any]]
    deadline: asyncio.Timeout
    on_wait: Wait | None


@dataclass(slots=True)
class _Wanted:
    plan: RoomPlan
    put_at: float  # when the node should have been told
    told_at: float = 0.0
    heard: bool = False


class Media:
    """The web process's side of the door. Use it from one event loop."""

    def __init__(self, door: str, token: str | None = None) -> None:
        self._door = door
        self._token = token
        self._wanted: dict[str, _Wanted] = {}
        self._listeners: list[Callable[[Event], None]] = []
        self._replies: dict[int, _Asked] = {}
        self._next = 0
        self._socket: ClientConnection | None = None
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._connected = asyncio.Event()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.epoch: str | None = None
        self.load = Load()
        self.heard_at = time.monotonic()  # the node's last word, in this process's seconds
        self.absent_since: float | None = None  # nobody is at its door

    # ── life ──

    def start(self) -> None:
        """Begin to reach the node; never fails, keeps trying."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop speaking to the node. It keeps forwarding with the plans it has."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    @property
    def is_up(self) -> bool:
        return self._connected.is_set()

    @property
    def lag(self) -> float:
        """How many seconds the oldest plan waits to be acknowledged; from any thread."""
        waiting = [wanted.put_at for wanted in list(self._wanted.values()) if not wanted.heard]
        return max(0.0, time.monotonic() - min(waiting)) if waiting else 0.0

    def listen(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call back with every event, in the event loop; returns a function that ends it."""
        self._listeners.append(callback)

        def stop() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return stop

    # ── what should be ──

    def put(self, room: str, plan: RoomPlan) -> None:
        """Keep this plan in force; an older version of the same epoch is ignored."""
        held = self._wanted.get(room)
        if held is not None and held.plan.epoch == plan.epoch and held.plan.version > plan.version:
            return
        self._wanted[room] = _Wanted(plan, time.monotonic())
        if self._connected.is_set():
            self._tell(room)  # before any request that follows, in order
        self._wake.set()

    def look(self, room: str, seat: str, sources: tuple[str, ...], heights: tuple[int, ...]) -> None:
        """What one page would like to see: told alone, for pages say it often and plans are long; whatever is said of
        the whole room again holds it too. A seat not planned yet: its plan will say it."""
        held = self._wanted.get(room)
        if held is None or seat not in held.plan.seats:
            return
        held.plan = held.plan.looking(seat, sources, heights)
        look = held.plan.seats[seat].as_json()["look"]
        self._say({"do": "look", "room": room, "seat": seat, "look": look, "term": held.plan.term})

    def drop(self, room: str, term: int | None = None) -> None:
        """The room is over here: everybody in it is disconnected. `term`: for a room we did not plan here."""
        self._say({"do": "drop", "room": room, "term": self._term(room) if term is None else term})
        self._wanted.pop(room, None)

    def forget(self, room: str) -> None:
        """Say nothing more of this room; somebody else speaks for it."""
        self._wanted.pop(room, None)

    def leave(self, room: str, seat: str) -> None:
        """Close what the seat has on the wire; its place in the plan is untouched."""
        self._say({"do": "leave", "room": room, "seat": seat, "term": self._term(room)})

    def kept(self, file: str) -> None:
        """A recorded file is in the database: the node need not tell of it again."""
        self._say({"do": "kept", "file": file})

    # ── joining ──

    async def publish(self, room: str, seat: str, sdp: str, on_wait: Wait | None = None) -> str:
        """The answer to a page's publish offer. Raises MediaRefused, MediaDown.

        When many join at once the node has a queue; `on_wait` is told this seat's place about once a second.
        """
        await self._expect(room, seat)
        said = {"do": "publish", "room": room, "seat": seat, "sdp": sdp, "term": self._term(room)}
        return str((await self._ask(said, on_wait))["sdp"])

    async def receive(self, room: str, seat: str, audio: int = 4, video: int = 12, on_wait: Wait | None = None) -> str:
        """An offer of receiving slots. Raises MediaRefused, MediaDown. `on_wait` as for `publish`."""
        await self._expect(room, seat)
        said = {"do": "receive", "room": room, "seat": seat, "audio": audio, "video": video, "term": self._term(room)}
        return str((await self._ask(said, on_wait))["sdp"])

    async def receive_answer(self, room: str, seat: str, sdp: str) -> None:
        """The page's answer to that offer. Raises MediaRefused, MediaDown."""
        await self._ask({"do": "receive_answer", "room": room, "seat": seat, "sdp": sdp, "term": self._term(room)})

    async def drain(self, within: float) -> None:
        """The node is to end, after so many seconds at most: its rooms shall move. Raises MediaRefused, MediaDown."""
        await self._ask({"do": "drain", "within": within})

    async def counts(self) -> dict[str, Any]:
        """The node's own numbers: rooms, connections, dropped datagrams. Raises MediaDown."""
        counts: dict[str, Any] = (await self._ask({"do": "counts"}))["counts"]
        return counts

    def _term(self, room: str) -> int:
        held = self._wanted.get(room)
        return held.plan.term if held else 0

    async def _expect(self, room: str, seat: str) -> None:
        """Wait a moment for the plan that seats whoever asks: pages are quick, and plans are put together in bundles."""
        deadline = asyncio.get_running_loop().time() + EXPECT_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            wanted = self._wanted.get(room)
            if wanted is not None and seat in wanted.plan.seats:
                return
            await asyncio.sleep(0.02)

    async def _ask(self, message: dict[str, Any], on_wait: Wait | None = None) -> dict[str, Any]:
        try:
            async with asyncio.timeout(REPLY_SECONDS) as deadline:
                await self._connected.wait()
                self._next += 1
                number = self._next
                asked = self._replies[number] = _Asked(asyncio.get_running_loop().create_future(), deadline, on_wait)
                try:
                    self._say({**message, "id": number})
                    reply = await asked.reply
                finally:
                    self._replies.pop(number, None)
        except TimeoutError:
            raise MediaDown("the media node does not answer") from None
        if "refused" in reply:
            raise MediaRefused(str(reply["refused"]), str(reply.get("why", "")))
        return reply

    # ── the wire ──

    def _say(self, message: dict[str, Any]) -> None:
        if self._connected.is_set():
            self._out.put_nowait(message)

    def _tell(self, room: str) -> None:
        wanted = self._wanted[room]
        wanted.told_at = asyncio.get_running_loop().time()
        self._say({"do": "plan", "room": room, "plan": wanted.plan.as_json()})

    async def _run(self) -> None:
        attempt = 0
        while True:
            try:
                async with self._open() as socket:
                    attempt = 0
                    await self._converse(socket)
            except (OSError, WebSocketException, InvalidHandshake, TimeoutError) as error:
                if isinstance(error, OSError) and not isinstance(error, TimeoutError):
                    self.absent_since = self.absent_since or time.monotonic()
                if attempt == len(RETRY_SECONDS):  # once, not at every attempt
                    log.warning("the media node cannot be reached: %s", error)
            finally:
                self._lost()
            await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
            attempt += 1

    def _open(self) -> connect:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        options: dict[str, Any] = {
            "additional_headers": headers,
            "compression": None,
            "max_size": MESSAGE_BYTES,
            "open_timeout": 2,
            "close_timeout": 1,
            "ping_interval": 5,
            "ping_timeout": 5,
        }
        parts = urlsplit(self._door)
        if parts.scheme == "unix":
            return unix_connect(parts.path, uri="ws://media/", **options)
        return connect(self._door, proxy=None, **options)

    async def _converse(self, socket: ClientConnection) -> None:
        self._out = asyncio.Queue()
        self.heard_at, self.absent_since = time.monotonic(), None
        self._connected.set()
        for room, wanted in self._wanted.items():  # before anyone who waited for the connection asks for something
            wanted.heard, wanted.put_at = False, time.monotonic()
            self._tell(room)
        speaking = [asyncio.create_task(self._write(socket)), asyncio.create_task(self._repeat())]
        try:
            async for text in socket:
                try:
                    self._on_message(json.loads(text))
                except Exception:  # a node of another version, perhaps: all else that it says still counts
                    log.exception("the media node said something that we do not understand")
        finally:
            for task in speaking:
                task.cancel()

    async def _write(self, socket: ClientConnection) -> None:
        queue = self._out
        with contextlib.suppress(WebSocketException):
            while True:
                await socket.send(json.dumps(await queue.get(), separators=(",", ":")))

    async def _repeat(self) -> None:
        while True:
            now = asyncio.get_running_loop().time()
            for room, wanted in self._wanted.items():
                if not wanted.told_at or now - wanted.told_at > (REPEAT_SECONDS if wanted.heard else UNHEARD_SECONDS):
                    self._tell(room)
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), UNHEARD_SECONDS)

    def _lost(self) -> None:
        self._connected.clear()
        for asked in self._replies.values():
            if not asked.reply.done():
                asked.reply.set_exception(MediaDown("the media node went away"))

    def _on_message(self, message: dict[str, Any]) -> None:
        self.heard_at = time.monotonic()
        if "re" in message and "is" not in message:
            asked = self._replies.get(message["re"])
            if asked is not None and not asked.reply.done():
                self._answered(asked, message)
            return
        room, seat = str(message.get("room", "")), str(message.get("seat", ""))
        match message.get("is"):
            case "ack":
                wanted = self._wanted.get(room)
                if wanted and (message["epoch"], message["version"]) == (wanted.plan.epoch, wanted.plan.version):
                    wanted.heard = True
            case "hello":
                if message["epoch"] != self.epoch:
                    self.epoch = message["epoch"]
                    self._event(Epoch(message["epoch"]))
            case "load":
                numbers = {name: message[name] for name in ("connections", "busy", "draining")}
                self.load = Load(frozenset(message["rooms"]), **numbers)
                self._event(self.load)
            case "stale":
                self._event(Stale(room, message["term"]))
            case "routes":
                told = {name: message[name] for name in ("rests", "pictures", "by", "layers") if name in message}
                self._event(Routes(room, seat, message["slots"], **told, epoch=self.epoch))
            case "sources":
                self._event(Sources(room, message["sources"]))
            case "gone":
                self._event(SeatGone(room, seat, message["why"]))
            case "counters":
                self._event(_counters(room, seat, message))
            case "recorded":
                self._event(Recorded(**{name: message[name] for name in Recorded.__slots__}))
            case "recorder":
                self._event(RecorderStopped(room, message["recording"], message["why"]))
            case "error":
                log.error("the media node did not understand: %s", message.get("why"))

    @staticmethod
    def _answered(asked: _Asked, message: dict[str, Any]) -> None:
        """The reply, or one's place in the queue: then the reply may take that much longer."""
        if "place" not in message:
            asked.reply.set_result(message)
            return
        asked.deadline.reschedule(asyncio.get_running_loop().time() + REPLY_SECONDS)
        if asked.on_wait is not None:
            asked.on_wait(message["place"], message["wait"])

    def _event(self, event: Event) -> None:
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception:  # one listener's fault must not silence the others
                log.exception("a listener to media events failed")


def _counters(room: str, seat: str, message: dict[str, Any]) -> Counters:
    up, down = message["up"], message["down"]
    return Counters(room, seat, up["kbps"], up["loss"], down["kbps"], down["loss"], message["rtt_ms"], message["open"])

"""The servers under load: our node, and Janus from Debian with its VideoRoom, each pinned to the server's core."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect

from bench._machine import Network, pin
from bench._wire import Feed, Line, Sent, accepted_extensions, publish_offer, receive_answer
from rooms.media import Media, RoomPlan, SeatPlan
from summit.config import fanout
from summit.config.bootstrap import ROOT, CannotStart, apt_install
from summit.config.supervisor import die_with_parent

ROOM = "bench"
JANUS_ROOM = 77
JANUS_CONFIG = Path("/etc/janus")
START_SECONDS = 15.0

_ports = itertools.count(18_188)  # for Janus's own API; the network is ours alone


class Server(Protocol):
    """What the bench asks of a server."""

    name: str

    @property
    def pid(self) -> int: ...
    async def open(self, seats: Mapping[str, Iterable[str]], floor: str) -> None:
        """A room: which seat may publish what (audio, video), and who has the floor."""

    async def publish(self, seat: str, line: Line, feeds: list[Feed]) -> dict[str, dict[str, int]]:
        """Connect a publisher; what the server took of its header extensions."""

    async def listen(self, seat: str, line: Line, video: int) -> Sent:
        """Connect a listener to everything but its own."""

    async def close(self) -> None: ...


def _start(command: list[str], core: int, **options: Any) -> subprocess.Popen[str]:
    def prepare() -> None:
        die_with_parent()
        pin(core)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # Janus leaves one now and then when it ends

    return subprocess.Popen(command, cwd=ROOT, text=True, preexec_fn=prepare, **options)


class Node:
    """`python -m rooms.sfu`, as `up` starts it."""

    def __init__(
        self, folder: Path, network: Network, core: int, *, kernel: str | None = None, profile: Path | None = None
    ) -> None:
        """`kernel`: python, native or auto; as `PARLEY_FANOUT` says when None. `profile`: run under cProfile, to there."""
        kernel = kernel or os.environ.get("PARLEY_FANOUT", "auto")
        fanout.prepare({"MEDIA_FANOUT": kernel})
        env = {
            "PATH": os.environ["PATH"],
            "MEDIA_DOOR": f"unix://{tempfile.mkdtemp(dir=folder)}/media.sock",
            "MEDIA_PORT": "0",
            "MEDIA_ADDRESSES": network.server,
            "MEDIA_FANOUT": kernel,
        }
        under = ["-m", "cProfile", "-o", str(profile)] if profile else []
        self._log = (folder / "node.log").open("a")
        self._process = _start(
            [sys.executable, *under, "-m", "rooms.sfu"], core, env=env, stdout=subprocess.PIPE, stderr=self._log
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise CannotStart(f"The media node did not start: {(folder / 'node.log').read_text()[-500:]}")
        ready = json.loads(line)
        self.runs = str(ready["fanout"])  # the kernel it really has
        self.name = f"Parley, {self.runs} kernel"
        self.media = Media(ready["door"])

    @property
    def pid(self) -> int:
        return self._process.pid

    async def open(self, seats: Mapping[str, Iterable[str]], floor: str) -> None:
        self.media.start()
        plans = {
            seat: SeatPlan(publish=frozenset(kinds), audible="audio" in kinds, order=order)  # type: ignore[arg-type]
            for order, (seat, kinds) in enumerate((seat, set(kinds)) for seat, kinds in seats.items())
        }
        self.media.put(ROOM, RoomPlan("bench", 1, plans, floor=floor))

    async def publish(self, seat: str, line: Line, feeds: list[Feed]) -> dict[str, dict[str, int]]:
        answer = await self.media.publish(ROOM, seat, publish_offer(line, feeds))
        await line.connect(answer)
        return accepted_extensions(answer)

    async def listen(self, seat: str, line: Line, video: int) -> Sent:
        offer = await self.media.receive(ROOM, seat, 4, video)
        await self.media.receive_answer(ROOM, seat, receive_answer(line, offer))
        await line.connect(offer, offered=True)
        return Sent.read(offer)

    async def counts(self) -> dict[str, int]:
        return await self.media.counts()

    async def close(self) -> None:
        await self.media.close()
        self._process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self._process.wait, 20)
        self._log.close()


def install_janus() -> None:
    """Debian's package. The service it brings is not wanted on a machine that only benches."""
    if shutil.which("janus"):
        return
    apt_install(["janus"], "Janus, the server we compare with,")
    if Path("/run/systemd/system").exists():
        subprocess.run(["systemctl", "disable", "--now", "janus"], check=False, capture_output=True)


class Janus:
    """Janus with Debian's configuration; only ports change, and `event_loops` when asked for."""

    def __init__(self, folder: Path, network: Network, core: int, *, event_loops: int | None = None) -> None:
        self.name = "Janus, one event loop" if event_loops else "Janus as shipped"
        self._folder = Path(tempfile.mkdtemp(prefix="janus-", dir=folder))
        self._port = next(_ports)
        self._configure(event_loops)
        self._log = (self._folder / "log").open("w")
        command = ["janus", f"--configs-folder={self._folder}", "--disable-colors"]
        self._process = _start(command, core, stdout=self._log, stderr=self._log, stdin=subprocess.DEVNULL)
        self._socket: ClientConnection | None = None
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._session = 0
        self._publishers: dict[str, int] = {}  # seat → Janus's id of it
        self._tasks: list[asyncio.Task[None]] = []

    def _configure(self, event_loops: int | None) -> None:
        shutil.copytree(JANUS_CONFIG, self._folder, dirs_exist_ok=True)
        self._edit("janus.transport.websockets.jcfg", r"\bws_port = \d+", f"ws_port = {self._port}")
        self._edit("janus.transport.http.jcfg", r"\bport = 8088", f"port = {self._port + 1_000}")
        if event_loops:
            self._edit("janus.jcfg", r"^general: \{", f"general: {{\n\tevent_loops = {event_loops}")

    def _edit(self, name: str, what: str, instead: str) -> None:
        path = self._folder / name
        text, times = re.subn(what, instead, path.read_text(), count=1, flags=re.MULTILINE)
        if not times:
            raise CannotStart(f"{JANUS_CONFIG / name} is not as Debian ships it: {what} is not there.")
        path.write_text(text)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def open(self, seats: Mapping[str, Iterable[str]], floor: str) -> None:
        self._socket = await self._reach()
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._keep())]
        self._session = (await self._ask({"janus": "create"}))["data"]["id"]
        admin = await self._attach()
        room = {
            "request": "create", "room": JANUS_ROOM, "publishers": 100, "bitrate": 5_000_000, "fir_freq": 0,
            "audiocodec": "opus", "videocodec": "vp8", "transport_wide_cc_ext": True, "audiolevel_ext": True,
        }  # fmt: skip
        await self._message(admin, room)

    async def _reach(self) -> ClientConnection:
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    return await connect(
                        f"ws://127.0.0.1:{self._port}/", subprotocols=["janus-protocol"], compression=None,  # type: ignore[list-item]
                        proxy=None, max_size=None, ping_interval=None,
                    )  # fmt: skip
                except OSError:
                    if self._process.poll() is not None:
                        log = (self._folder / "log").read_text()[-500:]
                        raise ConnectionError(f"Janus ended with {self._process.returncode}: {log}") from None
                    await asyncio.sleep(0.1)

    async def publish(self, seat: str, line: Line, feeds: list[Feed]) -> dict[str, dict[str, int]]:
        handle = await self._attach()
        joined = await self._message(
            handle, {"request": "join", "ptype": "publisher", "room": JANUS_ROOM, "display": seat}
        )
        self._publishers[seat] = joined["plugindata"]["data"]["id"]
        offer = {"type": "offer", "sdp": publish_offer(line, feeds)}
        answer = (await self._message(handle, {"request": "publish"}, offer))["jsep"]["sdp"]
        await line.connect(answer)
        return accepted_extensions(answer)

    async def listen(self, seat: str, line: Line, video: int) -> Sent:
        handle = await self._attach()
        streams = [{"feed": feed} for other, feed in self._publishers.items() if other != seat]
        wish = {"request": "join", "ptype": "subscriber", "room": JANUS_ROOM, "streams": streams}
        offer = (await self._message(handle, wish))["jsep"]["sdp"]
        answer = {"type": "answer", "sdp": receive_answer(line, offer)}
        await self._message(handle, {"request": "start"}, answer)
        await line.connect(offer, offered=True)
        return Sent.read(offer)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._socket is not None:
            await self._socket.close()
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self._process.wait, 10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    # ── its language ──

    async def _attach(self) -> int:
        reply = await self._ask({"janus": "attach", "plugin": "janus.plugin.videoroom"})
        return int(reply["data"]["id"])

    async def _message(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
        message: dict[str, Any] = {"janus": "message", "handle_id": handle, "body": body}
        if jsep is not None:
            message["jsep"] = jsep
        reply = await self._ask(message)
        data = reply.get("plugindata", {}).get("data", {})
        if "error" in data:
            raise ConnectionError(f"Janus refuses {body['request']}: {data['error']}")
        return reply

    async def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self._socket is not None
        name = str(next(self._numbers))
        reply = self._replies[name] = asyncio.get_running_loop().create_future()
        if self._session:
            message["session_id"] = self._session
        await self._socket.send(json.dumps({**message, "transaction": name}))
        try:
            return await asyncio.wait_for(reply, START_SECONDS)
        finally:
            del self._replies[name]

    async def _read(self) -> None:
        assert self._socket is not None
        async for text in self._socket:
            message = json.loads(text)
            waiting = self._replies.get(message.get("transaction", ""))
            if waiting is None or waiting.done() or message["janus"] == "ack":
                continue
            if message["janus"] == "error":
                waiting.set_exception(ConnectionError(f"Janus: {message['error']['reason']}"))
            else:
                waiting.set_result(message)

    async def _keep(self) -> None:
        """Janus ends a session it has not heard of for a minute."""
        assert self._socket is not None
        while True:
            await asyncio.sleep(20)
            await self._socket.send(json.dumps({"janus": "keepalive", "session_id": self._session, "transaction": "0"}))

"""The node's control WebSocket: JSON in, JSON out, as `DOOR.md` describes."""

from __future__ import annotations

import asyncio
import hmac
import http
import json
import logging
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve, unix_serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from rooms.sfu import limits
from rooms.sfu.gate import Direction, Ticket
from rooms.sfu.node import Node
from rooms.sfu.plan import PlanError
from rooms.sfu.room import Event, Refused, Stale
from rooms.sfu.sdp import SdpRefused

log = logging.getLogger(__name__)

MESSAGE_BYTES = 1 << 20  # a plan of a thousand seats fits
Tell = Callable[[Event], None]
DRAIN_AT_MOST = 3_600  # seconds
QUEUE = 4_096  # events a slow web process may be behind; then it must connect again and is told everything


class Door:
    """Accepts web processes and speaks with each; all get every event."""

    def __init__(self, node: Node, token: str | None) -> None:
        self._node = node
        self._token = token
        self._clients = 0
        self._server: Server | None = None

    async def open(self, address: str, tls: ssl.SSLContext | None = None) -> str:
        """Listen on `unix:///path` or `ws(s)://host:port`; returns the address with the port actually bound.

        Raises ValueError for an address that is neither, OSError when it is taken.
        """
        parts = urlsplit(address)
        options: dict[str, Any] = {
            "max_size": MESSAGE_BYTES,
            "compression": None,
            "process_request": self._admit,
            "close_timeout": 2,
        }
        if parts.scheme == "unix":
            self._server = await unix_serve(self._serve, _clear(Path(parts.path)), **options)
            return address
        if parts.scheme in ("ws", "wss") and parts.hostname is not None:
            if not self._token:
                raise ValueError("a door over TCP needs MEDIA_DOOR_TOKEN")
            if (parts.scheme == "wss") != (tls is not None):
                raise ValueError("a wss:// door needs MEDIA_DOOR_CERTIFICATE and MEDIA_DOOR_KEY, a ws:// door neither")
            self._server = await serve(self._serve, parts.hostname, parts.port or 0, ssl=tls, **options)
            port = next(iter(self._server.sockets)).getsockname()[1]
            return f"{parts.scheme}://{parts.hostname}:{port}"
        raise ValueError("MEDIA_DOOR is unix:///path or ws(s)://host:port")

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._token is None:
            return None
        given = request.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return None
        return connection.respond(http.HTTPStatus.UNAUTHORIZED, "the token is wrong\n")

    async def _serve(self, socket: ServerConnection) -> None:
        queue: asyncio.Queue[Event] = asyncio.Queue(QUEUE)

        def tell(event: Event) -> None:
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                socket.transport.abort()

        tell({"is": "hello", "epoch": self._node.epoch, "port": self._node.ground.mux.port})
        tell(self._node.load())
        for room in self._node.rooms.values():
            for event in room.snapshot():
                tell(event)
        for event in self._node.recorder.snapshot():
            tell(event)
        self._node.listeners.add(tell)
        self._node.recorder.tell_finished()
        self._clients += 1
        self._node.spoken_to = True
        writer = asyncio.create_task(self._write(socket, queue))
        try:
            async for text in socket:
                if (reply := self._handle(text, tell)) is not None:
                    tell(reply)
        except ConnectionClosed:
            pass
        finally:
            self._node.listeners.discard(tell)
            self._clients -= 1
            self._node.spoken_to = self._clients > 0
            writer.cancel()

    async def _write(self, socket: ServerConnection, queue: asyncio.Queue[Event]) -> None:
        try:
            while True:
                await socket.send(json.dumps(await queue.get(), separators=(",", ":")))
        except ConnectionClosed:
            return

    def _handle(self, text: str | bytes, tell: Tell) -> Event | None:
        """One message; a reply for requests and plans, None for what needs none. What must wait is told later."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            return {"is": "error", "code": "malformed", "why": "not a JSON object"}
        number = message.get("id")
        try:
            return _answer(number, lambda: self._do(message, number, tell))
        except Stale as stale:
            return {"is": "stale", "room": message.get("room"), "term": stale.term}

    def _do(self, message: dict[str, Any], number: object, tell: Tell) -> Event | None:
        node, name, seat, now = self._node, message.get("room"), message.get("seat"), time.monotonic()
        if message.get("do") != "plan":  # which says it within
            node.of_term(name, message.get("term"))
        match message.get("do"):
            case "plan":
                plan = node.put(name, message.get("plan"))
                return {"is": "ack", "room": name, "epoch": plan.epoch, "version": plan.version}
            case "look":
                if isinstance(seat, str) and name in node.rooms:
                    node.room(name).look(seat, message.get("look"), now)
                return None
            case "drop":
                node.drop(name)
                return {"re": number}
            case "leave":
                if isinstance(seat, str) and name in node.rooms:
                    node.gate.forget(str(name), seat)
                    node.room(name).leave(seat)
                return {"re": number}
            case "publish" | "receive" as direction:
                return self._join(direction, message, number, tell)
            case "receive_answer":
                node.room(name).receive_answer(_text(seat), message.get("sdp"))
                return {"re": number}
            case "kept":
                node.recorder.kept(message.get("file"))
                return {"re": number}
            case "drain":
                node.drain(_seconds(message.get("within")))
                return {"re": number}
            case "counts":
                return {"re": number, "counts": node.counts()}
        return {"is": "error", "re": number, "code": "unknown", "why": "no such request"}

    def _join(self, direction: Direction, message: dict[str, Any], number: object, tell: Tell) -> Event | None:
        """At once, or when its turn comes; what cannot be granted in any case is refused at once."""
        name, seat, sdp = str(message.get("room")), _text(message.get("seat")), message.get("sdp")
        room = self._node.room(message.get("room"))
        rank = room.rank(seat, direction)

        def connect() -> Event:
            now = time.monotonic()
            if direction == "publish":
                return {"re": number, "sdp": self._node.room(name).publish(seat, sdp, now)}
            audio, video = _count(message.get("audio")), _count(message.get("video"))
            return {"re": number, "sdp": self._node.room(name).receive(seat, audio, video, now)}

        if direction == "publish" and not (isinstance(sdp, str) and len(sdp) <= limits.SDP_BYTES):
            return connect()  # refused
        ticket = Ticket((name, seat, direction), number, rank, lambda: _answer(number, connect) or {}, tell)
        return self._node.gate.enter(ticket, time.monotonic(), time.thread_time())


def _answer(number: object, work: Callable[[], Event | None]) -> Event | None:
    """What was done, or why not."""
    try:
        return work()
    except Stale as stale:
        if number is None:
            raise  # nobody waits for a refusal: it is told
        return {"re": number, "refused": stale.code, "why": str(stale)}
    except (Refused, SdpRefused) as refused:
        return {"re": number, "refused": refused.code, "why": str(refused)}
    except PlanError as error:
        return {"is": "error", "re": number, "code": "malformed", "why": str(error)}
    except Exception:  # our fault; the door stays open for the rest
        log.exception("a request failed")
        return {"re": number, "refused": "internal", "why": "the node failed"}


def _clear(path: Path) -> Path:
    """Make way for the socket: a node that was killed leaves its own behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return path


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Refused("no_seat", "a seat is named by text")
    return value


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= DRAIN_AT_MOST:
        raise Refused("within", f"a drain takes 0 to {DRAIN_AT_MOST} seconds")
    return float(value)


def _count(value: object) -> int:
    if not isinstance(value, int):
        raise Refused("slots", "slots are counted")
    return value

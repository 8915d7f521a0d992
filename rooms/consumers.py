"""The socket: bytes, heartbeat, limits. Decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from typing import Any

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import translation

from rooms import protocol
from rooms.admission import Unseated
from rooms.house import Elsewhere
from rooms.numbers import SOCKETS
from rooms.passage import Passage, is_passed_on
from rooms.session import Session

log = logging.getLogger(__name__)
WAITING = 200  # messages a reader may fall behind; states of one topic count once
STUCK = 10.0  # s a single frame may take to be accepted by the network


class Outbox:
    """What waits to be sent to one browser. A state replaces an older one of its topic that still waits."""

    def __init__(self) -> None:
        self._waiting: deque[str | tuple[str]] = deque()
        self._states: dict[str, str] = {}
        self._bell = asyncio.Event()
        self.too_slow = False
        self.closing: int | None = None

    def say(self, text: str) -> None:
        """Send this after everything said before."""
        self._add(text)

    def state(self, topic: str, text: str) -> None:
        """Send this state; one of the same topic still waiting is replaced in its place."""
        known = topic in self._states
        self._states[topic] = text
        if not known:
            self._add((topic,))

    @property
    def waiting(self) -> int:
        """Messages the browser has not taken yet."""
        return len(self._waiting)

    def close(self, code: int) -> None:
        """Send what is waiting, then close."""
        if self.closing is None:
            self.closing = code
        self._bell.set()

    def _add(self, one: str | tuple[str]) -> None:
        if self.closing is not None:
            return
        self._waiting.append(one)
        if len(self._waiting) > WAITING:
            self.too_slow = True
        self._bell.set()

    async def next(self) -> str | None:
        """The next text to send; None when there is nothing left and the socket shall close."""
        while not self._waiting:
            if self.closing is not None:
                return None
            self._bell.clear()
            await self._bell.wait()
        one = self._waiting.popleft()
        return one if isinstance(one, str) else self._states.pop(one[0])


class Pace:
    """A bucket of BURST requests that refills by RATE a second."""

    def __init__(self) -> None:
        self.left = float(protocol.BURST)
        self.at = time.monotonic()

    def take(self) -> bool:
        """Whether one more is fine."""
        now = time.monotonic()
        self.left = min(protocol.BURST, self.left + (now - self.at) * protocol.RATE) - 1
        self.at = now
        return self.left >= 0


class RoomConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One browser. The channel layer is the keepers' affair: a dead one must not close sockets."""

    channel_layer_alias = "none"

    async def dispatch(self, message: dict[str, Any]) -> None:
        """One event of the socket. Past the library's own look at old connections of the database: that would have every
        frame wait for the one thread they live on, also while the database hangs. `in_database` looks itself."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        self.outbox = Outbox()
        self.pace = Pace()
        self.session = Session(self.outbox, self.scope)
        self.passage: Passage | None = None  # to the web process that looks after these rooms
        self.tasks: set[asyncio.Task[Any]] = set()
        SOCKETS.inc()
        await self.accept()
        self._own(self._write())
        self._own(self._await_hello())

    def _own(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.outbox.closing is not None:
            return
        try:
            if not self.pace.take():
                raise protocol.ProtocolError("too many requests")
            if self.passage is not None:
                await self.passage.say(text_data or "")
            else:
                await self.session.hear(text_data if text_data is not None else bytes_data)
        except Elsewhere as other:
            await self._pass_on(other.address, text_data or "")
        except protocol.ProtocolError as fault:
            self._bye(protocol.CLOSE_PROTOCOL, str(fault))
        except Unseated as no:
            self._bye(no.code, no.message, "/" if no.code != protocol.CLOSE_NO_SEAT else None)
        except Exception:  # our fault: logged once, the page comes back
            log.exception("a message could not be handled")
            self.outbox.close(protocol.CLOSE_OUR_FAULT)

    async def _pass_on(self, address: str, hello: str) -> None:
        """Another web process looks after these rooms. Where it is not reached the page comes back: its lease ends."""
        try:
            if is_passed_on(self.scope):
                raise OSError("it was passed on to us")
            self.passage = await Passage.open(address, self.scope, self.outbox)
        except (OSError, TimeoutError) as error:
            log.warning("a socket could not be passed on to %s: %s", address, error)
            self.outbox.close(protocol.CLOSE_OUR_FAULT)
            return
        self._own(self.passage.run())
        await self.passage.say(hello)

    def _bye(self, code: int, message: Any, next_page: str | None = None) -> None:
        with translation.override(self.session.language):
            self.outbox.say(protocol.encode("bye", code=code, message=str(message), next=next_page))
        self.outbox.close(code)

    async def disconnect(self, code: int) -> None:
        SOCKETS.dec()
        if self.passage is not None:
            await self.passage.close(code)
        self.session.lost(for_good=code == 1000 and self.outbox.closing is None)
        for task in list(self.tasks):
            task.cancel()

    async def _await_hello(self) -> None:
        await asyncio.sleep(protocol.HELLO_WITHIN)
        if not self.session.greeted:
            self._bye(protocol.CLOSE_NO_HELLO, "no hello")

    async def _write(self) -> None:
        """One writer a socket. A reader that does not keep up is asked to come back, so that it costs nobody else."""
        try:
            while (text := await self.outbox.next()) is not None:
                if self.outbox.too_slow:
                    raise TimeoutError
                async with asyncio.timeout(STUCK):
                    await self.send(text_data=text)
        except TimeoutError:
            self.outbox.closing = protocol.CLOSE_TOO_SLOW
        except OSError:  # the browser went while we spoke; `disconnect` follows
            return
        with contextlib.suppress(Exception):  # the socket may be gone already
            await self.close(code=self.outbox.closing or protocol.CLOSE_OUR_FAULT)

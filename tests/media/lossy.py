"""A bad line in user space (the kernel here has no netem): sits on an address of its own before the node."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

ADVERTISED = "127.0.0.2"  # what the node tells browsers; the node itself listens on 127.0.0.1

Send = Callable[[bytes], object]


@dataclass
class Way:
    """One direction. May be changed at any moment; the same seed loses the same packets."""

    loss: float = 0.0  # the share of media lost at random, 0 to 1; checks and handshakes are spared
    bits: int | None = None  # how thin it is, bits a second of UDP payload; None: as wide as it takes
    queue: float = 0.5  # seconds of waiting the buffer before a thin line holds; what comes then is lost
    delay: float = 0.0  # seconds on the way, one way
    lost: int = 0  # packets, by chance or before a full buffer
    dropped: int = 0  # of these, before a full buffer
    carried: int = 0  # bytes
    chance: random.Random = field(default_factory=lambda: random.Random(3))
    free_at: float = 0.0

    def arrives(self, data: bytes, now: float) -> float | None:
        """When this datagram, sent now, arrives; None when it never does."""
        if self.loss and 127 < data[0] < 192 and self.chance.random() < self.loss:
            self.lost += 1
            return None
        at = now
        if self.bits is not None:
            waiting = max(self.free_at, now)
            if waiting - now > self.queue:
                self.lost += 1
                self.dropped += 1
                return None
            self.free_at = at = waiting + len(data) * 8 / self.bits
        self.carried += len(data)
        return at + self.delay


class Line:
    """Carries datagrams between browsers and the node on `port`; all browsers share the line."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.up, self.down = Way(), Way()
        self.cut = False
        self._waiting: list[tuple[float, int, Send, bytes]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._sockets: dict[tuple[str, int], socket.socket] = {}
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.setblocking(False)
        self._front.bind((ADVERTISED, port))
        asyncio.get_running_loop().add_reader(self._front, self._from_browser)

    def close(self) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
        for one in [self._front, *self._sockets.values()]:
            loop.remove_reader(one)
            one.close()

    def _carry(self, way: Way, data: bytes, send: Send) -> None:
        now = asyncio.get_running_loop().time()
        if self.cut:
            way.lost += 1
            return
        at = way.arrives(data, now)
        if at is None:
            return
        if at <= now:
            send(data)
            return
        heapq.heappush(self._waiting, (at, next(self._order), send, data))
        if self._timer is None or at < self._timer.when():
            self._wake_at(at)

    def _wake_at(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(at, self._deliver)

    def _deliver(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._waiting and self._waiting[0][0] <= now:
            _, _, send, data = heapq.heappop(self._waiting)
            send(data)
        if self._waiting:
            self._wake_at(self._waiting[0][0])

    def _from_browser(self) -> None:
        while True:
            try:
                data, browser = self._front.recvfrom(2048)
            except OSError:
                return
            self._carry(self.up, data, self._towards_node(browser).send)

    def _towards_node(self, browser: tuple[str, int]) -> socket.socket:
        if browser not in self._sockets:
            back = self._sockets[browser] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            back.setblocking(False)
            back.connect(("127.0.0.1", self.port))
            asyncio.get_running_loop().add_reader(back, self._from_node, back, browser)
        return self._sockets[browser]

    def _from_node(self, back: socket.socket, browser: tuple[str, int]) -> None:
        while True:
            try:
                data = back.recv(2048)
            except OSError:
                return
            self._carry(self.down, data, lambda one: self._front.sendto(one, browser))

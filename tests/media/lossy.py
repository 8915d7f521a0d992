"""A bad line in user space (the kernel here has no netem): sits on an address of its own before the node."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable

ADVERTISED = "127.0.0.2"  # what the node tells browsers; the node itself listens on 127.0.0.1

BUFFER_SECONDS = 0.5


class Line:
    """Carries datagrams between browsers and the node on `port`, and loses some of the media on purpose."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.up = self.down = 0.0  # the share of packets lost, 0 to 1
        # How thin each way is, bits a second; the buffer before it holds half a second.
        self.up_bits: int | None = None
        self.down_bits: int | None = None
        self._free_at = {"up": 0.0, "down": 0.0}
        self.cut = False
        self.lost = {"up": 0, "down": 0}
        self._chance = random.Random(3)
        self._sockets: dict[tuple[str, int], socket.socket] = {}
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.setblocking(False)
        self._front.bind((ADVERTISED, port))
        asyncio.get_running_loop().add_reader(self._front, self._from_browser)

    def close(self) -> None:
        loop = asyncio.get_running_loop()
        for one in [self._front, *self._sockets.values()]:
            loop.remove_reader(one)
            one.close()

    def _loses(self, data: bytes, way: str, share: float) -> bool:
        if self.cut or (127 < data[0] < 192 and self._chance.random() < share):
            self.lost[way] += 1
            return True
        return False

    def _from_browser(self) -> None:
        while True:
            try:
                data, browser = self._front.recvfrom(2048)
            except OSError:
                return
            if not self._loses(data, "up", self.up):
                self._carry(self._towards_node(browser).send, data, "up", self.up_bits)

    def _carry(self, send: Callable[[bytes], object], data: bytes, way: str, bits: int | None) -> None:
        if bits is None:
            send(data)
            return
        loop = asyncio.get_running_loop()
        free_at = max(self._free_at[way], loop.time())
        if free_at - loop.time() > BUFFER_SECONDS:
            self.lost[way] += 1
            return
        self._free_at[way] = free_at + len(data) * 8 / bits
        loop.call_at(self._free_at[way], send, data)

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
            if not self._loses(data, "down", self.down):
                self._carry(lambda one: self._front.sendto(one, browser), data, "down", self.down_bits)

"""Speaks to a TURN relay as a page would (RFC 8656 over TCP, TLS or UDP): for `doctor`, and for the test that holds its rules.

A relay for a meeting has one use: the media node. Whatever else it reaches is a way into the network it stands in.
"""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aioice import stun

WITHIN = 5.0  # s for every answer
UDP = 17 << 24  # REQUESTED-TRANSPORT: what the relay speaks to the node
FORBIDDEN = 403
FIRST_CHANNEL = 0x4000
FIXED_IN = (4, 9)  # CVE-2026-27624: before, ::ffff:127.0.0.1 went past denied-peer-ip; later ones mended more
# What a stranger with a delegate's password would try: this machine, its neighbours, the cloud's keys, everybody else.
NEVER = ("127.0.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1", "10.0.0.1", "192.168.0.1", "169.254.169.254", "192.0.2.1")  # noqa: S104


class RelayRefused(Exception):
    """The relay says no; `code` as RFC 8656 has it."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{code} {why}")
        self.code = code


@dataclass(frozen=True)
class Where:
    """A relay's address, from `turn:host:port?transport=tcp` or `turns:host:port`."""

    host: str
    port: int
    tls: bool
    udp: bool

    @classmethod
    def read(cls, url: str) -> Where:
        """Raises ValueError."""
        found = re.fullmatch(r"(turns?):(\[[^]]+]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?", url)
        if found is None:
            raise ValueError(f"{url!r} is not turn:host:port?transport=tcp or turns:host:port")
        scheme, host, port, transport = found.groups()
        tls = scheme == "turns"
        return cls(host.strip("[]"), int(port or (5349 if tls else 3478)), tls, udp=not tls and transport != "tcp")


class Relay:
    """One allocation at a relay, with the password of a page. Raises OSError where it cannot be reached."""

    def __init__(self, url: str, username: str, credential: str, *, trust: ssl.SSLContext | None = None) -> None:
        """trust: what the relay's certificate is checked by; this machine's authorities without it."""
        self._where, self._user, self._password = Where.read(url), username, credential
        self._realm, self._nonce = "", b""
        self.software = ""
        if self._where.udp:
            kind = socket.AF_INET6 if ":" in self._where.host else socket.AF_INET
            self._socket = socket.socket(kind, socket.SOCK_DGRAM)
            self._socket.settimeout(WITHIN)
            self._socket.connect((self._where.host, self._where.port))
        else:
            self._socket = socket.create_connection((self._where.host, self._where.port), WITHIN)
        if self._where.tls:
            context = trust or ssl.create_default_context()
            self._socket = context.wrap_socket(self._socket, server_hostname=self._where.host)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    @property
    def version(self) -> tuple[int, ...] | None:
        """Of coturn, where it says so."""
        found = re.match(r"Coturn-(\d+(?:\.\d+)*)", self.software)
        return tuple(map(int, found[1].split("."))) if found else None

    def allocate(self) -> tuple[str, int]:
        """The address from which the relay would speak. Raises RelayRefused."""
        try:
            self._ask(stun.Method.ALLOCATE, {"REQUESTED-TRANSPORT": UDP})
        except RelayRefused as first:
            if first.code != 401:  # the challenge, with realm and nonce
                raise
        answer = self._ask(stun.Method.ALLOCATE, {"REQUESTED-TRANSPORT": UDP})
        address: tuple[str, int] = answer.attributes["XOR-RELAYED-ADDRESS"]
        return address

    def permits(self, peer: str, port: int = 9) -> bool:
        """Whether it would pass packets on to this address, asked in both ways there are."""
        asked: list[tuple[stun.Method, dict[str, Any]]] = [
            (stun.Method.CREATE_PERMISSION, {}),
            (stun.Method.CHANNEL_BIND, {"CHANNEL-NUMBER": FIRST_CHANNEL}),
        ]
        for method, more in asked:
            try:
                self._ask(method, {**more, "XOR-PEER-ADDRESS": (peer, port)})
            except RelayRefused:
                continue
            return True
        return False

    def release(self) -> None:
        """Give the allocation back."""
        self._ask(stun.Method.REFRESH, {"LIFETIME": 0})

    def _ask(self, method: stun.Method, attributes: dict[str, Any]) -> stun.Message:
        message = stun.Message(method, stun.Class.REQUEST, attributes=dict(attributes))
        if self._nonce:
            message.attributes |= {"USERNAME": self._user, "REALM": self._realm, "NONCE": self._nonce}
            key = hashlib.md5(f"{self._user}:{self._realm}:{self._password}".encode()).digest()  # noqa: S324  RFC 8489
            message.add_message_integrity(key)
        self._socket.sendall(bytes(message))
        answer = self._read()
        self._realm = answer.attributes.get("REALM", self._realm)
        self._nonce = answer.attributes.get("NONCE", self._nonce)
        self.software = answer.attributes.get("SOFTWARE", self.software)
        if answer.message_class == stun.Class.ERROR:
            raise RelayRefused(*answer.attributes["ERROR-CODE"])
        return answer

    def _read(self) -> stun.Message:
        if self._where.udp:
            return stun.parse_message(self._socket.recv(2048))
        head = self._exactly(20)
        return stun.parse_message(head + self._exactly(int.from_bytes(head[2:4], "big")))

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            if not (more := self._socket.recv(count - len(data))):
                raise ConnectionError("the relay closed the connection")
            data += more
        return data

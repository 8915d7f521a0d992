"""ICE-lite (RFC 8445 §2.5): we answer checks and never send any, so nothing can make the node probe a network."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from aioice import stun

from rooms.sfu import limits
from rooms.sfu.mux import Path, UdpMux

if TYPE_CHECKING:
    from rooms.sfu.intake import Intake, Sender


class LiteIceTransport:
    """One connection's share of the mux.

    A remote address counts only after a check that carries our password. The connection follows its client to
    another address only when such a check also carries USE-CANDIDATE: browsers probe spare paths all the time.
    `RTCDtlsTransport` needs `role`, `state`, `_recv` and `_send` of its transport, and finds them here.
    """

    role = "controlled"

    def __init__(
        self,
        mux: UdpMux,
        on_srtp: Callable[[bytes, float], None],
        now: float,
        on_move: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_move` is called when `path` is another address."""
        self.ufrag = secrets.token_hex(4)
        self.password = secrets.token_urlsafe(18)
        self.remote_ufrag: str | None = None
        self.path: Path | None = None  # where we send; None until the client has proved an address
        self.checked_at = now
        self.state = "new"
        self.refused_checks = 0
        self.checks = limits.Bucket(limits.CHECKS_BURST, limits.CHECKS_PER_SECOND, now)
        self.own_checks = limits.Bucket(limits.CHECKS_BURST, limits.CHECKS_PER_SECOND, now)
        self._handshakes = limits.Bucket(limits.HANDSHAKE_BURST, limits.HANDSHAKE_PER_SECOND, now)
        self._mux = mux
        self.on_srtp = on_srtp  # called by the mux for every packet, so without a step between
        self._on_move = on_move
        self._paths: OrderedDict[Path, None] = OrderedDict()
        self._intake: Intake | None = None
        self._sender: Sender | None = None
        self._inbox: deque[bytes] = deque(maxlen=limits.DTLS_QUEUE)
        self._waiting: asyncio.Future[None] | None = None
        mux.register(self)

    # ── from the mux ──

    def on_check(self, message: stun.Message, path: Path, now: float) -> None:
        """Answer an authenticated check; stay silent for anything else."""
        if self.state == "closed" or not self._authentic(message) or not self._is_free(path, now):
            self.refused_checks += 1
            return
        self.checked_at = now
        self._remember(path)
        if self.path is None or "USE-CANDIDATE" in message.attributes:
            moved, self.path = self.path != path, path
            self.state = "connected"
            if moved:
                self._on_move()
        reply = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
        reply.attributes["XOR-MAPPED-ADDRESS"] = (path[1][0], path[1][1])
        reply.add_message_integrity(self.password.encode())
        self._mux.send(path, bytes(reply))

    def on_dtls(self, data: bytes, path: Path, now: float) -> None:
        if not self._handshakes.take(1, now):
            return
        self._inbox.append(data)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _authentic(self, message: stun.Message) -> bool:
        if not message.check_message_integrity(self.password.encode()):
            return False
        if "ICE-CONTROLLED" in message.attributes:  # a lite agent is always the controlled side
            return False
        remote = str(message.attributes["USERNAME"]).partition(":")[2]
        return self.remote_ufrag is None or remote == self.remote_ufrag

    def _is_free(self, path: Path, now: float) -> bool:
        """Whether nobody else uses this address. A forged sender must not lead another's packets astray."""
        owner = path[0].peers.get(path[1])
        return owner is None or owner is self or now - owner.checked_at > limits.OWNER_SECONDS

    def _remember(self, path: Path) -> None:
        bound, remote = path
        if path in self._paths:
            self._paths.move_to_end(path)
        elif len(self._paths) >= limits.ADDRESSES:
            oldest = next(one for one in self._paths if one != self.path)
            self._drop(oldest)
        self._paths[path] = None
        if bound.peers.get(remote) is not self:
            bound.peers[remote] = self
            if self._mux.intake is not None:
                self._mux.intake.unknow(path)  # it was another's
                self._introduce(path)

    def read_by(self, intake: Intake, sender: Sender) -> None:
        """C takes in what it can of what comes from this connection's addresses."""
        self._intake, self._sender = intake, sender
        for path in self._paths:
            if path[0].peers.get(path[1]) is self:  # not another's by now
                self._introduce(path)

    def _introduce(self, path: Path) -> None:
        if self._intake is not None and self._sender is not None:
            self._intake.know(path, self._sender)

    def _drop(self, path: Path) -> None:
        self._paths.pop(path, None)
        bound, remote = path
        if bound.peers.get(remote) is self:
            del bound.peers[remote]
            if self._mux.intake is not None:
                self._mux.intake.unknow(path)

    # ── for DTLS ──

    async def _recv(self) -> bytes:
        while not self._inbox:
            if self.state == "closed":
                raise ConnectionError("the connection is closed")
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._inbox.popleft()

    async def _send(self, data: bytes) -> None:
        if self.state == "closed":
            raise ConnectionError("the connection is closed")
        if self.path is not None:
            self._mux.send(self.path, data)

    def let_go(self) -> None:
        """Nothing more is handed on."""
        self.on_srtp = lambda data, now: None
        self._intake = self._sender = None
        self._on_move = lambda: None

    def close(self) -> None:
        """Forget every address. Whatever waits for a datagram gets ConnectionError."""
        self.state = "closed"
        self._mux.forget(self)
        for path in list(self._paths):
            self._drop(path)
        self.path = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

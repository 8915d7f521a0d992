"""One DTLS-SRTP connection of a seat: opening, deadlines, authentication, caps, closing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pylibsrtp
from aiortc.rtcdtlstransport import RTCCertificate

from rooms.sfu import limits, rtcp
from rooms.sfu.dtls import Fingerprints, SfuDtlsTransport, context_of, fingerprint_of, unprotect
from rooms.sfu.fanout import Kernel
from rooms.sfu.ice import LiteIceTransport
from rooms.sfu.intake import LanePurse
from rooms.sfu.metrics import Totals
from rooms.sfu.mux import UdpMux
from rooms.sfu.negotiate import Endpoint
from rooms.sfu.pacing import Pacer

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Ground:
    """What all connections of a node stand on."""

    mux: UdpMux
    kernel: Kernel
    certificate: RTCCertificate
    connections: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    totals: Totals = field(default_factory=Totals)
    pacer: Pacer = field(init=False)
    # Wall time of monotonic zero, fixed at start: reports must not jump when somebody sets the clock.
    epoch: float = field(default_factory=lambda: time.time() - time.monotonic())

    def __post_init__(self) -> None:
        self.pacer = Pacer(self.kernel.intake, self.mux.counters)
        self.mux.on_drained = self.pacer.flush

    def purse(self, now: float) -> limits.Purse:
        """For one seat."""
        return LanePurse(self.kernel.intake, now) if self.kernel.intake is not None else limits.Purse(now)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run beside the loop; kept from the garbage collector."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task


def _open_report(session: pylibsrtp.Session, data: bytes) -> bytes | None:
    try:
        plain: bytes = session.unprotect_rtcp(data)
    except pylibsrtp.Error:
        return None
    return plain


def _nothing(*_: object) -> None:
    """Told instead of somebody."""


class Connection:
    """The part that publishing and receiving have in common.

    `on_open` is called once when the keys are there, `on_close` once with the reason.
    """

    ssrc_limit: ClassVar[int]

    def __init__(
        self,
        ground: Ground,
        now: float,
        on_open: Callable[[Connection], None],
        on_close: Callable[[Connection, str], None],
    ) -> None:
        self.ground = ground
        self.made_at = now
        self.is_open = False
        self.is_closed = False
        self.dropped: Counter[str] = Counter()  # packets by reason, see `metrics.DROPPED`
        self._packets_in = self._bytes_in = 0
        self.ice = LiteIceTransport(ground.mux, self._on_srtp, now, self.moved)
        self._dtls = SfuDtlsTransport(self.ice, ground.certificate)
        self._on_open = on_open
        self._on_close = on_close
        self._ssrcs: set[int] = set()
        self.purse = limits.Purse(now)  # the seat puts its own in, for all its connections
        self._handshake: asyncio.Task[None] | None = None
        self._incoming: pylibsrtp.Session | None = None
        self._outgoing: pylibsrtp.Session | None = None
        ground.connections += 1

    @property
    def endpoint(self) -> Endpoint:
        mux = self.ground.mux
        addresses = [bound.advertised for bound in mux.bound]
        return Endpoint(self.ice.ufrag, self.ice.password, fingerprint_of(self.ground.certificate), addresses, mux.port)

    @property
    def received_packets(self) -> int:
        return self._packets_in

    @property
    def received_bytes(self) -> int:
        return self._bytes_in

    @property
    def forwarded_packets(self) -> int:
        return 0

    @property
    def forwarded_bytes(self) -> int:
        """On the wire."""
        return 0

    @property
    def keyframes(self) -> int:
        """Received."""
        return 0

    def start(self, remote_ufrag: str, fingerprints: Fingerprints) -> None:
        """Begin the handshake with the client whose description this is."""
        self.ice.remote_ufrag = remote_ufrag
        self._handshake = self.ground.spawn(self._shake_hands(fingerprints))

    async def _shake_hands(self, fingerprints: Fingerprints) -> None:
        try:
            await self._dtls.connect(fingerprints)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # aiortc and OpenSSL raise many kinds; all mean the same here
            log.info("handshake failed: %s", type(error).__name__)
            self.ground.totals.handshakes["failed"] += 1
            self.close("handshake")
            return
        if self.is_closed:
            return
        self._incoming, self._outgoing = self._dtls.incoming, self._dtls.outgoing
        self._dtls.on("statechange", self._dtls_changed)
        self.is_open = True
        self.ground.totals.handshakes["done"] += 1
        self.opened()
        self._on_open(self)

    def opened(self) -> None:
        """The keys are there."""

    def moved(self) -> None:
        """The client proved another address and asked us to use it."""

    def _dtls_changed(self) -> None:
        if self._dtls.is_over:
            self.close("goodbye")

    # ── from the wire ──

    def _on_srtp(self, data: bytes, now: float) -> None:
        session = self._incoming
        if session is None or self.is_closed:
            return
        is_control = rtcp.is_rtcp(data)
        ssrc = int.from_bytes(data[4:8] if is_control else data[8:12], "big")
        known = ssrc in self._ssrcs
        if not known and len(self._ssrcs) >= self.ssrc_limit:
            self.dropped["ssrcs"] += 1
            return
        plain = _open_report(session, data) if is_control else unprotect(context_of(session), data)
        if plain is None:  # not authentic, or a replay
            self.dropped["unauthentic"] += 1
            return
        if not known:
            self._ssrcs.add(ssrc)
        self.take_opened(plain, len(data), is_control, now)

    def take_opened(self, plain: bytes, size: int, is_control: bool, now: float) -> None:
        """An authentic packet, of so many bytes on the wire."""
        if self.is_closed:
            return
        if not self.purse.take(size, is_control, now):
            self.dropped["too_many"] += 1
            return
        self._packets_in += 1
        self._bytes_in += size
        if is_control:
            self.on_rtcp(plain, now)
        else:
            self.on_rtp(plain, now)

    def on_rtp(self, data: bytes, now: float) -> None:
        """One authentic RTP packet."""
        self.dropped["unwanted"] += 1

    def on_rtcp(self, data: bytes, now: float) -> None:
        """One authentic compound RTCP packet."""

    def send_rtcp(self, data: bytes) -> None:
        path = self.ice.path
        if self._outgoing is None or path is None or self.is_closed:
            return
        try:
            protected = self._outgoing.protect_rtcp(data)
        except (pylibsrtp.Error, ValueError):
            return
        self.ground.mux.send(path, protected)

    # ── time ──

    def tick(self, now: float) -> None:
        """Once a second: deadlines are kept."""
        if self.is_closed:
            return
        if not self.is_open and now - self.made_at > limits.JOIN_SECONDS:
            self.close("join_timeout")
        elif self.is_open and now - self.ice.checked_at > limits.CONSENT_SECONDS:
            self.close("silent")

    def close(self, why: str) -> None:
        """Stop at once; the goodbye is sent beside the loop, with a deadline."""
        if self.is_closed:
            return
        self.is_closed = True
        self.is_open = False
        self.ground.connections -= 1
        if self._handshake is not None and self._handshake is not asyncio.current_task():
            self._handshake.cancel()
        self.ground.spawn(self._finish())
        self._on_close(self, why)
        self.ground.totals.take_in(self, why)

    async def _finish(self) -> None:
        await self._dtls.finish(limits.CLOSE_SECONDS)
        self.ice.close()
        self._incoming = self._outgoing = self._handshake = None
        self.let_go()

    def let_go(self) -> None:
        """Forget who is told, so that this object goes when the last user does: a ring of references waits for the
        collector, and with a hundred of them its visit is felt in everybody's sound."""
        self._dtls.remove_all_listeners()
        self.ice.let_go()
        self._on_open = self._on_close = _nothing

"""One UDP port for everybody: a socket for each advertised address, all on the same port.

A single socket bound to 0.0.0.0 would answer from the wrong source address, and ICE would never connect.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Protocol

import ifaddr
from aioice import stun

from rooms.sfu import limits
from rooms.sfu.guard import Guard

if TYPE_CHECKING:
    from rooms.sfu.intake import Intake, Sender

log = logging.getLogger(__name__)

RECEIVE_BUFFER = 4 * 1024 * 1024  # bytes; a burst of keyframes must wait in the kernel, not get lost
GATHER_SECONDS = 0.001  # busy sockets are looked at this often, instead of waking up for every packet
EASY_SECONDS = 0.002  # and this often while a look finds little to do: then looking is what costs most
EASY_SHARE = 0.2  # of the time, spent on what looks find; above it waiting longer would only make bursts of it
LOOKS = 16  # that the share is taken over
DRAIN_SECONDS = 0.002  # one wake-up never keeps the loop longer than this
BATCH = 64  # datagrams C reads in one call
RAW, OPENED, FALSE_ONE, TOO_MANY = range(4)  # why one of them is ours, see `intake.c`
STUN_COOKIE = b"\x21\x12\xa4\x42"
STUN_REQUEST = b"\x00\x01"
STUN_USERNAME = b"\x00\x06"
COMPLAIN_SECONDS = 60.0  # between log lines about datagrams we failed on: they must not fill a disk

Remote = tuple[Any, ...]  # a socket address as the kernel gives it: two parts for IPv4, four for IPv6


class Peer(Protocol):
    """What the mux knows of one connection (`ice.LiteIceTransport`)."""

    ufrag: str
    on_srtp: Callable[[bytes, float], None]
    checks: limits.Bucket  # from anywhere
    own_checks: limits.Bucket  # from addresses it has proved
    checked_at: float  # the last check that was authentic

    def on_check(self, message: stun.Message, path: Path, now: float) -> None: ...
    def on_dtls(self, data: bytes, path: Path, now: float) -> None: ...


@dataclass(eq=False, slots=True)
class Bound:
    """One socket: the address told to browsers, and the peers that proved themselves on it."""

    advertised: str
    socket: socket.socket
    peers: dict[Remote, Peer] = field(default_factory=dict)
    woken_at: float = 0.0
    share: float = 1.0  # of the time that looks at it take, over the last sixteen of them

    @property
    def pause(self) -> float:
        """Seconds from one look to the next while it is busy."""
        return EASY_SECONDS if self.share < EASY_SHARE else GATHER_SECONDS

    def looked(self, seconds: float, pause: float) -> None:
        """A look after `pause` seconds of waiting has taken this long."""
        self.share += (seconds / pause - self.share) / LOOKS


Path = tuple[Bound, Remote]


@dataclass(frozen=True, slots=True)
class Address:
    """An address to advertise, and the one to bind (they differ behind a one-to-one NAT)."""

    advertised: str
    local: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """`192.0.2.7`, or `203.0.113.9=10.0.0.5` when the world sees another address than this host."""
        advertised, _, local = text.strip().partition("=")
        ip_address(advertised)
        ip_address(local or advertised)
        return cls(advertised, local or advertised)


def host_addresses() -> list[Address]:
    """Every address of this host a browser could reach, IPv4 first, then 127.0.0.1."""
    found = [
        ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0]) for card in ifaddr.get_adapters() for ip in card.ips
    ]
    usable = [one for one in found if not (one.is_loopback or one.is_link_local or one.is_multicast)]
    texts = [str(one) for one in sorted(set(usable), key=lambda one: (one.version, one.packed))]
    return [Address(text, text) for text in [*texts, "127.0.0.1"]]


@dataclass(slots=True)
class MuxCounters:
    """What was dropped before it reached any connection, and what the kernel would not take."""

    strangers: int = 0
    malformed: int = 0
    too_many: int = 0  # checks, beyond what an address or a connection may send
    not_sent: int = 0


class UdpMux:
    """Drains the sockets and gives each datagram to the connection whose address was proved by an ICE check."""

    def __init__(self) -> None:
        self.bound: list[Bound] = []
        self.port = 0
        self.counters = MuxCounters()
        self._by_ufrag: dict[str, Peer] = {}
        self._guard = Guard()
        self.intake: Intake | None = None  # where there is a native kernel
        self.on_drained: Callable[[], bool] = lambda: False  # sends what waits for this; whether more is waiting
        self._comes_back = False
        self._complained_at = -COMPLAIN_SECONDS

    def open(self, addresses: Sequence[Address], port: int) -> None:
        """Bind every address to `port` (0: any one port that is free on all). Raises OSError when none can be bound."""
        for address in addresses:
            try:
                bound = _bind_here(address, self.port or port)
            except OSError as error:
                log.warning("media address %s cannot be used: %s", address.local, error.strerror)
                continue
            self.port = bound.socket.getsockname()[1]
            self.bound.append(bound)
        if not self.bound:
            raise OSError(f"no media address can be bound to UDP port {port}")
        loop = asyncio.get_running_loop()
        for bound in self.bound:
            loop.add_reader(bound.socket.fileno(), self._wake, bound)

    def close(self) -> None:
        loop = asyncio.get_running_loop()
        for bound in self.bound:
            loop.remove_reader(bound.socket.fileno())
            bound.socket.close()
        self.bound.clear()

    def register(self, peer: Peer) -> None:
        self._by_ufrag[peer.ufrag] = peer

    def forget(self, peer: Peer) -> None:
        self._by_ufrag.pop(peer.ufrag, None)

    def send(self, path: Path, data: bytes | memoryview) -> None:
        """Send or drop: asyncio would queue without bound for a peer that does not drain."""
        try:
            path[0].socket.sendto(data, path[1])
        except OSError:
            self.counters.not_sent += 1

    def _wake(self, bound: Bound) -> None:
        """Something has arrived. Soon after the last time: many packets come, so gather them from now on.

        Waking up costs more than handling a packet does, and what was gathered finds everything in the processor's cache.
        """
        now = time.monotonic()
        is_busy = now - bound.woken_at < GATHER_SECONDS
        bound.woken_at = now
        self._drain(bound)
        if is_busy and bound.socket.fileno() >= 0:
            loop = asyncio.get_running_loop()
            loop.remove_reader(bound.socket.fileno())
            loop.call_later(GATHER_SECONDS, self._look, bound)

    def _look(self, bound: Bound) -> None:
        if bound.socket.fileno() < 0:  # closed
            return
        loop = asyncio.get_running_loop()
        heard, began, pause = True, time.monotonic(), bound.pause
        try:
            heard = self._drain(bound)
        finally:  # whatever goes wrong, this socket is read again
            if heard:
                bound.looked(time.monotonic() - began, pause)
                loop.call_later(pause, self._look, bound)
            else:
                loop.add_reader(bound.socket.fileno(), self._wake, bound)

    def _drain(self, bound: Bound) -> bool:
        """Handle what has arrived, for a moment; whether there was anything."""
        if self.intake is not None:
            return self._drain_batches(self.intake, bound)
        receive = bound.socket.recvfrom
        now = time.monotonic()
        until = now + DRAIN_SECONDS
        data = b""
        while now < until:
            try:
                data, remote = receive(2048)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:  # an ICMP error of an earlier send
                continue
            self._dispatch(data, bound, remote, now)
            now = time.monotonic()
        self._flush()
        return bool(data)

    def _drain_batches(self, intake: Intake, bound: Bound) -> bool:
        """The same, but what needs no decision has been taken in when we hear of the others."""
        descriptor, until = bound.socket.fileno(), time.monotonic() + DRAIN_SECONDS
        total, count = 0, BATCH
        while count == BATCH and (not total or time.monotonic() < until):
            count = intake.receive(descriptor)
            total += count
            for why, data, came, remote, sender, now in intake.handed():
                if why == RAW or sender is None:
                    self._dispatch(data, bound, remote, now)
                else:
                    self._take_over(why, data, came, sender, now)
        self._flush()
        return total > 0

    def _take_over(self, why: int, data: bytes, came: int, sender: Sender, now: float) -> None:
        try:
            if why == OPENED:
                sender.owner.take_opened(data, came, False, now)
            else:
                sender.owner.refuse("too_many" if why == TOO_MANY else "unauthentic")
        except Exception:  # as in `_dispatch`
            self._complain()

    def _flush(self) -> None:
        try:
            more = self.on_drained()
        except Exception:  # one picture that cannot be sent must not stop the others; counted and logged
            self._complain()
            more = True
        if more and not self._comes_back:  # what has arrived by then is read first
            self._comes_back = True
            asyncio.get_running_loop().call_soon(self._come_back)

    def _come_back(self) -> None:
        self._comes_back = False
        self._flush()

    def _complain(self) -> None:
        """Nothing one peer sends may stop the loop for the others."""
        self.counters.malformed += 1
        now = time.monotonic()
        if now - self._complained_at > COMPLAIN_SECONDS:
            self._complained_at = now
            log.warning("a datagram could not be handled", exc_info=True)

    def _dispatch(self, data: bytes, bound: Bound, remote: Remote, now: float) -> None:
        if not 12 <= len(data) <= limits.DATAGRAM:
            self.counters.malformed += 1
            return
        first = data[0]
        peer = bound.peers.get(remote)
        try:
            if 127 < first < 192 and peer is not None:
                peer.on_srtp(data, now)
            elif 19 < first < 64 and peer is not None:
                peer.on_dtls(data, (bound, remote), now)
            elif first < 4:
                self._check(data, (bound, remote), now, peer)
            else:
                self.counters.strangers += 1
        except Exception:  # nothing one peer sends may stop the loop for the others; counted and logged
            self._complain()

    def _check(self, data: bytes, path: Path, now: float, owner: Peer | None) -> None:
        """`owner`: whose this address is known to be."""
        if data[:2] != STUN_REQUEST or data[4:8] != STUN_COOKIE:
            self.counters.malformed += 1
            return
        named: Peer | None = None
        if data[20:22] == STUN_USERNAME:  # every browser puts the name first: a flood costs next to nothing
            named = self._by_ufrag.get(_ufrag(data))
            if named is None:
                self.counters.strangers += 1
                return
        if (owner is None or named is None) and not self._guard.admits(path[1][0], now):
            self.counters.too_many += 1
            return
        if named is not None and not (named.own_checks if named is owner else named.checks).take(1, now):
            self.counters.too_many += 1
            return
        try:
            message = stun.parse_message(data)
        except Exception:  # aioice raises more kinds than it documents
            self.counters.malformed += 1
            return
        user = str(message.attributes.get("USERNAME", ""))
        peer = self._by_ufrag.get(user.partition(":")[0])
        if peer is None or (named is not None and peer is not named):
            self.counters.strangers += 1
        elif named is None and not peer.checks.take(1, now):
            self.counters.too_many += 1
        else:
            peer.on_check(message, path, now)


def _ufrag(data: bytes) -> str:
    """Our half of the name in a check whose first attribute it is."""
    end = 24 + (data[22] << 8 | data[23]) if len(data) > 24 else 24
    return data[24:end].partition(b":")[0].decode("ascii", "replace")


def _bind_here(address: Address, port: int) -> Bound:
    """Bind an address; one that is not this host's stands for the first that is: a container, or one-to-one NAT."""
    try:
        return _bind(address, port)
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL or address.local != address.advertised:
            raise
    version = ip_address(address.advertised).version
    for one in host_addresses()[:-1]:
        if ip_address(one.local).version == version:
            log.info("%s is not an address of this host; listening on %s for it", address.advertised, one.local)
            return _bind(Address(address.advertised, one.local), port)
    raise OSError(errno.EADDRNOTAVAIL, "not an address of this host, and there is none to stand for it")


def _bind(address: Address, port: int) -> Bound:
    version = ip_address(address.local).version
    sock = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if version == 6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        with contextlib.suppress(OSError):  # needs CAP_NET_ADMIN; the kernel's own maximum holds without it
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), RECEIVE_BUFFER)
        sock.bind((address.local, port))
    except OSError:
        sock.close()
        raise
    return Bound(address.advertised, sock)

"""A node's numbers for Prometheus: `GET /metrics` on an address of its own. Never a name of a room, a seat or a person.

Nothing is counted twice on a packet's way: live connections are asked when somebody reads, closed ones have left their
counts in `Totals`. `docs/operator.md` lists every name with its unit.
"""

from __future__ import annotations

import asyncio
import http
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

if TYPE_CHECKING:
    from rooms.sfu.connection import Connection
    from rooms.sfu.node import Node

LAG_EVERY = 0.1  # seconds between looks at how late the loop is
LAG_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # seconds
PREFIX = "parley_node"


@dataclass(slots=True)
class Totals:
    """What has happened since the node started, without what the live connections still hold."""

    received_packets: int = 0  # authenticated
    received_bytes: int = 0
    forwarded_packets: int = 0
    forwarded_bytes: int = 0
    keyframes: int = 0
    dropped: Counter[str] = field(default_factory=Counter)  # authenticated or claimed to be, by reason
    handshakes: Counter[str] = field(default_factory=Counter)  # done, failed
    closed: Counter[str] = field(default_factory=Counter)  # connections, by reason as DOOR.md names it
    nacks: Counter[str] = field(default_factory=Counter)  # packets asked for again: by listeners, of publishers
    keyframe_requests: Counter[str] = field(default_factory=Counter)  # of listeners, to publishers

    def take_in(self, connection: Connection, why: str) -> None:
        """Keep what a connection counted that closes now."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(connection, name))
        self.dropped.update(connection.dropped)
        self.closed[why] += 1


class NodeMetrics:
    """Collects when asked, in the node's own loop; only the loop's lag is looked at all the time."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.registry = CollectorRegistry()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)
        self._lag = Histogram(
            f"{PREFIX}_loop_lag_seconds",
            "How late the loop came to its work",
            buckets=LAG_STEPS,
            registry=self.registry,
        )
        self._server: Server | None = None
        self._clock: asyncio.Task[None] | None = None

    async def open(self, address: str) -> str:
        """Listen on `host:port` (port 0: any free one); returns what was bound. Raises ValueError, OSError."""
        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65_535:
            raise ValueError(f"MEDIA_METRICS is host:port, not {address!r}")
        self._server = await serve(_nothing, host.strip("[]"), int(port), process_request=self._answer, close_timeout=1)
        self._clock = asyncio.create_task(self._watch_lag())
        bound = next(iter(self._server.sockets)).getsockname()[1]
        return f"{host}:{bound}"

    async def close(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _watch_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_EVERY
            await asyncio.sleep(LAG_EVERY)
            self._lag.observe(max(0.0, loop.time() - due))

    def _answer(self, connection: ServerConnection, request: Request) -> Response:
        if request.path.partition("?")[0] != "/metrics":
            return connection.respond(http.HTTPStatus.NOT_FOUND, "There is /metrics here.\n")
        body = generate_latest(self.registry)
        headers = Headers(
            {"Content-Type": CONTENT_TYPE_LATEST, "Content-Length": str(len(body)), "Connection": "close"}
        )
        return Response(200, "OK", headers, body)

    # ── what Prometheus reads ──

    def collect(self) -> Iterator[Metric]:
        """All families but the loop's lag and the process's own."""
        yield from self._state()
        yield from self._traffic()
        yield from self._drops()

    def describe(self) -> list[Metric]:
        """None beforehand: registering must not ask a node that has not started."""
        return []

    def _live(self) -> Iterator[Connection]:
        for room in self._node.rooms.values():
            for seat in room.seats.values():
                yield from seat.connections

    def _state(self) -> Iterator[Metric]:
        node = self._node
        yield GaugeMetricFamily(f"{PREFIX}_rooms", "Rooms with a plan", len(node.rooms))
        seats = sum(len(room.seats) for room in node.rooms.values())
        yield GaugeMetricFamily(f"{PREFIX}_seats", "Seats in those plans", seats)
        yield GaugeMetricFamily(f"{PREFIX}_tasks", "Tasks in the node's loop", len(asyncio.all_tasks()))
        yield GaugeMetricFamily(f"{PREFIX}_door_connected", "1 while a web process is connected", int(node.spoken_to))
        yield GaugeMetricFamily(f"{PREFIX}_waiting", "Requests to connect that wait for their turn", len(node.gate))
        found = Counter((type(one).__name__.removesuffix("Connection").lower(), _state_of(one)) for one in self._live())
        family = GaugeMetricFamily(
            f"{PREFIX}_connections", "Connections by direction and state", labels=["direction", "state"]
        )
        for direction in ("publish", "receive"):
            for state in ("new", "handshake", "open"):
                family.add_metric([direction, state], found[direction, state])
        yield family

    def _traffic(self) -> Iterator[Metric]:
        totals, live = self._node.ground.totals, list(self._live())
        for name, words in COUNTED.items():
            value = getattr(totals, name) + sum(getattr(one, name) for one in live)
            yield CounterMetricFamily(f"{PREFIX}_{name}", words, value)
        yield _by("handshakes", "Handshakes by outcome", "outcome", ("done", "failed"), totals.handshakes)
        yield _by("connections_closed", "Connections closed by reason", "reason", CLOSED, totals.closed)
        ways = ("listeners", "publishers")
        yield _by("nacks", "Packets asked for again: by listeners, of publishers", "side", ways, totals.nacks)
        asked = totals.keyframe_requests
        yield _by("keyframe_requests", "Keyframes asked for: by listeners, of publishers", "side", ways, asked)

    def _drops(self) -> Iterator[Metric]:
        dropped: Counter[str] = Counter(self._node.ground.totals.dropped)
        for one in self._live():
            dropped.update(one.dropped)
        mux = self._node.ground.mux.counters
        dropped.update(strangers=mux.strangers, malformed=mux.malformed, checks=mux.too_many, not_sent=mux.not_sent)
        dropped["too_late"] = self._node.ground.pacer.too_late
        yield _by("dropped_packets", "Packets dropped by reason", "reason", DROPPED, dropped)


COUNTED = {  # by every connection, and in `Totals` when it has closed
    "received_packets": "Authenticated packets received",
    "received_bytes": "Bytes of authenticated packets received",
    "forwarded_packets": "Packets forwarded, one for each listener",
    "forwarded_bytes": "Bytes of forwarded packets, as sent",
    "keyframes": "Keyframes received",
}
DROPPED = {
    "strangers": "from an address or with a name we do not know",
    "malformed": "not WebRTC",
    "checks": "connectivity checks beyond what an address or a connection may send",
    "unauthentic": "not encrypted with the connection's key, or sent twice",
    "ssrcs": "of more streams than a connection may have",
    "too_many": "beyond what a seat may send",
    "unwanted": "authentic, but of no stream the connection has",
    "not_sent": "to a listener, refused by this machine's network",
    "too_late": "of a picture that waited for a second: this machine is too slow for the room",
}
CLOSED = ("goodbye", "silent", "handshake", "join_timeout", "replaced", "left", "plan", "dropped")


def _by(name: str, words: str, label: str, values: dict[str, str] | tuple[str, ...], found: Counter[str]) -> Metric:
    family = CounterMetricFamily(f"{PREFIX}_{name}", words, labels=[label])
    for value in values:
        family.add_metric([value], found[value])
    return family


def _state_of(connection: Connection) -> str:
    if connection.is_open:
        return "open"
    return "new" if connection.ice.path is None else "handshake"


async def _nothing(_: ServerConnection) -> None:
    """No WebSocket is ever opened here: every request is answered before."""

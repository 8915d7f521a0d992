"""One seat of a room: at most two connections each way (the old one and the one that replaces it), and its sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rooms.sfu import limits
from rooms.sfu.connection import Connection
from rooms.sfu.fan import Fan
from rooms.sfu.inbound import Track
from rooms.sfu.intake import LaneTrack
from rooms.sfu.layers import Layer, Rung
from rooms.sfu.plan import RIGHT_OF, Kind, SeatPlan, source_id
from rooms.sfu.publishing import TAKE_OVER, PublishConnection
from rooms.sfu.receiving import ReceiveConnection

# Without packets the source is off. Reports go on when a track was taken away, so they prove nothing; a screen at rest
# is repeated once a second by Chromium and Firefox.
QUIET_SECONDS = {"mic": 2.0, "camera": 4.0, "screen": 10.0}
LAYER_QUIET = 0.6  # s without a packet of one layer while others come: it stopped, and its listeners fall back
UNWATCHED = 5.0  # s until a layer nobody watches is no longer asked of its publisher: people look back and forth
KBIT = 125  # bytes


@dataclass(eq=False, slots=True)
class Source:
    """One stream of a seat as the room knows it, whatever connection brings it."""

    seat: str
    kind: Kind
    open: bool = False  # the plan lets it through
    live: bool = False  # packets arrive
    tracks: dict[Rung, Track] = field(default_factory=dict)  # by layer; without simulcast the high one
    told: frozenset[Rung] = frozenset()  # the layers that arrived when listeners were last aimed
    offered: tuple[Rung, ...] = ()  # what its publisher could send, best first; none: one layer, and no choice
    asked: tuple[Rung, ...] = ()  # of them, what it was last told that somebody watches
    since: float = 0.0  # when the connection that brings it was made
    fan: Fan = field(default_factory=Fan)  # who listens
    _watched: dict[Rung, float] = field(default_factory=dict)  # when somebody last did
    _looked: tuple[float, dict[Rung, Track], dict[Rung, Layer]] = (-1e9, {}, {})  # for all listeners of one moment

    @property
    def id(self) -> str:
        return source_id(self.seat, self.kind)

    @property
    def on(self) -> bool:
        return self.open and self.live

    @property
    def track(self) -> Track | None:
        """The only one, or any of its layers."""
        return next(iter(self.tracks.values()), None)

    @property
    def heard_at(self) -> float:
        return max((track.heard_at for track in self.tracks.values()), default=-1e9)

    def take(self, track: Track, made_at: float, now: float, offered: tuple[Rung, ...] = ()) -> bool:
        """Whether packets of this track are the source from now on: a newer connection's, or the other fell silent.
        `offered`: the layers its connection could bring."""
        if self.tracks and made_at < self.since and now - self.heard_at < TAKE_OVER:
            return False
        if made_at != self.since:
            self.tracks.clear()
            for slot in self.fan.listeners:
                slot.follow(track)
        self.tracks[track.rung], self.since, self.offered = track, made_at, offered
        self._looked = (-1e9, {}, {})
        self.fan.set_all_apart()
        return True

    def hasten(self, track: Track) -> None:
        """A packet of it went its way without a decision: the next ones may go without us."""
        if isinstance(track, LaneTrack) and not track.lane.fast and self.on and self.tracks.get(track.rung) is track:
            self.fan.hasten(track)

    def rest(self) -> None:
        """No packets come any more; the next one says that they do."""
        self.live = False
        self.fan.slow()

    def layers(self, now: float) -> dict[Rung, Track]:
        """The layers that arrive now: a browser on a weak line stops the higher ones without a word."""
        return self._look(now)[1]

    def measured(self, now: float) -> dict[Rung, Layer]:
        """What they cost and how large they are."""
        return self._look(now)[2]

    def is_full(self, now: float) -> bool:
        """Whether the best of it arrives. A thin voice is for listeners beside it, and never recorded."""
        full = self.tracks.get("high")
        return full is not None and now - full.heard_at < TAKE_OVER

    def _look(self, now: float) -> tuple[float, dict[Rung, Track], dict[Rung, Layer]]:
        if self._looked[0] != now:
            fresh = {rung: track for rung, track in self.tracks.items() if now - track.heard_at < LAYER_QUIET}
            found = fresh or dict(self.tracks)
            self._looked = (now, found, {rung: Layer(track.bits, track.height) for rung, track in found.items()})
        return self._looked

    def ladder(self, now: float) -> Mapping[Rung, Layer]:
        """As `measured`, and what the publisher offers beside it: layers that rest because nobody watches them."""
        arriving = self.measured(now)
        if arriving.keys() >= set(self.offered):
            return arriving
        known = {rung: self.tracks.get(rung) for rung in self.offered if rung not in arriving}
        return arriving | {rung: Layer(one.bits, one.height) if one else Layer() for rung, one in known.items()}

    def watched(self, now: float) -> tuple[Rung, ...]:
        """The layers its publisher should send: those somebody watches or did a moment ago, and the lowest in any case,
        for a source without packets is none."""
        for rung in {slot.hopes for slot in self.fan.listeners}:
            self._watched[rung] = now
        since = now - UNWATCHED
        recent = [rung for rung in self.offered[:-1] if max(self._watched.get(rung, 0.0), self.since) > since]
        return (*recent, *self.offered[-1:])

    def is_quiet(self, now: float) -> bool:
        return now - self.heard_at > QUIET_SECONDS[self.kind]


@dataclass(eq=False, slots=True)
class Seat:
    """A seat of the plan, with what it has on the wire."""

    id: str
    plan: SeatPlan
    offers: limits.Bucket
    purse: limits.Purse
    phase: int = 0  # when in a second its clocks tick
    publish: list[PublishConnection] = field(default_factory=list)
    receive: list[ReceiveConnection] = field(default_factory=list)
    sources: dict[Kind, Source] = field(default_factory=dict)
    told: dict[str, object] = field(default_factory=dict)  # slots and rests, as last told
    _read: tuple[float, int, int, int, int] = (0.0, 0, 0, 0, 0)

    def apply(self, plan: SeatPlan) -> None:
        self.plan = plan
        for source in self.sources.values():
            source.open = self.lets_through(source.kind)
            if not source.open:
                source.fan.shut()

    def lets_through(self, kind: Kind) -> bool:
        """The one rule about rights in the node: a microphone also needs to be audible."""
        return RIGHT_OF[kind] in self.plan.publish and (kind != "mic" or self.plan.audible)

    def source(self, kind: Kind) -> Source:
        if kind not in self.sources:
            self.sources[kind] = Source(self.id, kind, open=self.lets_through(kind))
        return self.sources[kind]

    @property
    def connections(self) -> list[Connection]:
        return [*self.publish, *self.receive]

    @property
    def receiving(self) -> ReceiveConnection | None:
        """The newest receive connection that is open."""
        return next((one for one in reversed(self.receive) if one.is_open), None)

    def add_publish(self, connection: PublishConnection) -> None:
        """Keep the open one until the new one works; an unfinished attempt is given up."""
        for old in [one for one in self.publish if not one.is_open]:
            old.close("replaced")
        connection.purse = self.purse
        self.publish.append(connection)

    def add_receive(self, connection: ReceiveConnection) -> None:
        for old in [one for one in self.receive if not one.is_open]:
            old.close("replaced")
        connection.purse = self.purse
        self.receive.append(connection)

    def counters(self, now: float) -> dict[str, object] | None:
        """Traffic since the last reading, for the seat's "connection in words"; None the first time."""
        up = sum(one.received_bytes for one in self.publish)
        down = sum(one.forwarded_bytes for one in self.receive)
        tracks = [track for one in self.publish for track in one.tracks.values()]
        got, expected = sum(track.packets for track in tracks), sum(track.expected for track in tracks)
        at, before_up, before_down, before_got, before_expected = self._read
        self._read = (now, up, down, got, expected)
        receiving = self.receiving
        down_loss = receiving.loss() if receiving else None
        if not at or now <= at:
            return None
        new_got, new_expected = got - before_got, expected - before_expected
        return {
            "up": {
                "kbps": _kbps(up - before_up, now - at),
                "loss": round(max(0.0, 100.0 * (1 - new_got / new_expected)), 1) if new_expected > 0 else None,
            },
            "down": {
                "kbps": _kbps(down - before_down, now - at),
                "loss": None if down_loss is None else round(down_loss, 1),
            },
            "rtt_ms": round(receiving.rtt * 1000) if receiving and receiving.rtt is not None else None,
            "open": any(one.is_open for one in self.connections),
        }


def _kbps(size: int, seconds: float) -> int:
    return max(0, round(size / KBIT / seconds))

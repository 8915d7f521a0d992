"""What arrives from one publisher: sequence statistics, the ring of recent packets, losses, keyframes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from rooms.sfu import h264, vp8
from rooms.sfu.layers import Rung
from rooms.sfu.limits import Bucket
from rooms.sfu.negotiate import CodecName
from rooms.sfu.rtp import View, unwrap

RING: Final = 512  # packets kept for listeners who missed one: about four seconds of a camera
GAP: Final = 200  # packets; a longer hole is a new beginning, not a loss
HOLES_PER_SECOND: Final = 200  # packets missed; a camera that loses every other one has 60, a hostile one all it likes
NACK_AFTER: Final = 0.01  # seconds; less is reordering
NACK_AGAIN: Final = 0.06
NACK_TRIES: Final = 6
SOUND_TRIES: Final = 3  # later it would be played too late
KEYFRAME_EVERY: Final = 0.5  # seconds between requests to one publisher, however many listeners ask
SKIPS: Final = 64
RISES, FALLS = 0.05, 0.02  # how far loudness follows one packet
RESTART: Final = 30  # packets in a row that are far too old: a new beginning


class Packet:
    """One forwardable packet. `number` never wraps and has no gaps where padding was dropped."""

    __slots__ = ("descriptor", "marker", "number", "payload", "redundant", "timestamp", "track")

    def __init__(self, track: Track, number: int, view: View, payload: bytes, redundant: bool) -> None:
        self.track = track
        self.number = number
        self.timestamp = view.timestamp
        self.marker = view.marker
        self.payload = payload
        self.redundant = redundant  # RED, not plain Opus
        self.descriptor = vp8.parse(payload) if track.codec == "vp8" else None

    @property
    def begins(self) -> bool:
        """Whether a listener can start here."""
        if self.descriptor is not None:
            return self.descriptor.keyframe
        codec = self.track.codec
        return codec == "opus" or (codec == "h264" and h264.begins(self.payload))


@dataclass(slots=True)
class SenderReport:
    """The publisher's own statement: this media timestamp was at this time of the node's clock."""

    at: float  # seconds, node clock
    timestamp: int


@dataclass(slots=True)
class _Missing:
    since: float
    tries: int = 0
    last: float = 0.0


class Track:
    """One stream (SSRC) of one publisher: its sound, its picture, or one layer of its picture."""

    def __init__(
        self, ssrc: int, *, is_video: bool, clock: int, codec: CodecName | None = None, rung: Rung = "high"
    ) -> None:
        self.ssrc = ssrc
        self.is_video = is_video
        self.codec: CodecName = codec or ("vp8" if is_video else "opus")
        self.rung = rung
        self.clock = clock
        self.height = 0  # of the picture, as its last keyframe said; 0: it did not
        self.bits = 0  # a second, measured
        self._measured: tuple[float, int] | None = None
        self.packets = 0
        self.octets = 0
        self.keyframes = 0  # the first packets of one; sound has none
        self.heard_at = 0.0
        self.report: SenderReport | None = None
        self.report_seen: tuple[int, float] | None = None  # middle 32 bits of its NTP time, arrival
        self.loudness = 0.0
        self.missing: dict[int, _Missing] = {}
        self._holes = Bucket(2 * GAP, HOLES_PER_SECOND, 0.0)
        self.keyframe_wanted = False
        self._keyframe_asked = -1e9
        self._highest = -1  # raw extended number
        self._base = 0
        self._ring: list[Packet | None] = [None] * RING
        self._skips: deque[int] = deque(maxlen=SKIPS)
        self._skipped = 0
        self._stale = 0
        self._jitter = 0.0
        self._transit: float | None = None
        self._reported = (0, 0)  # expected, received at the last report

    # ── packets ──

    def accept(self, view: View, data: bytes, now: float, *, redundant: bool, repaired: bool = False) -> Packet | None:
        """Take one packet; None when it carries nothing, is a copy, or is too old."""
        raw = self._highest + 1
        is_next = raw > 0 and view.seq == raw & 0xFFFF  # as nearly all are
        if is_next:
            self._stale = 0
        elif (found := self._number(view.seq)) is None:
            return None
        else:
            raw = found
        if not repaired:
            self._measure(view, now)
        self.heard_at = now
        late = not is_next and raw <= self._highest
        if late:
            if self.missing.pop(raw, None) is None or self._is_before_memory(raw):
                return None
        else:
            if not is_next:
                self._note_gap(raw, now)
            self._highest = raw
        payload = data[view.start : view.end]
        if not payload:  # padding only: close the gap, or every listener would ask for it
            if not late:
                self._skips.append(raw)
                self._skipped += 1
            return None
        clean = self._clean(raw) if late else raw - self._skipped
        packet = Packet(self, clean, view, payload, redundant)
        self._ring[packet.number % RING] = packet
        if packet.begins:
            self.keyframe_wanted = False
            self.keyframes += self.is_video
            if packet.descriptor is not None:
                self.height = vp8.height(payload, packet.descriptor) or self.height
        return packet

    def recall(self, number: int) -> Packet | None:
        """A recent packet, for a listener who missed it."""
        packet = self._ring[number % RING]
        return packet if packet is not None and packet.number == number else None

    def forget(self) -> None:
        """Let go of all packets: each names its track, and a ring of references waits for the collector."""
        self._ring = [None] * RING

    def _number(self, seq: int) -> int | None:
        if self._highest < 0:
            self._highest = self._base = 0x10000 + seq
            self._highest -= 1
            return self._base
        raw = unwrap(seq, self._highest)
        if raw > self._highest - RING:
            self._stale = 0
            return raw
        self._stale += 1
        if self._stale < RESTART:
            return None
        self._stale = 0
        raw += 0x10000  # the publisher began again under the same name; ours never go back
        self._jump(raw)
        self._highest = raw - 1
        return raw

    def _jump(self, raw: int) -> None:
        """Continue our own numbers at `raw` without a hole."""
        self._skipped += raw - self._highest - 1
        self._base = raw - self.packets
        self._reported = (self.packets, self.packets)
        self.missing.clear()
        self.keyframe_wanted = self.is_video

    def _note_gap(self, raw: int, now: float) -> None:
        first = self._highest + 1
        while self.missing and (oldest := next(iter(self.missing))) <= raw - RING:
            del self.missing[oldest]  # too old to be used
        if raw - first > GAP or (raw > first and not self._holes.take(raw - first, now)):
            self._jump(raw)
        else:
            for number in range(first, raw):
                self.missing[number] = _Missing(now)

    def _is_before_memory(self, raw: int) -> bool:
        """So much was skipped since that its number cannot be told any more: a wrong one would be another packet's."""
        return len(self._skips) == SKIPS and raw < self._skips[0]

    def _clean(self, raw: int) -> int:
        return raw - self._skipped + sum(1 for skipped in self._skips if skipped > raw)

    # ── statistics ──

    def _measure(self, view: View, now: float) -> None:
        self.packets += 1
        self.octets += view.end - view.start
        transit = now * self.clock - view.timestamp
        if self._transit is not None:
            difference = abs(transit - self._transit)
            if difference < self.clock * 5:  # the timestamp wrapped or jumped otherwise
                self._jitter += (difference - self._jitter) / 16
        self._transit = transit

    def measure_bits(self, now: float) -> None:
        """Once a second: how much it brings, smoothed so that a keyframe does not move anybody."""
        if self._measured is not None and now > self._measured[0]:
            bits = int((self.octets - self._measured[1]) * 8 / (now - self._measured[0]))
            if bits:  # one that rests will cost what it did
                self.bits = (self.bits + bits) // 2 if self.bits else bits
        self._measured = (now, self.octets)

    def capture_time(self, timestamp: int) -> float | None:
        """When this was captured, in seconds of the node's clock; None before the publisher reported."""
        if self.report is None:
            return None
        ticks = (timestamp - self.report.timestamp) & 0xFFFFFFFF
        return self.report.at + (ticks - (1 << 32) if ticks >> 31 else ticks) / self.clock

    @property
    def highest(self) -> int:
        return max(self._highest, 0) & 0xFFFFFFFF

    @property
    def jitter(self) -> int:
        return int(self._jitter)

    @property
    def expected(self) -> int:
        """Packets the publisher has sent, as far as its numbers tell."""
        return max(0, self._highest - self._base + 1)

    def report_loss(self) -> tuple[int, int]:
        """Fraction lost since the last call (0–255) and packets lost in all (RFC 3550 A.3)."""
        expected = self.expected
        before_expected, before_received = self._reported
        new_expected, new_received = expected - before_expected, self.packets - before_received
        self._reported = (expected, self.packets)
        lost = max(0, new_expected - new_received)
        fraction = min(255, (lost << 8) // new_expected) if new_expected > 0 else 0
        return fraction, max(0, min(expected - self.packets, 0x7FFFFF))

    # ── what to ask the publisher ──

    def want_keyframe(self) -> None:
        if self.is_video:
            self.keyframe_wanted = True

    def keyframe_due(self, now: float) -> bool:
        """Whether to ask now; asking is throttled and merged for all listeners."""
        if not self.keyframe_wanted or now - self._keyframe_asked < KEYFRAME_EVERY:
            return False
        self._keyframe_asked = now
        return True

    def nacks_due(self, now: float) -> list[int]:
        """Sequence numbers to ask for again; gives up after a few tries, and then wants a keyframe."""
        due: list[int] = []
        for number, one in list(self.missing.items()):
            if now - one.since < NACK_AFTER or now - one.last < NACK_AGAIN:
                continue
            if one.tries >= (NACK_TRIES if self.is_video else SOUND_TRIES) or number <= self._highest - RING:
                del self.missing[number]
                self.want_keyframe()
                continue
            one.tries += 1
            one.last = now
            due.append(number & 0xFFFF)
        return due

    def hear(self, level: float) -> None:
        """Smooth the loudness (0 silence … 127), once a packet of 20 ms: a word is noticed in a fifth of a second, a cough
        is over before it counts, and a pause of a second moves nobody (tests/rooms/sfu/test_voices_heard.py)."""
        weight = RISES if level > self.loudness else FALLS
        self.loudness += (level - self.loudness) * weight

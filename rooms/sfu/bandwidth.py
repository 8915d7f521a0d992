"""How much a publisher's line carries; a listener's is in `downlink`. No clock of its own.

A publisher's browser judges its line itself when it is told ten times a second what arrived when (`Arrivals`). One that
cannot do that is told a cap (`Uplink`): without it Chromium would stay near its start bitrate, and with a high constant
it would fill a thin line's buffer and delay the voice.
"""

from __future__ import annotations

from collections.abc import Iterator

from aiortc.rate import BandwidthUsage, RemoteBitrateEstimator

from rooms.sfu.rtp import unwrap

START_BITS = 1_000_000  # a good camera at once, nothing a home line could not carry
LEAST_BITS = 120_000  # a voice and a small picture
GROWTH = 1.08  # a second, as browsers grow themselves
BACK_OFF = 0.85  # of what arrived while the line was full
FULL_LOSS = 0.10  # of the packets: more is a full line, less is radio


PART = 500  # packets told in one message: it fits a datagram
SPAN = 2_000  # packets looked back on; a hole longer than that is a new beginning


class Arrivals:
    """What arrived from one publisher since the last feedback, by transport-wide number."""

    __slots__ = ("_highest", "_new", "_next")

    def __init__(self) -> None:
        self._new: list[tuple[int, float]] = []
        self._highest = -1  # without wrap-around
        self._next = 0  # the first number nothing was said about yet

    @property
    def ssrc(self) -> int:
        """Of the newest packet somebody else noted; 0: nobody did."""
        return 0

    def note(self, number: int, now: float) -> None:
        """One packet; on every packet's way, so nothing is done here."""
        self._new.append((number, now))

    def feedback(self) -> Iterator[tuple[int, list[float | None]]]:
        """(first number, arrival of each from there on or None) of what came since the last call, in parts."""
        new, self._new = self._new, []
        start = self._next & 0xFFFF
        if self._highest >= 0 and len(new) <= PART and [one[0] for one in new] == [*range(start, start + len(new))]:
            if new:  # as mostly: nothing lost, and each behind the one before
                self._next += len(new)
                self._highest = self._next - 1
                yield start, [at for _, at in new]
            return
        seen: dict[int, float] = {}
        for number, at in new:
            if self._highest < 0:
                self._highest = self._next = 0x10000 + number
            whole = unwrap(number, self._highest)
            self._highest = max(self._highest, whole)
            seen.setdefault(whole, at)
        if not seen:
            return
        last = max(seen)
        first = max(min(self._next, min(seen)), last - SPAN + 1)
        if self._next < last - SPAN:
            first = min(number for number in seen if number > last - SPAN)
        self._next = max(self._next, last + 1)
        for start in range(first, last + 1, PART):
            part = [seen.get(number) for number in range(start, min(start + PART, last + 1))]
            if any(at is not None for at in part):
                yield start & 0xFFFF, part


class Uplink:
    """One publisher's line that its browser does not judge itself."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._limit: float = START_BITS
        self._full = False
        self._bytes = 0
        self._estimator = RemoteBitrateEstimator()

    def arrived(self, now: float, sent: int | None, size: int, ssrc: int) -> None:
        """One packet; `sent` is its abs-send-time (24 bits), None where it carries none."""
        self._bytes += size
        if sent is not None:
            self._estimator.add(int(now * 1000), sent, size, ssrc)
            self._full = self._full or self._estimator.detector.state() == BandwidthUsage.OVERUSING

    def tick(self, loss: float) -> int:
        """Once a second: how many bits a second the publisher may send. `loss` is 0 to 1."""
        bits = self._bytes * 8
        if self._full or loss > FULL_LOSS:
            self._limit = max(LEAST_BITS, min(self._limit, BACK_OFF * bits))
        else:
            self._limit = min(self._cap, self._limit * GROWTH)
        self._bytes, self._full = 0, False
        return int(self._limit)

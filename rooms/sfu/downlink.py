"""How much of a listener's line is left for pictures. Pure: `now` is passed in, nothing is sent here.

Down at once, by the browser's own estimate (REMB), by losses and by growing queues. Up by short probes, and only while
something is withheld: a browser's estimate never grows further than half as much again as it receives.
Sound is never weighed against a picture.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from rooms.sfu.layers import HEADROOM

# Bits a second before anything is known: a good face at once, and a thin line has recovered from it within a second.
START_PICTURES: Final = 600_000
MOST_PICTURES: Final = 20_000_000
FULL_LOSS: Final = 0.10  # of the packets: more is a full line, less is radio
HEAVY_LOSS: Final = 0.25  # needs no second look
RADIO_LOSS: Final = 0.30  # up to here packets may be lost in the air: one small picture is tried before none
RADIO_PICTURES: Final = 150_000
QUEUE_SECONDS: Final = 0.2  # packets take so much longer than at best: the line is full
RECENT: Final = 3  # seconds
KEPT: Final = 0.85  # of what arrived while it was full
FALLEN: Final = 0.97  # of the browser's last estimate; less is a fall, more is noise
HELD_UP: Final = 0.8  # of a probe's rate; what arrives more slowly was held up by the line, not by a busy machine
SETTLE_SECONDS: Final = 3.0  # after taking away: what waits on the way comes first
AGAIN_SECONDS: Final = 1.5  # between two steps down: the first must be felt
PROBE_GAP: Final = 0.7  # after a probe that went well
FIRST_WAIT: Final = 3.0  # after one that found nothing; doubles each time up to …
LAST_WAIT: Final = 10.0  # … so that a line that recovers is noticed within this
BLAMED_SECONDS: Final = 6.0  # a line that is full so soon after a step up was not as wide as it looked
REACH: Final = 3.0  # a probe tries so many times what is known
LEAST_PROBE: Final = 150_000
AIR: Final = 1.5  # of what is wanted: no more is probed for
THICKER: Final = 2.3  # of what thin voices cost: so much more full ones do
HARDLY: Final = 50_000  # of the browser's estimate of a full line: less is no picture beside a voice
AIR_SOUND: Final = 40_000  # bits a second to spare before voices are sent in full again
BLIND_STEP, BLIND_FIRST, BLIND_LAST = 1.5, 8.0, 64.0  # up, where a browser cannot tell what a probe found


@dataclass(frozen=True, slots=True)
class Second:
    """How the last second on a listener's line went. Rates in bits a second, as sent."""

    pictures: int
    sound: int
    loss: float | None = None  # the share of all packets; None: not known
    rtt: float | None = None  # seconds


class Downlink:
    """One listener's line."""

    def __init__(self, now: float, *, tells: bool) -> None:
        """`tells`: the browser says when probes arrived, and what it thinks of the line."""
        self.budget: int | None = START_PICTURES if tells else None
        self.thin = False  # not even the voices fit in full
        self._tells = tells
        self._estimate: int | None = None  # the browser's last
        self._last = Second(0, 0)
        self._recent: deque[Second] = deque(maxlen=RECENT)
        self._losing = self._queueing = 0  # seconds in a row
        self._best_rtt: float | None = None
        self._lowered_at = self._raised_at = -1e9
        self._measured = False
        self._next_at = now  # of a probe, or of a step up in the dark
        self._first, self._most = (FIRST_WAIT, LAST_WAIT) if tells else (BLIND_FIRST, BLIND_LAST)
        self._wait = self._first

    def is_blind(self) -> None:
        """The browser promised to tell, and does not."""
        if self._tells:
            self._tells = False
            self._first = self._wait = BLIND_FIRST
            self._most = BLIND_LAST
            if not self._measured and self._lowered_at < 0 and not self.thin:  # what losses said still holds
                self.budget = None

    def estimated(self, bits: int, now: float) -> None:
        """The browser's own estimate of what its line carries in pictures."""
        before, self._estimate = self._estimate or 0, bits
        if not self._last.pictures:
            return  # it speaks of what it received some time ago
        if bits < FALLEN * before:
            # It may have stood far below what a probe found since; it fell all the same, so what comes now is too much.
            received = int(KEPT * self._last.pictures * (1 - (self._last.loss or 0.0)))
            self._lower(max(bits, received), now)
        elif self.budget is not None and bits > self.budget and not self._losing:
            self.budget = min(bits, MOST_PICTURES)

    def tick(self, second: Second, now: float) -> int | None:
        """Once a second: bits a second left for pictures, None while unknown."""
        self._last = second
        self._recent.append(second)
        losing, queueing = self._is_losing(second.loss), self._is_queueing(second.rtt)
        if not (second.pictures or second.sound):  # nothing queues; a machine that slept is late with its report
            losing, queueing, self._queueing = False, False, 0
        breaks_down = self._queueing > 0 or (second.loss or 0.0) > HEAVY_LOSS
        if second.pictures and breaks_down and self._estimate is not None and self._estimate < HARDLY:
            self._lower(0, now)  # at once: what is still sent pushes the voices out
            self._thin(now)
        elif (losing or queueing) and now - self._lowered_at >= AGAIN_SECONDS:
            if second.pictures:
                left = self._carried(second, queueing)
                self._lower(left, now)
                if left < AIR_SOUND:  # hardly the voices fit: no second of theirs is lost to find out
                    self._thin(now)
            elif second.sound and now - self._lowered_at >= SETTLE_SECONDS:  # reports of pictures may still be coming
                self._thin(now)
        extra = THICKER * second.sound
        if self.thin and self.budget is not None and self.budget >= extra + AIR_SOUND:
            self.thin, self.budget = False, self.budget - int(extra)
        return self.budget

    def _thin(self, now: float) -> None:
        if not self.thin:
            self.thin, self.budget = True, 0
            self._put_off(now)

    def _is_losing(self, loss: float | None) -> bool:
        self._losing = self._losing + 1 if loss is not None and loss > FULL_LOSS else 0
        return self._losing >= 2 or (loss is not None and loss > HEAVY_LOSS)

    def _is_queueing(self, rtt: float | None) -> bool:
        if rtt is None:
            return False
        self._best_rtt = rtt if self._best_rtt is None else min(rtt, self._best_rtt * 1.005)
        self._queueing = self._queueing + 1 if rtt - self._best_rtt > QUEUE_SECONDS else 0
        return self._queueing >= 2

    def _carried(self, second: Second, queueing: bool) -> int:
        """What is left for pictures of what went through: repairs swell what is sent over a full line, so the least of
        the last seconds counts."""
        loss = second.loss or 0.0
        sound = min(one.sound for one in self._recent)
        sent = min(one.pictures + one.sound for one in self._recent if one.pictures)
        left = int(KEPT * sent * (1 - loss)) - sound
        is_radio = loss <= RADIO_LOSS and not queueing and second.pictures > RADIO_PICTURES
        return max(left, RADIO_PICTURES if is_radio else 0)

    def _lower(self, bits: int, now: float) -> None:
        if self.budget is not None and bits >= self.budget:
            return
        self.budget, self._lowered_at = max(0, bits), now
        if now - self._raised_at < BLAMED_SECONDS:
            self._put_off(now)
        else:
            self._wait = self._first
            self._next_at = now + max(SETTLE_SECONDS, self._wait)

    def _put_off(self, now: float) -> None:
        self._next_at = now + max(SETTLE_SECONDS, self._wait)
        self._wait = min(self._most, 2 * self._wait)

    # ── up ──

    def probe(self, wanted: int, now: float) -> int | None:
        """The rate to probe at now, beside what is sent; None: not now. `wanted` is what all pictures would cost if
        nothing was withheld."""
        if self.budget is None or now < self._next_at or self._losing or wanted <= HEADROOM * self.budget:
            return None
        if not self._tells:
            self.budget = max(RADIO_PICTURES, int(self.budget * BLIND_STEP))
            self._raised_at = now
            self._put_off(now)
            return None
        self._next_at = now + self._wait  # unless `probed` says better
        target = min(AIR * wanted, REACH * max(self.budget, LEAST_PROBE / 2))
        return int(max(LEAST_PROBE, target - self._last.pictures))

    def probed(self, sent: int, arrived: int, now: float) -> None:
        """What came of a probe: the rates at which it was sent and arrived, in bits a second."""
        if self.budget is None or sent <= 0:
            return
        beside = self._last.pictures + self._last.sound
        held_up = arrived < HELD_UP * sent
        line = (KEPT if held_up else 1) * arrived * (sent + beside) / sent
        if line < self._last.sound:
            self._thin(now)
        pictures = max(0, min(int(line) - self._last.sound, MOST_PICTURES))
        if not self._measured and pictures < self.budget:
            self.budget = pictures
        self._measured = True
        if pictures > self.budget:
            self.budget, self._raised_at = pictures, now
            self._wait = self._first
        if held_up:
            self._put_off(now)
        else:
            self._next_at = now + PROBE_GAP

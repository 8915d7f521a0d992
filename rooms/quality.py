"""How a line is, judged: figures in; out comes what is wrong, on whose side, and the one thing to do. Pure.

Opus hides what is missing below 3 % and breaks up beyond 12 %. Delay is felt from 400 ms there and back (ITU-T G.114),
and beyond 800 ms people cannot talk with each other. Buffers of browsers smooth 60 ms of jitter without being heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from rooms.media import Counters, Limit, Routes

LOSS, HEAVY_LOSS = 0.03, 0.12
LATE, VERY_LATE = 400, 800  # ms there and back
UNEVEN = 60  # ms of jitter
MADE_UP, MUCH_MADE_UP = 0.1, 0.25  # of the sound: what the browser invents where nothing came
FROZEN = 2000  # ms of five seconds
WITHHELD = frozenset({"speaker", "still", "none"})  # pictures that still come; `smaller` nobody complains about

RISE = 2  # readings in a row before something worse is told: one bad moment is nobody's business
CALM = 15.0  # s without it before it is taken back, so that a line on the edge is told of once
STALE = 15.0  # s after which figures say nothing
UNHEARD = 20.0  # s without an open media connection: a page that opens one needs three, and tries again

Whose = Literal["", "mine", "theirs", "server"]  # as the person of this seat would say it
What = Literal["good", "up", "down", "late", "uneven", "narrow", "busy", "speaker", "server", "blocked", "away"]
Action = Literal["", "camera", "cable", "low_data", "vpn", "programs", "network", "wait"]
OF_THE_LINE = frozenset({"up", "down", "late", "uneven", "narrow"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is told of a line. weight: 0 fine, 1 felt, 2 hardly to be understood, 3 not there."""

    whose: Whose = ""
    what: What = "good"
    action: Action = ""
    weight: int = 0

    @property
    def kind(self) -> tuple[str, str]:
        return self.whose, self.what

    def as_json(self) -> dict[str, str]:
        return {"whose": self.whose, "what": self.what, "action": self.action}


GOOD = Verdict()
AWAY = Verdict("mine", "away", "wait", 3)
BLOCKED = Verdict("mine", "blocked", "network", 3)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page sees of its line over five seconds, as `line.seen` brings it. None: nothing was measured."""

    up_loss: float | None = None  # share of what it sent, 0 to 1
    up_jitter: int | None = None  # ms
    down_loss: float | None = None
    down_jitter: int | None = None
    rtt: int | None = None  # ms
    frozen: int = 0  # ms
    concealed: float = 0.0  # share of the sound
    strained: bool = False  # the computer cannot keep up with its own camera


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is known of a line now, of both ends."""

    seen: Seen = Seen()
    up_loss: float | None = None  # as the media node counts what arrives
    down_loss: float | None = None  # as it is told what arrived
    rtt: int | None = None
    kbps: tuple[int, int] = (0, 0)  # it sends, it is sent
    pictures: str = "all"
    by: str | None = None  # what keeps this seat from more pictures
    camera: bool = False  # its own is on
    most: Limit = "high"  # what it wants of pictures

    @property
    def sending(self) -> float:
        return max(self.seen.up_loss or 0.0, self.up_loss or 0.0)

    @property
    def receiving(self) -> float:
        """The page's count where it counts: it knows what came late and was mended."""
        return (self.seen.down_loss if self.seen.down_loss is not None else self.down_loss) or 0.0

    @property
    def jitter(self) -> int:
        """ms, of the worse way."""
        return max(self.seen.up_jitter or 0, self.seen.down_jitter or 0)

    @property
    def delay(self) -> int:
        return max(self.seen.rtt or 0, self.rtt or 0)


def judge(figures: Figures, *, speaker_fails: bool = False, everybody: bool = False) -> Verdict:
    """The worst of what is wrong; of equally bad things the first to act on.

    speaker_fails: whoever has the floor, somebody else, sends badly. everybody: most lines of the room are bad at once.
    """
    worst = max(_wrong(figures, speaker_fails), key=lambda one: one.weight, default=GOOD)
    if everybody and worst.what in OF_THE_LINE:
        return Verdict("server", "server", "wait", worst.weight)
    return worst


def _wrong(one: Figures, speaker_fails: bool) -> Iterator[Verdict]:
    lighter: Action = "low_data" if one.most == "high" else "cable"
    if weight := _weight(one.sending, LOSS, HEAVY_LOSS):
        yield Verdict("mine", "up", "camera" if one.camera else "cable", weight)
    if weight := _weight(one.receiving, LOSS, HEAVY_LOSS):
        yield Verdict("mine", "down", lighter, weight)
    elif weight := max(_weight(one.seen.concealed, MADE_UP, MUCH_MADE_UP), int(one.seen.frozen >= FROZEN)):
        if speaker_fails:
            yield Verdict("theirs", "speaker", "wait", weight)
        elif one.seen.concealed >= MADE_UP:  # it came, but too late to be played
            yield Verdict("mine", "uneven", "cable", weight)
    if weight := _weight(one.delay, LATE, VERY_LATE):
        yield Verdict("mine", "late", "vpn", weight)
    if one.jitter >= UNEVEN:
        yield Verdict("mine", "uneven", "cable", 1)
    if one.by == "line" and one.pictures in WITHHELD:
        yield Verdict("mine", "narrow", lighter, 1)
    if one.seen.strained:
        yield Verdict("mine", "busy", "programs", 1)


def _weight(value: float, felt: float, heavy: float) -> int:
    return int(value >= felt) + int(value >= heavy)


Grade = Literal["green", "amber", "red"]


@dataclass(frozen=True, slots=True)
class Sound:
    """A voice as its page grades it (static/js/room/grade.js). bandwidth: Hz up to which it carries."""

    grade: Grade
    why: str
    bandwidth: int | None = None

    def over(self, line: Verdict) -> Sound:
        """As it is heard at the other end: words that are lost make the best microphone worse."""
        lost: Grade = "red" if line.weight >= 2 else "amber"
        if line.what != "up" or self.grade == "red" or (self.grade == "amber" and lost == "amber"):
            return self
        return Sound(lost, "lost", self.bandwidth)


@dataclass(slots=True)
class Steady:
    """What is told, and when it changes: soon when it gets worse, late when it gets better."""

    told: Verdict = GOOD
    _worse: int = 0  # readings in a row
    _calm_since: float | None = None

    def take(self, fresh: Verdict, clock: float) -> bool:
        """One more reading, `clock` in seconds; whether something else is told from now on."""
        if fresh.kind == self.told.kind:
            self.told = fresh  # its weight and what helps may change without a word
            self._worse, self._calm_since = 0, None
            return False
        if fresh.weight > self.told.weight:
            self._calm_since = None
            self._worse += 1
            return self._tell(fresh) if self._worse >= RISE or fresh.weight == BLOCKED.weight else False
        self._worse = 0
        if self._calm_since is None:
            self._calm_since = clock
        calm = CALM if self.told.weight < BLOCKED.weight else 0.0  # a line that is back is back
        return self._tell(fresh) if clock - self._calm_since >= calm else False

    def _tell(self, fresh: Verdict) -> bool:
        self.told, self._worse, self._calm_since = fresh, 0, None
        return True


@dataclass(slots=True)
class Reading:
    """One seat's line as far as it is known. Times are seconds of one clock that only runs forward."""

    since: float  # when the seat was taken, or its page came back
    fresh: Verdict = GOOD  # of the newest figures alone, whatever others have
    steady: Steady = field(default_factory=Steady)
    told_at: str = ""  # ISO 8601
    _seen: Seen = Seen()
    _seen_at: float = -1e9
    _counted: Counters | None = None
    _counted_at: float = -1e9
    _open_at: float = -1e9
    _pictures: str = "all"
    _by: str | None = None

    @property
    def told(self) -> Verdict:
        return self.steady.told

    def seen(self, seen: Seen, clock: float) -> None:
        self._seen, self._seen_at = seen, clock

    def counted(self, counters: Counters, clock: float) -> None:
        self._counted, self._counted_at = counters, clock
        if counters.is_open:
            self._open_at = clock

    def routed(self, routes: Routes) -> None:
        self._pictures, self._by = routes.pictures, routes.by

    def since_last_seen(self, clock: float) -> float:
        return clock - self._seen_at

    def is_measured(self, clock: float) -> bool:
        """Whether the media node has counted it just now."""
        return self._counted is not None and self._counted.is_open and clock - self._counted_at < STALE

    def is_unheard(self, clock: float, since: float) -> bool:
        """Whether it has had no media connection for too long; `since`: when it could have had one at the earliest."""
        return clock - max(self._open_at, self.since, since) > UNHEARD

    def figures(self, clock: float, *, camera: bool, most: Limit) -> Figures:
        counted = self._counted if self.is_measured(clock) else None
        seen = self._seen if clock - self._seen_at < STALE else Seen()
        return Figures(
            seen,
            up_loss=_share(counted.up_loss) if counted else None,
            down_loss=_share(counted.down_loss) if counted else None,
            rtt=counted.rtt_ms if counted else None,
            kbps=(counted.up_kbps, counted.down_kbps) if counted else (0, 0),
            pictures=self._pictures, by=self._by, camera=camera, most=most,
        )  # fmt: skip


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100

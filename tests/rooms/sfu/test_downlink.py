"""What a listener's line carries, on simulated lines: quickly down, carefully up, and no flapping between."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from rooms.sfu.downlink import LAST_WAIT, START_PICTURES, Downlink, Second
from rooms.sfu.layers import HEADROOM

SOUND, THIN = 80_000, 27_000
LADDER = (0, 48_000, 120_000, 450_000, 1_300_000)  # bits: nothing, a still picture, low, medium, high
WANTED = LADDER[-1]


class Simulated:
    """A line, the browser behind it and the node before it, by tenths of a second."""

    def __init__(self, *, tells: bool = True, queue: float = 0.5, delay: float = 0.04, loss: float = 0.0) -> None:
        self.line = Downlink(0.0, tells=tells)
        self.tells, self.queue, self.delay, self.loss = tells, queue, delay, loss
        self.now = 0.0
        self.sent = 0  # the rung
        self.waiting = 0.0  # seconds in the buffer before the line
        self.estimate = 300_000.0
        self.history: list[tuple[float, int]] = []
        self.delayed = 0.0  # seconds during which sound waited or was lost
        self.probes = 0

    @property
    def sound(self) -> int:
        return THIN if self.line.thin else SOUND

    def run(self, seconds: float, bits: Callable[[float], int] | int) -> Simulated:
        capacity = bits if callable(bits) else lambda _: bits
        lost = total = 0.0
        for tenth in range(round(seconds * 10)):
            self.now += 0.1
            line = capacity(self.now)
            offered = self.sent + self.sound + (self._probe_bits(line) if tenth % 2 == 0 else 0)
            before = self.waiting
            self.waiting = max(0.0, self.waiting + 0.1 * (offered / line - 1))
            overflow = max(0.0, self.waiting - self.queue)
            self.waiting -= overflow
            lost += overflow * line / 0.1 / offered + self.loss
            total += 1
            self.delayed += 0.1 * (self.waiting > 0.25)
            self._estimate(line, self.waiting > before + 0.01)
            if tenth % 10 == 9:
                second = Second(self.sent, self.sound, min(1.0, lost / total), self.delay + self.waiting)
                lost = total = 0.0
                self._aim(self.line.tick(second, self.now))
        return self

    def _probe_bits(self, line: int) -> int:
        rate = self.line.probe(WANTED, self.now)
        if rate is None:
            return 0
        self.probes += 1
        beside = self.sent + self.sound
        arrived = rate if rate + beside <= line else int(rate * line / (rate + beside))
        self.line.probed(rate, arrived, self.now)
        self._aim(self.line.budget)
        return rate // 2  # a twentieth of a second of it

    def _estimate(self, line: int, growing: bool) -> None:
        if not self.tells or not self.sent:
            return
        received = min(self.sent, max(0, line - self.sound))
        if growing and self.waiting > 0.1:
            self.estimate = min(self.estimate, 0.85 * received)
        else:
            self.estimate = min(self.estimate * 1.008, 1.5 * received + 10_000)
        self.line.estimated(int(self.estimate), self.now)
        self._aim(self.line.budget)

    def _aim(self, budget: int | None) -> None:
        if budget is None:
            rung = WANTED
        else:
            easily = max(one for one in LADDER if one <= budget * HEADROOM)
            fits = max(one for one in LADDER if one <= budget)
            rung = easily if self.sent <= easily else min(self.sent, fits)
        if rung != self.sent:
            self.sent = rung
            self.history.append((self.now, rung))

    def changes(self, since: float) -> int:
        return sum(1 for at, _ in self.history if at > since)


@pytest.mark.parametrize(
    ("bits", "settles"),
    [
        pytest.param(64_000, {0}, id="not even for the voice"),
        pytest.param(150_000, {0, 48_000}, id="a still picture"),
        pytest.param(300_000, {120_000}, id="a small face"),
        pytest.param(1_000_000, {450_000}, id="a good one"),
        pytest.param(2_500_000, {1_300_000}, id="everything"),
    ],
)
def test_each_line_settles_where_it_belongs_and_stays_there(bits: int, settles: set[int]) -> None:
    line = Simulated().run(20, bits)
    line.run(60, bits)
    assert line.sent in settles
    assert line.changes(since=20) <= 2, line.history


@pytest.mark.parametrize("to", [300_000, 150_000, 100_000])
def test_a_line_that_breaks_down_is_felt_within_three_seconds(to: int) -> None:
    line = Simulated().run(15, 3_000_000)
    assert line.sent == WANTED
    line.delayed = 0
    line.run(3, to)
    assert line.sent + SOUND <= to * 1.25
    line.run(10, to)
    assert line.sent + line.sound <= to
    assert line.delayed < 4, "the voice waited"


def test_a_browser_that_says_hardly_anything_passes_is_believed_at_once_where_packets_queue() -> None:
    for thin in (False, True):
        line = Downlink(0.0, tells=True)
        line.estimated(300_000, 0.5)
        line.tick(Second(200_000, 50_000, 0.0, 0.05), 1.0)
        line.thin, line.budget = thin, 60_000  # already: a picture that rests was tried beside a thin voice
        line.estimated(45_000, 1.5)
        assert line.tick(Second(200_000, 50_000, 0.02, 0.06), 2.0), "no queue, hardly a loss: the browser may be slow"
        assert line.thin == thin
        line.tick(Second(200_000, 50_000, 0.02, 0.3), 3.0)
        assert (line.thin, line.budget) == (True, 0)


@pytest.mark.parametrize("bad", [64_000, 150_000, 300_000])
def test_a_line_that_recovers_is_used_again_within_twenty_seconds(bad: int) -> None:
    line = Simulated().run(10, 3_000_000).run(40, bad)
    assert line.sent < WANTED
    line.run(20, 3_000_000)
    assert line.sent == WANTED, line.history


def test_where_not_even_a_voice_fits_it_is_sent_thin_and_in_full_again_when_the_line_recovers() -> None:
    line = Simulated().run(10, 3_000_000)
    assert not line.line.thin
    line.run(15, 64_000)
    assert line.line.thin and line.sent == 0
    line.delayed = 0
    line.run(40, 64_000)
    assert line.line.thin
    assert line.delayed < 3
    line.run(20, 3_000_000)
    assert not line.line.thin and line.sent >= 450_000


def test_a_voice_without_pictures_becomes_thin_by_its_queue_alone() -> None:
    line = Downlink(0.0, tells=True)
    for second in range(3):
        line.tick(Second(0, SOUND, 0.0, 0.05), second)
    assert not line.thin
    for second in range(3, 6):
        line.tick(Second(0, SOUND, 0.0, 0.55), second)
    assert line.thin


def test_probing_a_thin_line_costs_the_voice_next_to_nothing() -> None:
    line = Simulated().run(10, 110_000)
    line.delayed, line.probes = 0, 0
    line.run(100, 110_000)
    assert line.probes <= 100 / LAST_WAIT + 3
    assert line.delayed < 0.5


def test_a_line_that_wavers_does_not_make_the_picture_flap() -> None:
    line = Simulated().run(10, 900_000)
    line.run(60, lambda now: 900_000 if int(now) % 4 else 700_000)
    assert line.changes(since=10) <= 6, line.history


def test_nothing_is_probed_while_nothing_is_withheld() -> None:
    line = Simulated().run(10, 5_000_000)
    assert line.sent == WANTED
    line.probes = 0
    line.run(60, 5_000_000)
    assert line.probes == 0
    assert line.changes(since=10) == 0


def test_a_few_losses_in_the_air_change_nothing_and_many_leave_a_small_picture_at_most() -> None:
    assert Simulated(loss=0.05).run(20, 5_000_000).sent == WANTED
    assert Simulated(loss=0.2).run(20, 5_000_000).sent <= 120_000


def test_a_browser_that_tells_nothing_is_sent_everything_until_it_loses_and_more_again_step_by_step() -> None:
    line = Simulated(tells=False).run(5, 5_000_000)
    assert line.sent == WANTED
    line.run(10, 300_000)
    assert line.sent <= 120_000
    line.run(60, 5_000_000)
    assert line.sent == WANTED


def test_a_browser_that_does_not_tell_after_all_gets_no_more_than_its_line_carried_and_full_voices_again() -> None:
    line = Downlink(0.0, tells=True)
    line.tick(Second(0, SOUND, 0.9), 1.0)
    assert line.thin and line.budget == 0
    line.is_blind()
    assert line.budget == 0
    for now in range(2, 60):
        line.tick(Second(0, THIN, 0.0), now)
        line.probe(WANTED, now)
    assert not line.thin


Step = Callable[[Downlink], object]


@pytest.mark.parametrize(
    ("steps", "budget"),
    [
        pytest.param([], START_PICTURES, id="at first a good face"),
        pytest.param([lambda one: one.estimated(100_000, 1)], START_PICTURES, id="an estimate of nothing says nothing"),
        pytest.param(
            [lambda one: one.tick(Second(500_000, SOUND, 0.0), 1), lambda one: one.estimated(900_000, 1)],
            900_000,
            id="the browser knows better",
        ),
        pytest.param(
            [
                lambda one: one.tick(Second(500_000, SOUND, 0.0), 1),
                lambda one: one.estimated(590_000, 1),
                lambda one: one.estimated(400_000, 2),
            ],
            425_000,
            id="it falls: what arrived, less a little",
        ),
        pytest.param(
            [lambda one: one.tick(Second(500_000, SOUND, 0.15), 1)], START_PICTURES, id="one bad second is a moment"
        ),
        pytest.param([lambda one: one.tick(Second(500_000, SOUND, 0.9), 1)], 0, id="a wall"),
        pytest.param([lambda one: one.probed(1_000_000, 300_000, 1)], 255_000, id="the first probe is believed"),
        pytest.param(
            [lambda one: one.probed(1_000_000, 1_000_000, 1), lambda one: one.probed(500_000, 100_000, 2)],
            1_000_000,
            id="a later one only raises",
        ),
    ],
)
def test_what_is_heard_of_a_line_changes_its_budget(steps: Sequence[Step], budget: int) -> None:
    line = Downlink(0.0, tells=True)
    for step in steps:
        step(line)
    assert line.budget == budget


def test_a_queue_that_grows_is_felt_though_repairs_swell_what_is_sent() -> None:
    line = Downlink(0.0, tells=True)
    line.tick(Second(250_000, 70_000, 0.0, 0.05), 1.0)
    line.tick(Second(260_000, 70_000, 0.0, 0.27), 2.0)
    line.tick(Second(380_000, 95_000, 0.0, 0.35), 3.0)
    assert line.budget == int(0.85 * 320_000) - 70_000


def test_a_line_that_carries_all_but_without_air_is_tried_for_more() -> None:
    line = Downlink(0.0, tells=True)
    assert line.probe(int(START_PICTURES * 0.95), 1.0) is not None
    line.probed(1_000_000, 950_000, 2.0)
    assert line.probe(int(START_PICTURES * 0.95), 5.0) is None


def test_probes_that_find_nothing_are_sent_less_often() -> None:
    line = Downlink(0.0, tells=True)
    now, last = 0.0, 0.0
    seen = []
    while len(seen) < 6:
        now += 0.1
        if line.probe(WANTED, now) is not None:
            seen.append(now - last)
            last = now
            line.probed(1_000_000, 100_000, now)
    assert seen[1:] == sorted(seen[1:])
    assert seen[-1] == pytest.approx(LAST_WAIT, abs=0.2)


def test_late_reports_of_a_machine_that_slept_are_not_a_full_line() -> None:
    line = Downlink(0.0, tells=True)
    for now in (1.0, 2.0, 3.0):
        line.tick(Second(900_000, SOUND, 0.0, 0.03), now)
    before = line.budget
    for now, rtt in ((4.0, 9.0), (5.0, None), (6.0, 8.0)):  # nothing is sent, and what it says comes seconds late
        line.tick(Second(0, 0, None, rtt), now)
    line.tick(Second(300_000, SOUND, 0.0, 0.5), 7.0)  # the first of them again: part of a second, and one late report
    line.tick(Second(900_000, SOUND, 0.0, 0.03), 8.0)
    assert line.budget == before

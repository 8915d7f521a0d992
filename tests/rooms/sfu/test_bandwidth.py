"""A publisher's cap, and how many pictures a listener gets: down at once, up slowly."""

from __future__ import annotations

from rooms.sfu.bandwidth import LEAST_BITS, START_BITS, Downlink, Uplink

CAP = 4_000_000


def second(line: Uplink, bits: int, now: float, *, queue: float = 0.0) -> None:
    """A second of packets of 1,000 bytes; each waits `queue` seconds longer than the one before."""
    count = bits // 8_000
    for number in range(count):
        sent = now + number / count
        line.arrived(sent + queue * number, int(sent * (1 << 18)) & 0xFFFFFF, 1_000, 1)


def test_a_free_line_grows_to_the_cap() -> None:
    line = Uplink(CAP)
    limits = []
    for now in range(30):
        second(line, 1_000_000, now)
        limits.append(line.tick(0))
    assert START_BITS < limits[0] < 1.1 * START_BITS
    assert limits == sorted(limits)
    assert limits[-1] == CAP


def test_losses_lower_it_to_what_arrives() -> None:
    line = Uplink(CAP)
    second(line, 600_000, 0)
    assert line.tick(0.25) == int(0.85 * 600_000)
    assert line.tick(0.8) == LEAST_BITS, "nothing arrived at all"


def test_a_growing_queue_lowers_it_before_anything_is_lost() -> None:
    line = Uplink(CAP)
    for now in range(4):
        second(line, 800_000, now)
        line.tick(0)
    limits = []
    for now in range(4, 8):
        second(line, 800_000, now, queue=0.004)
        limits.append(line.tick(0))
    assert min(limits) < 800_000


def test_a_few_losses_change_nothing() -> None:
    line = Uplink(CAP)
    second(line, 600_000, 0)
    assert line.tick(0.04) > START_BITS


# ── to a listener ──


def ticks(line: Downlink, *losses: float, shown: int | None = None) -> list[int]:
    return [line.tick(loss, line.pictures if shown is None else shown) for loss in losses]


def test_pictures_are_taken_away_in_proportion_and_given_back_one_by_one() -> None:
    line = Downlink(12)
    assert ticks(line, 0.0, 0.5) == [12, 12], "one bad second is nothing"
    assert ticks(line, 0.5) == [6]
    assert ticks(line, *[0.0] * 12)[-1] == 7


def test_what_went_wrong_is_tried_again_less_often() -> None:
    line = Downlink(4)
    ticks(line, 0.4, 0.4)
    assert line.pictures == 2
    waits = []
    for _ in range(3):
        waited = 0
        before = line.pictures
        while line.pictures == before:
            ticks(line, 0.0)
            waited += 1
        waits.append(waited)
        ticks(line, 0.3, 0.3)
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0]


def test_a_hopeless_line_keeps_its_sound_only() -> None:
    line = Downlink(6)
    ticks(line, *[0.9] * 8)
    assert line.pictures == 1, "the floor's picture stays longest"
    ticks(line, *[0.9] * 10)
    assert line.pictures == 0
    assert ticks(line, *[0.9] * 5, shown=0)[-1] == 0


def test_an_unknown_loss_changes_nothing() -> None:
    line = Downlink(6)
    assert [line.tick(None, 6) for _ in range(20)] == [6] * 20

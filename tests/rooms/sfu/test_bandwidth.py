"""A publisher's cap, where the browser does not judge its line itself: down at once, up slowly."""

from __future__ import annotations

from rooms.sfu.bandwidth import LEAST_BITS, START_BITS, Uplink

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

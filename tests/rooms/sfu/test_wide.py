"""Transport-wide feedback: every packet of a publisher is told once, with the moment it came."""

from __future__ import annotations

import random
import struct

import pytest

from rooms.sfu import negotiate, rtcp
from rooms.sfu.bandwidth import PART, SPAN, Arrivals
from rooms.sfu.sdp import SEND_TIME, WIDE
from tests.rooms.sfu.test_pure import FEEDS, US, offer

TICK = 1 / rtcp.WIDE_TICK


def told(data: bytes) -> tuple[int, list[float | None]]:
    """(first number, arrivals) of one message, read by the letter of the draft."""
    assert data[0] == 0x80 | rtcp.WIDE_FORMAT and data[1] == 205
    assert len(data) == 4 * (1 + struct.unpack_from("!H", data, 2)[0])
    first, count = struct.unpack_from("!HH", data, 12)
    clock = int.from_bytes(data[16:19], "big") * 256
    at, symbols = 20, []
    while len(symbols) < count:
        word = struct.unpack_from("!H", data, at)[0]
        at += 2
        if not word & 0x8000:
            symbols += [word >> 13] * (word & 0x1FFF)
        elif not word & 0x4000:
            symbols += [word >> 13 - place & 1 for place in range(14)]
        else:
            symbols += [word >> 12 - 2 * place & 3 for place in range(7)]
    arrivals: list[float | None] = []
    for symbol in symbols[:count]:
        if symbol == 0:
            arrivals.append(None)
            continue
        clock += data[at] if symbol == 1 else struct.unpack_from("!h", data, at)[0]
        at += symbol
        arrivals.append(clock * TICK)
    assert len(data) - at < 4 and not any(data[at:])
    return first, arrivals


@pytest.mark.parametrize(
    ("arrivals", "chunks_and_deltas"),
    [
        pytest.param([64.0], "2001 00", id="one packet, at the very tick of the reference"),
        pytest.param([64.0, 64.001, 64.002], "2003 000404", id="a run"),
        pytest.param([64.0, None, 64.01], "a800 0028", id="a hole: one bit for each packet"),
        pytest.param([64.0, 64.1], "d800 000190", id="more than 63.75 ms apart: two bits and a delta of two bytes"),
        pytest.param([64.01, 64.0], "d800 28ffd8", id="overtaken on the way"),
        pytest.param([None, None, 64.0], "8800 00", id="missing before the first that came"),
    ],
)
def test_a_message_as_the_draft_draws_it(arrivals: list[float | None], chunks_and_deltas: str) -> None:
    data = rtcp.wide_feedback(1, 2, 0x10005, arrivals, 259)
    head = struct.pack("!BBHII", 0x8F, 205, len(data) // 4 - 1, 1, 2)
    head += struct.pack("!HH", 5, len(arrivals)) + (1000).to_bytes(3, "big") + b"\x03"
    body = bytes.fromhex(chunks_and_deltas.replace(" ", ""))
    assert data.rstrip(b"\0") == (head + body).rstrip(b"\0")
    assert told(data) == (5, arrivals)


def test_any_pattern_of_losses_is_read_back_to_the_tick() -> None:
    chance = random.Random(5)
    for _ in range(200):
        now, arrivals = chance.uniform(0, 100_000), []
        for _ in range(chance.randrange(1, PART)):
            now += chance.choice((0.0, 0.0005, 0.005, 0.07))
            arrivals.append(None if chance.random() < chance.choice((0.0, 0.05, 0.5, 0.95)) else now)
        arrivals[-1] = now
        _, found = told(rtcp.wide_feedback(1, 2, 0, arrivals, 0))
        assert len(found) == len(arrivals)
        for wanted, got in zip(arrivals, found, strict=True):
            assert (wanted is None) == (got is None)
            assert wanted is None or got is None or abs(wanted - got) <= TICK


def parts(line: Arrivals, *numbers: int) -> list[tuple[int, list[bool]]]:
    for place, number in enumerate(numbers):
        line.note(number & 0xFFFF, 1.0 + place / 1000)
    return [(first, [at is not None for at in arrivals]) for first, arrivals in line.feedback()]


def test_each_message_goes_on_where_the_last_one_ended() -> None:
    line = Arrivals()
    assert parts(line) == []
    assert parts(line, 65_534, 65_535, 0) == [(65_534, [True] * 3)]
    assert parts(line, 3, 5) == [(1, [False, False, True, False, True])]
    assert parts(line, 4, 6) == [(4, [True, False, True])], "one that came late is told after all"
    assert parts(line, 7, 7) == [(7, [True])], "a copy counts once"
    assert parts(line, 8, 9) == [(8, [True, True])]
    assert parts(line, 8) == [(8, [True])], "told again, as it came again"
    assert parts(line, 11) == [(10, [False, True])]
    assert parts(line, 12, 14, 13) == [(12, [True] * 3)], "overtaken on the way"
    assert parts(line, *range(15, 65_536)) == [(start, [True] * PART) for start in range(65_536 - SPAN, 65_536, PART)]
    assert parts(line, 0, 1) == [(0, [True, True])], "round the corner"


def test_a_long_hole_is_a_new_beginning_and_costs_no_long_message() -> None:
    line = Arrivals()
    assert parts(line, 1) == [(1, [True])]
    assert parts(line, 30_000, 30_001) == [(30_000, [True, True])]
    spread = parts(line, 30_002, 50_000)
    assert sum(len(arrivals) for _, arrivals in spread) <= SPAN


def test_a_crowd_of_packets_is_told_in_parts_that_fit_a_datagram() -> None:
    line = Arrivals()
    for number in range(1_200):
        line.note(number, number * 0.0701)
    messages = [rtcp.wide_feedback(1, 2, first, arrivals, 0) for first, arrivals in line.feedback()]
    assert len(messages) == 3
    assert max(map(len, messages)) < 1_300


@pytest.mark.parametrize("wide", [True, False])
def test_a_browser_that_can_judge_its_line_is_told_arrivals_and_another_a_cap(wide: bool) -> None:
    text = offer(*FEEDS)
    for uri in (SEND_TIME, *([WIDE] if wide else [])):
        text = text.replace("a=sendonly\r\n", f"a=sendonly\r\na=extmap:{3 if uri == WIDE else 2} {uri}\r\n")
    description = negotiate.read_offer(text)
    feeds = negotiate.feeds_of(description, private=False)
    answer = negotiate.answer(description, feeds, US)
    assert answer.count(" transport-cc\r\n") == answer.count(f"a=extmap:3 {WIDE}") == (3 if wide else 0)
    assert answer.count(" goog-remb\r\n") == (0 if wide else 2)
    assert answer.count(SEND_TIME) == (0 if wide else 3)

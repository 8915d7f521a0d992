"""What waits for one browser: order, newest states only, and an end to patience."""

from __future__ import annotations

import asyncio

from rooms import protocol
from rooms.consumers import WAITING, Outbox, Pace


async def read(outbox: Outbox) -> list[str]:
    found = []
    while (text := await outbox.next()) is not None:
        found.append(text)
    return found


async def test_a_newer_state_takes_the_place_of_an_older_one_that_waits() -> None:
    outbox = Outbox()
    outbox.state("floor", "floor 1")
    outbox.say("done")
    outbox.state("floor", "floor 2")
    outbox.state("meeting", "meeting 1")
    outbox.close(4410)
    outbox.say("too late")
    assert await read(outbox) == ["floor 2", "done", "meeting 1"]


async def test_a_state_after_its_sending_waits_again() -> None:
    outbox = Outbox()
    outbox.state("floor", "floor 1")
    assert await outbox.next() == "floor 1"
    outbox.state("floor", "floor 2")
    assert await asyncio.wait_for(outbox.next(), 1) == "floor 2"


async def test_whoever_falls_behind_is_found_out_but_not_by_states() -> None:
    outbox = Outbox()
    for number in range(10 * WAITING):
        outbox.state("people", f"people {number}")
    assert not outbox.too_slow
    for number in range(WAITING + 1):
        outbox.say(f"{number}")
    assert outbox.too_slow


def test_a_burst_passes_and_a_flood_does_not() -> None:
    pace = Pace()
    assert all(pace.take() for _ in range(protocol.BURST - 1))
    assert not all(pace.take() for _ in range(10))

"""Many at once at a real node: a smaller flood than `manage.py bench flood`, and what must hold is the same.

The crowd is as many processes' work as the node's: on a machine busy with others only the order of things is asked for."""

from __future__ import annotations

import os

from bench.flood import flood


async def test_sixty_join_in_one_second_those_inside_lose_nothing_and_after_a_crash_all_are_back() -> None:
    outcome = await flood(60, 1.0, kill=True)
    assert outcome.faults == [] or (os.getloadavg()[0] > 4 and not outcome.failed), outcome
    assert outcome.told_a_place > 10 and outcome.longest_queue > 10
    assert outcome.back["hear_last"] < outcome.back["send_last"], "first everybody hears, then the microphones follow"

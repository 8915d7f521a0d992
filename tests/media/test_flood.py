"""Many at once at a real node: a smaller flood than `manage.py bench flood`, and what must hold is the same."""

from __future__ import annotations

from bench.flood import flood


async def test_a_hundred_join_in_two_seconds_those_inside_lose_nothing_and_after_a_crash_all_are_back() -> None:
    outcome = await flood(100, 2.0, kill=True)
    assert outcome.faults == []
    assert outcome.told_a_place > 10 and outcome.longest_queue > 10
    assert outcome.back["hear_last"] < outcome.back["send_last"], "first everybody hears, then the microphones follow"

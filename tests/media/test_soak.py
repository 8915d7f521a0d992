"""A minute of the soak; `manage.py bench soak` runs the same for as long as one likes."""

from __future__ import annotations

from bench.soak import soak


async def test_a_minute_of_comings_goings_attacks_and_a_killed_node_leaves_nothing_and_grows_nothing() -> None:
    outcome = await soak(60)
    assert outcome.faults == []
    assert outcome.acts["attacks"] > 20
    assert min(outcome.acts[act] for act in ("join", "leave", "vanish", "mute", "again")) > 3
    assert outcome.acts["kill"] == len(outcome.back_after_s) == len(outcome.memory) - 1 == 1

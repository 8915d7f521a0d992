"""A minute of the soak; `manage.py bench soak` runs the same for as long as one likes."""

from __future__ import annotations

from bench.soak import soak


async def test_a_minute_of_comings_goings_and_attacks_leaves_nothing_and_grows_nothing() -> None:
    outcome = await soak(60)
    assert outcome.faults == []
    assert outcome.acts["attacks"] > 20
    assert min(outcome.acts[act] for act in ("join", "leave", "vanish", "mute", "again")) > 3

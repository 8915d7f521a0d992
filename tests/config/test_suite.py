"""How `manage.py test` carries out its stages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from summit.config.suite import Stage, carry_out, one

FAILS_ONCE = ["sh", "-c", 'test -e "$0" || { touch "$0"; exit 1; }']


@pytest.mark.parametrize(
    ("tries", "verdict", "passed"), [(1, "FAILED", 0), (2, "again", 1)], ids=["one try", "two tries"]
)
def test_a_story_that_fails_is_begun_once_more(tmp_path: Path, tries: int, verdict: str, passed: int) -> None:
    stage = Stage("story", [*FAILS_ONCE, str(tmp_path / "mark")], dict(os.environ), one, tries=tries)
    tally, said = carry_out(stage)
    assert (said, tally.passed, tally.failed) == (verdict, passed, 1 - passed)
    assert carry_out(stage)[1] == "ok"


def test_a_stage_begins_when_what_it_wants_is_there(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    stage = Stage("story", [*FAILS_ONCE, str(mark)], dict(os.environ), one, wanted=mark.touch)
    assert carry_out(stage)[0].passed == 1

"""How `manage.py test` carries out its stages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from summit.config.suite import Stage, carry_out, carry_out_together, one
from summit.config.suite import pytest as suite_of_pytest

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


def test_stages_of_a_group_run_at_the_same_time_and_are_counted_and_told_one_by_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    meets = 'touch "$0"; for _ in $(seq 100); do test -e "$1" && echo "$2 met" && exit "$3"; sleep 0.1; done; exit 9'
    left, right = str(tmp_path / "left"), str(tmp_path / "right")
    group = [
        Stage("left", ["sh", "-c", meets, left, right, "left", "0"], dict(os.environ), one),
        Stage("right", ["sh", "-c", meets, right, left, "right", "1"], dict(os.environ), one),
    ]
    done = list(carry_out_together(group))
    assert [(tally.passed, tally.failed) for tally, _ in done] == [(1, 0), (0, 1)]
    assert [line.split()[0] for _, line in done] == ["ok", "FAILED"]
    assert [tally.words[-1:] for tally, _ in done] == [[], ["right met"]], "the end of the log says why"
    words = [line for line in capfd.readouterr().out.splitlines() if line]
    assert [line.split()[1] for line in words if line.startswith("──")] == ["left", "right"]
    assert [line for line in words if "met" in line] == ["left met", "right met"]
    assert words.index("left met") < next(i for i, line in enumerate(words) if line.startswith("── right"))


def test_the_end_of_the_log_names_the_tests_that_failed(tmp_path: Path) -> None:
    failing = tmp_path / "test_wrong.py"
    failing.write_text("def test_sum():\n    assert 1 + 1 == 3, 'not three'\n\ndef test_right():\n    pass\n")
    stage = suite_of_pytest("wrong", [str(failing), "-p", "no:cacheprovider"], dict(os.environ), tmp_path)
    tally, _ = carry_out(stage)
    assert (tally.passed, tally.failed) == (1, 1)
    (word,) = tally.words
    assert "test_wrong test_sum: " in word
    assert "not three" in word

"""Seeds and findings hold without the fuzzer, and the fuzzer finds what is there to find."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.make_seeds import seeds
from tests.fuzz.targets import TARGETS, forwarded

HERE = Path(__file__).parent
INPUTS = sorted(path for folder in ("seeds", "found") for path in (HERE / folder).glob("*/*"))


def planted(data: bytes) -> None:
    """A parser with a fault behind a word no chance would spell."""
    if data[:1] == b"S" and data[1:2] == b"U" and data[2:3] == b"M":
        raise IndexError("planted")


def test_every_target_has_its_seeds() -> None:
    assert {path.parent.name for path in (HERE / "seeds").glob("*/*")} == set(TARGETS) == set(seeds())


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_no_known_input_breaks_its_target(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize(
    ("seed", "kind"), [("pictures", "camera"), ("sounds", "mic"), ("screen", "screen"), ("layers", "camera")]
)
def test_the_seeds_reach_a_listener(seed: str, kind: str) -> None:
    """Or the target would be blind to most of the way."""
    assert len(forwarded((HERE / "seeds" / "publishing" / seed).read_bytes())[kind]) >= 2


def test_a_planted_fault_is_found_kept_and_printed_with_the_line_that_repeats_it(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="its wheels are for x86-64")
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "tests.fuzz.test_fuzz:planted", "--seconds", "20"],
        cwd=HERE.parents[1],
        env={**os.environ, "PARLEY_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert outcome.returncode == 1
    (kept,) = re.findall(r"--repeat tests\.fuzz\.test_fuzz:planted (\S+)", outcome.stdout)
    assert Path(kept).read_bytes().startswith(b"SUM")
    with pytest.raises(IndexError):
        planted(Path(kept).read_bytes())

"""The node's settings, as an operator would get them wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WRONG = (
    {"MEDIA_PORT": "many"},
    {"MEDIA_PORT": "70000"},
    {"MEDIA_ADDRESSES": "example.org"},
    {"MEDIA_ADDRESSES": "203.0.113.77=203.0.113.78"},  # neither is of this host
    {"MEDIA_DOOR": "ftp://x"},
    {"MEDIA_DOOR": "ws://127.0.0.1:0"},  # over TCP without a token
    {"MEDIA_DOOR": ""},
    {"MEDIA_FANOUT": "rust"},
    {"MEDIA_METRICS": "9464"},
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: "=".join(next(iter(wrong.items()))))
def test_a_setting_that_cannot_work_is_one_sentence_and_exit_2(wrong: dict[str, str], tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "MEDIA_DOOR": f"unix://{tmp_path}/m.sock", "MEDIA_PORT": "0", **wrong}
    done = subprocess.run([sys.executable, "-m", "rooms.sfu"], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    *_, last = done.stderr.splitlines()
    assert last.startswith("The media node cannot start: ")
    assert "Traceback" not in done.stderr

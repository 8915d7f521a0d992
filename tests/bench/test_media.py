"""The media bench still starts, measures and prints what it promises; its figures are for quiet machines."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from bench import _machine, _report, _rows, _work
from bench.soak import Listening
from rooms.sfu.client import OPUS, VP8

ROOT = Path(__file__).resolve().parents[2]


def test_a_tiny_run_ends_with_the_whole_result() -> None:
    assert shutil.which("cc"), "a C compiler is needed: apt-get install gcc libc6-dev"

    done = subprocess.run(
        [sys.executable, "-m", "bench.media", "--tiny"], cwd=ROOT, capture_output=True, text=True, timeout=100
    )

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert {name: set(row) if isinstance(row, dict) else row for name, row in result.items()} == {
        "round_table_25": {"us_per_packet", "ratio_janus", "ratio_janus_one_loop", "p99_ms"},
        "plenary_200": {"cpu_percent", "delivered_percent", "p99_ms", "ratio_janus_one_loop"},
        "plenary_600": {"delivered_percent", "p99_ms"},
        "python_kernel": {"ratio_janus"},
        "receive_us": None,
        "join_50_p95_s": None,
    }
    assert result["plenary_200"]["delivered_percent"] > 99  # a busy machine may be late with one
    assert result["round_table_25"]["us_per_packet"] > 0


def test_what_goes_into_the_document_names_files_as_they_lie_in_the_project() -> None:
    place = _work.Place(
        Path("/tmp"),
        _machine.LOOPBACK,
        _machine.Cores(0, 1, frozenset({1})),
        None,
        _rows.TINY,
        False,
        ROOT / "var" / "bench",
    )
    place.failed.append(f"join: FileNotFoundError [Errno 2] No such file or directory: '{ROOT}/var/load'")
    figures: dict[str, object] = {"receive_us": 23.0, "join_50_p95_s": None}
    for path, *_ in _report.ASKED:
        if "." in path:
            figures[path.split(".")[0]] = defaultdict(lambda: None)
    falls_short = f"receive_us falls short: where the node spends its time is in `{place.saved}/media-receive.txt`"

    text = _report.section(figures, place, [falls_short], "abc1234")

    assert str(ROOT) not in text
    assert "- receive_us falls short: where the node spends its time is in `var/bench/media-receive.txt`" in text
    assert "No such file or directory: 'var/load'" in text
    assert "| 23 | ≤ 20 | ≤ 12 | misses 20 |" in text


def test_what_never_came_is_counted_and_what_came_late_is_not() -> None:
    heard = Listening()
    for number in (65_534, 65_535, 1, 3, 0):  # 2 never came
        heard(bytes((0x80, VP8)) + number.to_bytes(2, "big") + bytes(4) + b"ssrc", 1.0)
    heard(bytes((0x80, 0x80 | OPUS)) + (7).to_bytes(2, "big") + bytes(4) + b"lone", 1.0)
    assert (heard.missing(VP8), heard.missing(OPUS)) == (1, 0)

"""The supervisor with small stand-in programs: order, restarts, ends, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from summit.config.supervisor import Child, Supervisor

SLEEPER = "import sys, time; print('ready', flush=True); time.sleep(60)"
STUBBORN = (
    "import os, signal, subprocess, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "p = subprocess.Popen(['sleep', '61'], preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN))\n"
    "print('grandchild', p.pid, flush=True)\n"
    "time.sleep(60)"
)


def child(name: str, code: str, **more: object) -> Child:
    return Child(name, [sys.executable, "-c", code], dict(os.environ), **{"ready": "ready", **more})


def eventually(question: Callable[[], object], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_children_start_after_what_they_need_and_stop_together_before_it(tmp_path: Path) -> None:
    said = "import signal, sys, time\n"
    said += "def end(*_): open(sys.argv[2], 'a').write(sys.argv[1] + ' '); sys.exit()\n"
    said += "signal.signal(signal.SIGTERM, end); print('ready', flush=True); time.sleep(60)"
    order: list[str] = []
    ends = str(tmp_path / "ends")
    table = [
        Child(
            name,
            [sys.executable, "-c", said, name, ends],
            dict(os.environ),
            "ready",
            after=after,
            leaves_last=not after,
        )
        for name, after in [("bell", ""), ("web", "bell"), ("beat", "web")]
    ]
    with Supervisor(table, tmp_path / "log", tmp_path, lambda name, event: order.append(f"{name} {event}")) as team:
        assert team.wait_until_ready(20) == []
    assert order == ["bell ready", "web ready", "beat ready"]
    *first, last = Path(ends).read_text().split()
    assert sorted(first) == ["beat", "web"] and last == "bell"


def test_a_child_that_ends_is_started_again_and_others_stay(tmp_path: Path) -> None:
    events: list[str] = []
    table = [child("steady", SLEEPER), child("weak", SLEEPER)]
    with Supervisor(table, tmp_path, tmp_path, lambda name, event: events.append(f"{name}: {event}")) as team:
        assert team.wait_until_ready(20) == []
        before = team.pids
        os.kill(before["weak"], signal.SIGKILL)
        until = time.monotonic() + 10
        while "weak: ready" not in events[3:]:
            assert time.monotonic() < until
            team.turn()
        assert team.pids["steady"] == before["steady"] and team.pids["weak"] != before["weak"]
    assert "weak: ended with -9; starts again" in events


def test_a_child_that_cannot_start_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    table = [child("good", SLEEPER), child("bad", "print('no such thing'); raise SystemExit(3)")]
    began = time.monotonic()
    with Supervisor(table, tmp_path, tmp_path, lambda *_: None) as team:
        assert team.wait_until_ready(30) == ["bad"]
        assert "no such thing" in team.last_lines("bad")
    assert time.monotonic() - began < 10
    assert "no such thing" in (tmp_path / "bad.log").read_text()


def test_children_that_ignore_the_signal_are_killed_with_their_own_children(tmp_path: Path) -> None:
    with Supervisor([child("stubborn", STUBBORN, ready="grandchild", grace=0.3)], tmp_path, tmp_path, print) as team:
        assert team.wait_until_ready(20) == []
        grandchild = int(team.last_lines("stubborn").split()[1])
        pids = [team.pids["stubborn"], grandchild]
    eventually(lambda: not any(map(is_alive, pids)))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])  # SIGINT: Ctrl-C
def test_nothing_outlives_the_supervisor_however_it_ends(tmp_path: Path, number: int) -> None:
    program = (
        "import os, sys; from pathlib import Path; from summit.config.supervisor import *\n"
        f"child = Child('stubborn', [sys.executable, '-c', {STUBBORN!r}], dict(os.environ), 'grandchild', grace=0.5)\n"
        "with Supervisor([child], Path(sys.argv[1]), Path.cwd(), lambda *_: None) as team:\n"
        "    team.wait_until_ready(20); print(team.pids['stubborn'], team.last_lines('stubborn').split()[1], flush=True)\n"
        "    team.run()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(word) for word in supervisor.stdout.readline().split()]
        assert len(pids) == 2 and all(map(is_alive, pids))
        supervisor.send_signal(number)
    eventually(lambda: not any(map(is_alive, pids)))

"""Loaded into a worker by the tests: it kills itself (SIGKILL) the first time it reaches the step named DIE_AT."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from summit.minutes import actions, exporting, queries, tasks
from summit.record import tasks as relay


def step(name):
    trap = Path(os.environ["DIE_TRAP"])
    if name == os.environ["DIE_AT"] and trap.exists():
        trap.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def around(module, name, *, before="", after=""):
    real = getattr(module, name)

    def wrapped(*args, **options):
        step(before)
        result = real(*args, **options)
        step(after)
        return result

    setattr(module, name, wrapped)


around(actions, "archive", before="taken", after="archived in the transaction")
around(queries, "freeze", after="composed")
around(actions, "_journal", before="revision written", after="journal written")
around(relay, "finish", after="finished but not committed")
around(tasks.archive, "run", after="committed but not acknowledged")
around(exporting, "_make", before="export taken", after="file written")
around(exporting, "_progress", after="progress told")
around(os, "fsync", after="file half way")

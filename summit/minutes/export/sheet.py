"""PDFs are set in a child of their own that can be killed: the bounds of it, and how it is asked."""

from __future__ import annotations

import ctypes
import json
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 90  # s of waiting for the child
CPU = 60  # s of a render; a hundred pages of minutes take about one
MEMORY = 2 * 1024**3  # bytes of address space; fonts are mapped, not read


def confine() -> None:
    """Within the child: it never outlives who asked (Linux; elsewhere the limit on CPU ends it), nor takes the machine."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def printed(module: str, asked: dict[str, Any]) -> bytes | None:
    """The PDF that `python -m module` makes of this, given as JSON; None when it could not. Not inside a transaction."""
    try:
        child = subprocess.run(  # noqa: S603  our own module
            [sys.executable, "-m", module], input=json.dumps(asked).encode(), capture_output=True, timeout=PATIENCE,
            check=False, cwd=ROOT,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    return child.stdout if child.returncode == 0 and child.stdout.startswith(b"%PDF") else None

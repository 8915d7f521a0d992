"""The C of the native kernel under AddressSanitizer and UBSan: its tests once more, hostile packets among them, in a process
in which a byte read or written beside what it may is the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rooms.sfu.compiling import compiler

TESTS = [f"tests/rooms/sfu/test_{name}.py" for name in ("intake", "kernels", "fanout")]
FLAGS = "-fsanitize=address,undefined -fno-sanitize-recover=all -g -O1"
LIBRARIES = ("libasan.so", "libubsan.so")
PATIENCE = 400  # s


def run() -> subprocess.CompletedProcess[str] | None:
    """How it ended; None where there is no compiler with sanitizers."""
    command = compiler()
    if command is None:
        return None
    asked = [[command, f"-print-file-name={name}"] for name in LIBRARIES]
    found = [subprocess.run(one, capture_output=True, text=True).stdout.strip() for one in asked]
    if not all(Path(one).is_absolute() for one in found):
        return None
    environment = {
        "CFLAGS": FLAGS, "LD_PRELOAD": " ".join(found), "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": "detect_leaks=0",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", *TESTS],
        env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
    )  # fmt: skip

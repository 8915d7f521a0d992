"""The C of the native kernel under AddressSanitizer and UBSan: its tests once more, hostile packets among them, in a process
in which a byte read or written beside what it may is the end.

They run where nothing else wants the processor, and may stand still for seconds: no packet is too old there (`PATIENCE`),
neither for C nor, by the hook below, for Python.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rooms.sfu.compiling import compiler

TESTS = [f"tests/rooms/sfu/test_{name}.py" for name in ("intake", "kernels", "fanout")]
PATIENCE = 400.0  # s
FLAGS = f"-fsanitize=address,undefined -fno-sanitize-recover=all -g -O1 -DTOO_LATE={PATIENCE}"
# Addresses where they always are: where the system scatters them widely, sanitizers of GCC 12 find no room of their own.
FIXED = ["setarch", "-R"]
LIBRARIES = ("libasan.so", "libubsan.so")


def pytest_configure() -> None:
    from rooms.sfu import pacing  # here, that the fuzzer may read it first

    vars(pacing)["TOO_LATE"] = PATIENCE


def run() -> subprocess.CompletedProcess[str] | None:
    """How it ended; None where there is no compiler with sanitizers."""
    command = compiler()
    if command is None:
        return None
    asked = [[command, f"-print-file-name={name}"] for name in LIBRARIES]
    found = [subprocess.run(one, capture_output=True, text=True).stdout.strip() for one in asked]
    if not all(Path(one).is_absolute() for one in found):
        return None
    settings = {"LD_PRELOAD": " ".join(found), "PYTHONMALLOC": "malloc", "ASAN_OPTIONS": "detect_leaks=0"}
    return subprocess.run(
        [*FIXED, "env", *(f"{name}={value}" for name, value in settings.items()), sys.executable, "-m", "pytest", "-q", "-s",
         "-p", "no:cacheprovider", "-p", "tests.fuzz.sanitized", *TESTS],
        env={**os.environ, "CFLAGS": FLAGS}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
    )  # fmt: skip

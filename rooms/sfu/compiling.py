"""Compiles `fanout.c` and `intake.c` into the virtual environment. Standard library only: `up` does it before anything else is loaded.

The file is named by a hash of what it was made from, so a changed source is a new file, and a node that runs keeps the
one it has open. Two that compile at once write the same bytes under the same name, each from a draft of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

SOURCES: Final = tuple(Path(__file__).with_name(name) for name in ("fanout.c", "intake.c", "kernel.h"))
FLAGS: Final = ("-std=gnu11", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra", "-fstack-protector-strong")
COMPILERS: Final = ("cc", "gcc", "clang")
SECONDS: Final = 60  # takes 0.2


class CannotCompile(Exception):
    """There is no compiler, or it refused; the message says which."""


def library(prefix: str = sys.prefix) -> Path:
    """Where the compiled kernel for this source and machine is, or would be."""
    made_from = (
        b"".join(one.read_bytes() for one in SOURCES) + " ".join((*flags(), platform.machine(), sys.platform)).encode()
    )
    return Path(prefix) / "parley" / f"fanout-{hashlib.sha256(made_from).hexdigest()[:16]}.so"


def flags() -> tuple[str, ...]:
    """What the compiler is told; CFLAGS comes last, as everywhere."""
    return (*FLAGS, *shlex.split(os.environ.get("CFLAGS", "")))


def units() -> list[str]:
    """What the compiler is given; headers it finds itself."""
    return [str(one) for one in SOURCES if one.suffix == ".c"]


def compiler() -> str | None:
    """The C compiler: what CC names, else the first usual one that is here."""
    names = (os.environ.get("CC", ""), *COMPILERS)
    return next((found for name in names if name and (found := shutil.which(name))), None)


def compile_kernel(prefix: str = sys.prefix) -> Path:
    """Make the library unless it is there. Raises CannotCompile."""
    target = library(prefix)
    if target.exists():
        return target
    command = compiler()
    if command is None:
        raise CannotCompile("there is no C compiler; on Debian: apt-get install gcc libc6-dev")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=".fanout-", dir=target.parent)
    except OSError as error:
        raise CannotCompile(f"{target.parent} cannot be written: {error.strerror}") from error
    os.close(handle)
    try:
        outcome = subprocess.run(  # noqa: S603 - the compiler of this machine on our own source
            [command, *flags(), "-o", draft, *units(), "-lm"],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if outcome.returncode:
            raise CannotCompile(f"{command} refused the kernel: {_first_line(outcome.stderr)}")
        Path(draft).chmod(0o755)
        Path(draft).replace(target)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotCompile(f"{command} failed: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
    return target


def _first_line(said: str) -> str:
    """What names the fault: a compiler without libc's headers says so in its first error."""
    lines = said.strip().splitlines() or ["no reason given"]
    return next((line for line in lines if "error" in line), lines[0])

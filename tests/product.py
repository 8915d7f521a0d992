"""The whole product as an operator starts it, for tests that look at it from outside."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest

from summit.config import browser, postgres

ROOT = Path(__file__).resolve().parents[1]
OURS = ("PARLEY_", "MEDIA_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")


def operators_environment(var: Path, **more: str) -> dict[str, str]:
    """This process's environment without anything that the tests' own settings put into it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**clean, "PARLEY_VAR": str(var), **more}


class Product:
    """`manage.py up` with its own `var/` on free ports; from a copy of `seed` (see `planted`) when one is given.

    origin: the address to open; links: one per member of the cast; pids: process id of each part.
    """

    def __init__(self, var: Path, *options: str, port: int = 0, seed: Path | None = None, **environment: str) -> None:
        self.var = var
        var.mkdir(parents=True, exist_ok=True)
        if seed is not None:
            shutil.copytree(seed / "var", var, dirs_exist_ok=True)
        self.printed = var / "printed"
        self._out = self.printed.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port), *options],
            cwd=ROOT,
            env=operators_environment(var, **environment),
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )

    def wait(self, seconds: float = 300) -> Product:
        """Until the address was announced; fails with what `up` printed when it ends before."""
        until = time.monotonic() + seconds
        while not self._is_announced():
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                logs = "".join(f"\n{log.name}: {log.read_text()[-2000:]}" for log in self.var.glob("log/*.log"))
                pytest.fail(f"up did not start: {self.printed.read_text()}{logs}")
            time.sleep(0.1)
        return self

    def _is_announced(self) -> bool:
        try:
            return self._note("pid") == self.process.pid  # and not what a killed one left behind
        except OSError:
            return False

    def _note(self, name: str):
        return json.loads((self.var / "up.json").read_text())[name]

    @property
    def origin(self) -> str:
        return self._note("origin")

    @property
    def links(self) -> dict[str, str]:
        return self._note("links")

    @property
    def pids(self) -> dict[str, int]:
        return self._note("children")

    def log(self, part: str) -> str:
        return (self.var / "log" / f"{part}.log").read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it as an operator would; returns the exit code."""
        self.process.send_signal(number)
        try:
            return self.process.wait(40)
        finally:
            self._out.close()


PASSING = ("printed", "up.json", "up.lock", "log", "media.sock", "valkey.sock")  # what one start leaves in `var/`


def planted(folder: Path, *, on_postgres: bool = False) -> Path:
    """The `var/` of a demo summit that nobody has entered yet, below `folder`; made by `up` when it is not there.

    That is half a minute's work, which all processes of a test run share; each product starts from a copy. On PostgreSQL
    the cluster's files are beside it, in `data/`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seed = folder / ("seed-postgres" if on_postgres else "seed")
    with Path(f"{seed}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not seed.exists():
            half = Path(f"{seed}.half")
            with postgres.server(keep=half / "data") if on_postgres else nullcontext() as url:
                first = Product(Path(f"{seed}.planting"), **({"DATABASE_URL": url} if url else {})).wait()
                assert first.stop() == 0
            shutil.copytree(first.var, half / "var", ignore=shutil.ignore_patterns(*PASSING))
            half.rename(seed)
    return seed


def chromium() -> str:
    """Debian's Chromium, or a test that fails with what to do."""
    found = browser.find()
    if not found:
        pytest.fail(f"A browser is missing. Run:  sudo apt-get install -y {browser.PACKAGE}")
    return found


if __name__ == "__main__":  # ahead of the tests that want it
    where = Path(os.environ["PARLEY_TEST_SEED"])
    with ThreadPoolExecutor() as both:
        for one in [both.submit(planted, where), both.submit(planted, where, on_postgres=True)]:
            one.result()

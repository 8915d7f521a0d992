"""Starts a table of processes, keeps them running, ends them together. Standard library only.

Promises: children start in the order of the table and stop in reverse; one that ends is started again after a growing
pause; what it prints goes to `NAME.log`; nothing, grandchildren included, outlives the supervisor, even after kill -9.
"""

import contextlib
import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

FIRST_PAUSE = 0.2  # s before the first restart; doubles up to LONGEST_PAUSE
LONGEST_PAUSE = 15.0
HOPELESS = 3  # ends in a row, never ready: not worth waiting for at the start (it is still tried again)
STEADY = 60.0  # s after which a child counts as healthy and its next pause is short again
LOG_SIZE = 10 * 1024 * 1024  # bytes; then NAME.log becomes NAME.log.1
TICK = 0.1  # s

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """For `preexec_fn`: the kernel sends this process SIGTERM when its parent dies. Linux only; elsewhere the watchdog acts."""
    if hasattr(_libc, "prctl"):
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True)
class Child:
    """One line of the table.

    ready: a text in its output, or a question asked until it says yes.
    after: the name of the child that must be ready first.
    grace: seconds between SIGTERM and SIGKILL.
    leaves_last: others need it to their end.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: str | Callable[[], bool]
    after: str = ""
    grace: float = 5.0
    leaves_last: bool = False


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    log: IO[bytes] | None = None
    line: bytes = b""  # the unfinished last line of its output
    last_lines: list[str] = field(default_factory=list)
    is_ready: bool = False
    started: float = 0.0  # monotonic s
    start_at: float = 0.0  # monotonic s; not before this moment
    pause: float = FIRST_PAUSE
    failures: int = 0  # ends since it was last ready


class Supervisor:
    """Runs the table. `changed(name, event)` is told "ready", "ended (code)" as they happen."""

    def __init__(
        self,
        children: Sequence[Child],
        logs: Path,
        cwd: Path,
        changed: Callable[[str, str], None],
        verbose: bool = False,
    ) -> None:
        self._running = {child.name: _Running(child) for child in children}
        self._logs, self._cwd, self._changed, self._verbose = logs, cwd, changed, verbose
        self._selector = selectors.DefaultSelector()
        self._stop_signals = 0
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Supervisor":
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        wanted = dict.fromkeys((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), self._on_stop_signal)
        wanted[signal.SIGCHLD] = lambda *_: None  # wakes the loop
        self._handlers_before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("watchdog.py"))],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        assert self._watchdog.stdin is not None  # noqa: S101 - for the type checker
        self._watchdog.stdin.close()
        self._watchdog.wait()
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    @property
    def is_stopping(self) -> bool:
        """Whether SIGINT, SIGTERM or SIGHUP arrived."""
        return self._stop_signals > 0

    @property
    def pids(self) -> dict[str, int]:
        """Process id by name, of those that run now."""
        return {name: each.process.pid for name, each in self._running.items() if each.process}

    def last_lines(self, name: str) -> str:
        return "\n".join(self._running[name].last_lines)

    def wait_until_ready(self, seconds: float) -> list[str]:
        """Start everything; returns the names of those that are not ready in time, or ended HOPELESS times before."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.is_stopping:
            self.turn()
            if all(each.is_ready or each.failures >= HOPELESS for each in self._running.values()):
                break
        return [name for name, each in self._running.items() if not each.is_ready]

    def run(self) -> None:
        """Keep everything running until told to stop."""
        while not self.is_stopping:
            self.turn()

    def turn(self) -> None:
        """One turn of the loop: start what is due, read what was printed, notice what ended."""
        now = time.monotonic()
        for each in self._running.values():
            before = self._running.get(each.child.after)
            if each.process is None and now >= each.start_at and (before is None or before.is_ready):
                self._start(each)
            if each.process and not each.is_ready and callable(each.child.ready) and each.child.ready():
                self._now_ready(each)
        self._read(TICK)
        for each in self._running.values():
            if each.process and each.process.poll() is not None:
                self._ended(each)

    def stop(self) -> None:
        """End all children, first those that nobody needs; a second signal ends the patience."""
        for last in (False, True):
            leaving = [each for each in self._running.values() if each.process and each.child.leaves_last is last]
            for each in leaving:
                assert each.process is not None  # noqa: S101 - for the type checker
                each.process.terminate()
            asked = time.monotonic()
            for each in leaving:
                self._wait_for(each, asked + each.child.grace)
                self._bury(each)

    def _wait_for(self, each: _Running, until: float) -> None:
        assert each.process is not None  # noqa: S101 - for the type checker
        while each.process.poll() is None and time.monotonic() < until and self._stop_signals < 2:
            self._read(TICK)

    def _on_stop_signal(self, *_: object) -> None:
        self._stop_signals += 1

    def _start(self, each: _Running) -> None:
        each.log = (self._logs / f"{each.child.name}.log").open("ab", buffering=0)
        each.line, each.is_ready, each.started = b"", False, time.monotonic()
        each.process = subprocess.Popen(
            each.child.command,
            cwd=self._cwd,
            env=dict(each.child.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=die_with_parent,
        )
        self._tell_watchdog("+", each.process.pid)
        assert each.process.stdout is not None  # noqa: S101 - for the type checker
        os.set_blocking(each.process.stdout.fileno(), False)
        self._selector.register(each.process.stdout, selectors.EVENT_READ, each)

    def _read(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            data = b""
            with contextlib.suppress(BlockingIOError):
                data = os.read(key.fd, 65536)
            if key.data is None:
                continue  # a signal woke us
            if not data:
                self._selector.unregister(key.fileobj)  # closed its output
                continue
            self._printed(key.data, data)

    def _printed(self, each: _Running, data: bytes) -> None:
        assert each.log is not None  # noqa: S101 - for the type checker
        each.log.write(data)
        *lines, each.line = (each.line + data).split(b"\n")
        for raw in lines:
            text = raw.decode(errors="replace")
            each.last_lines = [*each.last_lines[-19:], text]
            if self._verbose:
                print(f"{each.child.name:8}| {text}", flush=True)
            if not each.is_ready and isinstance(each.child.ready, str) and each.child.ready in text:
                self._now_ready(each)
        if each.log.tell() > LOG_SIZE:
            path = self._logs / f"{each.child.name}.log"
            each.log.close()
            path.replace(path.with_suffix(".log.1"))
            each.log = path.open("ab", buffering=0)

    def _now_ready(self, each: _Running) -> None:
        each.is_ready, each.failures = True, 0
        self._changed(each.child.name, "ready")

    def _ended(self, each: _Running) -> None:
        assert each.process is not None  # noqa: S101 - for the type checker
        code, now = each.process.returncode, time.monotonic()
        self._read(0)
        self._bury(each)
        each.pause = FIRST_PAUSE if now - each.started > STEADY else each.pause
        each.start_at, each.pause = now + each.pause, min(each.pause * 2, LONGEST_PAUSE)
        each.failures += 1
        self._changed(each.child.name, f"ended with {code}; starts again")

    def _bury(self, each: _Running) -> None:
        """Kill what is left of its process group and forget it."""
        assert each.process is not None and each.process.stdout is not None and each.log is not None  # noqa: S101
        with contextlib.suppress(ProcessLookupError):
            os.killpg(each.process.pid, signal.SIGKILL)
        each.process.wait()
        self._tell_watchdog("-", each.process.pid)
        with contextlib.suppress(KeyError):
            self._selector.unregister(each.process.stdout)
        each.process.stdout.close()
        each.log.close()
        each.process, each.is_ready = None, False

    def _tell_watchdog(self, sign: str, group: int) -> None:
        assert self._watchdog.stdin is not None  # noqa: S101 - for the type checker
        self._watchdog.stdin.write(f"{sign}{group}\n".encode())
        self._watchdog.stdin.flush()


def listens(address: str | tuple[str, int]) -> bool:
    """Whether somebody accepts connections at a Unix socket path or (host, port)."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(address)
        except OSError:
            return False
    return True

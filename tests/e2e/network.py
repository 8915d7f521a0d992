"""A machine of one's own with two lines: a network namespace, two pairs of interfaces, and a browser inside.

The browser reaches the product at ADDRESS by whichever line is up. Needs root and `ip` (Debian: iproute2). And a line to
the media node that can be made bad, which needs neither.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from tests.media.lossy import Line

ADDRESS = "10.77.0.1"  # this machine, on either line


class CannotMake(Exception):
    """No namespace here; the message says why."""


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMake(f"{' '.join(command)}: {done.stderr.strip()}")


def clear_away() -> None:
    """What killed runs have left: their lines would take the answers to ours."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    for name in (line.split()[0] for line in listed.splitlines() if line.startswith("parley")):
        if not Path("/proc", name.removeprefix("parley")).exists():
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


class TwoLines:
    """Lines 1 and 2; both exist from the beginning, and are plugged in and pulled out."""

    def __init__(self) -> None:
        self.name = f"parley{os.getpid()}"
        self._near = {line: f"py{os.getpid()}h{line}" for line in (1, 2)}
        self._metric = 1000
        self._far = {line: f"py{os.getpid()}n{line}" for line in (1, 2)}

    def __enter__(self) -> TwoLines:
        if not shutil.which("ip"):
            raise CannotMake("`ip` is missing: apt-get install iproute2")
        clear_away()
        try:
            run("ip", "netns", "add", self.name)
            run("ip", "address", "replace", f"{ADDRESS}/32", "dev", "lo")
            self._inside("ip", "link", "set", "lo", "up")
            for line in (1, 2):
                run("ip", "link", "add", self._near[line], "type", "veth", "peer", "name", self._far[line])
                run("ip", "link", "set", self._far[line], "netns", self.name)
                run("ip", "address", "add", f"10.77.{line}.1/24", "dev", self._near[line])
                run("ip", "link", "set", self._near[line], "up")
        except CannotMake:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for command in (
            *(["ip", "link", "del", near] for near in self._near.values()),
            ["ip", "netns", "del", self.name],
            ["ip", "address", "del", f"{ADDRESS}/32", "dev", "lo"],
        ):
            subprocess.run(command, capture_output=True, check=False)

    def _inside(self, *command: str) -> None:
        run("ip", "netns", "exec", self.name, *command)

    def plug(self, line: int) -> None:
        """The line is there; what is plugged in last is preferred."""
        self._metric -= 1
        self._inside("ip", "address", "replace", f"10.77.{line}.2/24", "dev", self._far[line])
        self._inside("ip", "link", "set", self._far[line], "up")
        self._inside(
            "ip",
            "route",
            "replace",
            "default",
            "via",
            f"10.77.{line}.1",
            "dev",
            self._far[line],
            "metric",
            str(self._metric),
        )

    def pull(self, line: int) -> None:
        """The line is gone, with its address."""
        self._inside("ip", "link", "set", self._far[line], "down")
        self._inside("ip", "address", "flush", "dev", self._far[line])

    def browser(self, chromium: str, folder: Path) -> Path:
        """A program that runs this browser inside."""
        script = folder / "chromium-inside"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {chromium} "$@"\n')
        script.chmod(0o755)
        return script


class Passage:
    """Brings TCP connections that reach ADDRESS to the same port of 127.0.0.1, where the product listens."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server = socket.create_server((ADDRESS, port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                come, _ = self._server.accept()
            except OSError:  # closed
                return
            try:
                on = socket.create_connection(("127.0.0.1", self._port))
            except OSError:  # nobody listens just now
                come.close()
                continue
            for a, b in ((come, on), (on, come)):
                threading.Thread(target=self._carry, args=(a, b), daemon=True).start()

    @staticmethod
    def _carry(come: socket.socket, go: socket.socket) -> None:
        try:
            while data := come.recv(65_536):
                go.sendall(data)
            go.shutdown(socket.SHUT_WR)
        except OSError:
            for one in (come, go):
                one.close()


@contextmanager
def bad_line(port: int) -> Iterator[Line]:
    """A line to the node on this port of 127.0.0.1, in a thread of its own; good until it is told otherwise."""

    async def lay() -> Line:
        return Line(port)

    async def take_away() -> None:
        line.close()

    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    line = asyncio.run_coroutine_threadsafe(lay(), loop).result()
    try:
        yield line
    finally:
        asyncio.run_coroutine_threadsafe(take_away(), loop).result()
        loop.call_soon_threadsafe(loop.stop)

"""A real media node for a test: its own process, door and UDP port; may be killed and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class NodeProcess:
    """`python -m rooms.sfu` on free ports. `door` is its control address, `port` the UDP port it bound."""

    def __init__(self, folder: Path, *, addresses: str = "", door: str = "", token: str = "", **more: str) -> None:
        self.metrics = ""  # where it tells its numbers
        self.door = door or f"unix://{folder}/media.sock"
        self.token = token
        self.addresses = addresses
        self.more = more  # further variables
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self.log = folder / "node.log"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def cpu_seconds(self) -> float:
        """Processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def start(self) -> NodeProcess:
        """Returns when the door is open; keeps the UDP port over a restart."""
        env = {
            "PATH": os.environ["PATH"],
            "MEDIA_DOOR": self.door,
            "MEDIA_PORT": str(self.port),
            "MEDIA_ADDRESSES": self.addresses,
            "MEDIA_DOOR_TOKEN": self.token,
            **self.more,
            "MEDIA_METRICS": self.metrics or "127.0.0.1:0",
        }
        command = [sys.executable, "-m", "rooms.sfu"]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        ready = json.loads(line)
        self.door, self.port, self.metrics = ready["door"], ready["port"], ready["metrics"]
        return self

    def kill(self) -> None:
        """As a crash would: no goodbye."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(5)

    def stop(self) -> int:
        """As an operator would; returns the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)

"""Debian's coturn with the very rules of docker-compose.yml."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from rooms.ice import ice_servers
from rooms.sfu.mux import host_addresses
from summit.config.certificate import write_certificate
from summit.config.relaycheck import Relay

RULES = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())["services"]["turn"]["command"]
SECRET = "the-relay-and-the-web-share-it"


@dataclass
class Coturn:
    """A running relay."""

    url: str
    certificate: Path

    def ice(self, seat: str = "seat", secret: str = SECRET, ago: float = 0) -> dict[str, str]:
        """What a page was given `ago` seconds before."""
        now = datetime.now(UTC) - timedelta(seconds=ago)
        (relay,) = ice_servers(seat, urls=[self.url], secret=secret, now=now)
        return relay

    def open(self, **options: object) -> Relay:
        ice = self.ice(**options)
        return Relay(
            self.url, ice["username"], ice["credential"], trust=ssl.create_default_context(cafile=self.certificate)
        )


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Coturn]:
    """A relay by the rules of docker-compose.yml, on a free port of this host's first address."""
    program = shutil.which("turnserver")
    if not program:
        pytest.fail("The relay is missing. Run:  sudo apt-get install -y coturn")
    address = host_addresses()[0].advertised
    with socket.create_server((address, 0)) as probe:
        port = probe.getsockname()[1]
    write_certificate(folder / "turn.crt", folder / "turn.key", [address])
    values = {"PARLEY_TURN_SECRET": SECRET, "PARLEY_DOMAIN": "parley.test", "PARLEY_TURN_IP": address}
    ours = [filled(rule, values | {"PARLEY_PUBLIC_IP": address}) for rule in RULES]
    changed = [f"--tls-listening-port={port}", f"--cert={folder}/turn.crt", f"--pkey={folder}/turn.key"]
    names = {rule.partition("=")[0] for rule in changed}
    command = [program, "-n", *(rule for rule in ours if rule.partition("=")[0] not in names), *changed]
    command += ["--log-file=stdout", "--simple-log", "--no-cli", f"--pidfile={folder}/pid", f"--userdb={folder}/db"]
    log = (folder / "log").open("w+")
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        deadline = time.monotonic() + 20
        while not answers(address, port):
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield Coturn(f"turns:{address}:{port}", folder / "turn.crt")
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def filled(rule: str, values: dict[str, str]) -> str:
    """The rule as compose would write it."""
    return re.sub(r"\$\{(\w+)(?::-(?:\$\{\w+}|[^${}]*))?}", lambda found: values[found[1]], rule)


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 1).close()
    except OSError:
        return False
    return True

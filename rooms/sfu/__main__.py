"""Start the media node: `python -m rooms.sfu`. Settings come from the environment, see `DOOR.md`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import signal
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

from rooms.sfu.door import Door
from rooms.sfu.metrics import NodeMetrics
from rooms.sfu.mux import Address, host_addresses
from rooms.sfu.node import Node

DEFAULT_PORT = 7882
DEFAULT_RESERVE = 500_000_000  # bytes
DRAIN_SECONDS = 30.0  # after SIGUSR1


@dataclass(frozen=True, slots=True)
class Settings:
    """What the node needs to know; there is no secret but the door's token."""

    door: str
    token: str | None
    addresses: list[Address]
    port: int
    certificate: str | None
    key: str | None
    recordings: Path | None
    reserve: int
    metrics: str | None
    fanout: str

    @classmethod
    def read(cls, env: dict[str, str]) -> Settings:
        """Raises ValueError with a sentence for the operator."""
        if not env.get("MEDIA_DOOR"):
            raise ValueError("MEDIA_DOOR is not set: unix:///path or ws(s)://host:port")
        port = env.get("MEDIA_PORT") or str(DEFAULT_PORT)
        if not port.isdecimal() or int(port) > 65_535:
            raise ValueError(f"MEDIA_PORT is a UDP port number, not {port!r}")
        reserve = env.get("MEDIA_RECORDINGS_RESERVE") or str(DEFAULT_RESERVE)
        if not reserve.isdecimal():
            raise ValueError(f"MEDIA_RECORDINGS_RESERVE is a number of bytes, not {reserve!r}")
        texts = [one for one in env.get("MEDIA_ADDRESSES", "").split(",") if one.strip()]
        try:
            addresses = [Address.parse(one) for one in texts] or host_addresses()
        except ValueError as error:
            raise ValueError(f"MEDIA_ADDRESSES is a list of IP addresses: {error}") from None
        return cls(
            door=env["MEDIA_DOOR"],
            token=env.get("MEDIA_DOOR_TOKEN") or None,
            addresses=addresses,
            port=int(port),
            certificate=env.get("MEDIA_DOOR_CERTIFICATE") or None,
            key=env.get("MEDIA_DOOR_KEY") or None,
            recordings=Path(env["MEDIA_RECORDINGS"]) if env.get("MEDIA_RECORDINGS") else None,
            reserve=int(reserve),
            metrics=env.get("MEDIA_METRICS") or None,
            fanout=env.get("MEDIA_FANOUT") or "auto",
        )


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, or until drained: SIGUSR1 asks for it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tls = None
    if settings.certificate and settings.key:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(settings.certificate, settings.key)
    node = Node(settings.recordings, settings.reserve, settings.fanout)
    node.start(settings.addresses, settings.port)
    loop.add_signal_handler(signal.SIGUSR1, node.drain, DRAIN_SECONDS)
    door = Door(node, settings.token)
    metrics = NodeMetrics(node)
    try:
        port, fanout = node.ground.mux.port, node.ground.kernel.name
        ready: dict[str, object] = {"door": await door.open(settings.door, tls), "port": port, "fanout": fanout}
        if settings.metrics:
            ready["metrics"] = await metrics.open(settings.metrics)
        gc.collect()
        gc.freeze()  # modules and certificates stay for good: the collector need not walk them, which takes it 50 ms
        # One line on standard output for whoever started us: where to knock, and which ports were bound.
        print(json.dumps(ready), flush=True)
        await asyncio.wait(
            [asyncio.create_task(stop.wait()), asyncio.create_task(node.drained.wait())],
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        await metrics.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(door.close(), 3)
        await node.stop()


def main() -> int:
    os.umask(0o077)  # the door's socket is for this user only
    logging.basicConfig(level=os.environ.get("MEDIA_LOG", "INFO").upper(), format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("websockets").setLevel(logging.WARNING)
    try:
        asyncio.run(run(Settings.read(dict(os.environ))))
    except (ValueError, OSError) as error:
        print(f"The media node cannot start: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

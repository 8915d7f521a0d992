"""A hand goes up in a full room: how long until every open browser shows it.

`python3 manage.py bench conduct [--quick] [--back]`. A real web process with one database thread, a real Valkey, 500 sockets
(100 with --quick) in this process. Sockets only: no sound, no picture. `--back` then kills the web process with -9 and starts it
again: all sockets come back as pages do (`static/js/room/signal.js`), and each must have its seat. The last line is one JSON
object; exit 1 when somebody has not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HANDS = 20
KNOCK, SPREAD = 0.5, 1.0  # s, as signal.js has them: between two knocks, and up to so much more; until the dial


def prepare(var: str) -> None:
    """An installation of its own, before Django reads its settings."""
    os.environ.update(
        PARLEY_VAR=var, PARLEY_DEMO="1", PARLEY_SECRET_KEY="a-key-for-the-bench-only-0123456789abcdef",
        DATABASE_URL="", REDIS_URL=f"unix://{var}/valkey.sock", MEDIA_DOOR=f"unix://{var}/nobody.sock",
        DJANGO_SETTINGS_MODULE="summit.config.settings",
    )  # fmt: skip
    import django

    django.setup()


def people(count: int) -> list[tuple[str, str]]:
    """An open meeting with this many people seated: (session key, seat token) of each."""
    from django.core.management import call_command
    from django.db import transaction
    from django.utils import timezone

    from summit.chair import actions as chair
    from tests.cast import make_cast
    from tests.crowd import seat_crowd

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)  # for what pages knock at
    with transaction.atomic():
        cast, now = make_cast(), timezone.now()
        chair.open_meeting(cast.meeting.pk, by=cast.bruno, now=now)
        chair.take_item(cast.meeting.pk, cast.item.pk, by=cast.bruno, now=now)
        return seat_crowd(cast, count)


class Listener:
    """One browser's socket: when it saw how many hands, and in which seat it is."""

    def __init__(self, port: int, session: str, token: str) -> None:
        self.port, self.session, self.token = port, session, token
        self.saw: dict[int, float] = {}
        self.ready = asyncio.Event()
        self.seats: list[str] = []  # one for each welcome
        self.back = 0.0  # when it had everything again

    async def run(self) -> None:
        from websockets.exceptions import ConnectionClosed, InvalidHandshake

        while True:
            try:
                await self._sit()
            except (OSError, ConnectionClosed, InvalidHandshake):
                await self._knock()

    async def _sit(self) -> None:
        from django.conf import settings
        from websockets.asyncio.client import connect

        cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={self.session}"}
        self.socket = await connect(
            f"ws://localhost:{self.port}/live/", origin=f"http://localhost:{self.port}", additional_headers=cookie,
            compression=None, max_size=None, proxy=None, ping_interval=None, open_timeout=60,
        )  # fmt: skip
        await self.socket.send(json.dumps({"type": "hello", "seat": self.token, "resume": bool(self.seats)}))
        async for text in self.socket:
            now = time.perf_counter()
            if text.startswith('{"type":"ping"'):
                await self.socket.send('{"type":"pong"}')
            elif text.startswith('{"type":"welcome"'):
                self.seats.append(json.loads(text)["seat"])
            elif text.startswith('{"type":"state","topic":"floor"'):
                self.saw.setdefault(len(json.loads(text)["state"]["list"]), now)
                self.ready.set()
                if len(self.seats) > 1:
                    self.back = self.back or now

    async def _knock(self) -> None:
        """Until somebody answers; then a moment of one's own."""
        while True:
            await asyncio.sleep(KNOCK * (1 + random.random()))
            try:
                reader, writer = await asyncio.open_connection("localhost", self.port)
                writer.write(b"HEAD /static/js/room/signal.js HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                answered = await reader.readline()
                writer.close()
            except OSError:
                continue
            if answered.split()[1:2] == [b"200"]:
                return await asyncio.sleep(SPREAD * random.random())


async def measure(port: int, seated: list[tuple[str, str]], restart: Callable[[], None] | None) -> dict[str, Any]:
    listeners = [Listener(port, *who) for who in seated]
    began = time.perf_counter()
    tasks: list[asyncio.Task[None]] = []
    for start in range(0, len(listeners), 25):  # a crowd, but not one that knocks all at once
        some = listeners[start : start + 25]
        tasks += [asyncio.create_task(one.run()) for one in some]
        await asyncio.gather(*(asyncio.wait_for(one.ready.wait(), 120) for one in some))
    joined = time.perf_counter() - began
    await asyncio.sleep(8)  # rosters and attendance settle
    last, all_of_them = [], []
    for number in range(1, HANDS + 1):
        sent = time.perf_counter()
        await listeners[number - 1].socket.send(json.dumps({"type": "hand.raise", "id": f"h{number}"}))
        async with asyncio.timeout(30):
            while not all(number in one.saw for one in listeners):  # noqa: ASYNC110  500 of them set no common event
                await asyncio.sleep(0.005)
        took = sorted(one.saw[number] - sent for one in listeners)
        last.append(took[-1])
        all_of_them += took
        await asyncio.sleep(0.3)
    returned = await come_back(listeners, restart) if restart is not None else {}
    for task in tasks:
        task.cancel()
    all_of_them.sort()
    return {
        "sockets": len(listeners), "all_joined_s": round(joined, 2),
        "hand_seen_p50_ms": round(all_of_them[len(all_of_them) // 2] * 1000, 1),
        "hand_seen_p95_ms": round(all_of_them[int(len(all_of_them) * 0.95)] * 1000, 1),
        "last_socket_median_ms": round(sorted(last)[len(last) // 2] * 1000, 1),
        "last_socket_worst_ms": round(max(last) * 1000, 1), **returned,
    }  # fmt: skip


async def come_back(listeners: list[Listener], restart: Callable[[], None]) -> dict[str, Any]:
    """The web process is killed and started again: seconds from the kill, and from the moment it listens."""
    killed = time.perf_counter()
    await asyncio.to_thread(restart)
    listens = time.perf_counter()
    async with asyncio.timeout(120):
        while not all(one.back for one in listeners):  # noqa: ASYNC110  as above
            await asyncio.sleep(0.02)
    back = sorted(one.back for one in listeners)
    return {
        "started_again_s": round(listens - killed, 2), "back_p50_s": round(back[len(back) // 2] - listens, 2),
        "all_back_s": round(back[-1] - listens, 2), "all_back_since_kill_s": round(back[-1] - killed, 2),
        "seats_lost": sum(len(set(one.seats)) > 1 for one in listeners),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="manage.py bench conduct")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--back", action="store_true", help="then kill the web process, and measure until all are back")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as var:
        prepare(var)
        from summit.config.up import valkey_command

        parts = [subprocess.Popen(valkey_command(Path(var)), stdout=subprocess.DEVNULL)]
        try:
            seated = people(100 if options.quick else 500)
            parts.append(_web(0))
            port = _port(parts[-1])

            def restart() -> None:
                parts[-1].kill()
                parts.pop().wait(10)
                parts.append(_web(port))
                _port(parts[-1])

            result = asyncio.run(measure(port, seated, restart if options.back else None))
        finally:
            for part in parts:
                part.send_signal(signal.SIGTERM)
            for part in parts:
                part.wait(10)
    for name, value in result.items():
        print(f"{name:>24}  {value}")
    print(json.dumps(result))
    return 1 if result.get("seats_lost") else 0


def _web(port: int) -> subprocess.Popen[str]:
    web = [sys.executable, "-m", "uvicorn", "summit.config.asgi:application", "--port", str(port), "--ws"]
    web += ["websockets-sansio", "--ws-per-message-deflate", "false", "--no-access-log"]
    return subprocess.Popen(web, stderr=subprocess.PIPE, text=True)


def _port(web: subprocess.Popen[str]) -> int:
    """The port uvicorn chose, from what it says; the rest of its log is let go."""
    import threading

    assert web.stderr is not None
    for line in web.stderr:
        if "Uvicorn running on" in line:
            threading.Thread(target=lambda: [None for _ in web.stderr or ()], daemon=True).start()
            return int(line.split("http://")[1].split()[0].rsplit(":", 1)[1])
    raise SystemExit("The web process did not start.")


if __name__ == "__main__":
    sys.exit(main())

"""A hand goes up in a full room: how long until every open browser shows it.

`python3 manage.py bench conduct [--quick]`. A real web process with one database thread, a real Valkey, 500 sockets
(100 with --quick) in this process. Sockets only: no sound, no picture. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HANDS = 20


def prepare(var: str) -> None:
    """An installation of its own, before Django reads its settings."""
    os.environ.update(
        PARLEY_VAR=var, PARLEY_DEMO="1", PARLEY_SECRET_KEY="a-key-for-the-bench-only-0123456789abcdef",
        DATABASE_URL="", REDIS_URL=f"unix://{var}/valkey.sock", MEDIA_DOOR=f"unix://{var}/nobody.sock",
        DJANGO_SETTINGS_MODULE="summit.config.settings",
    )  # fmt: skip
    import django

    django.setup()


def people(count: int) -> tuple[list[tuple[str, str]], int]:
    """In one transaction: see `_people`."""
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        return _people(count)


def _people(count: int) -> tuple[list[tuple[str, str]], int]:
    """An open meeting with this many people seated: (session key, seat token) of each, and the meeting's id."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from rooms import seats
    from rooms.models import Seat
    from summit.chair import actions as chair
    from summit.models import Membership, User
    from tests.cast import accredit, delegation, make_cast

    cast, now = make_cast(), timezone.now()
    chair.open_meeting(cast.meeting.pk, by=cast.bruno, now=now)
    chair.take_item(cast.meeting.pk, cast.item.pk, by=cast.bruno, now=now)
    states = [delegation(cast.summit, f"D{n}", "member", f"State {n}", "accepted") for n in range(HANDS)]
    room, found = seats.room_of(cast.meeting), []
    for number in range(count):
        user = User(email=f"p{number}@bench.example")
        user.set_unusable_password()
        user.save()
        who = type(cast.amina).objects.create(account=user, names={"en": {"short": f"Person {number}"}})
        accredit(who, cast.summit)
        Membership.objects.create(person=who, delegation=states[number % HANDS], function="adviser")
        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        seat = Seat.objects.create(
            room=room, person=who, device="media", mode="remote", session=seats.fingerprint(session.session_key),
            taken_at=now, seen_at=now,
        )  # fmt: skip
        found.append((session.session_key, seats.token(seat)))
    return found, cast.meeting.pk


class Listener:
    """One browser's socket: when it saw how many hands."""

    def __init__(self) -> None:
        self.saw: dict[int, float] = {}
        self.ready = asyncio.Event()

    async def run(self, port: int, key: str, token: str) -> None:
        from django.conf import settings
        from websockets.asyncio.client import connect

        cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}
        self.socket = await connect(
            f"ws://localhost:{port}/live/", origin=f"http://localhost:{port}", additional_headers=cookie, compression=None,
            max_size=None, proxy=None, ping_interval=None, open_timeout=60,
        )  # fmt: skip
        await self.socket.send(json.dumps({"type": "hello", "seat": token}))
        async for text in self.socket:
            now = time.perf_counter()
            if text.startswith('{"type":"ping"'):
                await self.socket.send('{"type":"pong"}')
            elif text.startswith('{"type":"state","topic":"floor"'):
                self.saw.setdefault(len(json.loads(text)["state"]["list"]), now)
                self.ready.set()


async def measure(port: int, seated: list[tuple[str, str]]) -> dict[str, Any]:
    listeners = [Listener() for _ in seated]
    began = time.perf_counter()
    tasks: list[asyncio.Task[None]] = []
    for start in range(0, len(listeners), 25):  # a crowd, but not one that knocks all at once
        some = list(zip(listeners, seated, strict=True))[start : start + 25]
        tasks += [asyncio.create_task(one.run(port, *who)) for one, who in some]
        await asyncio.gather(*(asyncio.wait_for(one.ready.wait(), 120) for one, _who in some))
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
    for task in tasks:
        task.cancel()
    all_of_them.sort()
    return {
        "sockets": len(listeners), "all_joined_s": round(joined, 2),
        "hand_seen_p50_ms": round(all_of_them[len(all_of_them) // 2] * 1000, 1),
        "hand_seen_p95_ms": round(all_of_them[int(len(all_of_them) * 0.95)] * 1000, 1),
        "last_socket_median_ms": round(sorted(last)[len(last) // 2] * 1000, 1),
        "last_socket_worst_ms": round(max(last) * 1000, 1),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="manage.py bench conduct")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as var:
        prepare(var)
        from summit.config.up import valkey_command

        parts = [subprocess.Popen(valkey_command(Path(var)), stdout=subprocess.DEVNULL)]
        try:
            seated, _meeting = people(100 if options.quick else 500)
            web = [sys.executable, "-m", "uvicorn", "summit.config.asgi:application", "--port", "0", "--ws"]
            web += ["websockets-sansio", "--ws-per-message-deflate", "false", "--no-access-log"]
            parts.append(subprocess.Popen(web, stderr=subprocess.PIPE, text=True))
            result = asyncio.run(measure(_port(parts[-1]), seated))
        finally:
            for part in parts:
                part.send_signal(signal.SIGTERM)
            for part in parts:
                part.wait(10)
    for name, value in result.items():
        print(f"{name:>24}  {value}")
    print(json.dumps(result))
    return 0


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

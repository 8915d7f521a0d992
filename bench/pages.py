"""What the pages cost at a summit of 193 members and 600 people, beside a bare Django view in the same run.

`python3 manage.py bench pages [--quick]`. One process, one thread, SQLite, through all of our middleware and templates,
without a network: server time. Rounds of all pages take turns with the bare view. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROUNDS, QUICK = 100, 15


def prepare(var: str) -> None:
    """An installation of its own, before Django reads its settings."""
    os.environ.update(
        PARLEY_VAR=var, PARLEY_DEMO="1", PARLEY_SECRET_KEY="a-key-for-the-bench-only-0123456789abcdef",
        DATABASE_URL="", REDIS_URL=f"unix://{var}/valkey.sock", MEDIA_DOOR=f"unix://{var}/nobody.sock",
        DJANGO_SETTINGS_MODULE="summit.config.settings",
    )  # fmt: skip
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    import summit.config.celery  # noqa: F401  what is asked of the worker waits in our Valkey

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.ROOT_URLCONF, settings.ALLOWED_HOSTS = "bench._bare", ["testserver"]
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)


@contextlib.contextmanager
def valkey(var: Path) -> Iterator[None]:
    """Cache and rate limits of the pages live there."""
    from summit.config.up import valkey_command

    server = subprocess.Popen(valkey_command(var), stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        server.terminate()
        server.wait(10)


def build() -> tuple[Any, Any]:
    """The large summit, and what `under_way` says."""
    from django.utils import timezone

    from summit.management.demo.large import build_large

    now = timezone.now()
    return under_way(build_large(now)[0], now)


def under_way(summit: Any, now: datetime) -> tuple[Any, Any]:
    """Its first meeting open with forty hands up: clients of a head of delegation and of an organiser, and the meeting."""
    from django.test import Client

    from rooms import seats
    from rooms.models import Seat
    from summit.management.demo.large import open_large
    from summit.models import Membership, User

    heads = open_large(summit, now)
    meeting = summit.meetings.order_by("starts_at").first()
    kenya = Membership.objects.filter(delegation__summit=summit, delegation__code="KE", function="head").first()
    delegate = kenya.person if kenya else heads[1]
    delegate.account = User.objects.create_user(delegate.email)
    delegate.save()
    clients = []
    for account in (delegate.account, User.objects.get(email="olive@assembly.example")):
        clients.append(Client())
        clients[-1].force_login(account, "django.contrib.auth.backends.ModelBackend")
    Seat.objects.create(
        room=seats.room_of(meeting), person=delegate, device="media", mode="remote", taken_at=now, seen_at=now + timedelta(hours=1),
        session=seats.fingerprint(clients[0].session.session_key),
    )  # fmt: skip
    return clients, meeting


def pages(meeting: Any) -> list[tuple[str, int, str]]:
    """(name, 0 for the delegate or 1 for the organiser, address)"""
    here = f"/s/{meeting.summit.slug}/"
    return [
        ("home", 0, here), ("agenda", 0, f"{here}agenda/"), ("meetings", 0, f"{here}meetings/"),
        ("papers", 0, f"{here}papers/"), ("delegations", 0, f"{here}delegations/"),
        ("meeting", 0, f"{here}meetings/{meeting.slug}/"), ("lobby", 0, f"{here}meetings/{meeting.slug}/lobby/"),
        ("room", 0, f"{here}meetings/{meeting.slug}/room/"), ("admin: what needs you", 1, "/admin/"),
        ("admin: delegations", 1, "/admin/summit/delegation/"), ("admin: people", 1, "/admin/summit/accreditation/"),
        ("admin: members", 1, "/admin/summit/membership/"), ("admin: papers", 1, "/admin/summit/paper/"),
    ]  # fmt: skip


def queries(client: Any, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
        return len(asked)


def timed(client: Any, address: str) -> float:
    began = time.perf_counter()
    client.get(address)
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(prog="manage.py bench pages")
    parser.add_argument("--quick", action="store_true")
    rounds = QUICK if parser.parse_args().quick else ROUNDS
    with tempfile.TemporaryDirectory() as var, valkey(Path(var)):
        prepare(var)
        from django.db import connection, transaction

        began = time.perf_counter()
        with transaction.atomic():
            clients, meeting = build()
        built = time.perf_counter() - began
        todo = pages(meeting)
        asked = {name: queries(clients[who], address) for name, who, address in todo}  # and the first one warms up
        spent: dict[str, list[float]] = {name: [] for name, *_rest in todo} | {"bare view": []}
        gc.collect()
        for _round in range(rounds):
            for name, who, address in todo:
                spent["bare view"].append(timed(clients[who], "/bare/"))
                spent[name].append(timed(clients[who], address))
        connection.close()
    result = report(spent, asked, built)
    print(json.dumps(result))
    return 0


def report(spent: dict[str, list[float]], asked: dict[str, int], built: float) -> dict[str, Any]:
    """Prints the table; the same as data, milliseconds and requests a second."""
    bare = statistics.median(spent["bare view"])
    result: dict[str, Any] = {"built_s": round(built, 1), "pages": {}}
    print(f"{'page':<24}{'requests/s':>12}{'median ms':>12}{'p95 ms':>10}{'÷ bare view':>13}{'queries':>9}")
    for name, times in sorted(spent.items(), key=lambda one: statistics.median(one[1])):
        median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        row = {
            "requests_s": round(1 / statistics.mean(times), 1), "median_ms": round(1000 * median, 2),
            "p95_ms": round(1000 * p95, 2), "ratio_bare": round(median / bare, 1), "queries": asked.get(name, 0),
        }  # fmt: skip
        result["pages"][name] = row
        print(
            f"{name:<24}{row['requests_s']:>12}{row['median_ms']:>12}{row['p95_ms']:>10}{row['ratio_bare']:>13}"
            f"{row['queries']:>9}"
        )
    return result


if __name__ == "__main__":
    sys.exit(main())

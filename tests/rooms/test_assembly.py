"""A full plenary: 193 delegations seated at the real application, every hand up, and what one act costs then."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from websockets.exceptions import ConnectionClosed

from rooms import seats
from rooms.database import in_database
from rooms.house import house
from rooms.media import Counters
from rooms.models import Seat
from summit.models import Accreditation, Credentials, Delegation, Membership, Person, User
from tests.rooms.conftest import Page, Summit

DELEGATIONS = 193  # members of the United Nations
AT_ONCE = 12  # who come through the door, or raise their hands, together
PUSH = 96 * 1024  # bytes of the largest state: every hand of every delegation on one list
LINES = 56 * 1024  # bytes of the desks' list when every line is bad
FEW = 3  # delegations in the small room it is compared with
SEVERAL = 9  # acts that are counted in the full one: they last longer, and looks of the room fall into more of them
WAITING = DELEGATIONS - FEW - SEVERAL  # on the list while the floor is given to others
STATE = '{"type":"state","topic":"'
NAMES = {"en": {"short": "Delegation", "formal": "The Delegation of the Republic"}, "fr": {"short": "Délégation"}}

pytestmark = pytest.mark.django_db(transaction=True)


@transaction.atomic
def seat_all(summit: Summit, count: int) -> list[tuple[Person, str, str]]:
    """(head of delegation, session key, seat token) of so many delegations with accepted credentials."""
    cast, now, found = summit.cast, timezone.now(), []
    room = seats.room_of(cast.meeting)
    for number in range(count):
        home = Delegation.objects.create(
            summit=cast.summit, code=f"D{number}", category="member", names=NAMES, order={"en": number, "fr": number}
        )
        Credentials.objects.create(delegation=home, state="accepted")
        user = User(email=f"head{number}@example.org")
        user.set_unusable_password()
        user.save()
        who = Person.objects.create(account=user, names=NAMES, email=user.email)
        Accreditation.objects.create(summit=cast.summit, person=who, state="badged")
        Membership.objects.create(person=who, delegation=home, function="head")
        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        seat = Seat.objects.create(
            room=room, person=who, device="media", mode="remote", session=seats.fingerprint(session.session_key),
            taken_at=now, seen_at=now,
        )  # fmt: skip
        found.append((who, session.session_key, seats.token(seat)))
    return found


class Listener(Page):
    """A page that keeps states as they came: this process is the server too, and 193 pages read every word."""

    async def _read(self) -> None:
        self.raw: dict[str, str] = {}
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                if text.startswith(STATE):
                    topic = text[len(STATE) : text.index('"', len(STATE))]
                    self.raw[topic] = text
                    self.largest[topic] = max(len(text), self.largest.get(topic, 0))
                elif '"type":"ping"' in text:
                    await self.send({"type": "pong"})
                else:
                    self.heard.append(json.loads(text))
                async with self._news:
                    self._news.notify_all()

    def state(self, topic: str) -> tuple[int, Any]:
        """(version, state) of the newest one."""
        found = json.loads(self.raw[topic])
        return found["version"], found["state"]


async def sit(summit: Summit, key: str, token: str) -> Listener:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    page = await summit.connect(client, Listener, open_timeout=60)
    await page.send({"type": "hello", "seat": token})
    await page.hear("welcome", patience=60)
    return page


class Counted:
    """Queries of the one thread on which all socket work happens."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.queries += sql.split(" ", 1)[0] not in {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"}
        return execute(sql, *rest)

    async def cost(self, act: Callable[[], Awaitable[Any]]) -> int:
        """Queries while this act is done. The room looks at the database every five seconds: take the least of several."""
        before = self.queries
        await act()
        return self.queries - before


@asynccontextmanager
async def counting() -> AsyncIterator[Counted]:
    counted = Counted()
    await in_database(lambda: connection.execute_wrappers.append(counted))
    yield counted
    await in_database(lambda: connection.execute_wrappers.remove(counted))


async def acts(bruno: Page, pages: list[Listener], counted: Counted) -> tuple[int, int, list[int]]:
    """(queries of raising a hand, of giving the floor while somebody speaks, turns) of these pages."""
    raised = [await counted.cost(lambda page=page: page.do("hand.raise")) for page in pages]
    turns = [next(m["turn"] for m in page.heard if "turn" in m) for page in pages]
    given = [await counted.cost(lambda turn=turn: bruno.do("floor.give", turn=turn)) for turn in turns]
    return min(raised), min(given[1:]), turns


async def everybody_fares_badly(desk: Page, pages: list[Listener], counted: Counted) -> tuple[int, int]:
    """(bytes, pushes) of the desks' list of lines while the media node counts heavy losses of all these pages."""
    keys = [m["seat"] for page in pages for m in page.heard if m["type"] == "welcome"]
    before = counted.queries
    for _ in range(3):
        for key in keys:
            house()._media_says(Counters("room", key, 60, 20.0, 800, 0.0, 40))
        await asyncio.sleep(0)
    await desk.until(lambda: len(desk.topics.get("lines", {}).get("lines", [])) == len(keys), 20)
    assert counted.queries - before < len(keys), "no query for a line"
    return desk.largest["lines"], sum(m["type"] == "state" and m["topic"] == "lines" for m in desk.heard)


async def test_a_hundred_and_ninety_three_delegations_meet(opened: Summit) -> None:
    bruno, everyone = opened.bruno, await in_database(seat_all, opened, DELEGATIONS)
    pages = [await sit(opened, key, token) for _who, key, token in everyone[:FEW]]
    async with counting() as counted:
        small = await acts(bruno, pages, counted)
        began = time.monotonic()
        for start in range(FEW, DELEGATIONS, AT_ONCE):
            some = everyone[start : start + AT_ONCE]
            pages += await asyncio.gather(*(sit(opened, key, token) for _who, key, token in some))
        joined = time.monotonic() - began
        await bruno.until(lambda: len(bruno.topics["people"]["seats"]) == DELEGATIONS + 1, 60)

        began, before = time.monotonic(), counted.queries
        for start in range(FEW, DELEGATIONS - SEVERAL, AT_ONCE):
            asking = pages[start : min(start + AT_ONCE, DELEGATIONS - SEVERAL)]
            await asyncio.gather(*(page.do("hand.raise") for page in asking))
        raising = (time.monotonic() - began) / WAITING
        assert (counted.queries - before) / WAITING < small[0] + 10  # the looks of the room among them
        full = await acts(bruno, pages[-SEVERAL:], counted)
        size, pushes = await everybody_fares_badly(bruno, pages, counted)
        assert size < LINES and pushes <= 3, (size, pushes)
    for many, few in zip(full[:2], small[:2], strict=True):
        assert abs(many - few) <= 2, (
            "an act costs in a full room what it costs in a small one, but for a look of the room"
        )

    began = time.monotonic()
    await bruno.until(lambda: (bruno.topics["floor"]["speaking"] or {}).get("id") == full[2][-1], 60)
    version = bruno.versions["floor"]
    await asyncio.gather(*(page.until(lambda page=page: page.state("floor")[0] >= version, 60) for page in pages))
    waited = time.monotonic() - began
    assert all(page.state("floor") == (version, bruno.topics["floor"]) for page in pages)
    assert len(bruno.topics["floor"]["list"]) == WAITING and bruno.topics["floor"]["speaking"]["id"] == full[2][-1]
    await pages[-1].hear("rights", audible=True)
    largest = {topic: max(page.largest[topic] for page in pages) for topic in ("floor", "people", "directory")}
    assert max(largest.values()) < PUSH, largest
    print(
        f"joined {joined:.1f} s, a hand {raising * 1000:.0f} ms, last page {waited:.2f} s later, {small=} {largest=} lines {size} in {pushes}"
    )

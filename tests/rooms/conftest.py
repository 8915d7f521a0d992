"""Pages of real people at the real application: uvicorn in this event loop, real Valkey, real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import pytest
import pytest_asyncio
import uvicorn
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from django.conf import settings
from django.test import Client
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from rooms import house
from rooms.database import in_database
from summit.people.models import Person
from tests.cast import Cast, make_cast

PATIENCE = 8.0  # s a test waits for what must come


@pytest.fixture
def cast(transactional_db) -> Cast:
    """The cast, committed: sockets look from other threads."""
    return make_cast()


P = TypeVar("P", bound="Page")


class Page:
    """One open page: what it heard, and its wishes answered."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self.topics: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}
        self.largest: dict[str, int] = {}  # bytes of the largest state of each topic
        self.closed: int | None = None
        self._ids = itertools.count(1)
        self._news = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())
        self.pongs = True

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                message = json.loads(text)
                if message["type"] == "state":
                    self.largest[message["topic"]] = max(len(text), self.largest.get(message["topic"], 0))
                if message["type"] == "state" and message["version"] > self.versions.get(message["topic"], -1):
                    self.topics[message["topic"]] = message["state"]
                    self.versions[message["topic"]] = message["version"]
                if message["type"] == "ping" and self.pongs:
                    await self.send({"type": "pong"})
                async with self._news:
                    self.heard.append(message)
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        finally:
            async with self._news:
                self.closed = self.socket.close_code
                self._news.notify_all()

    async def send(self, message: dict[str, Any] | str) -> None:
        await self.socket.send(message if isinstance(message, str) else json.dumps(message))

    async def until(self, wanted: Callable[[], Any], patience: float = PATIENCE) -> Any:
        """Wait until this is true, and return it."""
        async with self._news:
            try:
                async with asyncio.timeout(patience):
                    while not (found := wanted()):
                        await self._news.wait()
            except TimeoutError:
                raise AssertionError(
                    f"waited in vain; heard {[m['type'] for m in self.heard][-20:]}, closed {self.closed}"
                ) from None
            return found

    async def hear(self, kind: str, /, patience: float = PATIENCE, **fields: Any) -> dict[str, Any]:
        """The first message of this kind with these fields."""

        def find() -> dict[str, Any] | None:
            hits = (m for m in self.heard if m["type"] == kind and all(m.get(k) == v for k, v in fields.items()))
            return next(hits, None)

        return await self.until(find, patience)

    async def ask(self, kind: str, /, *, request: str | None = None, **fields: Any) -> dict[str, Any]:
        """A wish and its answer."""
        number = request or f"r{next(self._ids)}"
        before = sum(m.get("re") == number for m in self.heard)
        await self.send({"type": kind, "id": number, **fields})
        return await self.until(lambda: next(iter([m for m in self.heard if m.get("re") == number][before:]), None))

    async def do(self, kind: str, /, **fields: Any) -> dict[str, Any]:
        """A wish that must be granted."""
        answer = await self.ask(kind, **fields)
        assert answer["type"] == "done", answer
        return answer

    async def gone(self, code: int, patience: float = PATIENCE) -> None:
        """Wait until the server closes with this code."""
        await self.until(lambda: self.closed, patience)
        assert self.closed == code, (self.closed, self.heard[-3:])

    async def cut(self) -> None:
        """The line breaks: no goodbye."""
        self.socket.transport.abort()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader

    async def close(self) -> None:
        await self.socket.close(1000)
        await self._reader


class Summit:
    """The application running, and a way in for everybody."""

    def __init__(self, port: int, cast: Cast) -> None:
        self.port = port
        self.cast = cast
        self.pages: list[Page] = []
        self.clients: dict[int, Client] = {}

    async def client(self, person: Person) -> Client:
        """This person's browser, signed in."""
        if person.pk not in self.clients:
            client = Client(headers={"host": f"localhost:{self.port}"})
            await sync_to_async(client.force_login)(person.account, "django.contrib.auth.backends.ModelBackend")
            self.clients[person.pk] = client
        return self.clients[person.pk]

    async def post_seat(self, person: Person, **body: Any) -> Any:
        """What `POST /seat/` answers."""
        client = await self.client(person)
        ask = {"summit": self.cast.summit.slug, "meeting": self.cast.meeting.slug, **body}
        return await sync_to_async(client.post)("/seat/", json.dumps(ask), content_type="application/json")

    async def connect(self, client: Client | None = None, kind: type[P] = Page, **options: Any) -> P:  # type: ignore[assignment]
        """A socket, before hello."""
        headers = options.pop("additional_headers", {})
        if client is not None:
            headers["Cookie"] = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        origin = options.pop("origin", f"http://localhost:{self.port}")
        socket = await connect(
            f"ws://localhost:{self.port}/live/",
            origin=origin,
            additional_headers=headers,
            compression=None,
            max_size=None,
            proxy=None,
            ping_interval=None,
            **options,
        )
        page = kind(socket)
        self.pages.append(page)
        return page

    async def hello(self, person: Person, token: str, **fields: Any) -> Page:
        """A socket that said hello with this token."""
        page = await self.connect(await self.client(person))
        await page.send({"type": "hello", "seat": token, **fields})
        return page

    async def sit(self, person: Person, **body: Any) -> Page:
        """This person joins and is welcomed; has every topic."""
        answer = await self.post_seat(person, **body)
        assert answer.status_code == 200, answer.content
        page = await self.hello(person, answer.json()["token"])
        welcome = await page.hear("welcome")
        await page.until(lambda: all(page.versions.get(name, -1) >= v for name, v in welcome["topics"].items() if v))
        return page

    async def close(self) -> None:
        for page in self.pages:
            await page.socket.close()
            await page._reader


@pytest_asyncio.fixture
async def summit(cast: Cast) -> AsyncIterator[Summit]:
    """The running application with the cast outside the door."""
    from summit.config.asgi import application

    channel_layers.backends.clear()  # its locks belong to the event loop of an earlier test
    config = uvicorn.Config(
        application,
        host="localhost",
        port=0,
        log_level="warning",
        ws_max_size=65_536,
        ws_per_message_deflate=False,
        lifespan="on",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # pytest's own
    serving = asyncio.create_task(server.serve())
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    running = Summit(port, cast)
    yield running
    await running.close()
    await house.close()
    server.should_exit = True
    await serving


@contextlib.asynccontextmanager
async def database_held() -> AsyncIterator[None]:
    """Until the end of this nobody comes through to the database: what is asked meanwhile waits in one line."""
    release = threading.Event()
    held = asyncio.create_task(in_database(release.wait, 10))
    await asyncio.sleep(0.05)
    try:
        yield
    finally:
        release.set()
        await held


@pytest_asyncio.fixture
async def opened(summit: Summit) -> Summit:
    """The meeting is open, Bruno in the chair, item 3 taken."""
    bruno = await summit.sit(summit.cast.bruno)
    await bruno.do("meeting.open")
    await bruno.do("item.take", item=summit.cast.item.pk)
    await bruno.until(lambda: bruno.topics["meeting"]["item"] == summit.cast.item.pk)
    summit.bruno = bruno
    return summit

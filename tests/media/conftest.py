"""A media node in its own process, and browsers, for every test here. Other tests import `NodeProcess` themselves."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright

from rooms.media import Media
from tests.media.browser import launch
from tests.media.node import NodeProcess


@pytest.fixture(autouse=True)
def empty_valkey() -> None:
    """Nothing here speaks to Valkey."""


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A node that advertises every address of this host, 127.0.0.1 last. Shared: whoever kills it brings their own."""
    process = NodeProcess(tmp_path_factory.mktemp("node")).start()
    yield process
    process.stop()


@pytest.fixture
def room() -> str:
    """A room nobody else uses."""
    return f"room-{secrets.token_hex(4)}"


@pytest_asyncio.fixture(loop_scope="session")
async def media(node: NodeProcess) -> AsyncIterator[Media]:
    """The product's client, connected to the node."""
    client = Media(node.door)
    client.start()
    yield client
    await client.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_browser(playwright: Playwright) -> AsyncIterator[Browser]:
    opened = await launch(playwright, loopback=True)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(shared_browser: Browser) -> AsyncIterator[Browser]:
    """Chromium with fake devices; pages a test leaves open are closed after it."""
    yield shared_browser
    for context in shared_browser.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def plain_browser(playwright: Playwright) -> AsyncIterator[Browser]:
    """Chromium without the loopback flag, as delegates have it."""
    opened = await launch(playwright, loopback=False)
    yield opened
    await opened.close()

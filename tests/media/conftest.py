"""A media node in its own process, and browsers, for every test here. Other tests import `NodeProcess` themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from rooms.media import Media
from tests.media.browser import launch
from tests.media.node import NodeProcess


@pytest.fixture(autouse=True)
def empty_valkey() -> None:
    """Nothing here speaks to Valkey."""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeProcess]:
    """A node that advertises every address of this host, 127.0.0.1 last."""
    process = NodeProcess(tmp_path).start()
    yield process
    process.stop()


@pytest_asyncio.fixture
async def media(node: NodeProcess) -> AsyncIterator[Media]:
    """The product's client, connected to the node."""
    client = Media(node.door)
    client.start()
    yield client
    await client.close()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await launch(playwright, loopback=True)
        yield opened
        await opened.close()


@pytest_asyncio.fixture
async def plain_browser() -> AsyncIterator[Browser]:
    """Chromium without the loopback flag, as delegates have it."""
    async with async_playwright() as playwright:
        opened = await launch(playwright, loopback=False)
        yield opened
        await opened.close()

"""A running product and a browser with fake camera and microphone. Runs as its own pytest process: Playwright keeps an
event loop in the main thread, so nothing here may touch the database or pytest-asyncio."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from summit.config.browser import REAL_ADDRESSES, arguments
from tests.product import Product, chromium, planted

if TYPE_CHECKING:
    from tests.e2e.people import Person

HANGS = 200.0  # s, for a test with its fixtures and its second try


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo summit that every product starts from; `manage.py test` keeps one for all its stages."""
    return planted(seeds(tmp_path_factory))


def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what this test run has planted is."""
    base = tmp_path_factory.getbasetemp()
    own = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return Path(os.environ.get("PARLEY_TEST_SEED") or own)


def running(seed: Path, folder: Path, *options: str, **environment: str) -> Iterator[Product]:
    """Everything, with the demo summit, until the tests that want it are done."""
    product = Product(folder, *options, seed=seed, **environment)
    yield product.wait()
    assert product.stop() == 0


@pytest.fixture(scope="session")
def product(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One for all files that leave meetings and delegations as they were; the others have `product` of their own."""
    yield from running(seed, tmp_path_factory.mktemp("up"))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One for each file."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=arguments(REAL_ADDRESSES))
    yield browser
    browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test that hangs loses its browsers, so that the call that waits fails where it stands: Playwright sets no limit to
    `evaluate`, keys, the mouse and closing."""
    timer = threading.Timer(HANGS, kill_browsers, (os.getpid(),))
    timer.start()
    try:
        return (yield)
    finally:
        timer.cancel()


def kill_browsers(parent: int) -> None:
    """All that this process has started, however deep."""
    for listed in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            kill_browsers(child)
            if Path(f"/proc/{child}/comm").read_text().startswith("chrom"):
                os.kill(child, signal.SIGKILL)


@pytest.fixture
def open_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A new browser profile, closed after the test; keywords go to Playwright's `new_context`."""
    opened: list[BrowserContext] = []

    def open_one(**options: object) -> BrowserContext:
        desk = {"viewport": {"width": 1440, "height": 900}, "permissions": ["camera", "microphone"], "locale": "en-GB"}
        opened.append(browser.new_context(**(desk | options)))
        return opened[-1]

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def arrive(product: Product, open_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Person]]:
    """Someone of the cast, with a browser of their own, in which `script` runs before every page; no page may throw."""
    from tests.e2e.people import Person  # it needs `enter`

    people: list[Person] = []

    def one(name: str, script: str = "", **options: object) -> Person:
        people.append(Person(product, open_context(**options), name))
        if script:
            people[-1].context.add_init_script(script)
        return people[-1]

    yield one
    assert [fault for person in people for fault in person.faults] == []


def enter(page: Page, link: str) -> Page:
    """Follow a demo link and press its one button: a link alone signs nobody in."""
    page.goto(link)
    page.locator("main form button").click()
    page.wait_for_url(lambda url: "/invitation/" not in url)
    return page


@pytest.fixture
def signed_in(product: Product, open_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """The page on which a member of the cast arrives, in a browser profile of her own."""

    def sign_in(name: str, **options: object) -> Page:
        return enter(open_context(**options).new_page(), product.links[name])

    return sign_in

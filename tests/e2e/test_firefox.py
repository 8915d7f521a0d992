"""A delegate with Firefox in one meeting with a chair in Chromium: seen and heard, at the floor, sharing, back again."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import running
from tests.e2e.people import (
    FLOW,
    MACHINE,
    PATIENCE,
    PLENARY,
    Person,
    Senses,
    speaks_for_kenya,
    takes_the_chair,
    they_meet,
    until,
)
from tests.firefox import MISSING, PROGRAM, Firefox
from tests.product import Product

pytestmark = pytest.mark.skipif(PROGRAM is None, reason=MISSING)

# Firefox counts no frames of a live stream (its totalVideoFrames stays 0): each one that is painted is counted here.
COUNTING = """
  const counts = new WeakMap()
  HTMLVideoElement.prototype.getVideoPlaybackQuality = function () {
    const another = () => {
      counts.set(this, (counts.get(this) ?? -1) + 1)
      this.requestVideoFrameCallback(another)
    }
    if (!counts.has(this)) another()
    return { totalVideoFrames: counts.get(this) }
  }
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => console.error('policy', violatedDirective, blockedURI))
"""
# The button of this name that one can see.
BUTTON = "[...document.querySelectorAll('button')].find((one) => one.checkVisibility() && (one.ariaLabel || one.innerText).trim() === %s)"


class InFirefox(Senses):
    """One member of the cast, who has Firefox."""

    def __init__(self, product: Product, name: str, folder: Path) -> None:
        self.name = name
        self.origin = product.origin.replace("//", f"//{name}.")
        self.firefox = Firefox(folder)
        self.firefox.before_every_page(MACHINE + COUNTING)
        self.firefox.go(product.links[name])
        self.firefox.press("document.querySelector('main form button')")
        until(lambda: "/invitation/" not in self.run("return location.pathname"), f"{name} is signed in")

    @property
    def faults(self) -> list[tuple[str, str]]:
        """What her console told as an error, or as a warning."""
        self.run("")  # what was told until now has come
        return [(level, words) for level, words in self.firefox.told if level in ("error", "warn")]

    def run(self, script: str) -> Any:
        return self.firefox.run(script)

    def flow(self, page: Page | None = None, since: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = self.run(f"return ({FLOW})({since})")
        return found

    def press(self, button: str) -> None:
        until(lambda: self.firefox.press(BUTTON % json.dumps(button)), f"{self.name} presses “{button}”")

    def reads(self, words: str, seconds: float = PATIENCE) -> None:
        state = "return document.querySelector('.my-state')?.innerText ?? ''"
        until(lambda: words in self.run(state), f"{self.name} reads “{words}”", seconds)

    def join(self) -> None:
        """Through the lobby, where she sees herself and her level moves, into the room."""
        self.firefox.go(f"{self.origin}{PLENARY}lobby/")
        until(lambda: self.run("return document.querySelector('.preview video')?.videoWidth"), "she sees herself")
        until(lambda: self.run("return document.querySelector('meter')?.value"), "her level moves")
        until(lambda: self.firefox.press("document.querySelector('#join:enabled')"), "the lobby lets her in")
        until(lambda: "/room/" in self.run("return location.pathname"), "she is in the room")


@pytest.fixture
def product(seed: Path, tmp_path: Path) -> Iterator[Product]:
    """One of its own: the meeting is opened, and the node killed."""
    yield from running(seed, tmp_path / "own")


@pytest.fixture
def amina(product: Product, tmp_path: Path) -> Iterator[InFirefox]:
    folder = tmp_path / "firefox"
    folder.mkdir()
    person = InFirefox(product, "amina", folder)
    yield person
    person.firefox.close()


def test_a_delegate_with_firefox_speaks_shares_and_comes_back(
    product: Product, arrive: Callable[..., Person], amina: InFirefox
) -> None:
    bruno = arrive("bruno")
    desk = takes_the_chair(bruno)
    amina.join()
    speaks_for_kenya(amina, desk)
    bruno.sees("Kenya", ".lower-third-name")
    they_meet(amina, bruno)
    she_shares_a_tab(amina, bruno)
    they_meet_again_after_the_node_was_killed(product, amina, bruno)
    assert amina.faults == []


def she_shares_a_tab(amina: InFirefox, bruno: Person) -> None:
    """Without a display Firefox offers its tabs: by the page's own button, and the browser's own question."""
    amina.firefox.press("document.querySelector('#more summary')")
    amina.press("Share the screen")
    title = amina.run("return document.title")
    until(lambda: amina.firefox.allow_sharing(title), "Firefox asks what to share")
    shown = bruno.page.locator("video[aria-label='Screen of Kenya']")
    until(lambda: shown.count() and shown.evaluate("video => video.videoWidth > 0"), "Bruno sees the screen")
    amina.firefox.press("document.querySelector('#more summary')")
    amina.press("Stop sharing the screen")
    until(lambda: shown.count() == 0, "the screen is gone")


def they_meet_again_after_the_node_was_killed(product: Product, amina: InFirefox, bruno: Person) -> None:
    before = amina.run("return machine.peers.length")
    os.kill(product.pids["media"], signal.SIGKILL)
    until(lambda: amina.flow(since=before)["connected"] == 2, "both of her connections are opened anew")
    they_meet(amina, bruno)
    amina.reads("The room hears you")

"""Two media nodes under one roof: a meeting moves from one to the other, and nobody in it misses anything."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.e2e.conftest import running
from tests.e2e.people import PLENARY, Person, until
from tests.product import ROOT, Product, operators_environment

pytestmark = pytest.mark.timed

# The longest time in which no picture of any connection moved, in ms.
METER = """
(() => {
  const frames = new Map()
  window.still = { longest: 0, since: performance.now() }
  setInterval(async () => {
    for (const peer of window.machine.peers)
      for (const entry of (await peer.getStats()).values())
        if (entry.type === 'inbound-rtp' && entry.kind === 'video' && entry.framesDecoded > (frames.get(entry.id + entry.ssrc) ?? 0)) {
          frames.set(entry.id + entry.ssrc, entry.framesDecoded)
          window.still.since = performance.now()
        }
    window.still.longest = Math.max(window.still.longest, performance.now() - window.still.since)
  }, 100)
})()
"""


@pytest.fixture
def product(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One with two nodes."""
    yield from running(seed, tmp_path_factory.mktemp("nodes"), "--media-nodes", "2")


def media(product: Product, *words: str) -> str:
    """What the operator's command prints."""
    done = subprocess.run(
        [sys.executable, "manage.py", "media", *words], cwd=ROOT, env=operators_environment(product.var),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def rooms_of(product: Product) -> list[int]:
    """How many rooms each node has."""
    return [int(rooms) for rooms in re.findall(r"  (\d+) rooms", media(product))]


def test_a_node_is_drained_in_the_middle_of_a_meeting(
    product: Product, open_context: Callable[..., BrowserContext]
) -> None:
    bruno, amina = (Person(product, open_context(), name) for name in ("bruno", "amina"))
    bruno.join()
    desk = bruno.go(PLENARY + "desk/?device=companion", bruno.tab())
    button = desk.locator("#next-step")
    until(lambda: button.count() and "Open the meeting" in button.inner_text(), "the meeting can be opened")
    button.click()
    amina.join()
    for person in (amina, bruno):
        person.watches()

    rooms = rooms_of(product)
    assert sum(rooms) == 1, rooms
    part = ["media", "media-2"][rooms.index(1)]
    before = product.pids[part]
    opened = {person.name: person.connections() for person in (amina, bruno)}
    for person in (amina, bruno):
        person.page.evaluate(METER)
    print(media(product, "drain", str(rooms.index(1) + 1), "--within", "40").strip())

    until(lambda: product.pids.get(part) not in (before, None), "the drained node was started anew")
    for person in (amina, bruno):
        flow = person.flow(since=opened[person.name])
        assert flow["connected"] == 2 and flow["frames"] > 0, (person.name, flow)
        still = person.page.evaluate("window.still.longest")
        print(f"{person.name}: pictures stood still for {still:.0f} ms at most")
        assert still < 2_000, person.name
        person.watches()
        assert person.faults == []
    assert rooms_of(product)[1 - rooms.index(1)] == 1

"""A speaker's bad line, as the people see it: it is said in words, and her last picture stays until her flag takes its place."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Playwright

from summit.config.browser import REAL_ADDRESSES, arguments
from tests.e2e.conftest import running
from tests.e2e.network import bad_line
from tests.e2e.people import Person, speaks_for_kenya, takes_the_chair, they_meet, until
from tests.media.lossy import ADVERTISED, Line
from tests.product import Product, chromium

STAYS = 2.0  # s; after four the node takes a camera for switched off (`QUIET_SECONDS`), and the flag is drawn

# Takes the node's own address for the one that is told: the way around the bad line.
AROUND = f"""(() => {{
  const take = RTCPeerConnection.prototype.setRemoteDescription
  RTCPeerConnection.prototype.setRemoteDescription = function ({{ type, sdp }}) {{
    return take.call(this, {{ type, sdp: sdp.replaceAll('{ADVERTISED}', '127.0.0.1') }})
  }}
}})()"""
# What is drawn of a picture; "" while it is black or covered.
DRAWN = """(video) => {
  const box = video.getBoundingClientRect()
  if (!document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2).includes(video)) return ''
  const pen = new OffscreenCanvas(160, 90).getContext('2d')
  pen.drawImage(video, 0, 0, 160, 90)
  const points = pen.getImageData(0, 0, 160, 90).data
  return points.some((value, at) => at % 4 < 3 && value > 32) ? points.join() : ''
}"""


@pytest.fixture
def port() -> int:
    """A UDP port that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("", 0))
        found: int = free.getsockname()[1]
    return found


@pytest.fixture
def product(port: int, seed: Path, tmp_path: Path) -> Iterator[Product]:
    """One of its own, whose media node is reached over the line."""
    told = {"MEDIA_PORT": str(port), "MEDIA_ADDRESSES": f"{ADVERTISED}=127.0.0.1"}
    yield from running(seed, tmp_path, **told)


@pytest.fixture
def line(product: Product, port: int) -> Iterator[Line]:
    with bad_line(port) as made:
        yield made


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Takes 127.0.0.1 for a network like any other."""
    flags = [*arguments(REAL_ADDRESSES), "--allow-loopback-in-peer-connection"]
    browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
    yield browser
    browser.close()


def test_a_speakers_bad_line_is_told_and_when_it_breaks_her_picture_and_her_tile_stay(
    line: Line, arrive: Callable[..., Person]
) -> None:
    bruno, amina = arrive("bruno", AROUND), arrive("amina")
    desk = takes_the_chair(bruno)
    amina.join()
    speaks_for_kenya(amina, desk)
    they_meet(amina, bruno)

    began, line.up.loss = time.monotonic(), 0.2
    amina.sees("Your line loses words on the way out: others may hear gaps.", "#weak-line")
    print(f"a fifth is lost: said after {time.monotonic() - began:.1f} s")
    bruno.sees("Others hear gaps", "#lines", desk)
    line.up.loss = 0.0

    drawn = bruno.page.locator(".speaker video")
    tile = bruno.page.locator(".tile--floor")
    assert is_moving(drawn)
    line.cut, end = True, time.monotonic() + STAYS
    until(lambda: not is_moving(drawn, 0.4), "her picture stands still", STAYS)
    last = drawn.evaluate(DRAWN)
    while time.monotonic() < end:
        assert drawn.evaluate(DRAWN) == last != "", "the last picture stays"
        assert tile.locator("video").evaluate(DRAWN) != "", "and so it does on her tile"
    until(lambda: tile.locator(".flag").count(), "her flag stands where her picture was", 10)
    bruno.sees("Kenya", ".tile--floor")
    line.cut = False
    until(lambda: drawn.count() and is_moving(drawn), "her picture moves again")


def is_moving(video: Locator, seconds: float = 1.0) -> bool:
    """Whether what is drawn changes in this time."""
    first, end = video.evaluate(DRAWN), time.monotonic() + seconds
    while time.monotonic() < end:
        if video.evaluate(DRAWN) != first:
            return True
        time.sleep(0.1)
    return False

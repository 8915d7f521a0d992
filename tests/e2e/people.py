"""People at their pages: what the browser tests do and see, in words. Everything waits with a deadline."""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.e2e.conftest import enter
from tests.product import Product

T = TypeVar("T")
PATIENCE = 60.0  # s; two cores may be shared with a whole suite
PLENARY = "/s/reykjavik/meetings/plenary-2/"

# The machine of a test: a camera that two cores can bear (decisions §9), and a look behind the page at its connections.
MACHINE = """
(() => {
  const media = navigator.mediaDevices
  if (media) {
    const ask = media.getUserMedia.bind(media)
    media.getUserMedia = (wish) => ask({ ...wish, video: wish.video && { ...wish.video, width: 320, height: 180, frameRate: 10 } })
  }
  const [Peer, Socket] = [RTCPeerConnection, WebSocket]
  window.machine = { peers: [], sockets: [] }
  window.RTCPeerConnection = class extends Peer { constructor(...all) { super(...all); window.machine.peers.push(this) } }
  window.WebSocket = class extends Socket { constructor(...all) { super(...all); window.machine.sockets.push(this) } }
})()
"""
# Sounds play from elements that stand in no page; this keeps hold of them.
LISTENING = """(() => {
  const Sound = window.Audio
  window.playing = []
  window.Audio = class extends Sound { constructor(...all) { super(...all); window.playing.push(this) } }
})()"""
FLOW = """async (since) => {
  const flow = { frames: 0, shown: 0, sound: 0, sent: 0, connected: 0 }
  const others = new Set(window.machine.peers.flatMap((peer) => peer.getReceivers().map((one) => one.track)))
  for (const video of document.querySelectorAll('video')) {
    if (others.has(video.srcObject?.getVideoTracks()[0])) flow.shown += video.getVideoPlaybackQuality().totalVideoFrames
  }
  for (const peer of window.machine.peers.slice(since)) {
    if (peer.connectionState === 'connected') flow.connected += 1
    for (const entry of (await peer.getStats()).values()) {
      if (entry.type === 'inbound-rtp' && entry.kind === 'video') flow.frames += entry.framesDecoded ?? 0
      if (entry.type === 'inbound-rtp' && entry.kind === 'audio') flow.sound += entry.packetsReceived ?? 0
      if (entry.type === 'outbound-rtp') flow.sent += entry.packetsSent ?? 0
    }
  }
  return flow
}"""


def until(look: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """The first truthy answer; fails with `what` and the last answer when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}; last: {found!r}"
        time.sleep(0.1)


class Senses(ABC):
    """Somebody at a page, in whichever browser."""

    name: str

    @abstractmethod
    def press(self, button: str) -> None:
        """The button of this name."""

    @abstractmethod
    def reads(self, words: str, seconds: float = PATIENCE) -> None:
        """My own state says so."""

    @abstractmethod
    def flow(self, page: Page | None = None, since: int = 0) -> dict[str, Any]:
        """Frames decoded, packets of sound, packets sent and working connections, of those opened from `since` on; and
        frames of others that were shown."""

    def watches(self, page: Page | None = None, seconds: float = PATIENCE) -> None:
        """Frames are decoded, and what is decoded is shown."""
        until(self._grows("frames", 10, page), f"{self.name} gets moving pictures", seconds)
        until(self._grows("shown", 5, page), f"{self.name} sees moving pictures", seconds)

    def hears(self, page: Page | None = None, seconds: float = PATIENCE) -> None:
        """Packets of sound arrive."""
        until(self._grows("sound", 20, page), f"{self.name} hears sound", seconds)

    def _grows(self, what: str, by: int, page: Page | None) -> Callable[[], bool]:
        least = self.flow(page)[what]

        def look() -> bool:
            nonlocal least
            now = self.flow(page)[what]
            least = min(least, now)  # a connection that was replaced takes its count along
            return bool(now >= least + by)

        return look


class Person(Senses):
    """One member of the cast in a browser profile of their own."""

    def __init__(self, product: Product, context: BrowserContext, name: str) -> None:
        self.product, self.context, self.name = product, context, name
        context.add_init_script(MACHINE)
        self.faults: list[str] = []
        self.page = self.tab()
        enter(self.page, product.links[name])

    def tab(self) -> Page:
        """A further tab; what breaks in it is kept in `faults`."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: self.faults.append(f"{self.name}: {error}"))
        page.on("console", lambda line: "Content Security Policy" in line.text and self.faults.append(line.text))
        return page

    @property
    def origin(self) -> str:
        return self.product.origin.replace("//", f"//{self.name}.")

    def go(self, path: str, page: Page | None = None) -> Page:
        page = page or self.page
        page.goto(self.origin + path)
        return page

    def join(self, *, mode: str = "remote", opens: bool = False) -> None:
        """Through the lobby into the room."""
        self.go(PLENARY + "lobby/")
        self.page.locator("#join, .lobby-form .button--primary").first.wait_for()
        if mode == "hall":
            self.page.locator("label[for=mode-hall]").click()
        if opens:
            self.page.locator("#opens").check()
        until(self.pressed_join, f"{self.name} gets into the room")

    def pressed_join(self) -> bool:
        """Whether I am in the room by now; presses what the lobby offers."""
        if "/room/" in self.page.url:
            return True
        button = self.page.locator("#join:enabled:not([aria-busy=true]), button:has-text('Move here')").first
        if button.count():
            with contextlib.suppress(PlaywrightTimeout):  # the page has gone on since it was found
                button.click(timeout=5_000)
            self.page.wait_for_timeout(500)
        return False

    def state(self) -> str:
        """My state, as the page says it."""
        line = self.page.locator(".my-state")
        return line.inner_text() if line.count() else ""

    def sees(self, words: str, where: str = "body", page: Page | None = None, seconds: float = PATIENCE) -> None:
        page = page or self.page
        until(lambda: words in page.locator(where).first.inner_text(), f"{self.name} sees “{words}”", seconds)

    def reads(self, words: str, seconds: float = PATIENCE) -> None:
        until(lambda: words in self.state(), f"{self.name} reads “{words}”, not “{self.state()}”", seconds)

    def is_told(self, words: str, *, urgent: bool = False) -> None:
        """A screen reader says so: the live region has it in the accessibility tree."""
        region = self.page.locator("#announce-assertive" if urgent else "#announce-polite")
        until(lambda: words in region.aria_snapshot(), f"{self.name} is told “{words}”")

    def press(self, button: str, page: Page | None = None) -> None:
        (page or self.page).get_by_role("button", name=button).first.click()

    def connections(self) -> int:
        """How many media connections this page has opened so far."""
        return self.page.evaluate("machine.peers.length")

    def flow(self, page: Page | None = None, since: int = 0) -> dict[str, Any]:
        return (page or self.page).evaluate(FLOW, since)


def standing(person: Person) -> tuple[int, int]:
    """Where they see themselves on the ground around their table, which is 100 by 100."""
    me = person.page.locator(".ground-me circle")
    return int(me.get_attribute("cx") or -1), int(me.get_attribute("cy") or -1)


def takes_the_chair(bruno: Person) -> Page:
    """He opens the meeting at a desk beside his room, takes an item, and is heard; answers the desk."""
    bruno.join()
    desk = bruno.go(PLENARY + "desk/?device=companion", bruno.tab())
    desk.get_by_role("button", name="Open the meeting").click()
    desk.get_by_role("button", name="Take Item 3(b)").click()
    bruno.page.locator("#mic").click()
    return desk


def speaks_for_kenya(person: Senses, desk: Page) -> None:
    """Asks for the floor, is given it at the desk, and is heard."""
    person.press("Ask for the floor")
    person.reads("next on the list")
    step = desk.locator("#next-step")
    until(lambda: "Give the floor to Kenya" in step.inner_text(), "the next step is Kenya")
    step.click()
    person.reads("Press to speak")
    person.press("Speak")
    person.reads("The room hears you")


def they_meet(*people: Senses) -> None:
    """Each sees and hears the other."""
    for person in people:
        person.watches()
        person.hears()

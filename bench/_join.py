"""Click to first decoded frame: Chromium joins a room of 50, of whom 48 send pictures and voices a browser can play.

The page is the one of the media tests: the product's `peer.js`, its signals carried to the node by this process; so the
figure is of media (two SDP exchanges, ICE, DTLS, the plan, a keyframe), not of loading the page.
"""

from __future__ import annotations

import asyncio
import statistics

from playwright.async_api import Browser, async_playwright

from bench import _report
from bench._clips import FPS, make
from bench._load import Stream
from bench._servers import ROOM, Node
from bench._work import Place, Work, contestant
from tests.media.browser import SeatPage, launch

CLIPS = 6  # different pictures; they repeat round the room
SLOTS = 12  # pictures a wide screen shows
FRAME_SECONDS = 20.0

ARM = """async (room) => {
  window.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 180 } });
  const button = document.createElement('button');
  button.id = 'join';
  button.textContent = 'Join';
  document.body.append(button);
  const marks = {};
  const ask = window.askNode;
  window.askNode = async (what, ...more) => {
    const answer = await ask(what, ...more);
    if (what === 'receive_answer') marks.described = performance.now();
    return answer;
  };
  const Connection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Connection {
    constructor(...all) {
      super(...all);
      this.addEventListener('track', () => { this.receives = true; });
      this.addEventListener('connectionstatechange', () => {
        if (this.receives && this.connectionState === 'connected') marks.connected = performance.now();
      });
    }
  };
  window.first = new Promise((resolve) => {
    button.addEventListener('click', async (click) => {
      const watched = new WeakSet();
      new MutationObserver(() => {
        for (const video of document.querySelectorAll('video')) {
          if (watched.has(video)) continue;
          watched.add(video);
          video.requestVideoFrameCallback(() => resolve(
            [marks.described, marks.connected, performance.now()].map((at) => (at - click.timeStamp) / 1000),
          ));
        }
      }).observe(document.body, { childList: true });
      await join(room, { publish: true, receive: true });
      const [mic] = window.stream.getAudioTracks(), [camera] = window.stream.getVideoTracks();
      await window.peer.publish('mic', mic);
      await window.peer.publish('camera', camera);
    });
  });
}"""

Marks = list[float]  # seconds after the click: descriptions exchanged, connected, first picture


async def measure(place: Place) -> float | None:
    """The 95th percentile in seconds."""
    seats, joins = place.size.join
    clips = [make(seed) for seed in range(CLIPS)]
    names = [f"seat-{number}" for number in range(seats)]

    def streams(number: int) -> list[Stream]:
        clip = clips[number % CLIPS]
        camera, voice = Stream("video", 200, fps=FPS, clip=clip), Stream("audio", 48, clip=clip)
        return [camera, voice] if number < 3 else [camera]

    pages = [f"page-{number}" for number in range(joins + 1)]
    work = Work("room of 50", {name: streams(number) for number, name in enumerate(names)}, names, SLOTS)
    node = Node(place.folder, place.network, place.cores.server)
    one = contestant(place, node, work)
    joined: list[Marks] = []
    try:
        await one.server.open({**work.seats, **{page: ["audio", "video"] for page in pages}}, names[0])
        await one.publishers_join()
        await one.listeners_join(names)
        async with one.load.playing(), async_playwright() as playwright:
            browser = await launch(playwright, loopback=True)
            for page in pages:
                joined.append(await _join(browser, node, page))
            await browser.close()
    finally:
        await one.close()
    del joined[0]  # the first one of a browser just started is not what a delegate in the lobby meets
    took = sorted(marks[-1] for marks in joined)
    p95 = took[min(len(took) - 1, int(len(took) * 0.95))]
    _report.spread(f"room of {seats + 2}: click to first decoded frame, s", took)
    described, connected, shown = (statistics.median(column) for column in zip(*joined, strict=True))
    _report.say(f"on the median join described after {described:.2f} s, connected {connected:.2f}, picture {shown:.2f}")
    return round(p95, 3)


async def _join(browser: Browser, node: Node, seat: str) -> Marks:
    page = await SeatPage.at_the_door(browser, node.media, seat, video=SLOTS)
    try:
        await page.page.evaluate(ARM, ROOM)
        await page.page.click("#join")
        marks: Marks = await asyncio.wait_for(page.page.evaluate("window.first"), FRAME_SECONDS)
        return marks
    except TimeoutError:
        return [FRAME_SECONDS] * 3
    finally:
        await page.leave()
        node.media.leave(ROOM, seat)

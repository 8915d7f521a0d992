"""A delegate whose network lets nothing out but TLS on one port meets through the relay."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.async_api import BrowserContext, Playwright

from rooms.media import Media, RoomPlan, SeatPlan
from summit.config.browser import arguments
from tests.media import coturn as relays
from tests.media.browser import SeatPage
from tests.media.coturn import Coturn
from tests.media.until import until
from tests.product import chromium

pytestmark = pytest.mark.asyncio(loop_scope="session")
WALL = """(() => {
  const Peer = RTCPeerConnection
  window.RTCPeerConnection = class extends Peer {
    constructor(config) { super({ ...config, iceServers: [RELAY], iceTransportPolicy: 'relay' }) }
  }
})()"""


@pytest.fixture
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    with relays.running(tmp_path_factory.mktemp("relay")) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def walled_in(playwright: Playwright, coturn: Coturn) -> AsyncIterator[BrowserContext]:
    """Chromium that may use the relay only, and trusts its certificate."""
    certificate = x509.load_pem_x509_certificate(coturn.certificate.read_bytes())
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pin = base64.b64encode(hashlib.sha256(spki).digest()).decode()
    browser = await playwright.chromium.launch(
        executable_path=chromium(), args=[*arguments(), f"--ignore-certificate-errors-spki-list={pin}"]
    )
    context = await browser.new_context()
    await context.add_init_script(WALL.replace("RELAY", json.dumps(coturn.ice())))
    yield context
    await browser.close()


async def test_a_browser_behind_a_wall_sees_and_is_seen_over_tls(
    walled_in: BrowserContext, media: Media, room: str
) -> None:
    talks = SeatPlan(publish=frozenset({"audio", "video"}), audible=True)
    media.put(room, RoomPlan("e", 1, {"amina": talks, "bruno": talks}))
    began = time.monotonic()
    amina = await SeatPage.sit(walled_in, media, room, "amina", video=2)
    print(f"through the relay: connected after {time.monotonic() - began:.1f} s")
    bruno = await SeatPage.sit(walled_in, media, room, "bruno", video=2)
    await amina.open_devices()

    async def moves() -> bool:
        return (await bruno.decoded()).get("amina:camera", {}).get("frames", 0) > 10

    await until(moves)
    for link in ("publishing", "receiving"):
        path = await amina.page.evaluate(
            """async (link) => {
              const all = await window.peer[link].pc.getStats()
              const pair = [...all.values()].find((one) => one.type === 'candidate-pair' && one.nominated)
              const { candidateType, relayProtocol } = all.get(pair.localCandidateId)
              return [candidateType, relayProtocol]
            }""",
            link,
        )
        assert path == ["relay", "tls"]
    await amina.leave()
    await bruno.leave()

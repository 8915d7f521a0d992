"""What the room costs a delegation on a bad line before anybody says a word."""

from __future__ import annotations

import pytest

from tests.e2e.people import until

ROOM = "/s/reykjavik/meetings/finance-1/"
MOST = 250_000  # bytes on the wire, without images


@pytest.mark.parametrize("language", ["ar"])  # the heaviest: texts and letters of its own
def test_the_room_weighs_less_than_a_photograph(arrive, language):
    dana = arrive("dana")
    dana.context.add_cookies([{"name": "django_language", "value": language, "url": dana.origin + "/"}])
    dana.go(ROOM + "lobby/")
    until(dana.pressed_join, "in the room")
    dana.page.locator(".my-state").wait_for()
    dana.page.wait_for_load_state("networkidle")
    wire = dana.context.new_cdp_session(dana.page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    weights: dict[str, float] = {}
    wire.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    wire.on("Network.loadingFinished", lambda event: weights.update({event["requestId"]: event["encodedDataLength"]}))
    dana.page.reload(wait_until="networkidle")
    dana.page.locator(".my-state").wait_for()
    by_kind: dict[str, float] = {}
    for request, weight in weights.items():
        kind = kinds.get(request, "Other")
        by_kind[kind] = by_kind.get(kind, 0) + weight
    print(language, by_kind)
    assert by_kind["Script"] and by_kind["Stylesheet"] and by_kind["Font"]  # it was measured
    assert sum(weight for kind, weight in by_kind.items() if kind != "Image") < MOST, by_kind

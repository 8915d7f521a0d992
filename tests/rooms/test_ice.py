"""Which servers a page is told to use for reaching the node."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from rooms.ice import TTL_SECONDS, Relays, ice_servers

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_no_server_is_named_that_nobody_configured() -> None:
    assert ice_servers("seat", urls=[], secret="", now=NOW) == []
    assert ice_servers("seat", urls=["turn:relay.example"], secret="", now=NOW) == []


def test_a_relays_password_lasts_an_hour_and_is_the_seats_own() -> None:
    (relay,) = ice_servers("seat-1", urls=["turns:relay.example:443"], secret="shared", now=NOW)
    expires, _, seat = relay["username"].partition(":")
    assert int(expires) - NOW.timestamp() == TTL_SECONDS == 3_600
    assert seat == "seat-1"
    digest = hmac.new(b"shared", relay["username"].encode(), hashlib.sha1).digest()
    assert relay["credential"] == base64.b64encode(digest).decode()
    (other,) = ice_servers("seat-2", urls=["turns:relay.example:443"], secret="shared", now=NOW)
    assert other["credential"] != relay["credential"]


def test_a_page_gets_another_password_every_half_of_its_time_where_there_is_a_relay(settings) -> None:
    settings.TURN_URLS, settings.TURN_SECRET = ["stun:relay.example", "turns:relay.example:443"], "shared"
    relays, half = Relays("seat-1", told_at=100.0), TTL_SECONDS / 2
    assert relays.due(100.0 + half - 1) == []
    assert [sorted(one) for one in relays.due(100.0 + half)] == [["urls"], ["credential", "urls", "username"]]
    assert relays.due(100.0 + half + 5) == []
    assert relays.due(100.0 + 2 * half)
    settings.TURN_URLS = ["stun:relay.example"]
    assert relays.due(100.0 + 9 * half) == []

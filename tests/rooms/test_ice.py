"""Which servers a page is told to use for reaching the node."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from django.conf import settings

from rooms.ice import TTL_SECONDS, ice_servers

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_no_server_is_named_that_nobody_configured() -> None:
    assert ice_servers("seat", urls=[], secret="", now=NOW) == []
    assert ice_servers("seat", urls=["turn:relay.example"], secret="", now=NOW) == []


def test_a_relays_password_lasts_as_long_as_a_sign_in_and_is_the_seats_own() -> None:
    (relay,) = ice_servers("seat-1", urls=["turns:relay.example:443"], secret="shared", now=NOW)
    expires, _, seat = relay["username"].partition(":")
    assert int(expires) - NOW.timestamp() == TTL_SECONDS == settings.SESSION_COOKIE_AGE
    assert seat == "seat-1"
    digest = hmac.new(b"shared", relay["username"].encode(), hashlib.sha1).digest()
    assert relay["credential"] == base64.b64encode(digest).decode()
    (other,) = ice_servers("seat-2", urls=["turns:relay.example:443"], secret="shared", now=NOW)
    assert other["credential"] != relay["credential"]

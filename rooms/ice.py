"""The STUN/TURN list of a page, with passwords that last as long as its sign-in.

Most seats need none: the node itself is the address. A relay helps where UDP is blocked (TURN over TLS, port 443).
No public server is ever named: an empty setting gives an empty list.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

TTL_SECONDS = 12 * 3_600  # a page opens every later connection, too, with what its first welcome told it


class IceServer(TypedDict, total=False):
    """One entry of RTCConfiguration.iceServers."""

    urls: list[str]
    username: str
    credential: str


def ice_servers(seat: str, *, urls: Sequence[str], secret: str, now: datetime) -> list[IceServer]:
    """What to give this seat; `secret` is coturn's `static-auth-secret`.

    The user name is the expiry and the seat, the password its HMAC-SHA1: the scheme all TURN servers share
    (draft-uberti-behave-turn-rest-00).
    """
    relays = [url for url in urls if url.startswith(("turn:", "turns:"))]
    servers: list[IceServer] = []
    if plain := [url for url in urls if url.startswith("stun:")]:
        servers.append({"urls": plain})
    if relays and secret:
        username = f"{int(now.timestamp()) + TTL_SECONDS}:{seat}"
        digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
        servers.append({"urls": relays, "username": username, "credential": base64.b64encode(digest).decode()})
    return servers

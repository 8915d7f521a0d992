"""The STUN/TURN list of a page, with passwords that last an hour; the page is told new ones in time.

Most seats need none: the node itself is the address. A relay helps where UDP is blocked (TURN over TLS, port 443).
No public server is ever named: an empty setting gives an empty list.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from django.conf import settings
from django.utils import timezone

TTL_SECONDS = 3_600  # to open an allocation with; one that is open stays as long as its page refreshes it


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


@dataclass(slots=True)
class Relays:
    """What one page was told. It opens later connections, too: before a password ends it gets another."""

    seat: str
    told_at: float = field(default_factory=time.monotonic)

    def servers(self) -> list[IceServer]:
        return ice_servers(self.seat, urls=settings.TURN_URLS, secret=settings.TURN_SECRET, now=timezone.now())

    def due(self, clock: float) -> list[IceServer]:
        """The list with a new password, every half of its time; nothing in between, nor where there is no relay."""
        if clock - self.told_at < TTL_SECONDS / 2:
            return []
        self.told_at = clock
        servers = self.servers()
        return servers if any("credential" in one for one in servers) else []

"""The one WebSocket URL. A page of another address is refused before anything is read from the database."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import validate_host
from django.urls import path

from rooms.consumers import RoomConsumer


class SameOrigin:
    """Lets a handshake through only from a page of the very host it goes to, or of PARLEY_ORIGIN.

    A SameSite cookie is sent along from every port and subdomain of the same site; the Origin header tells them apart.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope.get("headers", []):
            headers.setdefault(name.lower(), []).append(value)
        if same_origin(headers.get(b"origin", []), headers.get(b"host", [])):
            return await self.application(scope, receive, send)
        return await WebsocketDenier()(scope, receive, send)


def same_origin(origins: list[bytes], hosts: list[bytes]) -> bool:
    """Whether there is exactly one of each, they name the same host and port, and we serve that host."""
    if len(origins) != 1 or len(hosts) != 1:
        return False
    origin, host = origins[0].decode("latin1"), hosts[0].decode("latin1").lower()
    if origin == settings.ORIGIN:
        return True
    try:
        parts = urlsplit(origin)
        known = validate_host(parts.hostname or "", settings.ALLOWED_HOSTS)
    except ValueError:
        return False
    schemes = {"https"} if settings.SECURE else {"http", "https"}
    return (
        known
        and parts.scheme in schemes
        and parts.netloc.lower() == host
        and origin == f"{parts.scheme}://{parts.netloc}"
    )


sockets = SameOrigin(AuthMiddlewareStack(URLRouter([path("live/", RoomConsumer.as_asgi())])))

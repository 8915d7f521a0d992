"""A socket whose rooms another web process looks after: passed on to it, word for word, both ways.

The other process checks cookie, Origin and seat as if the browser had come to it. Where it cannot be reached the socket
closes, and the page tries again: by then its lease may have ended.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Origin

from rooms import protocol

PASSED_ON = "x-parley-passed-on"  # once is enough: two processes that each believe the other would never end
TOLD_ON = ("cookie", "user-agent", "accept-language", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")
REACHED_WITHIN = 3.0  # s
BEHIND = 50  # messages the browser may be behind; then the other process waits, and drops states that are old


class Browser(Protocol):
    """The socket's side towards the browser."""

    @property
    def waiting(self) -> int:
        """Messages it has not taken yet."""

    def say(self, text: str) -> None: ...
    def close(self, code: int) -> None: ...


def is_passed_on(scope: Mapping[str, Any]) -> bool:
    """Whether it came through another web process already."""
    return PASSED_ON in _headers(scope)


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    return {name.decode("latin1").lower(): value.decode("latin1") for name, value in scope.get("headers", [])}


class Passage:
    """One socket on its way through."""

    def __init__(self, socket: ClientConnection, browser: Browser) -> None:
        self._socket = socket
        self._browser = browser

    @classmethod
    async def open(cls, address: str, scope: Mapping[str, Any], browser: Browser) -> Passage:
        """Reach the other process. Raises OSError or TimeoutError; a refused handshake is an OSError, too."""
        to, headers = urlsplit(address), _headers(scope)
        told = {name: headers[name] for name in TOLD_ON if name in headers} | {PASSED_ON: "1"}
        secure = "wss" if to.scheme == "https" else "ws"
        try:
            socket = await connect(
                f"{secure}://{headers.get('host', to.netloc)}{scope['path']}",
                host=to.hostname, port=to.port or (443 if secure == "wss" else 80), origin=Origin(headers.get("origin", "")),
                additional_headers=told, user_agent_header=None, compression=None, proxy=None, max_size=None,
                open_timeout=REACHED_WITHIN, close_timeout=1, ping_interval=10, ping_timeout=10,
            )  # fmt: skip
        except WebSocketException as refused:
            raise OSError(str(refused)) from refused
        return cls(socket, browser)

    async def run(self) -> None:
        """Pass on what the other process says, until it closes."""
        try:
            async for text in self._socket:
                while self._browser.waiting > BEHIND:  # noqa: ASYNC110  a deque tells nobody
                    await asyncio.sleep(0.05)
                self._browser.say(text if isinstance(text, str) else text.decode())
        except ConnectionClosed:
            pass  # the code below says it
        finally:
            self._browser.close(_code(self._socket.close_code))

    async def say(self, text: str) -> None:
        """What the browser says."""
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(text)

    async def close(self, code: int) -> None:
        """The browser is gone; only 1000 gives the seat back."""
        if code == 1000:
            await self._socket.close(1000)
        else:
            self._socket.transport.abort()


def _code(code: int | None) -> int:
    """As the browser may be told it; a broken line is our fault, and the page comes back."""
    return code if code is not None and (code >= 4000 or code in {1011, 1013}) else protocol.CLOSE_OUR_FAULT

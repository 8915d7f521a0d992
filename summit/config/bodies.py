"""No request brings more than somebody could mean to send: Django keeps a whole body on disk before it knows who sends it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]
MOST = 64 * 1024 * 1024  # bytes; above the largest upload, so that a file a little too large is refused in words


def bounded(app: App, most: int = MOST) -> App:
    """The same HTTP application, which hears no more than so many bytes of one body; whoever sends more gets 413."""

    async def listen(scope: Message, receive: Receive, send: Send) -> None:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > most:
            return await _refuse(send)
        heard = 0

        async def counted() -> Message:
            nonlocal heard
            message = await receive()
            heard += len(message.get("body", b""))
            return message if heard <= most else {"type": "http.disconnect"}

        await app(scope, counted, send)
        if heard > most:  # nothing was answered: to the application the client had gone
            await _refuse(send)

    return listen


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b"This is too large to be sent here."})

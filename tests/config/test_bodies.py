"""A body is heard up to a limit, whatever its sender declares."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import async_to_sync

from summit.config.asgi import application, http
from summit.config.bodies import MOST, App, Message, bounded


def sent(app: App, part: bytes, times: int, declared: int | None = None) -> tuple[int, int]:
    """The status of the answer to a POST of this part so many times, and how many of them the server took."""
    taken, status = 0, 0
    headers = [(b"host", b"localhost"), (b"content-type", b"application/octet-stream")]
    if declared is not None:
        headers.append((b"content-length", str(declared).encode()))

    async def receive() -> Message:
        nonlocal taken
        if taken == times:
            await asyncio.Event().wait()  # they wait for the answer
        taken += 1
        return {"type": "http.request", "body": part, "more_body": taken < times}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/livez", "raw_path": b"/livez", "query_string": b"", "root_path": "", "headers": headers,
        "server": ("localhost", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    async_to_sync(app)(scope, receive, send)
    return status, taken


@pytest.mark.django_db  # Django looks after its connections around every request
def test_a_body_without_end_is_refused_and_no_more_of_it_is_taken() -> None:
    assert sent(application, b"x", 100, declared=MOST + 1) == (413, 0)
    part, app = bytes(1000), bounded(http, most=5000)
    assert sent(app, part, 100) == (413, 6)
    assert sent(app, part, 100, declared=7) == (413, 6), "whatever was declared"
    status, taken = sent(app, part, 5)
    assert status not in {0, 413} and taken == 5

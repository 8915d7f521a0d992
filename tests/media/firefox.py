"""The media test page in Debian's Firefox as a seat."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from rooms.media import Event, Media, Routes
from tests.firefox import Firefox
from tests.media.browser import PAGE, ROOT

GLUE = """
  window.askNode = async (what, room, sdp) => {
    const reply = await fetch('/ask', {method: 'POST', body: JSON.stringify({what, room, sdp})})
    if (!reply.ok) throw new Error(await reply.text())
    return reply.text()
  }
  setInterval(async () => tell(%s, 'routes', await (await fetch('/routes')).json()), 200)
"""


class FirefoxSeat:
    """The test page in Firefox, served and answered by this process."""

    def __init__(self, media: Media, room: str, seat: str, folder: Path) -> None:
        self.media, self.room, self.seat, self.folder = media, room, seat, folder
        self.routes: dict[str, dict[str, Any]] = {"slots": {}, "rests": {}}
        self._stop = media.listen(self._on_event)

    async def open(self) -> None:
        """Start Firefox, join the room, open the fake devices."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        address = f"http://localhost:{server.sockets[0].getsockname()[1]}/"
        self.firefox = await asyncio.to_thread(Firefox, self.folder)
        await asyncio.to_thread(self.firefox.go, address)
        await self.run(GLUE % json.dumps(self.room))
        await self.run(f"await join({json.dumps(self.room)}, {{}}); await open_devices()")

    async def run(self, script: str) -> Any:
        """What the script returns, by way of JSON."""
        return await asyncio.to_thread(self.firefox.run, script)

    async def decoded(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = await self.run("return await decoded()")
        return found

    async def close(self) -> None:
        self._stop()
        await asyncio.to_thread(self.firefox.close)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Routes) and event.seat == self.seat:
            self.routes = {"slots": dict(event.slots), "rests": dict(event.rests)}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).decode().split()[1]
        size = 0
        while line := (await reader.readline()).decode().strip():
            if line.lower().startswith("content-length:"):
                size = int(line.partition(":")[2])
        body = await reader.readexactly(size)
        kind = "text/plain"
        if path == "/ask":
            answer = (await self._ask(**json.loads(body))).encode()
        elif path == "/routes":
            answer = json.dumps(self.routes).encode()
        elif path.startswith("/js/"):
            answer, kind = (ROOT / "static" / path.lstrip("/")).read_bytes(), "text/javascript"
        else:
            answer, kind = PAGE.read_bytes(), "text/html"
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(answer)}\r\n".encode())
        writer.write(b"Connection: close\r\n\r\n" + answer)
        await writer.drain()
        writer.close()

    async def _ask(self, what: str, room: str, sdp: str) -> str:
        if what == "publish":
            return await self.media.publish(room, self.seat, sdp)
        if what == "receive":
            return await self.media.receive(room, self.seat, 4, 6)
        await self.media.receive_answer(room, self.seat, sdp)
        return ""

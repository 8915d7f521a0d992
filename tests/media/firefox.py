"""Debian's Firefox as a seat, driven by WebDriver BiDi (Playwright only drives a Firefox of its own)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from rooms.media import Event, Media, Routes
from tests.media.browser import PAGE, ROOT

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.autoplay.default": 0,
    "remote.active-protocols": 1,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.disabledForTesting": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
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
        self._calls = 0
        self._stop = media.listen(self._on_event)

    async def open(self) -> None:
        """Start Firefox, join the room, open the fake devices."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        address = f"http://localhost:{server.sockets[0].getsockname()[1]}/"
        lines = [f"user_pref({json.dumps(name)},{json.dumps(value)});" for name, value in PREFERENCES.items()]
        (self.folder / "user.js").write_text("\n".join(lines))
        assert FIREFOX is not None
        self.process = await asyncio.create_subprocess_exec(
            FIREFOX, "--headless", "--no-remote", "--profile", str(self.folder), "--remote-debugging-port", "0",
            stderr=asyncio.subprocess.PIPE, env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        assert self.process.stderr is not None
        while not (
            found := re.search(r"BiDi listening on (ws://\S+)", (await self.process.stderr.readline()).decode())
        ):
            assert self.process.returncode is None, "Firefox did not start"
        self._draining = asyncio.create_task(self._drain(self.process.stderr))
        self.socket: ClientConnection = await connect(f"{found[1]}/session", max_size=None)
        await self._call("session.new", capabilities={})
        self.tab = (await self._call("browsingContext.create", type="tab"))["context"]
        await self._call("browsingContext.navigate", context=self.tab, url=address, wait="complete")
        await self.run(GLUE % json.dumps(self.room))
        await self.run(f"await join({json.dumps(self.room)}, {{}}); await open_devices()")

    async def run(self, script: str) -> Any:
        """What the script returns, by way of JSON."""
        wrapped = f"(async () => JSON.stringify((await (async () => {{ {script} }})()) ?? null))()"
        target = {"context": self.tab}
        reply = await self._call("script.evaluate", expression=wrapped, target=target, awaitPromise=True)
        assert reply["type"] == "success", reply
        return json.loads(reply["result"]["value"])

    async def decoded(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = await self.run("return await decoded()")
        return found

    async def close(self) -> None:
        self._stop()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._call("browser.close"), 5)
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        self._draining.cancel()

    async def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._calls += 1
        await self.socket.send(json.dumps({"id": self._calls, "method": method, "params": parameters}))
        async with asyncio.timeout(60):
            while (reply := json.loads(await self.socket.recv())).get("id") != self._calls:
                continue
        assert reply["type"] == "success", reply
        result: dict[str, Any] = reply["result"]
        return result

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Routes) and event.seat == self.seat:
            self.routes = {"slots": dict(event.slots), "rests": dict(event.rests)}

    async def _drain(self, stream: asyncio.StreamReader) -> None:
        while await stream.readline():
            continue

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

"""Debian's Firefox with one tab, driven by WebDriver BiDi (Playwright only drives a Firefox of its own)."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import IO, Any

from websockets.sync.client import connect

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")
MISSING = "Firefox is not installed here: apt-get install firefox-esr"
PREFERENCES = {
    "media.navigator.streams.fake": True,
    "permissions.default.camera": 1,  # allowed; a screen is always asked for
    "permissions.default.microphone": 1,
    "media.getusermedia.browser.enabled": True,  # tabs can be shared: without a display there is no window and no screen
    "media.peerconnection.ice.loopback": True,
    "media.cubeb.force_mock_context": True,  # a loudspeaker: where there is none, no AudioContext ever runs
    "media.autoplay.default": 0,
    "remote.active-protocols": 1,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.disabledForTesting": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
CALL = 60.0  # s until a command is answered
# Where the middle of an element is in the window; null while there is nothing to press, it moves, or something covers it.
MIDDLE = """const one = %s
  const middle = () => {
    const {left, top, width, height} = one.getBoundingClientRect()
    return width && height ? {x: Math.round(left + width / 2), y: Math.round(top + height / 2)} : null
  }
  if (!one) return null
  one.scrollIntoView({block: 'nearest', behavior: 'instant'})
  const before = middle()
  await new Promise((go) => setTimeout(go, 100))
  const at = middle()
  const still = before && at && before.x === at.x && before.y === at.y
  return still && one.contains(document.elementFromPoint(at.x, at.y)) ? at : null"""
# Firefox asks which tab; this chooses and allows. False while it does not ask.
ALLOW = """const asked = PopupNotifications.getNotification('webRTC-shareDevices')
  const list = document.getElementById('webRTC-selectWindow-menulist')
  const found = [...list.querySelectorAll('menuitem')].find((one) => one.label.includes(%s))
  if (!asked || !found) return false
  list.selectedItem = found
  found.doCommand()
  asked.mainAction.callback({ checkboxChecked: false, source: 'button' })
  asked.remove()
  return true"""


class Firefox:
    """Every call waits for its answer: one thread at a time. `told` is what the tab's console said: level and words."""

    def __init__(self, folder: Path) -> None:
        self.told: list[tuple[str, str]] = []
        self._calls = 0
        lines = [f"user_pref({json.dumps(name)},{json.dumps(value)});" for name, value in PREFERENCES.items()]
        (folder / "user.js").write_text("\n".join(lines))
        assert PROGRAM is not None
        self.process = subprocess.Popen(
            [PROGRAM, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0",
             "--remote-allow-system-access"],
            stderr=subprocess.PIPE, text=True, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        assert self.process.stderr is not None
        while not (found := re.search(r"BiDi listening on (ws://\S+)", line := self.process.stderr.readline())):
            assert line, "Firefox did not start"
        threading.Thread(target=drain, args=(self.process.stderr,), daemon=True).start()
        self._open = contextlib.ExitStack()
        self.socket = self._open.enter_context(connect(f"{found[1]}/session", max_size=None))
        self.call("session.new", capabilities={})
        [window] = self.call("browsingContext.getTree", **{"moz:scope": "chrome", "maxDepth": 0})["contexts"]
        self.window = window["context"]
        self.tab = self.call("browsingContext.create", type="tab")["context"]
        self.call("session.subscribe", events=["log.entryAdded"], contexts=[self.tab])

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.call("browser.close")
            self.process.wait(5)
        self._open.close()
        self.process.kill()
        self.process.wait()

    def before_every_page(self, script: str) -> None:
        """Run this in each page before its own scripts."""
        self.call("script.addPreloadScript", functionDeclaration=f"() => {{ {script} }}")

    def go(self, url: str) -> None:
        """Returns when the page is loaded."""
        self.call("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def run(self, script: str, context: str = "") -> Any:
        """What the body of an async function returns, by way of JSON."""
        wrapped = f"(async () => JSON.stringify((await (async () => {{ {script} }})()) ?? null))()"
        target = {"context": context or self.tab}
        reply = self.call("script.evaluate", expression=wrapped, target=target, awaitPromise=True)
        assert reply["type"] == "success", reply
        return json.loads(reply["result"]["value"])

    def press(self, element: str) -> bool:
        """Move the mouse to what this expression finds and click, as a person does; false when there is nothing."""
        if (place := self.run(MIDDLE % element)) is None:
            return False
        moves = [{"type": "pointerMove", **place}, *({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))]
        mouse = {"type": "pointer", "id": "mouse", "actions": moves}
        self.call("input.performActions", context=self.tab, actions=[mouse])
        return True

    def allow_sharing(self, title: str) -> bool:
        """Answer the browser's own question with the tab of this title; false while it does not ask."""
        return bool(self.run(ALLOW % json.dumps(title), self.window))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What BiDi answers; fails when it refuses, or has no answer in time."""
        self._calls += 1
        self.socket.send(json.dumps({"id": self._calls, "method": method, "params": parameters}))
        deadline = time.monotonic() + CALL
        while (reply := json.loads(self.socket.recv(deadline - time.monotonic()))).get("id") != self._calls:
            if reply.get("method") == "log.entryAdded":
                self.told.append((reply["params"]["level"], str(reply["params"]["text"])))
        assert reply["type"] == "success", reply
        result: dict[str, Any] = reply["result"]
        return result


def drain(stream: IO[str]) -> None:
    """What nobody reads would fill the pipe."""
    while stream.readline():
        continue

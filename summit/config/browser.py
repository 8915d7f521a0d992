"""The browser of tests, benches and screenshots: Debian's Chromium, with fake camera and microphone. Standard library only."""

from __future__ import annotations

import os
import shutil

# The engine without the browser's own window: toolbar and tab strip, drawn for nobody, cost as much as the pages (the
# browser tests: 735 s of processor time in the pages' processes, 280 s without).
PACKAGE = "chromium-headless-shell"
ARGUMENTS = (
    "--no-sandbox",  # root in a container
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
REAL_ADDRESSES = "WebRtcHideLocalIpsWithMdns"  # a feature to leave out: nobody here answers for names under .local
DISABLED = ("OptimizationHints", "MediaRouter", "Translate")


def find() -> str | None:
    """The program of `CHROMIUM`, else Debian's without a window, else the whole one; None when there is none."""
    return os.environ.get("CHROMIUM") or shutil.which(PACKAGE) or shutil.which("chromium")


def arguments(*disabled: str) -> list[str]:
    """For its start; `disabled` names features to leave out beside ours."""
    return [*ARGUMENTS, f"--disable-features={','.join((*disabled, *DISABLED))}"]

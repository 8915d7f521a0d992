"""A real media loop for `doctor`: sound and picture go to the node and come back decoded, over its own UDP port."""

import asyncio
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)

from rooms.media import Media, RoomPlan, SeatPlan
from summit.config.bootstrap import ROOT
from summit.config.supervisor import die_with_parent, listens

FRAMES = 5  # of each kind that must arrive
WITHIN = 15.0  # s


def measure(door: str, token: str | None, environment: dict[str, str] | None) -> tuple[float, str]:
    """Seconds until FRAMES decoded frames of sound and of picture came back, and which kernel forwarded them.

    Raises TimeoutError or MediaDown.

    environment: given when no node runs; then one is started for the check, at a door of its own.
    """
    return asyncio.run(_measure(door, token, environment))


async def _measure(door: str, token: str | None, environment: dict[str, str] | None) -> tuple[float, str]:
    if environment is None:
        return await _loop(door, token)
    async with _own_node(environment) as own_door:
        return await _loop(own_door, None)


@asynccontextmanager
async def _own_node(environment: dict[str, str]) -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory(prefix="parley-doctor-") as folder:
        door = f"unix://{folder}/media.sock"
        wanted = environment | {"MEDIA_DOOR": door, "MEDIA_PORT": environment.get("MEDIA_PORT") or "0"}
        wanted.pop("MEDIA_DOOR_TOKEN", None)
        with (Path(folder) / "log").open("w+") as log:
            command = [sys.executable, "-m", "rooms.sfu"]
            node = subprocess.Popen(command, cwd=ROOT, env=wanted, stdout=log, stderr=log, preexec_fn=die_with_parent)  # noqa: ASYNC220  short
            try:
                until = time.monotonic() + WITHIN
                while not listens(f"{folder}/media.sock") and node.poll() is None and time.monotonic() < until:  # noqa: ASYNC110  a process tells nobody
                    await asyncio.sleep(0.05)
                yield door
            finally:
                node.terminate()
                node.wait(10)


async def _loop(door: str, token: str | None) -> tuple[float, str]:
    """One seat publishes, another receives."""
    media, room = Media(door, token), f"doctor-{secrets.token_hex(8)}"
    nowhere = RTCConfiguration(iceServers=[])  # the library's default would ask a server on the internet
    sender, receiver = RTCPeerConnection(nowhere), RTCPeerConnection(nowhere)
    media.start()
    try:
        async with asyncio.timeout(WITHIN):
            while not media.is_up:  # noqa: ASYNC110  the client has no event for it
                await asyncio.sleep(0.05)
            speaker = SeatPlan(publish=frozenset({"audio", "video"}), audible=True)
            media.put(room, RoomPlan("doctor", 1, {"speaker": speaker, "listener": SeatPlan()}, floor="speaker"))
            began = time.monotonic()
            arrived = [asyncio.Event(), asyncio.Event()]
            counters = set()

            @receiver.on("track")
            def on_track(track: MediaStreamTrack) -> None:
                task = asyncio.create_task(_count(track, arrived[track.kind == "video"]))
                counters.add(task)

            for source in (AudioStreamTrack(), VideoStreamTrack()):
                sender.addTransceiver(source, direction="sendonly")
            await sender.setLocalDescription(await sender.createOffer())
            answer = await media.publish(room, "speaker", sender.localDescription.sdp)
            await sender.setRemoteDescription(RTCSessionDescription(answer, "answer"))

            offer = await media.receive(room, "listener", audio=1, video=1)
            await receiver.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            await receiver.setLocalDescription(await receiver.createAnswer())
            await media.receive_answer(room, "listener", receiver.localDescription.sdp)
            for kind in arrived:
                await kind.wait()
            return time.monotonic() - began, (await media.counts())["kernel"]
    finally:
        media.drop(room)
        await asyncio.wait_for(asyncio.gather(sender.close(), receiver.close()), 5)
        await media.close()


async def _count(track: MediaStreamTrack, arrived: asyncio.Event) -> None:
    for _ in range(FRAMES):
        await track.recv()
    arrived.set()

"""From the announcement to the file: the real application, the real node, pages that answer or do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from rooms import recording
from rooms.house import house
from rooms.media import Recorded
from rooms.sfu.client import OPUS, WireSeat, rtp_packet
from summit.models import Entry, Sound
from tests.media.node import NodeProcess
from tests.rooms.test_media import ThroughTheSocket
from tests.sound import FRAME, tenths, tone

pytestmark = pytest.mark.django_db(transaction=True)


def state_of(page: Any) -> dict[str, Any]:
    return page.topics["meeting"]["recording"] or {}


async def shows(*pages: Any) -> int:
    """These pages show the announcement, and say so."""
    for page in pages:
        held = await page.until(lambda page=page: state_of(page).get("state") == "announced" and state_of(page))
        await page.send({"type": "recording.shown", "recording": held["id"]})
    return held["id"]


def mine(page: Any) -> dict[str, Any]:
    """What this page was told last of its rights."""
    return [message for message in page.heard if message["type"] in ("welcome", "rights")][-1]


async def eventually(fact: Callable[[], Any], patience: float = 8.0) -> Any:
    async with asyncio.timeout(patience):
        while not (found := await sync_to_async(fact)()):
            await asyncio.sleep(0.05)
    return found


async def test_nothing_runs_before_every_page_shows_it_and_a_page_that_does_not_is_cut(opened, monkeypatch) -> None:
    monkeypatch.setattr(recording, "SHOW_WITHIN", 2.0)
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    await opened.bruno.do("recording.announce")
    await shows(opened.bruno, amina)
    await asyncio.sleep(0.5)
    assert state_of(amina)["state"] == "announced"  # Lucia's page has not said so
    assert [mine(page)["recording"] for page in (opened.bruno, amina)] == ["agreed", "asked"]
    await lucia.gone(1013)
    await amina.until(lambda: state_of(amina)["state"] == "running")
    said = await sync_to_async(lambda: Entry.objects.get(kind="recording.started").body)()
    assert (said["shown"], said["cut"]) == (2, 1)


async def test_it_runs_at_once_when_all_pages_show_it_and_officers_see_who_answered(opened) -> None:
    amina, dana = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.dana, device="companion")
    await opened.bruno.do("recording.announce")
    held = await shows(opened.bruno, amina, dana)
    await amina.until(lambda: state_of(amina)["state"] == "running", 2.0)
    await amina.do("recording.acknowledge", recording=held, consents=False)
    await dana.until(lambda: dana.topics["consents"]["no"] == [opened.cast.amina.pk])
    assert dana.topics["consents"]["yes"] == [opened.cast.bruno.pk]
    assert "consents" not in amina.topics  # nobody else's business
    await amina.until(lambda: mine(amina)["recording"] == "listening")
    await opened.bruno.do("recording.stop")
    await amina.until(lambda: mine(amina)["recording"] == "")


async def test_a_voice_in_the_hall_is_nobodys_that_we_know(opened) -> None:
    amina, dana = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.dana, device="hall", mode="hall")
    await opened.bruno.do("recording.announce")
    held = await shows(opened.bruno, amina, dana)
    keeper = next(iter(house().seats.values()))[0]

    def take_in(page: Any, file: str) -> Sound:
        seat = next(m for m in page.heard if m["type"] == "welcome")["seat"]
        told = Recorded(keeper.key, str(held), seat, "open", file, 0, 1_000, 1_000, 0, 4_000, cut=False)
        assert recording._take_in(told, timezone.now())
        return Sound.objects.select_related("person").get(file=file)

    assert (await sync_to_async(take_in)(amina, "1-a.opus")).person == opened.cast.amina
    assert (await sync_to_async(take_in)(dana, "1-b.opus")).person is None


class Speaker(WireSeat):
    """Says a tone from its microphone."""

    def talk(self) -> None:
        self.task = asyncio.create_task(self._talk())

    async def _talk(self) -> None:
        assert self.sending is not None
        for number in range(100_000):
            packet = rtp_packet(OPUS, number, number * FRAME, self.feeds[0].ssrc, tone()[number % 50])
            self.sending.send_rtp(packet)
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        self.task.cancel()
        await super().close()


def begin_node(folder: Path, **more: str) -> NodeProcess:
    door = settings.MEDIA_DOOR
    folder.mkdir(parents=True, exist_ok=True)
    return NodeProcess(
        folder, door=door, addresses="127.0.0.1", MEDIA_RECORDINGS=str(settings.RECORDINGS), **more
    ).start()


@pytest_asyncio.fixture
async def speaker(opened) -> AsyncIterator[Any]:
    """Amina has the floor; her page sends sound."""
    amina = await opened.sit(opened.cast.amina)
    opened.amina = amina
    turn = (await amina.do("hand.raise"))["turn"]

    async def open_microphone() -> Speaker:
        seat = Speaker(ThroughTheSocket(amina), "", "")
        await seat.publish()
        seat.talk()
        opened.speaker = seat
        await opened.bruno.do("floor.give", turn=turn)
        return seat

    opened.open_microphone, opened.turn = open_microphone, turn
    yield opened
    if hasattr(opened, "speaker"):
        await opened.speaker.close()


async def test_a_late_joiner_is_recorded_once_they_agreed_and_the_suspension_ends_the_file(speaker, tmp_path) -> None:
    node = begin_node(tmp_path)
    try:
        opened, amina = speaker, speaker.amina
        await opened.bruno.do("recording.announce")
        held = await shows(opened.bruno, amina)
        await amina.until(lambda: state_of(amina)["state"] == "running")
        await opened.open_microphone()
        await asyncio.sleep(0.7)
        assert not list(settings.RECORDINGS.glob("*.part"))  # she has the floor, and has not answered
        assert mine(amina)["audible"] is False
        await amina.do("recording.acknowledge", recording=held, consents=True)
        await amina.until(lambda: mine(amina)["audible"])
        await eventually(lambda: list(settings.RECORDINGS.glob("*.part")))
        await asyncio.sleep(1.2)
        await opened.bruno.do("meeting.suspend")
        sound = await eventually(lambda: Sound.objects.select_related("turn", "person").first())
        assert (sound.turn_id, sound.person, sound.recording_id) == (opened.turn, opened.cast.amina, held)
        assert not list(settings.RECORDINGS.glob("*.part"))
        levels = tenths(settings.RECORDINGS / sound.file)
        assert len(levels) >= 10 and max(levels) > 5_000 and abs(sound.ms / 100 - len(levels)) < 3
        await eventually(lambda: not list(settings.RECORDINGS.glob("*.json")))  # the node knows that we have it
    finally:
        node.stop()


async def test_a_full_disk_is_told_to_everybody_and_the_meeting_goes_on(speaker, tmp_path) -> None:
    node = begin_node(tmp_path, MEDIA_RECORDINGS_RESERVE=str(1 << 60))
    try:
        opened, amina = speaker, speaker.amina
        await opened.bruno.do("recording.announce")
        held = await shows(opened.bruno, amina)
        await amina.do("recording.acknowledge", recording=held, consents=True)
        await opened.open_microphone()
        await amina.until(lambda: state_of(amina)["state"] == "stopped")
        assert (state_of(amina)["why"], amina.topics["meeting"]["state"]) == ("disk", "open")
        assert mine(amina)["audible"] and mine(amina)["recording"] == ""
        assert await sync_to_async(Sound.objects.count)() == 0
    finally:
        node.stop()

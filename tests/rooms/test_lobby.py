"""Before the door: a lobby hears at once what changes, and checks its line through the real node."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import door, house, ice, queries, seats
from rooms.models import HelpCall, Room, Seat
from rooms.sfu.client import WireSeat
from summit.models import Accreditation, Entry
from tests.cast import make_cast
from tests.media.node import NodeProcess
from tests.rooms.test_media import Ear, Mouth

pytestmark = pytest.mark.django_db(transaction=True)


async def wait(summit: Any, person: Any) -> Any:
    """This person's page in the lobby, welcomed."""
    client = await summit.client(person)
    where = {"summit": summit.cast.summit.slug, "meeting": summit.cast.meeting.slug}
    answer = await sync_to_async(client.get)("/seat/", where)
    assert answer.status_code == 200, answer.content
    page = await summit.hello(person, answer.json()["waiting"])
    await page.hear("welcome")
    await page.until(lambda: "door" in page.topics)
    return page


async def test_the_lobby_is_told_at_once_that_the_door_opens_and_closes(summit) -> None:
    cast = summit.cast
    amina, chen = await wait(summit, cast.amina), await wait(summit, cast.chen)
    assert amina.topics["door"]["obstacle"]["code"] == "not_open"
    bruno = await summit.sit(cast.bruno)
    await bruno.do("meeting.open")
    await amina.until(lambda: amina.topics["door"]["obstacle"] is None, patience=2)
    assert (amina.topics["door"]["state"], amina.topics["door"]["publishes"]) == ("open", True)
    await bruno.do("meeting.openness", openness="closed")
    await chen.until(lambda: (chen.topics["door"]["obstacle"] or {}).get("code") == "closed_meeting", patience=2)
    assert not chen.topics["door"]["publishes"]
    assert amina.topics["door"]["obstacle"] is None
    assert await Seat.objects.filter(person__in=[cast.amina, cast.chen]).acount() == 0
    assert not await Entry.objects.filter(kind="attendance.arrived", body__mode="remote").aexists()
    assert [seat["person"] for seat in bruno.topics["people"]["seats"]] == [cast.bruno.pk]


async def test_lobby_and_room_are_told_a_new_password_of_the_relay_before_the_old_one_ends(
    summit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "TURN_URLS", ["turns:relay.example:443"])
    monkeypatch.setattr(settings, "TURN_SECRET", "shared")
    monkeypatch.setattr(ice, "TTL_SECONDS", 2)
    for page in (await wait(summit, summit.cast.amina), await summit.sit(summit.cast.bruno)):
        (relay,) = (await page.hear("ice"))["ice"]
        assert relay["urls"] == settings.TURN_URLS
        assert relay["credential"] != (await page.hear("welcome"))["ice"][0]["credential"]


async def test_the_answer_to_a_call_reaches_the_lobby_at_once_and_a_new_call_the_officer(summit) -> None:
    cast = summit.cast
    dana, amina, chen = await summit.sit(cast.dana), await wait(summit, cast.amina), await wait(summit, cast.chen)
    client = await summit.client(cast.amina)
    path = f"/s/{cast.summit.slug}/meetings/{cast.meeting.slug}/help/"
    await sync_to_async(client.post)(path, {"text": "No sound."}, content_type="application/json")
    await dana.until(lambda: dana.topics["help"]["calls"], patience=2)
    await amina.until(lambda: amina.topics["door"]["help"], patience=2)
    assert amina.topics["door"]["help"]["answered_at"] is None
    await dana.do("help.answer", call=dana.topics["help"]["calls"][0]["call"], reply="Plug in your headset.")
    await amina.until(lambda: amina.topics["door"]["help"]["reply"] == "Plug in your headset.", patience=2)
    assert chen.topics["door"]["help"] is None


async def test_a_call_says_whether_anybody_who_helps_is_here_and_waits_for_those_who_come(summit) -> None:
    cast = summit.cast
    amina, client = await wait(summit, cast.amina), await summit.client(cast.amina)
    path = f"/s/{cast.summit.slug}/meetings/{cast.meeting.slug}/help/"

    async def call(text: str) -> bool:
        answer = await sync_to_async(client.post)(path, {"text": text}, content_type="application/json")
        return answer.json()["attended"]

    assert not await call("No sound.")  # before anybody came
    await amina.until(lambda: amina.topics["door"]["help"])
    assert not amina.topics["door"]["help"]["attended"]
    for number in range(queries.HELP_CALLS + 1):  # so much else is answered meanwhile
        await HelpCall.objects.acreate(
            meeting=cast.meeting, person=cast.lucia, at=timezone.now(), answered_at=timezone.now(), reply=str(number)
        )
    dana = await summit.sit(cast.dana)
    assert [one["text"] for one in dana.topics["help"]["calls"] if not one["answered_at"]] == ["No sound."]
    await amina.until(lambda: amina.topics["door"]["help"]["attended"], patience=12)
    assert await call("Still none.")
    assert not (await dana.do("help.call"))["attended"]  # who calls is no help to themselves
    await dana.close()
    async with asyncio.timeout(10):
        while await Seat.objects.filter(person=cast.dana, left_at__isnull=True).aexists():
            await asyncio.sleep(0.05)
    assert not await call("And now?")


def test_nobody_who_waits_falls_off_the_officers_list_and_a_late_answer_is_on_it(db) -> None:
    cast, now, many = make_cast(), timezone.now(), 2 * queries.HELP_CALLS + 1
    row = {"meeting": cast.meeting, "person": cast.amina}
    waiting = [HelpCall.objects.create(**row, at=now, text=str(number)) for number in range(many)]
    for number in range(many):
        HelpCall.objects.create(**row, at=now, answered_at=now + timedelta(seconds=number), reply=str(number))

    def listed(answered: bool) -> list[int]:
        calls = queries.help_state(cast.meeting)["calls"]
        return [call["call"] for call in calls if (call["answered_at"] is not None) is answered]

    assert listed(answered=False) == [call.pk for call in reversed(waiting)]
    assert len(listed(answered=True)) == queries.HELP_CALLS
    oldest = waiting[0]
    oldest.answered_at = now + timedelta(hours=1)
    oldest.save()
    assert oldest.pk in listed(answered=True) and len(listed(answered=True)) == queries.HELP_CALLS


async def test_whoever_signs_out_or_loses_their_accreditation_leaves_the_lobby_or_reads_why(summit) -> None:
    cast = summit.cast
    amina, chen = await wait(summit, cast.amina), await wait(summit, cast.chen)
    await Accreditation.objects.filter(person=cast.chen).aupdate(state="withdrawn")
    await sync_to_async((await summit.client(cast.amina)).logout)()
    await amina.gone(4401, patience=8)
    await chen.until(lambda: (chen.topics["door"]["obstacle"] or {}).get("code") == "not_accredited")


async def test_a_token_of_the_lobby_is_good_for_its_own_browser_only(summit) -> None:
    cast = summit.cast
    token = await sync_to_async(door.token)(
        cast.meeting.pk, (await summit.client(cast.amina)).session.session_key, cast.amina.pk
    )
    page = await summit.hello(cast.chen, token)
    await page.gone(4401)
    stranger = await summit.hello(cast.eve, await sync_to_async(door.token)(
        cast.meeting.pk, (await summit.client(cast.eve)).session.session_key, cast.eve.pk))  # fmt: skip
    await stranger.gone(4403)


async def test_a_lobby_does_nothing_else_and_a_seat_checks_nothing(opened) -> None:
    amina = await wait(opened, opened.cast.amina)
    await amina.send({"type": "hand.raise", "id": "1"})
    await amina.gone(4400)
    await opened.bruno.send({"type": "check.open", "id": "1"})
    await opened.bruno.gone(4400)


async def test_the_fifth_lobby_of_a_person_closes_the_first(summit) -> None:
    pages = [await wait(summit, summit.cast.amina) for _ in range(5)]
    await pages[0].gone(4409)
    assert [page.closed for page in pages[1:]] == [None] * 4


def test_a_full_lobby_costs_no_more_queries_than_one_visitor(cast) -> None:
    room = seats.room_of(cast.meeting)
    counts = []
    for people in ([cast.amina], [cast.amina, cast.lucia, cast.chen]):
        for person in people:
            HelpCall.objects.create(meeting=cast.meeting, person=person, at=timezone.now())
        askers = [door.Asker(person.pk, "", "en") for person in people]
        with CaptureQueriesContext(connection) as asked:
            assert len(door.doors(room.pk, askers, timezone.now())) == len(people)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20, counts


# ── The sound check ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def node() -> Iterator[NodeProcess]:
    """A node at the door the application knocks at."""
    at = settings.MEDIA_DOOR
    process = NodeProcess(Path(at.removeprefix("unix://")).parent, door=at, addresses="127.0.0.1").start()
    yield process
    process.stop()


class ThroughTheLobby:
    """The way of a check to the node."""

    def __init__(self, page: Any) -> None:
        self.page = page

    async def publish(self, room: str, seat: str, sdp: str) -> str:
        return (await self.page.do("check.publish", sdp=sdp))["sdp"]

    async def receive(self, room: str, seat: str, audio: int = 1, video: int = 1) -> str:
        return (await self.page.do("check.receive"))["sdp"]

    async def receive_answer(self, room: str, seat: str, sdp: str) -> None:
        await self.page.do("check.answer", sdp=sdp)


async def rooms_of_the_node(wanted: int) -> None:
    async with asyncio.timeout(5):
        while (await house.house().media.all[0].counts())["rooms"] != wanted:
            await asyncio.sleep(0.05)


async def begun(page: Any) -> None:
    """A check is begun, as soon as the node can be reached."""
    async with asyncio.timeout(5):
        while not house.house().media.is_up:
            await asyncio.sleep(0.02)
    await page.do("check.open")


async def test_a_visitor_hears_themselves_back_and_the_room_hears_nothing(
    opened, node: NodeProcess, monkeypatch
) -> None:
    monkeypatch.setattr("rooms.soundcheck.SECONDS", 4.0)
    amina, listener = await wait(opened, opened.cast.amina), await Ear(opened.bruno).open()
    await rooms_of_the_node(1)
    rows = await Room.objects.acount()
    await begun(amina)
    mouth, ear = Mouth(amina), Ear(amina)
    mouth.seat, ear.seat = [WireSeat(ThroughTheLobby(amina), "", "") for _ in range(2)]
    await mouth.open()
    await ear.open()
    await ear.hears()
    route = await amina.hear("route", room="check")
    assert any((source or "").endswith(":mic") for source in route["slots"].values())
    assert (listener.count, await Room.objects.acount(), await Seat.objects.filter(person=opened.cast.amina).acount()) == (
        0, rows, 0,
    )  # fmt: skip
    await rooms_of_the_node(1)  # gone by itself
    assert (await amina.ask("check.publish", sdp="v=0\r\n"))["code"] == "check.over"
    await mouth.close()


async def test_checks_are_few_and_go_with_their_page(opened, node: NodeProcess, monkeypatch) -> None:
    monkeypatch.setattr("rooms.soundcheck.A_MINUTE", 2)
    monkeypatch.setattr("rooms.soundcheck.AT_ONCE", 1)
    amina, chen, lucia = [
        await wait(opened, person) for person in (opened.cast.amina, opened.cast.chen, opened.cast.lucia)
    ]
    await begun(amina)
    await begun(amina)  # the former makes way
    await rooms_of_the_node(2)
    assert (await amina.ask("check.open"))["code"] == "check.too_often"
    await begun(chen)
    assert (await lucia.ask("check.open"))["code"] == "check.busy"
    await chen.cut()
    await rooms_of_the_node(1)
    await begun(lucia)
    await lucia.do("check.close")
    await rooms_of_the_node(1)


async def test_without_a_node_there_is_no_check(opened) -> None:
    amina = await wait(opened, opened.cast.amina)
    assert (await amina.ask("check.open"))["code"] == "media.down"

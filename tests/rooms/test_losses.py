"""What a keeper finds again, and what it leaves to the keeper that opened after it."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from asgiref.sync import sync_to_async
from django.apps import apps
from django.test import Client
from django.utils import timezone

from rooms import house
from rooms.keeper import Keeper
from rooms.models import Receipt, Seat
from rooms.places import Place
from summit.models import Meeting

pytestmark = pytest.mark.django_db(transaction=True)


async def until(true: Callable[[], Any], patience: float = 5.0) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def keeper_now() -> Keeper:
    return next(iter(house.house().seats.values()))[0]


async def bells_lost(keeper: Keeper, valkey: redis.Redis) -> None:
    """From now on, and until the next look five seconds later, no bell reaches this keeper."""
    before = time.monotonic()
    await until(lambda: keeper.rounds.looked_at > before, patience=10)
    await keeper.rounds.join_group()  # after the look's own
    valkey.flushall()


async def screen_hello(opened, link: str) -> Any:
    """A hall screen's page, after its hello."""
    body = {"screen": link.rstrip("/").rsplit("/", 1)[-1]}
    given = await sync_to_async(Client().post)("/seat/", body, content_type="application/json")
    page = await opened.connect()
    await page.send({"type": "hello", "seat": given.json()["token"]})
    return page


async def test_a_meeting_long_over_is_shown_on_no_screen_and_its_room_is_let_go_of_at_once(opened) -> None:
    dana = await opened.sit(opened.cast.dana)
    link = (await dana.do("screen.link"))["url"]
    await opened.bruno.do("meeting.close", unheard=0)
    first = keeper_now()
    await Meeting.objects.filter(pk=opened.cast.meeting.pk).aupdate(
        closed_at=timezone.now() - timedelta(minutes=11), version=10_000
    )
    await opened.bruno.gone(4410, patience=10)
    assert await house.house().keeper(first.room.pk) is not first
    screen = await screen_hello(opened, link)
    await screen.gone(4410)
    assert (await screen.hear("bye"))["message"].startswith("This meeting is over.")


async def test_a_keeper_that_ends_leaves_the_one_that_opened_after_it(opened) -> None:
    here, first = house.house(), keeper_now()
    running = lambda: sum(work.get_coro().__qualname__ == "House._run" for work in here._work)  # noqa: E731
    first.close()
    second = await here.keeper(first.room.pk)
    assert running() == 2
    await until(lambda: running() == 1)
    assert await here.keeper(first.room.pk) is second
    first.close()
    assert await here.keeper(first.room.pk) is second


async def test_closing_the_doors_on_four_hundred_people_sends_them_all_out(opened) -> None:
    await opened.sit(opened.cast.chen)
    keeper = keeper_now()
    chen = next(place for place in keeper.places.values() if place.person_id == opened.cast.chen.pk)
    for _ in range(400):
        seat = Seat(room=keeper.room, person=chen.person, device="companion", mode="remote")
        keeper.sit(Place(seat=seat, key=str(seat.key), person=chen.person, standing=chen.standing))
    await opened.bruno.do("meeting.openness", openness="closed")
    await until(lambda: keeper.scene.openness == "closed" and len(keeper.places) == 1)


async def test_a_lost_push_is_found_though_the_next_one_arrives(opened, valkey: redis.Redis) -> None:
    amina, keeper = await opened.sit(opened.cast.amina), keeper_now()
    await bells_lost(keeper, valkey)
    await opened.bruno.do("meeting.speech", speech="discussion")  # rings a bell nobody hears
    await keeper.rounds.join_group()
    turn = (await amina.do("hand.raise"))["turn"]
    await amina.until(lambda: [one["id"] for one in amina.topics["floor"]["list"]] == [turn])
    await amina.until(lambda: amina.topics["meeting"]["speech"] == "discussion", patience=12)


async def test_who_is_present_is_told_again_though_no_bell_rang(opened, valkey: redis.Redis) -> None:
    dana, keeper = await opened.sit(opened.cast.dana), keeper_now()
    kenya = opened.cast.kenya.pk
    await dana.until(lambda: dana.topics["people"]["seats"])
    await bells_lost(keeper, valkey)
    await dana.do("hall.present", delegation=kenya, present=True)
    assert str(kenya) not in dana.topics["people"]["present"]
    await dana.until(lambda: dana.topics["people"]["present"].get(str(kenya)) == {"hall": True, "remote": False}, 12)


async def test_screen_links_of_old_receipts_are_forgotten(opened) -> None:
    forget = importlib.import_module("rooms.migrations.0004_forget_screen_links").forget
    seat = await Seat.objects.aget(person=opened.cast.bruno)
    before = await Receipt.objects.acount()
    await Receipt.objects.acreate(seat=seat, request="old", reply={"link": 1, "url": "/screen/x/"}, at=timezone.now())
    await sync_to_async(forget)(apps, None)
    assert before and await Receipt.objects.acount() == before


async def test_what_could_not_be_read_again_stays_wanted(opened) -> None:
    keeper = keeper_now()
    held, keeper.room = keeper.room, None  # type: ignore[assignment]  # the database fails
    keeper.rounds.wanted.add("directory")
    with pytest.raises(AttributeError):
        await keeper.rounds.read_again()
    keeper.room = held
    assert keeper.rounds.wanted == {"directory"}


async def test_what_was_said_to_the_secretariat_arrives_though_no_bell_rang(opened, valkey: redis.Redis) -> None:
    amina, dana = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.dana)
    call = (await amina.do("help.call", text="I hear nothing."))["call"]
    await dana.until(lambda: [one["call"] for one in dana.topics["help"]["calls"]] == [call])
    await bells_lost(keeper_now(), valkey)
    await amina.do("chat.say", to="secretariat", text="Which paper?")
    await dana.do("help.answer", call=call, reply="Check the loudspeaker.")
    second = (await amina.do("help.call", text="Still nothing."))["call"]
    assert (await dana.hear("chat.said", patience=12))["line"]["text"] == "Which paper?"
    await dana.until(lambda: [one["call"] for one in dana.topics["help"]["calls"]] == [second, call], patience=12)
    assert (await amina.hear("notice", code="help.answered"))["text"] == "Check the loudspeaker."
    assert sum(m.get("code") == "help.answered" for m in amina.heard) == 1
    assert sum(m["type"] == "chat.said" for m in dana.heard) == 1

"""The floor of a meeting, from a corridor, without a seat in it: who may, what of it is seen, and when it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from rooms import house
from rooms.media import RoomPlan
from summit.attendance.models import Presence
from summit.models import Meeting

pytestmark = pytest.mark.django_db(transaction=True)


async def until(true, patience: float = 5.0) -> None:
    async with asyncio.timeout(patience):
        while not true():
            await asyncio.sleep(0.01)


async def key_of(page) -> str:
    return (await page.hear("welcome"))["seat"]


async def in_a_corridor(opened, person, **body):
    """Their corridors page, inside a corner of their own."""
    page = await opened.sit(person, meeting=None, **body)
    await page.do("corridor.open")
    return page


def heard(page) -> dict[str, Any]:
    return page.topics["floors"]


def plan_of(opened) -> RoomPlan:
    keeper = next(one for one, place in house.house().seats.values() if one.meeting_id == opened.cast.meeting.pk)
    return house.house().media._rooms[keeper.key].plan


async def test_who_hears_the_floor_sends_nothing_and_is_nowhere_seen(opened) -> None:
    cast = opened.cast
    amina = await opened.sit(cast.amina)  # her seat in the room stays what it is
    page, other = await in_a_corridor(opened, cast.amina), await in_a_corridor(opened, cast.lucia)
    shown = (await page.until(lambda: [one for one in heard(page)["on"] if one["seated"]]))[0]
    assert (shown["meeting"], shown["turn"]) == (cast.meeting.pk, None)
    assert shown["titles"] == {"en": "Plenary, 1st meeting"} and heard(page)["heard"] is None
    await other.until(lambda: heard(other)["on"] and heard(other)["on"][0]["seated"] is False)
    for one in (page, other):
        await one.do("corridor.floor", meeting=cast.meeting.pk)
        await one.until(lambda one=one: heard(one)["heard"] == cast.meeting.pk)
        key = await key_of(one)
        await until(lambda key=key: key in plan_of(opened).seats)
        row = plan_of(opened).seats[key]
        assert (set(row.publish), row.receive, row.audible, row.most) == (set(), True, False, "none")
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.do("floor.give", turn=turn)
    await other.until(
        lambda: heard(other)["on"][0]["turn"] and heard(other)["on"][0]["turn"]["delegation"] == cast.kenya.pk
    )
    own, people = await key_of(amina), opened.bruno.topics
    await opened.bruno.until(lambda: own in {seat["seat"] for seat in people["people"]["seats"]})
    assert not {seat["seat"] for seat in people["people"]["seats"]} & {await key_of(page), await key_of(other)}
    await until(lambda: plan_of(opened).seats[own].audible)  # no media seat is taken away
    assert not await Presence.objects.filter(delegation=cast.chile).aexists()
    await other.send({"type": "publish.offer", "id": "loud", "room": "floor", "sdp": "v=0"})
    await other.gone(4400)  # there is no such wish


async def test_the_floor_ends_with_the_corridor_by_a_wish_and_with_the_meeting(opened) -> None:
    meeting = opened.cast.meeting.pk
    lucia = await in_a_corridor(opened, opened.cast.lucia)
    key = await key_of(lucia)

    async def listens() -> None:
        await lucia.do("corridor.floor", meeting=meeting)
        await until(lambda: key in plan_of(opened).seats)

    async def is_out() -> None:
        await until(lambda: key not in plan_of(opened).seats)
        await lucia.until(lambda: heard(lucia)["heard"] is None)
        assert (await lucia.ask("receive.open", room="floor", video=6))["code"] == "corridor.no_floor"

    await listens()
    await lucia.do("corridor.floor", meeting=None)
    await is_out()
    await listens()
    await lucia.do("corridor.leave")
    await is_out()
    assert (await lucia.ask("corridor.floor", meeting=meeting))["code"] == "corridor.outside"
    await lucia.do("corridor.open")
    await listens()
    await opened.bruno.do("meeting.close", unheard=0)
    await is_out()
    await lucia.until(lambda: heard(lucia)["on"] == [])
    assert (await lucia.ask("corridor.floor", meeting=meeting))["code"] == "corridor.no_floor"


async def test_the_doors_and_the_chair_decide_who_hears(opened) -> None:
    cast, bruno = opened.cast, opened.bruno
    chen, lucia = await in_a_corridor(opened, cast.chen), await in_a_corridor(opened, cast.lucia)
    for page in (chen, lucia):
        await page.do("corridor.floor", meeting=cast.meeting.pk)
    await until(lambda: len(plan_of(opened).seats) == 3)
    await bruno.do("meeting.openness", openness="closed")  # an observer stays outside
    await until(lambda: len(plan_of(opened).seats) == 2)
    await chen.until(lambda: heard(chen) == {"on": [], "heard": None})
    assert (await chen.ask("corridor.floor", meeting=cast.meeting.pk))["code"] == "corridor.no_floor"
    await bruno.do("meeting.openness", openness="open")
    await chen.until(lambda: heard(chen)["on"])
    assert await key_of(chen) not in plan_of(opened).seats, "whoever was put out asks again"
    await bruno.do("person.remove", person=cast.lucia.pk, reason="Asked to leave.")
    await until(lambda: len(plan_of(opened).seats) == 1)
    await lucia.until(lambda: heard(lucia)["on"] == [])
    assert (await lucia.ask("corridor.floor", meeting=cast.meeting.pk))["code"] == "corridor.no_floor"


async def test_a_device_in_the_hall_and_a_seat_in_a_meeting_hear_no_other_floor(opened) -> None:
    cast = opened.cast
    amina, lucia = await in_a_corridor(opened, cast.amina, mode="hall"), await opened.sit(cast.lucia)
    assert "floors" not in amina.topics and "floors" not in lucia.topics
    await lucia.do("corridor.open")
    for page in (amina, lucia):
        assert (await page.ask("corridor.floor", meeting=cast.meeting.pk))["code"] == "corridor.no_floor"
        assert (await page.ask("receive.open", room="floor", video=6))["code"] == "corridor.no_floor"


async def test_of_several_meetings_the_larger_one_is_first_and_one_is_heard(opened) -> None:
    cast = opened.cast

    def second() -> Meeting:
        held = cast.meeting
        return Meeting.objects.create(
            summit=cast.summit, slug="group-1", titles={"en": "Working group"}, zone=held.zone, day=held.day,
            time=held.time, starts_at=held.starts_at, state="open",
        )  # fmt: skip

    group = await sync_to_async(second)()
    lucia = await in_a_corridor(opened, cast.lucia)
    await opened.sit(cast.chen, meeting=group.slug)
    await lucia.until(
        lambda: [one["meeting"] for one in heard(lucia)["on"]] == [group.pk, cast.meeting.pk]
    )  # one to none
    for meeting in (cast.meeting.pk, group.pk):
        await lucia.do("corridor.floor", meeting=meeting)
        await lucia.until(lambda meeting=meeting: heard(lucia)["heard"] == meeting)
    await until(lambda: len(plan_of(opened).seats) == 1)  # the chair alone: she listens elsewhere


async def test_who_comes_back_on_a_new_socket_goes_on_hearing(opened) -> None:
    answer = (await opened.post_seat(opened.cast.lucia, meeting=None)).json()
    lucia = await opened.hello(opened.cast.lucia, answer["token"])
    await lucia.do("corridor.open")
    await lucia.do("corridor.floor", meeting=opened.cast.meeting.pk)
    await lucia.cut()
    back = await opened.hello(opened.cast.lucia, answer["token"], resume=True)
    await back.until(lambda: back.topics.get("floors", {}).get("heard") == opened.cast.meeting.pk)
    await until(lambda: answer["seat"] in plan_of(opened).seats)
    await back.close()
    await until(lambda: answer["seat"] not in plan_of(opened).seats)

"""The conduct socket through the real application, with two people and more."""

from __future__ import annotations

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from websockets.exceptions import InvalidStatus

from rooms import house
from rooms.media import Routes
from rooms.models import Receipt, Seat
from summit.models import Entry, Turn
from tests.cast import NOW, Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)


async def test_amina_raises_her_hand_and_everybody_hears_the_whole_list(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    answer = await amina.do("hand.raise")
    for page in (amina, opened.bruno):
        await page.until(lambda page=page: [turn["id"] for turn in page.topics["floor"]["list"]] == [answer["turn"]])


async def test_whoever_is_given_the_floor_may_be_heard_and_nobody_else(opened) -> None:
    amina = await opened.sit(opened.cast.amina, opens_alone=True)
    lucia = await opened.sit(opened.cast.lucia)
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.do("floor.give", turn=turn)
    said = await amina.hear("rights", audible=True)
    assert said["open"] and "screen" in said["publish"]
    await opened.bruno.do("floor.end", turn=turn)
    await amina.hear("rights", audible=False)
    assert not [m for m in lucia.heard if m["type"] == "rights"]


async def test_a_microphone_opens_alone_only_for_those_who_agreed(opened) -> None:
    amina = await opened.sit(opened.cast.amina, opens_alone=False)
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.do("floor.give", turn=turn)
    assert (await amina.hear("rights", audible=True))["open"] is False
    await amina.do("microphone.consent", open=True)
    await amina.hear("rights", audible=True, open=True)


async def test_a_refusal_speaks_the_language_of_the_page_and_the_socket_stays(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    answer = await amina.ask("floor.give_next", expect=1)
    assert (answer["type"], answer["code"]) == ("refused", "floor.not_yours")
    assert answer["message"].startswith("Only the chair")
    await amina.do("hand.raise")


async def test_whoever_is_not_let_in_is_told_so_in_the_language_of_the_page(summit) -> None:
    page = await summit.connect(additional_headers={"Cookie": f"{settings.LANGUAGE_COOKIE_NAME}=ar"})
    await page.send({"type": "hello", "seat": "no token of ours"})
    with translation.override("ar"):
        expected = gettext("This seat is no longer yours. Join again.")
    assert (await page.hear("bye"))["message"] == expected


async def test_the_same_request_twice_is_done_once(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    first = await amina.ask("hand.raise", request="one")
    again = await amina.ask("hand.raise", request="one")
    assert first == again and first["type"] == "done"
    assert await Turn.objects.acount() == 1
    assert await Receipt.objects.filter(request="one").acount() == 1


async def test_the_same_request_on_a_new_socket_is_done_once(opened) -> None:
    answer = await opened.post_seat(opened.cast.amina)
    token = answer.json()["token"]
    amina = await opened.hello(opened.cast.amina, token)
    first = await amina.ask("hand.raise", request="one")
    await amina.cut()
    back = await opened.hello(opened.cast.amina, token, resume=True)
    await back.hear("welcome")
    assert await back.ask("hand.raise", request="one") == first
    assert await Turn.objects.acount() == 1


async def test_two_desks_give_the_floor_at_once_and_one_of_them_wins(opened) -> None:
    cast = opened.cast
    dana, amina, lucia = [await opened.sit(person) for person in (cast.dana, cast.amina, cast.lucia)]
    turns = [(await page.do("hand.raise"))["turn"] for page in (amina, lucia)]
    answers = await asyncio.gather(
        opened.bruno.ask("floor.give_next", expect=turns[0]), dana.ask("floor.give_next", expect=turns[0])
    )
    assert sorted(answer["type"] for answer in answers) == ["done", "refused"]
    given = Entry.objects.filter(kind="floor.given")
    assert await given.acount() == 1


async def test_a_snapshot_and_the_messages_after_it_equal_a_fresh_snapshot(opened) -> None:
    cast = opened.cast
    dana = await opened.sit(cast.dana)
    amina, lucia, chen = [await opened.sit(person) for person in (cast.amina, cast.lucia, cast.chen)]
    turn = (await amina.do("hand.raise"))["turn"]
    await lucia.do("hand.raise")
    await opened.bruno.do("floor.give", turn=turn)
    point = (await lucia.do("hand.raise", register="order"))["turn"]
    await opened.bruno.do("floor.give", turn=point)
    await opened.bruno.do("floor.rule", turn=point, ruling="Well taken.")
    await chen.do("source", room="meeting", kind="camera", on=True)
    await opened.bruno.do("meeting.chat", chat="open")
    await amina.do("chat.say", text="Good morning", to="room")
    fresh = await opened.sit(cast.dana, device="companion")
    await dana.until(
        lambda: all(dana.versions[name] == fresh.versions[name] for name in ("meeting", "floor", "agenda", "desk"))
    )
    for name in ("meeting", "agenda", "desk", "directory"):
        assert dana.topics[name] == fresh.topics[name], name
    assert _timeless(dana.topics["floor"]) == _timeless(fresh.topics["floor"])
    await dana.until(lambda: len(dana.topics["people"]["seats"]) == 6)
    await fresh.until(lambda: fresh.topics["people"] == dana.topics["people"])


def _timeless(floor: dict) -> dict:
    return {key: value for key, value in floor.items() if key != "forecast"}  # counted from the moment of reading


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[]",
        '{"type":"floor.seize","id":"1"}',
        '{"type":"hand.lower","id":"1"}',
        '{"type":"hello","seat":"x"}',
        b"\x00",
        "x" * 60_000,
    ],
)
async def test_nonsense_closes_the_socket_and_hurts_nobody_else(opened, frame) -> None:
    amina = await opened.sit(opened.cast.amina)
    await amina.socket.send(frame)
    await amina.gone(4400)
    assert (await amina.hear("bye"))["code"] == 4400
    await opened.bruno.do("meeting.speech", speech="discussion")


async def test_a_frame_over_64_kib_closes_the_socket(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    await amina.socket.send("x" * 70_000)
    await amina.gone(1009)


async def test_a_flood_closes_the_socket(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    for number in range(200):
        await amina.send({"type": "microphone.consent", "id": f"f{number}", "open": True})
    await amina.gone(4400)


async def test_no_hello_within_five_seconds_closes(summit) -> None:
    page = await summit.connect(await summit.client(summit.cast.amina))
    await page.gone(4408, patience=7)


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://localhost.evil.example", "https://localhost", "http://localhost:1"],
)
async def test_a_page_of_another_address_is_refused(summit, origin) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await summit.connect(await summit.client(summit.cast.amina), origin=origin)
    assert refused.value.response.status_code == 403


async def test_a_token_is_worth_nothing_in_another_browser(opened) -> None:
    token = (await opened.post_seat(opened.cast.amina)).json()["token"]
    for who in (opened.cast.lucia, opened.cast.eve):
        page = await opened.hello(who, token)
        await page.gone(4401)
    stranger = await opened.connect()
    await stranger.send({"type": "hello", "seat": token})
    await stranger.gone(4401)
    forged = await opened.hello(opened.cast.amina, token[:-2] + "xx")
    await forged.gone(4404)


async def test_a_lost_socket_comes_back_to_its_seat(opened) -> None:
    token = (await opened.post_seat(opened.cast.amina)).json()["token"]
    amina = await opened.hello(opened.cast.amina, token)
    await amina.hear("welcome")
    await amina.do("source", room="meeting", kind="camera", on=True)
    key = (await amina.hear("welcome"))["seat"]
    await amina.cut()
    back = await opened.hello(opened.cast.amina, token, resume=True)
    assert (await back.hear("welcome"))["seat"] == key
    await back.until(
        lambda: any(f"{key}:camera" in seat["sources"] for seat in back.topics.get("people", {"seats": []})["seats"])
    )
    assert await Seat.objects.filter(person=opened.cast.amina).acount() == 1


async def test_who_comes_back_hears_what_changed_in_the_slots_meanwhile(opened) -> None:
    answer = (await opened.post_seat(opened.cast.amina)).json()
    amina = await opened.hello(opened.cast.amina, answer["token"])
    await amina.hear("welcome")
    keeper, place = house.house().seats[answer["seat"]]
    await amina.cut()
    async with asyncio.timeout(5):
        while place.line is not None:
            await asyncio.sleep(0.01)
    for voice in ("first", "second"):  # whoever is not in a slot by name is not played
        house.house()._media_says(Routes(keeper.key, place.key, {"a0": f"{voice}:mic"}, epoch="one"))
    back = await opened.hello(opened.cast.amina, answer["token"], resume=True)
    assert (await back.hear("route", room="meeting"))["slots"] == {"a0": "second:mic"}


async def test_the_same_seat_opened_twice_leaves_the_newer_page(opened) -> None:
    token = (await opened.post_seat(opened.cast.amina)).json()["token"]
    first = await opened.hello(opened.cast.amina, token)
    await first.hear("welcome")
    second = await opened.hello(opened.cast.amina, token)
    await second.hear("welcome")
    await first.gone(4409)
    await second.do("hand.raise")


async def test_a_known_topic_is_not_sent_again(opened) -> None:
    token = (await opened.post_seat(opened.cast.amina)).json()["token"]
    amina = await opened.hello(opened.cast.amina, token)
    topics = (await amina.hear("welcome"))["topics"]
    back = await opened.hello(opened.cast.amina, token, known=topics, resume=True)
    await back.hear("welcome")
    await back.do("microphone.consent", open=False)
    assert "agenda" not in back.topics and "floor" not in back.topics
    await back.send({"type": "sync"})
    await back.until(lambda: {"agenda", "floor", "meeting", "directory"} <= set(back.topics))


async def test_another_meetings_ids_are_not_found(opened) -> None:
    def elsewhere() -> tuple[Cast, Turn]:
        other = make_cast("elsewhere", "elsewhere.example")
        return other, Turn.objects.create(item=other.item, delegation=other.kenya, asked_at=NOW)

    other, turn = await sync_to_async(elsewhere)()
    for kind, fields in {
        "floor.give": {"turn": turn.pk},
        "item.take": {"item": other.item.pk},
        "hall.present": {"delegation": other.kenya.pk, "present": True},
        "meeting.preside": {"person": other.amina.pk},
        "list.close": {"item": other.item.pk},
    }.items():
        answer = await opened.bruno.ask(kind, **fields)
        assert answer["type"] == "refused", (kind, answer)


async def test_states_never_carry_text_of_one_language(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    assert amina.topics["meeting"]["titles"] == opened.cast.meeting.titles
    assert json.dumps(amina.topics["directory"]).count("Kenya") >= 1

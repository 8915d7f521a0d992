"""Corridors: two clicks in, knock and answer, and nothing of it anywhere afterwards."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from rooms import house
from rooms.media import Routes
from rooms.models import Block, HelpCall, Knock, OpenToTalk, Receipt, Room, Seat
from rooms.nodes import Home
from summit.models import Entry
from tests.rooms.conftest import database_held

pytestmark = pytest.mark.django_db(transaction=True)


async def rows() -> dict[str, int]:
    return {
        "rooms": await Room.objects.filter(kind="corridor").acount(),
        "seats": await Seat.objects.filter(through__isnull=False).acount(),
        "knocks": await Knock.objects.acount(),
    }


async def test_a_corridor_opens_in_one_request_and_its_rows_go_with_the_last_person(opened) -> None:
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    key = (await amina.do("corridor.open", topic="Paragraph 14"))["corridor"]
    await lucia.until(lambda: lucia.topics["corridors"]["corridors"] == [
        {"corridor": key, "topic": "Paragraph 14", "count": 1, "locked": False, "table": None}
    ])  # fmt: skip
    await lucia.do("corridor.knock", corridor=key, line="Two minutes?")
    knock = await amina.hear("knock")
    assert (knock["person"], knock["line"]) == (opened.cast.lucia.pk, "Two minutes?")
    assert (await lucia.ask("corridor.enter", corridor=key))["code"] == "corridor.knock_first"
    await amina.do("corridor.answer", knock=knock["knock"], answer="come_in")
    await lucia.hear("knock.answered", answer="come_in", corridor=key)
    await lucia.do("corridor.enter", corridor=key)
    await amina.until(lambda: len(amina.topics["corridor"]["seats"]) == 2)
    assert await rows() == {"rooms": 1, "seats": 2, "knocks": 0}
    await amina.do("corridor.say", text="We could live with it.")
    assert (await lucia.hear("corridor.said"))["text"] == "We could live with it."
    for page in (amina, lucia):
        await page.do("corridor.leave")
        assert (await page.hear("corridor.closed"))["code"] == "corridor.left"
    assert await rows() == {"rooms": 0, "seats": 0, "knocks": 0}
    await lucia.until(lambda: lucia.topics["corridors"]["corridors"] == [])


async def test_in_five_minutes_and_not_now(opened) -> None:
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    key = (await amina.do("corridor.open"))["corridor"]
    for answer in ("soon", "not_now"):
        amina.heard.clear()
        await lucia.do("corridor.knock", corridor=key)
        await amina.do("corridor.answer", knock=(await amina.hear("knock"))["knock"], answer=answer)
        await lucia.hear("knock.answered", answer=answer)
        assert (await lucia.ask("corridor.enter", corridor=key))["code"] == "corridor.knock_first"


async def test_a_locked_corridor_takes_no_knock(opened) -> None:
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    key = (await amina.do("corridor.open"))["corridor"]
    await amina.do("corridor.lock", on=True)
    await lucia.until(lambda: lucia.topics["corridors"]["corridors"][0]["locked"])
    assert (await lucia.ask("corridor.knock", corridor=key))["code"] == "corridor.locked"
    assert (await lucia.ask("corridor.lock", on=False))["code"] == "corridor.outside"


async def test_a_word_opens_a_corridor_for_two(opened) -> None:
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    await amina.do("corridor.invite", person=opened.cast.lucia.pk, line="A word?")
    invite = await lucia.hear("invite")
    assert (await opened.bruno.ask("corridor.accept", invite=invite["invite"], answer="come_in"))[
        "code"
    ] == "corridor.no_invite"
    key = (await lucia.do("corridor.accept", invite=invite["invite"], answer="come_in"))["corridor"]
    assert (await amina.hear("invite.answered"))["corridor"] == key
    for page in (amina, lucia):
        await page.until(lambda page=page: sorted(page.topics.get("corridor", {"persons": []})["persons"]) == sorted(
            [opened.cast.amina.pk, opened.cast.lucia.pk]))  # fmt: skip


async def test_whoever_is_blocked_reaches_nobody_and_is_not_told(opened) -> None:
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    await lucia.do("corridor.block", person=opened.cast.amina.pk, on=True)
    await amina.do("corridor.invite", person=opened.cast.lucia.pk)
    key = (await lucia.do("corridor.open"))["corridor"]
    await amina.do("corridor.knock", corridor=key)
    await asyncio.sleep(0.3)
    assert not [m for m in lucia.heard if m["type"] in {"invite", "knock"}]
    assert not lucia.topics["corridor"]["knocks"]
    assert await Block.objects.acount() == 1


async def test_a_block_does_not_show_when_the_person_is_away(opened) -> None:
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    await lucia.do("corridor.block", person=opened.cast.amina.pk, on=True)
    await lucia.close()
    here = house.house().seats.values
    await until(lambda: opened.cast.lucia.pk not in {place.person_id for _, place in here()})
    assert (await amina.ask("corridor.invite", person=opened.cast.lucia.pk))["code"] == "corridor.not_here"


async def test_whoever_invites_again_and_again_takes_nobody_elses_invitation_away(opened, monkeypatch) -> None:
    monkeypatch.setattr("rooms.doorbell.INVITES", 2)
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    dana = await opened.sit(opened.cast.dana)
    from_dana = (await dana.do("corridor.invite", person=opened.cast.lucia.pk))["invite"]
    also_amina = await opened.sit(opened.cast.amina, device="companion")
    pages = [amina, also_amina, amina]  # a second device is not a second voice
    from_amina = [(await page.do("corridor.invite", person=opened.cast.lucia.pk))["invite"] for page in pages]
    gone = await lucia.ask("corridor.accept", invite=from_amina[0], answer="come_in")
    assert gone["code"] == "corridor.no_invite"
    await lucia.do("corridor.accept", invite=from_amina[1], answer="soon")
    await lucia.do("corridor.accept", invite=from_dana, answer="come_in")


async def test_a_report_reaches_the_officers_with_only_what_was_written(opened) -> None:
    dana, amina = await opened.sit(opened.cast.dana), await opened.sit(opened.cast.amina)
    await amina.do("corridor.report", person=opened.cast.lucia.pk, text="Knocks every minute.")
    await dana.until(lambda: dana.topics["help"]["calls"])
    call = dana.topics["help"]["calls"][0]
    assert (call["text"], call["obstacle"]) == ("Knocks every minute.", f"report.{opened.cast.lucia.pk}")


async def test_reports_are_few_until_one_is_answered_and_take_nobody_the_help_desk(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    for _ in range(3):
        await amina.do("corridor.report", person=opened.cast.lucia.pk, text="Again.")
    refused = await amina.ask("corridor.report", person=opened.cast.lucia.pk, text="And again.")
    assert refused["code"] == "help.waiting"
    await amina.do("help.call", obstacle="report.7", text="My microphone.")
    await amina.do("help.call", obstacle="reach.word", text="My microphone.")
    forged = HelpCall.objects.filter(text="My microphone.").values_list("obstacle", flat=True)
    assert {one async for one in forged} == {""}, "a report, and an officer's word, are not said by a page"


async def test_in_a_corridor_the_plenary_seat_publishes_nothing_and_hears_everything(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.do("floor.give", turn=turn)
    await amina.hear("rights", audible=True)
    key = (await amina.hear("welcome"))["seat"]
    corridor = (await amina.do("corridor.open"))["corridor"]
    said = await amina.hear("rights", audible=False)
    assert said["publish"] == []
    plans = house.house().media._rooms
    keeper, place = house.house().seats[key]
    await until(lambda: not plans[keeper.key].plan.seats[key].publish)
    assert plans[keeper.key].plan.seats[key].receive
    inside = plans[corridor].plan
    assert inside.private and inside.seats[place.corridor_seat].publish == {"audio", "video", "screen"}
    await amina.do("source", room="corridor", kind="mic", on=True)
    await amina.until(lambda: amina.topics["corridor"]["seats"][0]["sources"] == [f"{place.corridor_seat}:mic"])
    await amina.do("corridor.leave")
    amina.heard.clear()
    await until(lambda: key in plans[keeper.key].plan.seats and plans[keeper.key].plan.seats[key].audible)
    assert corridor not in plans
    assert [one["id"] for one in opened.bruno.topics["floor"]["list"]] == []  # the turn is still held
    assert opened.bruno.topics["floor"]["speaking"]["id"] == turn


async def until(true, patience: float = 5.0) -> None:
    async with asyncio.timeout(patience):
        while not true():
            await asyncio.sleep(0.01)


async def test_losing_the_seat_ends_the_corridor_too(opened) -> None:
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    await amina.do("corridor.presence", on=True, about="Adaptation")
    await lucia.until(lambda: [one["about"] for one in lucia.topics["corridors"]["open"]] == ["Adaptation"])
    await amina.do("corridor.open")
    await opened.bruno.do("person.remove", person=opened.cast.amina.pk, reason="Asked to leave.")
    await amina.gone(4403)
    await lucia.until(lambda: not any(lucia.topics["corridors"].values()))
    assert await rows() == {"rooms": 0, "seats": 0, "knocks": 0}
    assert await OpenToTalk.objects.acount() == 0


async def test_one_goes_from_corridor_to_corridor_and_is_in_one(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    first = (await amina.do("corridor.open", topic="one"))["corridor"]
    second = (await amina.do("corridor.open", topic="two"))["corridor"]
    await amina.until(lambda: amina.topics["corridor"]["corridor"] == second)
    assert first != second and await rows() == {"rooms": 1, "seats": 1, "knocks": 0}


async def test_sixteen_fill_a_corridor(opened, monkeypatch) -> None:
    monkeypatch.setattr("rooms.corridors.PERSONS", 1)
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    await amina.do("corridor.open")
    await amina.do("corridor.invite", person=opened.cast.lucia.pk)
    answer = await lucia.ask("corridor.accept", invite=(await lucia.hear("invite"))["invite"], answer="come_in")
    assert answer["code"] == "corridor.full"


async def test_the_same_request_twice_opens_one_corridor_and_leaves_no_receipt(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    first = await amina.ask("corridor.open", request="same")
    assert await amina.ask("corridor.open", request="same") == first
    assert (await rows())["rooms"] == 1
    assert await Receipt.objects.filter(seat__person=opened.cast.amina).acount() == 0


async def test_the_press_has_no_corridors(opened) -> None:
    from summit.models import Membership
    from tests.cast import accredit, delegation, person

    def journalist():
        press = delegation(opened.cast.summit, "PRS", "press", "Daily Nation")
        who = person("Paul Writer", at="press.example")
        accredit(who, opened.cast.summit)
        Membership.objects.create(person=who, delegation=press, function="adviser")
        return who

    paul = await opened.sit(await sync_to_async(journalist)())
    assert "corridors" not in paul.topics
    assert (await paul.ask("corridor.open"))["code"] == "corridor.not_allowed"


async def test_the_foyer_leads_to_corridors_between_meetings(summit) -> None:
    cast = summit.cast  # the meeting is not open: nobody is in it
    amina, lucia = [await summit.sit(person, meeting=None, device="companion") for person in (cast.amina, cast.lucia)]
    assert set((await amina.hear("welcome"))["topics"]) == {"directory", "corridors", "presence"}
    assert (await amina.ask("hand.raise"))["code"] == "meeting.none"
    await amina.do("corridor.invite", person=cast.lucia.pk, line="Coffee?")
    key = (await lucia.do("corridor.accept", invite=(await lucia.hear("invite"))["invite"], answer="come_in"))[
        "corridor"
    ]
    assert house.house().media._rooms[key].plan.private
    await lucia.close()
    await amina.until(lambda: amina.topics["corridor"]["persons"] == [cast.amina.pk])


async def test_after_a_restart_those_inside_are_inside(opened) -> None:
    answer = await opened.post_seat(opened.cast.amina)
    amina = await opened.hello(opened.cast.amina, answer.json()["token"])
    key = (await amina.do("corridor.open", topic="kept"))["corridor"]
    await house.close()
    await house.house().restore()
    await until(lambda: key in house.house().media._rooms)
    assert len(house.house().media._rooms[key].plan.seats) == 1
    back = await opened.hello(opened.cast.amina, answer.json()["token"], resume=True)
    assert (await back.hear("welcome"))["corridor"] == key
    await back.until(lambda: back.topics.get("corridor", {}).get("topic") == "kept")


async def test_who_comes_back_on_a_new_socket_hears_of_every_voice_that_comes_in_later(opened) -> None:
    answer = await opened.post_seat(opened.cast.amina)
    amina = await opened.hello(opened.cast.amina, answer.json()["token"])
    key = (await amina.do("corridor.open"))["corridor"]
    await amina.cut()
    back = await opened.hello(opened.cast.amina, answer.json()["token"], resume=True)
    assert (await back.hear("welcome"))["corridor"] == key
    _keeper, place = house.house().seats[answer.json()["seat"]]
    house.house()._media_says(Routes(key, place.corridor_seat, {"a0": "another:mic"}))  # as the node says it
    assert (await back.hear("route", room="corridor"))["slots"] == {"a0": "another:mic"}
    house.house()._media_says(Home(key, "another node"))
    await back.hear("epoch", room="corridor", epoch="another node")


async def test_a_page_opened_anew_while_its_corridor_opens_is_inside(opened) -> None:
    answer = (await opened.post_seat(opened.cast.amina)).json()
    amina = await opened.hello(opened.cast.amina, answer["token"])
    await amina.hear("welcome")
    _keeper, place = house.house().seats[answer["seat"]]
    back = await opened.connect(await opened.client(opened.cast.amina))
    async with database_held():
        await amina.send({"type": "corridor.open", "id": "open"})
        await until(lambda: place.busy)
        await back.send({"type": "hello", "seat": answer["token"]})
        await asyncio.sleep(0.2)  # the door asks the database after the corridor, and before who is inside is read
    await back.until(lambda: back.topics.get("corridor", {}).get("persons") == [opened.cast.amina.pk])
    await back.do("corridor.leave")
    assert await rows() == {"rooms": 0, "seats": 0, "knocks": 0}


async def test_a_seat_given_back_while_its_corridor_opens_leaves_nobody_in_it(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    keeper, place = house.house().seats[(await amina.hear("welcome"))["seat"]]
    async with database_held():
        await amina.send({"type": "corridor.open", "id": "open"})
        await until(lambda: place.busy)
        keeper.free(place)
    async with asyncio.timeout(5):
        while not await Seat.objects.filter(pk=place.seat.pk, left_at__isnull=False).aexists() or any(
            (await rows()).values()
        ):
            await asyncio.sleep(0.01)


async def test_after_a_long_outage_nobody_is_inside_and_nobody_open_to_talk(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    await amina.do("corridor.presence", on=True, about="Adaptation")
    await amina.do("corridor.open", topic="outlived")
    await house.close()
    await Seat.objects.aupdate(seen_at=timezone.now() - timedelta(minutes=11))
    await house.house().restore()
    assert await rows() == {"rooms": 0, "seats": 0, "knocks": 0}
    assert await OpenToTalk.objects.acount() == 0


async def test_nothing_of_a_corridor_is_found_anywhere_afterwards(opened, valkey: redis.Redis, caplog, capfd) -> None:
    """Marker strings in everything one can write in a corridor; then a search through all there is."""
    caplog.set_level(logging.INFO)  # as the product logs; our own parts as loud as they can
    for name in ("rooms", "summit"):
        caplog.set_level(logging.DEBUG, name)
    marks = {name: f"MARK{secrets.token_hex(8)}" for name in ("topic", "line", "said", "about", "word", "seek")}
    cast = opened.cast
    amina, lucia, dana = [await opened.sit(person) for person in (cast.amina, cast.lucia, cast.dana)]
    await amina.do("corridor.presence", on=True, about=marks["about"])
    key = (await amina.do("corridor.open", topic=marks["topic"]))["corridor"]
    await lucia.do("corridor.knock", corridor=key, line=marks["line"])
    await amina.do("corridor.answer", knock=(await amina.hear("knock"))["knock"], answer="come_in")
    await lucia.do("corridor.enter", corridor=key)
    await amina.do("corridor.say", text=marks["said"])
    await lucia.hear("corridor.said")
    await amina.do("corridor.invite", person=cast.dana.pk, line=marks["word"])
    await dana.hear("invite")
    await amina.do("corridor.seek", delegation=cast.chile.pk, line=marks["seek"])
    await lucia.hear("invite", line=marks["seek"])

    inside = (amina, lucia)
    for page in (opened.bruno, dana):
        text = str(page.heard)
        assert marks["said"] not in text and marks["line"] not in text
        for event in page.heard:  # the signs on the doors: how many, never who
            if event["type"] == "state" and event["topic"] == "corridors":
                assert all(
                    set(one) == {"corridor", "topic", "count", "locked", "table"} for one in event["state"]["corridors"]
                )
    client = await opened.client(cast.dana)
    staff = cast.dana.account
    staff.is_staff = staff.is_superuser = True
    await sync_to_async(staff.save)()
    pages = ["/admin/", "/admin/summit/meeting/", "/admin/summit/summit/", f"/s/{cast.summit.slug}/", "/"]
    for path in pages:
        body = (await sync_to_async(client.get)(path)).content.decode()
        assert not any(mark in body for mark in marks.values()), path

    for page in inside:
        await page.do("corridor.leave")
    await amina.do("corridor.presence", on=False)
    await opened.bruno.do("meeting.close", unheard=0)
    everything = await sync_to_async(dump)()
    journal = "".join([str(entry.body) async for entry in Entry.objects.all()])
    everything += journal + caplog.text + "".join(capfd.readouterr())
    for name in valkey.keys("*"):
        kind = valkey.type(name)
        values = {
            b"string": valkey.get,
            b"zset": lambda n: valkey.zrange(n, 0, -1),
            b"list": lambda n: valkey.lrange(n, 0, -1),
        }
        everything += str(name) + str(values.get(kind, lambda n: "")(name))
    for name, mark in marks.items():
        assert mark not in everything, name
    assert key not in journal
    assert await HelpCall.objects.acount() == 0
    await sync_to_async(checkpoint)()
    for file in Path(os.environ["PARLEY_VAR"]).rglob("*"):
        if file.is_file():
            raw = file.read_bytes()
            for name, mark in marks.items():
                assert mark.encode() not in raw, (name, file)


def dump() -> str:
    """The whole database as SQL, with what SQLite has kept of deleted rows left out."""
    connection.ensure_connection()
    if connection.vendor != "sqlite":
        return ""
    return "\n".join(connection.connection.iterdump())


def checkpoint() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

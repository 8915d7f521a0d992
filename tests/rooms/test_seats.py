"""The door: who may sit down, on how many devices, and what stands in the way."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from rooms import house
from rooms.models import HelpCall, Receipt, Seat
from rooms.plan import TALK
from summit.models import Accreditation, Meeting

pytestmark = pytest.mark.django_db(transaction=True)


async def test_before_the_opening_only_those_who_run_it_are_let_in(summit) -> None:
    cast = summit.cast
    for person, expected in ((cast.bruno, 200), (cast.dana, 200), (cast.amina, 403), (cast.chen, 403)):
        answer = await summit.post_seat(person)
        assert answer.status_code == expected, (person, answer.content)
    assert (await summit.post_seat(cast.amina)).json()["code"] == "not_open"


async def test_strangers_find_nothing(summit) -> None:
    for body in ({}, {"meeting": None}, {"summit": "elsewhere"}, {"meeting": "elsewhere"}):
        assert (await summit.post_seat(summit.cast.eve, **body)).status_code == 404
    client = await summit.client(summit.cast.eve)
    base = f"/s/{summit.cast.summit.slug}"
    for path in ("meetings/plenary-1/lobby/", "meetings/plenary-1/room/", "meetings/plenary-1/desk/", "corridors/"):
        assert (await sync_to_async(client.get)(f"{base}/{path}")).status_code == 404
    assert (await sync_to_async(client.get)("/screen/nothing/")).status_code == 404


async def test_a_nominated_person_is_told_to_wait_for_approval(opened) -> None:
    await Accreditation.objects.filter(person=opened.cast.amina).aupdate(state="nominated")
    answer = await opened.post_seat(opened.cast.amina)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_accredited")


async def test_an_observer_waits_outside_a_closed_meeting(opened) -> None:
    await Meeting.objects.filter(pk=opened.cast.meeting.pk).aupdate(openness="closed")
    assert (await opened.post_seat(opened.cast.chen)).json()["code"] == "closed_meeting"
    assert (await opened.post_seat(opened.cast.amina)).status_code == 200


async def test_reloading_gives_the_same_seat(opened) -> None:
    first, second = [await opened.post_seat(opened.cast.amina) for _ in range(2)]
    assert first.json()["seat"] == second.json()["seat"]
    assert await Seat.objects.filter(person=opened.cast.amina).acount() == 1


async def other_browser(opened, person) -> None:
    """The next request of this person comes from another browser."""
    opened.clients.pop(person.pk)


async def test_someone_already_seated_chooses_to_move_or_to_be_a_companion(opened) -> None:
    amina = opened.cast.amina
    first = await opened.sit(amina)
    await other_browser(opened, amina)
    taken = await opened.post_seat(amina)
    assert taken.status_code == 409
    assert (taken.json()["code"], taken.json()["choices"]) == ("seat.taken", ["move", "companion"])
    companion = await opened.sit(amina, device="companion")
    welcome = await companion.hear("welcome")
    assert (welcome["publish"], welcome["audible"]) == ([], False)
    await first.do("hand.raise")
    moved = await opened.sit(amina, move=True)
    await first.gone(4409)
    assert (await moved.hear("welcome"))["publish"] == ["audio", "video"]


async def test_in_the_foyer_each_browser_has_microphone_and_camera(opened) -> None:
    """Also where the first one is not closed: its person went to the telephone, or it broke down."""
    amina = opened.cast.amina
    first = await opened.sit(amina, meeting=None)
    await other_browser(opened, amina)
    second = await opened.sit(amina, meeting=None)
    key = (await second.do("corridor.open", topic="telephone"))["corridor"]
    assert [seat.publish for seat in house.house().media._rooms[key].plan.seats.values()] == [TALK]
    await first.do("corridor.presence", on=False)
    await other_browser(opened, amina)
    client = await opened.client(amina)
    page = await sync_to_async(client.get)(f"/s/{opened.cast.summit.slug}/corridors/")
    assert page.context["page"]["seat"]["device"] == "media"


async def test_three_seats_a_person_are_enough(opened) -> None:
    amina = opened.cast.amina
    for device in ("media", "companion", "companion"):
        assert (await opened.post_seat(amina, device=device)).status_code == 200
        await other_browser(opened, amina)
    answer = await opened.post_seat(amina, device="companion")
    assert (answer.status_code, answer.json()["code"]) == (409, "seat.three")


async def test_a_full_room_says_so_and_takes_the_next_when_somebody_leaves(opened, monkeypatch) -> None:
    monkeypatch.setattr("rooms.seats.SEATS_A_ROOM", 2)
    cast = opened.cast
    amina = await opened.sit(cast.amina)
    refused = await opened.post_seat(cast.lucia)
    assert (refused.status_code, refused.json()["code"]) == (403, "full")
    assert refused.json()["message"].startswith("The room is full.")
    await amina.close()
    async with asyncio.timeout(5):
        while (await opened.post_seat(cast.lucia)).status_code != 200:
            await asyncio.sleep(0.05)


async def test_personal_devices_in_the_hall_have_neither_microphone_nor_loudspeaker(opened) -> None:
    amina = await opened.sit(opened.cast.amina, mode="hall")
    welcome = await amina.hear("welcome")
    assert welcome["publish"] == []
    answer = await amina.ask("publish.offer", room="meeting", sdp="v=0")
    assert answer["code"] == "media.not_allowed"
    assert (await amina.ask("source", room="meeting", kind="mic", on=True))["code"] == "media.not_allowed"
    turn = (await amina.do("hand.raise"))["turn"]  # a personal device still asks for the floor
    await amina.until(lambda: [one["id"] for one in amina.topics["floor"]["list"]] == [turn])


async def test_the_hall_is_connected_by_an_officer_and_once(opened) -> None:
    assert (await opened.post_seat(opened.cast.amina, device="hall")).json()["code"] == "seat.not_hall"
    dana = await opened.sit(opened.cast.dana, device="hall", mode="hall")
    assert (await dana.hear("welcome"))["publish"] == ["audio", "video"]
    await other_browser(opened, opened.cast.dana)
    assert (await opened.post_seat(opened.cast.dana, device="hall")).json()["code"] == "seat.hall_taken"


async def test_the_hall_is_heard_while_its_delegation_speaks(opened) -> None:
    cast = opened.cast
    dana = await opened.sit(cast.dana, device="hall", mode="hall")
    assert not (await dana.hear("welcome"))["audible"]
    await dana.do("hall.present", delegation=cast.chile.pk, present=True)
    turn = (await dana.do("hall.raise", delegation=cast.chile.pk, person=cast.lucia.pk))["turn"]
    await opened.bruno.do("floor.give", turn=turn)
    await dana.hear("rights", audible=True)
    await dana.do("floor.end", turn=turn)
    await dana.hear("rights", audible=False)
    there = dana.topics["people"]["counts"]
    assert there["hall"] == 1


async def test_the_hall_stays_silent_when_a_remote_chair_drops_out_until_they_sit_down_in_it(opened) -> None:
    cast = opened.cast
    dana = await opened.sit(cast.dana, device="hall", mode="hall")
    keeper, hall = house.house().seats[(await dana.hear("welcome"))["seat"]]
    await opened.bruno.close()
    await until(lambda: cast.bruno.pk not in {place.person_id for place in keeper.places.values()})
    assert not hall.grant.audible
    await opened.sit(cast.bruno, device="companion")  # their desk, opened anywhere: it does not say where they sit
    assert not hall.grant.audible
    await opened.sit(cast.bruno, device="companion", mode="hall")
    await dana.hear("rights", audible=True)


async def test_signed_out_and_nonsense_bodies(summit) -> None:
    post = sync_to_async(Client().post)
    assert (await post("/seat/", "{}", content_type="application/json")).status_code == 401
    client = await summit.client(summit.cast.bruno)
    for body in (
        "",
        "[]",
        "{",
        '{"summit": 3}',
        '{"summit": "test", "device": "throne"}',
        '{"summit": "test", "mode": 7}',
        '{"summit": "test", "device": []}',
        '{"summit": "te\\u0000st"}',
        '{"summit": "te\\ud800st"}',
        "[" * 3_900,
    ):
        assert (await sync_to_async(client.post)("/seat/", body, content_type="application/json")).status_code == 400


async def test_a_form_of_another_site_takes_no_seat(summit) -> None:
    client = Client(enforce_csrf_checks=True)
    await sync_to_async(client.force_login)(summit.cast.bruno.account, "django.contrib.auth.backends.ModelBackend")
    answer = await sync_to_async(client.post)("/seat/", "{}", content_type="application/json")
    assert answer.status_code == 403


async def test_giving_the_seat_back_frees_it_for_others(opened) -> None:
    answer = (await opened.post_seat(opened.cast.amina)).json()
    amina = await opened.hello(opened.cast.amina, answer["token"])
    await amina.hear("welcome")
    client = await opened.client(opened.cast.amina)
    gone = await sync_to_async(client.delete)("/seat/", {"token": answer["token"]}, content_type="application/json")
    assert gone.status_code == 200
    await amina.gone(4409)
    again = await opened.hello(opened.cast.amina, answer["token"])
    await again.gone(4404)


async def test_help_reaches_an_officer_from_the_lobby_and_from_the_room(summit) -> None:
    cast = summit.cast
    dana = await summit.sit(cast.dana)
    client = await summit.client(cast.amina)
    path = f"/s/{cast.summit.slug}/meetings/{cast.meeting.slug}/help/"
    answer = await sync_to_async(client.post)(
        path, {"obstacle": "camera.denied", "text": "It does not ask me."}, content_type="application/json"
    )
    assert answer.status_code == 200
    await dana.until(lambda: [one["obstacle"] for one in dana.topics["help"]["calls"]] == ["camera.denied"])
    call = dana.topics["help"]["calls"][0]["call"]
    await dana.do("help.answer", call=call, reply="Press the sign beside the address.")
    await dana.until(lambda: dana.topics["help"]["calls"][0]["reply"])
    assert (await dana.ask("help.answer", call=call, reply="Again"))["code"] == "help.answered"
    for _ in range(3):
        await sync_to_async(client.post)(path, {"text": "!"}, content_type="application/json")
    last = await sync_to_async(client.post)(path, {"text": "!"}, content_type="application/json")
    assert (last.status_code, last.json()["code"]) == (409, "help.waiting")
    assert await HelpCall.objects.acount() == 4


async def test_a_call_from_the_room_is_answered_in_the_room(opened) -> None:
    cast = opened.cast
    dana, amina = await opened.sit(cast.dana), await opened.sit(cast.amina)
    call = (await amina.do("help.call", text="I hear nothing."))["call"]
    await dana.do("help.answer", call=call, reply="Check the loudspeaker at the bottom.")
    assert (await amina.hear("notice", code="help.answered"))["text"] == "Check the loudspeaker at the bottom."
    assert "help" not in amina.topics


async def test_an_answer_that_came_while_the_line_was_down_is_said_again(opened) -> None:
    cast = opened.cast
    dana, given = await opened.sit(cast.dana), (await opened.post_seat(cast.amina)).json()
    amina = await opened.hello(cast.amina, given["token"])
    call = (await amina.do("help.call", text="I hear nothing."))["call"]
    await amina.cut()
    await dana.do("help.answer", call=call, reply="Use the cable.")
    await dana.do("help.reach", person=cast.amina.pk, offer="low_data")
    await dana.until(lambda: [one["reply"] for one in dana.topics["help"]["calls"]] == ["", "Use the cable."])
    back = await opened.hello(cast.amina, given["token"], resume=True)
    assert (await back.hear("notice", code="help.answered"))["text"] == "Use the cable."
    await back.hear("help.reached", offer="low_data")


async def test_chat_to_the_secretariat_is_seen_by_officers_and_its_writer_only(opened) -> None:
    cast = opened.cast
    dana, amina, lucia = [await opened.sit(person) for person in (cast.dana, cast.amina, cast.lucia)]
    assert (await amina.ask("chat.say", text="Hello all", to="room"))["code"] == "chat.secretariat_only"
    await amina.do("chat.say", text="Our sound is weak.", to="secretariat")
    for page in (dana, amina):
        assert (await page.hear("chat.said"))["line"]["text"] == "Our sound is weak."
    await opened.bruno.do("meeting.chat", chat="open")
    await lucia.do("chat.say", text="Good morning", to="room")
    for page in (dana, amina, lucia):
        await page.until(
            lambda page=page: any(m["type"] == "chat.said" and m["line"]["text"] == "Good morning" for m in page.heard)
        )
    assert not any("Our sound" in str(m) for m in lucia.heard)
    back = await opened.sit(cast.chen)
    assert [line["text"] for line in back.topics["chat"]["lines"]] == ["Good morning"]
    await opened.bruno.do("meeting.chat", chat="off")
    assert (await lucia.ask("chat.say", text="?", to="secretariat"))["code"] == "chat.off"


async def test_what_was_said_behind_closed_doors_is_not_read_by_who_comes_in_when_they_open(opened) -> None:
    cast, bruno = opened.cast, opened.bruno
    await bruno.do("meeting.openness", openness="closed")
    await bruno.do("meeting.chat", chat="open")
    amina = await opened.sit(cast.amina)
    await amina.do("chat.say", text="Our bottom line", to="room")
    await bruno.do("meeting.openness", openness="open")
    await bruno.until(lambda: bruno.topics["meeting"]["openness"] == "open")
    chen, lucia = await opened.sit(cast.chen), await opened.sit(cast.lucia)
    assert [line["text"] for line in lucia.topics["chat"]["lines"]] == ["Our bottom line"]
    await amina.do("chat.say", text="Welcome", to="room")
    assert (await chen.hear("chat.said"))["line"]["text"] == "Welcome"
    await chen.send({"type": "sync"})
    await chen.until(lambda: chen.topics.get("chat", {}).get("lines"))
    assert "bottom line" not in str(chen.heard)


async def until(true, patience: float = 5.0) -> None:
    async with asyncio.timeout(patience):
        while not true():
            await asyncio.sleep(0.01)


async def screen_of(opened, link):
    """A hall screen by this link, and its welcome."""
    page = Client(headers={"host": f"localhost:{opened.port}"})
    token = link["url"].rstrip("/").rsplit("/", 1)[-1]
    given = await sync_to_async(page.post)("/seat/", {"screen": token}, content_type="application/json")
    screen = await opened.connect()
    await screen.send({"type": "hello", "seat": given.json()["token"]})
    return screen, await screen.hear("welcome")


async def test_behind_closed_doors_a_hall_screen_sees_only_that_they_are_closed(opened) -> None:
    amina, dana = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.dana)
    link = await dana.do("screen.link")
    screen, welcome = await screen_of(opened, link)
    keeper, _place = house.house().seats[welcome["seat"]]

    def receives(seat: str) -> bool | None:
        planned = house.house().media._rooms[keeper.key].plan.seats.get(seat)
        return planned and planned.receive

    await until(lambda: receives(welcome["seat"]))
    await opened.bruno.do("meeting.openness", openness="closed")
    await screen.until(lambda: screen.topics["meeting"]["openness"] == "closed")
    await until(lambda: receives(welcome["seat"]) is False)
    screen.heard.clear()
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.until(lambda: opened.bruno.topics["floor"]["list"])
    late, told = await screen_of(opened, link)
    assert set(told["topics"]) == {"meeting"}
    await until(lambda: receives(told["seat"]) is False)
    for page in (screen, late):
        await page.send({"type": "sync"})
        assert (await page.ask("hand.raise"))["code"] == "screen.silent"
    assert {m["topic"] for page in (screen, late) for m in page.heard if m["type"] == "state"} <= {"meeting"}
    await opened.bruno.do("meeting.openness", openness="open")
    for page in (screen, late):
        await page.until(
            lambda page=page: [one["id"] for one in page.topics.get("floor", {"list": []})["list"]] == [turn]
        )
    await until(lambda: receives(welcome["seat"]) and receives(told["seat"]))


async def test_a_hall_screen_sees_the_meeting_and_says_nothing(opened) -> None:
    cast = opened.cast
    dana = await opened.sit(cast.dana)
    assert (await opened.bruno.ask("screen.link"))["code"] == "hall.not_yours"
    link = await dana.do("screen.link", request="link")
    assert await dana.do("screen.link", request="link") == link  # answered from memory:
    assert not await Receipt.objects.filter(request="link").aexists()  # the database keeps its digest only
    page = Client(headers={"host": f"localhost:{opened.port}"})
    token = link["url"].rstrip("/").rsplit("/", 1)[-1]
    given = await sync_to_async(page.post)("/seat/", {"screen": token}, content_type="application/json")
    assert given.status_code == 200
    screen = await opened.connect()
    await screen.send({"type": "hello", "seat": given.json()["token"]})
    welcome = await screen.hear("welcome")
    assert welcome["you"] is None and set(welcome["topics"]) == {
        "meeting",
        "agenda",
        "floor",
        "votes",
        "directory",
        "people",
    }
    assert (await screen.ask("hand.raise"))["code"] == "screen.silent"
    await dana.until(lambda: dana.topics["help"]["screens"])
    await dana.do("screen.revoke", link=link["link"])
    await screen.gone(4409)
    given = await sync_to_async(page.post)("/seat/", {"screen": token}, content_type="application/json")
    assert given.status_code == 404


async def test_of_too_many_screens_by_one_link_the_oldest_makes_way(opened, monkeypatch) -> None:
    monkeypatch.setattr("rooms.seats.SCREENS_A_LINK", 2)
    link = await (await opened.sit(opened.cast.dana)).do("screen.link")
    screens = [(await screen_of(opened, link))[0] for _ in range(3)]
    await screens[0].gone(4409)
    assert [screen.closed for screen in screens[1:]] == [None, None]
    assert await Seat.objects.filter(screen=link["link"], left_at=None).acount() == 2


async def test_a_seat_left_behind_by_a_dead_server_makes_way(opened) -> None:
    amina = opened.cast.amina
    await opened.post_seat(amina)
    await Seat.objects.filter(person=amina).aupdate(seen_at=timezone.now() - timedelta(minutes=2))
    await other_browser(opened, amina)
    assert (await opened.post_seat(amina)).status_code == 200

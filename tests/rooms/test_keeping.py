"""What a keeper does for its room: lost lines, lost rights, dead layers, restarts, the end of the meeting."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from rooms import house, protocol
from rooms.models import Seat
from summit.credentials import actions as credentials
from summit.floor.hands import raise_hand
from summit.models import Accreditation, Entry, Meeting, Office, Presence

pytestmark = pytest.mark.django_db(transaction=True)


def seats_of(page, person) -> list[dict]:
    return [seat for seat in page.topics.get("people", {"seats": []})["seats"] if seat["person"] == person.pk]


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Away after 2 s, freed after 4: the same clockwork, so that a test need not last half a minute."""
    monkeypatch.setattr(protocol, "AWAY_AFTER", 2.0)
    monkeypatch.setattr(protocol, "SEAT_GRACE", 4.0)
    monkeypatch.setattr("rooms.rounds.SLOW", 0.5)


async def test_a_lost_socket_is_away_then_gone_and_its_hand_stays(opened, impatient) -> None:
    amina = await opened.sit(opened.cast.amina)
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.until(lambda: seats_of(opened.bruno, opened.cast.amina))
    await amina.cut()
    await opened.bruno.until(lambda: any(seat["away"] for seat in seats_of(opened.bruno, opened.cast.amina)))
    await opened.bruno.until(lambda: not seats_of(opened.bruno, opened.cast.amina))
    assert [one["id"] for one in opened.bruno.topics["floor"]["list"]] == [turn]
    assert (await Seat.objects.aget(person=opened.cast.amina)).left_at


async def test_leaving_frees_the_seat_at_once(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    await opened.bruno.until(lambda: seats_of(opened.bruno, opened.cast.amina))
    await amina.close()
    await opened.bruno.until(lambda: not seats_of(opened.bruno, opened.cast.amina), patience=2)


async def test_a_delegation_is_present_while_one_of_its_seats_is(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    kenya = str(opened.cast.kenya.pk)
    there = lambda: opened.bruno.topics["people"]["present"].get(kenya)  # noqa: E731
    await opened.bruno.until(lambda: there() == {"hall": False, "remote": True})
    await amina.close()
    await opened.bruno.until(lambda: there() is None)
    kinds = [entry.kind async for entry in Entry.objects.filter(kind__startswith="attendance").order_by("seq")]
    assert kinds == ["attendance.arrived", "attendance.left"]
    assert await Presence.objects.filter(delegation=opened.cast.kenya, left_at__isnull=False).acount() == 1


async def test_a_delegation_away_is_not_present_until_its_line_is_back_and_keeps_seat_and_floor(
    opened, monkeypatch
) -> None:
    monkeypatch.setattr("rooms.rounds.SLOW", 0.5)
    cast, bruno = opened.cast, opened.bruno
    token = (await opened.post_seat(cast.amina)).json()["token"]
    amina = await opened.hello(cast.amina, token)
    turn = (await amina.do("hand.raise"))["turn"]
    await bruno.do("floor.give", turn=turn)
    there = lambda: str(cast.kenya.pk) in bruno.topics["people"]["present"]  # noqa: E731
    await bruno.until(there)
    keeper = next(iter(house.house().seats.values()))[0]
    await amina.cut()
    for _ in range(2):  # lost for seconds: whoever settles attendance looks, and finds nothing to settle
        before = keeper.rounds.looked_at
        await asyncio_until(lambda before=before: keeper.rounds.looked_at > before, patience=10)
    assert there() and not seats_of(bruno, cast.amina)[0]["away"]
    assert await Presence.objects.filter(delegation=cast.kenya).acount() == 1
    monkeypatch.setattr(protocol, "AWAY_AFTER", 0.5)
    await bruno.until(lambda: not there())
    assert [seat["away"] for seat in seats_of(bruno, cast.amina)] == [True]
    assert bruno.topics["floor"]["speaking"]["id"] == turn
    monkeypatch.setattr(protocol, "AWAY_AFTER", 15.0)
    back = await opened.hello(cast.amina, token, resume=True)
    assert (await back.hear("welcome"))["audible"]
    await bruno.until(there)
    assert not seats_of(bruno, cast.amina)[0]["away"]
    told = Entry.objects.filter(kind__startswith="attendance", body__delegation__code="KE").order_by("seq")
    assert [entry.kind async for entry in told] == ["attendance.arrived", "attendance.left", "attendance.arrived"]


async def test_nobody_is_present_from_an_adjournment_until_it_goes_on_nor_after_the_closing(opened) -> None:
    await opened.sit(opened.cast.amina)
    kenya, bruno = str(opened.cast.kenya.pk), opened.bruno
    there = lambda: kenya in bruno.topics["people"]["present"]  # noqa: E731
    await bruno.until(there)
    await bruno.do("meeting.adjourn")
    await bruno.until(lambda: not there())
    await bruno.do("meeting.resume")
    await bruno.until(there)
    await bruno.do("meeting.close", unheard=0)
    await bruno.until(lambda: not there() and bruno.topics["people"]["counts"]["delegations"] == 0)
    await bruno.until(lambda: bruno.topics["desk"]["undo"]["kind"] == "meeting.closed")
    await bruno.do("act.undo", entry=bruno.topics["desk"]["undo"]["entry"])
    await bruno.until(there)
    kinds = [entry.kind async for entry in Entry.objects.filter(kind__startswith="attendance").order_by("seq")]
    assert kinds == ["attendance.arrived", "attendance.arrived"]  # the acts themselves say that all have left


async def withdraw(person) -> None:
    def act() -> None:
        row = Accreditation.objects.get(person=person)
        credentials.withdraw_accreditation(row.pk, by=None, now=timezone.now())

    await sync_to_async(act)()


async def test_a_person_whose_accreditation_ends_while_speaking_is_out_within_two_seconds(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.do("floor.give", turn=turn)
    await amina.hear("rights", audible=True)
    keeper, _place = next(iter(house.house().seats.values()))
    started = time.monotonic()
    await withdraw(opened.cast.amina)
    await amina.gone(4403, patience=2)
    key = (await amina.hear("welcome"))["seat"]
    await opened.bruno.until(
        lambda: (
            opened.bruno.topics["floor"]["speaking"] is None
            or not opened.bruno.topics["floor"]["speaking"]["running_since"]
        ),
        patience=2,
    )
    await asyncio_until(lambda: key not in house.house().media._rooms[keeper.key].plan.seats)
    assert time.monotonic() - started < 2
    assert (await amina.hear("bye"))["message"].startswith("You are no longer")


async def asyncio_until(true, patience: float = 3.0) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_person_asked_to_leave_may_not_come_back_until_let_in(opened) -> None:
    cast = opened.cast
    lucia = await opened.sit(cast.lucia)
    await opened.bruno.do("person.remove", person=cast.lucia.pk, reason="Disturbance after two warnings.")
    await lucia.gone(4403, patience=2)
    refused = await opened.post_seat(cast.lucia)
    assert (refused.status_code, refused.json()["code"]) == (403, "removed")
    await opened.bruno.do("person.readmit", person=cast.lucia.pk)
    await opened.sit(cast.lucia)


async def test_closing_the_doors_sends_those_not_entitled_to_the_lobby(opened) -> None:
    chen, amina = await opened.sit(opened.cast.chen), await opened.sit(opened.cast.amina)
    await opened.bruno.do("meeting.openness", openness="closed")
    await chen.gone(4403, patience=2)
    assert (await opened.post_seat(opened.cast.chen)).json()["code"] == "closed_meeting"
    await amina.do("hand.raise")


async def test_signing_out_ends_the_sockets_of_that_browser(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    client = await opened.client(opened.cast.amina)
    await sync_to_async(client.logout)()
    await amina.gone(4401)


async def test_a_flushed_layer_loses_nothing(opened, valkey: redis.Redis) -> None:
    amina = await opened.sit(opened.cast.amina)
    valkey.flushall()
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.until(lambda: [one["id"] for one in opened.bruno.topics["floor"]["list"]] == [turn], patience=12)


async def test_a_ping_names_the_versions_and_the_clock(opened) -> None:
    ping = await opened.bruno.hear("ping")
    assert {
        "meeting",
        "agenda",
        "floor",
        "votes",
        "directory",
        "people",
        "chat",
        "desk",
        "help",
        "consents",
        "lines",
        "corridors",
        "presence",
    } == set(ping["versions"])
    assert ping["versions"]["floor"] == opened.bruno.versions["floor"]


async def test_after_a_restart_everything_is_as_it_was(opened) -> None:
    answer = await opened.post_seat(opened.cast.amina)
    amina = await opened.hello(opened.cast.amina, answer.json()["token"])
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.do("floor.give", turn=turn)
    await amina.hear("rights", audible=True)
    key = answer.json()["seat"]
    await house.close()  # all this process knew is gone
    await house.house().restore()
    keeper = house.house().seats[key][0]
    await asyncio_until(lambda: keeper.key in house.house().media._rooms)
    plan = house.house().media._rooms[keeper.key].plan
    assert plan.floor == key and plan.seats[key].audible and "audio" in plan.seats[key].publish
    back = await opened.hello(opened.cast.amina, answer.json()["token"], resume=True)
    welcome = await back.hear("welcome")
    assert welcome["audible"] and welcome["seat"] == key
    await back.until(lambda: back.topics["floor"]["speaking"]["id"] == turn)


async def test_the_room_lingers_ten_minutes_and_then_says_goodbye(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    await opened.bruno.do("meeting.close", unheard=0)
    await amina.until(lambda: amina.topics["meeting"]["state"] == "closed")
    assert (await amina.hear("notice", code="meeting.closed"))["text"]
    await amina.do("source", room="meeting", kind="mic", on=True)  # off the record
    await Meeting.objects.filter(pk=opened.cast.meeting.pk).aupdate(
        closed_at=timezone.now() - timedelta(minutes=11), version=10_000
    )
    await amina.gone(4410, patience=10)
    assert (await opened.post_seat(opened.cast.amina)).json()["code"] == "over"


async def test_a_suspended_meeting_tells_everyone_when_it_resumes(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    await opened.bruno.do("meeting.suspend", until=(timezone.now() + timedelta(hours=1)).isoformat())
    assert "Nairobi" in (await amina.hear("notice", code="meeting.suspended"))["text"]


async def test_whoever_is_next_is_told_wherever_they_are(opened) -> None:
    cast = opened.cast
    amina, lucia = await opened.sit(cast.amina), await opened.sit(cast.lucia)
    first = (await amina.do("hand.raise"))["turn"]
    await lucia.do("hand.raise")
    await lucia.do("corridor.open", topic="aside")
    await opened.bruno.do("floor.give", turn=first)
    assert (await lucia.hear("notice", code="floor.next"))["text"] == "Your delegation is next."
    assert not [m for m in amina.heard if m["type"] == "notice"]


async def test_on_the_corridors_page_one_hears_of_the_floor_and_of_the_meeting(opened) -> None:
    cast = opened.cast
    amina, lucia, chen = (
        await opened.sit(cast.amina), await opened.sit(cast.lucia, meeting=None), await opened.sit(cast.chen, meeting=None)
    )  # fmt: skip
    await lucia.do("corridor.open", topic="aside")
    first = (await amina.do("hand.raise"))["turn"]
    await sync_to_async(raise_hand)(cast.meeting.pk, by=cast.lucia, now=timezone.now())
    await opened.bruno.do("floor.give", turn=first)
    told = await lucia.hear("notice", code="floor.next")
    assert told["text"] == "Plenary, 1st meeting · Your delegation is next."
    await opened.bruno.do("meeting.suspend", until=(timezone.now() + timedelta(hours=1)).isoformat())
    for page in (lucia, chen):
        assert "It resumes at" in (await page.hear("notice", code="meeting.suspended"))["text"]
    await opened.bruno.do("meeting.openness", openness="closed")
    await opened.bruno.do("meeting.resume")
    await lucia.hear("notice", code="meeting.resumed")
    await chen.do("corridor.presence", on=False)  # a request later, nothing more has come to who may not be there
    assert [m["code"] for m in chen.heard if m["type"] == "notice"] == ["meeting.suspended"]
    await opened.bruno.do("meeting.silence", on=True)
    await amina.hear("notice", code="room.silenced")
    await lucia.do("corridor.leave")
    assert not [m for m in lucia.heard if m.get("code") == "room.silenced"]


async def test_on_the_corridors_page_those_who_may_vote_hear_that_a_vote_is_open(opened) -> None:
    cast = opened.cast
    amina, lucia, chen = (
        await opened.sit(cast.amina), await opened.sit(cast.lucia, meeting=None), await opened.sit(cast.chen, meeting=None)
    )  # fmt: skip
    await opened.bruno.do("vote.open", text="Draft resolution")
    told = await lucia.hear("notice", code="vote.opened")
    assert told["text"] == "Plenary, 1st meeting · A vote is open: your delegation is asked."
    await amina.until(lambda: amina.topics["votes"]["last"])
    answer = await amina.do("vote.cast", vote=amina.topics["votes"]["last"]["id"], choice="yes")
    assert answer["received_at"].startswith("20")
    await chen.do("corridor.presence", on=False)  # a request later, nothing has come to who is not asked
    for page in (amina, chen):
        assert not [m for m in page.heard if m["type"] == "notice"], (
            "the room's own pages show it for as long as it lasts"
        )


async def test_in_the_room_of_another_meeting_one_hears_of_ones_place_and_of_the_meeting(opened) -> None:
    cast = opened.cast
    now = timezone.now()
    committee = await Meeting.objects.acreate(
        summit=cast.summit, slug="committee", titles={"en": "Committee"}, zone="Africa/Nairobi", day=cast.meeting.day,
        time=cast.meeting.time, starts_at=cast.meeting.starts_at, state="open", opened_at=now,
    )  # fmt: skip
    await Office.objects.acreate(meeting=committee, person=cast.chen, kind="officer")  # there, which opens no door here
    amina = await opened.sit(cast.amina)
    lucia, chen = await opened.sit(cast.lucia, meeting="committee"), await opened.sit(cast.chen, meeting="committee")
    first = (await amina.do("hand.raise"))["turn"]
    await sync_to_async(raise_hand)(cast.meeting.pk, by=cast.lucia, now=now)
    await opened.bruno.do("floor.give", turn=first)
    told = await lucia.hear("notice")
    assert (told["code"], told["text"]) == ("meeting.elsewhere", "Plenary, 1st meeting · Your delegation is next.")
    await opened.bruno.do("meeting.openness", openness="closed")
    await opened.bruno.do("meeting.suspend", until=(now + timedelta(hours=1)).isoformat())
    await lucia.until(lambda: any("It resumes at" in m.get("text", "") for m in lucia.heard if m["type"] == "notice"))
    await opened.bruno.do("meeting.resume")
    await lucia.until(lambda: any("is resumed" in m.get("text", "") for m in lucia.heard if m["type"] == "notice"))
    await chen.do("corridor.presence", on=False)  # a request later, nothing has come to who is nobody's next
    assert not [m for m in chen.heard if m["type"] == "notice"]


async def test_one_screen_at_a_time_unless_the_chair_allows_several(opened) -> None:
    cast = opened.cast
    amina, lucia = await opened.sit(cast.amina), await opened.sit(cast.lucia)
    await opened.bruno.do("meeting.speech", speech="discussion")
    for page in (amina, lucia):
        await page.hear("rights", publish=["audio", "screen", "video"])
    await amina.do("source", room="meeting", kind="screen", on=True)
    refused = await lucia.ask("source", room="meeting", kind="screen", on=True)
    assert refused["code"] == "media.screen_taken" and "Amina" in refused["message"]
    assert (await lucia.ask("person.unshare", person=cast.amina.pk))["code"] == "floor.not_yours"
    await opened.bruno.do("person.unshare", person=cast.amina.pk)
    await amina.hear("sharing.close")
    await lucia.do("source", room="meeting", kind="screen", on=True)
    await opened.bruno.do("meeting.screens", screens="several")
    await amina.until(lambda: amina.topics["meeting"]["screens"] == "several")
    await amina.do("source", room="meeting", kind="screen", on=True)

    def shown() -> int:
        return sum(one.endswith(":screen") for seat in lucia.topics["people"]["seats"] for one in seat["sources"])

    await lucia.until(lambda: shown() == 2)


async def test_silence_and_a_muted_page(opened) -> None:
    cast = opened.cast
    amina = await opened.sit(cast.amina)
    await opened.bruno.do("meeting.speech", speech="discussion")
    await amina.hear("rights", audible=True)
    await amina.do("source", room="meeting", kind="mic", on=True)
    await opened.bruno.do("person.mute", person=cast.amina.pk)
    await amina.hear("microphone.close")
    await amina.hear("rights", audible=False)
    assert (await amina.ask("person.mute", person=cast.bruno.pk))["code"] == "floor.not_yours"
    amina.heard.clear()
    await amina.do("source", room="meeting", kind="mic", on=True)
    await amina.hear("rights", audible=True)
    amina.heard.clear()
    await opened.bruno.do("meeting.silence", on=True)
    await amina.hear("rights", audible=False)
    await amina.hear("notice", code="room.silenced")


def test_the_test_settings_name_a_layer_that_encrypts() -> None:
    assert settings.CHANNEL_LAYERS["default"]["CONFIG"]["symmetric_encryption_keys"]

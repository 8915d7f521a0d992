"""Finding one another in the corridors: intent, a delegation's somebody, coffee, tables, and the rostrum's word."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from rooms import house
from rooms.models import Block, OpenToTalk, Room, Seat
from summit.bilaterals import actions as bilaterals
from summit.models import Bilateral, Entry, Item, Membership, Summit
from summit.rights import Right
from tests.cast import accredit, person
from tests.rooms.conftest import database_held

pytestmark = pytest.mark.django_db(transaction=True)


async def in_the_foyer(summit, *persons):
    """Their corridors pages, with microphone, between meetings."""
    return [await summit.sit(one, meeting=None) for one in persons]


async def colleague(cast, name: str, delegation):
    """Somebody more of a delegation."""

    def make():
        who = person(name)
        accredit(who, cast.summit)
        Membership.objects.create(person=who, delegation=delegation, function="adviser")
        return who

    return await sync_to_async(make)()


def inside(page) -> list[int]:
    return sorted(page.topics.get("corridor", {}).get("persons", []))


async def test_presence_says_what_about_and_in_which_languages_and_only_i_see_that_i_want_peace(summit) -> None:
    cast = summit.cast
    amina, lucia = await in_the_foyer(summit, cast.amina, cast.lucia)
    await amina.do("corridor.presence", on=True, about="Paragraph 14", item=cast.item.pk, languages=["en", "fr"])
    shown = await lucia.until(lambda: lucia.topics["corridors"]["open"])
    assert {**shown[0], "since": ""} == {
        "person": cast.amina.pk, "about": "Paragraph 14", "item": cast.item.pk, "languages": ["en", "fr"], "since": "",
    }  # fmt: skip
    await amina.until(lambda: amina.topics["presence"]["open"])
    assert lucia.topics["presence"]["open"] is False

    await amina.do("corridor.presence", on=False, quiet=True)
    await lucia.until(lambda: not lucia.topics["corridors"]["open"])
    await amina.until(lambda: amina.topics["presence"]["quiet"])
    assert (await lucia.ask("corridor.invite", person=cast.amina.pk))["code"] == "corridor.quiet"
    assert (await lucia.ask("corridor.seek", delegation=cast.kenya.pk))["code"] == "corridor.nobody_of"

    await amina.do("corridor.presence", on=False)
    assert await OpenToTalk.objects.acount() == 0
    await lucia.do("corridor.invite", person=cast.amina.pk)


async def test_an_item_of_another_summit_is_no_item(summit) -> None:
    (amina,) = await in_the_foyer(summit, summit.cast.amina)

    def elsewhere() -> int:
        held = summit.cast.summit
        other = Summit.objects.create(slug="other", names=held.names, opens_on=held.opens_on, closes_on=held.closes_on)
        return Item.objects.create(summit=other, number="1").pk

    item = await sync_to_async(elsewhere)()
    assert (await amina.ask("corridor.presence", on=True, item=item))["code"] == "corridor.no_item"


async def test_the_doorbell_rings_with_somebody_of_a_delegation_wherever_they_are_and_the_first_yes_comes(
    opened,
) -> None:
    cast = opened.cast
    amina = await opened.sit(cast.amina)  # in the plenary
    other = await opened.sit(await colleague(cast, "Baraka Otieno", cast.kenya), meeting=None)  # on the corridors page
    lucia = await opened.sit(cast.lucia, meeting=None)
    await other.do("corridor.open")  # in a corridor
    asked = (await lucia.do("corridor.seek", delegation=cast.kenya.pk, line="Two minutes?"))["invite"]
    assert (await amina.hear("invite"))["line"] == (await other.hear("invite"))["line"] == "Two minutes?"

    await amina.do("corridor.accept", invite=asked, answer="not_now")
    assert not [m for m in lucia.heard if m["type"] == "invite.answered"]  # somebody else may still come
    await other.do("corridor.accept", invite=asked, answer="come_in")
    assert (await lucia.hear("invite.answered"))["invite"] == asked
    await lucia.until(lambda: len(inside(lucia)) == 2)
    assert (await amina.ask("corridor.accept", invite=asked, answer="come_in"))["code"] == "corridor.no_invite"


async def test_of_several_who_were_asked_those_left_over_hear_that_it_is_over(summit) -> None:
    cast = summit.cast
    amina, lucia = await in_the_foyer(summit, cast.amina, cast.lucia)
    other = await summit.sit(await colleague(cast, "Baraka Otieno", cast.kenya), meeting=None)
    first = (await lucia.do("corridor.seek", delegation=cast.kenya.pk))["invite"]
    await amina.do("corridor.accept", invite=first, answer="come_in")
    await other.hear("invite.over", invite=first)
    await lucia.do("corridor.leave")
    second = (await lucia.do("corridor.seek", delegation=cast.kenya.pk))["invite"]
    for page in (amina, other):
        await page.hear("invite", invite=second)
        await page.do("corridor.accept", invite=second, answer="not_now")
    assert (await lucia.hear("invite.answered", invite=second))["answer"] == "not_now"


async def test_a_page_that_comes_later_hears_what_waits_for_its_person_and_answers_for_the_desk_too(opened) -> None:
    cast = opened.cast
    desk = await opened.sit(cast.dana, device="companion")
    lucia = await opened.sit(cast.lucia, meeting=None)
    asked = (await lucia.do("corridor.invite", person=cast.dana.pk, line="The text of 14?"))["invite"]
    await desk.hear("invite", invite=asked)

    dana = await opened.sit(cast.dana, meeting=None)  # the corridors, opened from the desk
    again = await dana.hear("invite")
    assert (again["invite"], again["person"], again["line"]) == (asked, cast.lucia.pk, "The text of 14?")
    await dana.do("corridor.accept", invite=asked, answer="come_in")
    await desk.hear("invite.over", invite=asked)
    await lucia.until(lambda: inside(lucia) == sorted([cast.dana.pk, cast.lucia.pk]))
    assert not inside(desk) and desk.topics.get("corridor") is None  # it stays what it is

    chen = await opened.sit(cast.chen, meeting=None)
    assert not [m for m in chen.heard if m["type"] == "invite"]


async def test_a_withdrawn_invitation_leaves_the_other_page(summit) -> None:
    cast = summit.cast
    amina, lucia = await in_the_foyer(summit, cast.amina, cast.lucia)
    asked = (await amina.do("corridor.invite", person=cast.lucia.pk))["invite"]
    await lucia.do("corridor.withdraw", invite=asked)  # not hers to withdraw
    await lucia.hear("invite", invite=asked)
    await amina.do("corridor.withdraw", invite=asked)
    await lucia.hear("invite.over", invite=asked)
    assert (await lucia.ask("corridor.accept", invite=asked, answer="come_in"))["code"] == "corridor.no_invite"


async def test_whoever_puts_a_bell_away_says_nothing(summit) -> None:
    cast = summit.cast
    amina, lucia = await in_the_foyer(summit, cast.amina, cast.lucia)
    asked = (await amina.do("corridor.invite", person=cast.lucia.pk))["invite"]
    await lucia.do("corridor.accept", invite=asked, answer="silent")
    key = (await lucia.do("corridor.open"))["corridor"]
    await amina.do("corridor.knock", corridor=key)
    await lucia.do("corridor.answer", knock=(await lucia.hear("knock"))["knock"], answer="silent")
    await lucia.until(lambda: not lucia.topics["corridor"]["knocks"])
    await amina.do("corridor.presence", on=False)  # a request later, nothing more has come
    assert not [m for m in amina.heard if m["type"] in {"invite.answered", "knock.answered"}]


async def test_coffee_takes_two_to_a_corner_and_never_the_same_two_again(summit) -> None:
    cast = summit.cast
    amina, lucia = await in_the_foyer(summit, cast.amina, cast.lucia)
    other = await summit.sit(await colleague(cast, "Baraka Otieno", cast.kenya), meeting=None)
    await amina.do("corridor.coffee", on=True)
    await amina.until(lambda: amina.topics["presence"]["coffee"])
    await other.do("corridor.coffee", on=True)  # of the same delegation: both wait
    await lucia.until(lambda: lucia.topics["corridors"]["coffee"] == 2)
    await lucia.do("corridor.coffee", on=True)
    await lucia.until(lambda: inside(lucia) == sorted([cast.amina.pk, cast.lucia.pk]))
    await lucia.until(lambda: lucia.topics["corridors"]["coffee"] == 1)
    assert (await amina.ask("corridor.coffee", on=True))["code"] == "corridor.in_talk"
    for page in (amina, lucia):
        await page.do("corridor.leave")
    await amina.do("corridor.coffee", on=True)
    await lucia.do("corridor.coffee", on=True)  # not Amina again: the colleague
    await lucia.until(lambda: len(inside(lucia)) == 2)
    assert cast.amina.pk not in inside(lucia)
    await amina.do("corridor.coffee", on=False)
    await lucia.until(lambda: lucia.topics["corridors"]["coffee"] == 0)


def place_of(page):
    """What the server holds of this page."""
    key = next(m for m in page.heard if m["type"] == "welcome")["seat"]
    return house.house().seats[key][1]


async def at_once(message, *pages):
    """All of them ask before the database answers anybody; the answers."""
    async with database_held():
        for page in pages:
            await page.send({**message, "id": "at once"})
        async with asyncio.timeout(5):
            while not all(place_of(page).busy for page in pages):
                await asyncio.sleep(0.01)
    return [
        await page.until(lambda page=page: next((m for m in page.heard if m.get("re") == "at once"), None))
        for page in pages
    ]


async def test_two_who_ask_for_coffee_at_once_are_not_taken_to_the_same_person(summit) -> None:
    cast = summit.cast
    amina, lucia, chen = await in_the_foyer(summit, cast.amina, cast.lucia, cast.chen)
    await amina.do("corridor.coffee", on=True)
    answers = await at_once({"type": "corridor.coffee", "on": True}, lucia, chen)
    assert [answer["type"] for answer in answers] == ["done", "done"]
    await amina.until(lambda: len(inside(amina)) == 2)
    late = chen if cast.lucia.pk in inside(amina) else lucia
    await late.until(lambda: late.topics["presence"]["coffee"])
    assert not inside(late) and len(inside(amina)) == 2


async def test_when_two_of_a_delegation_say_yes_at_once_one_comes(summit) -> None:
    cast = summit.cast
    amina, lucia = await in_the_foyer(summit, cast.amina, cast.lucia)
    other = await summit.sit(await colleague(cast, "Baraka Otieno", cast.kenya), meeting=None)
    asked = (await lucia.do("corridor.seek", delegation=cast.kenya.pk))["invite"]
    for page in (amina, other):
        await page.hear("invite", invite=asked)
    answers = await at_once({"type": "corridor.accept", "invite": asked, "answer": "come_in"}, amina, other)
    assert sorted(answer.get("code", "") for answer in answers) == ["", "corridor.no_invite"]
    await lucia.until(lambda: len(inside(lucia)) == 2)
    assert await Room.objects.filter(kind="corridor").acount() == 1


async def test_whoever_may_no_longer_meet_others_is_passed_over_by_coffee(summit) -> None:
    cast = summit.cast
    amina, lucia, chen = await in_the_foyer(summit, cast.amina, cast.lucia, cast.chen)
    await amina.do("corridor.coffee", on=True)
    held = place_of(amina)
    held.grant = replace(held.grant, rights=held.grant.rights - {Right.CORRIDOR})
    await lucia.do("corridor.coffee", on=True)
    await chen.do("corridor.coffee", on=True)
    await chen.until(lambda: inside(chen) == sorted([cast.lucia.pk, cast.chen.pk]))


async def test_who_leaves_without_a_word_in_the_corridors_rings_nobody(opened) -> None:
    lucia, amina = await opened.sit(opened.cast.lucia, meeting=None), await opened.sit(opened.cast.amina)
    seat = (await amina.hear("welcome"))["seat"]
    known = lucia.versions["corridors"]
    await amina.close()
    async with asyncio.timeout(5):
        while not await Seat.objects.filter(key=seat, left_at__isnull=False).aexists():
            await asyncio.sleep(0.01)
    for _ in range(2):  # whatever the leaving asked of the database has come back
        await lucia.do("microphone.consent", open=False)
    assert lucia.versions["corridors"] == known


async def test_corridors_that_could_not_be_read_are_read_by_the_next_who_asks(summit) -> None:
    cast = summit.cast
    await Block.objects.acreate(person=cast.amina, other=cast.lucia)
    hallway = house.house().hallway(cast.summit.pk)
    hallway.summit_id = "away"  # type: ignore[assignment]  # the database fails
    with pytest.raises(ValueError):
        await hallway.open()
    hallway.summit_id = cast.summit.pk
    await hallway.open()
    assert hallway.blocks == {cast.amina.pk: {cast.lucia.pk}}


async def test_coffee_keeps_apart_whoever_blocked_the_other_or_shares_no_language(summit) -> None:
    cast = summit.cast
    amina, lucia, chen = await in_the_foyer(summit, cast.amina, cast.lucia, cast.chen)
    await amina.do("corridor.block", person=cast.lucia.pk, on=True)
    await amina.until(lambda: amina.topics["presence"]["blocked"] == [cast.lucia.pk])
    await amina.do("corridor.presence", on=True, languages=["en"])
    await chen.do("corridor.presence", on=True, languages=["zh"])
    for waiting, page in enumerate((amina, lucia, chen), start=1):
        await page.do("corridor.coffee", on=True)
        if page is not chen:
            await page.until(lambda page=page, n=waiting: page.topics["corridors"]["coffee"] == n)
    await chen.until(lambda: len(inside(chen)) == 2)
    assert cast.amina.pk not in inside(chen)


async def test_whoever_leaves_the_page_waits_for_no_coffee(summit) -> None:
    cast = summit.cast
    amina, lucia = await in_the_foyer(summit, cast.amina, cast.lucia)
    await amina.do("corridor.coffee", on=True)
    await amina.close()
    await lucia.until(lambda: lucia.topics["corridors"]["coffee"] == 0)


async def test_a_table_takes_whoever_sits_down_until_it_is_locked(summit) -> None:
    cast = summit.cast
    amina, lucia, chen = await in_the_foyer(summit, cast.amina, cast.lucia, cast.chen)
    key = (await amina.do("corridor.sit", table=3))["corridor"]
    assert (await lucia.do("corridor.sit", table=3))["corridor"] == key
    assert (await lucia.do("corridor.sit", table=3))["corridor"] == key  # she sits already
    await chen.until(lambda: [(s["table"], s["count"]) for s in chen.topics["corridors"]["corridors"]] == [(3, 2)])
    await amina.do("corridor.lock", on=True)
    assert (await chen.ask("corridor.sit", table=3))["code"] == "corridor.locked"
    assert (await chen.ask("corridor.sit", table=9))["code"] == "corridor.no_table"
    for page in (amina, lucia):
        await page.do("corridor.leave")
    assert not await Room.objects.filter(kind="corridor").aexists()
    await chen.do("corridor.sit", table=3)


async def test_two_who_sit_down_at_once_are_at_one_table(summit) -> None:
    amina, lucia = await in_the_foyer(summit, summit.cast.amina, summit.cast.lucia)
    one, other = await asyncio.gather(amina.do("corridor.sit", table=1), lucia.do("corridor.sit", table=1))
    assert one["corridor"] == other["corridor"]
    assert await Seat.objects.filter(through__isnull=False).acount() == 2


async def test_whoever_is_blocked_finds_the_table_full(summit) -> None:
    cast = summit.cast
    amina, lucia = await in_the_foyer(summit, cast.amina, cast.lucia)
    await Block.objects.acreate(person=cast.amina, other=cast.lucia)
    await amina.do("corridor.sit", table=1)
    assert (await lucia.ask("corridor.sit", table=1))["code"] == "corridor.full"
    assert await Room.objects.filter(kind="corridor").acount() == 1


async def test_a_few_steps_are_seen_by_those_at_the_table_alone_and_by_who_comes_later(summit) -> None:
    cast = summit.cast
    amina, lucia, chen = await in_the_foyer(summit, cast.amina, cast.lucia, cast.chen)
    await amina.do("corridor.sit", table=1)
    await lucia.do("corridor.sit", table=1)
    await amina.until(lambda: len(amina.topics["corridor"]["seats"]) == 2)
    spots = [seat["at"] for seat in amina.topics["corridor"]["seats"]]
    assert spots[0] != spots[1]
    await amina.send({"type": "corridor.move", "x": 10, "y": 500})
    moved = await lucia.hear("corridor.moved")
    assert (moved["x"], moved["y"]) == (10, 100)
    await chen.do("corridor.sit", table=1)
    await chen.until(lambda: [10, 100] in [seat["at"] for seat in chen.topics["corridor"]["seats"]])
    await amina.do("corridor.presence", on=False)
    for other in (chen, amina):  # who came later, and who moved herself: she may have gone on since
        assert not [m for m in other.heard if m["type"] == "corridor.moved"]
    await chen.do("corridor.leave")
    await chen.send({"type": "corridor.move", "x": 1, "y": 1})  # from nowhere: nothing happens
    await chen.do("corridor.presence", on=False)


async def test_a_phone_in_the_hall_speaks_in_a_corridor_only_with_headphones(opened) -> None:
    page = await opened.sit(opened.cast.amina, meeting=None, mode="hall")
    corridor = (await page.do("corridor.sit", table=1))["corridor"]
    assert (await page.ask("publish.offer", room="corridor", sdp="v=0"))["code"] == "media.not_allowed"
    plans = house.house().media._rooms
    seat = next(iter(plans[corridor].plan.seats))
    assert not plans[corridor].plan.seats[seat].publish
    await page.do("corridor.headphones", on=True)
    assert plans[corridor].plan.seats[seat].publish
    assert (await page.ask("publish.offer", room="corridor", sdp="v=0"))["code"] == "media.down"
    assert (await page.ask("publish.offer", room="meeting", sdp="v=0"))["code"] != "media.down"
    in_plenary = await opened.sit(opened.cast.lucia, mode="hall")
    await in_plenary.do("corridor.headphones", on=True)
    assert (await in_plenary.ask("publish.offer", room="meeting", sdp="v=0"))["code"] == "media.not_allowed"


async def test_the_rostrum_speaks_to_every_corridor_and_to_nobody_in_the_plenary(opened) -> None:
    cast = opened.cast
    amina, lucia, plenary = (
        await opened.sit(cast.amina), await opened.sit(cast.lucia, meeting=None), await opened.sit(cast.chen)
    )  # fmt: skip
    await amina.do("corridor.open")
    assert (await amina.ask("corridor.rostrum", text="Hello"))["code"] == "corridor.not_officer"
    await opened.bruno.do("corridor.rostrum", text="The vote begins in ten minutes.")
    for page in (amina, lucia):
        assert (await page.hear("notice", code="corridor.rostrum"))["text"] == "The vote begins in ten minutes."
    await plenary.do("corridor.presence", on=False)
    assert not [m for m in plenary.heard if m["type"] == "notice"]


async def test_everybody_is_called_back_with_time_to_finish_a_sentence(opened, monkeypatch) -> None:
    monkeypatch.setattr("rooms.recall.SHORTEST", 1)
    cast = opened.cast
    amina, lucia = await opened.sit(cast.amina), await opened.sit(cast.lucia, meeting=None)
    await amina.do("corridor.open")
    await lucia.do("corridor.sit", table=2)
    assert (await amina.ask("corridor.recall", seconds=60))["code"] == "corridor.not_officer"
    await opened.bruno.do("corridor.recall", seconds=600)
    await lucia.until(lambda: lucia.topics["corridors"]["recall"])
    await opened.bruno.do("corridor.recall", seconds=0)  # not after all
    await lucia.until(lambda: not lucia.topics["corridors"]["recall"])
    await opened.bruno.do("corridor.recall", seconds=1)
    for page in (amina, lucia):
        await page.hear("corridor.closed", code="corridor.recalled")
    await lucia.until(lambda: not any(lucia.topics["corridors"].values()))
    assert not await Room.objects.filter(kind="corridor").aexists()
    kinds = {entry.kind async for entry in Entry.objects.all()}
    assert kinds <= {"meeting.opened", "item.taken", "attendance.arrived"}  # nothing of it is journaled
    assert not house.house().media._rooms.keys() - {str(room.key) async for room in Room.objects.all()}
    await amina.do("corridor.open")  # and the corridors are there again


async def test_whoever_is_called_back_is_out_though_the_database_failed_at_that_moment(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    await amina.do("corridor.open")
    await opened.bruno.do("corridor.recall", seconds=600)
    hallway, summit = house.house().hallway(opened.cast.summit.pk), opened.cast.summit.pk
    hallway.recall.at, hallway.summit_id = timezone.now(), "away"  # type: ignore[assignment]  # the hour has come
    with pytest.raises(ValueError):
        await hallway.recall._end()
    hallway.summit_id = summit
    await amina.hear("corridor.closed", code="corridor.recalled")
    await amina.until(lambda: amina.topics["corridors"]["recall"] is None)


async def test_a_restart_does_not_forget_that_everybody_is_called_back(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    await amina.do("corridor.open")
    await opened.bruno.do("corridor.recall", seconds=600)
    await house.close()
    await house.house().restore()
    hallway = house.house().hallway(opened.cast.summit.pk)
    assert hallway.recall.at is not None


async def test_two_delegations_meet_in_the_corridor_held_for_them_and_nobody_else_gets_in(opened) -> None:
    cast, now = opened.cast, timezone.now()
    chen, bruno = await opened.sit(cast.chen, meeting=None), opened.bruno
    amina, lucia = await in_the_foyer(opened, cast.amina, cast.lucia)
    fields = {"host_id": cast.kenya.pk, "guest_id": cast.chile.pk, "minutes": 30, "about": "MARK", "now": now}
    row = await sync_to_async(bilaterals.propose)(
        cast.summit.pk, by=cast.amina, starts_at=now + timedelta(minutes=20), **fields
    )
    await lucia.hear("notice", code="bilateral.news")
    assert (await amina.ask("corridor.meet", bilateral=row.pk))["code"] == "corridor.no_bilateral"
    await sync_to_async(bilaterals.accept)(row.pk, by=cast.lucia, now=now)
    for page, other in ((amina, cast.chile), (lucia, cast.kenya)):  # both pages have it, and were not asked to look
        said = await page.until(lambda page=page: [m for m in page.heard if m["type"] == "bilaterals" and m["agreed"]])
        assert [(m["id"], m["delegation"], m["about"]) for m in said[-1]["agreed"]] == [(row.pk, other.pk, "MARK")]
    assert (await amina.ask("corridor.meet", bilateral=row.pk))["code"] == "corridor.not_yet"
    await Bilateral.objects.filter(pk=row.pk).aupdate(starts_at=now, ends_at=now + timedelta(minutes=30))
    assert (await chen.ask("corridor.meet", bilateral=row.pk))["code"] == "corridor.no_bilateral"
    asked = (await amina.do("corridor.invite", person=cast.chen.pk))["invite"]  # she goes in before it is answered
    key = (await amina.do("corridor.meet", bilateral=row.pk))["corridor"]
    assert (await lucia.do("corridor.meet", bilateral=row.pk))["corridor"] == key
    await chen.until(lambda: [(s["count"], s["locked"]) for s in chen.topics["corridors"]["corridors"]] == [(2, True)])
    assert (await chen.ask("corridor.knock", corridor=key))["code"] == "corridor.locked"
    assert (await amina.ask("corridor.lock", on=False))["code"] == "corridor.held"
    assert (await amina.ask("corridor.invite", person=cast.chen.pk))["code"] == "corridor.held"
    assert (await amina.ask("corridor.seek", delegation=cast.observer.pk))["code"] == "corridor.held"
    assert (await chen.ask("corridor.accept", invite=asked, answer="come_in"))["code"] == "corridor.held"
    deputy = await colleague(cast, "Tomás Rojas", cast.chile)
    (tomas,) = await in_the_foyer(opened, deputy)
    invite = (await amina.do("corridor.invite", person=deputy.pk))["invite"]
    assert (await tomas.do("corridor.accept", invite=invite, answer="come_in"))["corridor"] == key
    await tomas.do("corridor.leave")
    await amina.until(lambda: inside(amina) == sorted([cast.amina.pk, cast.lucia.pk]))
    assert not [
        m for page in (chen, bruno) for m in page.heard if "MARK" in str(m) or m.get("code") == "bilateral.news"
    ]
    for page in (amina, lucia):
        await page.do("corridor.leave")
    assert not await Room.objects.filter(kind="corridor").aexists()

"""A delegation's own room: its members alone, on no list, off the record as every corridor."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from rooms import house
from rooms.models import Room
from summit.delegations.actions import end_membership
from summit.models import Entry, Membership
from tests.cast import accredit, person

pytestmark = pytest.mark.django_db(transaction=True)


def colleague(cast):
    """Kofi, who sits with Chile and with Kenya, and his seat with Kenya."""
    who = person("Kofi Otieno")
    accredit(who, cast.summit)
    Membership.objects.create(person=who, delegation=cast.chile, function="adviser")
    return who, Membership.objects.create(person=who, delegation=cast.kenya, function="adviser")


async def test_only_members_find_their_way_into_a_room_that_no_list_shows(summit) -> None:
    cast = summit.cast
    kofi_person, membership = await sync_to_async(colleague)(cast)
    before = await Entry.objects.acount()
    amina, kofi, lucia = [await summit.sit(one, meeting=None) for one in (cast.amina, kofi_person, cast.lucia)]
    assert (await lucia.ask("corridor.own", delegation=cast.kenya.pk))["code"] == "corridor.not_a_member"
    key = (await amina.do("corridor.own", delegation=cast.kenya.pk))["corridor"]
    assert (await kofi.do("corridor.own", delegation=cast.kenya.pk))["corridor"] == key
    await amina.until(lambda: len(amina.topics["corridor"]["persons"]) == 2)
    assert amina.topics["corridor"]["delegation"] == cast.kenya.pk
    assert lucia.topics["corridors"]["corridors"] == []

    await kofi.do("corridor.say", text="MARK")
    await amina.hear("corridor.said", text="MARK")
    assert not [message for message in lucia.heard if "MARK" in str(message)]
    assert (await amina.ask("corridor.lock", on=False))["code"] == "corridor.own"
    assert (await lucia.ask("corridor.knock", corridor=key))["code"] == "corridor.locked"

    assert (await amina.ask("corridor.invite", person=cast.lucia.pk))["code"] == "corridor.not_a_member"

    await kofi.do("note.pass", person=cast.amina.pk, text="Ask for a reply")
    assert (await amina.hear("note.passed"))["text"] == "Ask for a reply"
    assert (await amina.ask("note.pass", person=cast.lucia.pk, text="?"))["code"] == "note.not_a_colleague"
    assert (await amina.ask("note.pass", person=cast.eve.pk, text="?"))["code"] == "corridor.not_here"
    await kofi.do("note.pass", person=cast.lucia.pk, text="For Chile's ears")  # a colleague there too

    await sync_to_async(end_membership)(membership.pk, by=None, now=timezone.now())
    await kofi.hear("corridor.closed", code="corridor.not_allowed")  # though Chile's corridors are still theirs
    await amina.until(lambda: amina.topics["corridor"]["persons"] == [cast.amina.pk])
    await amina.do("corridor.leave")
    assert not await Room.objects.filter(delegation=cast.kenya).aexists()
    told = Entry.objects.filter(kind__startswith="corridor")
    assert await Entry.objects.acount() == before + 1 and not await told.aexists()  # the membership's end alone


async def test_whoever_is_no_longer_a_member_is_out_though_their_socket_is_down(summit) -> None:
    cast = summit.cast
    kofi_person, membership = await sync_to_async(colleague)(cast)
    amina, kofi = [await summit.sit(one, meeting=None) for one in (cast.amina, kofi_person)]
    key = (await amina.do("corridor.own", delegation=cast.kenya.pk))["corridor"]
    await kofi.do("corridor.own", delegation=cast.kenya.pk)
    _keeper, place = house.house().seats[(await kofi.hear("welcome"))["seat"]]
    seat = place.corridor_seat
    assert seat in house.house().media._rooms[key].plan.seats
    await kofi.cut()  # sound and picture need no socket
    async with asyncio.timeout(5):
        while place.line is not None:
            await asyncio.sleep(0.01)
    await sync_to_async(end_membership)(membership.pk, by=None, now=timezone.now())
    await amina.until(lambda: amina.topics["corridor"]["persons"] == [cast.amina.pk])
    assert seat not in house.house().media._rooms[key].plan.seats

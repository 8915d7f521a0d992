"""Which web process looks after a summit's rooms: one at a time, and the others know."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from rooms import house, keeping
from rooms.media import Stale
from rooms.models import Keeping, Room
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
ONE, TWO = "http://one:8000", "http://two:8000"


def test_one_process_at_a_time_each_in_a_term_of_its_own(cast: Cast) -> None:
    now, summit = timezone.now(), cast.summit.pk
    assert keeping.take(summit, ONE, now) == keeping.Held(True, 1, ONE)
    assert keeping.take(summit, TWO, now) == keeping.Held(False, 1, ONE)
    assert keeping.take(summit, ONE, now).term == 2, "started again at its address: whoever was there is gone"
    late = now + keeping.LEASE + timedelta(seconds=1)
    assert keeping.renew({summit: 2}, now + timedelta(seconds=8)) == frozenset()
    assert not keeping.take(summit, TWO, late).mine, "it was renewed"
    assert keeping.take(summit, TWO, late + keeping.LEASE) == keeping.Held(True, 3, TWO)
    assert keeping.renew({summit: 2}, late) == {summit}
    keeping.release({summit: 2}, late)
    assert not keeping.take(summit, ONE, late + keeping.LEASE).mine, "an old term gives nothing back"
    keeping.release({summit: 3}, late + keeping.LEASE)
    assert keeping.take(summit, ONE, late + keeping.LEASE).mine


async def test_whoever_lost_a_summit_closes_its_sockets_says_nothing_more_and_keeps_no_seat(
    opened, monkeypatch
) -> None:
    monkeypatch.setattr(keeping, "RENEW_EVERY", 0.2)
    lucia = await opened.sit(opened.cast.lucia)
    ours = house.house()
    assert await sync_to_async(lambda: Keeping.objects.get().term)() == ours.term(opened.cast.summit.pk) == 1
    (room,) = {keeper.key for keeper, _place in ours.seats.values()}
    assert ours.media._rooms[room].plan.term == 1
    later = timezone.now() + keeping.LEASE + timedelta(seconds=5)
    assert (await sync_to_async(keeping.take)(opened.cast.summit.pk, TWO, later)).term == 2
    await lucia.gone(1011)
    await opened.bruno.gone(1011)
    assert (ours.seats, ours.media._rooms) == ({}, {})
    answer = await opened.post_seat(opened.cast.lucia)
    again = await opened.hello(opened.cast.lucia, answer.json()["token"])
    await again.gone(1011)  # passed on to a process that is not there; its page tries again
    assert answer.json()["seat"] == (await lucia.hear("welcome"))["seat"]


async def test_whoever_lost_a_summit_calls_nobody_back_any_more(opened, monkeypatch) -> None:
    monkeypatch.setattr("rooms.recall.SHORTEST", 1)
    lucia = await opened.sit(opened.cast.lucia)
    await lucia.do("corridor.open")
    await opened.bruno.do("corridor.recall", seconds=1)
    due = house.house().hallway(opened.cast.summit.pk).recall.at
    house.house()._lost(opened.cast.summit.pk)  # as the next renewal, or a node, would tell it
    await lucia.gone(1011)
    while timezone.now() < due + timedelta(seconds=0.5):
        await asyncio.sleep(0.1)
    assert await Room.objects.filter(kind="corridor").aexists()  # they are the other process's now


async def test_a_room_that_opened_while_its_summit_was_lost_ends_when_a_node_says_so(opened) -> None:
    lucia, ours = await opened.sit(opened.cast.lucia), house.house()
    (room,) = {keeper.key for keeper, _place in ours.seats.values()}
    ours._terms.clear()
    ours._media_says(Stale(room, 2))
    await lucia.gone(1011)
    assert (ours.seats, ours.media._rooms) == ({}, {})

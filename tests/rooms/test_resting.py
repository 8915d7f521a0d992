"""Valkey or the database does not answer: pages say so, nobody loses a seat, and afterwards everything goes on by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from rooms import house
from rooms.database import in_database
from rooms.resting import DATABASE, PATIENCE, Resting, Stillness
from summit.config.celery import app
from summit.record.tasks import ring

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def stopped(valkey: redis.Redis) -> Iterator[None]:
    pid = valkey.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_while_valkey_hangs_what_is_done_here_is_seen_here_and_pages_say_that_something_rests(
    opened, valkey: redis.Redis
) -> None:
    amina = await opened.sit(opened.cast.amina)
    with stopped(valkey):
        began = time.monotonic()
        await opened.bruno.do("meeting.speech", speech="discussion")
        await amina.until(lambda: amina.topics["meeting"]["speech"] == "discussion", patience=3)
        assert time.monotonic() - began < 3
        await amina.hear("resting", parts=["bell"])
        await opened.bruno.do("meeting.speech", speech="rostrum")
        await amina.until(lambda: amina.topics["meeting"]["speech"] == "rostrum", patience=1)
        chen = await opened.sit(opened.cast.chen)
        await chen.hear("resting", parts=["bell"])
    await amina.hear("resting", parts=[])
    await chen.hear("resting", parts=[])
    await opened.bruno.do("meeting.speech", speech="discussion")
    await chen.until(lambda: chen.topics["meeting"]["speech"] == "discussion", patience=4)


async def test_while_the_database_hangs_acts_are_refused_at_once_and_who_lost_the_line_comes_back_to_the_seat(
    opened,
) -> None:
    amina, chen = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.chen)
    given = (await opened.post_seat(opened.cast.chen)).json()  # the token of the seat this browser holds
    release = threading.Event()
    hangs = asyncio.create_task(in_database(release.wait, 30))
    await amina.hear("resting", parts=["database"])
    refused = await amina.ask("hand.raise")
    assert (refused["type"], refused["code"]) == ("refused", "records.resting")
    await chen.cut()
    coming = asyncio.create_task(opened.hello(opened.cast.chen, given["token"], resume=True))
    await asyncio.sleep(0.2)
    assert not coming.done() and not hangs.done()
    release.set()
    await hangs
    back = time.monotonic()
    again = await coming
    assert (await again.hear("welcome", patience=3))["seat"] == given["seat"]
    await amina.hear("resting", parts=[], patience=3)
    assert time.monotonic() - back < 2 + 3 * (os.getloadavg()[0] > 4)
    assert (await amina.do("hand.raise"))["turn"]
    assert len(house.house().seats) == 3


async def test_a_database_that_is_busy_does_not_rest() -> None:
    """Many hands at once on a slow machine: the looks stand in line behind them."""
    told: list[frozenset[str]] = []
    resting = Resting(lambda: told.append(resting.parts))
    looking = asyncio.create_task(resting.run())
    await asyncio.gather(*(in_database(time.sleep, 0.5) for _ in range(int(2 * PATIENCE) + 2)))
    looking.cancel()
    assert not any(DATABASE in parts for parts in told)


async def test_while_valkey_hangs_the_number_of_weak_lines_holds_up_no_act(opened, valkey: redis.Redis) -> None:
    desk, keeper = opened.bruno, next(iter(house.house().seats.values()))[0]
    with stopped(valkey):
        keeper.lines.changed()
        await desk.until(lambda: "lines" in desk.topics)  # the number is told beside it
        began = time.monotonic()
        await in_database(bool)
        assert time.monotonic() - began < 3  # Valkey's own patience is five seconds, more than once


def test_whoever_asks_for_work_does_not_wait_for_a_valkey_that_hangs(valkey: redis.Redis) -> None:
    app.set_default()
    with stopped(valkey):
        began = time.monotonic()
        ring()
        assert time.monotonic() - began < 8  # three tries of a second each
    ring()
    assert valkey.llen("celery") == 1


def test_silence_counts_only_while_somebody_listens() -> None:
    stillness = Stillness()
    now = time.monotonic()
    assert stillness.pass_over(now + 1, resting=False) == 0
    assert stillness.pass_over(now + 2, resting=True) == pytest.approx(1, abs=0.1)  # the database hung
    assert stillness.pass_over(now + 62, resting=False) == pytest.approx(60, abs=0.1)  # this process was stopped
    assert stillness.pass_over(now + 63, resting=False) == 0

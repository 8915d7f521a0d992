"""What was asked for in an act is done exactly once, whatever dies in between."""

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from summit.config.celery import app
from summit.config.supervisor import die_with_parent
from summit.models import Item, Outbox, Summit
from summit.record import actions
from summit.record.tasks import LEASE, LONGEST, lease, relay, ring
from tests.cast import NOW, make_house
from tests.config.test_supervisor import eventually
from tests.summit.record import work

ROOT = Path(__file__).resolve().parents[3]
TASK = "tests.summit.record.work.name_item"


def ask(summit: Summit, key: str = "k", task: str = TASK, **arguments) -> Outbox:
    with transaction.atomic():
        actions.ask_for(task, key, now=NOW, summit_id=summit.pk, **arguments)
    return Outbox.objects.get(key=key)


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, dict]]:
    """What the relay handed to the broker."""
    messages: list[tuple[str, dict]] = []
    monkeypatch.setattr(app, "send_task", lambda name, kwargs=(), **_: messages.append((name, dict(kwargs))))
    return messages


def test_work_asked_for_in_an_act_that_fails_is_not_asked_for(house):
    class Oops(Exception):
        pass

    with pytest.raises(Oops), transaction.atomic():
        actions.ask_for(TASK, "k", now=NOW)
        raise Oops
    assert not Outbox.objects.exists()


def test_the_same_key_is_asked_for_once(house):
    ask(house.summit, number="1")
    ask(house.summit, number="2")
    assert Outbox.objects.get().arguments == {"summit_id": house.summit.pk, "number": "1"}


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_for_work_rings_once_it_is_committed_and_not_before(sent):
    house = make_house()
    with transaction.atomic():
        actions.ask_for(TASK, "k", now=NOW, summit_id=house.summit.pk)
        assert sent == []
    ask(house.summit)  # the same key: asked for already
    assert sent == [("summit.record.tasks.relay", {})]


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_act_stands_and_its_work_waits(monkeypatch):
    house = make_house()

    def gone(*_, **__):
        raise OperationalError("no broker")

    monkeypatch.setattr(app, "send_task", gone)
    assert ask(house.summit).leased_until is None


def test_a_broker_that_is_gone_costs_whoever_acts_a_moment(monkeypatch, tmp_path, caplog):
    monkeypatch.setitem(app.conf, "broker_write_url", f"redis+socket://{tmp_path}/nobody.sock")
    began = time.monotonic()
    ring()
    assert time.monotonic() - began < 3
    assert "no broker" in caplog.text


def test_the_relay_sends_what_waits_once_until_the_lease_runs_out(house, sent):
    row = ask(house.summit, number="1")
    relay()
    relay()
    assert sent == [(TASK, {"summit_id": house.summit.pk, "number": "1", "outbox": row.pk})]
    Outbox.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    relay()
    assert len(sent) == 2


def test_what_is_done_is_not_sent_again(house, sent):
    row = ask(house.summit, number="1")
    work.name_item(outbox=row.pk, **row.arguments)
    Outbox.objects.update(leased_until=None)
    relay()
    assert sent == [] and Outbox.objects.get().done_at is not None


def test_the_same_message_twice_is_done_once(house):
    row = ask(house.summit, number="1")
    for _ in range(3):
        work.name_item(outbox=row.pk, **row.arguments)
    assert Item.objects.filter(number="1").count() == 1


def test_work_that_fails_leaves_nothing_half_done_says_so_and_is_tried_ever_more_rarely(house):
    row = ask(house.summit, task="tests.summit.record.work.fail")
    waits, now = [], timezone.now()
    for _ in range(9):
        [row] = lease(now)
        waits.append(row.leased_until - now)
        with pytest.raises(ValueError):
            work.fail(outbox=row.pk, **row.arguments)
        now = row.leased_until + timedelta(seconds=1)
    assert waits[:3] == [LEASE, LEASE * 2, LEASE * 4] and waits[-1] == LONGEST
    row.refresh_from_db()
    assert (row.tries, row.error, row.done_at) == (9, "ValueError", None)
    assert not Item.objects.filter(number="half").exists()


def test_without_a_broker_everything_waits_for_the_next_round(house, monkeypatch):
    for i in range(3):
        ask(house.summit, f"k{i}", number=str(i))
    calls: list[str] = []

    def gone(name, kwargs):
        calls.append(name)
        if len(calls) == 2:
            raise OperationalError("no broker")

    monkeypatch.setattr(app, "send_task", gone)
    with pytest.raises(OperationalError):
        relay()
    leased = Outbox.objects.order_by("key").values_list("leased_until", flat=True)
    assert [moment is not None for moment in leased] == [True, False, False]


@pytest.mark.django_db(transaction=True)
def test_two_relays_at_once_never_take_the_same():
    house = make_house()
    for i in range(20):
        ask(house.summit, f"k{i}", number=str(i))
    taken: list[int] = []

    def take() -> None:
        taken.extend(row.pk for row in lease(timezone.now()))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(Outbox.objects.values_list("pk", flat=True))


def start_worker(log: Path) -> subprocess.Popen:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.child",
        "TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "PYTHONPATH": str(ROOT),
    }
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "summit.config.celery",
        "worker",
        "--pool=solo",
        "-I",
        work.__name__,
    ]
    with log.open("a") as out:
        return subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=ROOT, preexec_fn=die_with_parent)


@pytest.mark.xdist_group("up")
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_its_work_leaves_nothing_and_the_next_one_does_it_once(tmp_path, valkey):
    house = make_house()
    trap = tmp_path / "trap"
    trap.touch()
    row = ask(house.summit, number="archive", die=str(trap))
    relay()
    first = start_worker(tmp_path / "log")
    assert first.wait(60) == -9, (tmp_path / "log").read_text()
    assert not trap.exists() and not Item.objects.filter(number="archive").exists()
    valkey.flushall()  # and the broker forgets its messages
    Outbox.objects.filter(pk=row.pk).update(leased_until=timezone.now() - timedelta(seconds=1))  # its time has passed
    relay()
    second = start_worker(tmp_path / "log")
    try:
        eventually(lambda: Outbox.objects.filter(pk=row.pk, done_at__isnull=False).exists(), 60)
    finally:
        second.kill()
        second.wait()
    assert Item.objects.filter(number="archive").count() == 1
    row.refresh_from_db()
    assert row.tries == 2 and row.error == ""

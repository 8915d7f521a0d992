"""Several processes act at once: the chain has no gap, whoever writes."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from summit.chair import actions as chair
from summit.models import Entry, Head, Office, Programme
from summit.record.queries import faults
from tests.cast import NOW, delegation, make_house

ROOT = Path(__file__).resolve().parents[3]
TIMES = int(os.environ.get("PARLEY_WRITES", "20"))  # acts of each process


def start(*arguments: object) -> subprocess.Popen:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.child",
        "TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, str(Path(__file__).with_name("writer.py")), *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.mark.django_db(transaction=True)
def test_five_processes_write_one_chain_without_a_gap_and_never_wait_for_each_other_in_a_ring():
    house = make_house()
    second = house.summit.meetings.create(
        slug="committee", kind="committee", zone="UTC", day=NOW.date(), time=NOW.time(), starts_at=NOW
    )
    Programme.objects.create(meeting=second, item=house.subitem)
    Office.objects.create(meeting=second, person=house.bruno, kind="chair")
    for meeting, item in ((house.meeting, house.item), (second, house.subitem)):
        chair.open_meeting(meeting.pk, by=house.bruno, now=NOW)
        chair.take_item(meeting.pk, item.pk, by=house.bruno, now=NOW)
    spare = delegation(house.summit, "XX", "member", "Spare", "accepted")
    writers = [
        start("floor", meeting.pk, person.pk, TIMES)
        for meeting, person in (
            (house.meeting, house.amina), (house.meeting, house.lucia), (second, house.chen), (second, house.gita),
        )
    ]  # fmt: skip
    writers.append(start("credentials", spare.pk, house.amina.pk, TIMES))
    printed = [writer.communicate(timeout=300)[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0, 0]
    took = sorted(float(ms) for out in printed for ms in out.split())
    print(f"{len(took)} acts: median {statistics.median(took):.1f} ms, p95 {took[int(len(took) * 0.95)]:.1f} ms")
    assert list(faults(house.summit.pk)) == []
    numbers = list(Entry.objects.filter(summit=house.summit).order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, 4 + 5 * TIMES + 1))
    assert Head.objects.get(summit=house.summit).seq == numbers[-1]
    for meeting in (house.meeting, second):
        meeting.refresh_from_db()
        assert meeting.version == 2 + 2 * TIMES

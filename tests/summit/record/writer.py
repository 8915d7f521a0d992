"""One of several processes that write at once, by real actions only.

`python writer.py floor MEETING PERSON TIMES` or `python writer.py credentials DELEGATION PERSON TIMES`.
"""

from __future__ import annotations

import contextlib
import sys
import time
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402

from summit.credentials.actions import move_credentials  # noqa: E402
from summit.errors import Refused  # noqa: E402
from summit.floor import actions  # noqa: E402
from summit.models import Person  # noqa: E402


def credentials(delegation: int, person: Person, times: int) -> None:
    """Challenge and accept: the organisers' acts hold the summit, not a meeting, before they write."""
    for i in range(times):
        move_credentials(delegation, ("challenged", "accepted")[i % 2], by=None, now=timezone.now())


def floor(meeting: int, person: Person, times: int) -> None:
    """Raise and lower one's delegation's hand, and print how long each act took, in ms."""
    took, turn = [], None
    for i in range(times):
        began, now = time.perf_counter(), timezone.now() + timedelta(seconds=i)
        if turn is None:
            turn = actions.raise_hand(meeting, by=person, now=now)
        else:
            turn = actions.lower_hand(meeting, turn.pk, by=person, now=now) and None
        took.append((time.perf_counter() - began) * 1000)
        if i % 10 == 0:
            with contextlib.suppress(Refused):  # a refusal writes nothing and holds nothing
                actions.raise_hand(meeting, by=person, now=now, capacity="king")
    print(" ".join(f"{ms:.1f}" for ms in took))


if __name__ == "__main__":
    work = {"floor": floor, "credentials": credentials}[sys.argv[1]]
    work(int(sys.argv[2]), Person.objects.get(pk=sys.argv[3]), int(sys.argv[4]))

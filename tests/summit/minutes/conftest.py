"""A meeting that was held: opened, one statement, one decision, closed, through the real actions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from summit.chair import actions as chair
from summit.floor import actions as floor
from summit.floor.hands import raise_hand
from summit.models import Entry, Minutes, Office
from tests.cast import NOW, make_cast
from tests.kept import kept


def minute(count):
    return NOW + timedelta(minutes=count)


def hold(cast, *, close=True):
    """The meeting of the cast; returns its minutes."""
    chair.open_meeting(cast.meeting.pk, by=cast.bruno, now=minute(0))
    chair.take_item(cast.meeting.pk, cast.item.pk, by=cast.bruno, now=minute(1))
    turn = raise_hand(cast.meeting.pk, by=cast.amina, now=minute(2))
    floor.give_floor(cast.meeting.pk, turn.pk, by=cast.bruno, now=minute(3))
    floor.end_floor(cast.meeting.pk, turn.pk, by=cast.bruno, now=minute(5))
    chair.decide(cast.meeting.pk, text="The report was adopted.", symbol="TEST/DEC.1", by=cast.bruno, now=minute(6))
    if close:
        chair.close(cast.meeting.pk, unheard=0, by=cast.bruno, now=minute(7))
    return Minutes.objects.get(meeting=cast.meeting)


def entry_of(cast, kind):
    return Entry.objects.filter(meeting=cast.meeting, kind=kind).values_list("seq", flat=True).get()


@kept
def held(cast):
    """The cast after its meeting closed, with `minutes` and `writer` (a second one beside Dana)."""
    cast.minutes = hold(cast)
    Office.objects.create(meeting=cast.meeting, person=cast.lucia, kind="writer")
    return cast


@kept
def sitting(cast):
    """The cast while its meeting is open."""
    cast.minutes = hold(cast, close=False)
    return cast


@pytest.fixture
def committed(transactional_db):
    """The held meeting, committed: other processes see it."""
    cast = make_cast()
    cast.minutes = hold(cast)
    return cast

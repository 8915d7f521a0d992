"""The minutes open with the meeting, are frozen by its closing and go on when that is undone."""

from __future__ import annotations

import pytest
from django.db import transaction

from summit.minutes import actions
from summit.models import Minutes, Outbox
from summit.record import actions as record
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def closing(cast):
    return record.write(cast.summit, "meeting.closed", at=NOW, actor=None, meeting=cast.meeting, unheard=0)


def test_minutes_open_once_with_a_symbol(cast):
    assert actions.open_minutes(cast.meeting) == actions.open_minutes(cast.meeting)
    assert [(m.symbol, m.state) for m in Minutes.objects.all()] == [("TEST/SR.1", "live")]


def test_closing_freezes_the_skeleton_and_asks_for_the_archive(cast):
    actions.open_minutes(cast.meeting)
    with transaction.atomic():
        entry = closing(cast)
        actions.close_minutes(cast.meeting, entry, NOW)
    minutes = Minutes.objects.get()
    assert (minutes.state, minutes.last_entry) == ("draft", entry.seq)
    assert list(Outbox.objects.values_list("task", "key")) == [
        ("summit.minutes.tasks.archive", f"archive:{cast.meeting.pk}:{entry.seq}")
    ]


def test_a_closing_that_is_undone_lets_the_minutes_go_on(cast):
    with transaction.atomic():
        actions.close_minutes(cast.meeting, closing(cast), NOW)
    actions.reopen_minutes(cast.meeting)
    minutes = Minutes.objects.get()
    assert (minutes.state, minutes.last_entry) == ("live", None)

"""What is kept for many tests is the same for each of them, whatever the one before did."""

from __future__ import annotations

import pytest

from summit.floor.actions import raise_hand
from summit.models import Entry, Meeting
from tests.cast import NOW, House, journal
from tests.kept import GROUND, kept


@kept
def renamed(opened: House) -> House:
    """One layer more, of this file alone."""
    Meeting.objects.filter(pk=opened.meeting.pk).update(place={"en": "Hall B"})
    opened.meeting.refresh_from_db()
    return opened


@pytest.mark.parametrize("time", ["first", "second"])
def test_what_one_test_changes_the_next_does_not_see(opened: House, time: str) -> None:
    assert opened.meeting.place != {"en": "Hall A"} and opened.meeting.summit.slug == "test"
    assert [seq for seq, _ in journal(opened.meeting)] == [1, 2]
    opened.meeting.place = {"en": "Hall A"}
    opened.meeting.save()
    opened.summit.slug = time
    raise_hand(opened.meeting.pk, by=opened.amina, now=NOW)


@pytest.mark.parametrize("time", ["first", "second"])
def test_copies_of_one_test_hang_together(renamed: House, opened: House, house: House, time: str) -> None:
    assert renamed is opened is house and renamed.item.summit_id == renamed.summit.pk
    assert renamed.meeting.place == Meeting.objects.get(pk=renamed.meeting.pk).place == {"en": "Hall B"}


def test_a_layer_is_taken_away_for_a_test_that_does_not_begin_with_it(house: House) -> None:
    assert [layer.kept.name for layer in GROUND.layers] in (
        [],
        ["house"],
    )  # nothing when it is the first of its process
    assert not Entry.objects.exists() and house.meeting.state == "planned"


@pytest.mark.django_db(transaction=True)
def test_one_that_commits_finds_the_empty_database() -> None:
    assert not GROUND.layers and not Meeting.objects.exists()

from datetime import timedelta

import pytest

from summit.attendance import actions, queries
from summit.chair import actions as chair
from summit.models import Presence
from tests.cast import NOW, body, journal, make_house


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def meeting(house):
    return house.meeting.pk


def test_an_officer_marks_a_delegation_present_in_the_hall_before_the_meeting_opens(house, meeting, heard):
    heard()
    actions.arrive(meeting, house.norway.pk, "hall", by=house.omar, now=NOW)
    assert journal(house.meeting) == [(1, "attendance.arrived")]
    said = body(house.meeting, 1)
    assert (said["delegation"]["code"], said["mode"], said["actor"]["person"]) == ("NO", "hall", house.omar.pk)
    assert "beneficiary" not in said
    [(topic, event)] = heard()
    assert (topic, event["version"]) == ("attendance", 1)
    assert event["state"] == {
        "present": {str(house.norway.pk): {"hall": True, "remote": False}},
        "counts": {"hall": 1, "remote": 0, "delegations": 1},
    }


def test_marking_it_again_changes_nothing(house, meeting, heard):
    first = actions.arrive(meeting, house.norway.pk, "hall", by=house.omar, now=NOW)
    heard()
    assert actions.arrive(meeting, house.norway.pk, "hall", by=house.dana, now=later(60)) == first
    assert heard() == [] and len(journal(house.meeting)) == 1
    actions.leave(meeting, house.norway.pk, "hall", by=house.omar, now=later(90))
    actions.leave(meeting, house.norway.pk, "hall", by=house.omar, now=later(91))
    assert journal(house.meeting) == [(1, "attendance.arrived"), (2, "attendance.left")]
    assert Presence.objects.get().left_at == later(90)


def test_delegations_are_counted_not_the_ways_they_are_here(house, meeting, django_assert_num_queries):
    actions.arrive(meeting, house.kenya.pk, "hall", by=house.omar, now=NOW)
    actions.arrive(meeting, house.kenya.pk, "remote", by=house.amina, now=NOW)
    actions.arrive(meeting, house.chile.pk, "remote", by=None, now=NOW)  # the machine saw a seat
    with django_assert_num_queries(1):
        found = queries.present(house.meeting)
    assert found == {
        house.kenya.pk: {"hall": True, "remote": True},
        house.chile.pk: {"hall": False, "remote": True},
    }
    assert queries.counts(found) == {"hall": 1, "remote": 2, "delegations": 2}
    assert body(house.meeting, 3)["actor"] is None


def test_only_officers_mark_the_hall_and_only_its_own_members_a_remote_delegation(house, meeting, refused):
    for who, code in (
        (house.eve, "meeting.no_entry"),
        (house.amina, "hall.not_yours"),
        (house.bruno, "hall.not_yours"),
    ):
        with refused(code):
            actions.arrive(meeting, house.norway.pk, "hall", by=who, now=NOW)
    with refused("hall.not_yours"):
        actions.arrive(meeting, house.norway.pk, "remote", by=house.amina, now=NOW)
    with refused("hall.not_yours"):
        actions.leave(meeting, house.norway.pk, "hall", by=house.amina, now=NOW)
    assert journal(house.meeting) == []


def test_a_delegation_of_another_summit_or_an_unknown_mode_is_refused(house, meeting, refused):
    other = make_house("elsewhere", at="elsewhere.example")
    with refused("attendance.no_such_delegation"):
        actions.arrive(meeting, other.kenya.pk, "hall", by=house.omar, now=NOW)
    with refused("attendance.no_such_delegation"):
        actions.arrive(meeting, house.kenya.pk, "balloon", by=house.omar, now=NOW)


def test_nobody_arrives_after_the_closing_and_everybody_has_left(house, meeting, refused):
    actions.arrive(meeting, house.norway.pk, "hall", by=house.omar, now=NOW)
    chair.open_meeting(meeting, by=house.bruno, now=NOW)
    chair.close(meeting, unheard=0, by=house.bruno, now=later(60))
    assert queries.present(house.meeting) == {}
    with refused("meeting.over"):
        actions.arrive(meeting, house.norway.pk, "hall", by=house.omar, now=later(61))

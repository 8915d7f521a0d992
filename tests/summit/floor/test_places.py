from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from summit.floor import hands
from summit.floor.actions import give_floor
from summit.floor.places import stands
from summit.floor.topics import floor_state
from summit.models import Delegation, Item, Meeting, Turn
from tests.cast import NOW


def test_places_and_times_are_those_the_room_shows(opened):
    meeting, later = opened.meeting, NOW + timedelta(minutes=1)
    hands.raise_hand(meeting.pk, by=opened.lucia, now=NOW)
    hands.raise_hand(meeting.pk, by=opened.amina, now=NOW + timedelta(seconds=1))
    hands.raise_hand(meeting.pk, by=opened.amina, register="reply", now=NOW + timedelta(seconds=2))
    meeting.refresh_from_db()
    found = stands({opened.kenya.pk}, [meeting], later)
    assert [(one.turn.register, one.place) for one in found] == [("list", 2), ("reply", 1)]
    forecast = floor_state(meeting, later)["forecast"]
    assert [round((one.at - later).total_seconds()) for one in found] == [forecast[str(one.turn.pk)] for one in found]
    first = Turn.objects.get(delegation=opened.chile)
    give_floor(meeting.pk, first.pk, by=opened.bruno, now=NOW)
    meeting.refresh_from_db()
    mine = stands({opened.chile.pk, opened.kenya.pk}, [meeting], later)
    assert [(one.turn.delegation.code, one.place) for one in mine] == [("CL", 0), ("KE", 1), ("KE", 1)]
    assert mine[1].at - later == timedelta(seconds=meeting.time_national - 60)


def test_a_hand_on_an_item_that_rests_has_a_place_and_no_time(opened):
    hands.raise_hand(opened.meeting.pk, by=opened.amina, now=NOW)
    Meeting.objects.update(state="suspended")
    (one,) = stands({opened.kenya.pk}, Meeting.objects.all(), NOW)
    assert (one.place, one.meeting, one.at) == (1, None, None)
    assert stands({opened.chile.pk}, Meeting.objects.all(), NOW) == []


def test_four_queries_however_many_lists(opened):
    counts = []
    for number in (1, 5):
        for n in range(number):
            item, _new = Item.objects.get_or_create(summit=opened.summit, number=f"9{n}")
            for delegation in Delegation.objects.filter(category="member"):
                Turn.objects.get_or_create(item=item, delegation=delegation, defaults={"asked_at": NOW})
        with CaptureQueriesContext(connection) as queries:
            assert len(stands({opened.kenya.pk}, Meeting.objects.all(), NOW)) == number
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5  # the meetings are the fifth

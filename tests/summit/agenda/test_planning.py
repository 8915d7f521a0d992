from datetime import date, time, timedelta

import pytest

from summit.agenda import actions
from summit.chair import actions as chair
from summit.errors import Refused
from summit.models import Entry, Item, Meeting, Office
from summit.record.queries import faults
from summit.recordings import actions as recordings
from tests.cast import NOW, make_cast, person


def plan(**values):
    first = {"titles": {"en": "P"}, "day": date(2026, 3, 28), "time": time(10), "zone": "Europe/Berlin"}
    return actions.Plan(**(first | values))


def code_of(act, *args, **options):
    with pytest.raises(Refused) as refused:
        act(*args, **options)
    return refused.value.code


def test_utc_follows_the_wall_clock_through_daylight_saving(cast, organiser):
    def planned(slug, **values):
        made = actions.plan_meeting(cast.summit.pk, by=organiser, now=NOW, slug=slug, plan=plan(**values))
        return made.starts_at.isoformat()

    assert planned("before") == "2026-03-28T09:00:00+00:00"
    assert planned("after", day=date(2026, 3, 29)) == "2026-03-29T08:00:00+00:00"
    skipped = plan(day=date(2026, 3, 29), time=time(2, 30))
    assert code_of(actions.plan_meeting, cast.summit.pk, by=organiser, now=NOW, slug="gap", plan=skipped) == (
        "meeting.no_such_time"
    )


@pytest.mark.parametrize(
    ("slug", "values", "code"),
    [
        ("plenary-1", {}, "meeting.slug"),
        ("Not A Slug", {}, "meeting.slug"),
        ("x", {"zone": "Mars/Olympus"}, "zone.unknown"),
        ("x", {"kind": "party"}, "meeting.choice"),
        ("x", {"times": {"time_reply": 5}}, "meeting.times"),
        ("x", {"times": {"pk": 60}}, "meeting.times"),
        ("x", {"titles": {}}, "name.empty"),
        ("x", {"items": [10**9]}, "item.unknown"),
    ],
)
def test_what_cannot_be_planned(cast, organiser, slug, values, code):
    assert code_of(actions.plan_meeting, cast.summit.pk, by=organiser, now=NOW, slug=slug, plan=plan(**values)) == code
    assert Meeting.objects.count() == 1 and not Entry.objects.exists()


def test_items_of_another_summit_never_come_onto_a_programme(cast, organiser):
    other = make_cast("other", at="other.org")
    wish = plan(items=[cast.item.pk, other.item.pk])
    assert code_of(actions.plan_meeting, cast.summit.pk, by=organiser, now=NOW, slug="x", plan=wish) == "item.unknown"


def test_once_begun_the_calendar_is_for_the_chair_and_once_closed_for_nobody(cast, organiser):
    meeting = cast.meeting
    same = {"day": meeting.day, "time": meeting.time, "zone": meeting.zone}
    meeting.state = "open"
    meeting.save()
    actions.change_meeting(meeting.pk, by=organiser, now=NOW, plan=plan(**same, titles={"en": "Renamed"}))
    for wish in ({"openness": "closed"}, {"speech": "discussion"}, {"time": time(15)}):
        assert code_of(actions.change_meeting, meeting.pk, by=organiser, now=NOW, plan=plan(**(same | wish))) == (
            "meeting.begun"
        )
    Meeting.objects.update(state="closed")
    assert code_of(actions.change_meeting, meeting.pk, by=organiser, now=NOW, plan=plan(**same)) == "meeting.closed"
    assert code_of(actions.give_office, meeting.pk, cast.amina.pk, "chair", by=organiser, now=NOW) == "meeting.closed"
    assert [entry.kind for entry in Entry.objects.all()] == ["meeting.changed"]


def test_the_item_being_taken_stays_on_the_programme(cast, organiser):
    Meeting.objects.update(item=cast.item)
    same = {"day": cast.meeting.day, "time": cast.meeting.time, "zone": cast.meeting.zone}
    wish = plan(**same, items=[cast.subitem.pk])
    assert code_of(actions.change_meeting, cast.meeting.pk, by=organiser, now=NOW, plan=wish) == "item.taken"


def test_an_item_never_stands_under_itself(cast, organiser):
    move = {"by": organiser, "now": NOW, "number": "3", "titles": {"en": "x"}, "position": 1}
    for parent in (cast.item, cast.subitem):
        assert code_of(actions.change_item, cast.item.pk, parent_id=parent.pk, **move) == "item.parent"
    other = make_cast("other", at="other.org")
    assert code_of(actions.change_item, cast.item.pk, parent_id=other.item.pk, **move) == "item.parent"
    parent = None
    for depth in range(5):
        make = {"by": organiser, "now": NOW, "number": f"8.{depth}", "titles": {"en": "x"}, "parent_id": parent}
        parent = actions.create_item(cast.summit.pk, **make).pk
    make["number"] = "8.9"
    assert code_of(actions.create_item, cast.summit.pk, **(make | {"parent_id": parent})) == "item.parent"
    assert Item.objects.filter(number__startswith="8").count() == 5


def test_an_office_is_given_and_ended_in_open_rooms_too(cast, organiser, rings):
    office = actions.give_office(cast.meeting.pk, cast.amina.pk, "deputy", by=organiser, now=NOW)
    actions.end_office(office.pk, by=organiser, now=NOW + timedelta(minutes=1))
    assert rings() == [{"type": "live.standing", "persons": [cast.amina.pk]}] * 2
    given, ended = Entry.objects.order_by("seq")
    assert (given.kind, ended.kind, given.meeting) == ("office.given", "office.ended", cast.meeting)
    assert given.body["subject"]["office"] == "deputy" and given.body["actor"]["delegation"]["code"] == "SEC"
    assert code_of(actions.end_office, office.pk, by=organiser, now=NOW + timedelta(minutes=2)) == "office.ended"
    assert list(faults(cast.summit.pk)) == []


def test_whoever_presides_does_not_lose_the_office_under_them(cast, organiser):
    Meeting.objects.update(presiding=cast.bruno, state="open")
    office = Office.objects.get(person=cast.bruno)
    assert code_of(actions.end_office, office.pk, by=organiser, now=NOW) == "office.presiding"


def test_who_may_plan_and_name_officers(cast, organiser):
    stranger = person("Not Nominated")
    assert code_of(actions.give_office, cast.meeting.pk, stranger.pk, "chair", by=organiser, now=NOW) == (
        "office.accreditation"
    )
    for who in (cast.amina, cast.bruno, cast.dana, cast.eve):
        office = {"by": who, "now": NOW}
        assert code_of(actions.give_office, cast.meeting.pk, who.pk, "chair", **office) == "organiser.required"
        assert code_of(actions.plan_meeting, cast.summit.pk, by=who, now=NOW, slug="x", plan=plan()) == (
            "organiser.required"
        )
        item = {"by": who, "now": NOW, "number": "9", "titles": {"en": "x"}}
        assert code_of(actions.create_item, cast.summit.pk, **item) == "organiser.required"
    assert not Entry.objects.exists()


def test_a_change_of_an_item_reaches_the_rooms_that_take_it_whole(cast, organiser, rings):
    actions.change_item(
        cast.subitem.pk, by=organiser, now=NOW, number="3(b)", titles={"en": "Adaptation finance"},
        parent_id=cast.item.pk, position=2,
    )  # fmt: skip
    [heard] = rings()
    assert [*heard["topics"]] == ["meeting", "agenda", "floor"]
    assert heard["topics"]["agenda"]["items"][1]["titles"] == {"en": "Adaptation finance"}
    assert heard["version"] == Meeting.objects.get().version == 1


def test_what_was_told_when_a_recording_was_announced_stays(cast, organiser):
    meeting = cast.meeting
    same = {"day": meeting.day, "time": meeting.time, "zone": meeting.zone}
    chair.open_meeting(meeting.pk, by=cast.bruno, now=NOW)
    actions.change_meeting(meeting.pk, by=organiser, now=NOW, plan=plan(**same, recording_days=30))
    recordings.announce(meeting.pk, by=cast.bruno, now=NOW)
    recordings.stop(meeting.pk, by=cast.bruno, now=NOW)
    for wish in ({"recording_days": 3650}, {"recording_days": 30, "recording_open": True}):
        longer = plan(**same, **wish)
        assert code_of(actions.change_meeting, meeting.pk, by=organiser, now=NOW, plan=longer) == "meeting.promised"
    actions.change_meeting(meeting.pk, by=organiser, now=NOW, plan=plan(**same, recording_days=30, number=2))
    meeting.refresh_from_db()
    assert (meeting.number, meeting.recording_days, meeting.recording_open) == (2, 30, False)


def test_whoever_presides_keeps_an_office_to_preside_by(cast, organiser):
    Meeting.objects.update(presiding=cast.bruno, state="open")
    hour = timedelta(hours=1)
    Office.objects.create(meeting=cast.meeting, person=cast.bruno, kind="deputy", ends=NOW - hour)  # not any more
    office = Office.objects.get(person=cast.bruno, kind="chair")
    assert code_of(actions.end_office, office.pk, by=organiser, now=NOW) == "office.presiding"
    give = {"by": organiser, "now": NOW, "starts": NOW - 2 * hour, "ends": NOW - hour}
    assert code_of(actions.give_office, cast.meeting.pk, cast.bruno.pk, "chair", **give) == "office.presiding"
    actions.give_office(cast.meeting.pk, cast.bruno.pk, "deputy", by=organiser, now=NOW)
    actions.end_office(office.pk, by=organiser, now=NOW)

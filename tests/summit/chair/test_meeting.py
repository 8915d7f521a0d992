from datetime import timedelta

import pytest

from summit.chair import actions as chair
from summit.floor import actions as floor
from summit.models import Meeting, Minutes, Outbox, Presence, Turn
from tests.cast import NOW, body, journal, last
from tests.kept import kept


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


def row(meeting: int) -> Meeting:
    return Meeting.objects.get(pk=meeting)


@pytest.fixture
def meeting(opened):
    return opened.meeting.pk


@kept
def speech(opened) -> Turn:
    """Amina speaks since NOW; Lucia waits. Entries 3 to 5."""
    meeting = opened.meeting.pk
    turn = floor.raise_hand(meeting, by=opened.amina, now=NOW)
    floor.raise_hand(meeting, by=opened.lucia, now=later(1))
    return floor.give_floor(meeting, turn.pk, by=opened.bruno, now=NOW)


def test_opening_a_meeting_opens_its_minutes_and_says_where_and_who_presides(house, heard):
    Meeting.objects.filter(pk=house.meeting.pk).update(place={"en": "Hall A"})
    heard()
    chair.open_meeting(house.meeting.pk, by=house.bruno, now=NOW)
    meeting = row(house.meeting.pk)
    assert (meeting.state, meeting.presiding, meeting.opened_at) == ("open", house.bruno, NOW)
    assert Minutes.objects.get(meeting=meeting).state == "live"
    assert journal(meeting) == [(1, "meeting.opened")]
    said = body(meeting, 1)
    assert said["presiding"]["person"] == house.bruno.pk and said["presiding"]["office"] == "chair"
    assert {key: said[key] for key in ("titles", "meeting_kind", "number", "zone", "openness", "speech", "place")} == {
        "titles": {"en": "Plenary, 1st meeting"}, "meeting_kind": "plenary", "number": 1, "zone": "Africa/Nairobi",
        "openness": "open", "speech": "rostrum", "place": {"en": "Hall A"},
    }  # fmt: skip
    assert [topic for topic, _ in heard()] == ["meeting", "agenda", "floor", "desk"]


def test_all_that_an_act_changes_is_one_push_so_that_no_part_of_it_can_be_lost_alone(cast, rings):
    chair.open_meeting(cast.meeting.pk, by=cast.bruno, now=NOW)
    [event] = rings()
    assert (event["type"], event["version"]) == ("live.state", row(cast.meeting.pk).version)
    assert [*event["topics"]] == ["meeting", "agenda", "floor", "desk"]


def test_an_officer_opens_for_the_chair_who_then_presides(house):
    chair.open_meeting(house.meeting.pk, by=house.omar, now=NOW)
    assert row(house.meeting.pk).presiding == house.bruno
    said = last(house.meeting).body
    assert (said["actor"]["person"], said["beneficiary"]["person"]) == (house.omar.pk, house.bruno.pk)


def test_a_deputy_who_opens_presides(house):
    chair.open_meeting(house.meeting.pk, by=house.gita, now=NOW)
    assert row(house.meeting.pk).presiding == house.gita


def test_a_meeting_without_a_chair_is_not_opened(house, refused):
    house.meeting.offices.filter(kind="chair").delete()
    with refused("chair.nobody"):
        chair.open_meeting(house.meeting.pk, by=house.omar, now=NOW)


ACTS = {
    "open_meeting": {},
    "suspend": {"until": None},
    "resume_meeting": {},
    "adjourn": {},
    "close": {"unheard": 0},
    "set_speech": {"speech": "discussion"},
    "set_chat": {"chat": "open"},
    "set_screens": {"screens": "several"},
    "set_openness": {"openness": "closed"},
    "silence": {"on": True},
    "preside": {"person_id": 1},
    "take_item": {"item_id": 1},
    "decide": {"text": "x"},
    "remove_person": {"person_id": 1, "reason": "x"},
    "readmit_person": {"person_id": 1},
    "undo": {"entry": 1},
    "correct": {"entry": 1, "reason": "x", "text": "x"},
}


def test_every_act_of_the_chair_is_in_the_table_below():
    assert set(ACTS) == set(chair.__all__)


@pytest.mark.parametrize("name", ACTS)
def test_strangers_and_delegates_do_not_run_the_meeting(opened, meeting, refused, name):
    for who, code in ((opened.eve, "meeting.no_entry"), (opened.amina, "floor.not_yours")):
        with refused(code):
            getattr(chair, name)(meeting, **ACTS[name], by=who, now=NOW)
    assert journal(opened.meeting) == [(1, "meeting.opened"), (2, "item.taken")]


NEVER_AFTER_CLOSING = set(ACTS) - {"undo", "correct"}


@pytest.mark.parametrize("name", sorted(NEVER_AFTER_CLOSING))
def test_nothing_is_run_after_closing(opened, meeting, refused, name):
    chair.close(meeting, unheard=0, by=opened.bruno, now=NOW)
    with refused("meeting.over"):
        getattr(chair, name)(meeting, **ACTS[name], by=opened.bruno, now=NOW)


@pytest.mark.parametrize("name", ["suspend", "adjourn", "close", "preside", "take_item", "decide", "resume_meeting"])
def test_a_meeting_that_is_not_open_yet_is_not_run(house, refused, name):
    with refused("meeting.not_open"):
        getattr(chair, name)(house.meeting.pk, **ACTS[name], by=house.bruno, now=NOW)


def test_a_meeting_is_opened_once(opened, meeting, refused):
    with refused("meeting.open"):
        chair.open_meeting(meeting, by=opened.bruno, now=NOW)
    with refused("meeting.open"):
        chair.resume_meeting(meeting, by=opened.bruno, now=NOW)


def test_suspending_pauses_the_speech_which_goes_on_when_the_chair_says_so(opened, meeting, speech, refused):
    with refused("chair.until_past"):
        chair.suspend(meeting, until=NOW, by=opened.bruno, now=later(30))
    chair.suspend(meeting, until=later(600), by=opened.bruno, now=later(30))
    turn = Turn.objects.get(pk=speech.pk)
    assert (turn.state, turn.used, turn.running_since) == ("speaking", 30, None)
    assert (row(meeting).state, row(meeting).resumes_at) == ("suspended", later(600))
    with refused("meeting.suspended"):
        floor.resume_floor(meeting, turn.pk, by=opened.bruno, now=later(40))
    chair.resume_meeting(meeting, by=opened.bruno, now=later(600))
    assert (row(meeting).state, row(meeting).resumes_at) == ("open", None)
    floor.resume_floor(meeting, turn.pk, by=opened.bruno, now=later(610))
    assert Turn.objects.get(pk=turn.pk).running_since == later(610)
    assert journal(opened.meeting, since=5) == [
        (6, "floor.paused"), (7, "meeting.suspended"), (8, "meeting.resumed"), (9, "floor.resumed"),
    ]  # fmt: skip
    assert body(opened.meeting, 6)["why"] == "suspended"
    assert body(opened.meeting, 7)["until"] == "2026-11-23T09:10:00.000000+00:00"


def test_adjourning_ends_the_speech_keeps_the_list_and_may_be_resumed(opened, meeting, speech):
    Presence.objects.create(meeting=opened.meeting, delegation=opened.norway, mode="hall", arrived_at=NOW)
    chair.adjourn(meeting, by=opened.bruno, now=later(30))
    assert Presence.objects.get().left_at == later(30)  # nobody sits there until it is resumed
    assert Turn.objects.get(pk=speech.pk).state == "ended"
    assert Turn.objects.filter(state="waiting").count() == 1
    assert journal(opened.meeting, since=5) == [(6, "floor.ended"), (7, "meeting.adjourned")]
    chair.resume_meeting(meeting, by=opened.bruno, now=later(3600))
    assert row(meeting).state == "open"


def test_closing_names_the_unheard_freezes_the_minutes_and_asks_for_the_archive(opened, meeting, speech, refused):
    Presence.objects.create(meeting=opened.meeting, delegation=opened.norway, mode="hall", arrived_at=NOW)
    with refused("chair.unheard_changed"):
        chair.close(meeting, unheard=0, by=opened.bruno, now=later(30))
    chair.close(meeting, unheard=1, by=opened.bruno, now=later(30))
    assert (row(meeting).state, row(meeting).closed_at) == ("closed", later(30))
    assert journal(opened.meeting, since=5) == [(6, "floor.ended"), (7, "meeting.closed")]
    assert body(opened.meeting, 7)["unheard"] == 1
    assert Presence.objects.get().left_at == later(30)
    assert (Minutes.objects.get().state, Minutes.objects.get().last_entry) == ("draft", 7)
    assert list(Outbox.objects.values_list("task", "arguments")) == [
        ("summit.minutes.tasks.archive", {"meeting_id": meeting})
    ]


def test_closing_is_undone_within_five_minutes_with_everything_it_ended(opened, meeting, speech, refused):
    Presence.objects.create(meeting=opened.meeting, delegation=opened.norway, mode="hall", arrived_at=NOW)
    chair.close(meeting, unheard=1, by=opened.bruno, now=later(30))
    chair.undo(meeting, 7, by=opened.bruno, now=later(30 + 299))
    turn = Turn.objects.get(pk=speech.pk)
    assert (turn.state, turn.running_since, turn.used, turn.ended_at) == ("speaking", NOW, 0, None)
    assert (row(meeting).state, row(meeting).closed_at) == ("open", None)
    assert Presence.objects.get().left_at is None
    assert (Minutes.objects.get().state, Minutes.objects.get().last_entry) == ("live", None)
    assert journal(opened.meeting, since=7) == [(8, "act.undone"), (9, "meeting.reopened")]
    said = body(opened.meeting, 8)
    assert (said["undoes"], said["also"], said["undone_kind"]) == (7, [6], "meeting.closed")
    chair.close(meeting, unheard=1, by=opened.bruno, now=later(400))
    assert Outbox.objects.count() == 2  # the second closing asks for its own archive
    entry = last(opened.meeting).seq
    with refused("act.too_late"):
        chair.undo(meeting, entry, by=opened.bruno, now=later(400 + 301))


def test_taking_an_item_ends_the_speech_on_the_one_before(opened, meeting, speech, refused):
    with refused("chair.item_is_taken"):
        chair.take_item(meeting, opened.item.pk, by=opened.bruno, now=later(9))
    with refused("floor.no_such_item"):
        chair.take_item(meeting, 10**9, by=opened.bruno, now=later(9))
    chair.take_item(meeting, opened.subitem.pk, by=opened.dana, now=later(10))
    assert row(meeting).item == opened.subitem
    assert journal(opened.meeting, since=5) == [(6, "floor.ended"), (7, "item.taken")]
    assert body(opened.meeting, 7)["item"] == {"number": "3(b)", "titles": {"en": "Adaptation"}}


def test_the_list_belongs_to_the_item_and_is_there_when_it_is_taken_again(opened, meeting, speech):
    chair.take_item(meeting, opened.subitem.pk, by=opened.bruno, now=later(10))
    chair.take_item(meeting, opened.item.pk, by=opened.bruno, now=later(20))
    waiting = Turn.objects.get(state="waiting")
    floor.give_next(meeting, expect=waiting.pk, by=opened.bruno, now=later(30))
    assert Turn.objects.get(state="speaking").delegation == opened.chile


def test_it_was_so_decided(opened, meeting, refused):
    with refused("text.empty"):
        chair.decide(meeting, text="  ", by=opened.bruno, now=NOW)
    with refused("text.control"):
        chair.decide(meeting, text="It was \u202eso decided", by=opened.bruno, now=NOW)
    with refused("text.long"):
        chair.decide(meeting, text="x" * 4001, by=opened.bruno, now=NOW)
    chair.decide(meeting, text=" To adopt the draft.\r\n", symbol="A/1/L.4", by=opened.omar, now=NOW)
    assert journal(opened.meeting, since=2) == [(3, "decision.taken")]
    said = body(opened.meeting, 3)
    assert (said["text"], said["symbol"], said["manner"]) == ("To adopt the draft.", "A/1/L.4", "without a vote")
    assert said["item"]["number"] == "3" and said["beneficiary"]["person"] == opened.bruno.pk


def test_a_decision_belongs_to_an_item(house, refused):
    chair.open_meeting(house.meeting.pk, by=house.bruno, now=NOW)
    with refused("floor.no_item"):
        chair.decide(house.meeting.pk, text="x", by=house.bruno, now=NOW)
    chair.decide(house.meeting.pk, text="x", item_id=house.subitem.pk, by=house.bruno, now=NOW)
    assert last(house.meeting).body["item"]["number"] == "3(b)"


def test_only_a_chair_or_deputy_of_the_meeting_presides_and_not_while_speaking(opened, meeting, refused):
    for person in (opened.amina, opened.dana):
        with refused("chair.not_an_officer"):
            chair.preside(meeting, person.pk, by=opened.bruno, now=NOW)
    with refused("chair.presides"):
        chair.preside(meeting, opened.bruno.pk, by=opened.bruno, now=NOW)
    turn = floor.raise_hand(meeting, by=opened.gita, now=NOW)
    floor.give_floor(meeting, turn.pk, by=opened.bruno, now=NOW)
    with refused("chair.has_the_floor"):
        chair.preside(meeting, opened.gita.pk, by=opened.bruno, now=NOW)
    floor.end_floor(meeting, turn.pk, by=opened.bruno, now=NOW)
    chair.preside(meeting, opened.gita.pk, by=opened.gita, now=later(5))
    assert row(meeting).presiding == opened.gita
    said = last(opened.meeting).body
    assert (said["from"]["person"], said["to"]["person"]) == (opened.bruno.pk, opened.gita.pk)
    assert said["to"]["office"] == "deputy"


def test_the_chair_is_not_taken_by_whoever_is_heard_on_a_point_of_order(opened, meeting, refused):
    point = floor.raise_hand(meeting, by=opened.gita, now=NOW, register="order")
    floor.give_floor(meeting, point.pk, by=opened.bruno, now=NOW)
    with refused("chair.has_the_floor"):
        chair.preside(meeting, opened.gita.pk, by=opened.bruno, now=NOW)


def test_the_journal_says_for_whom_the_chair_was_handed_over(opened, meeting):
    chair.preside(meeting, opened.gita.pk, by=opened.bruno, now=NOW)
    assert "beneficiary" not in last(opened.meeting).body  # the chair did it
    chair.preside(meeting, opened.bruno.pk, by=opened.omar, now=later(20))
    assert last(opened.meeting).body["beneficiary"]["person"] == opened.gita.pk  # who presided then


@pytest.mark.parametrize(
    ("act", "argument", "field", "kind"),
    [
        ("set_speech", "discussion", "speech", "meeting.speech_set"),
        ("set_chat", "open", "chat", "meeting.chat_set"),
        ("set_screens", "several", "screens", "meeting.screens_set"),
        ("set_openness", "closed", "openness", "meeting.openness_set"),
        ("silence", True, "silenced", "meeting.silenced"),
    ],
)
def test_the_ways_of_the_meeting_are_set_once_and_journaled(opened, meeting, heard, act, argument, field, kind):
    getattr(chair, act)(meeting, argument, by=opened.bruno, now=NOW)
    assert getattr(row(meeting), field) == argument
    assert journal(opened.meeting, since=2) == [(3, kind)]
    assert body(opened.meeting, 3)["value"] == argument
    heard()
    getattr(chair, act)(meeting, argument, by=opened.bruno, now=NOW)
    assert journal(opened.meeting, since=3) == [] and heard() == []


def test_the_silence_ends(opened, meeting):
    chair.silence(meeting, True, by=opened.bruno, now=NOW)
    chair.silence(meeting, False, by=opened.bruno, now=NOW)
    assert journal(opened.meeting, since=3) == [(4, "meeting.unsilenced")]


def test_closing_the_doors_takes_the_floor_from_an_observer_and_tells_every_seat(opened, meeting, heard):
    turn = floor.raise_hand(meeting, by=opened.chen, now=NOW)
    floor.give_floor(meeting, turn.pk, by=opened.bruno, now=NOW)
    heard()
    chair.set_openness(meeting, "closed", by=opened.bruno, now=later(5))
    assert Turn.objects.get(pk=turn.pk).state == "ended"
    assert [topic for topic, _ in heard()] == ["live.standing", "meeting", "floor", "desk"]

"""Whatever the desk does can be taken back within ten seconds, exactly."""

from datetime import timedelta

import pytest

from summit.attendance import actions as attendance
from summit.chair import actions as chair
from summit.floor import actions as floor
from summit.models import Act, Item, Meeting, Minutes, Presence, Removal, Spell, Turn
from summit.record.models import Entry
from summit.recordings import actions as recordings
from tests.cast import NOW, body, journal, last
from tests.kept import kept


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def meeting(opened):
    return opened.meeting.pk


@kept
def speech(opened) -> Turn:
    """Amina speaks since NOW, Lucia and Norway (hall) wait, Gita raises a point of order."""
    meeting = opened.meeting.pk
    attendance.arrive(meeting, opened.norway.pk, "hall", by=opened.omar, now=NOW)
    turn = floor.raise_hand(meeting, by=opened.amina, now=NOW)
    floor.raise_hand(meeting, by=opened.lucia, now=NOW)
    floor.raise_for_hall(meeting, opened.norway.pk, by=opened.omar, now=NOW)
    floor.raise_hand(meeting, by=opened.gita, now=NOW, register="order")
    return floor.give_floor(meeting, turn.pk, by=opened.bruno, now=NOW)


def everything() -> dict:
    """All rows an act may touch, but for the version, which only grows."""
    rows = {}
    for model in (Turn, Spell, Item, Meeting, Presence, Removal):
        for row in model.objects.order_by("pk").values():
            row.pop("version", None)
            rows[model.__name__, row["id"]] = row
    return rows


def code(of: str) -> int:
    return Turn.objects.get(delegation__code=of, register="list").pk


CASES = {
    "giving the floor": lambda c, m: floor.give_floor(m, code("CL"), by=c.bruno, now=later(30)),
    "giving it to the hall": lambda c, m: floor.give_floor(m, code("NO"), by=c.omar, now=later(30)),
    "hearing a point of order": lambda c, m: floor.give_floor(
        m, Turn.objects.get(register="order").pk, by=c.bruno, now=later(30)
    ),
    "pausing": lambda c, m: floor.pause_floor(m, code("KE"), by=c.bruno, now=later(30)),
    "ending": lambda c, m: floor.end_floor(m, code("KE"), by=c.bruno, now=later(30)),
    "extending": lambda c, m: floor.extend_floor(m, code("KE"), seconds=60, by=c.bruno, now=later(30)),
    "ruling": lambda c, m: floor.rule(m, Turn.objects.get(register="order").pk, ruling="x", by=c.bruno, now=later(30)),
    "moving": lambda c, m: floor.move(m, code("NO"), before=code("CL"), by=c.bruno, now=later(30)),
    "lowering a hand": lambda c, m: floor.lower_hand(m, code("CL"), by=c.bruno, now=later(30)),
    "asking for the hall": lambda c, m: floor.raise_for_hall(
        m, c.norway.pk, by=c.omar, now=later(30), register="reply"
    ),
    "naming a speaker": lambda c, m: floor.set_speaker(m, code("NO"), c.nils.pk, by=c.omar, now=later(30)),
    "closing the list": lambda c, m: floor.close_list(m, c.item.pk, by=c.bruno, now=later(30)),
    "taking an item": lambda c, m: chair.take_item(m, c.subitem.pk, by=c.bruno, now=later(30)),
    "suspending": lambda c, m: chair.suspend(m, until=later(900), by=c.bruno, now=later(30)),
    "adjourning": lambda c, m: chair.adjourn(m, by=c.bruno, now=later(30)),
    "closing": lambda c, m: chair.close(m, unheard=2, by=c.bruno, now=later(30)),
    "changing the chair": lambda c, m: chair.preside(m, c.gita.pk, by=c.bruno, now=later(30)),
    "setting the speech": lambda c, m: chair.set_speech(m, "discussion", by=c.bruno, now=later(30)),
    "setting the chat": lambda c, m: chair.set_chat(m, "off", by=c.bruno, now=later(30)),
    "closing the doors": lambda c, m: chair.set_openness(m, "closed", by=c.bruno, now=later(30)),
    "silencing": lambda c, m: chair.silence(m, True, by=c.bruno, now=later(30)),
    "deciding": lambda c, m: chair.decide(m, text="Adopted", by=c.bruno, now=later(30)),
    "removing the speaker": lambda c, m: chair.remove_person(m, c.amina.pk, reason="x", by=c.bruno, now=later(30)),
    "correcting": lambda c, m: chair.correct(m, 1, reason="x", text="y", by=c.bruno, now=later(30)),
}


@pytest.mark.parametrize("case", CASES)
def test_undoing_restores_every_row_exactly(opened, meeting, speech, case):
    before, since = everything(), last(opened.meeting).seq
    version = Meeting.objects.get(pk=meeting).version
    CASES[case](opened, meeting)
    act = Act.objects.first()
    assert act.entry in act.entries and act.entries == [seq for seq, _ in journal(opened.meeting, since)]
    if case not in {"deciding", "correcting"}:  # these change the journal only
        assert everything() != before
    chair.undo(meeting, act.entry, by=opened.bruno, now=later(39))
    assert everything() == before
    assert Meeting.objects.get(pk=meeting).version == version + 2
    undone = Entry.objects.get(meeting=meeting, kind="act.undone").body
    assert [undone["undoes"], *undone["also"]] == [act.entry, *(seq for seq in act.entries if seq != act.entry)]
    assert undone["undone_kind"] == act.kind


def test_undoing_the_opening_closes_the_door_again(house):
    chair.open_meeting(house.meeting.pk, by=house.bruno, now=NOW)
    chair.undo(house.meeting.pk, 1, by=house.bruno, now=later(5))
    meeting = Meeting.objects.get(pk=house.meeting.pk)
    assert (meeting.state, meeting.presiding, meeting.opened_at) == ("planned", None, None)
    chair.open_meeting(house.meeting.pk, by=house.bruno, now=later(60))


def test_the_seats_hear_everything_again(opened, meeting, speech, heard):
    floor.end_floor(meeting, speech.pk, by=opened.bruno, now=later(30))
    heard()
    chair.undo(meeting, last(opened.meeting).seq, by=opened.omar, now=later(33))
    events = heard()
    assert [topic for topic, _ in events] == [
        "live.standing",
        "meeting",
        "agenda",
        "floor",
        "attendance",
        "votes",
        "desk",
    ]
    assert events[3][1]["state"]["speaking"]["running_since"] == "2026-11-23T09:00:00.000000+00:00"
    assert events[6][1]["state"]["acts"][0]["facts"]["undone"] is True
    assert body(opened.meeting, last(opened.meeting).seq)["beneficiary"]["person"] == opened.bruno.pk


def test_nothing_is_undone_too_late_twice_or_by_guessing(opened, meeting, speech, refused):
    floor.end_floor(meeting, speech.pk, by=opened.bruno, now=later(30))
    entry = last(opened.meeting).seq
    for who, code_ in ((opened.eve, "meeting.no_entry"), (opened.amina, "floor.not_yours")):
        with refused(code_):
            chair.undo(meeting, entry, by=who, now=later(31))
    with refused("act.too_late"):
        chair.undo(meeting, entry, by=opened.bruno, now=later(40.1))
    for unknown in (entry + 1, 10**9, -1):
        with refused("act.unknown"):
            chair.undo(meeting, unknown, by=opened.bruno, now=later(31))
    chair.undo(meeting, entry, by=opened.bruno, now=later(40))
    with refused("act.undone"):
        chair.undo(meeting, entry, by=opened.bruno, now=later(40))


def test_an_act_that_others_built_upon_is_not_undone(opened, meeting, speech, refused):
    floor.end_floor(meeting, speech.pk, by=opened.bruno, now=later(30))
    entry = last(opened.meeting).seq
    floor.give_floor(meeting, code("CL"), by=opened.bruno, now=later(32))
    with refused("act.changed_since"):
        chair.undo(meeting, entry, by=opened.bruno, now=later(35))  # two would be speaking
    before = everything()
    floor.give_floor(meeting, code("NO"), by=opened.bruno, now=later(37))
    given = Act.objects.order_by("-entry")[0].entry
    floor.pause_floor(meeting, code("NO"), by=opened.bruno, now=later(38))
    with refused("act.changed_since"):
        chair.undo(meeting, given, by=opened.bruno, now=later(39))
    assert everything() != before and Turn.objects.get(pk=code("NO")).state == "speaking"


def test_after_the_closing_only_the_closing_is_undone_and_not_once_its_minutes_are_approved(opened, meeting, refused):
    chair.set_speech(meeting, "discussion", by=opened.bruno, now=NOW)
    set_ = last(opened.meeting).seq
    chair.close(meeting, unheard=0, by=opened.bruno, now=later(1))
    closed = last(opened.meeting).seq
    with refused("act.too_late"):
        chair.undo(meeting, set_, by=opened.bruno, now=later(2))
    Minutes.objects.update(state="approved")
    with refused("act.changed_since"):
        chair.undo(meeting, closed, by=opened.bruno, now=later(3))
    Minutes.objects.update(state="draft")
    chair.undo(meeting, closed, by=opened.bruno, now=later(4))
    chair.undo(meeting, set_, by=opened.bruno, now=later(5))


def test_two_acts_are_undone_one_after_the_other(opened, meeting, speech):
    before = everything()
    floor.pause_floor(meeting, speech.pk, by=opened.bruno, now=later(30))
    first = last(opened.meeting).seq
    chair.set_speech(meeting, "discussion", by=opened.bruno, now=later(31))
    chair.undo(meeting, first, by=opened.bruno, now=later(33))  # they touch different fields
    chair.undo(meeting, first + 1, by=opened.bruno, now=later(34))
    assert everything() == before


def test_what_a_delegation_does_is_its_own_and_not_on_the_desk(opened, meeting, speech):
    acts = Act.objects.count()
    turn = floor.raise_hand(meeting, by=opened.amina, now=later(5), register="reply")
    floor.lower_hand(meeting, turn.pk, by=opened.amina, now=later(6))
    assert Act.objects.count() == acts


def test_a_correction_names_the_wrong_entry_and_the_reason(opened, meeting, refused):
    chair.decide(meeting, text="To adopt L.4", by=opened.bruno, now=NOW)
    for entry in (99, -1):
        with refused("act.unknown"):
            chair.correct(meeting, entry, reason="x", text="y", by=opened.dana, now=later(600))
    with refused("text.empty"):
        chair.correct(meeting, 3, reason="", text="y", by=opened.dana, now=later(600))
    chair.correct(meeting, 3, reason="Wrong symbol", text="To adopt L.5", by=opened.dana, now=later(600))
    assert journal(opened.meeting, since=3) == [(4, "act.corrected")]
    said = body(opened.meeting, 4)
    assert (said["corrects"], said["reason"], said["text"]) == (3, "Wrong symbol", "To adopt L.5")
    with refused("act.unknown"):
        chair.correct(meeting, 4, reason="x", text="y", by=opened.dana, now=later(601))  # corrections are not corrected
    chair.close(meeting, unheard=0, by=opened.bruno, now=later(700))
    chair.correct(meeting, 3, reason="Again", text="To adopt L.6", by=opened.dana, now=later(9000))  # any time later


def seq_of(kind: str) -> int:
    return Act.objects.filter(kind=kind).first().entry


def test_an_opening_is_not_undone_under_what_has_happened_since(house, refused):
    meeting = house.meeting.pk
    chair.open_meeting(meeting, by=house.bruno, now=NOW)
    chair.take_item(meeting, house.item.pk, by=house.omar, now=later(2))
    with refused("act.changed_since"):
        chair.undo(meeting, seq_of("meeting.opened"), by=house.bruno, now=later(3))
    turn = floor.raise_hand(meeting, by=house.amina, now=later(4))
    floor.give_floor(meeting, turn.pk, by=house.omar, now=later(5))
    with refused("act.changed_since"):
        chair.undo(meeting, seq_of("meeting.opened"), by=house.bruno, now=later(6))
    assert Meeting.objects.get(pk=meeting).state == "open" and Turn.objects.get().running_since == later(5)


def test_a_resumption_is_not_undone_under_a_running_speech_or_recording(opened, meeting, speech, refused):
    chair.suspend(meeting, until=None, by=opened.bruno, now=later(30))
    chair.resume_meeting(meeting, by=opened.bruno, now=later(60))
    floor.resume_floor(meeting, speech.pk, by=opened.omar, now=later(61))
    with refused("act.changed_since"):
        chair.undo(meeting, seq_of("meeting.resumed"), by=opened.bruno, now=later(62))
    floor.pause_floor(meeting, speech.pk, by=opened.omar, now=later(63))
    recordings.announce(meeting, by=opened.bruno, now=later(64))
    with refused("act.changed_since"):
        chair.undo(meeting, seq_of("meeting.resumed"), by=opened.bruno, now=later(65))
    recordings.stop(meeting, by=opened.bruno, now=later(66))
    chair.undo(meeting, seq_of("meeting.resumed"), by=opened.bruno, now=later(67))


def test_a_paused_speech_that_was_ended_does_not_come_back_beside_another(opened, meeting, speech, refused):
    floor.pause_floor(meeting, speech.pk, by=opened.bruno, now=later(20))
    floor.end_floor(meeting, speech.pk, by=opened.bruno, now=later(30))
    floor.give_floor(meeting, code("CL"), by=opened.bruno, now=later(33))
    with refused("act.changed_since"):
        chair.undo(meeting, seq_of("floor.ended"), by=opened.bruno, now=later(35))
    assert Turn.objects.get(state="speaking").pk == code("CL")


def test_an_item_is_not_given_back_under_a_speech_on_the_new_one(opened, meeting, refused):
    chair.take_item(meeting, opened.subitem.pk, by=opened.bruno, now=later(1))
    turn = floor.raise_hand(meeting, by=opened.amina, now=later(2))
    floor.give_floor(meeting, turn.pk, by=opened.omar, now=later(3))
    with refused("act.changed_since"):
        chair.undo(meeting, seq_of("item.taken"), by=opened.bruno, now=later(4))
    assert Meeting.objects.get(pk=meeting).item == opened.subitem

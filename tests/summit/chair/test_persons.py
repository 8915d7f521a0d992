from datetime import timedelta

from summit.agenda.queries import meeting_rights
from summit.chair import actions as chair
from summit.floor import actions as floor
from summit.models import Entry, Turn
from tests.cast import NOW, body, journal


def test_a_removed_person_has_no_rights_until_let_in_again(opened, refused, heard):
    meeting = opened.meeting.pk
    heard()
    chair.remove_person(meeting, opened.amina.pk, reason="Disturbs the meeting", by=opened.bruno, now=NOW)
    assert meeting_rights(opened.amina, opened.meeting, NOW) == frozenset()
    assert [(topic, event.get("persons")) for topic, event in heard()] == [
        ("live.standing", [opened.amina.pk]), ("desk", None),
    ]  # fmt: skip
    assert journal(opened.meeting, since=2) == [(3, "person.removed")]
    said = body(opened.meeting, 3)
    assert (said["person"]["person"], said["reason"]) == (opened.amina.pk, "Disturbs the meeting")
    assert Entry.objects.get(seq=3).audience == "officers"
    with refused("meeting.no_entry"):
        floor.raise_hand(meeting, by=opened.amina, now=NOW)
    with refused("chair.removed"):
        chair.remove_person(meeting, opened.amina.pk, reason="x", by=opened.bruno, now=NOW)
    chair.readmit_person(meeting, opened.amina.pk, by=opened.bruno, now=NOW)
    floor.raise_hand(meeting, by=opened.amina, now=NOW)
    with refused("chair.not_removed"):
        chair.readmit_person(meeting, opened.amina.pk, by=opened.bruno, now=NOW)


def test_a_removed_speaker_loses_the_floor_the_delegation_keeps_its_other_hands(opened):
    meeting = opened.meeting.pk
    turn = floor.raise_hand(meeting, by=opened.amina, now=NOW)
    reply = floor.raise_hand(meeting, by=opened.amina, now=NOW, register="reply")
    floor.give_floor(meeting, turn.pk, by=opened.bruno, now=NOW)
    at = NOW + timedelta(seconds=5)
    chair.remove_person(meeting, opened.amina.pk, reason="Disturbs", by=opened.bruno, now=at)
    assert Turn.objects.get(pk=turn.pk).state == "ended"
    assert Turn.objects.get(pk=reply.pk).state == "waiting"
    assert journal(opened.meeting, since=5) == [(6, "floor.ended"), (7, "person.removed")]


def test_nobody_removes_whoever_presides_or_themselves_or_a_stranger(opened, refused):
    meeting = opened.meeting.pk
    for person, code in (
        (opened.bruno, "chair.removes_presiding"), (opened.omar, "chair.removes_presiding"), (opened.eve, "chair.no_such_person"),
    ):  # fmt: skip
        with refused(code):
            chair.remove_person(meeting, person.pk, reason="x", by=opened.omar, now=NOW)
    with refused("text.empty"):
        chair.remove_person(meeting, opened.amina.pk, reason=" ", by=opened.omar, now=NOW)


def test_before_the_opening_nobody_removes_its_chair(house, refused):
    with refused("chair.removes_presiding"):
        chair.remove_person(house.meeting.pk, house.bruno.pk, reason="x", by=house.omar, now=NOW)

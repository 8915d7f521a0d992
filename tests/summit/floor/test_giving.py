from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from summit.floor import actions
from summit.models import Credentials, Spell, Turn
from tests.cast import NOW, body, journal, last
from tests.kept import kept


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def meeting(opened):
    return opened.meeting.pk


@kept
def hands(opened):
    """Amina asked first, Lucia second, Chen (observer) third: entries 3 to 5."""
    return [
        actions.raise_hand(opened.meeting.pk, by=who, now=later(i))
        for i, who in enumerate((opened.amina, opened.lucia, opened.chen))
    ]


def row(turn: Turn) -> Turn:
    return Turn.objects.get(pk=turn.pk)


def test_giving_the_floor_starts_the_clock_and_grants_the_time_of_the_capacity(opened, meeting, hands):
    given = actions.give_floor(meeting, hands[0].pk, by=opened.bruno, now=later(60))
    turn = row(given)
    assert (turn.state, turn.granted, turn.running_since, turn.began_at) == ("speaking", 180, later(60), later(60))
    assert turn.meeting_id == meeting
    assert list(Spell.objects.values_list("turn", "began_at", "ended_at")) == [(turn.pk, later(60), None)]


def test_the_journal_says_whole_who_was_given_the_floor_and_by_whom(opened, meeting, hands):
    actions.give_floor(meeting, hands[0].pk, by=opened.bruno, now=later(60))
    assert journal(opened.meeting, since=5) == [(6, "floor.given")]
    assert body(opened.meeting, 6) == {
        "actor": {
            "person": opened.bruno.pk,
            "names": {"en": {"short": "Bruno Keller", "formal": "Bruno Keller"}},
            "delegation": None,
            "function": "",
            "title": {},
            "office": "chair",
        },
        "item": {"number": "3", "titles": {"en": "Climate finance"}},
        "delegation": {
            "code": "KE",
            "category": "member",
            "names": {"en": {"short": "Kenya", "formal": "the State of Kenya"}},
        },
        "turn": hands[0].pk,
        "register": "list",
        "capacity": "national",
        "on_behalf_of": "",
        "speaker": {
            "person": opened.amina.pk,
            "names": {"en": {"short": "Amina Rahal", "formal": "Amina Rahal"}},
            "delegation": {
                "code": "KE",
                "category": "member",
                "names": {"en": {"short": "Kenya", "formal": "the State of Kenya"}},
            },
            "function": "head",
            "title": {},
            "office": "",
        },
        "mode": "remote",
        "granted": 180,
    }


def test_an_officer_gives_the_floor_for_the_chair_and_the_journal_keeps_both(opened, meeting, hands):
    actions.give_floor(meeting, hands[0].pk, by=opened.omar, now=later(60))
    said = last(opened.meeting).body
    assert (said["actor"]["person"], said["actor"]["office"]) == (opened.omar.pk, "officer")
    assert (said["beneficiary"]["person"], said["beneficiary"]["office"]) == (opened.bruno.pk, "chair")


def test_giving_the_floor_ends_the_speech_before_it(opened, meeting, hands):
    actions.give_floor(meeting, hands[0].pk, by=opened.bruno, now=later(60))
    actions.give_floor(meeting, hands[1].pk, by=opened.bruno, now=later(100.5))
    first = row(hands[0])
    assert (first.state, first.used, first.running_since, first.ended_at) == ("ended", 40.5, None, later(100.5))
    assert journal(opened.meeting, since=6) == [(7, "floor.ended"), (8, "floor.given")]
    ended = body(opened.meeting, 7)
    assert (ended["used_ms"], ended["why"]) == (40500, "next")
    assert ended["spells"] == [["2026-11-23T09:01:00.000000+00:00", "2026-11-23T09:01:40.500000+00:00"]]


def test_the_seats_hear_the_floor_and_the_agenda_and_the_desk_what_it_may_undo(opened, meeting, hands, heard):
    heard()
    actions.give_floor(meeting, hands[0].pk, by=opened.bruno, now=later(60))
    events = heard()
    assert [topic for topic, _ in events] == ["floor", "agenda", "desk"]
    opened.meeting.refresh_from_db()
    assert {event["version"] for _, event in events} == {opened.meeting.version}
    floor, agenda, desk = (event["state"] for _, event in events)
    assert floor["speaking"]["id"] == hands[0].pk
    assert [turn["id"] for turn in floor["list"]] == [hands[1].pk, hands[2].pk]
    assert floor["forecast"] == {str(hands[1].pk): 180, str(hands[2].pk): 360}
    assert [item["unheard"] for item in agenda["items"]] == [2, 0]
    assert desk["undo"] == {"entry": 6, "kind": "floor.given", "until": "2026-11-23T09:01:10.000000+00:00"}


def test_strangers_and_delegates_do_not_give_the_floor(opened, meeting, hands, refused):
    with refused("meeting.no_entry"):
        actions.give_floor(meeting, hands[0].pk, by=opened.eve, now=NOW)
    with refused("floor.not_yours"):
        actions.give_floor(meeting, hands[0].pk, by=opened.amina, now=NOW)
    assert journal(opened.meeting, since=5) == []


def test_the_floor_is_not_given_twice_nor_to_a_lowered_hand_nor_to_one_that_is_not_there(
    opened, meeting, hands, refused
):
    actions.lower_hand(meeting, hands[2].pk, by=opened.chen, now=NOW)
    actions.give_floor(meeting, hands[0].pk, by=opened.bruno, now=later(1))
    for turn, code in ((hands[0].pk, "has_the_floor"), (hands[2].pk, "withdrawn"), (10**9, "no_such_turn")):
        with refused(f"floor.{code}"):
            actions.give_floor(meeting, turn, by=opened.bruno, now=later(60))
    actions.end_floor(meeting, hands[0].pk, by=opened.bruno, now=later(61))
    with refused("floor.already_spoken"):
        actions.give_floor(meeting, hands[0].pk, by=opened.bruno, now=later(62))


def test_of_two_desks_giving_the_floor_at_once_one_wins(opened, meeting, hands, refused):
    actions.give_floor(meeting, hands[0].pk, by=opened.bruno, now=later(60))
    with refused("floor.has_the_floor"):
        actions.give_floor(meeting, hands[0].pk, by=opened.omar, now=later(60.3))
    with refused("floor.just_given"):
        actions.give_floor(meeting, hands[1].pk, by=opened.omar, now=later(60.3))
    assert row(hands[0]).running_since == later(60)
    actions.give_floor(meeting, hands[1].pk, by=opened.omar, now=later(63))
    assert row(hands[1]).running_since == later(63)


def test_the_next_is_the_first_of_the_list_then_of_the_replies(opened, meeting, hands, refused):
    reply = actions.raise_hand(meeting, by=opened.amina, now=NOW, register="reply")
    with refused("floor.list_changed"):
        actions.give_next(meeting, expect=hands[1].pk, by=opened.bruno, now=NOW)
    for i, turn in enumerate((*hands, reply)):
        assert actions.give_next(meeting, expect=turn.pk, by=opened.bruno, now=later(10 * i)).pk == turn.pk
    with refused("floor.nobody_waiting"):
        actions.give_next(meeting, expect=reply.pk, by=opened.bruno, now=later(60))


def test_a_speech_is_paused_keeps_its_time_and_goes_on(opened, meeting, hands, refused):
    turn = hands[0].pk
    actions.give_floor(meeting, turn, by=opened.bruno, now=NOW)
    actions.pause_floor(meeting, turn, by=opened.bruno, now=later(30))
    with refused("floor.not_running"):
        actions.pause_floor(meeting, turn, by=opened.bruno, now=later(31))
    actions.resume_floor(meeting, turn, by=opened.bruno, now=later(90))
    with refused("floor.not_paused"):
        actions.resume_floor(meeting, turn, by=opened.bruno, now=later(91))
    actions.end_floor(meeting, turn, by=opened.bruno, now=later(100))
    assert row(hands[0]).used == 40
    assert journal(opened.meeting, since=6) == [(7, "floor.paused"), (8, "floor.resumed"), (9, "floor.ended")]
    assert body(opened.meeting, 7)["why"] == "chair"
    assert len(body(opened.meeting, 9)["spells"]) == 2


def test_speakers_end_their_own_speech_and_nobody_elses(opened, meeting, hands, refused):
    actions.give_floor(meeting, hands[0].pk, by=opened.bruno, now=NOW)
    with refused("floor.not_yours"):
        actions.end_floor(meeting, hands[0].pk, by=opened.lucia, now=later(5))
    actions.end_floor(meeting, hands[0].pk, by=opened.amina, now=later(5))
    said = last(opened.meeting).body
    assert (said["actor"]["person"], said["actor"]["delegation"]["code"], said["why"]) == (
        opened.amina.pk,
        "KE",
        "speaker",
    )
    assert "beneficiary" not in said
    with refused("floor.not_speaking"):
        actions.end_floor(meeting, hands[0].pk, by=opened.amina, now=later(6))


def test_a_speech_is_extended(opened, meeting, hands, refused):
    turn = hands[0].pk
    with refused("floor.not_speaking"):
        actions.extend_floor(meeting, turn, seconds=60, by=opened.bruno, now=NOW)
    actions.give_floor(meeting, turn, by=opened.bruno, now=NOW)
    for seconds in (0, -5, 3601):
        with refused("floor.bad_time"):
            actions.extend_floor(meeting, turn, seconds=seconds, by=opened.bruno, now=later(3))
    actions.extend_floor(meeting, turn, seconds=60, by=opened.dana, now=later(20))
    assert row(hands[0]).granted == 240
    said = last(opened.meeting).body
    assert (said["seconds"], said["used_ms"], said["why"]) == (60, 20000, "chair")


@pytest.mark.parametrize("state", ["withdrawn", "none"])
def test_the_floor_is_not_given_to_a_delegation_whose_credentials_do_not_carry_it(opened, meeting, refused, state):
    reply = actions.raise_hand(meeting, by=opened.amina, now=NOW, register="reply")
    Credentials.objects.filter(delegation=opened.kenya).update(state=state)
    with refused("floor.not_entitled"):
        actions.give_floor(meeting, reply.pk, by=opened.bruno, now=later(1))
    assert row(reply).state == "waiting"  # the hand stays: the right may come back


def test_credentials_withdrawn_while_speaking_end_the_speech(opened, meeting, hands):
    actions.give_floor(meeting, hands[0].pk, by=opened.bruno, now=NOW)
    actions.stop_unentitled(meeting, now=later(5))
    assert row(hands[0]).running_since == NOW  # nothing to stop yet
    Credentials.objects.filter(delegation=opened.kenya).update(state="withdrawn")
    actions.stop_unentitled(meeting, now=later(7))
    assert (row(hands[0]).state, row(hands[0]).used) == ("ended", 7)
    said = last(opened.meeting).body
    assert (said["why"], said["actor"]) == ("not_entitled", None)


def test_whoever_presides_does_not_speak_for_their_state(opened, meeting, refused):
    turn = actions.raise_hand(meeting, by=opened.gita, now=NOW)  # deputy, not presiding yet
    opened.meeting.presiding = opened.gita
    opened.meeting.save()
    with refused("floor.presiding"):
        actions.give_floor(meeting, turn.pk, by=opened.bruno, now=NOW)
    with refused("floor.presiding"):
        actions.raise_hand(meeting, by=opened.gita, now=NOW, register="reply")


def test_whoever_presides_is_not_named_in_the_middle_of_a_speech_either(opened, meeting, hands, refused):
    from summit.floor.hands import set_speaker

    turn = actions.raise_hand(meeting, by=opened.gita, now=NOW)
    actions.give_floor(meeting, turn.pk, by=opened.bruno, now=NOW)
    opened.meeting.presiding = opened.gita
    opened.meeting.save()
    with refused("floor.presiding"):
        set_speaker(meeting, turn.pk, opened.gita.pk, by=opened.bruno, now=NOW)


def test_the_database_itself_allows_one_voice_a_meeting(opened, meeting, hands):
    actions.give_floor(meeting, hands[0].pk, by=opened.bruno, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Turn.objects.filter(pk=hands[1].pk).update(meeting=meeting, running_since=NOW)

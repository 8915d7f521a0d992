from datetime import timedelta

import pytest

from summit.attendance import actions as attendance
from summit.chair import actions as chair
from summit.floor import actions
from summit.models import Credentials, Item, Membership, Turn
from tests.cast import NOW, body, delegation, journal, last, make_house


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def meeting(opened):
    return opened.meeting.pk


def row(turn: Turn) -> Turn:
    return Turn.objects.get(pk=turn.pk)


def test_a_raised_hand_waits_on_the_list_of_the_item_being_taken(opened, meeting):
    turn = row(actions.raise_hand(meeting, by=opened.amina, now=NOW))
    assert (turn.state, turn.item, turn.delegation, turn.register) == ("waiting", opened.item, opened.kenya, "list")
    assert (turn.speaker, turn.asked_by, turn.asked_at, turn.mode) == (opened.amina, opened.amina, NOW, "remote")
    assert turn.meeting is None  # it is delivered where it is called


def test_the_journal_says_who_asked_and_for_whom(opened, meeting):
    turn = actions.raise_hand(
        meeting, by=opened.amina, now=NOW, capacity="group", on_behalf_of=" Group of 77 and China "
    )
    assert journal(opened.meeting, since=2) == [(3, "hand.raised")]
    said = body(opened.meeting, 3)
    assert said["actor"]["person"] == opened.amina.pk and said["actor"]["delegation"]["code"] == "KE"
    assert said["actor"]["function"] == "head" and "beneficiary" not in said
    assert {key: said[key] for key in ("turn", "register", "capacity", "on_behalf_of", "mode")} == {
        "turn": turn.pk, "register": "list", "capacity": "group", "on_behalf_of": "Group of 77 and China",
        "mode": "remote",
    }  # fmt: skip
    assert said["item"]["number"] == "3" and said["speaker"]["person"] == opened.amina.pk


def test_the_seats_hear_the_new_list_and_how_many_wait_on_the_item(opened, meeting, heard):
    heard()
    turn = actions.raise_hand(meeting, by=opened.amina, now=NOW)
    events = heard()
    assert [topic for topic, _ in events] == ["floor", "agenda"]
    assert events[0][1]["state"]["list"] == [
        {
            "id": turn.pk, "delegation": opened.kenya.pk, "register": "list", "capacity": "national",
            "on_behalf_of": "", "speaker": opened.amina.pk, "mode": "remote", "state": "waiting", "granted": 180,
            "used_ms": 0, "running_since": None, "began_at": None, "asked_at": "2026-11-23T09:00:00.000000+00:00",
            "ruling": "",
        }
    ]  # fmt: skip


def test_strangers_press_and_whoever_lost_credentials_do_not_ask(opened, meeting, refused):
    with refused("meeting.no_entry"):
        actions.raise_hand(meeting, by=opened.eve, now=NOW)
    with refused("floor.may_not_ask"):
        actions.raise_hand(meeting, by=opened.dana, now=NOW)  # the secretariat has no voice of its own
    with refused("floor.may_not_ask"):
        actions.raise_hand(meeting, by=opened.chen, now=NOW, register="order")  # observers raise no points of order
    Credentials.objects.filter(delegation=opened.kenya).update(state="withdrawn")
    with refused("meeting.no_entry"):
        actions.raise_hand(meeting, by=opened.amina, now=NOW)
    assert journal(opened.meeting, since=2) == []


@pytest.mark.parametrize("state", ["provisional", "challenged", "received"])
def test_pending_a_decision_on_its_credentials_a_delegation_takes_part_fully(opened, meeting, state):
    Credentials.objects.filter(delegation=opened.kenya).update(state=state)
    for register in ("list", "order", "reply"):
        actions.raise_hand(meeting, by=opened.amina, now=NOW, register=register)


def test_a_hand_needs_an_open_meeting_and_an_item(house, refused):
    meeting = house.meeting.pk
    with refused("meeting.not_open"):
        actions.raise_hand(meeting, by=house.amina, now=NOW)
    chair.open_meeting(meeting, by=house.bruno, now=NOW)
    with refused("floor.no_item"):
        actions.raise_hand(meeting, by=house.amina, now=NOW)


def test_while_suspended_hands_are_raised_but_no_points_of_order_and_after_the_end_nothing(opened, meeting, refused):
    chair.suspend(meeting, until=None, by=opened.bruno, now=NOW)
    actions.raise_hand(meeting, by=opened.amina, now=NOW)
    with refused("meeting.suspended"):
        actions.raise_hand(meeting, by=opened.amina, now=NOW, register="order")
    chair.adjourn(meeting, by=opened.bruno, now=NOW)
    with refused("meeting.over"):
        actions.raise_hand(meeting, by=opened.lucia, now=NOW)


def test_a_delegation_has_one_hand_on_each_register(opened, meeting, refused):
    for register in ("list", "order", "reply"):
        actions.raise_hand(meeting, by=opened.amina, now=NOW, register=register)
        with refused("floor.hand_is_up"):
            actions.raise_hand(meeting, by=opened.amina, now=NOW, register=register)
    assert Turn.objects.filter(delegation=opened.kenya).count() == 3
    assert len(journal(opened.meeting, since=2)) == 3


def test_a_closed_list_blocks_neither_points_of_order_nor_rights_of_reply(opened, meeting, refused):
    actions.close_list(meeting, opened.item.pk, by=opened.bruno, now=NOW)
    with refused("floor.list_closed"):
        actions.raise_hand(meeting, by=opened.amina, now=NOW)
    order = actions.raise_hand(meeting, by=opened.amina, now=NOW, register="order")
    reply = actions.raise_hand(meeting, by=opened.amina, now=NOW, register="reply")
    actions.rule(meeting, order.pk, ruling="Noted", by=opened.bruno, now=NOW)
    actions.give_floor(meeting, reply.pk, by=opened.bruno, now=NOW)
    assert row(reply).granted == 600


def test_two_rights_of_reply_on_an_item_ten_minutes_then_five(opened, meeting, refused):
    granted = []
    for i in range(2):
        turn = actions.raise_hand(meeting, by=opened.amina, now=later(10 * i), register="reply")
        actions.give_floor(meeting, turn.pk, by=opened.bruno, now=later(10 * i + 1))
        actions.end_floor(meeting, turn.pk, by=opened.amina, now=later(10 * i + 5))
        granted.append(row(turn).granted)
    assert granted == [600, 300]
    with refused("floor.replies_used"):
        actions.raise_hand(meeting, by=opened.amina, now=later(60), register="reply")
    chair.take_item(meeting, opened.subitem.pk, by=opened.bruno, now=later(70))
    actions.raise_hand(meeting, by=opened.amina, now=later(80), register="reply")  # another item


def test_an_observer_speaks_as_an_observer_whatever_the_page_says(opened, meeting):
    turn = actions.raise_hand(meeting, by=opened.chen, now=NOW, capacity="national")
    actions.give_floor(meeting, turn.pk, by=opened.bruno, now=NOW)
    assert (row(turn).capacity, row(turn).granted) == ("observer", 180)


def test_a_group_has_a_name(opened, meeting, refused):
    for name, code in (
        ("", "floor.on_whose_behalf"),
        ("x" * 121, "text.long"),
        ("G\u202e77", "text.control"),
        ("G\uffff77", "text.control"),
    ):
        with refused(code):
            actions.raise_hand(meeting, by=opened.amina, now=NOW, capacity="group", on_behalf_of=name)


def test_names_with_markup_are_kept_as_written(opened, meeting):
    turn = actions.raise_hand(meeting, by=opened.amina, now=NOW, capacity="group", on_behalf_of="<b>G77</b>")
    assert row(turn).on_behalf_of == "<b>G77</b>"  # escaping is the page's


@pytest.mark.parametrize("wrong", [{"register": "queue"}, {"capacity": "king"}])
def test_what_no_page_sends_is_refused(opened, meeting, refused, wrong):
    with refused("floor.bad_request"):
        actions.raise_hand(meeting, by=opened.amina, now=NOW, **wrong)


def test_whoever_speaks_for_several_says_for_which(opened, meeting, refused):
    Membership.objects.create(person=opened.amina, delegation=opened.norway, function="alternate")
    with refused("floor.which_delegation"):
        actions.raise_hand(meeting, by=opened.amina, now=NOW)
    with refused("floor.may_not_ask"):
        actions.raise_hand(meeting, by=opened.amina, now=NOW, delegation_id=opened.chile.pk)
    turn = actions.raise_hand(meeting, by=opened.amina, now=NOW, delegation_id=opened.norway.pk)
    assert row(turn).delegation == opened.norway
    assert last(opened.meeting).body["actor"]["delegation"]["code"] == "NO"


def test_only_a_chair_speaks_in_that_capacity_and_then_comes_first(opened, meeting, refused):
    with refused("floor.not_an_officer"):
        actions.raise_hand(meeting, by=opened.amina, now=NOW, capacity="chair")
    actions.raise_hand(meeting, by=opened.amina, now=NOW)
    turn = actions.raise_hand(meeting, by=opened.gita, now=later(5), capacity="chair")
    actions.give_next(meeting, expect=turn.pk, by=opened.bruno, now=later(6))
    assert row(turn).granted == 0


def test_a_hand_is_lowered_by_its_delegation_or_the_desk_and_by_nobody_else(opened, meeting, refused):
    first = actions.raise_hand(meeting, by=opened.amina, now=NOW)
    for who, code in ((opened.eve, "meeting.no_entry"), (opened.lucia, "floor.not_yours")):
        with refused(code):
            actions.lower_hand(meeting, first.pk, by=who, now=NOW)
    actions.lower_hand(meeting, first.pk, by=opened.amina, now=NOW)
    assert row(first).state == "withdrawn"
    with refused("floor.not_waiting"):
        actions.lower_hand(meeting, first.pk, by=opened.amina, now=NOW)
    second = actions.raise_hand(meeting, by=opened.amina, now=NOW)  # one may ask again
    actions.lower_hand(meeting, second.pk, by=opened.omar, now=NOW)
    assert journal(opened.meeting, since=2) == [
        (3, "hand.raised"), (4, "hand.lowered"), (5, "hand.raised"), (6, "hand.lowered"),
    ]  # fmt: skip
    assert "beneficiary" not in body(opened.meeting, 4)
    assert body(opened.meeting, 6)["beneficiary"]["person"] == opened.bruno.pk


def test_a_hand_of_another_summit_is_not_found(opened, meeting, refused):
    other = make_house("elsewhere", at="elsewhere.example")
    chair.open_meeting(other.meeting.pk, by=other.bruno, now=NOW)
    chair.take_item(other.meeting.pk, other.item.pk, by=other.bruno, now=NOW)
    turn = actions.raise_hand(other.meeting.pk, by=other.amina, now=NOW)
    for act in (actions.give_floor, actions.lower_hand, actions.pause_floor, actions.end_floor):
        with refused("floor.no_such_turn"):
            act(meeting, turn.pk, by=opened.bruno, now=NOW)
    with refused("floor.no_such_item"):
        actions.close_list(meeting, other.item.pk, by=opened.bruno, now=NOW)
    with refused("floor.no_such_delegation"):
        actions.raise_for_hall(meeting, other.kenya.pk, by=opened.omar, now=NOW)
    with refused("meeting.no_entry"):
        actions.raise_hand(meeting, by=other.amina, now=NOW)


# ── The hall ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_hall_asks_at_an_officers_desk_on_equal_terms(opened, meeting, refused):
    with refused("hall.not_present"):
        actions.raise_for_hall(meeting, opened.norway.pk, by=opened.omar, now=NOW)
    attendance.arrive(meeting, opened.norway.pk, "hall", by=opened.omar, now=NOW)
    actions.raise_hand(meeting, by=opened.amina, now=later(1))
    turn = actions.raise_for_hall(meeting, opened.norway.pk, by=opened.omar, now=later(2))
    actions.raise_hand(meeting, by=opened.lucia, now=later(3))
    said = body(opened.meeting, 5)
    assert (said["actor"]["person"], said["delegation"]["code"], said["mode"]) == (opened.omar.pk, "NO", "hall")
    assert said["speaker"] is None
    order = list(Turn.objects.order_by("asked_at").values_list("delegation__code", flat=True))
    assert order == ["KE", "NO", "CL"]
    actions.give_floor(meeting, turn.pk, by=opened.bruno, now=later(4))  # whoever comes to the microphone
    actions.set_speaker(meeting, turn.pk, opened.nils.pk, by=opened.omar, now=later(9))
    assert (row(turn).state, row(turn).speaker) == ("speaking", opened.nils)
    assert last(opened.meeting).kind == "speaker.named"


def test_only_officers_ask_for_the_hall_and_only_for_who_is_entitled(opened, meeting, refused):
    attendance.arrive(meeting, opened.norway.pk, "hall", by=opened.omar, now=NOW)
    for who, code in (
        (opened.eve, "meeting.no_entry"),
        (opened.amina, "hall.not_yours"),
        (opened.bruno, "hall.not_yours"),
    ):
        with refused(code):
            actions.raise_for_hall(meeting, opened.norway.pk, by=who, now=NOW)
    with refused("floor.not_a_member"):
        actions.raise_for_hall(meeting, opened.norway.pk, by=opened.omar, now=NOW, speaker_id=opened.amina.pk)
    Credentials.objects.filter(delegation=opened.norway).update(state="withdrawn")
    with refused("floor.may_not_ask"):
        actions.raise_for_hall(meeting, opened.norway.pk, by=opened.omar, now=NOW)
    assert journal(opened.meeting, since=3) == []


def test_a_delegate_in_the_hall_who_asks_on_a_phone_asks_from_the_hall(opened, meeting):
    attendance.arrive(meeting, opened.kenya.pk, "hall", by=opened.omar, now=NOW)
    assert row(actions.raise_hand(meeting, by=opened.amina, now=NOW)).mode == "hall"
    attendance.arrive(meeting, opened.kenya.pk, "remote", by=opened.amina, now=NOW)
    assert row(actions.raise_hand(meeting, by=opened.amina, now=NOW, register="reply")).mode == "remote"


def test_who_will_speak_is_named_by_the_delegation_or_the_desk(opened, meeting, refused):
    turn = actions.raise_hand(meeting, by=opened.amina, now=NOW)
    with refused("floor.not_yours"):
        actions.set_speaker(meeting, turn.pk, opened.amina.pk, by=opened.lucia, now=NOW)
    with refused("floor.not_a_member"):
        actions.set_speaker(meeting, turn.pk, opened.lucia.pk, by=opened.amina, now=NOW)
    with refused("floor.no_speaker"):
        actions.set_speaker(meeting, turn.pk, None, by=opened.bruno, now=NOW)
    Membership.objects.create(person=opened.nils, delegation=opened.kenya, function="adviser")
    actions.set_speaker(meeting, turn.pk, opened.nils.pk, by=opened.amina, now=NOW)
    assert row(turn).speaker == opened.nils
    said = last(opened.meeting).body
    assert (said["speaker"]["person"], said["speaker"]["function"]) == (opened.nils.pk, "adviser")


def test_a_speaker_who_left_the_delegation_meanwhile_is_not_given_the_floor(opened, meeting, refused):
    turn = actions.raise_hand(meeting, by=opened.amina, now=NOW)
    Membership.objects.filter(person=opened.amina).update(ends=later(5))
    with refused("floor.not_entitled"):
        actions.give_floor(meeting, turn.pk, by=opened.bruno, now=later(6))


def test_an_item_on_two_programmes_has_one_list(opened, meeting):
    other = opened.summit.meetings.create(
        slug="plenary-2", zone="UTC", day=NOW.date(), time=NOW.time(), starts_at=NOW, item=opened.item, state="open"
    )
    other.programme.create(item=opened.item)
    other.offices.create(person=opened.bruno, kind="chair")
    turn = actions.raise_hand(meeting, by=opened.amina, now=NOW)
    actions.give_next(other.pk, expect=turn.pk, by=opened.bruno, now=NOW)
    assert row(turn).meeting == other
    assert Item.objects.get(pk=opened.item.pk).turns.count() == 1


def test_a_delegation_of_no_voice_has_none_in_the_hall_either(opened, meeting, refused):
    press = delegation(opened.summit, "PRESS", "press", "Press")
    attendance.arrive(meeting, press.pk, "hall", by=opened.omar, now=NOW)
    with refused("floor.may_not_ask"):
        actions.raise_for_hall(meeting, press.pk, by=opened.omar, now=NOW)

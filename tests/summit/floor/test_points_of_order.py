from datetime import timedelta

import pytest

from summit.agenda.actions import Plan, plan_meeting
from summit.chair import actions as chair
from summit.floor import actions
from summit.floor.topics import floor_state
from summit.models import Turn
from tests.cast import NOW, body, journal
from tests.kept import kept


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def meeting(opened):
    return opened.meeting.pk


@kept
def speech(opened) -> Turn:
    """Amina speaks since NOW: entries 3 and 4."""
    turn = actions.raise_hand(opened.meeting.pk, by=opened.amina, now=NOW)
    return actions.give_floor(opened.meeting.pk, turn.pk, by=opened.bruno, now=NOW)


@kept
def order(opened, speech) -> Turn:
    """Lucia raises a point of order after 30 s: entry 5."""
    return actions.raise_hand(opened.meeting.pk, by=opened.lucia, now=later(30), register="order")


def row(turn: Turn) -> Turn:
    return Turn.objects.get(pk=turn.pk)


def test_raising_a_point_of_order_alerts_the_room_and_stops_nobody_yet(opened, meeting, speech, heard):
    heard()
    turn = actions.raise_hand(meeting, by=opened.lucia, now=later(30), register="order")
    state = heard()[0][1]["state"]
    assert [each["id"] for each in state["orders"]] == [turn.pk] and state["list"] == []
    assert row(speech).running_since == NOW
    assert journal(opened.meeting, since=4) == [(5, "order.raised")]


def test_hearing_it_pauses_the_speech_and_keeps_its_time_and_the_ruling_resumes_it(
    opened, meeting, speech, order, heard
):
    actions.give_floor(meeting, order.pk, by=opened.bruno, now=later(40))
    assert (row(speech).state, row(speech).used, row(speech).running_since) == ("speaking", 40, None)
    assert (row(order).state, row(order).running_since, row(order).granted) == ("speaking", later(40), 0)
    heard()
    actions.rule(meeting, order.pk, ruling="Not well taken", by=opened.bruno, now=later(70))
    assert (row(order).state, row(order).ruling, row(order).used) == ("ended", "Not well taken", 30)
    assert (row(speech).used, row(speech).running_since) == (40, later(70))
    state = heard()[0][1]["state"]
    assert (state["speaking"]["id"], state["order"], state["heard"][0]["ruling"]) == (speech.pk, None, "Not well taken")
    assert journal(opened.meeting, since=5) == [
        (6, "floor.paused"), (7, "order.heard"), (8, "order.ruled"), (9, "floor.resumed"),
    ]  # fmt: skip
    assert [body(opened.meeting, seq)["why"] for seq in (6, 9)] == ["point_of_order", "point_of_order"]
    said = body(opened.meeting, 8)
    assert (said["ruling"], said["delegation"]["code"], said["actor"]["office"]) == ("Not well taken", "CL", "chair")


def test_only_who_may_preside_rules(opened, meeting, order, refused):
    for who, code in (
        (opened.eve, "meeting.no_entry"), (opened.lucia, "chair.not_yours"), (opened.omar, "chair.not_yours"),
    ):  # fmt: skip
        with refused(code):
            actions.rule(meeting, order.pk, ruling="x", by=who, now=later(40))
    actions.rule(meeting, order.pk, ruling="Well taken", by=opened.gita, now=later(40))
    assert body(opened.meeting, 6)["beneficiary"]["person"] == opened.bruno.pk


def test_nothing_else_goes_on_until_the_chair_has_ruled(opened, meeting, speech, order, refused):
    second = actions.raise_hand(meeting, by=opened.gita, now=later(32), register="order")
    third = actions.raise_hand(meeting, by=opened.chen, now=later(33))
    actions.give_floor(meeting, order.pk, by=opened.bruno, now=later(40))
    for act in (
        lambda: actions.give_floor(meeting, second.pk, by=opened.bruno, now=later(45)),
        lambda: actions.give_next(meeting, expect=third.pk, by=opened.bruno, now=later(45)),
        lambda: actions.resume_floor(meeting, speech.pk, by=opened.bruno, now=later(45)),
        lambda: chair.take_item(meeting, opened.subitem.pk, by=opened.bruno, now=later(45)),
    ):
        with refused("floor.rule_first"):
            act()
    actions.rule(meeting, order.pk, ruling="x", by=opened.bruno, now=later(50))
    actions.give_floor(meeting, second.pk, by=opened.bruno, now=later(51))
    assert row(speech).running_since is None


def test_a_point_of_order_is_ruled_upon_without_being_heard(opened, meeting, speech, order, refused):
    actions.rule(meeting, order.pk, ruling="Out of order", by=opened.bruno, now=later(40))
    assert (row(order).state, row(speech).running_since) == ("ended", NOW)
    with refused("floor.ruled"):
        actions.rule(meeting, order.pk, ruling="again", by=opened.bruno, now=later(41))
    with refused("floor.not_an_order"):
        actions.rule(meeting, speech.pk, ruling="x", by=opened.bruno, now=later(41))


def test_a_ruling_is_not_empty(opened, meeting, order, refused):
    with refused("text.empty"):
        actions.rule(meeting, order.pk, ruling=" \n", by=opened.bruno, now=later(40))
    assert row(order).state == "waiting"


def test_a_point_of_order_withdrawn_while_heard_leaves_the_speech_to_be_resumed(opened, meeting, speech, order):
    actions.give_floor(meeting, order.pk, by=opened.bruno, now=later(40))
    actions.end_floor(meeting, order.pk, by=opened.lucia, now=later(50))
    assert row(speech).running_since is None
    actions.resume_floor(meeting, speech.pk, by=opened.bruno, now=later(55))
    assert (row(speech).used, row(speech).running_since) == (40, later(55))


def test_a_speech_the_chair_had_paused_stays_paused_after_the_ruling(opened, meeting, speech, order):
    actions.pause_floor(meeting, speech.pk, by=opened.bruno, now=later(35))
    actions.give_floor(meeting, order.pk, by=opened.bruno, now=later(40))
    actions.rule(meeting, order.pk, ruling="x", by=opened.bruno, now=later(50))
    assert row(speech).running_since is None  # the chair had paused it for another reason
    assert journal(opened.meeting, since=5) == [(6, "floor.paused"), (7, "order.heard"), (8, "order.ruled")]


def test_a_point_of_order_before_anyone_speaks(opened, meeting):
    order = actions.raise_hand(meeting, by=opened.lucia, now=NOW, register="order")
    actions.give_floor(meeting, order.pk, by=opened.bruno, now=NOW)
    actions.rule(meeting, order.pk, ruling="Noted", by=opened.bruno, now=later(20))
    assert row(order).used == 20


def test_suspending_pauses_the_point_of_order_and_it_is_ruled_upon_afterwards(opened, meeting, speech, order):
    actions.give_floor(meeting, order.pk, by=opened.bruno, now=later(40))
    chair.suspend(meeting, until=None, by=opened.bruno, now=later(50))
    assert (row(order).used, row(order).running_since) == (10, None)
    chair.resume_meeting(meeting, by=opened.bruno, now=later(600))
    actions.rule(meeting, order.pk, ruling="x", by=opened.bruno, now=later(610))
    assert row(speech).running_since == later(610)


def test_a_late_ruling_never_starts_the_speech_beside_another_point_of_order(opened, meeting, speech, order):
    second = actions.raise_hand(meeting, by=opened.gita, now=later(32), register="order")
    actions.give_floor(meeting, order.pk, by=opened.bruno, now=later(40))
    actions.end_floor(meeting, order.pk, by=opened.lucia, now=later(45))
    actions.give_floor(meeting, second.pk, by=opened.bruno, now=later(50))
    actions.rule(meeting, order.pk, ruling="Noted", by=opened.bruno, now=later(55))
    assert (row(speech).running_since, row(second).running_since) == (None, later(50))


def test_a_late_ruling_leaves_a_speech_that_was_paused_again_for_another_reason(opened, meeting, speech, order):
    actions.give_floor(meeting, order.pk, by=opened.bruno, now=later(40))
    actions.end_floor(meeting, order.pk, by=opened.lucia, now=later(45))
    actions.resume_floor(meeting, speech.pk, by=opened.bruno, now=later(50))
    actions.pause_floor(meeting, speech.pk, by=opened.bruno, now=later(55))
    actions.rule(meeting, order.pk, ruling="Noted", by=opened.bruno, now=later(60))
    assert row(speech).running_since is None


def test_a_point_of_order_stays_before_the_chair_whatever_item_is_taken(opened, meeting, order, heard, refused):
    heard()
    chair.take_item(meeting, opened.subitem.pk, by=opened.bruno, now=later(35))
    state = {topic: event["state"] for topic, event in heard()}["floor"]
    assert [turn["id"] for turn in state["orders"]] == [order.pk]
    with refused("floor.hand_is_up"):
        actions.raise_hand(meeting, by=opened.lucia, now=later(36), register="order")
    actions.give_floor(meeting, order.pk, by=opened.bruno, now=later(40))
    actions.rule(meeting, order.pk, ruling="Noted", by=opened.bruno, now=later(50))
    actions.raise_hand(meeting, by=opened.lucia, now=later(60), register="order")


def test_another_meeting_on_the_same_item_does_not_see_it(opened, meeting, order, refused):
    day = {"day": opened.meeting.day, "time": opened.meeting.time, "zone": opened.meeting.zone}
    plan = Plan(titles={"en": "Committee"}, items=[opened.item.pk], **day)
    other = plan_meeting(opened.summit.pk, by=None, now=NOW, slug="committee", plan=plan)
    other.offices.create(person=opened.bruno, kind="chair")
    chair.open_meeting(other.pk, by=opened.bruno, now=NOW)
    chair.take_item(other.pk, opened.item.pk, by=opened.bruno, now=NOW)
    other.refresh_from_db()
    assert floor_state(other, NOW)["orders"] == []
    with refused("floor.no_such_turn"):
        actions.rule(other.pk, order.pk, ruling="x", by=opened.bruno, now=later(40))


@pytest.mark.parametrize("end", ["adjourn", "close"])
def test_what_nobody_ruled_upon_ends_with_the_sitting(opened, meeting, order, end):
    more = {"unheard": 0} if end == "close" else {}
    getattr(chair, end)(meeting, **more, by=opened.bruno, now=later(40))
    assert (row(order).state, row(order).ended_at) == ("withdrawn", later(40))
    assert "hand.lowered" in [kind for _seq, kind in journal(opened.meeting, since=5)]
    if end == "adjourn":
        chair.resume_meeting(meeting, by=opened.bruno, now=later(90_000))
        actions.raise_hand(meeting, by=opened.lucia, now=later(90_001), register="order")

from datetime import timedelta

import pytest

from summit.chair import actions as chair
from summit.floor import actions
from summit.floor.queries import waiting
from summit.models import Item
from tests.cast import NOW, body, journal
from tests.kept import kept


@pytest.fixture
def meeting(opened):
    return opened.meeting.pk


@kept
def hands(opened):
    """Kenya, Chile, India: entries 3 to 5."""
    return [
        actions.raise_hand(opened.meeting.pk, by=who, now=NOW + timedelta(seconds=i))
        for i, who in enumerate((opened.amina, opened.lucia, opened.gita))
    ]


def codes(item):
    return [turn.delegation.code for turn in waiting(item, "list", item.meetings.get())]


def test_the_list_is_closed_and_opened_again(opened, meeting, hands, refused, heard):
    heard()
    actions.close_list(meeting, opened.item.pk, by=opened.omar, now=NOW)
    events = heard()
    assert [(topic, event["state"].get("list_state")) for topic, event in events] == [
        ("floor", "closed"), ("agenda", None), ("desk", None),
    ]  # fmt: skip
    assert [item["list_state"] for item in events[1][1]["state"]["items"]] == ["closed", "open"]
    with refused("floor.list_is_closed"):
        actions.close_list(meeting, opened.item.pk, by=opened.omar, now=NOW)
    actions.open_list(meeting, opened.item.pk, by=opened.bruno, now=NOW)
    with refused("floor.list_is_open"):
        actions.open_list(meeting, opened.item.pk, by=opened.bruno, now=NOW)
    assert journal(opened.meeting, since=5) == [(6, "list.closed"), (7, "list.opened")]
    said = body(opened.meeting, 6)
    assert (said["item"]["number"], said["turns"]) == ("3", [turn.pk for turn in hands])


def test_only_the_desk_works_the_list(opened, meeting, hands, refused):
    for who, code in ((opened.eve, "meeting.no_entry"), (opened.amina, "floor.not_yours")):
        for act in (actions.close_list, actions.open_list):
            with refused(code):
                act(meeting, opened.item.pk, by=who, now=NOW)
        with refused(code):
            actions.move(meeting, hands[0].pk, before=None, by=who, now=NOW)


def test_a_list_is_closed_before_the_meeting_opens_but_not_after_it_closed(house, refused):
    actions.close_list(house.meeting.pk, house.item.pk, by=house.dana, now=NOW)
    assert Item.objects.get(pk=house.item.pk).list_state == "closed"
    chair.open_meeting(house.meeting.pk, by=house.bruno, now=NOW)
    chair.close(house.meeting.pk, unheard=0, by=house.bruno, now=NOW)
    with refused("meeting.over"):
        actions.open_list(house.meeting.pk, house.item.pk, by=house.dana, now=NOW)


def test_the_chair_moves_a_delegation_and_the_journal_keeps_the_order_and_the_reason(opened, meeting, hands, refused):
    kenya, chile, india = (turn.pk for turn in hands)
    actions.move(meeting, india, before=kenya, reason="Minister leaves at ten", by=opened.bruno, now=NOW)
    assert codes(opened.item) == ["IN", "KE", "CL"]
    assert journal(opened.meeting, since=5) == [(6, "list.reordered")]
    said = body(opened.meeting, 6)
    assert (said["turns"], said["reason"]) == ([india, kenya, chile], "Minister leaves at ten")
    actions.move(meeting, india, before=None, by=opened.bruno, now=NOW)
    assert codes(opened.item) == ["KE", "CL", "IN"]
    with refused("floor.no_such_turn"):
        actions.move(meeting, india, before=10**9, by=opened.bruno, now=NOW)
    actions.give_floor(meeting, kenya, by=opened.bruno, now=NOW)
    with refused("floor.not_waiting"):
        actions.move(meeting, kenya, before=None, by=opened.bruno, now=NOW)


def test_a_group_that_asks_later_comes_before_national_statements_nobody_moved(opened, meeting, hands):
    actions.raise_hand(
        meeting, by=opened.nils, now=NOW + timedelta(seconds=60), capacity="group", on_behalf_of="Nordic countries"
    )
    assert codes(opened.item) == ["NO", "KE", "CL", "IN"]

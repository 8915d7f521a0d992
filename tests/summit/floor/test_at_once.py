"""Two hands on one gavel: real threads on a real database, every outcome one of those the rules allow."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from summit.chair import actions as chair
from summit.errors import Refused
from summit.floor import actions
from summit.models import Membership, Turn
from summit.record.queries import faults
from tests.cast import NOW, House, accredit, delegation, make_house, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def opened() -> House:
    house = make_house()
    chair.open_meeting(house.meeting.pk, by=house.bruno, now=NOW)
    chair.take_item(house.meeting.pk, house.item.pk, by=house.bruno, now=NOW)
    return house


def at_once(*acts: Callable[[], object]) -> Counter[str]:
    """Do all of them at the same moment; how many were done, and with which codes the others were refused."""
    gate, outcomes = threading.Barrier(len(acts)), Counter()

    def run(act: Callable[[], object]) -> None:
        gate.wait(10)
        try:
            act()
            outcomes["done"] += 1
        except Refused as refusal:
            outcomes[refusal.code] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def test_two_desks_give_the_same_delegation_the_floor(opened):
    meeting = opened.meeting.pk
    turn = actions.raise_hand(meeting, by=opened.amina, now=NOW)
    for act in (
        lambda by: actions.give_floor(meeting, turn.pk, by=by, now=NOW + timedelta(seconds=1)),
        lambda by: actions.pause_floor(meeting, turn.pk, by=by, now=NOW + timedelta(seconds=5)),
        lambda by: actions.end_floor(meeting, turn.pk, by=by, now=NOW + timedelta(seconds=9)),
    ):
        outcomes = at_once(lambda act=act: act(opened.bruno), lambda act=act: act(opened.omar))
        assert outcomes["done"] == 1 and outcomes.total() == 2, outcomes


def test_two_desks_give_two_delegations_the_floor(opened):
    meeting = opened.meeting.pk
    first, second = (actions.raise_hand(meeting, by=who, now=NOW) for who in (opened.amina, opened.lucia))
    outcomes = at_once(
        lambda: actions.give_floor(meeting, first.pk, by=opened.bruno, now=NOW),
        lambda: actions.give_floor(meeting, second.pk, by=opened.omar, now=NOW),
    )
    assert outcomes == {"done": 1, "floor.just_given": 1}
    assert Turn.objects.filter(running_since__isnull=False).count() == 1


def test_two_desks_press_next(opened):
    meeting = opened.meeting.pk
    first = actions.raise_hand(meeting, by=opened.amina, now=NOW)
    actions.raise_hand(meeting, by=opened.lucia, now=NOW + timedelta(seconds=1))
    outcomes = at_once(
        *(
            lambda by=by: actions.give_next(meeting, expect=first.pk, by=by, now=NOW)
            for by in (opened.bruno, opened.omar)
        )
    )
    assert outcomes == {"done": 1, "floor.list_changed": 1}


def test_two_members_of_a_delegation_raise_its_hand(opened):
    Membership.objects.create(person=opened.nils, delegation=opened.kenya, function="adviser")
    Membership.objects.filter(person=opened.nils, delegation=opened.norway).delete()
    outcomes = at_once(
        *(lambda by=by: actions.raise_hand(opened.meeting.pk, by=by, now=NOW) for by in (opened.amina, opened.nils))
    )
    assert outcomes == {"done": 1, "floor.hand_is_up": 1}


def test_eight_hands_go_up_and_the_list_closes(opened):
    meeting, people = opened.meeting.pk, []
    for i in range(8):
        who = person(f"Head{i} Example")
        accredit(who, opened.summit)
        Membership.objects.create(
            person=who, delegation=delegation(opened.summit, f"X{i}", "member", f"X{i}", "accepted"), function="head"
        )
        people.append(who)
    outcomes = at_once(
        lambda: actions.close_list(meeting, opened.item.pk, by=opened.bruno, now=NOW),
        *(lambda who=who: actions.raise_hand(meeting, by=who, now=NOW) for who in people),
    )
    assert outcomes["done"] + outcomes["floor.list_closed"] == 9
    assert Turn.objects.count() == outcomes["done"] - 1
    opened.meeting.refresh_from_db()
    assert opened.meeting.version == 2 + outcomes["done"]
    assert list(faults(opened.summit.pk)) == []


def test_the_meeting_closes_while_a_hand_goes_up(opened):
    meeting = opened.meeting.pk
    outcomes = at_once(
        lambda: chair.close(meeting, unheard=0, by=opened.bruno, now=NOW),
        lambda: actions.raise_hand(meeting, by=opened.amina, now=NOW),
    )
    assert outcomes in ({"done": 1, "meeting.over": 1}, {"done": 1, "chair.unheard_changed": 1})

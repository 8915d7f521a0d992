from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from summit.chair import actions as chair
from summit.floor import actions as floor
from summit.minutes.queries import document_of
from summit.models import Ballot, Credentials, Membership, Minutes, Vote
from summit.votes import actions, queries
from tests.cast import NOW, body, delegation, journal, last
from tests.kept import kept


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def meeting(opened):
    return opened.meeting.pk


@kept
def vote(opened) -> Vote:
    """The draft resolution is put to a vote: entry 3."""
    return actions.open_vote(
        opened.meeting.pk, text="Draft resolution on climate finance", symbol="A/1/L.4", by=opened.bruno, now=later(1)
    )


def held(opened) -> dict:
    return queries.state(opened.meeting)["last"]


def test_opening_a_vote_tells_the_room_the_text_the_majority_and_who_may_vote(opened, meeting, heard, refused):
    with refused("floor.not_yours"):
        actions.open_vote(meeting, text="x", by=opened.amina, now=NOW)
    with refused("text.empty"):
        actions.open_vote(meeting, text=" ", by=opened.bruno, now=NOW)
    heard()
    row = actions.open_vote(meeting, text="To adopt it", majority="two_thirds", by=opened.omar, now=later(1))
    told = dict(heard())
    assert set(told) == {"votes", "desk"}
    said = told["votes"]["state"]["last"]
    assert (said["id"], said["state"], said["majority"], said["item"]) == (row.pk, "open", "two_thirds", opened.item.pk)
    members = [opened.chile.pk, opened.india.pk, opened.kenya.pk, opened.norway.pk]
    assert said["entitled"] == members and said["ballots"] == {} and said["adopted"] is None
    assert journal(opened.meeting, since=2) == [(3, "vote.opened")]
    assert body(opened.meeting, 3)["beneficiary"]["person"] == opened.bruno.pk
    with refused("vote.is_open"):
        actions.open_vote(meeting, text="Another", by=opened.bruno, now=later(2))


def test_a_vote_belongs_to_an_item_and_begins_when_nobody_speaks(house, refused):
    chair.open_meeting(house.meeting.pk, by=house.bruno, now=NOW)
    with refused("floor.no_item"):
        actions.open_vote(house.meeting.pk, text="x", by=house.bruno, now=NOW)
    chair.take_item(house.meeting.pk, house.item.pk, by=house.bruno, now=NOW)
    turn = floor.raise_hand(house.meeting.pk, by=house.amina, now=NOW)
    floor.give_floor(house.meeting.pk, turn.pk, by=house.bruno, now=NOW)
    with refused("vote.speaking"):
        actions.open_vote(house.meeting.pk, text="x", by=house.bruno, now=NOW)


def test_a_delegation_votes_once_changes_its_mind_and_everybody_sees_it(opened, meeting, vote, heard):
    heard()
    ballot = actions.cast(meeting, vote.pk, "no", by=opened.amina, now=later(5))
    assert (ballot.delegation, ballot.choice, ballot.by, ballot.at) == (opened.kenya, "no", opened.amina, later(5))
    said = dict(heard())["votes"]["state"]["last"]
    assert said["ballots"] == {str(opened.kenya.pk): "no"} and said["tally"]["absent"] == 3
    actions.cast(meeting, vote.pk, "yes", by=opened.amina, now=later(6))
    assert Ballot.objects.get().choice == "yes"
    assert [kind for _, kind in journal(opened.meeting, since=3)] == ["vote.cast", "vote.cast"]
    told = last(opened.meeting).body
    assert (told["delegation"]["code"], told["choice"], told["actor"]["delegation"]["code"]) == ("KE", "yes", "KE")


def test_who_has_no_vote_is_refused_and_nothing_is_kept(opened, meeting, vote, refused):
    strangers = [(opened.chen, None), (opened.bruno, None), (opened.chen, opened.observer.pk)]
    others = [(opened.amina, opened.chile.pk), (opened.omar, opened.observer.pk), (opened.omar, 10**9)]
    for who, whose in strangers + others:
        with refused("vote.not_yours"):
            actions.cast(meeting, vote.pk, "yes", delegation_id=whose, by=who, now=later(5))
    with refused("meeting.no_entry"):
        actions.cast(meeting, vote.pk, "yes", by=opened.eve, now=later(5))
    with refused("vote.over"):
        actions.cast(meeting, vote.pk + 1, "yes", by=opened.amina, now=later(5))
    assert not Ballot.objects.exists()


def test_whoever_sits_for_two_delegations_says_for_which(opened, meeting, vote, refused):
    Membership.objects.create(person=opened.amina, delegation=opened.norway, function="adviser")
    with refused("vote.which"):
        actions.cast(meeting, vote.pk, "yes", by=opened.amina, now=later(5))
    actions.cast(meeting, vote.pk, "abstain", delegation_id=opened.norway.pk, by=opened.amina, now=later(6))
    assert held(opened)["ballots"] == {str(opened.norway.pk): "abstain"}


def test_an_officer_enters_the_vote_of_a_delegation_in_the_hall_and_the_journal_says_so(opened, meeting, vote):
    actions.cast(meeting, vote.pk, "yes", delegation_id=opened.norway.pk, by=opened.omar, now=later(5))
    told = last(opened.meeting).body
    assert (told["delegation"]["code"], told["actor"]["office"]) == ("NO", "officer")


def test_the_deputy_who_heads_a_delegation_votes_for_it_as_its_member(opened, meeting, vote):
    actions.cast(meeting, vote.pk, "yes", by=opened.gita, now=later(5))
    told = last(opened.meeting).body
    assert (told["delegation"]["code"], told["actor"]["delegation"]["code"], told["actor"]["office"]) == (
        "IN",
        "IN",
        "",
    )


def test_closing_it_puts_the_result_with_every_name_into_the_record(opened, meeting, vote, heard, refused):
    for who, choice in ((opened.amina, "yes"), (opened.lucia, "abstain")):
        actions.cast(meeting, vote.pk, choice, by=who, now=later(5))
    with refused("floor.not_yours"):
        actions.close_vote(meeting, vote.pk, by=opened.amina, now=later(9))
    heard()
    actions.close_vote(meeting, vote.pk, by=opened.bruno, now=later(10))
    said = dict(heard())["votes"]["state"]["last"]
    assert (said["state"], said["adopted"]) == ("closed", True)
    assert said["tally"] == {"yes": 1, "no": 0, "abstain": 1, "absent": 2}
    told = last(opened.meeting).body
    assert told["adopted"] is True and told["tally"] == said["tally"] and told["symbol"] == "A/1/L.4"
    named = {choice: [one["code"] for one in rows] for choice, rows in told["named"].items()}
    assert named == {"yes": ["KE"], "no": [], "abstain": ["CL"], "absent": ["IN", "NO"]}
    with refused("vote.over"):
        actions.cast(meeting, vote.pk, "no", by=opened.gita, now=later(11))
    with refused("vote.over"):
        actions.close_vote(meeting, vote.pk, by=opened.bruno, now=later(11))


def test_credentials_withdrawn_while_it_lasts_take_the_vote_with_them(opened, meeting, vote):
    actions.cast(meeting, vote.pk, "yes", by=opened.amina, now=later(5))
    Credentials.objects.filter(delegation=opened.kenya).update(state="withdrawn")
    assert str(opened.kenya.pk) not in held(opened)["ballots"]
    actions.close_vote(meeting, vote.pk, by=opened.bruno, now=later(10))
    assert held(opened)["tally"] == {"yes": 0, "no": 0, "abstain": 0, "absent": 3} and held(opened)["adopted"] is False
    Credentials.objects.filter(delegation=opened.kenya).update(state="accepted")
    assert held(opened)["tally"]["absent"] == 3  # the result stays as it was closed


def test_what_is_withdrawn_has_no_result(opened, meeting, vote, refused):
    actions.cast(meeting, vote.pk, "yes", by=opened.amina, now=later(5))
    with refused("text.empty"):
        actions.withdraw_vote(meeting, vote.pk, reason=" ", by=opened.bruno, now=later(6))
    actions.withdraw_vote(meeting, vote.pk, reason="A new text is on its way", by=opened.bruno, now=later(6))
    assert held(opened) is None and last(opened.meeting).kind == "vote.withdrawn"
    with refused("vote.over"):
        actions.cast(meeting, vote.pk, "no", by=opened.amina, now=later(7))


def test_nothing_interrupts_a_vote_but_a_point_of_order(opened, meeting, vote, refused):
    turn = floor.raise_hand(meeting, by=opened.amina, now=later(2))
    point = floor.raise_hand(meeting, by=opened.lucia, register="order", now=later(2))
    acts = {
        "floor": lambda: floor.give_floor(meeting, turn.pk, by=opened.bruno, now=later(3)),
        "item": lambda: chair.take_item(meeting, opened.subitem.pk, by=opened.bruno, now=later(3)),
        "suspend": lambda: chair.suspend(meeting, until=None, by=opened.bruno, now=later(3)),
        "adjourn": lambda: chair.adjourn(meeting, by=opened.bruno, now=later(3)),
        "close": lambda: chair.close(meeting, unheard=1, by=opened.bruno, now=later(3)),
    }
    for act in acts.values():
        with refused("vote.is_open"):
            act()
    floor.give_floor(meeting, point.pk, by=opened.bruno, now=later(4))
    floor.rule(meeting, point.pk, ruling="In order.", by=opened.bruno, now=later(5))
    actions.close_vote(meeting, vote.pk, by=opened.bruno, now=later(6))
    acts["floor"]()


def test_an_opening_is_undone_while_nobody_voted_and_a_closing_opens_it_again(opened, meeting, vote, refused):
    actions.cast(meeting, vote.pk, "yes", by=opened.amina, now=later(2))
    with refused("act.changed_since"):
        chair.undo(meeting, 3, by=opened.bruno, now=later(3))
    actions.close_vote(meeting, vote.pk, by=opened.bruno, now=later(4))
    chair.undo(meeting, last(opened.meeting).seq, by=opened.bruno, now=later(5))
    assert held(opened)["state"] == "open" and len(held(opened)["ballots"]) == 1
    actions.withdraw_vote(meeting, vote.pk, reason="Again", by=opened.bruno, now=later(6))
    again = actions.open_vote(meeting, text="Again", by=opened.bruno, now=later(7))
    chair.undo(meeting, last(opened.meeting).seq, by=opened.bruno, now=later(8))
    assert not Vote.objects.filter(pk=again.pk).exists()


def test_an_act_before_it_is_not_undone_beneath_an_open_vote(opened, meeting, refused):
    chair.take_item(meeting, opened.subitem.pk, by=opened.bruno, now=later(1))
    taken = last(opened.meeting).seq
    actions.open_vote(meeting, text="x", by=opened.bruno, now=later(2))
    with refused("act.changed_since"):
        chair.undo(meeting, taken, by=opened.bruno, now=later(3))


def test_the_minutes_tell_the_result_and_name_everybody_in_a_table(opened, meeting, vote):
    actions.cast(meeting, vote.pk, "yes", by=opened.amina, now=later(5))
    actions.cast(meeting, vote.pk, "no", by=opened.lucia, now=later(5))
    actions.cast(meeting, vote.pk, "yes", by=opened.gita, now=later(5))
    actions.close_vote(meeting, vote.pk, by=opened.bruno, now=later(10))
    document, _ = document_of(Minutes.objects.get(meeting=opened.meeting), "en")
    told = next(part for section in document.sections for part in section.paragraphs if part.kind == "decision")
    assert told.text.startswith("Adopted by a recorded vote at ") and "A/1/L.4, Draft resolution" in told.text
    assert (
        "In favour 2, against 1, abstaining 0, not voting 1." in told.text and told.lead == "Adopted by a recorded vote"
    )
    tables = {table.id.split("-")[0]: table for table in document.annexes}
    assert tables["decisions"].rows[0][3] == "by a recorded vote"
    assert tables["vote"].caption.endswith(": A/1/L.4, Draft resolution on climate finance")
    assert tables["vote"].rows == (
        ("Chile", "Against"),
        ("India", "In favour"),
        ("Kenya", "In favour"),
        ("Norway", "Not voting"),
    )


def test_what_is_noted_later_stands_beside_the_result_and_changes_nothing(opened, meeting, vote):
    actions.cast(meeting, vote.pk, "no", by=opened.amina, now=later(5))
    actions.close_vote(meeting, vote.pk, by=opened.bruno, now=later(10))
    closed = last(opened.meeting).seq
    said = {"reason": "Kenya so informed the secretariat", "text": "Kenya had intended to vote in favour."}
    chair.correct(meeting, closed, **said, by=opened.dana, now=later(60))
    document, _ = document_of(Minutes.objects.get(meeting=opened.meeting), "en")
    told = next(part for section in document.sections for part in section.paragraphs if part.kind == "decision")
    assert "In favour 0, against 1" in told.text and told.text.endswith("Kenya had intended to vote in favour.")
    assert told.lead == "Not adopted in a recorded vote" and "Kenya so informed" in told.note
    table = next(table for table in document.annexes if table.id.startswith("vote-"))
    assert ("Kenya", "Against") in table.rows


def test_what_is_told_of_a_vote_costs_the_same_however_many_vote(opened, meeting, vote):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries_:
            queries.state(opened.meeting)
        return len(queries_)

    assert cost() == 5
    for code in ("AA", "BB", "CC"):
        Ballot.objects.create(
            vote=vote, delegation=delegation(opened.summit, code, "member", code, "accepted"), choice="no", at=NOW
        )
    assert cost() == 5 and held(opened)["tally"]["no"] == 3


def test_who_has_not_voted_is_told_where_a_vote_is_open(opened, meeting, vote):
    both = {opened.kenya.pk, opened.chile.pk}
    actions.cast(meeting, vote.pk, "yes", by=opened.amina, now=later(5))
    assert queries.waiting_for([meeting], both) == {meeting: {opened.chile.pk}}
    actions.close_vote(meeting, vote.pk, by=opened.bruno, now=later(6))
    assert queries.waiting_for([meeting], both) == {}

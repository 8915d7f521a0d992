"""The one page of rights, as a table: who may do what by category, credentials and office."""

import pytest

from summit.credentials.models import CredentialsState
from summit.delegations.models import Category
from summit.models import Office
from summit.rights import CREDENTIALS, Post, Right, Standing, delegations_for, may_be_heard, rights_of, rights_of_post

R = Right
DELEGATE = {R.ENTER, R.PUBLISH, R.ASK, R.CHAT, R.SHARE, R.CORRIDOR}


def standing(category="member", credentials="accepted", **more) -> Standing:
    return Standing(1, accredited=True, posts=(Post(7, category, "head", credentials),), **more)


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("member", DELEGATE | {R.POINT_OF_ORDER, R.REPLY, R.VOTE}),
        ("host", DELEGATE),
        ("observer", DELEGATE | {R.REPLY}),
        ("igo", DELEGATE),
        ("ngo", DELEGATE),
        ("press", {R.ENTER}),
        ("secretariat", {R.ENTER, R.CHAT, R.CORRIDOR}),
    ],
)
def test_what_each_category_carries(category, expected):
    assert rights_of(standing(category)) == expected


def test_every_category_and_state_of_credentials_and_office_is_in_the_tables():
    for category in Category.values:
        for state in CredentialsState.values:
            rights_of_post(Post(7, category, "head", state))
        assert rights_of(standing(category))
    assert set(CREDENTIALS) == set(CredentialsState.values)
    for office in Office.Kind.values:
        assert R.ENTER in rights_of(Standing(1, accredited=True, offices=frozenset({office})))


@pytest.mark.parametrize("state", ["provisional", "received", "accepted", "challenged"])
def test_pending_a_decision_a_member_has_everything_the_vote_included(state):
    assert rights_of(standing(credentials=state)) == DELEGATE | {R.POINT_OF_ORDER, R.REPLY, R.VOTE}


def test_without_a_document_a_member_takes_part_but_does_not_vote():
    assert rights_of(standing(credentials="none")) == DELEGATE


def test_withdrawn_credentials_or_a_suspension_or_removal_leave_nothing():
    assert rights_of(standing(credentials="withdrawn")) == frozenset()
    assert rights_of(Standing(1, True, (Post(7, "member", "head", "accepted", suspended=True),))) == frozenset()
    gone = standing(removed=True, offices=frozenset({"chair"}))
    assert rights_of(gone) == frozenset() == delegations_for(gone, R.ASK)


def test_a_stranger_has_nothing_whatever_posts_and_offices_say():
    stranger = Standing(1, False, (Post(7, "member", "head", "accepted"),), frozenset({"chair"}))
    assert rights_of(stranger) == frozenset() == delegations_for(stranger, R.ASK)


@pytest.mark.parametrize(
    ("openness", "inside"),
    [
        ("open", {"member", "host", "observer", "igo", "ngo", "press", "secretariat"}),
        ("restricted", {"member", "host", "observer", "igo", "secretariat"}),
        ("closed", {"member", "host", "secretariat"}),
    ],
)
def test_who_is_in_an_open_restricted_or_closed_meeting(openness, inside):
    assert {c for c in Category.values if R.ENTER in rights_of(standing(c), openness=openness)} == inside
    assert {c for c in Category.values if delegations_for(standing(c), R.ENTER, openness=openness)} == inside


def test_an_office_is_in_a_closed_meeting_whatever_the_delegation():
    interpreter = standing("press", offices=frozenset({"interpreter"}))
    assert rights_of(interpreter, openness="closed") == {R.ENTER, R.CHAT}


def test_only_the_chair_and_deputies_preside_and_officers_run_the_floor():
    def holding(right: Right) -> set[str]:
        return {o for o in Office.Kind.values if right in rights_of(Standing(1, True, offices=frozenset({o})))}

    assert holding(R.PRESIDE) == {"chair", "deputy"}
    assert holding(R.RUN_FLOOR) == {"chair", "deputy", "secretary", "officer"}
    assert holding(R.RUN_HALL) == {"secretary", "officer", "technician"}
    assert holding(R.WRITE) == {"secretary", "writer"}
    assert holding(R.ASK) == holding(R.VOTE) == set()  # an office speaks for no State


def test_a_right_is_held_for_the_delegations_that_carry_it():
    both = Standing(1, True, (Post(7, "member", "head", "accepted"), Post(8, "observer", "adviser", "accepted")))
    assert delegations_for(both, R.ASK) == {7, 8}
    assert delegations_for(both, R.VOTE) == {7}


@pytest.mark.parametrize(
    ("person", "rights", "speech", "silenced", "heard"),
    [
        (1, set(), "rostrum", False, True),  # presides
        (1, set(), "rostrum", True, True),
        (2, {R.ASK}, "rostrum", False, True),  # speaks
        (2, {R.ASK}, "rostrum", True, False),
        (3, {R.ASK}, "rostrum", False, False),
        (3, {R.ASK}, "discussion", False, True),
        (3, {R.ASK}, "discussion", True, False),
        (3, {R.RUN_FLOOR}, "discussion", False, True),
        (3, {R.ENTER}, "discussion", False, False),  # the press
    ],
)
def test_the_only_rule_about_open_microphones(person, rights, speech, silenced, heard):
    assert may_be_heard(person, rights, speech=speech, presiding=1, voices=[2], silenced=silenced) is heard

import pytest

from summit.votes.count import Tally, count, is_adopted


def test_only_those_entitled_count_and_who_did_not_vote_did_not_abstain():
    ballots = {1: "yes", 2: "no", 3: "abstain", 9: "yes"}
    assert count(ballots, {1, 2, 3, 4, 5}) == Tally(yes=1, no=1, abstain=1, absent=2)
    assert count({}, set()) == Tally(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("yes", "no", "abstain", "simple", "two_thirds"),
    [
        (1, 0, 0, True, True),
        (1, 0, 190, True, True),  # whoever abstains counts as not voting (GA rule 86)
        (2, 1, 0, True, True),  # exactly two thirds
        (3, 2, 0, True, False),
        (66, 34, 0, True, False),
        (67, 33, 0, True, True),
        (5, 5, 3, False, False),  # equally divided (GA rule 95)
        (0, 1, 0, False, False),
        (0, 0, 7, False, False),  # nobody was for it
        (0, 0, 0, False, False),
    ],
)
def test_whether_a_text_is_adopted(yes: int, no: int, abstain: int, simple: bool, two_thirds: bool):
    tally = Tally(yes, no, abstain, 0)
    assert (is_adopted(tally, "simple"), is_adopted(tally, "two_thirds")) == (simple, two_thirds)

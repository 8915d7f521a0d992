from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summit.floor.order import CAPACITY_RANK, moved, order

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass
class Place:
    pk: int
    capacity: str = "national"
    minute: int = 0
    position: int | None = None

    @property
    def asked_at(self) -> datetime:
        return NINE + timedelta(minutes=self.minute)


def ids(turns):
    return [turn.pk for turn in order(turns)]


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([], []),
        ([Place(1, minute=2), Place(2, minute=1)], [2, 1]),  # by time of asking (rule 68)
        ([Place(1), Place(2, "group", 5)], [2, 1]),  # a group before national statements
        ([Place(1, "observer"), Place(2, minute=9)], [2, 1]),  # observers after members
        ([Place(1, "group"), Place(2, "chair", 9)], [2, 1]),  # a committee's chair has precedence (rule 69)
        ([Place(1), Place(2, "observer", 1, position=1)], [2, 1]),  # where the chair has put it
        ([Place(1, position=2), Place(2, position=1), Place(3, "group")], [2, 1, 3]),
        ([Place(2), Place(1)], [1, 2]),  # asked at the same moment: the first row
    ],
)
def test_who_is_next(turns, expected):
    assert ids(turns) == expected


@pytest.mark.parametrize(
    ("turn", "before", "expected"),
    [
        (3, 1, [3, 1, 2, 4]),
        (1, None, [2, 3, 4, 1]),
        (2, 4, [1, 3, 2, 4]),
        (1, 2, [1, 2, 3, 4]),
        (4, 4, [1, 2, 3, 4]),
    ],
)
def test_the_chair_moves_a_turn_right_before_another_or_last(turn, before, expected):
    turns = [Place(pk, minute=pk) for pk in (1, 2, 3, 4)]
    places = moved(turns, turn, before)
    for each in turns:
        each.position = places.get(each.pk, each.position)
    assert ids(turns) == expected


def test_only_the_turns_down_to_the_moved_one_are_fixed():
    turns = [Place(pk, minute=pk) for pk in (1, 2, 3, 4)]
    assert moved(turns, 3, 2) == {1: 1, 3: 2}
    for each in turns:
        each.position = moved(turns, 3, 2).get(each.pk)
    assert ids([*turns, Place(5, "group", 9)]) == [1, 3, 5, 2, 4]  # a group that asks later is still before 2 and 4


@pytest.mark.parametrize(("turn", "before"), [(9, 1), (1, 9)])
def test_a_turn_that_is_not_there_is_not_moved(turn, before):
    with pytest.raises(KeyError):
        moved([Place(1), Place(2)], turn, before)


@given(
    st.lists(st.tuples(st.sampled_from(sorted(CAPACITY_RANK)), st.integers(0, 9)), min_size=1, max_size=7),
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=4),
)
def test_any_number_of_moves_puts_each_where_the_chair_wanted_and_keeps_the_others_in_line(rows, moves):
    turns = [Place(pk, capacity, minute) for pk, (capacity, minute) in enumerate(rows, 1)]
    for a, b in moves:
        turn, before = a % len(turns) + 1, (b % (len(turns) + 1)) + 1
        target = before if before <= len(turns) else None
        was = ids(turns)
        for pk, place in moved(turns, turn, target).items():
            turns[pk - 1].position = place
        now = ids(turns)
        if turn != target:
            assert [pk for pk in now if pk != turn] == [pk for pk in was if pk != turn]
            assert now.index(turn) == (now.index(target) - 1 if target else len(now) - 1)

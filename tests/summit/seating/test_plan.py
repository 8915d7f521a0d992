"""Who gets which seat: from one end of the front row on, each delegation together, nobody parted by a gangway."""

from __future__ import annotations

import pytest

from summit.seating.plan import Hall, seat


def drawn(order: list[int], hall: Hall) -> list[str]:
    """Each row as seen from the floor: holders with their seats, blocks parted by a bar; a dot for what is free."""

    def told(desk) -> str:
        return f"{desk.holder or '.'}:{desk.first}" + (f"-{desk.last}" if desk.last > desk.first else "")

    return [" | ".join(" ".join(map(told, block)) for block in row) for row in seat(order, hall).rows]


@pytest.mark.parametrize(
    ("order", "hall", "rows"),
    [
        ([1, 2, 3], Hall(2, [4], 2), ["1:1-2 2:3-4", "3:1-2 .:3-4"]),
        ([1, 2, 3], Hall(2, [4], 2, "right"), ["2:3-4 1:1-2", ".:3-4 3:1-2"]),
        ([1, 2, 3], Hall(1, [5, 3], 2), ["1:1-2 2:3-4 .:5 | 3:6-7 .:8"]),  # an odd seat stays free on each side
        ([1, 2, 3], Hall(1, [5, 3], 2, "right"), [".:8 3:6-7 2:4-5 | .:3 1:1-2"]),
        ([1, 2], Hall(3, [1, 2, 1], 2), [".:1 | 1:2-3 | .:4", ".:1 | 2:2-3 | .:4"]),  # too narrow beside the gangways
        ([1, 2, 3, 4], Hall(2, [2, 1], 1), ["1:1 2:2 | 3:3", "4:1 .:2 | .:3"]),
        ([1], Hall(9, [3], 4), []),
        ([], Hall(9, [4], 2), []),
    ],
)  # fmt: skip
def test_the_hall_fills_row_by_row(order: list[int], hall: Hall, rows: list[str]) -> None:
    assert drawn(order, hall) == rows


def test_whoever_comes_late_and_last_moves_nobody() -> None:
    hall = Hall(3, [5, 6], 2)
    before, after = seat(range(1, 12), hall), seat(range(1, 13), hall)
    assert {holder: desk for holder, desk in after.desks.items() if holder != 12} == before.desks
    assert after.desks[12].row == 3


def test_whoever_finds_no_seat_is_named_in_order() -> None:
    plan = seat([5, 3, 9, 1], Hall(1, [4], 2))
    assert (list(plan.desks), plan.unseated) == ([5, 3], [9, 1])
    assert seat([5, 3], Hall(4, [3, 3], 4)).unseated == [5, 3]


@pytest.mark.parametrize("begins", ["left", "right"])
@pytest.mark.parametrize("places", [1, 2, 3, 6])
def test_193_delegations_each_get_their_places_together_and_no_seat_has_two(places: int, begins) -> None:
    hall = Hall(99, [7, 12, 12, 7], places, begins)
    plan = seat(range(1, 194), hall)
    taken = [(desk.row, number) for desk in plan.desks.values() for number in range(desk.first, desk.last + 1)]
    assert len(plan.desks) == 193 and not plan.unseated and len(set(taken)) == len(taken) == 193 * places
    for row in plan.rows:
        assert [sum(desk.last - desk.first + 1 for desk in block) for block in row] == [7, 12, 12, 7]
    order = sorted(plan.desks, key=lambda holder: (plan.desks[holder].row, plan.desks[holder].first))
    assert order == list(range(1, 194))

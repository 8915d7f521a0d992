"""Where people stand around a table."""

from __future__ import annotations

import math

import pytest

from rooms.floorplan import CHAIRS, SIDE, TABLE, beside, free_chair


def test_sixteen_find_a_chair_each_and_the_first_two_sit_opposite() -> None:
    taken: list[tuple[int, int]] = []
    for _ in range(16):
        taken.append(free_chair(taken))
    assert len(set(taken)) == 16 and set(taken) == set(CHAIRS)
    assert math.dist(*taken[:2]) == pytest.approx(68, abs=1)


@pytest.mark.parametrize("spot", [(50, 50), (55, 45), (-20, 130), (0, 0), (2**40, -(2**40)), (50, 40)])
def test_nobody_stands_on_the_table_or_beside_the_ground(spot: tuple[int, int]) -> None:
    x, y = beside(*spot)
    assert 0 <= x <= SIDE and 0 <= y <= SIDE
    assert math.dist((x, y), (50, 50)) >= TABLE - 1
    assert beside(x, y) == pytest.approx((x, y), abs=1)

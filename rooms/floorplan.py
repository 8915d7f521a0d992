"""Where people stand around a table. Pure. A table's own ground is a square of 100 by 100, the table in its middle."""

from __future__ import annotations

import math
from collections.abc import Iterable

Spot = tuple[int, int]

SIDE = 100
AROUND, PLACES = 34, 16  # radius of the chairs, and how many there are: a corridor takes sixteen
TABLE = 18  # radius of the table itself: nobody stands on it


def _chair(number: int) -> Spot:
    """Every other chair first: two who meet sit opposite each other."""
    turn = (number // 2 + (number % 2) * PLACES // 2) * 2 * math.pi / PLACES
    return round(SIDE / 2 + AROUND * math.cos(turn)), round(SIDE / 2 + AROUND * math.sin(turn))


CHAIRS = tuple(_chair(number) for number in range(PLACES))


def free_chair(taken: Iterable[Spot]) -> Spot:
    """The first chair nobody stands at."""
    others = list(taken)
    return next((chair for chair in CHAIRS if all(math.dist(chair, one) > 6 for one in others)), CHAIRS[0])


def beside(x: int, y: int) -> Spot:
    """The nearest spot to this one where one can stand: on the ground, and not on the table."""
    x, y = min(max(x, 0), SIDE), min(max(y, 0), SIDE)
    middle = SIDE / 2
    away = math.dist((x, y), (middle, middle))
    if away >= TABLE:
        return x, y
    if away == 0:
        return round(middle + TABLE), round(middle)
    return round(middle + (x - middle) * TABLE / away), round(middle + (y - middle) * TABLE / away)

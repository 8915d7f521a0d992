"""Who sits where in the hall. Pure.

The delegations sit in the order given: from one end of the front row along that row, then from the same end of the next.
In the General Assembly the delegation drawn by lot has the first seat, "at the right end of the front row as seen from
the podium", and the others follow in the English alphabetical order of their names, for the whole session (A/RES/71/323
¶42; ask.un.org/faq/14612). Seen from the floor, as here, that end is the left one.

A delegation sits together: its places are never parted by a gangway or the end of a row. What is left over stays free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Hall:
    """What an organiser says of the hall. Left and right are those of whoever faces the podium."""

    rows: int
    blocks: Sequence[int]  # seats of a row in each block, from left to right; a gangway lies between two blocks
    places: int  # seats of each delegation, beside one another
    begins: Literal["left", "right"] = "left"  # the end of the front row where the order begins


@dataclass(frozen=True)
class Desk:
    """Some seats of a row, beside one another, `first` to `last`; nobody's when `holder` is None."""

    holder: int | None
    row: int  # from 1, the front row
    first: int  # seats count from 1 in every row, from the end where the order begins, gangways skipped
    last: int


@dataclass(frozen=True)
class Plan:
    """rows: every row that somebody sits in, from the front; in it the blocks, and their desks, from left to right."""

    rows: list[list[list[Desk]]] = field(default_factory=list)
    desks: dict[int, Desk] = field(default_factory=dict)  # of each holder
    unseated: list[int] = field(default_factory=list)  # for whom the hall has no room, in order


def seat(order: Sequence[int], hall: Hall) -> Plan:
    """Give each holder a desk, in this order. Whoever is added at the end of the order moves nobody."""
    plan, waiting = Plan(), list(order)
    for number in range(1, hall.rows + 1):
        if not waiting or not seats_delegations(hall):
            break
        row = [list(_block(number, *span, hall.places, waiting)) for span in _spans(hall)]
        plan.desks.update({desk.holder: desk for block in row for desk in block if desk.holder is not None})
        plan.rows.append(row if hall.begins == "left" else [block[::-1] for block in row[::-1]])
    plan.unseated.extend(waiting)
    return plan


def seats_delegations(hall: Hall) -> int:
    """How many delegations one row seats."""
    return sum(size // hall.places for size in hall.blocks)


def _spans(hall: Hall) -> Iterator[tuple[int, int]]:
    """(first seat, last seat) of each block of a row, from the end where the order begins."""
    first = 1
    for size in hall.blocks if hall.begins == "left" else list(hall.blocks)[::-1]:
        yield first, first + size - 1
        first += size


def _block(row: int, first: int, last: int, places: int, waiting: list[int]) -> Iterator[Desk]:
    """The desks of one block; whoever gets one no longer waits."""
    while first + places - 1 <= last:
        yield Desk(waiting.pop(0) if waiting else None, row, first, first + places - 1)
        first += places
    if first <= last:
        yield Desk(None, row, first, last)

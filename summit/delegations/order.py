"""Protocol order. Pure.

By category first, then by the approved short name in the language asked for, with the Unicode Collation Algorithm:
"Costa Rica, Côte d'Ivoire, Cuba, Cyprus". Each language has an order of its own: bodies differ in which one they sit by
(A/RES/71/323 ¶42: the General Assembly sits in English order). Chinese has no collation by code point that anyone
would accept: its order is the one stored, and newcomers stand at its end until the secretariat moves them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pyuca import Collator

from summit.names import Names, short

RANK = {"member": 0, "host": 0, "observer": 1, "igo": 2, "ngo": 3, "press": 4, "secretariat": 5}
SEATED_BY_LOT = [category for category, rank in RANK.items() if rank == 0]
STORED = "zh"  # the language whose order is kept as stored


@dataclass(frozen=True)
class Seated:
    """What decides where a delegation stands."""

    key: Any
    category: str
    names: Names
    order: Mapping[str, int]


@cache
def _collator() -> Any:
    return Collator()  # reads its table once, about half a second


def places(delegations: Iterable[Seated], languages: Sequence[str], first: Any = None) -> dict[Any, dict[str, int]]:
    """{key: {language: place from 1}}. first: the member drawn by lot, from whom the members are counted."""
    rows = list(delegations)
    found: dict[Any, dict[str, int]] = {row.key: {} for row in rows}
    for language in languages:
        ordered = _from(first, sorted(rows, key=lambda row: _sort_key(row, language)))
        for place, row in enumerate(ordered, start=1):
            found[row.key][language] = place
    return found


def _from(first: Any, rows: list[Seated]) -> list[Seated]:
    """The members go round from the one drawn; everybody else stays behind them."""
    members = [row for row in rows if row.category in SEATED_BY_LOT]
    at = next((place for place, row in enumerate(members) if row.key == first), 0)
    return members[at:] + members[:at] + rows[len(members) :]


def _sort_key(row: Seated, language: str) -> tuple[Any, ...]:
    rank = RANK.get(row.category, len(RANK))
    name = _collator().sort_key(short(row.names, "en" if language == STORED else language))
    if language == STORED:
        return (rank, row.order.get(STORED, 10**6), name)
    return (rank, name, str(row.key))

"""Who may have been entered twice. Pure.

Two persons are alike when they have one e-mail address; or when their names, without accents, case and order of words,
are equal anywhere, or nearly so in one delegation ("Jónsdóttir Sigridur" and "Sigríður Jónsdóttir"). No birth date is
asked for: the platform does not need one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz

from summit.names import likenesses

NEAR = 88  # of 100: one or two letters of a name of two words


@dataclass(frozen=True)
class Someone:
    """What is compared. names: as approved; delegations: ids."""

    pk: int
    names: Mapping[str, Mapping[str, Any]]
    email: str
    delegations: frozenset[int]


@dataclass(frozen=True)
class Pair:
    """Two persons who may be one. why: email | name."""

    first: int
    second: int
    why: str


def pairs(people: Iterable[Someone]) -> list[Pair]:
    """Everybody who is like somebody else, each pair once, the lower id first."""
    rows = sorted(people, key=lambda one: one.pk)
    found: dict[tuple[int, int], str] = {}
    forms = {row.pk: likenesses(row.names) for row in rows}
    by_address: dict[str, list[Someone]] = defaultdict(list)
    by_name: dict[str, list[Someone]] = defaultdict(list)
    by_delegation: dict[int, list[Someone]] = defaultdict(list)
    for row in rows:
        if row.email:
            by_address[row.email.casefold()].append(row)
        for form in forms[row.pk]:
            by_name[form].append(row)
        for delegation in row.delegations:
            by_delegation[delegation].append(row)
    for group in by_address.values():
        found |= {(a.pk, b.pk): "email" for a, b in combinations(group, 2)}
    for group in by_name.values():
        found |= {(a.pk, b.pk): "name" for a, b in combinations(group, 2) if (a.pk, b.pk) not in found and a != b}
    for group in by_delegation.values():
        found |= {
            (a.pk, b.pk): "name"
            for a, b in combinations(group, 2)
            if (a.pk, b.pk) not in found and _near(forms[a.pk], forms[b.pk])
        }
    return [Pair(a, b, why) for (a, b), why in sorted(found.items())]


def _near(some: set[str], others: set[str]) -> bool:
    return any(fuzz.ratio(one, other) >= NEAR for one in some for other in others)

"""Who speaks next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

# A committee's chair explaining conclusions has precedence (GA rule 69); a group's statement comes before its members'
# national ones where the meeting has it so, observers after members (practice).
CAPACITY_RANK = {"chair": 0, "group": 1, "national": 2, "observer": 3}
_ALIKE = CAPACITY_RANK | {"group": CAPACITY_RANK["national"]}


class Place(Protocol):
    """What decides a turn's place; a database row is one."""

    @property
    def pk(self) -> int: ...
    @property
    def capacity(self) -> str: ...
    @property
    def asked_at(self) -> datetime: ...
    @property
    def position(self) -> int | None: ...  # from 1, where the chair has set it


P = TypeVar("P", bound=Place)


def order(turns: Iterable[P], *, groups_first: bool = True) -> list[P]:
    """One register in the order of speaking: as the chair has set it, then by capacity, each by time of asking (rule 68).

    groups_first: whether a group's statement comes before national ones.
    """
    rank = CAPACITY_RANK if groups_first else _ALIKE
    return sorted(
        turns,
        key=lambda turn: (
            turn.position is None,
            turn.position or 0,
            rank[turn.capacity],
            turn.asked_at,
            turn.pk,
        ),
    )


def moved(turns: Sequence[P], turn: int, before: int | None, *, groups_first: bool = True) -> dict[int, int]:
    """Places of the turns once `turn` stands right before `before` (None: last). Ids in, {id: position} out.

    Only the turns down to the moved one, and those the chair had set already, are fixed; the others keep following
    the rule, so a group that asks later still comes before national statements nobody has moved.
    KeyError when `turn` or `before` is not in the list.
    """
    ids = [each.pk for each in order(turns, groups_first=groups_first)]
    if turn not in ids or (before is not None and before not in ids):
        raise KeyError
    if before == turn:
        return {}
    rest = [pk for pk in ids if pk != turn]
    at = len(rest) if before is None else rest.index(before)
    rest.insert(at, turn)
    fixed_before = {each.pk for each in turns if each.position is not None}
    last = max(i for i, pk in enumerate(rest) if pk == turn or pk in fixed_before)
    return {pk: i + 1 for i, pk in enumerate(rest[: last + 1])}

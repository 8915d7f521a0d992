"""Checking JSON against the annotations of a frozen dataclass. Standard library only.

Understood: str, int, bool, `X | None`, Literal, `tuple[X, ...]`, `dict[str, int]`, Annotated[X, Most(n)] and Annotated[int, Between(a, b)].
A bool is never an int; what the dataclass does not name is refused, so that a typing slip is not silently ignored.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
INTEGERS = 2**53  # JavaScript's numbers are exact up to here


class WrongShape(ValueError):
    """The value is not what the annotation says; the message names the field."""


@dataclass(frozen=True)
class Between:
    """A number from `low` to `high`, both included; None where the field may be."""

    low: int
    high: int


@dataclass(frozen=True)
class Most:
    """At most this many characters of a string, or members of a list or object."""

    count: int


def build(cls: type[T], data: Mapping[str, Any]) -> T:
    """An instance of this dataclass from JSON. Raises WrongShape for missing, unknown and mistyped fields."""
    hints, required = _fields(cast(Hashable, cls))
    if unknown := set(data) - set(hints):
        raise WrongShape(f"unknown field {min(unknown)!r:.60}")
    if missing := required - set(data):
        raise WrongShape(f"{min(missing)} is missing")
    return cls(**{name: check(hints[name], value, name) for name, value in data.items()})


@cache
def _fields(cls: Hashable) -> tuple[dict[str, Any], frozenset[str]]:
    kind = cast(type[Any], cls)
    hints = get_type_hints(kind, include_extras=True)
    rows = dataclasses.fields(kind)
    required = {one.name for one in rows if one.default is one.default_factory is dataclasses.MISSING}
    return {one.name: hints[one.name] for one in rows}, frozenset(required)


def check(hint: Any, value: Any, name: str) -> Any:
    """The value, lists made tuples, if it fits the annotation."""
    origin = get_origin(hint)
    if origin is Annotated:
        checked = check(get_args(hint)[0], value, name)
        if any(isinstance(one, Most) and len(checked) > one.count for one in get_args(hint)[1:]):
            raise WrongShape(f"{name} is too long")
        ranges = [one for one in get_args(hint)[1:] if isinstance(one, Between)]
        if checked is not None and any(not one.low <= checked <= one.high for one in ranges):
            raise WrongShape(f"{name} is out of range")
        return checked
    if origin is Union or origin is types.UnionType:
        return (
            None
            if value is None
            else check(next(one for one in get_args(hint) if one is not types.NoneType), value, name)
        )
    if origin is Literal:
        if not isinstance(value, (str, int)) or isinstance(value, bool) or value not in get_args(hint):
            raise WrongShape(f"{name} is none of {', '.join(map(str, get_args(hint)))}")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise WrongShape(f"{name} is not a list")
        return tuple(check(get_args(hint)[0], one, name) for one in value)
    if origin is dict:
        if not isinstance(value, dict):
            raise WrongShape(f"{name} is not an object")
        return {key: check(get_args(hint)[1], one, name) for key, one in value.items()}
    return _plain(hint, value, name)


def _plain(hint: Any, value: Any, name: str) -> Any:
    if hint is int:
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > INTEGERS:
            raise WrongShape(f"{name} is not a whole number")
    elif hint is str:
        if not isinstance(value, str) or "\x00" in value:  # PostgreSQL keeps no NUL
            raise WrongShape(f"{name} is not a text")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise WrongShape(f"{name} is not a text") from None  # half a surrogate pair: no database keeps it
    elif not isinstance(value, hint):
        raise WrongShape(f"{name} is not {hint.__name__}")
    return value

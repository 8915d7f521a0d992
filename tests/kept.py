"""What many tests begin with is made once: its rows stay in an open transaction, and each test works within it on copies.

As Django's `setUpTestData` does for the tests of one class. A test that commits, or that begins with nothing kept, finds
the empty database; whatever is not there when a test asks for it is made for this test alone.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction


@dataclass(frozen=True)
class Kept:
    """A fixture by its name and the module (or package, for a conftest) that defines it; `needs`: what it is made of."""

    name: str
    place: str
    build: Callable[..., Any]
    needs: tuple[str, ...]


KEPT: list[Kept] = []


def kept(build: Callable[..., Any]) -> Any:
    """In place of `pytest.fixture`: `build` is given other kept fixtures only, and its result can be pickled."""
    needs = tuple(inspect.signature(build).parameters)
    one = Kept(build.__name__, build.__module__.removesuffix(".conftest"), build, needs)
    KEPT.append(one)

    @pytest.fixture(name=one.name)
    def given(request: pytest.FixtureRequest, db: None) -> Any:
        if (copy := GROUND.copy_of(one)) is not None:
            return copy
        return build(**{name: request.getfixturevalue(name) for name in needs})

    given.__doc__ = build.__doc__
    return given


def way_to(item: pytest.Item) -> tuple[Kept, ...]:
    """What this test begins with, each made of those before it; nothing for one that commits."""
    names = getattr(item, "fixturenames", ())
    marker = item.get_closest_marker("django_db")
    if "transactional_db" in names or (marker and marker.kwargs.get("transaction")):
        return ()
    found = (_way(one, item) for one in KEPT if one.name in names and _nearest(one.name, item) is one)
    return max(found, key=len, default=())


def _way(one: Kept, item: pytest.Item) -> tuple[Kept, ...]:
    before = (_way(need, item) for name in one.needs if (need := _nearest(name, item)))
    return (*max(before, key=len, default=()), one)


def _nearest(name: str, item: pytest.Item) -> Kept | None:
    module = f"{item.module.__name__}."  # type: ignore[attr-defined]
    near = (one for one in KEPT if one.name == name and module.startswith(f"{one.place}."))
    return max(near, key=lambda one: len(one.place), default=None)


@dataclass(frozen=True)
class Layer:
    """What is kept, in a transaction that is open, and as bytes everything by name that a test may have of it."""

    kept: Kept
    transaction: transaction.Atomic
    everything: bytes


class Ground:
    """What this process keeps just now, each layer made of those below."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self._copies: dict[str, Any] | None = None

    def stand_on(self, way: Sequence[Kept]) -> None:
        """Take away what is not on this way, and build what is missing."""
        self._copies = None
        while [layer.kept for layer in self.layers] != list(way[: len(self.layers)]):
            roll_back(self.layers.pop().transaction)
        for one in way[len(self.layers) :]:
            self._put_on(one)

    def _put_on(self, one: Kept) -> None:
        opened = transaction.atomic()
        opened.__enter__()
        try:
            values = self._fresh()
            values[one.name] = one.build(**{name: values[name] for name in one.needs})
            self.layers.append(Layer(one, opened, pickle.dumps(values)))
        except BaseException:
            roll_back(opened)
            raise

    def _fresh(self) -> dict[str, Any]:
        return pickle.loads(self.layers[-1].everything) if self.layers else {}

    def copy_of(self, one: Kept) -> Any:
        """For this test; all copies of one test hang together. None when it is not kept just now."""
        if all(layer.kept is not one for layer in self.layers):
            return None
        if self._copies is None:
            self._copies = self._fresh()
        return self._copies[one.name]


def roll_back(opened: transaction.Atomic) -> None:
    transaction.set_rollback(True)
    opened.__exit__(None, None, None)


GROUND = Ground()

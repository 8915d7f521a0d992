"""Which layer of a picture a listener gets. Pure: sizes, measured bit rates and a budget in, one rung for each slot out.

Sound is outside the budget: it is never weighed against a picture. When the pictures do not fit, they give way one step
at a time, always in the same order, until they do: first the tiles of those who only listen come down to their lowest
layer, then they rest (a frame once a second), then they stop; shared screens come after them, and the floor last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from rooms.sfu.plan import Limit

Level = Literal["all", "smaller", "speaker", "still", "none"]
Rung = Literal["high", "medium", "low", "still", "none"]

RUNGS: Final[tuple[Rung, ...]] = ("none", "still", "low", "medium", "high")
MOVING: Final[tuple[Rung, ...]] = ("low", "medium", "high")
SOFTER: Final[tuple[Rung, ...]] = ("medium", "low", "still")  # steps down from the highest
LAST: Final[tuple[Rung, ...]] = ("still", "none")
RANK: Final[Mapping[Rung, int]] = MappingProxyType({rung: place for place, rung in enumerate(RUNGS)})

# What pages are asked to send, until it is measured.
NOMINAL_BITS: Final[Mapping[Rung, int]] = MappingProxyType({"high": 1_300_000, "medium": 450_000, "low": 120_000})
NOMINAL_HEIGHT: Final[Mapping[Rung, int]] = MappingProxyType({"high": 720, "medium": 360, "low": 180})
STILL_BITS: Final = 48_000  # what a resting picture may cost; frames come more rarely where they are heavy
# A lone layer is called high however small it is: under a lock it passes when it costs no more than this.
MOST_BITS: Final[Mapping[Rung, int]] = MappingProxyType({"medium": 700_000, "low": 250_000})
ENOUGH: Final = 0.75  # of the tile's height: a picture so little too small looks the same and costs a third
HEADROOM: Final = 0.85  # of the budget: a step up must leave so much air, or it would be taken back at once


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer that arrives now. Zero where not measured yet."""

    bits: int = 0  # a second
    height: int = 0  # pixels


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture slot: what is in it and how large it is shown. Best first is the order of importance."""

    mid: str
    layers: Mapping[Rung, Layer]  # high, medium, low: those that arrive; a publisher without simulcast has only `high`
    height: int | None = None  # of the tile in device pixels; 0: not shown now; None: the page has not said
    lead: bool = False  # of the seat that has the floor
    screen: bool = False
    held: Rung = "none"  # what the slot gets now


def choose(wishes: Sequence[Wish], budget: int | None, most: Rung = "high") -> dict[str, Rung]:
    """The rung of each slot, by mid. `budget` is bits a second for all pictures together, None: unknown or unlimited;
    `most` is the listener's own lock: nothing goes above it."""
    wished = {wish.mid: _fitting(wish, most) for wish in wishes}
    if budget is None or sum(cost(wish, wished[wish.mid]) for wish in wishes) <= budget * HEADROOM:
        return wished
    fits = _fit(wishes, wished, budget)
    easily = _fit(wishes, wished, int(budget * HEADROOM))
    return {wish.mid: _steady(wish.held, easily[wish.mid], fits[wish.mid]) for wish in wishes}


def allowed(wishes: Sequence[Wish], limit: Limit) -> tuple[list[Wish], Rung]:
    """The wishes a person's own choice leaves, and the highest rung of it. Of `speaker` only the floor is left, or
    whoever comes first where nobody has it."""
    if limit != "speaker":
        return list(wishes), limit
    leads = {wish.mid for wish in wishes if wish.lead} or {wish.mid for wish in wishes[:1]}
    return [wish if wish.mid in leads else replace(wish, height=0) for wish in wishes], "high"


def level(wishes: Sequence[Wish], best: Mapping[str, Rung], chosen: Mapping[str, Rung]) -> Level:
    """What comes of the pictures, in one word; `best` is what would on a line without end."""
    shown = [wish.mid for wish in wishes if best[wish.mid] != "none"]
    moving = [mid for mid in shown if chosen[mid] in MOVING]
    if shown and not moving:
        return "none" if all(chosen[mid] == "none" for mid in shown) else "still"
    if len(moving) < len(shown):
        return "speaker"
    return "all" if all(chosen[mid] == best[mid] for mid in shown) else "smaller"


def cost(wish: Wish, rung: Rung) -> int:
    """Bits a second of this slot on this rung."""
    if rung == "none":
        return 0
    if rung == "still":
        return STILL_BITS
    layer = wish.layers.get(rung)
    return (layer.bits if layer else 0) or NOMINAL_BITS[rung]


def _fitting(wish: Wish, most: Rung) -> Rung:
    """What the tile's size asks for, under the lock, whatever the line carries."""
    if wish.height == 0 or most == "none" or not wish.layers:
        return "none"
    allowed = [rung for rung in MOVING if rung in wish.layers and _passes(wish, rung, most)]
    if not allowed:
        return "still"
    if wish.screen:
        return allowed[-1]  # text is read or it is not
    if wish.height is None and wish.lead:
        return allowed[-1]
    height = NOMINAL_HEIGHT["low"] if wish.height is None else wish.height
    return next((rung for rung in allowed if _height(wish, rung) >= height * ENOUGH), allowed[-1])


def _passes(wish: Wish, rung: Rung, most: Rung) -> bool:
    return RANK[rung] <= RANK[most] or (len(wish.layers) == 1 and cost(wish, rung) <= MOST_BITS.get(most, 0))


def _height(wish: Wish, rung: Rung) -> int:
    return wish.layers[rung].height or NOMINAL_HEIGHT[rung]


def _fit(wishes: Sequence[Wish], wished: Mapping[str, Rung], budget: int) -> dict[str, Rung]:
    chosen = dict(wished)
    total = sum(cost(wish, chosen[wish.mid]) for wish in wishes)
    for wish, lower in _steps(wishes, wished):
        if total <= budget:
            break
        if RANK[lower] < RANK[chosen[wish.mid]]:
            total -= cost(wish, chosen[wish.mid]) - cost(wish, lower)
            chosen[wish.mid] = lower
    return chosen


def _steps(wishes: Sequence[Wish], wished: Mapping[str, Rung]) -> Iterator[tuple[Wish, Rung]]:
    """Every step down there is, in the order they are taken; the order does not depend on the budget, so that a smaller
    budget only goes further along it and never moves anybody up."""
    shown = [wish for wish in wishes if wished[wish.mid] != "none"]
    for group in (
        [wish for wish in shown if not wish.lead and not wish.screen],
        [wish for wish in shown if not wish.lead and wish.screen],
    ):
        for rung in SOFTER:
            yield from _down(group, rung)
        if not any(wish.screen for wish in group):
            yield from _down(group, "none")
    leads = [wish for wish in shown if wish.lead]
    faces = [wish for wish in leads if not wish.screen]
    screens = [wish for wish in leads if wish.screen]
    for rung in SOFTER[:2]:
        yield from _down(faces, rung)
    if screens:  # what the speaker shows outlives the speaker's own picture
        yield from _down(faces, "still")
        for rung in SOFTER[:2]:
            yield from _down(screens, rung)
    resting = [wish for wish in shown if not wish.lead and wish.screen]
    yield from _down(resting, "none")
    for rung in LAST:
        yield from _down(faces, rung)
        yield from _down(screens, rung)


def _down(group: Sequence[Wish], rung: Rung) -> Iterator[tuple[Wish, Rung]]:
    """The least important first; a layer the publisher does not send is no step."""
    for wish in reversed(group):
        if rung in LAST or rung in wish.layers:
            yield wish, rung


def _steady(held: Rung, easily: Rung, fits: Rung) -> Rung:
    """Stay where we are between what fits easily and what just fits."""
    if RANK[held] <= RANK[easily]:
        return easily
    return fits if RANK[held] >= RANK[fits] else held

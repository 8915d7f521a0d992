"""Who is in which slot. Pure: given who may publish, the floor, the wishes of a page and loudness, name the sources.

A source that stays keeps its slot: a picture that jumps for no reason, or a voice that moves, costs attention.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rooms.sfu.plan import Kind, RoomPlan, source_id

INCUMBENT = 8.0  # a voice must be this much louder (of 127) than one already heard to take its place
LANGUAGE_SLOTS = 4  # with so many audio slots the last is kept for a language channel


@dataclass(frozen=True, slots=True)
class Live:
    """A source whose packets arrive and may be forwarded."""

    id: str
    seat: str
    kind: Kind
    loudness: float = 0.0


def assign(
    plan: RoomPlan,
    seat: str,
    live: Iterable[Live],
    slots: Mapping[str, str | None],
    *,
    audio: int,
    video: int,
    pictures: int | None = None,
) -> dict[str, str | None]:
    """The new contents of this seat's slots `a0…`, `v0…`; `slots` is what they hold now.

    `pictures` is how many of the video slots the listener's line carries; all when not given.
    """
    me = plan.seats.get(seat)
    if me is None or not me.receive:
        return dict.fromkeys(slots)
    others = [one for one in live if one.seat != seat and one.seat in plan.seats]
    spoken = audio - 1 if audio >= LANGUAGE_SLOTS else audio
    voices = _heard(plan, [one for one in others if one.kind == "mic"], _held(slots, "a"), spoken)
    carried = video if pictures is None else min(video, pictures)
    seen = _seen(plan, me.look, [one for one in others if one.kind != "mic"], carried)
    filled = _keep("a", audio, spoken, voices, slots, plan, lead_kinds=("mic",))
    filled.update(_keep("v", video, video, seen, slots, plan, lead_kinds=("camera", "screen")))
    return filled


def _held(slots: Mapping[str, str | None], letter: str) -> set[str]:
    return {source for mid, source in slots.items() if source is not None and mid.startswith(letter)}


def _heard(plan: RoomPlan, mics: Sequence[Live], held: set[str], room: int) -> list[str]:
    """The floor first, then the loudest; those already heard keep their place unless clearly outdone."""

    def rank(one: Live) -> tuple[bool, float, int, str]:
        bonus = INCUMBENT if one.id in held else 0.0
        return one.seat != plan.floor, -(one.loudness + bonus), plan.seats[one.seat].order, one.id

    if len(mics) <= room:  # everybody fits: loudness decides nothing
        return [
            one.id for one in sorted(mics, key=lambda one: (one.seat != plan.floor, plan.seats[one.seat].order, one.id))
        ]
    return [one.id for one in sorted(mics, key=rank)[:room]]


def _seen(plan: RoomPlan, look: Sequence[str], pictures: Sequence[Live], room: int) -> list[str]:
    """The floor's camera and screen, then what the page wants to see, then the order of the room."""
    present = {one.id for one in pictures}
    ordered: dict[str, None] = {}
    if plan.floor is not None:
        for kind in ("camera", "screen"):
            ordered[source_id(plan.floor, kind)] = None
    ordered.update(dict.fromkeys(look))
    by_order = sorted(pictures, key=lambda one: (one.kind != "screen", plan.seats[one.seat].order, one.id))
    ordered.update(dict.fromkeys(one.id for one in by_order))
    return [one for one in ordered if one in present][:room]


def _keep(
    letter: str,
    count: int,
    usable: int,
    chosen: Sequence[str],
    slots: Mapping[str, str | None],
    plan: RoomPlan,
    *,
    lead_kinds: Sequence[Kind],
) -> dict[str, str | None]:
    """Put the chosen into slots: the floor's main source leads, whoever stays does not move."""
    mids = [f"{letter}{number}" for number in range(count)]
    out: dict[str, str | None] = dict.fromkeys(mids)
    wanted = list(chosen)
    lead = _lead(plan, wanted, lead_kinds)
    if lead is not None and usable:
        out[mids[0]] = lead
        wanted.remove(lead)
    for mid in mids[:usable]:
        held = slots.get(mid)
        if out[mid] is None and held in wanted:
            out[mid] = held
            wanted.remove(held)
    free = [mid for mid in mids[:usable] if out[mid] is None]
    for mid, source in zip(free, wanted, strict=False):
        out[mid] = source
    return out


def _lead(plan: RoomPlan, wanted: Sequence[str], kinds: Sequence[Kind]) -> str | None:
    if plan.floor is None:
        return None
    names = (source_id(plan.floor, kind) for kind in kinds)
    return next((name for name in names if name in wanted), None)

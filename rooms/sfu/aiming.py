"""Which layer each of a listener's picture slots gets now: asks `layers.choose` and points the slots there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from rooms.sfu import layers
from rooms.sfu.inbound import Track
from rooms.sfu.plan import RoomPlan, SeatPlan
from rooms.sfu.receiving import Gets, ReceiveConnection, Rest
from rooms.sfu.seat import Source
from rooms.sfu.slot import Slot

FindSource = Callable[[str | None], Source | None]


def aim(connection: ReceiveConnection, plan: RoomPlan, me: SeatPlan, find: FindSource, now: float) -> Gets:
    """Point the slots, note what everything wanted would cost, and say what comes."""
    _aim_voices(connection, find, now)
    rests: dict[str, Rest] = {}
    shown: dict[str, tuple[Slot, Source, dict[layers.Rung, Track]]] = {}
    wishes: list[layers.Wish] = []
    ladders: dict[str, Mapping[layers.Rung, layers.Layer]] = {}
    sizes = me.sizes
    for source_id, mid in _by_importance(connection, plan, me):
        slot, source = connection.slots[mid], find(source_id)
        if source is None or not (tracks := source.layers(now)):
            continue
        if not any(slot.takes(track.codec) for track in tracks.values()):
            rests[mid] = "codec"
            continue
        shown[mid], ladders[mid] = (slot, source, tracks), source.ladder(now)
        wishes.append(
            layers.Wish(
                mid,
                source.measured(now),
                height=_height(source, plan, sizes),
                lead=source.seat == plan.floor,
                screen=source.kind == "screen",
                held=slot.rung if slot.wanted is not None else "none",
            )
        )
    allowed, most = layers.allowed(wishes, me.most)
    wanted = layers.choose(allowed, None, most)
    connection.wanted_bits = sum(layers.cost(wish, wanted[wish.mid]) for wish in allowed)
    chosen = layers.choose(allowed, connection.budget, most)
    best = [replace(wish, layers=ladders[wish.mid]) for wish in allowed]
    hopes = chosen if best == allowed else layers.choose(best, connection.budget, most)
    for wish in wishes:
        slot, source, tracks = shown[wish.mid]
        rung, slot.hopes = chosen[wish.mid], hopes[wish.mid]
        track = tracks.get(rung) or next(tracks[one] for one in layers.MOVING if one in tracks)
        if slot.aim(track, rung):
            source.fan.set_apart(slot)
            if layers.RANK[rung] < layers.RANK[wish.held] and rung != wanted[wish.mid]:
                slot.release()  # the line is full: what is too much stops now, and the voice passes
        if rung in ("still", "none") and wish.height != 0:
            rests[wish.mid] = "limit" if wanted[wish.mid] == rung else "line"
    level = layers.level(wishes, layers.choose(wishes, None), chosen)
    return Gets(rests, level, None if level == "all" else "limit" if chosen == wanted else "line")


def _aim_voices(connection: ReceiveConnection, find: FindSource, now: float) -> None:
    """Every voice in full, or all of them thin where the line carries no more."""
    for slot in connection.slots.values():
        source = find(slot.source) if slot.is_audio else None
        if source is None or not (tracks := source.layers(now)):
            continue
        full = source.tracks.get("high")  # also while it is late: a thin voice alone is not passed on
        track = (tracks.get("low") if connection.thin else None) or full or next(iter(tracks.values()))
        if slot.aim(track, "high"):
            source.fan.set_apart(slot)


def _by_importance(connection: ReceiveConnection, plan: RoomPlan, me: SeatPlan) -> list[tuple[str, str]]:
    """(source, mid) of the picture slots in use: the floor, then what the page named, best first, then the others."""
    places = {source: place for place, source in enumerate(me.look)}
    used = [(slot.source, slot.mid) for slot in connection.slots.values() if not slot.is_audio and slot.source]

    def rank(one: tuple[str, str]) -> tuple[bool, int]:
        return one[0].rpartition(":")[0] != plan.floor, places.get(one[0], len(places))

    return sorted(used, key=rank)


def _height(source: Source, plan: RoomPlan, sizes: Mapping[str, int]) -> int | None:
    """Of the tile, in device pixels. A page that told sizes and not this one does not show it; but the floor may have
    changed hands before the page could tell."""
    told = sizes.get(source.id)
    if told is not None or not sizes:
        return told
    return None if source.seat == plan.floor else 0

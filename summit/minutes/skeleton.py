"""What happened in a meeting, read from its journal: undone acts left out, a speech's entries folded into one. Pure.

Kinds and bodies of entries: docs/architecture.md, "The journal's entries".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

VERSION = 1  # the newest shape of an entry this software reads


class Unreadable(Exception):
    """An entry has a newer shape than this software knows; guessing would falsify the record."""


@dataclass(frozen=True)
class Entry:
    """One line of the journal, free of the database. at: aware."""

    seq: int
    version: int
    kind: str
    at: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Turn:
    """Somebody's time on the floor, or a point of order, as the last entry about it tells it."""

    register: str = "list"  # list | order | reply
    delegation: Mapping[str, Any] = field(default_factory=dict)
    speaker: Mapping[str, Any] = field(default_factory=dict)
    capacity: str = ""
    on_behalf_of: str | Mapping[str, str] = ""  # a text, or {language: text}
    mode: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    used_ms: int | None = None
    ruling: str = ""


@dataclass(frozen=True)
class Correction:
    """What a correcting entry says of an earlier one."""

    text: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Event:
    """Something the minutes tell. seq: the entry prose hangs on; covers: every entry it was read from."""

    seq: int
    kind: str
    at: datetime
    body: Mapping[str, Any]
    covers: tuple[int, ...]
    turn: Turn | None = None
    correction: Correction | None = None


TOLD = {
    "meeting.opened", "meeting.suspended", "meeting.resumed", "meeting.adjourned", "meeting.closed",
    "meeting.openness_set", "presiding.changed", "item.taken", "list.opened", "list.closed", "decision.taken",
    "vote.closed", "vote.withdrawn",
}  # fmt: skip
BEGINS_A_TURN = {"floor.given", "order.raised"}
OF_A_TURN = BEGINS_A_TURN | {
    "floor.paused", "floor.resumed", "floor.extended", "floor.ended", "order.heard", "order.ruled",
}  # fmt: skip


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that hold: without undone acts, their undoings, and closings that were taken back.

    `act.undone` may be undone itself; then what it had undone stands again.
    """
    entries = sorted(entries, key=lambda entry: entry.seq)
    gone: set[int] = set()
    taken_back = 0
    for entry in reversed(entries):
        if entry.version > VERSION:
            raise Unreadable(f"entry {entry.seq} has version {entry.version}")
        if entry.kind == "meeting.closed" and taken_back:
            gone.add(entry.seq)
            taken_back -= 1
        if entry.seq in gone:
            continue
        if entry.kind == "act.undone":
            gone |= {entry.seq, *_seqs(entry.body.get("undoes")), *_seqs(entry.body.get("also"))}
        elif entry.kind == "meeting.reopened":
            gone.add(entry.seq)
            taken_back += 1
    return [entry for entry in entries if entry.seq not in gone]


def story(entries: Iterable[Entry]) -> list[Event]:
    """The events of a meeting in order; each carries its correction, the latest one where there are several."""
    events: list[Event] = []
    turns: dict[Any, int] = {}  # turn id → place in events
    corrections: dict[int, Correction] = {}
    for entry in standing(entries):
        if entry.kind == "act.corrected":
            corrections.update({seq: _correction(entry) for seq in _seqs(entry.body.get("corrects"))})
        elif entry.kind in TOLD:
            events.append(Event(entry.seq, entry.kind, entry.at, entry.body, (entry.seq,)))
        elif entry.kind in OF_A_TURN:
            place = turns.get(entry.body.get("turn"))
            if place is not None:
                event = events[place]
                covers = (*event.covers, entry.seq)
                events[place] = replace(event, covers=covers, turn=_told(event.turn or Turn(), entry))
            elif entry.kind in BEGINS_A_TURN:
                turns[entry.body.get("turn")] = len(events)
                events.append(Event(entry.seq, entry.kind, entry.at, entry.body, (entry.seq,), _told(Turn(), entry)))
    return [_corrected(event, corrections) for event in events]


def hung(prose_on: Iterable[int], events: Sequence[Event]) -> dict[int, int]:
    """{entry prose was written on: event it is shown with}. Prose on an act that was undone moves to the event before
    it (the first, where there is none): nothing anybody wrote disappears. Empty without events."""
    by_entry = {seq: event.seq for event in events for seq in event.covers}
    anchors = [event.seq for event in events]
    if not anchors:
        return {}
    return {seq: by_entry.get(seq) or anchors[max(0, bisect_right(anchors, seq) - 1)] for seq in prose_on}


def _seqs(value: Any) -> list[int]:
    """A seq, or a list of them; anything else is none."""
    values = value if isinstance(value, list | tuple) else [value]
    return [seq for seq in values if isinstance(seq, int) and not isinstance(seq, bool)]


def _correction(entry: Entry) -> Correction:
    return Correction(str(entry.body.get("text") or ""), str(entry.body.get("reason") or ""), entry.at)


def _corrected(event: Event, corrections: Mapping[int, Correction]) -> Event:
    """The correction of any entry the event was read from."""
    found = [corrections[seq] for seq in event.covers if seq in corrections]
    return replace(event, correction=found[-1]) if found else event


def _told(turn: Turn, entry: Entry) -> Turn:
    """The turn after one more entry about it. A speaker may be named only when the floor is given."""
    body = entry.body
    known = {
        name: body[name]
        for name in ("register", "delegation", "speaker", "capacity", "on_behalf_of", "mode", "ruling", "used_ms")
        if body.get(name)
    }
    if entry.kind in {"floor.given", "order.heard"} and turn.began is None:
        known["began"] = entry.at
    if entry.kind in {"floor.ended", "order.ruled"}:
        known["ended"] = entry.at
    if entry.kind.startswith("order."):
        known["register"] = "order"
    return replace(turn, **known)

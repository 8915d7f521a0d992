"""A speech within an act: its clock, its end, and what the journal says of them. Actions call these under their lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from summit.agenda.sitting import Sitting
from summit.floor import clock
from summit.floor.models import Register, Turn
from summit.floor.queries import entitled, on_floor, turn_as
from summit.floor.topics import milliseconds
from summit.record.actions import stamp

if TYPE_CHECKING:
    from summit.record.models import Entry


def start(sitting: Sitting, turn: Turn) -> None:
    """The clock of this turn runs from now on."""
    sitting.keep(turn)
    turn.running_since = sitting.now
    turn.save()
    sitting.rows.made(turn.spells.create(began_at=sitting.now))


def pause(sitting: Sitting, turn: Turn) -> None:
    """Its clock stands; the time used is kept."""
    sitting.keep(turn)
    turn.used = clock.used(turn.used, turn.running_since, sitting.now)
    turn.running_since = None
    turn.save(update_fields=["used", "running_since"])
    for spell in turn.spells.filter(ended_at=None):
        sitting.keep(spell)
        spell.ended_at = max(sitting.now, spell.began_at)  # a clock set back makes no spell that ends before it began
        spell.save(update_fields=["ended_at"])


def end(sitting: Sitting, turn: Turn, *, why: str) -> Entry:
    """It is over. why: as docs/architecture.md lists them for `floor.ended`."""
    sitting.keep(turn)
    if turn.running_since is not None:
        pause(sitting, turn)
    turn.state, turn.ended_at = Turn.State.ENDED, sitting.now
    turn.save(update_fields=["state", "ended_at"])
    spans = turn.spells.order_by("began_at", "pk").values_list("began_at", "ended_at")
    spells = [[stamp(began), stamp(ended or sitting.now)] for began, ended in spans]
    return sitting.write("floor.ended", **timed(sitting, turn), spells=spells, why=why)


def timed(sitting: Sitting, turn: Turn, *, seconds: int = 0) -> dict[str, Any]:
    """The common parts with the time used by now. seconds: by which a speech was extended."""
    spent = clock.used(turn.used, turn.running_since, sitting.now)
    return {**turn_as(turn), "used_ms": milliseconds(spent), "seconds": seconds}


def stop_where_unentitled(sitting: Sitting) -> bool:
    """Take the floor from whoever lost the right to it. True when a speech was stopped."""
    lost = [turn for turn in on_floor(sitting.meeting) if turn and not entitled(turn, sitting.meeting, sitting.now)]
    for turn in lost:
        end(sitting, turn, why="not_entitled")
    return bool(lost)


def pause_running(sitting: Sitting, why: str) -> None:
    """Stop the clock that runs, within another act (a meeting is suspended)."""
    for turn in on_floor(sitting.meeting):
        if turn is None or turn.running_since is None:
            continue
        pause(sitting, turn)
        sitting.write("floor.paused", **timed(sitting, turn), why=why)


def lapse_points(sitting: Sitting) -> None:
    """Points of order nobody ruled upon end with the sitting: they were about its conduct, and bind no later one."""
    rows = sitting.meeting.turns.filter(register=Register.ORDER, state=Turn.State.WAITING)
    for turn in rows.select_related("delegation", "item", "speaker", "group").order_by("asked_at", "pk"):
        sitting.keep(turn)
        turn.state, turn.ended_at = Turn.State.WITHDRAWN, sitting.now
        turn.save(update_fields=["state", "ended_at"])
        sitting.write("hand.lowered", **turn_as(turn))


def end_all(sitting: Sitting, why: str) -> None:
    """Nobody has the floor any more, within another act (another item, the end of the meeting)."""
    for turn in reversed(on_floor(sitting.meeting)):
        if turn:
            end(sitting, turn, why=why)

"""Giving the floor: every act of the chair's side of it. Hands are in hands.py, the list in register.py.

Each is one transaction: lock the meeting, check, change, record, publish. At most one speech holds the floor, running
or paused; a point of order being heard stands beside it and has paused it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.agenda.sitting import Sitting, sit
from summit.errors import Refused
from summit.floor.hands import lower_hand, raise_for_hall, raise_hand, set_speaker
from summit.floor.lists import close_list, move, open_list
from summit.floor.models import Capacity, Register, Turn
from summit.floor.queries import (
    entitled,
    on_floor,
    replies_had,
    time_for,
    turn_as,
    turn_in,
    waiting,
)
from summit.floor.speech import end, pause, start, stop_where_unentitled, timed
from summit.floor.topics import announce
from summit.people.models import Person
from summit.record.text import plain
from summit.rights import Right

__all__ = [
    "close_list", "end_floor", "extend_floor", "give_floor", "give_next", "lower_hand", "move", "open_list",
    "pause_floor", "raise_for_hall", "raise_hand", "resume_floor", "rule", "set_speaker", "stop_unentitled",
]  # fmt: skip

JUST_NOW = timedelta(seconds=2)  # two desks acting at once: the second has not seen the first
EXTENSION = 3600  # s, the longest
RULING = 1000  # characters


@transaction.atomic
def give_floor(meeting_id: int, turn_id: int, *, by: Person, now: datetime) -> Turn:
    """Let this delegation speak. A speech before it ends here; a point of order only pauses it.

    Refused: floor.not_yours, meeting.*, floor.no_such_turn, floor.has_the_floor, floor.already_spoken, floor.withdrawn,
    floor.other_item, floor.rule_first, floor.just_given, floor.not_entitled, floor.no_speaker, floor.presiding,
    vote.is_open (but for a point of order).
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.RUN_FLOOR)
    sitting.require_while("floor.give")
    return _give(sitting, turn_in(sitting.meeting, turn_id))


@transaction.atomic
def give_next(meeting_id: int, *, expect: int, by: Person, now: datetime) -> Turn:
    """Let the first of the list speak; when the list is done, the first right of reply.

    expect: the turn the button showed. Refused like give_floor, and floor.list_changed, floor.nobody_waiting.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.RUN_FLOOR)
    sitting.require_while("floor.give_next")
    item = sitting.meeting.item
    ahead = (
        [turn for register in (Register.LIST, Register.REPLY) for turn in waiting(item, register, sitting.meeting)]
        if item
        else []
    )
    if not ahead:
        raise Refused("floor.nobody_waiting", _("Nobody is waiting for the floor on this item."))
    if ahead[0].pk != expect:
        raise Refused("floor.list_changed", _("The list has changed. Look who is next, then press again."))
    return _give(sitting, ahead[0])


def _give(sitting: Sitting, turn: Turn) -> Turn:
    meeting, now = sitting.meeting, sitting.now
    current, point = on_floor(meeting)
    _refuse_unless_giveable(sitting, turn, current, point)
    if turn.register != Register.ORDER:
        sitting.require_no_vote()
    sitting.keep(turn)
    is_order = turn.register == Register.ORDER
    had = replies_had(meeting, turn.item)[turn.delegation_id]
    if current and is_order and current.running_since:
        pause(sitting, current)
        sitting.write("floor.paused", **timed(sitting, current), why="point_of_order")
        turn.interrupted = current
    elif current and not is_order:
        end(sitting, current, why="next")
    turn.state, turn.meeting, turn.granted = Turn.State.SPEAKING, meeting, time_for(turn, meeting, had)
    turn.began_at = now
    start(sitting, turn)
    if is_order:
        entry = sitting.write("order.heard", **turn_as(turn), ruling="")
    else:
        entry = sitting.write("floor.given", **turn_as(turn), granted=turn.granted)
    sitting.remember(entry)
    announce(sitting, "floor", "agenda")
    return turn


def _refuse_unless_giveable(sitting: Sitting, turn: Turn, current: Turn | None, point: Turn | None) -> None:
    meeting, now = sitting.meeting, sitting.now
    if turn.state == Turn.State.SPEAKING:
        raise Refused("floor.has_the_floor", _("This delegation already has the floor."))
    if turn.state == Turn.State.ENDED:
        raise Refused(
            "floor.already_spoken", _("This statement has been made. To speak again, ask for the floor again.")
        )
    if turn.state == Turn.State.WITHDRAWN:
        raise Refused("floor.withdrawn", _("This hand was lowered. The delegation has to ask again."))
    if turn.item_id != meeting.item_id and turn.register != Register.ORDER:
        raise Refused("floor.other_item", _("This delegation asked to speak on another item. Take up that item first."))
    if point:
        raise Refused("floor.rule_first", _("Rule on the point of order first."))
    if current and turn.register != Register.ORDER and _given_by_another_desk(sitting, current):
        raise Refused(
            "floor.just_given", _("Another desk gave the floor a moment ago. Look who has it, then press again.")
        )
    if not entitled(turn, meeting, now):
        raise Refused(
            "floor.not_entitled",
            _(
                "This speaker may no longer speak for the delegation. Name another speaker or ask about its credentials."
            ),
        )
    if turn.speaker_id is None and turn.mode == "remote":
        raise Refused("floor.no_speaker", _("Name who will speak for this delegation first."))
    if turn.speaker_id and turn.speaker_id == meeting.presiding_id and turn.capacity != Capacity.CHAIR:
        raise Refused(
            "floor.presiding",
            _("Whoever presides does not speak for their delegation. Hand over the chair or name another speaker."),
        )


def _given_by_another_desk(sitting: Sitting, current: Turn) -> bool:
    if current.began_at is None or sitting.now - current.began_at >= JUST_NOW or sitting.by is None:
        return False
    act = sitting.meeting.acts.filter(kind="floor.given", undone_at=None).order_by("-entry").first()
    return act is not None and act.by_id != sitting.by.pk


@transaction.atomic
def pause_floor(meeting_id: int, turn_id: int, *, by: Person, now: datetime) -> Turn:
    """Stop the clock of this speech; it keeps the floor and the time left.

    Refused: floor.not_yours, meeting.*, floor.no_such_turn, floor.not_running.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.RUN_FLOOR)
    sitting.require_while("floor.pause")
    turn = turn_in(sitting.meeting, turn_id)
    if turn.running_since is None:
        raise Refused("floor.not_running", _("This speech is not running."))
    pause(sitting, turn)
    sitting.remember(sitting.write("floor.paused", **timed(sitting, turn), why="chair"))
    announce(sitting, "floor")
    return turn


@transaction.atomic
def resume_floor(meeting_id: int, turn_id: int, *, by: Person, now: datetime) -> Turn:
    """Let a paused speech go on with the time it had left.

    Refused: floor.not_yours, meeting.*, floor.no_such_turn, floor.not_paused, floor.rule_first.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.RUN_FLOOR)
    sitting.require_while("floor.resume")
    turn = turn_in(sitting.meeting, turn_id)
    if turn.state != Turn.State.SPEAKING or turn.running_since is not None:
        raise Refused("floor.not_paused", _("This speech is not paused."))
    point = on_floor(sitting.meeting).point
    if point and point != turn:
        raise Refused("floor.rule_first", _("Rule on the point of order first."))
    start(sitting, turn)
    sitting.remember(sitting.write("floor.resumed", **timed(sitting, turn), why="chair"))
    announce(sitting, "floor")
    return turn


@transaction.atomic
def end_floor(meeting_id: int, turn_id: int, *, by: Person, now: datetime) -> Turn:
    """End this speech, or a point of order without a ruling: what it interrupted stays paused until resumed.

    By the chair's side, or by the speaker. Refused: floor.not_yours, floor.no_such_turn, floor.not_speaking.
    """
    sitting = sit(meeting_id, by=by, now=now)
    turn = turn_in(sitting.meeting, turn_id)
    own = turn.speaker_id == by.pk and Right.ENTER in sitting.rights
    if own:
        sitting.acting_for = turn.delegation
    else:
        sitting.require(Right.RUN_FLOOR)
    if turn.state != Turn.State.SPEAKING:
        raise Refused("floor.not_speaking", _("This delegation does not have the floor."))
    entry = end(sitting, turn, why="speaker" if own else "chair")
    sitting.remember(entry)
    announce(sitting, "floor")
    return turn


@transaction.atomic
def extend_floor(meeting_id: int, turn_id: int, *, seconds: int, by: Person, now: datetime) -> Turn:
    """Grant this speech so many seconds more (1 to 3600).

    Refused: floor.not_yours, floor.no_such_turn, floor.not_speaking, floor.no_limit, floor.bad_time.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.RUN_FLOOR)
    turn = turn_in(sitting.meeting, turn_id)
    if turn.state != Turn.State.SPEAKING:
        raise Refused("floor.not_speaking", _("This delegation does not have the floor."))
    if not turn.granted:
        raise Refused("floor.no_limit", _("This speech is not limited in time."))
    if not 1 <= seconds <= EXTENSION:
        raise Refused("floor.bad_time", _("Extend by one second to one hour."))
    sitting.keep(turn)
    turn.granted += seconds
    turn.save(update_fields=["granted"])
    sitting.remember(sitting.write("floor.extended", **timed(sitting, turn, seconds=seconds), why="chair"))
    announce(sitting, "floor")
    return turn


@transaction.atomic
def rule(meeting_id: int, turn_id: int, *, ruling: str, by: Person, now: datetime) -> Turn:
    """The chair's ruling on a point of order, at once (GA rule 71): ends it and resumes the speech it interrupted.

    Also on one still waiting, or ended without a ruling. Only whoever may preside rules.
    Refused: chair.not_yours, meeting.*, floor.no_such_turn, floor.not_an_order, floor.ruled, text.*.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.PRESIDE)
    sitting.require_while("floor.rule")
    turn = turn_in(sitting.meeting, turn_id)
    if turn.register != Register.ORDER or turn.state == Turn.State.WITHDRAWN:
        raise Refused("floor.not_an_order", _("There is no point of order to rule on here."))
    if turn.ruling:
        raise Refused("floor.ruled", _("The chair has ruled on this point of order."))
    sitting.keep(turn)
    turn.ruling = plain(ruling, limit=RULING, required=True)
    if turn.running_since is not None:
        pause(sitting, turn)
    turn.state, turn.meeting, turn.ended_at = Turn.State.ENDED, sitting.meeting, turn.ended_at or now
    turn.save(update_fields=["ruling", "state", "meeting", "ended_at"])
    entry = sitting.write("order.ruled", **turn_as(turn), ruling=turn.ruling)
    _resume_after(sitting, turn)
    sitting.remember(entry)
    announce(sitting, "floor")
    return turn


def _resume_after(sitting: Sitting, point: Turn) -> None:
    """The speech this point of order interrupted goes on, unless another is being heard or something has happened to it
    since: it went on and was paused for another reason."""
    current, other = on_floor(sitting.meeting)
    if other or current is None or current.pk != point.interrupted_id or current.running_since is not None:
        return
    if current.spells.filter(began_at__gt=point.began_at).exists():
        return
    start(sitting, current)
    sitting.write("floor.resumed", **timed(sitting, current), why="point_of_order")


@transaction.atomic
def stop_unentitled(meeting_id: int, *, now: datetime) -> None:
    """Take the floor from whoever lost the right to it: credentials withdrawn, delegation suspended, person removed.

    Called after every change of standing (summit/live.py). Hands stay on the list: the right may come back.
    """
    sitting = sit(meeting_id, by=None, now=now)
    if stop_where_unentitled(sitting):
        announce(sitting, "floor")

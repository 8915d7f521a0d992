"""The speakers' list of an item: closing, opening, and the chair's hand in its order."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.agenda.models import Item
from summit.agenda.sitting import Sitting, sit
from summit.errors import Refused
from summit.floor.models import Register, Turn
from summit.floor.order import moved
from summit.floor.queries import item_in, turn_in, waiting
from summit.floor.topics import announce
from summit.people.models import Person
from summit.record.queries import item_as
from summit.record.text import plain
from summit.rights import Right

REASON = 200  # characters


@transaction.atomic
def close_list(meeting_id: int, item_id: int, *, by: Person, now: datetime) -> Item:
    """Declare the list of this item closed. Points of order and rights of reply go on (GA rule 73).

    Refused: floor.not_yours, meeting.over, floor.no_such_item, floor.list_is_closed.
    """
    sitting, item = _list_of(meeting_id, item_id, "list.close", by, now)
    if item.list_state == Item.List.CLOSED:
        raise Refused("floor.list_is_closed", _("The list is closed already."))
    return _set(sitting, item, Item.List.CLOSED)


@transaction.atomic
def open_list(meeting_id: int, item_id: int, *, by: Person, now: datetime) -> Item:
    """Open the list of this item, or open it again.

    Refused: floor.not_yours, meeting.over, floor.no_such_item, floor.list_is_open.
    """
    sitting, item = _list_of(meeting_id, item_id, "list.open", by, now)
    if item.list_state == Item.List.OPEN:
        raise Refused("floor.list_is_open", _("The list is open already."))
    return _set(sitting, item, Item.List.OPEN)


def _list_of(meeting_id: int, item_id: int, act: str, by: Person, now: datetime) -> tuple[Sitting, Item]:
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.RUN_FLOOR)
    sitting.require_while(act)
    return sitting, item_in(sitting.meeting, item_id)


def _set(sitting: Sitting, item: Item, state: str) -> Item:
    sitting.keep(item)
    item.list_state = state
    item.save(update_fields=["list_state"])
    if sitting.meeting.item_id == item.pk:
        sitting.meeting.item = item  # what is announced shows the new state
    kind = "list.opened" if state == Item.List.OPEN else "list.closed"
    turns = [turn.pk for turn in waiting(item, Register.LIST, sitting.meeting)]
    sitting.remember(sitting.write(kind, item=item_as(item), turns=turns, reason=""))
    announce(sitting, "floor", "agenda")
    return item


@transaction.atomic
def move(meeting_id: int, turn_id: int, *, before: int | None, reason: str = "", by: Person, now: datetime) -> Turn:
    """Put a waiting turn right before another of the same register (None: last). The journal keeps the reason.

    Refused: floor.not_yours, meeting.over, floor.no_such_turn, floor.not_waiting, text.*.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.RUN_FLOOR)
    sitting.require_while("floor.move")
    turn = turn_in(sitting.meeting, turn_id)
    if turn.state != Turn.State.WAITING:
        raise Refused("floor.not_waiting", _("This hand is not up any more."))
    said = plain(reason, limit=REASON)
    turns = waiting(turn.item, turn.register, sitting.meeting)
    try:
        places = moved(turns, turn.pk, before, groups_first=sitting.meeting.groups_first)
    except KeyError as error:
        raise Refused("floor.no_such_turn", _("This hand is no longer there. Look at the list again.")) from error
    for each in turns:
        if each.pk in places and each.position != places[each.pk]:
            sitting.keep(each)
            each.position = places[each.pk]
            each.save(update_fields=["position"])
    order = [each.pk for each in waiting(turn.item, turn.register, sitting.meeting)]
    sitting.remember(sitting.write("list.reordered", item=item_as(turn.item), turns=order, reason=said))
    announce(sitting, "floor")
    turn.refresh_from_db(fields=["position"])
    return turn

"""Asking for the floor: a hand belongs to the delegation and stays until it is withdrawn or called."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from summit.agenda.models import Item, Meeting
from summit.agenda.queries import standings_of
from summit.agenda.sitting import Sitting, sit
from summit.attendance.models import Mode
from summit.attendance.queries import modes_of
from summit.delegations.models import Delegation
from summit.errors import Refused
from summit.floor.models import Capacity, Register, Turn
from summit.floor.queries import RIGHT_TO, delegation_in, entitled, replies_had, turn_as, turn_in
from summit.floor.topics import announce
from summit.groups.models import Group
from summit.groups.queries import groups_of
from summit.people.models import Person
from summit.record.text import plain
from summit.rights import Right, delegations_for

if TYPE_CHECKING:
    from summit.record.models import Entry

REPLIES = 2  # rights of reply a delegation has on one item at one meeting (GA decision 34/401)
GROUP_NAME = 120  # characters
_OBSERVERS = {"observer", "igo", "ngo"}


@transaction.atomic
def raise_hand(
    meeting_id: int,
    *,
    by: Person,
    now: datetime,
    register: str = Register.LIST,
    capacity: str = Capacity.NATIONAL,
    on_behalf_of: str = "",
    delegation_id: int | None = None,
    mode: str | None = None,
) -> Turn:
    """Ask for the floor on the item being taken, for the delegation this person speaks for.

    delegation_id: needed by whoever speaks for several. mode: None where the delegation is counted present decides.
    Observers always speak as such. Refused: meeting.*, floor.may_not_ask, floor.which_delegation, floor.presiding,
    and all of `_raise`.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.ENTER)
    delegation = _own_delegation(sitting, register, delegation_id)
    sitting.acting_for = delegation
    if by.pk == sitting.meeting.presiding_id and capacity != Capacity.CHAIR:
        raise Refused(
            "floor.presiding",
            _("Whoever presides does not speak for their delegation. Hand over the chair or name another speaker."),
        )
    if capacity == Capacity.CHAIR and not sitting.standing.offices & {"chair", "deputy"}:
        raise Refused("floor.not_an_officer", _("Only a chair of this meeting speaks in that capacity."))
    mode = mode or (Mode.HALL if modes_of(sitting.meeting, delegation.pk) == {Mode.HALL} else Mode.REMOTE)
    turn = _new(sitting, delegation, register, capacity, on_behalf_of, mode=mode, speaker=by)
    _raise(sitting, turn)
    announce(sitting, "floor", "agenda")
    return turn


@transaction.atomic
def raise_for_hall(
    meeting_id: int,
    delegation_id: int,
    *,
    by: Person,
    now: datetime,
    register: str = Register.LIST,
    capacity: str = Capacity.NATIONAL,
    on_behalf_of: str = "",
    speaker_id: int | None = None,
) -> Turn:
    """Ask for the floor for a delegation that sits in the hall, at an officer's desk; on the same terms as remote.

    Refused: hall.not_yours, hall.not_present, floor.no_such_delegation, floor.not_a_member, floor.may_not_ask, and
    all of `_raise`.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.RUN_HALL)
    delegation = delegation_in(sitting.meeting, delegation_id)
    if Mode.HALL not in modes_of(sitting.meeting, delegation.pk):
        raise Refused("hall.not_present", _("Mark the delegation present in the hall first."))
    speaker = _member(sitting, delegation, register, speaker_id) if speaker_id is not None else None
    if capacity == Capacity.CHAIR:
        capacity = Capacity.NATIONAL  # an officer's desk asks for delegations only
    turn = _new(sitting, delegation, register, capacity, on_behalf_of, mode=Mode.HALL, speaker=speaker)
    if not entitled(turn, sitting.meeting, now):
        raise _may_not_ask()
    entry = _raise(sitting, turn)
    sitting.rows.made(turn)
    sitting.remember(entry)
    announce(sitting, "floor", "agenda")
    return turn


def _new(
    sitting: Sitting, delegation: Delegation, register: str, capacity: str, on_behalf_of: str, *, mode: str,
    speaker: Person | None,
) -> Turn:  # fmt: skip
    if register not in Register.values or capacity not in Capacity.values:
        raise Refused("floor.bad_request", _("This is not a way to ask for the floor. Reload the page."))
    if capacity == Capacity.NATIONAL and delegation.category in _OBSERVERS:
        capacity = Capacity.OBSERVER
    group, typed = _group(sitting, delegation, on_behalf_of) if capacity == Capacity.GROUP else (None, "")
    return Turn(
        delegation=delegation, register=register, capacity=capacity, group=group, on_behalf_of=typed, mode=mode,
        speaker=speaker, asked_at=sitting.now, asked_by=sitting.by,
    )  # fmt: skip


def _group(sitting: Sitting, delegation: Delegation, named: str) -> tuple[Group | None, str]:
    """The group one speaks for, by its code, or its name as typed where the summit has named no groups.

    Refused: floor.on_whose_behalf, floor.not_in_group, text.*.
    """
    typed = plain(named, limit=GROUP_NAME)
    if not typed:
        raise Refused("floor.on_whose_behalf", _("Name the group you speak for."))
    if not Group.objects.filter(summit=sitting.meeting.summit_id).exists():
        return None, typed
    group = groups_of(delegation.pk, sitting.now).filter(code=typed).first()
    if group is None:
        raise Refused(
            "floor.not_in_group",
            _("Your delegation does not belong to this group now. The secretariat keeps the groups and their members."),
        )
    return group, ""


def _raise(sitting: Sitting, turn: Turn) -> Entry:
    """Put a new turn on the register of the item being taken.

    Closing the list blocks neither points of order nor rights of reply (GA rules 71 and 73).
    Refused: floor.no_item, floor.list_closed, floor.replies_used, floor.hand_is_up, meeting.*.
    """
    meeting = sitting.meeting
    if turn.register == Register.ORDER:
        sitting.require_state(Meeting.State.OPEN)
    else:
        sitting.require_state(Meeting.State.OPEN, Meeting.State.SUSPENDED)
    if meeting.item is None:
        raise Refused(
            "floor.no_item", _("The chair has not taken up an item yet. Ask for the floor once it is announced.")
        )
    turn.item = meeting.item
    if turn.register == Register.ORDER:
        turn.meeting = meeting
        if meeting.turns.filter(state=Turn.State.WAITING, delegation=turn.delegation).exists():  # on an item before
            raise _is_up()
    if turn.register == Register.LIST and meeting.item.list_state == Item.List.CLOSED:
        raise Refused(
            "floor.list_closed",
            _("The list of speakers on this item is closed. You may still ask for a right of reply."),
        )
    if turn.register == Register.REPLY and replies_had(meeting, meeting.item)[turn.delegation_id] >= REPLIES:
        raise Refused("floor.replies_used", _("Your delegation has used both rights of reply on this item."))
    try:
        with transaction.atomic():
            turn.save(force_insert=True)
    except IntegrityError as error:  # one_hand_a_delegation: also when two of its members press at once
        raise _is_up() from error
    return sitting.write("order.raised" if turn.register == Register.ORDER else "hand.raised", **turn_as(turn))


def _is_up() -> Refused:
    return Refused("floor.hand_is_up", _("Your delegation's hand is already up."))


def _own_delegation(sitting: Sitting, register: str, delegation_id: int | None) -> Delegation:
    right = RIGHT_TO.get(register, Right.ASK)
    mine = delegations_for(sitting.standing, right, openness=sitting.meeting.openness)
    if delegation_id is None and len(mine) > 1:
        raise Refused("floor.which_delegation", _("Say for which of your delegations you ask."))
    wanted = delegation_id if delegation_id is not None else next(iter(mine), None)
    if wanted is None or wanted not in mine:
        raise _may_not_ask()
    return delegation_in(sitting.meeting, wanted)


def _may_not_ask() -> Refused:
    return Refused(
        "floor.may_not_ask",
        _("This delegation may not ask for this in the meeting. The secretariat can tell what its credentials allow."),
    )


def _member(sitting: Sitting, delegation: Delegation, register: str, person_id: int) -> Person:
    standing = standings_of([person_id], sitting.meeting, sitting.now)[person_id]
    if delegation.pk not in delegations_for(standing, RIGHT_TO[register], openness=sitting.meeting.openness):
        raise Refused("floor.not_a_member", _("This person does not speak for the delegation now. Choose another."))
    return Person.objects.get(pk=person_id)


@transaction.atomic
def lower_hand(meeting_id: int, turn_id: int, *, by: Person, now: datetime) -> Turn:
    """Withdraw a hand: by its own delegation, or from the desk; by the hall's desk where the delegation sits there.

    Refused: floor.not_yours, hall.not_yours, floor.no_such_turn, floor.not_waiting.
    """
    sitting = sit(meeting_id, by=by, now=now)
    turn = turn_in(sitting.meeting, turn_id)
    own = turn.delegation_id in {post.delegation for post in sitting.standing.posts} and Right.ENTER in sitting.rights
    if own:
        sitting.acting_for = turn.delegation
    elif turn.mode == Mode.HALL and Right.RUN_HALL in sitting.rights:
        sitting.require(Right.RUN_HALL)
    else:
        sitting.require(Right.RUN_FLOOR)
    if turn.state != Turn.State.WAITING:
        raise Refused("floor.not_waiting", _("This hand is not up any more."))
    sitting.keep(turn)
    turn.state, turn.ended_at = Turn.State.WITHDRAWN, now
    turn.save(update_fields=["state", "ended_at"])
    entry = sitting.write("hand.lowered", **turn_as(turn))
    if not own:
        sitting.remember(entry)
    announce(sitting, "floor", "agenda")
    return turn


@transaction.atomic
def set_speaker(meeting_id: int, turn_id: int, person_id: int | None, *, by: Person, now: datetime) -> Turn:
    """Name who will speak (None: not known yet, hall only), before or during delivery.

    By the delegation itself or the desk. Refused: floor.not_yours, floor.no_such_turn, floor.not_waiting,
    floor.not_a_member, floor.no_speaker, floor.presiding (during delivery).
    """
    sitting = sit(meeting_id, by=by, now=now)
    turn = turn_in(sitting.meeting, turn_id)
    if turn.delegation_id in delegations_for(
        sitting.standing, RIGHT_TO[turn.register], openness=sitting.meeting.openness
    ):
        sitting.acting_for = turn.delegation
    elif turn.mode == Mode.HALL and Right.RUN_HALL in sitting.rights:
        sitting.require(Right.RUN_HALL)
    else:
        sitting.require(Right.RUN_FLOOR)
    if turn.state not in {Turn.State.WAITING, Turn.State.SPEAKING}:
        raise Refused("floor.not_waiting", _("This hand is not up any more."))
    if person_id is None and turn.mode == Mode.REMOTE:
        raise Refused("floor.no_speaker", _("Name who will speak for this delegation first."))
    if turn.state == Turn.State.SPEAKING and person_id == sitting.meeting.presiding_id is not None:
        raise Refused(
            "floor.presiding",
            _("Whoever presides does not speak for their delegation. Hand over the chair or name another speaker."),
        )
    sitting.keep(turn)
    turn.speaker = _member(sitting, turn.delegation, turn.register, person_id) if person_id is not None else None
    turn.save(update_fields=["speaker"])
    entry = sitting.write("speaker.named", **turn_as(turn))
    if not sitting.acting_for:
        sitting.remember(entry)
    announce(sitting, "floor")
    return turn

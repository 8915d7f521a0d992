"""Delegations come and go, in the hall or remotely."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit import live
from summit.agenda.models import Meeting
from summit.agenda.sitting import Sitting, sit
from summit.attendance import queries
from summit.attendance.models import Mode, Presence
from summit.delegations.models import Delegation
from summit.errors import Refused
from summit.people.models import Person
from summit.record.queries import delegation_as
from summit.rights import Right

_BEFORE_THE_END = (Meeting.State.PLANNED, Meeting.State.OPEN, Meeting.State.SUSPENDED, Meeting.State.ADJOURNED)


@transaction.atomic
def arrive(meeting_id: int, delegation_id: int, mode: str, *, by: Person | None, now: datetime) -> Presence:
    """This delegation is present in this mode from now on. Marked again, nothing happens.

    In the hall: by the hall's desk. Remotely: by one of its members, or `None` (the machine, which sees the seats).
    Refused: hall.not_yours, meeting.no_entry, meeting.over, attendance.no_such_delegation.
    """
    sitting, delegation = _sit(meeting_id, delegation_id, mode, by, now)
    sitting.require_state(*_BEFORE_THE_END)
    there = Presence.objects.filter(meeting=sitting.meeting, delegation=delegation, mode=mode, left_at=None).first()
    if there:
        return there
    row = Presence.objects.create(meeting=sitting.meeting, delegation=delegation, mode=mode, arrived_at=now)
    sitting.write("attendance.arrived", delegation=delegation_as(delegation), mode=str(mode))
    _announce(sitting)
    return row


@transaction.atomic
def leave(meeting_id: int, delegation_id: int, mode: str, *, by: Person | None, now: datetime) -> None:
    """This delegation is no longer present in this mode. Marked again, nothing happens. Refused like `arrive`."""
    sitting, delegation = _sit(meeting_id, delegation_id, mode, by, now)
    row = Presence.objects.filter(meeting=sitting.meeting, delegation=delegation, mode=mode, left_at=None).first()
    if row is None:
        return
    row.left_at = now
    row.save(update_fields=["left_at"])
    sitting.write("attendance.left", delegation=delegation_as(delegation), mode=str(mode))
    _announce(sitting)


def _sit(
    meeting_id: int, delegation_id: int, mode: str, by: Person | None, now: datetime
) -> tuple[Sitting, Delegation]:
    sitting = sit(meeting_id, by=by, now=now)
    delegation = Delegation.objects.filter(summit=sitting.meeting.summit_id, pk=delegation_id).first()
    if delegation is None or mode not in Mode.values:
        raise Refused("attendance.no_such_delegation", _("This delegation does not take part in the summit."))
    own = delegation.pk in {post.delegation for post in sitting.standing.posts}
    if own and mode == Mode.REMOTE:
        sitting.require(Right.ENTER)
        sitting.acting_for = delegation
    else:
        sitting.require(Right.RUN_HALL)
    return sitting, delegation


def _announce(sitting: Sitting) -> None:
    live.publish(sitting.meeting.pk, sitting.grow(), {"attendance": queries.state(sitting.meeting)})

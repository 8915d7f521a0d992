"""Out of the room, and in again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit import live
from summit.agenda.models import Meeting, Removal
from summit.agenda.sitting import sit
from summit.credentials.queries import accredited
from summit.errors import Refused
from summit.floor.speech import stop_where_unentitled
from summit.floor.topics import announce
from summit.people.models import Person
from summit.record.models import Entry
from summit.record.queries import person_as
from summit.record.text import plain
from summit.rights import Right

REASON = 200  # characters
_NOT_CLOSED = (Meeting.State.PLANNED, Meeting.State.OPEN, Meeting.State.SUSPENDED, Meeting.State.ADJOURNED)


@transaction.atomic
def remove_person(meeting_id: int, person_id: int, *, reason: str, by: Person, now: datetime) -> Removal:
    """Ask someone out of the meeting: they lose every right in it until readmitted, and the floor at once.

    Only officers read the entry. Refused: floor.not_yours, meeting.over, text.*, chair.no_such_person,
    chair.removes_presiding, chair.removed.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.PRESIDE, Right.RUN_FLOOR)
    sitting.require_while("person.remove")
    meeting = sitting.meeting
    said = plain(reason, limit=REASON, required=True)
    if person_id not in accredited([person_id], meeting.summit_id):
        raise Refused("chair.no_such_person", _("This person does not take part in the summit."))
    presiding = sitting.chair()  # before the opening: whoever will
    if person_id in {presiding.pk if presiding else None, by.pk}:
        raise Refused(
            "chair.removes_presiding", _("Whoever presides, or acts, cannot be removed. Hand over the chair first.")
        )
    if meeting.removals.filter(person=person_id, lifted_at=None).exists():
        raise Refused("chair.removed", _("This person was asked to leave already."))
    row = meeting.removals.create(person_id=person_id, reason=said, at=now)
    sitting.rows.made(row)
    topics = ["floor"] if stop_where_unentitled(sitting) else []
    entry = sitting.write("person.removed", audience=Entry.Audience.OFFICERS, person=person_as(row.person), reason=said)
    sitting.remember(entry)
    live.standing(meeting.pk, [person_id])
    announce(sitting, *topics)
    return row


@transaction.atomic
def readmit_person(meeting_id: int, person_id: int, *, by: Person, now: datetime) -> Removal:
    """Let someone in again. Refused: floor.not_yours, meeting.over, chair.not_removed."""
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.PRESIDE, Right.RUN_FLOOR)
    sitting.require_while("person.readmit")
    row = sitting.meeting.removals.filter(person=person_id, lifted_at=None).select_related("person").first()
    if row is None:
        raise Refused("chair.not_removed", _("This person was not asked to leave."))
    sitting.keep(row)
    row.lifted_at = now
    row.save(update_fields=["lifted_at"])
    entry = sitting.write(
        "person.readmitted", audience=Entry.Audience.OFFICERS, person=person_as(row.person), reason=""
    )
    sitting.remember(entry)
    live.standing(sitting.meeting.pk, [person_id])
    announce(sitting)
    return row

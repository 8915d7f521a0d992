"""Who of the staff does what for a summit: giving a task, and taking it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.credentials.models import AccreditationState
from summit.errors import Refused
from summit.people.actions import tell_standing
from summit.people.models import Person, StaffTask, Task
from summit.people.queries import acting, refuse_unless_organiser
from summit.record import actions as record
from summit.record.models import Entry
from summit.summits.models import Summit


@transaction.atomic
def give_task(summit_id: int, person_id: int, task: str, *, by: Person | None, now: datetime) -> StaffTask:
    """From now on this person does this task for this summit, and open rooms know it.

    Refused: organiser.required, task.unknown, task.twice, task.not_enrolled, task.not_secretariat (organisers sit with
    the secretariat).
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    if task not in Task.values:
        raise Refused("task.unknown", _("There is no such task. Choose one of the list."))
    row = summit.accreditations.select_related("person__account").filter(person=person_id).first()
    if row is None or row.person.account is None or row.state == AccreditationState.WITHDRAWN:
        raise Refused("task.not_enrolled", _("This person has not signed in yet. Send them an invitation first."))
    seats = row.person.memberships.filter(delegation__summit=summit, delegation__category="secretariat")
    if task == Task.ORGANISER and not seats.exists():
        raise Refused("task.not_secretariat", _("Organisers sit with the secretariat. Appoint them there first."))
    if StaffTask.objects.filter(summit=summit, person=person_id, task=task, ended_at=None).exists():
        raise Refused("task.twice", _("This person has this task already."))
    given = StaffTask.objects.create(summit=summit, person=row.person, task=task, given_at=now)
    _may_use_admin(row.person, True)
    _record(given, "task.given", by, now)
    return given


@transaction.atomic
def end_task(summit_id: int, person_id: int, task: str, *, by: Person | None, now: datetime) -> StaffTask:
    """The task ends now. Refused: organiser.required, task.over, task.own (organisers cannot lock themselves out)."""
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    row = StaffTask.objects.select_related("person__account").filter(
        summit=summit, person=person_id, task=task, ended_at=None
    ).first()  # fmt: skip
    if row is None:
        raise Refused("task.over", _("This person does not have this task now."))
    if task == Task.ORGANISER and by == row.person:
        raise Refused("task.own", _("Ask another organiser to take this from you."))
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    _may_use_admin(row.person, row.person.staff_tasks.filter(ended_at=None).exists())
    _record(row, "task.ended", by, now)
    return row


def _may_use_admin(person: Person, on: bool) -> None:
    """The door to the organisers' pages; what stands behind it is each summit's to give."""
    if (account := person.account) and account.is_staff != on and not account.is_superuser:
        account.is_staff = on
        account.save(update_fields=["is_staff"])


def _record(row: StaffTask, kind: str, by: Person | None, now: datetime) -> None:
    record.write(
        row.summit, kind, at=now, actor=acting(by, row.summit, now), audience=Entry.Audience.OFFICERS,
        subject=acting(row.person, row.summit, now), task=row.task,
    )  # fmt: skip
    tell_standing(row.summit, [row.person_id])

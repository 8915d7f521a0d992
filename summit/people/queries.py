"""Who is behind an account, who organises a summit, and as whom they act."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from summit.errors import Refused
from summit.people.models import Person, StaffTask, Task
from summit.record.queries import person_as
from summit.summits.models import Summit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from summit.people.models import User


def person_of(user: User | AnonymousUser) -> Person | None:
    """The person of an account that is signed in; None for strangers and for accounts without a person."""
    if not user.is_authenticated or not user.is_active:
        return None
    person: Person | None = getattr(user, "person", None)  # asked once a request: Django keeps it on the user
    return person


def summits_organised_by(person: Person | None, now: datetime) -> QuerySet[Summit]:
    """The summits this person organises: that is their task, they are accredited there and sit with its secretariat now.

    A superuser organises all of them.
    """
    tasked = summits_tasked(person, Task.ORGANISER)
    if person is None or (person.account and person.account.is_superuser):
        return tasked
    seated = Q(delegations__category="secretariat", delegations__memberships__person=person)
    seated &= Q(delegations__memberships__starts__isnull=True) | Q(delegations__memberships__starts__lte=now)
    seated &= Q(delegations__memberships__ends__isnull=True) | Q(delegations__memberships__ends__gt=now)
    return tasked.filter(seated).distinct()


def summits_tasked(person: Person | None, *tasks: str) -> QuerySet[Summit]:
    """The summits where this person has one of these tasks and is accredited. A superuser has every task everywhere."""
    account = person.account if person else None
    if person is None or account is None or not account.is_active or not account.is_staff:
        return Summit.objects.none()
    if account.is_superuser:
        return Summit.objects.all()
    given = StaffTask.objects.filter(person=person, task__in=tasks, ended_at=None).values("summit")
    accredited = person.accreditations.filter(state__in=("approved", "badged")).values("summit")
    return Summit.objects.filter(Q(pk__in=given), pk__in=accredited)


def summits_worked_at(person: Person | None, now: datetime, *tasks: str) -> QuerySet[Summit]:
    """The summits this person organises, and those where they have one of these tasks."""
    found = summits_organised_by(person, now)
    if not tasks:
        return found
    return Summit.objects.filter(Q(pk__in=found.values("pk")) | Q(pk__in=summits_tasked(person, *tasks).values("pk")))


def tasks_now(person: Person | None) -> list[str]:
    """The tasks this person has in any summit; a superuser, and staff who have none yet, count as organisers."""
    account = person.account if person else None
    if person is None or account is None or not account.is_active or not account.is_staff:
        return []
    held = [] if account.is_superuser else list(person.staff_tasks.filter(ended_at=None).values_list("task", flat=True))
    return held or [Task.ORGANISER.value]


def may_found(person: Person | None) -> bool:
    """Whether this person may found a summit: staff, but not who was given only some of the tasks of another one."""
    return Task.ORGANISER in tasks_now(person)


def desks(person: Person | None, now: datetime) -> dict[int, set[str]]:
    """{summit: this person's tasks there}, all of them for an organiser."""
    found: dict[int, set[str]] = {
        pk: set(Task) for pk in summits_organised_by(person, now).values_list("pk", flat=True)
    }
    rows = StaffTask.objects.filter(person=person, ended_at=None, summit__in=summits_tasked(person, *Task))
    for pk, task in rows.values_list("summit", "task"):
        if task != Task.ORGANISER:
            found.setdefault(pk, set()).add(task)
    return found


def tasks_held(persons: Iterable[int], summit_id: int) -> QuerySet[StaffTask]:
    """The tasks these persons have in this summit."""
    return StaffTask.objects.filter(summit=summit_id, person__in=persons, ended_at=None)


def organises(person: Person | None, summit: Summit, now: datetime) -> bool:
    """Whether this person organises this summit."""
    return summits_organised_by(person, now).filter(pk=summit.pk).exists()


def refuse_unless_organiser(person: Person | None, summit: Summit, now: datetime) -> None:
    """Refused: organiser.required. `None` is the machine itself, which may."""
    if person is not None and not organises(person, summit, now):
        raise Refused("organiser.required", _("Only the organisers of this summit may do this."))


def refuse_unless_tasked(person: Person | None, summit: Summit, now: datetime, *tasks: str) -> None:
    """Refused: organiser.required. Organisers may, and who has one of these tasks in this summit."""
    if person is not None and not summits_worked_at(person, now, *tasks).filter(pk=summit.pk).exists():
        raise Refused("organiser.required", _("This is not among your tasks in this summit. Ask its organisers."))


def refuse_if_colleague(by: Person | None, person: Person, summit: Summit, now: datetime) -> None:
    """Refused: organiser.required. Entry and seat of an organiser are the organisers' own matter, no desk's."""
    if by is not None and tasks_held([person.pk], summit.pk).filter(task=Task.ORGANISER).exists():
        refuse_unless_organiser(by, summit, now)


def acting(person: Person | None, summit: Summit, now: datetime) -> dict[str, Any] | None:
    """The actor of a journal entry of this summit: the person with the delegation and function they have now, else those
    they will have."""
    if person is None:
        return None
    rows = person.memberships.filter(delegation__summit=summit).filter(Q(ends__isnull=True) | Q(ends__gt=now))
    to_come = Case(When(starts__gt=now, then=1), default=0)
    membership = rows.select_related("delegation").order_by(to_come, "pk").first()
    if membership is None:
        return person_as(person)
    return person_as(person, delegation=membership.delegation, function=membership.function)

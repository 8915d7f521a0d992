"""Who is behind an account, who organises a summit, and as whom they act."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from summit.errors import Refused
from summit.people.models import Person
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
    """The summits this person organises: staff who are accredited there and sit with its secretariat now.

    A superuser organises all of them.
    """
    account = person.account if person else None
    if person is None or account is None or not account.is_active or not account.is_staff:
        return Summit.objects.none()
    if account.is_superuser:
        return Summit.objects.all()
    seated = Q(delegations__category="secretariat", delegations__memberships__person=person)
    seated &= Q(delegations__memberships__starts__isnull=True) | Q(delegations__memberships__starts__lte=now)
    seated &= Q(delegations__memberships__ends__isnull=True) | Q(delegations__memberships__ends__gt=now)
    accredited = person.accreditations.filter(state__in=("approved", "badged")).values("summit")
    return Summit.objects.filter(seated, pk__in=accredited).distinct()


def organises(person: Person | None, summit: Summit, now: datetime) -> bool:
    """Whether this person organises this summit."""
    return summits_organised_by(person, now).filter(pk=summit.pk).exists()


def refuse_unless_organiser(person: Person | None, summit: Summit, now: datetime) -> None:
    """Refused: organiser.required. `None` is the machine itself, which may."""
    if person is not None and not organises(person, summit, now):
        raise Refused("organiser.required", _("Only the organisers of this summit may do this."))


def acting(person: Person | None, summit: Summit, now: datetime) -> dict[str, Any] | None:
    """The actor of a journal entry of this summit: the person with the delegation and function they have now."""
    if person is None:
        return None
    rows = person.memberships.filter(delegation__summit=summit).filter(Q(ends__isnull=True) | Q(ends__gt=now))
    membership = rows.select_related("delegation").order_by("pk").first()
    if membership is None:
        return person_as(person)
    return person_as(person, delegation=membership.delegation, function=membership.function)

"""Reading accreditation and credentials."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q, QuerySet

from summit.credentials.models import Accreditation, AccreditationState, Credentials, FullPowers, Suspension
from summit.delegations.models import Delegation, Function
from summit.delegations.queries import memberships_of
from summit.people.models import Person
from summit.people.queries import organises
from summit.summits.models import Summit

MAY_ENTER = (AccreditationState.APPROVED, AccreditationState.BADGED)
MAY_HAND_IN = (Function.HEAD, Function.DEPUTY)  # of a delegation: its letters


def summits_for(person: Person) -> QuerySet[Summit]:
    """The summits this person may enter, newest first."""
    return Summit.objects.filter(accreditations__person=person, accreditations__state__in=MAY_ENTER)


def accredited(persons: Iterable[int], summit_id: int) -> set[int]:
    """Which of these persons may enter this summit."""
    rows = Accreditation.objects.filter(summit=summit_id, person__in=list(persons), state__in=MAY_ENTER)
    return set(rows.values_list("person_id", flat=True))


def everybody(summit_id: int) -> set[int]:
    """The persons who may enter this summit."""
    return set(Accreditation.objects.filter(summit=summit_id, state__in=MAY_ENTER).values_list("person_id", flat=True))


def credentials_of(delegations: Iterable[int]) -> dict[int, str]:
    """{delegation: state of its credentials}; a delegation that is missing has none."""
    return dict(Credentials.objects.filter(delegation__in=list(delegations)).values_list("delegation_id", "state"))


def suspended(delegations: Iterable[int]) -> set[int]:
    """Which of these delegations are suspended: proposed by one person, confirmed by another, not lifted."""
    rows = Suspension.objects.filter(
        delegation__in=list(delegations), confirmed_at__isnull=False, lifted_at__isnull=True
    )
    return set(rows.values_list("delegation_id", flat=True))


def may_hand_in(person: Person | None, delegation: Delegation, now: datetime) -> bool:
    """Who sees a delegation's letters and may hand one in: its head, deputies and focal points, and the organisers."""
    if person is None:
        return False
    if organises(person, delegation.summit, now):
        return True
    if person.pk not in accredited([person.pk], delegation.summit_id):
        return False
    if delegation.focal_points.filter(person=person, ended_at=None).exists():
        return True
    held = memberships_of([person.pk], delegation.summit_id, now)
    return held.filter(delegation=delegation, function__in=MAY_HAND_IN).exists()


def powers_in_force(on: date) -> QuerySet[FullPowers]:
    """Full powers that hold on this day."""
    rows = FullPowers.objects.filter(revoked_at=None, issued_on__lte=on)
    return rows.filter(Q(expires_on=None) | Q(expires_on__gte=on))


def may_perform(person: Person, delegation: Delegation, scope: str, treaty: str, on: date) -> FullPowers | None:
    """The full powers by which this person may do this for the delegation on this day; None where there are none.

    What signs a treaty asks here. Heads of State and Government and Foreign Ministers need none (VCLT 7(2)(a)): that
    is for who asks to know.
    """
    rows = powers_in_force(on).filter(person=person, delegation=delegation, treaty=treaty)
    return next((row for row in rows if scope in row.scopes), None)

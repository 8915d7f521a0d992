"""Reading accreditation and credentials."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from summit.credentials.models import Accreditation, AccreditationState, Credentials, Suspension
from summit.people.models import Person
from summit.summits.models import Summit

MAY_ENTER = (AccreditationState.APPROVED, AccreditationState.BADGED)


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

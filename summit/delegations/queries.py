"""Reading delegations and who speaks for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from summit.delegations.models import ActingHead, Delegation, Function, Membership
from summit.people.models import Person
from summit.summits.models import Summit


def holding(now: datetime) -> Q:
    """Rows with `starts` and `ends` that hold now: from … (inclusive) to … (exclusive), open ends allowed."""
    began = Q(starts__isnull=True) | Q(starts__lte=now)
    return began & (Q(ends__isnull=True) | Q(ends__gt=now))


def memberships_of(persons: Iterable[int], summit_id: int, now: datetime) -> QuerySet[Membership]:
    """The memberships these persons hold now in delegations of this summit, with their delegation."""
    rows = Membership.objects.filter(holding(now), person__in=list(persons), delegation__summit=summit_id)
    return rows.select_related("delegation").order_by("pk")


def in_protocol_order(summit: Summit, language: str | None = None) -> list[Delegation]:
    """A summit's delegations in protocol order of this language (the summit's own when None)."""
    code = language or summit.protocol_language
    rows = list(summit.delegations.select_related("credentials"))
    return sorted(rows, key=lambda d: (d.order.get(code, d.order.get("en", 10**6)), d.code))


def delegations_of(person: Person, summit: Summit, now: datetime) -> list[Delegation]:
    """The delegations this person speaks for now."""
    return [row.delegation for row in memberships_of([person.pk], summit.pk, now)]


def with_acting(rows: QuerySet[Membership], meeting_id: int) -> QuerySet[Membership]:
    """These memberships, told whether they head their delegation in this meeting (`function_in`). No further query."""
    acting = ActingHead.objects.filter(meeting=meeting_id, delegation=OuterRef("delegation"), person=OuterRef("person"))
    return rows.annotate(heads_here=Exists(acting))


def function_in(membership: Membership) -> str:
    """The function in the meeting `with_acting` was asked about: an acting head is the head there."""
    return Function.HEAD if getattr(membership, "heads_here", False) else membership.function

"""Retention: how long personal data is kept, deleting it when its time is over, and erasing one person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.credentials.models import AccreditationState
from summit.errors import Refused
from summit.people.actions import refuse_if_shared
from summit.people.models import Person
from summit.people.queries import acting, refuse_unless_organiser, summits_organised_by
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.text import REASON, plain
from summit.retention import holdings
from summit.retention.kinds import DELETE
from summit.retention.models import Kind, Period, Purge
from summit.retention.queries import days_of, is_over
from summit.summits.models import Summit

LONGEST = 3650  # days


@transaction.atomic
def set_period(summit_id: int, kind: str, days: int, *, by: Person | None, now: datetime) -> Period:
    """Keep this kind for so many days after the last day of the summit. Refused: organiser.required, retention.days."""
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    if kind not in Kind.values or not 0 <= days <= LONGEST:
        raise Refused("retention.days", _("Choose a number of days from 0 to 3650."))
    row, _made = Period.objects.update_or_create(summit=summit, kind=kind, defaults={"days": days})
    record.write(
        summit, "retention.set", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        data=kind, days=days,
    )  # fmt: skip
    return row


@transaction.atomic
def set_periods_as_in(source_id: int, summit_id: int, *, by: Person, now: datetime) -> list[Period]:
    """The periods of an earlier summit that one organises, here too. Refused: organiser.required."""
    rows = summits_organised_by(by, now).get(pk=source_id).periods.order_by("kind")
    return [set_period(summit_id, row.kind, row.days, by=by, now=now) for row in rows]


def purge_all(now: datetime) -> int:
    """Delete everything whose time is over, in all summits; how many rows. One transaction a summit and kind."""
    return sum(
        purge(summit.pk, kind, now=now)
        for summit in Summit.objects.order_by("pk")
        for kind, days in days_of(summit).items()
        if kind in DELETE and is_over(summit, days, now)
    )


@transaction.atomic
def purge(summit_id: int, kind: str, *, now: datetime) -> int:
    """Delete one kind of a summit, by the machine; what was deleted is logged, and stands in the journal as a number."""
    summit = Summit.objects.lock(summit_id)
    count = DELETE[kind](summit, now)
    if count:
        Purge.objects.create(summit=summit, kind=kind, count=count, at=now)
        record.write(
            summit, "retention.purged", at=now, actor=None, audience=Entry.Audience.OFFICERS, data=kind, count=count
        )
    return count


@transaction.atomic
def erase_person(person_id: int, summit_id: int, *, by: Person, now: datetime, reason: str) -> Person:
    """Forget who somebody was: account, address, letters to them, chat, seats and photos go; a number takes their name.

    What they said and did in meetings stays in the record under the name it was done in: the record of a public body is
    kept in the public interest (GDPR 17(3)(b), (d)). What officers noted about them elsewhere is withheld from the
    journal: body and salt go, hash and chain stay (docs/architecture.md).
    Refused: organiser.required, person.shared, erase.own, erase.reason, erase.accredited (withdraw it first), erase.twice.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)
    refuse_if_shared(person, by, now)  # organisers of all of them: a desk's task is not enough
    if person == by:
        raise Refused("erase.own", _("Ask another organiser to erase you."))
    why = plain(reason, limit=REASON)
    if not why:
        raise Refused("erase.reason", _("Say why, as it shall stand in the journal."))
    if Entry.objects.filter(kind="person.erased", body__subject__person=person.pk).exists():
        raise Refused("erase.twice", _("This person was erased already."))
    for each in [person, *holdings.merged_into(person)]:  # entries that were found to be them, too
        refuse_if_shared(each, by, now)
        if each.accreditations.exclude(state=AccreditationState.WITHDRAWN).exists():
            raise Refused("erase.accredited", _("This person may still enter. Withdraw every accreditation first."))
        _forget(each, by, now, why)
    return person


def _forget(person: Person, by: Person, now: datetime, reason: str) -> None:
    holdings.erase(person)
    person.names, person.account = holdings.pseudonym(person), None
    for name, nothing in holdings.NOTHING.items():
        setattr(person, name, nothing)
    person.save(update_fields=["names", "account", *holdings.NOTHING])
    for each in Summit.objects.filter(accreditations__person=person).order_by("pk"):
        told: dict[str, Any] = {"subject": {"person": person.pk}, "reason": reason}
        record.withhold(
            each, holdings.private_entries(each, person), "person.erased", at=now, actor=acting(by, each, now), **told
        )

"""Registering people and changing what is known of them; telling open rooms that someone's standing changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit import live
from summit.errors import Refused
from summit.people import queries
from summit.people.models import Person, Task, User
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import person_as
from summit.summits import approved
from summit.summits.models import Summit


def tell_standing(summit: Summit, persons: Iterable[int], *, seating: bool = False) -> None:
    """After commit, every meeting of the summit that is not closed, and its foyer, work out these persons' rights again.

    seating: and read again who sits under which name, also where nobody's rights changed.
    """
    ids = sorted(set(persons))
    if not ids and not seating:
        return
    for pk in summit.meetings.exclude(state="closed").values_list("pk", flat=True):
        live.standing(pk, ids)
    live.ring(live.foyer(summit.pk), {"type": "live.standing", "persons": ids})


@transaction.atomic
def register_person(
    summit_id: int, *, by: Person | None, now: datetime, names: Mapping[str, Mapping[str, Any]], email: str = "",
    language: str = "", zone: str = "",
) -> Person:  # fmt: skip
    """Enter a person, so that they can be nominated. An address that is known already gives the person there is, if it
    was theirs before they signed in or is proven since.

    Refused: organiser.required, name.*, zone.unknown.
    """
    summit = Summit.objects.lock(summit_id)
    queries.refuse_unless_tasked(by, summit, now, Task.ACCREDITATION)
    clean = approved.approved(names)
    address = User.objects.normalize_email(email).lower()
    if zone:
        approved.zone(zone)
    if address and (known := _known_by(address)):
        return known
    person = Person.objects.create(names=clean, email=address, language=language, zone=zone)
    record.write(
        summit, "person.registered", at=now, actor=queries.acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=person_as(person),
    )  # fmt: skip
    return person


def _known_by(address: str) -> Person | None:
    """Who has this address; not who only typed it when they were handed a link: anybody's could be typed."""
    typed = EmailAddress.objects.filter(email=address, verified=False).values("user__person")
    return Person.objects.filter(email=address).exclude(pk__in=typed).order_by("pk").first()


@transaction.atomic
def change_person(
    person_id: int, summit_id: int, *, by: Person | None, now: datetime, names: Mapping[str, Mapping[str, Any]],
    email: str, language: str = "", zone: str = "",
) -> Person:  # fmt: skip
    """Change a person's approved names and how they are reached.

    Refused: organiser.required, person.shared (they take part in a summit one does not organise), person.enrolled
    (the address of an account is its holder's to change), name.*, zone.unknown.
    """
    summit = Summit.objects.lock(summit_id)
    queries.refuse_unless_tasked(by, summit, now, Task.ACCREDITATION)
    person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
    refuse_if_shared(person, by, now, Task.ACCREDITATION)
    clean = approved.approved(names)
    address = User.objects.normalize_email(email).lower()
    if zone:
        approved.zone(zone)
    if person.account_id and address != person.email:
        raise Refused("person.enrolled", _("This person has signed in already; only they can change their address."))
    was = person_as(person)
    person.names, person.email, person.language, person.zone = clean, address, language, zone
    person.save(update_fields=["names", "email", "language", "zone"])
    record.write(
        summit, "person.changed", at=now, actor=queries.acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=person_as(person), was=was,
    )  # fmt: skip
    tell_standing(summit, [person.pk])
    return person


def refuse_if_shared(person: Person, by: Person | None, now: datetime, *tasks: str) -> None:
    """Refused: person.shared. What holds in every summit is changed only by who organises all of the person's, or has one
    of these tasks there."""
    if by is None:
        return
    mine = queries.summits_worked_at(by, now, *tasks).values("pk")
    if person.accreditations.exclude(summit__in=mine).exists():
        raise Refused(
            "person.shared",
            _("This person also takes part in a summit you do not organise. Ask someone who organises both."),
        )


@transaction.atomic
def save_own_settings(person_id: int, *, language: str, zone: str) -> Person:
    """A person's own language and time zone. Nothing that others read: not journaled. Refused: zone.unknown."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
    if zone:
        approved.zone(zone)
    person.language, person.zone = language, zone
    person.save(update_fields=["language", "zone"])
    return person


def person_behind(account: User) -> Person:
    """The person of a staff account; one named by its address is made for an account that has none yet.

    Every act of an organiser names a person in the journal, also of an account made on the command line.
    """
    person, _made = Person.objects.get_or_create(
        account=account, defaults={"email": account.email, "names": {"en": {"short": account.email}}}
    )
    return person

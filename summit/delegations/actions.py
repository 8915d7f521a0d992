"""Changing delegations and who speaks for them."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.delegations import order
from summit.delegations.models import Category, Delegation, Function, Membership
from summit.errors import Refused
from summit.people.actions import tell_standing
from summit.people.models import Person
from summit.people.queries import acting, refuse_unless_organiser
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import delegation_as, person_as
from summit.summits import approved
from summit.summits.models import Summit

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")


@transaction.atomic
def create_delegation(
    summit_id: int, *, by: Person | None, now: datetime, code: str, category: str,
    names: Mapping[str, Mapping[str, Any]], flag: str = "",
) -> Delegation:  # fmt: skip
    """Seat a State, organisation or service. The protocol order of every language is worked out again.

    Refused: organiser.required, delegation.code, delegation.twice, delegation.category, name.*.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    _refuse_code(code, set(summit.delegations.values_list("code", flat=True)))
    delegation = Delegation(summit=summit, code=code)
    _fill(delegation, category, names, flag)
    delegation.save()
    _work_out_order(summit)
    record.write(
        summit, "delegation.seated", at=now, actor=acting(by, summit, now), delegation=delegation_as(delegation)
    )
    return delegation


@dataclass(frozen=True)
class Seating:
    """What is needed to seat a delegation."""

    code: str
    category: str
    names: Mapping[str, Mapping[str, Any]]
    flag: str = ""


@transaction.atomic
def seat_all(summit_id: int, rows: Sequence[Seating], *, by: Person | None, now: datetime) -> list[Delegation]:
    """Seat many at once, in one journal entry: all or none.

    Refused: organiser.required, delegation.code, delegation.twice, delegation.category, delegation.flag, name.*.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    taken = set(summit.delegations.values_list("code", flat=True))
    made = []
    for row in rows:
        _refuse_code(row.code, taken)
        taken.add(row.code)
        delegation = Delegation(summit=summit, code=row.code)
        _fill(delegation, row.category, row.names, row.flag)
        made.append(delegation)
    Delegation.objects.bulk_create(made)
    _work_out_order(summit)
    record.write(
        summit, "delegations.seated", at=now, actor=acting(by, summit, now),
        delegations=[delegation_as(one) for one in made],
    )  # fmt: skip
    return made


def _refuse_code(code: str, taken: Container[str]) -> None:
    if not _CODE.fullmatch(code):
        raise Refused("delegation.code", _("A code has up to 12 capital letters, digits and hyphens, such as KE."))
    if code in taken:
        raise Refused("delegation.twice", _("A delegation with this code is seated already."))


@transaction.atomic
def change_delegation(
    delegation_id: int, *, by: Person | None, now: datetime, category: str, names: Mapping[str, Mapping[str, Any]],
    flag: str = "",
) -> Delegation:  # fmt: skip
    """Change approved names, category or flag. The code stays: the journal knows the delegation by it.

    Refused: organiser.required, delegation.category, name.*.
    """
    summit, delegation = _locked(delegation_id)
    refuse_unless_organiser(by, summit, now)
    was = delegation_as(delegation)
    _fill(delegation, category, names, flag)
    delegation.save()
    _work_out_order(summit)
    record.write(
        summit, "delegation.changed", at=now, actor=acting(by, summit, now), delegation=delegation_as(delegation),
        was=was,
    )  # fmt: skip
    tell_standing(summit, delegation.memberships.values_list("person_id", flat=True))
    return delegation


def _locked(delegation_id: int) -> tuple[Summit, Delegation]:
    """The summit, held, and the delegation reached through it."""
    summit = Summit.objects.lock(Delegation.objects.values_list("summit_id", flat=True).get(pk=delegation_id))
    return summit, summit.delegations.get(pk=delegation_id)


def _fill(delegation: Delegation, category: str, names: Mapping[str, Mapping[str, Any]], flag: str) -> None:
    if category not in Category.values:
        raise Refused("delegation.category", _("Choose what kind of delegation this is."))
    if not re.fullmatch(r"[a-z0-9-]{0,12}", flag):
        raise Refused("delegation.flag", _("A flag is named by small letters, such as ke."))
    delegation.category, delegation.names, delegation.flag = category, approved.approved(names), flag


def _work_out_order(summit: Summit) -> None:
    rows = list(summit.delegations.all())
    seated = [order.Seated(row.pk, row.category, row.names, row.order) for row in rows]
    found = order.places(seated, settings.CONTENT_LANGUAGES)
    for row in rows:
        row.order = found[row.pk]
    Delegation.objects.bulk_update(rows, ["order"])


@transaction.atomic
def store_order(summit_id: int, codes: Sequence[str], *, by: Person | None, now: datetime) -> None:
    """Set the order that is kept as stored (Chinese): every delegation's code, first to last.

    Refused: organiser.required, order.incomplete.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    rows = {row.code: row for row in summit.delegations.all()}
    if sorted(codes) != sorted(rows):
        raise Refused("order.incomplete", _("Name every delegation once."))
    for place, code in enumerate(codes, start=1):
        rows[code].order[order.STORED] = place
    Delegation.objects.bulk_update(list(rows.values()), ["order"])
    _work_out_order(summit)
    record.write(
        summit, "order.stored", at=now, actor=acting(by, summit, now), language=order.STORED, codes=list(codes)
    )


@transaction.atomic
def appoint(
    delegation_id: int, person_id: int, *, by: Person | None, now: datetime, function: str,
    title: Mapping[str, Any] | None = None, starts: datetime | None = None, ends: datetime | None = None,
) -> Membership:  # fmt: skip
    """Let this person speak for this delegation, or change since when and as what they do.

    Refused: organiser.required, membership.function, membership.dates, membership.accreditation, name.*.
    """
    summit, delegation = _locked(delegation_id)
    refuse_unless_organiser(by, summit, now)
    if function not in Function.values:
        raise Refused("membership.function", _("Choose a function: head, deputy head, alternate or adviser."))
    if starts and ends and ends <= starts:
        raise Refused("membership.dates", _("The membership would end before it begins."))
    person = Person.objects.get(pk=person_id)
    if not summit.accreditations.filter(person=person).exclude(state="withdrawn").exists():
        raise Refused("membership.accreditation", _("Nominate this person for the summit first."))
    values = {
        "function": function,
        "title": approved.texts(title or {}, required=False),
        "starts": starts,
        "ends": ends,
    }
    membership, _made = Membership.objects.update_or_create(person=person, delegation=delegation, defaults=values)
    record.write(
        summit, "member.appointed", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=person_as(person, delegation=delegation, function=function),
    )  # fmt: skip
    tell_standing(summit, [person.pk])
    return membership


@transaction.atomic
def end_membership(membership_id: int, *, by: Person | None, now: datetime) -> Membership:
    """From now on this person no longer speaks for the delegation. Refused: organiser.required, membership.ended."""
    delegation_id = Membership.objects.values_list("delegation_id", flat=True).get(pk=membership_id)
    summit, delegation = _locked(delegation_id)
    refuse_unless_organiser(by, summit, now)
    membership = delegation.memberships.select_related("person").get(pk=membership_id)
    if membership.ends and membership.ends <= now:
        raise Refused("membership.ended", _("This membership has ended already."))
    membership.ends = now
    membership.save(update_fields=["ends"])
    record.write(
        summit, "member.ended", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=person_as(membership.person, delegation=delegation, function=membership.function),
    )  # fmt: skip
    tell_standing(summit, [membership.person_id])
    return membership

"""Changing delegations and who speaks for them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.delegations import draw, order
from summit.delegations.models import Category, Delegation, Draw, Function, Membership
from summit.errors import Refused
from summit.people.actions import tell_standing
from summit.people.models import Person, Task
from summit.people.queries import acting, organises, refuse_if_colleague, refuse_unless_organiser, refuse_unless_tasked
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
    work_out_order(summit)
    record.write(
        summit, "delegation.seated", at=now, actor=acting(by, summit, now), delegation=delegation_as(delegation)
    )
    tell_standing(summit, [], seating=True)
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
    work_out_order(summit)
    record.write(
        summit, "delegations.seated", at=now, actor=acting(by, summit, now),
        delegations=[delegation_as(one) for one in made],
    )  # fmt: skip
    tell_standing(summit, [], seating=True)
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

    Refused: organiser.required, delegation.category, delegation.own (they would organise the summit no more), name.*.
    """
    summit, delegation = _locked(delegation_id)
    refuse_unless_organiser(by, summit, now)
    was = delegation_as(delegation)
    _fill(delegation, category, names, flag)
    delegation.save()
    if by is not None and not organises(by, summit, now):
        raise Refused("delegation.own", _("You sit with this delegation; another organiser must do this."))
    work_out_order(summit)
    record.write(
        summit, "delegation.changed", at=now, actor=acting(by, summit, now), delegation=delegation_as(delegation),
        was=was,
    )  # fmt: skip
    tell_standing(summit, delegation.memberships.values_list("person_id", flat=True), seating=True)
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


def work_out_order(summit: Summit) -> None:
    """Number the delegations in every language again; part of every act that seats or renames one."""
    rows = list(summit.delegations.all())
    seated = [order.Seated(row.pk, row.category, row.names, row.order) for row in rows]
    drawn = summit.draws.filter(drawn_at__isnull=False).order_by("-drawn_at").values_list("first_id", flat=True).first()
    found = order.places(seated, settings.CONTENT_LANGUAGES, drawn)
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
    work_out_order(summit)
    record.write(
        summit, "order.stored", at=now, actor=acting(by, summit, now), language=order.STORED, codes=list(codes)
    )
    tell_standing(summit, [], seating=True)


@transaction.atomic
def commit_draw(summit_id: int, *, by: Person | None, now: datetime) -> Draw:
    """Choose the seed of a draw and publish its hash. Refused: organiser.required, draw.waits, draw.nobody."""
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    if summit.draws.filter(drawn_at=None).exists():
        raise Refused("draw.waits", _("A draw was prepared already. Draw now, in the hall."))
    if not _members(summit):
        raise Refused("draw.nobody", _("Seat the members first; the draw is among them."))
    row = Draw.objects.create(summit=summit, seed=secrets.token_hex(32), committed_at=now)
    record.write(
        summit, "draw.committed", at=now, actor=acting(by, summit, now),
        commitment=draw.commitment(row.seed),
    )  # fmt: skip
    return row


@transaction.atomic
def draw_first(summit_id: int, word: str, *, by: Person | None, now: datetime) -> Draw:
    """Draw the member that sits first: seed and the word said in the hall decide. The order follows at once.

    Refused: organiser.required, draw.nothing_waits, draw.word, draw.nobody.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    row = summit.draws.filter(drawn_at=None).first()
    if row is None:
        raise Refused("draw.nothing_waits", _("Prepare the draw first, so that its seal stands in the journal."))
    said = " ".join(word.split())
    if not 1 <= len(said) <= 200:
        raise Refused("draw.word", _("Write the word that somebody said in the hall."))
    members = _members(summit)
    if not members:
        raise Refused("draw.nobody", _("Seat the members first; the draw is among them."))
    code = draw.first(row.seed, said, list(members))
    row.word, row.first, row.drawn_at = said, members[code], now
    row.save()
    work_out_order(summit)
    record.write(
        summit, "draw.held", at=now, actor=acting(by, summit, now), seed=row.seed,
        word=said, members=sorted(members), first=delegation_as(members[code]),
    )  # fmt: skip
    tell_standing(summit, [], seating=True)  # nobody's rights change
    return row


def _members(summit: Summit) -> dict[str, Delegation]:
    return {row.code: row for row in summit.delegations.filter(category__in=order.SEATED_BY_LOT)}


@transaction.atomic
def appoint(
    delegation_id: int, person_id: int, *, by: Person | None, now: datetime, function: str,
    title: Mapping[str, Any] | None = None, starts: datetime | None = None, ends: datetime | None = None,
) -> Membership:  # fmt: skip
    """Let this person speak for this delegation, or change since when and as what they do.

    Refused: organiser.required, membership.function, membership.dates, membership.accreditation, name.*.
    """
    summit, delegation = _locked(delegation_id)
    refuse_unless_tasked(by, summit, now, Task.ACCREDITATION)
    return seat_member(
        summit, delegation, Person.objects.get(pk=person_id), by=by, now=now, function=function, title=title,
        starts=starts, ends=ends,
    )  # fmt: skip


def seat_member(
    summit: Summit, delegation: Delegation, person: Person, *, by: Person | None, now: datetime, function: str,
    title: Mapping[str, Any] | None = None, starts: datetime | None = None, ends: datetime | None = None,
) -> Membership:  # fmt: skip
    """The seat itself, within an act that holds the summit and knows that `by` may. Refused: like `appoint`."""
    if function not in Function.values:
        raise Refused("membership.function", _("Choose a function: head, deputy head, alternate or adviser."))
    if delegation.category == Category.SECRETARIAT:
        refuse_if_colleague(by, person, summit, now)
    if starts and ends and ends <= starts:
        raise Refused("membership.dates", _("The membership would end before it begins."))
    if not summit.accreditations.filter(person=person).exclude(state="withdrawn").exists():
        raise Refused("membership.accreditation", _("Nominate this person for the summit first."))
    values = {
        "function": function,
        "title": approved.texts(title or {}, required=False),
        "starts": starts,
        "ends": ends,
    }
    membership, _made = Membership.objects.update_or_create(person=person, delegation=delegation, defaults=values)
    dates: dict[str, Any] = {name: record.stamp(at) for name, at in (("starts", starts), ("ends", ends)) if at}
    record.write(
        summit, "member.appointed", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=person_as(person, delegation=delegation, function=function, title=membership.title),
        **dates,
    )  # fmt: skip
    tell_standing(summit, [person.pk])
    return membership


@transaction.atomic
def end_membership(membership_id: int, *, by: Person | None, now: datetime) -> Membership:
    """From now on this person no longer speaks for the delegation.

    Refused: organiser.required, membership.ended, membership.own (organisers cannot lock themselves out).
    """
    delegation_id = Membership.objects.values_list("delegation_id", flat=True).get(pk=membership_id)
    summit, delegation = _locked(delegation_id)
    refuse_unless_tasked(by, summit, now, Task.ACCREDITATION)
    membership = delegation.memberships.select_related("person").get(pk=membership_id)
    organised = organises(by, summit, now)
    ended = unseat_member(summit, membership, by=by, now=now)
    if organised and not organises(by, summit, now):
        raise Refused("membership.own", _("Ask another organiser to take this from you."))
    return ended


def unseat_member(summit: Summit, membership: Membership, *, by: Person | None, now: datetime) -> Membership:
    """The end itself, within an act that holds the summit and knows that `by` may. Refused: membership.ended."""
    if membership.ends and membership.ends <= now:
        raise Refused("membership.ended", _("This membership has ended already."))
    if membership.delegation.category == Category.SECRETARIAT:
        refuse_if_colleague(by, membership.person, summit, now)
    membership.ends = now
    membership.save(update_fields=["ends"])
    record.write(
        summit, "member.ended", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=person_as(membership.person, delegation=membership.delegation, function=membership.function),
    )  # fmt: skip
    tell_standing(summit, [membership.person_id])
    return membership

"""Founding a summit, with the first organiser at the table: before that nobody has the right to do anything in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from summit.credentials.models import Accreditation, AccreditationState
from summit.delegations.models import Category, Delegation, Function, Membership
from summit.errors import Refused
from summit.people.models import Person, StaffTask, Task
from summit.people.queries import acting, may_found, refuse_unless_organiser
from summit.record import actions as record
from summit.summits import values
from summit.summits.models import Summit

SECRETARIAT = {
    "en": {"short": "Secretariat", "formal": "Secretariat"},
    "fr": {"short": "Secrétariat", "formal": "Secrétariat"},
    "es": {"short": "Secretaría", "formal": "Secretaría"},
    "ru": {"short": "Секретариат", "formal": "Секретариат"},
    "ar": {"short": "الأمانة العامة", "formal": "الأمانة العامة"},
    "zh": {"short": "秘书处", "formal": "秘书处"},
}


@transaction.atomic
def found_summit(
    *, by: Person, now: datetime, slug: str, names: Mapping[str, Mapping[str, Any]], zone: str,
    languages: Sequence[str], protocol_language: str, opens_on: date, closes_on: date, tables: int | None = None,
    demo: bool = False,
) -> Summit:  # fmt: skip
    """Make a summit and its secretariat; whoever founds it is accredited and sits there.

    Refused: organiser.staff, summit.slug, summit.dates, summit.language, name.*, zone.unknown.
    """
    if not may_found(by):
        raise Refused("organiser.staff", _("Only someone who may use the organisers' pages can found a summit."))
    if not slug or slugify(slug) != slug or Summit.objects.filter(slug=slug).exists():
        raise Refused("summit.slug", _("Choose another short name: small letters, digits and hyphens, not yet taken."))
    summit = Summit(slug=slug, demo=demo)
    values.fill(
        summit, names=names, zone=zone, languages=languages, protocol_language=protocol_language, opens_on=opens_on,
        closes_on=closes_on, tables=tables,
    )  # fmt: skip
    summit.save()
    home = Delegation.objects.create(
        summit=summit, code="SEC", category=Category.SECRETARIAT, names=SECRETARIAT, order={"en": 1, "zh": 1}
    )
    Membership.objects.create(person=by, delegation=home, function=Function.HEAD)
    Accreditation.objects.create(summit=summit, person=by, state=AccreditationState.APPROVED)
    StaffTask.objects.create(summit=summit, person=by, task=Task.ORGANISER, given_at=now)
    record.write(summit, "summit.founded", at=now, actor=acting(by, summit, now), stands=values.summit_as(summit))
    return summit


@transaction.atomic
def change_summit(
    summit_id: int, *, by: Person | None, now: datetime, names: Mapping[str, Mapping[str, Any]], zone: str,
    languages: Sequence[str], protocol_language: str, opens_on: date, closes_on: date, tables: int | None = None,
) -> Summit:  # fmt: skip
    """Change what a summit is called, where and when it meets. Its short name stays: the journal knows it by that.

    Refused: organiser.required, summit.dates, summit.language, name.*, zone.unknown.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    was = values.summit_as(summit)
    values.fill(
        summit, names=names, zone=zone, languages=languages, protocol_language=protocol_language, opens_on=opens_on,
        closes_on=closes_on, tables=tables,
    )  # fmt: skip
    summit.save()
    record.write(
        summit, "summit.changed", at=now, actor=acting(by, summit, now), stands=values.summit_as(summit), was=was
    )
    return summit

"""Founding a summit that does not begin empty: from a template, or as an earlier one was planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.agenda.actions import TIMES, Plan, create_item, plan_meeting
from summit.agenda.blueprints import TEMPLATES, Blueprint, ItemDraft, MeetingDraft
from summit.agenda.models import Item
from summit.credentials.founding import found_summit
from summit.delegations.actions import Seating, seat_all
from summit.delegations.models import Category
from summit.errors import Refused
from summit.people.models import Person
from summit.people.queries import summits_organised_by
from summit.summits.models import Summit


@transaction.atomic
def found_from(
    *, by: Person, now: datetime, template: str = "", source_id: int | None = None, with_delegations: bool = False,
    slug: str, names: Mapping[str, Mapping[str, Any]], zone: str, languages: Sequence[str], protocol_language: str,
    opens_on: date, closes_on: date,
) -> Summit:  # fmt: skip
    """Found a summit with the agenda and calendar of a template (key of TEMPLATES), or of a summit one organises.

    The calendar moves with the first day; wall times stay, also over daylight saving. People, credentials, papers and
    everything that happened stay behind: a new summit accredits anew. `with_delegations`: those of the source are seated.
    What stands above this topic comes along by `summit.founding.actions.found_after`.
    Refused: blueprint.unknown, blueprint.days, and as `found_summit` and `plan_meeting`; then nothing is made.
    """
    source = summits_organised_by(by, now).filter(pk=source_id).first() if source_id else None
    if (template and template not in TEMPLATES) or (source_id and source is None):
        raise Refused("blueprint.unknown", _("Choose one of the beginnings offered."))
    blueprint = blueprint_of(source) if source else TEMPLATES[template].make() if template else Blueprint([], [])
    blueprint.fits(opens_on, closes_on)
    summit = found_summit(
        by=by, now=now, slug=slug, names=names, zone=zone, languages=languages, protocol_language=protocol_language,
        opens_on=opens_on, closes_on=closes_on, tables=source.tables if source else None,
    )  # fmt: skip
    if source and with_delegations:
        others = source.delegations.exclude(category=Category.SECRETARIAT).order_by("pk")
        rows = [Seating(row.code, row.category, row.names, row.flag) for row in others]
        seat_all(summit.pk, rows, by=by, now=now)
    _furnish(summit, blueprint, by, now)
    return summit


def _furnish(summit: Summit, blueprint: Blueprint, by: Person, now: datetime) -> None:
    made: dict[str, Item] = {}
    for place, draft in enumerate(blueprint.items, start=1):
        made[draft.number] = create_item(
            summit.pk, by=by, now=now, number=draft.number, titles=draft.titles,
            parent_id=made[draft.under].pk if draft.under else None,
            position=place if draft.position is None else draft.position,
        )  # fmt: skip
    for one in blueprint.meetings:
        plan = Plan(
            titles=one.titles, day=summit.opens_on + timedelta(days=one.day), time=one.time, zone=one.zone or summit.zone,
            kind=one.kind, number=one.number, openness=one.openness, speech=one.speech, chat=one.chat, times=one.times,
            place=one.place, groups_first=one.groups_first, recording_days=one.recording_days,
            recording_open=one.recording_open, items=[made[number].pk for number in one.items],
        )  # fmt: skip
        plan_meeting(summit.pk, by=by, now=now, slug=one.slug, plan=plan)


def blueprint_of(summit: Summit) -> Blueprint:
    """A summit as it was planned: its agenda, and its meetings by day, wall time and programme."""
    items = list(summit.items.select_related("parent"))
    meetings = summit.meetings.prefetch_related("programme__item").order_by("starts_at", "pk")
    return Blueprint(
        [
            ItemDraft(item.number, item.titles, item.parent.number if item.parent else None, item.position)
            for item in _from_above(items)
        ],
        [
            MeetingDraft(
                slug=one.slug, kind=one.kind, number=one.number, titles=one.titles,
                day=max(0, (one.day - summit.opens_on).days), time=one.time,
                items=[row.item.number for row in one.programme.all()], speech=one.speech, openness=one.openness,
                chat=one.chat, place=one.place, groups_first=one.groups_first, times={name: getattr(one, name) for name in TIMES},
                zone=None if one.zone == summit.zone else one.zone, recording_days=one.recording_days,
                recording_open=one.recording_open,
            )
            for one in meetings
        ],
    )  # fmt: skip


def _from_above(items: Sequence[Item]) -> list[Item]:
    """Parents before what stands under them, else in the order of the agenda."""
    placed: dict[int, Item] = {}
    waiting = list(items)
    while waiting:
        ready = [item for item in waiting if item.parent_id is None or item.parent_id in placed]
        placed |= {item.pk: item for item in ready}
        waiting = [item for item in waiting if item.pk not in placed]
    return list(placed.values())

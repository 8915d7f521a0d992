"""Founding a summit after an earlier one: whatever was decided about it and is about nobody in person.

A test keeps the list of all tables: each is taken along or left behind, and a new one must say which.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from summit.accreditation.following import set_rules_as_in
from summit.agenda.founding import found_from
from summit.groups.actions import name_groups_as_in
from summit.people.models import Person
from summit.retention.actions import set_periods_as_in
from summit.seating.actions import set_hall_as_in
from summit.summits.models import Summit


@transaction.atomic
def found_after(source_id: int, *, by: Person, now: datetime, with_delegations: bool = False, **values: Any) -> Summit:
    """Found a summit as an earlier one that one organises: agenda, calendar, hall, tables in the corridors, groups, rules
    of nomination, periods of retention; dates moved with the first day. values: as `found_from` takes them.

    Nobody comes along, nor anything that was said, handed in or decided. Without the delegations groups are empty.
    Refused: blueprint.unknown, blueprint.days, and as `found_summit` and `plan_meeting`; then nothing is made.
    """
    summit = found_from(by=by, now=now, source_id=source_id, with_delegations=with_delegations, **values)
    for take in (set_hall_as_in, name_groups_as_in, set_rules_as_in, set_periods_as_in):
        take(source_id, summit.pk, by=by, now=now)
    return summit

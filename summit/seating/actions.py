"""Saying how the seats of the hall stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.errors import Refused
from summit.people.models import Person
from summit.people.queries import acting, refuse_unless_organiser, summits_organised_by
from summit.record import actions as record
from summit.seating.models import HallPlan
from summit.seating.plan import seats_delegations
from summit.summits.models import Summit

MOST_ROWS, MOST_BLOCKS, MOST_SEATS, MOST_PLACES = 99, 8, 40, 12  # the seats are those of one block


@transaction.atomic
def set_hall(
    summit_id: int, *, by: Person | None, now: datetime, rows: int, blocks: Sequence[int], places: int, begins: str
) -> HallPlan:
    """Keep how the seats of the hall stand; every seating plan follows at once.

    Refused: organiser.required, hall.size, hall.narrow (no delegation fits between two gangways).
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    fits = 1 <= len(blocks) <= MOST_BLOCKS and all(1 <= size <= MOST_SEATS for size in blocks)
    if not (fits and 1 <= rows <= MOST_ROWS and 1 <= places <= MOST_PLACES and begins in HallPlan.End.values):
        raise Refused(
            "hall.size", _("A hall has 1 to 99 rows, 1 to 8 blocks of 1 to 40 seats, and 1 to 12 seats each.")
        )
    plan = HallPlan(summit=summit, rows=rows, blocks=list(blocks), places=places, begins=begins)
    if not seats_delegations(plan.hall):
        raise Refused("hall.narrow", _("No delegation fits into a block of this size. A delegation sits together."))
    values: dict[str, Any] = {"rows": rows, "blocks": list(blocks), "places": places, "begins": begins}
    plan, _made = HallPlan.objects.update_or_create(summit=summit, defaults=values)
    record.write(summit, "hall.planned", at=now, actor=acting(by, summit, now), **values)
    return plan


def set_hall_as_in(source_id: int, summit_id: int, *, by: Person, now: datetime) -> HallPlan | None:
    """The hall of an earlier summit that one organises, here too; None when nobody said there how its seats stand.

    Refused: organiser.required.
    """
    plan = HallPlan.objects.filter(summit=source_id, summit__in=summits_organised_by(by, now)).first()
    if plan is None:
        return None
    return set_hall(
        summit_id, by=by, now=now, rows=plan.rows, blocks=plan.blocks, places=plan.places, begins=plan.begins
    )

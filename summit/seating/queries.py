"""Reading the seating plan of a summit, with the podium of one of its meetings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from summit.agenda.models import Meeting, Office
from summit.agenda.queries import offices_held
from summit.delegations.models import Category, Delegation
from summit.delegations.queries import in_protocol_order
from summit.seating.models import HallPlan
from summit.seating.plan import Desk, seat
from summit.summits.models import Summit

PODIUM = (Office.Kind.CHAIR, Office.Kind.DEPUTY, Office.Kind.SECRETARY)  # in this order


@dataclass(frozen=True)
class Seating:
    """The hall as it is filled."""

    hall: HallPlan
    rows: Sequence[Sequence[Sequence[tuple[Desk, Delegation | None]]]]  # as in plan.Plan
    lines: Sequence[tuple[Delegation, Desk | None]]  # everybody, in protocol order; None: no seat is left
    officers: Sequence[Office]  # on the podium, who presides first
    services: Sequence[Delegation]  # of the secretariat, on the podium too

    @property
    def unseated(self) -> list[Delegation]:
        return [row for row, desk in self.lines if desk is None]

    @property
    def free_rows(self) -> int:
        return self.hall.rows - len(self.rows)


def hall_of(summit: Summit) -> HallPlan | None:
    """How its seats stand, once an organiser has said so."""
    return HallPlan.objects.filter(summit=summit).first()


def seating_of(summit: Summit, meeting: Meeting | None, now: datetime) -> Seating | None:
    """Who sits where: members from the one drawn by lot, in the language the summit sits by, then observers and the others.

    A hall has one order, whatever language its plan is read in. None until the hall is known. Three queries.
    """
    hall = hall_of(summit)
    if hall is None:
        return None
    everybody = in_protocol_order(summit)
    seated = {row.pk: row for row in everybody if row.category != Category.SECRETARIAT}
    plan = seat(list(seated), hall.hall)
    held = offices_held(meeting, now).filter(kind__in=PODIUM).select_related("person") if meeting else []
    return Seating(
        hall=hall,
        rows=[[[(one, seated.get(one.holder or 0)) for one in block] for block in row] for row in plan.rows],
        lines=[(row, plan.desks.get(pk)) for pk, row in seated.items()],
        officers=sorted(held, key=lambda office: (PODIUM.index(Office.Kind(office.kind)), office.pk)),
        services=[row for row in everybody if row.category == Category.SECRETARIAT],
    )

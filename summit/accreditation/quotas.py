"""How many persons of a delegation may come. The head counts: a quota of 1+4 in the hall is 5.

The most particular number holds, for the hall and remotely each on its own: the delegation's, its category's, the summit's.
How many of them are in the hall of one meeting is another number, counted at the door (`HallPlaces`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from summit.accreditation import queries
from summit.accreditation.models import Place, Quota
from summit.delegations.models import Category, Delegation
from summit.errors import Refused
from summit.people.models import Person
from summit.people.queries import acting
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import delegation_as
from summit.summits.models import Summit

MOST = 999


@dataclass(frozen=True)
class Limit:
    """How many persons of a delegation may take part from a place, and by what: delegation, category or summit."""

    count: int
    by: str


def limits_of(delegation: Delegation) -> dict[str, Limit]:
    """{place: limit}; a place that is not there has none, as the secretariat has none at all. Two queries."""
    if delegation.category == Category.SECRETARIAT:
        return {}
    rules = queries.rules_of(delegation.summit)
    found = {"summit": (rules.hall_quota, rules.remote_quota)}
    own = Q(delegation=delegation) | Q(category=delegation.category, summit=delegation.summit_id)
    for row in Quota.objects.filter(own):
        found["delegation" if row.delegation_id else "category"] = (row.hall, row.remote)
    limits = {}
    for index, place in enumerate((Place.HALL, Place.REMOTE)):
        numbers = ((found[by][index], by) for by in ("delegation", "category", "summit") if by in found)
        count, by = next(((count, by) for count, by in numbers if count is not None), (None, ""))
        if count is not None:
            limits[place.value] = Limit(count, by)
    return limits


def quotas_in(summit: Summit) -> list[Quota]:
    """Where other numbers hold than the summit's: categories, then delegations by code. One query."""
    rows = summit.quotas.select_related("delegation").order_by("delegation__code", "pk")
    return sorted(rows, key=lambda row: row.delegation_id is not None)


@transaction.atomic
def set_quota(
    summit_id: int, *, by: Person | None, now: datetime, category: str = "", delegation_id: int | None = None,
    hall: int | None = None, remote: int | None = None,
) -> Quota | None:  # fmt: skip
    """Let other numbers hold for a delegation, or for each of a category (one of the two); both None: no longer.

    Who is in already stays, also where that is more. Refused: desk.required, quota.whom, quota.number.
    """
    summit = Summit.objects.lock(summit_id)
    queries.refuse_unless_desk(by, summit, now)
    home = summit.delegations.filter(pk=delegation_id).first() if delegation_id else None
    kind = home.category if home else category
    if bool(category) == bool(home) or kind not in Category.values or kind == Category.SECRETARIAT:
        raise Refused("quota.whom", _("Choose a category or a delegation. The secretariat has no quota."))
    if not (hall is None or 1 <= hall <= MOST) or not (remote is None or 0 <= remote <= MOST):
        raise Refused("quota.number", _("Give a number from 1 to 999 for the hall, from 0 to 999 for remote."))
    if hall is None and remote is None:
        summit.quotas.filter(category=category, delegation=home).delete()
        row = None
    else:
        row, _made = Quota.objects.update_or_create(
            summit=summit, category=category, delegation=home, defaults={"hall": hall, "remote": remote}
        )
    record.write(
        summit, "accreditation.quota_set", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        category=category, delegation=delegation_as(home) if home else None, hall=hall, remote=remote,
    )  # fmt: skip
    return row


def refuse_if_full(delegation: Delegation, place: str, now: datetime, *, leaving: Collection[int] = ()) -> None:
    """Refused: quota.hall, quota.remote, when one more would not fit. leaving: persons who do not count.

    The secretariat has no quota.
    """
    limit = limits_of(delegation).get(place)
    if limit is None or len(queries.seats_taken(delegation, now, leaving=leaving)[place]) < limit.count:
        return
    if place == Place.HALL:
        raise Refused(
            "quota.hall",
            ngettext_lazy(
                "Your delegation has %(count)s place in the hall, and it is taken. Choose remote, or replace somebody.",
                "Your delegation has %(count)s places in the hall, and all are taken. Choose remote, or replace somebody.",
                "count",
            ) % {"count": limit.count},
        )  # fmt: skip
    raise Refused(
        "quota.remote",
        ngettext_lazy(
            "Your delegation has %(count)s remote place, and it is taken. Withdraw or replace somebody first.",
            "Your delegation has %(count)s remote places, and all are taken. Withdraw or replace somebody first.",
            "count",
        ) % {"count": limit.count},
    )  # fmt: skip

"""How many persons of a delegation may come. The head counts: a quota of 1+4 in the hall is 5."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import ngettext_lazy

from summit.accreditation import queries
from summit.accreditation.models import Place
from summit.delegations.models import Delegation
from summit.errors import Refused


def quota_of(delegation: Delegation, place: str) -> int | None:
    """How many persons of a delegation may take part from here; None: as many as it likes."""
    rules = queries.rules_of(delegation.summit)
    return rules.hall_quota if place == Place.HALL else rules.remote_quota


def refuse_if_full(delegation: Delegation, place: str, now: datetime, *, leaving: Collection[int] = ()) -> None:
    """Refused: quota.hall, quota.remote, when one more would not fit. leaving: persons who do not count.

    The secretariat has no quota.
    """
    quota = quota_of(delegation, place)
    if quota is None or delegation.category == "secretariat":
        return
    if len(queries.seats_taken(delegation, now, leaving=leaving)[place]) < quota:
        return
    if place == Place.HALL:
        raise Refused(
            "quota.hall",
            ngettext_lazy(
                "Your delegation has %(count)s place in the hall, and it is taken. Choose remote, or replace somebody.",
                "Your delegation has %(count)s places in the hall, and all are taken. Choose remote, or replace somebody.",
                "count",
            ) % {"count": quota},
        )  # fmt: skip
    raise Refused(
        "quota.remote",
        ngettext_lazy(
            "Your delegation has %(count)s remote place, and it is taken. Withdraw or replace somebody first.",
            "Your delegation has %(count)s remote places, and all are taken. Withdraw or replace somebody first.",
            "count",
        ) % {"count": quota},
    )  # fmt: skip

"""Reading for how long a summit keeps what."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from summit.retention.models import DEFAULT_DAYS, Period
from summit.summits.models import Summit


def days_of(summit: Summit) -> dict[str, int]:
    """{kind: days after the last day of the summit}, every kind."""
    return {kind.value: days for kind, days in DEFAULT_DAYS.items()} | dict(summit.periods.values_list("kind", "days"))


def is_over(summit: Summit, days: int, now: datetime) -> bool:
    """Whether what is kept so many days after this summit is to go, by the clock of its host."""
    return now.astimezone(ZoneInfo(summit.zone)).date() > summit.closes_on + timedelta(days=days)


def keeping(kind: str, now: datetime) -> list[int]:
    """The summits that still keep this kind. Two queries, however many there are."""
    own = dict(Period.objects.filter(kind=kind).values_list("summit", "days"))
    usual = {known.value: days for known, days in DEFAULT_DAYS.items()}[kind]
    return [row.pk for row in Summit.objects.all() if not is_over(row, own.get(row.pk, usual), now)]

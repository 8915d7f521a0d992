"""Which web process looks after the live rooms of a summit: a lease in the database, ten seconds at a time.

Rooms, corridors and their plans live in one process's memory; a second one would overwrite them. Whoever takes the lease
begins a new term, and the media nodes hear no earlier one any more (`rooms/sfu/DOOR.md`), so that a process that was cut
off, stopped or too slow to notice cannot do harm. While the database is away nobody can take it, and the holder goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from rooms.models import Keeping

LEASE = timedelta(seconds=10)
RENEW_EVERY = 3.0  # s


@dataclass(frozen=True)
class Held:
    """Who looks after a summit. mine: it is us, in this term; else the process at `address`."""

    mine: bool
    term: int
    address: str


def take(summit: int, address: str, now: datetime) -> Held:
    """Look after this summit, unless another process does. A process that comes back at the same address takes it from
    the one that was there before: two never listen at one address."""
    try:
        with transaction.atomic():
            row, _made = Keeping.objects.select_for_update().get_or_create(
                summit_id=summit, defaults={"address": address, "until": now}
            )
            if row.address != address and row.until > now:
                return Held(mine=False, term=row.term, address=row.address)
            row.address, row.term, row.until = address, row.term + 1, now + LEASE
            row.save(update_fields=["address", "term", "until"])
            return Held(mine=True, term=row.term, address=address)
    except IntegrityError:  # somebody made the row in this very moment
        return take(summit, address, now)


def renew(terms: Mapping[int, int], now: datetime) -> frozenset[int]:
    """Hold on to these summits, each in its term; returns those that another process has taken since."""
    rows = Keeping.objects.filter(summit__in=terms).values_list("summit", "term")
    kept = [summit for summit, term in rows if terms[summit] == term]
    Keeping.objects.filter(summit__in=kept).update(until=now + LEASE)
    return frozenset(terms.keys() - set(kept))


def release(terms: Mapping[int, int], now: datetime) -> None:
    """Let others have them at once."""
    for summit, term in terms.items():
        Keeping.objects.filter(summit=summit, term=term).update(until=now)

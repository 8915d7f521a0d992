"""The relay: sends what waits in the outbox until it is done. Whoever asks for work rings it;
beat calls it every five seconds all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from celery import current_app, shared_task
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from summit.record.models import Outbox

log = logging.getLogger(__name__)
LEASE = timedelta(
    seconds=120
)  # longer than any one task takes (a PDF has 90 s); then it is sent again, doubled with every try
LONGEST = timedelta(hours=1)
AT_ONCE = 50
# s, two tries, where kombu itself goes on for six seconds: a broker that hangs or is gone must not hang whoever acts
PATIENT = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 1, "interval_start": 0.1}
RING = 60  # s after which a ring nobody heard is forgotten: beat has looked twelve times


def ring() -> None:
    """Have the relay look now. To be called after commit; a broker that is away costs a moment, and beat finds the work."""
    try:
        with current_app.connection_for_write(transport_options=PATIENT) as broker:
            current_app.send_task(f"{relay.__module__}.{relay.__name__}", connection=broker, retry=False, expires=RING)
    except (OperationalError, RedisError):
        log.warning("no broker: what was asked for waits for the next round")


@shared_task  # type: ignore[untyped-decorator]
def relay() -> None:
    """Send what waits. Work whose worker or message was lost is sent again when its lease has run out."""
    rows = lease(timezone.now())
    for i, row in enumerate(rows):
        try:
            current_app.send_task(row.task, kwargs={**row.arguments, "outbox": row.pk})
        except OperationalError:  # no broker: these wait for the next round, not for their lease
            Outbox.objects.filter(pk__in=[each.pk for each in rows[i:]]).update(leased_until=None)
            raise


@transaction.atomic
def lease(now: datetime) -> list[Outbox]:
    """Take what is neither done nor leased, oldest first. Two relays at once never take the same."""
    waiting = Outbox.objects.select_for_update(no_key=True).filter(done_at=None)
    rows = list(waiting.filter(Q(leased_until=None) | Q(leased_until__lt=now)).order_by("created_at", "pk")[:AT_ONCE])
    for row in rows:
        row.leased_until = now + min(LEASE * 2 ** min(row.tries, 10), LONGEST)
        row.tries += 1
        row.save(update_fields=["leased_until", "tries"])
    return rows


def once(work: Callable[..., None]) -> Any:
    """A task of the outbox. Its work and the mark that it is done are one transaction: sent any number of times, killed
    at any point, it is done exactly once. Keep it short: on SQLite it holds the one writer.
    """

    @shared_task(name=f"{work.__module__}.{work.__name__}")  # type: ignore[untyped-decorator]
    @wraps(work)
    def run(*, outbox: int, **arguments: Any) -> None:
        try:
            with transaction.atomic():
                if Outbox.objects.select_for_update(no_key=True).filter(pk=outbox, done_at=None).first():
                    work(**arguments)
                    finish(outbox)
        except Exception as error:
            Outbox.objects.filter(pk=outbox).update(error=type(error).__name__)  # the log has the rest
            raise

    return run


def finish(outbox: int) -> None:
    """Called by a task in the transaction that completes its work."""
    Outbox.objects.filter(pk=outbox).update(done_at=timezone.now(), error="")

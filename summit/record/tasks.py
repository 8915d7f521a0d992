"""The relay: sends what waits in the outbox until it is done. Beat calls it every five seconds."""

from __future__ import annotations

from datetime import timedelta

from celery import current_app, shared_task
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from summit.record.models import Outbox

LEASE = timedelta(seconds=330)  # longer than CELERY_TASK_TIME_LIMIT: a task is never running twice at once


@shared_task  # type: ignore[untyped-decorator]
def relay() -> None:
    """Lease what waits and send it. A worker killed in between lets the lease run out, and it is sent again."""
    now = timezone.now()
    with transaction.atomic():
        waiting = (
            Outbox.objects.select_for_update()
            .filter(done_at=None)
            .filter(Q(leased_until=None) | Q(leased_until__lt=now))
        )
        rows = list(waiting.order_by("created_at")[:50])
        Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(leased_until=now + LEASE)
    for row in rows:
        current_app.send_task(row.task, kwargs={**row.arguments, "outbox": row.pk})


def finish(outbox: int) -> None:
    """Called by a task in the transaction that completes its work."""
    Outbox.objects.filter(pk=outbox).update(done_at=timezone.now(), error="")

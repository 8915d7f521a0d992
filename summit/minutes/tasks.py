"""Celery: load and call. What was asked for is finished in the transaction that completes it."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from summit.minutes import actions, exporting
from summit.record.tasks import once


@once
def archive(meeting_id: int) -> None:
    """Archive the minutes of a closed meeting. Killed anywhere and run again, there is one archive."""
    actions.archive(meeting_id, now=timezone.now())


@shared_task  # type: ignore[untyped-decorator]
def render_export(export_id: int, outbox: int | None = None) -> None:
    """Make the file somebody asked for; outside a transaction, because it takes long."""
    exporting.run(export_id, outbox)

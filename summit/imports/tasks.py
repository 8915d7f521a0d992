"""Celery: load and call."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from summit.imports import actions
from summit.imports.models import Import
from summit.record.tasks import finish


@shared_task  # type: ignore[untyped-decorator]
def preview(import_id: int, outbox: int | None = None) -> None:
    """Read a table and work out what it would change; progress is seen while it runs."""

    def progress(percent: int) -> None:
        Import.objects.filter(pk=import_id).update(progress=percent)

    if Import.objects.filter(pk=import_id).exists():  # it may have been discarded meanwhile
        actions.preview(import_id, now=timezone.now(), progress=progress)
    if outbox is not None:
        finish(outbox)

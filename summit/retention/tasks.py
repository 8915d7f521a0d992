"""Celery: load and call."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from summit.retention import actions


@shared_task  # type: ignore[untyped-decorator]
def purge() -> None:
    """Delete what was kept long enough. Beat calls it every hour."""
    actions.purge_all(timezone.now())

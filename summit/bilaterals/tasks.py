"""Celery: load and call."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from summit.bilaterals import actions


@shared_task  # type: ignore[untyped-decorator]
def forget() -> None:
    """What is over leaves no row, whether or not anybody comes by."""
    with transaction.atomic():
        actions.forget(timezone.now())

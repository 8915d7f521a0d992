"""Celery: load and call."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from summit.credentials import sending


@shared_task  # type: ignore[untyped-decorator]
def send_letter(delivery: int, outbox: int | None = None) -> None:
    """Send one letter; outside a transaction, because a mail server may take ten seconds to say nothing."""
    sending.send(delivery, now=timezone.now(), outbox=outbox)

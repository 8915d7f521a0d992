"""Celery: load and call."""

from __future__ import annotations

import hashlib

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from summit.record.tasks import finish
from summit.recordings import actions
from summit.recordings.models import Sound


@shared_task  # type: ignore[untyped-decorator]
def keep(sound_id: int, outbox: int | None = None) -> None:
    """Hash a recorded file, outside the transaction because reading takes long, and write the hash down."""
    path = settings.RECORDINGS / Sound.objects.get(pk=sound_id).file
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    with transaction.atomic():
        actions.keep(sound_id, sha256=sha256, size=path.stat().st_size, now=timezone.now())
        if outbox is not None:
            finish(outbox)


@shared_task  # type: ignore[untyped-decorator]
def purge() -> None:
    """Delete what was kept long enough. Beat calls it every hour."""
    actions.purge(timezone.now())

"""Celery: load and call."""

from __future__ import annotations

from celery import shared_task
from django.db.models import F, Q

from summit.record.models import Head
from summit.search import indexing


@shared_task  # type: ignore[untyped-decorator]
def look() -> None:
    """Index what changed in the journals that have grown. Beat calls it every fifteen seconds."""
    grown = Head.objects.filter(Q(summit__indexed=None) | ~Q(seq=F("summit__indexed__seq")))
    for pk in list(grown.values_list("summit_id", flat=True)):
        indexing.update(pk)

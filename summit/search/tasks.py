"""Celery: load and call."""

from __future__ import annotations

import logging

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from summit.record.actions import ask_for
from summit.record.models import Head
from summit.record.tasks import finish
from summit.search import indexing

log = logging.getLogger(__name__)


@shared_task  # type: ignore[untyped-decorator]
def look() -> None:
    """Index what changed in the journals that have grown. Beat calls it every fifteen seconds."""
    grown = Head.objects.filter(Q(summit__indexed=None) | ~Q(seq=F("summit__indexed__seq")))
    for pk in list(grown.values_list("summit_id", flat=True)):
        try:
            indexing.update(pk)
        except Exception:  # our fault, and logged; the other summits are found all the same
            log.exception("summit %s cannot be indexed", pk)


@shared_task  # type: ignore[untyped-decorator]
def read(papers: list[int], outbox: int) -> None:
    """Index papers that took longer than one look may; what is left then is asked for anew, after whatever else waits."""
    left = indexing.read(papers)
    with transaction.atomic():
        if left:
            ask_for("summit.search.tasks.read", f"search:after:{outbox}", now=timezone.now(), papers=left)
        finish(outbox)

"""Celery: load and call."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from summit.notices import actions, letters
from summit.notices.models import Notice
from summit.people.models import Person
from summit.record.models import Head
from summit.record.tasks import finish


@shared_task  # type: ignore[untyped-decorator]
def look() -> None:
    """Read on in the journals that have grown. Beat calls it every five seconds; one query while nothing has happened."""
    grown = Head.objects.filter(Q(summit__noticed=None) | ~Q(seq=F("summit__noticed__seq")))
    for pk in grown.values_list("summit_id", flat=True):
        actions.gather(pk, now=timezone.now())


@shared_task  # type: ignore[untyped-decorator]
def write(notice: int, persons: list[int], outbox: int | None = None) -> None:
    """Letters to these persons, outside a transaction because mail servers take their time."""
    row = (
        Notice.objects.select_related("summit", "delegation", "meeting", "paper", "question").filter(pk=notice).first()
    )
    if row is not None:  # its paper or question may be gone
        letters.send(row, list(Person.objects.filter(pk__in=persons).exclude(email="").order_by("pk")))
    if outbox is not None:
        with transaction.atomic():
            finish(outbox)

"""Celery: load and call."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from summit.notices import actions, letters
from summit.notices.models import Notice
from summit.notices.queries import entitled
from summit.people.models import Person
from summit.record.actions import ask_for
from summit.record.models import Head
from summit.record.tasks import finish

log = logging.getLogger(__name__)
PATIENCE = timedelta(days=1)  # with a mail server that is away: later a letter tells nothing new


@shared_task  # type: ignore[untyped-decorator]
def look() -> None:
    """Read on in the journals that have grown. Beat calls it every five seconds; two queries while nothing has happened."""
    grown = Head.objects.filter(Q(summit__noticed=None) | ~Q(seq=F("summit__noticed__seq")))
    for pk in list(grown.values_list("summit_id", flat=True)):
        try:
            actions.gather(pk, now=timezone.now())
        except Exception:  # our fault, and logged; the other summits are told theirs all the same
            log.exception("notices of summit %s cannot be gathered", pk)
    actions.gather_proposals(now=timezone.now())


@shared_task  # type: ignore[untyped-decorator]
def write(notice: int, persons: list[int], outbox: int | None = None) -> None:
    """Letters to these persons, outside a transaction because mail servers take their time. Those who have to wait are
    asked for anew, alone: nobody gets the same letter twice because of another."""
    now = timezone.now()
    row = (
        Notice.objects.select_related("summit", "delegation", "meeting", "paper", "question", "bilateral")
        .filter(pk=notice)
        .first()
    )
    later: list[Person] = []
    if row is not None and now - row.at < PATIENCE:  # its paper, question or bilateral may be gone
        readers = entitled(row, Person.objects.filter(pk__in=persons).exclude(email="").order_by("pk"), now)
        later = letters.send(row, readers)
        if later and len(later) == len(readers):
            return  # sent again when its lease has run out
    if outbox is not None:
        with transaction.atomic():
            if later:
                waiting = [person.pk for person in later]
                key = f"notice:{notice}:after:{outbox}"
                ask_for("summit.notices.tasks.write", key, now=now, notice=notice, persons=waiting)
            finish(outbox)

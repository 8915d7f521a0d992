"""Sending letters, and what comes back of them."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPAuthenticationError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.db import transaction

from summit.credentials import letters
from summit.credentials.models import Delivery
from summit.people.queries import acting
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.tasks import finish

log = logging.getLogger(__name__)
PATIENCE = timedelta(days=4)  # a server that says "later" for so long is told to have refused (RFC 5321 4.5.4.1)
KIND = {Delivery.State.REFUSED: "invitation.refused", Delivery.State.BOUNCED: "invitation.bounced"}


def send(delivery_id: int, *, now: datetime, outbox: int | None = None) -> None:
    """Try to send a letter; what waits is tried again when the outbox's lease runs out.

    Killed between the mail server's yes and our note of it, the same letter is sent twice: better than not at all.
    """
    row = Delivery.objects.select_related("invitation__summit", "invitation__person").get(pk=delivery_id)
    if row.state == Delivery.State.QUEUED:
        state, said = _tried(row, now) if _wanted(row, now) else (Delivery.State.DROPPED, "")
    else:
        state, said = Delivery.State(row.state), row.said
    with transaction.atomic():
        _note(row, state, said, now)
        if outbox is not None and state != Delivery.State.QUEUED:
            finish(outbox)


def _wanted(row: Delivery, now: datetime) -> bool:
    invitation = row.invitation
    over = invitation.consumed_at or invitation.withdrawn_at or invitation.expires_at <= now
    old = row.kind == Delivery.Kind.CODE and row.number != invitation.codes  # a newer one is under way
    return not over and not old and bool(row.address)


def _tried(row: Delivery, now: datetime) -> tuple[Delivery.State, str]:
    """What came of one try: the state the letter is in now, and the server's words."""
    try:
        letters.compose(row).send()
    except (OSError, SMTPException) as fault:
        code, said = _answer(fault)
        log.warning("a letter was not taken: %s %s", type(fault).__name__, code or "")  # never the address or the link
        for_good = code >= 500 and not isinstance(
            fault, SMTPAuthenticationError
        )  # our own password is no fault of theirs
        late = now - row.queued_at > PATIENCE
        return (Delivery.State.REFUSED if for_good or late else Delivery.State.QUEUED), said
    return Delivery.State.SENT, ""


def _answer(fault: Exception) -> tuple[int, str]:
    """A server's code (0: it did not answer) and words."""
    words: bytes | str
    if isinstance(fault, SMTPRecipientsRefused):
        code, words = next(iter(fault.recipients.values()))
    elif isinstance(fault, SMTPResponseException):
        code, words = fault.smtp_code, fault.smtp_error
    else:
        return 0, type(fault).__name__
    text = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    return int(code), f"{code} {text}"[:500]


def _note(row: Delivery, state: Delivery.State, said: str, now: datetime) -> None:
    if row.state != Delivery.State.QUEUED:
        return
    ended = None if state == Delivery.State.QUEUED else now
    waits = Delivery.objects.filter(pk=row.pk, state=Delivery.State.QUEUED)  # it may have come back already
    if not waits.update(state=state, said=said, tries=row.tries + 1, ended_at=ended):
        return
    if state == Delivery.State.REFUSED:
        _record(row, state, now)


@transaction.atomic
def came_back(key: str, *, said: str, now: datetime) -> Delivery | None:
    """A letter that was taken has come back. None when no such letter is known, or it is known to have come back."""
    row = Delivery.objects.select_for_update(of=("self",), no_key=True).filter(
        key=key, state__in=[Delivery.State.SENT, Delivery.State.QUEUED]
    ).select_related("invitation__summit", "invitation__person").first()  # fmt: skip
    if row is None:
        return None
    row.state, row.said, row.ended_at = Delivery.State.BOUNCED, said[:500], now
    row.save(update_fields=["state", "said", "ended_at"])
    _record(row, Delivery.State.BOUNCED, now)
    return row


def _record(row: Delivery, state: Delivery.State, now: datetime) -> None:
    """By the machine. The server's words may hold the address: they stay out of the journal."""
    summit = row.invitation.summit
    record.write(
        summit, KIND[state], at=now, actor=None, audience=Entry.Audience.OFFICERS, letter=row.kind,
        subject=acting(row.invitation.person, summit, now),
    )  # fmt: skip

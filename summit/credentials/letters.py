"""The letters that credentials write: queued in the transaction of the act, sent by the worker until they are taken.

A letter is a file for each of the six languages (templates/letters), its subject on the first line.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import override

from summit import names
from summit.credentials.models import Delivery, Invitation
from summit.record import actions as record

SPOKEN = {"zh": "zh-hans"}  # Django's name for the dates of a language
SEND = "summit.credentials.tasks.send_letter"


def token_of(nonce: str) -> str:
    """The token of a link: 128 bits, the same each time it is asked for."""
    return salted_hmac("summit.credentials.invitation", nonce, algorithm="sha256").hexdigest()[:32]


def code_of(invitation: Invitation, number: int) -> str:
    """The code of six digits that was sent as the so-manyth of an invitation."""
    made = salted_hmac("summit.credentials.code", f"{invitation.digest}:{number}", algorithm="sha256").hexdigest()
    return f"{int(made, 16) % 1_000_000:06d}"


def address(token: str) -> str:
    """The link itself."""
    return f"{settings.ORIGIN}{reverse('invitation', args=[token])}"


def language_for(invitation: Invitation) -> str:
    """The language of a letter: the person's own, else the first of the summit's, of the six that letters have."""
    wished = (invitation.person.language, *invitation.summit.languages, "en")
    return next(str(code) for code in wished if code in settings.CONTENT_LANGUAGES)


def queue(invitation: Invitation, kind: str, *, now: datetime, number: int = 0) -> Delivery:
    """A letter to be sent after this transaction; a mail server that is away makes it wait and loses nothing."""
    row = Delivery.objects.create(
        invitation=invitation, kind=kind, key=secrets.token_hex(16), address=invitation.person.email, number=number,
        language=language_for(invitation), queued_at=now,
    )  # fmt: skip
    record.ask_for(SEND, f"letter:{row.pk}", now=now, delivery=row.pk)
    return row


def compose(row: Delivery) -> EmailMessage:
    """The letter, with a Message-ID by which a bounce finds it and an envelope that bounces come back to."""
    invitation, language = row.invitation, row.language
    with override(SPOKEN.get(language, language)):
        until = date_format(localtime(invitation.expires_at), "DATE_FORMAT")
    words = {
        "person": names.formal(invitation.person.names, language), "until": until,
        "gathering": names.short(invitation.summit.names, language),
        "link": address(token_of(invitation.nonce)) if row.kind == Delivery.Kind.INVITATION else "",
        "code": code_of(invitation, row.number) if row.kind == Delivery.Kind.CODE else "",
    }  # fmt: skip
    subject, _blank, text = render_to_string(f"letters/{row.kind}.{language}.txt", words).partition("\n")
    sender = settings.DEFAULT_FROM_EMAIL
    host = parseaddr(sender)[1].partition("@")[2] or "localhost"
    headers = {
        "From": sender, "Message-ID": f"<{row.key}@{host}>", "Auto-Submitted": "auto-generated",
        "Content-Language": language,
    }  # fmt: skip
    return EmailMessage(
        subject.strip(), text.strip() + "\n", settings.BOUNCES or sender, [row.address], headers=headers
    )

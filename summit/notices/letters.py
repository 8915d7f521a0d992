"""Letters about notices."""

from __future__ import annotations

import logging
from contextlib import suppress
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext, override

from summit import names
from summit.notices.models import Notice
from summit.notices.words import path, sentence
from summit.people.models import Person

log = logging.getLogger(__name__)


def send(notice: Notice, persons: list[Person]) -> list[Person]:
    """One letter each, in their language, over one connection. Returns those who wait: the mail server is away, or said
    "later". Whom it refuses for good gets no letter, and costs nobody else theirs.
    """
    later: list[Person] = []
    connection = get_connection()
    for place, person in enumerate(persons):
        try:
            connection.open()
            connection.send_messages([_letter(notice, person)])
        except (SMTPRecipientsRefused, SMTPDataError) as fault:
            code = fault.smtp_code if isinstance(fault, SMTPDataError) else next(iter(fault.recipients.values()))[0]
            log.warning("a notice was not taken: %s", code)  # never the address
            if code < 500:
                later.append(person)
        except (OSError, SMTPException) as fault:
            log.warning("notices wait for the mail server: %s", type(fault).__name__)
            later += persons[place:]
            break
    with suppress(OSError, SMTPException):
        connection.close()
    return later


def _letter(notice: Notice, person: Person) -> EmailMessage:
    with override(person.language or settings.LANGUAGE_CODE):
        gathering = names.short(notice.summit.names, get_language() or "en")
        words = {
            "person": person, "sentence": _plain(sentence(notice)), "gathering": gathering,
            "link": settings.ORIGIN + path(notice),
            "choices": settings.ORIGIN + reverse("notices", args=[notice.summit.slug]),
        }  # fmt: skip
        subject = gettext("%(summit)s: %(what)s") % {"summit": gathering, "what": notice.get_kind_display()}
        text = render_to_string("notices/letter.txt", words)
    return EmailMessage(subject, text, None, [person.email], headers={"Auto-Submitted": "auto-generated"})


def _plain(text: str) -> str:
    """Without the invisible isolates of a page: mail programs show some of them."""
    return text.replace("\u2068", "").replace("\u2069", "")

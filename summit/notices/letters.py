"""Letters about notices."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext, override

from summit import names
from summit.notices.models import Notice
from summit.notices.words import path, sentence
from summit.people.models import Person


def send(notice: Notice, persons: list[Person]) -> int:
    """One letter each, in their language, over one connection; how many were taken. OSError, SMTPException: try again."""
    letters = [_letter(notice, person) for person in persons]
    return get_connection().send_messages(letters) or 0


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

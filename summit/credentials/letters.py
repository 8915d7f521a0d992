"""The letters that credentials write."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext, override

from summit import names
from summit.credentials.models import Invitation

log = logging.getLogger(__name__)


def address(token: str) -> str:
    """The link itself."""
    return f"{settings.ORIGIN}{reverse('invitation', args=[token])}"


def send_invitation(invitation: Invitation, token: str) -> bool:
    """Send the link to the person's address. To be called after commit: a letter cannot be taken back.

    False when there is no address or the mail server did not take it: hand the link over yourself.
    """
    person = invitation.person
    if not person.email:
        return False
    with override(person.language or get_language() or settings.LANGUAGE_CODE):
        language = get_language() or "en"
        gathering = names.short(invitation.summit.names, language)
        until = date_format(localtime(invitation.expires_at), "j F Y")
        words = {"person": person, "gathering": gathering, "link": address(token), "until": until}
        subject = gettext("Your access to %(summit)s") % {"summit": gathering}
        text = render_to_string("credentials/invitation.txt", words)
    try:
        return bool(send_mail(subject, text, None, [person.email]))
    except (OSError, SMTPException) as fault:
        log.warning("a letter was not taken: %s", type(fault).__name__)  # never the address or the link
        return False

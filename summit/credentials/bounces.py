"""Reading what mail servers send back: delivery status notifications (RFC 3464). Pure.

A notification counts only for a letter whose Message-ID it names: that id is 128 random bits only the servers on the
way have seen, so nobody else can declare a letter undeliverable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

_KEY = re.compile(r"<([0-9a-f]{32})@[^>]*>")


@dataclass(frozen=True)
class Bounce:
    """A letter that could not be delivered. key: of the letter; said: the server's words."""

    key: str
    said: str


def read(raw: bytes) -> Bounce | None:
    """What this mail says came back; None when it is no notification of a failure (a delay, an out-of-office note)."""
    mail = message_from_bytes(raw, policy=policy.default)
    reports = [part for part in mail.walk() if part.get_content_type() == "message/delivery-status"]
    said = next((words for part in reports if (words := _failure(part))), None)
    key = _key(mail)
    return Bounce(key, said) if said and key else None


def _failure(report: EmailMessage) -> str | None:
    """The words of the first recipient that failed for good."""
    for block in report.iter_parts() if report.is_multipart() else []:
        if str(block.get("Action", "")).strip().lower() == "failed":
            status = str(block.get("Status", "")).strip()
            words = str(block.get("Diagnostic-Code", "")).partition(";")[2].strip()
            return " ".join(f"{status} {words}".split()) or "failed"
    return None


def _key(mail: EmailMessage) -> str | None:
    """Of the letter that came back with the notification, whole or its headers."""
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            found = next((str(inner.get("Message-ID", "")) for inner in part.iter_parts()), "")
        elif part.get_content_type() == "text/rfc822-headers":
            found = str(part.get_content())
        else:
            continue
        if match := _KEY.search(found):
            return match.group(1)
    return None

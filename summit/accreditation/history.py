"""What the journal says of one person's way to the hall, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from summit.credentials.models import Accreditation
from summit.record.models import Entry

SHOWN = 30  # entries, the newest first
WORDS: dict[str, Promise] = {
    "person.registered": _("Entered"),
    "person.changed": _("Name or address changed"),
    "person.merged": _("Merged with another entry"),
    "person.untied": _("Account untied from a service for sign-in"),
    "member.nominated": _("Nominated by the delegation"),
    "nomination.changed": _("Nomination corrected"),
    "accreditation.nominated": _("Nominated"),
    "accreditation.approved": _("Approved"),
    "accreditation.badged": _("Badge handed out"),
    "badge.issued": _("Badge printed"),
    "badge.scanned": _("Badge scanned at the door"),
    "photo.kept": _("Photo received"),
    "accreditation.refused": _("Refused"),
    "accreditation.withdrawn": _("Withdrawn"),
    "member.appointed": _("Seated with the delegation"),
    "member.ended": _("Seat ended"),
    "invitation.sent": _("Invited"),
    "invitation.withdrawn": _("Invitation withdrawn"),
    "focal.named": _("Named focal point"),
    "focal.released": _("No longer focal point"),
    "head.acting": _("Named acting head for a meeting"),
}


@dataclass(frozen=True)
class Event:
    """One line. actor: names of who did it; None: the machine."""

    at: datetime
    words: Promise
    reason: str
    actor: dict[str, Any] | None


def history_of(row: Accreditation) -> list[Event]:
    """The newest entries about this person, and about who was merged with them. Two queries."""
    here = Entry.objects.filter(summit=row.summit_id)
    merged = here.filter(kind="person.merged", body__subject__person=row.person_id)
    persons = [row.person_id, *merged.values_list("body__was__person", flat=True)]
    about = Q()
    for person in persons:
        about |= Q(body__subject__person=person)
    rows = here.filter(about, kind__in=WORDS)
    return [
        Event(one.at, WORDS[one.kind], str(one.body.get("reason") or ""), (one.body.get("actor") or {}).get("names"))
        for one in rows.order_by("-seq")[:SHOWN]
    ]

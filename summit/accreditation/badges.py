"""Badges: a number and a QR that only we can make. Printing one again voids the one before."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from summit.accreditation import queries
from summit.accreditation.models import Badge
from summit.credentials.actions import take_step
from summit.credentials.models import Accreditation, AccreditationState
from summit.credentials.queries import MAY_ENTER
from summit.errors import Refused
from summit.people.models import Person
from summit.people.queries import acting
from summit.record import actions as record
from summit.record.models import Entry
from summit.summits.models import Summit

SIGNATURE = 20  # letters of base 32: 100 bits, in a QR that a poor camera still reads
TYPED = 8  # of them are printed beneath, to type in where a camera fails: 40 bits, beside the photo


def code_of(badge: Badge) -> str:
    """What the QR says: number and signature, bound to summit, person and number. Letters of QR's alphanumeric mode."""
    said = f"{badge.summit_id}:{badge.accreditation.person_id}:{badge.number}"
    signature = base64.b32encode(salted_hmac("summit.badge", said, algorithm="sha256").digest()).decode()[:SIGNATURE]
    return f"{badge.number}-{signature}"


def typed_code(badge: Badge) -> str:
    """What is printed beneath the QR: 17-K7QX-M2PA."""
    number, signature = code_of(badge).split("-")
    return f"{number}-{signature[: TYPED // 2]}-{signature[TYPED // 2 : TYPED]}"


def digest_of(code: str) -> str:
    """What a telephone at the door keeps of a code: SHA-256, hex, of its letters and digits.

    From a list of these nobody makes a QR (100 bits). The 40 bits typed are found in minutes by who has stolen it: they
    open no door without somebody of the staff who types them and compares the photo.
    """
    bare = "".join(letter for letter in code.upper() if letter.isascii() and letter.isalnum())
    return hashlib.sha256(bare.encode()).hexdigest()


@transaction.atomic
def issue_badge(accreditation_id: int, *, by: Person | None, now: datetime) -> Badge:
    """A new badge for somebody who may enter; one they had is void from now on.

    Refused: desk.required, badge.not_approved.
    """
    summit = Summit.objects.lock(Accreditation.objects.values_list("summit_id", flat=True).get(pk=accreditation_id))
    queries.refuse_unless_desk(by, summit, now)
    row = summit.accreditations.select_related("person").get(pk=accreditation_id)
    if row.state not in MAY_ENTER:
        raise Refused("badge.not_approved", _("Approve this person first; then they get a badge."))
    earlier = row.badges.filter(voided_at=None).first()
    if earlier:
        earlier.voided_at = now
        earlier.save(update_fields=["voided_at"])
    last = summit.badges.aggregate(last=Max("number"))["last"] or 0
    badge = Badge.objects.create(accreditation=row, summit=summit, number=last + 1, issued_at=now, issued_by=by)
    if row.state == AccreditationState.APPROVED:
        take_step(summit, row, AccreditationState.BADGED, by=by, now=now)
    record.write(
        summit, "badge.issued", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=acting(row.person, summit, now), number=badge.number, voids=earlier.number if earlier else None,
    )  # fmt: skip
    return badge

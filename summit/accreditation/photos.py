"""Badge photos: checked, cut to the badge's shape and encoded anew by a child process, seen by few."""

from __future__ import annotations

import hashlib
import secrets
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image

from summit.accreditation import darkroom, queries
from summit.accreditation.models import Photo
from summit.credentials.models import Accreditation, AccreditationState
from summit.errors import Refused
from summit.people.models import Person
from summit.people.queries import acting
from summit.record import actions as record
from summit.record.models import Entry
from summit.summits.models import Summit

LIMIT = 10 * 1024 * 1024  # bytes of an upload
SMALL = (120, 160)  # pixels of the picture a telephone at the door keeps; it is drawn in this size
BUDGET = 4096  # bytes of it at most: 600 people are 2.4 MB
PATIENCE = 20  # s of waiting for the child, on a busy machine
WHY = {
    "not_photo": _("This is not a photo we can read. Send it as JPEG, PNG or WebP."),
    "pixels": _("This photo has more than 60 million pixels. Make it smaller, then send it again."),
    "small": _("The part you chose is too small to print. Choose a larger part, or send a larger photo."),
}


@dataclass(frozen=True)
class Cut:
    """The part to keep, in shares of the upright picture: left edge, top edge, width. Its shape is always 3:4."""

    left: float = 0.0
    top: float = 0.0
    width: float = 1.0


def develop(content: bytes, cut: Cut) -> bytes:
    """The badge photo, a JPEG of 480×640 pixels. May take seconds: not inside a transaction.

    Refused: photo.size (over 10 MB), photo.content (not a photo, too many pixels, the part too small).
    """
    if not content or len(content) > LIMIT:
        raise Refused("photo.size", _("Send a photo of at most 10 MB."))
    command = [
        sys.executable,
        "-I",
        "-W",
        "ignore",  # on standard error stands its word, and nothing else
        str(Path(darkroom.__file__)),
        *(f"{one:.6f}" for one in (cut.left, cut.top, cut.width)),
    ]
    try:
        child = subprocess.run(command, input=content, capture_output=True, timeout=PATIENCE, env={}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise Refused("photo.content", WHY["not_photo"]) from error
    if child.returncode == 0:
        return child.stdout
    if child.returncode == 3 or child.returncode < 0:  # its word, or a limit of the kernel
        raise Refused("photo.content", WHY[child.stderr.decode() if child.returncode == 3 else "not_photo"])
    raise RuntimeError(child.stderr.decode())


def small(jpeg: bytes) -> bytes:
    """A badge photo of ours as a WebP of SMALL pixels and, but for pictures of mere noise, at most BUDGET bytes. 5 ms."""
    picture = Image.open(BytesIO(jpeg), formats=("JPEG",))
    picture.draft("RGB", SMALL)  # decoded at a fraction of its size
    cut = picture.resize(SMALL, Image.Resampling.LANCZOS)
    for quality in (75, 50, 25):
        made = BytesIO()
        cut.save(made, "WEBP", quality=quality)
        if made.tell() <= BUDGET:
            break
    return made.getvalue()


@transaction.atomic
def keep_photo(accreditation_id: int, jpeg: bytes, *, by: Person | None, now: datetime) -> Photo:
    """Put this photo (from `develop`) on the person's badge; an earlier one is deleted.

    By the person, a focal point of their delegation, or the desk. Refused: photo.not_yours, photo.withdrawn.
    """
    summit = Summit.objects.lock(Accreditation.objects.values_list("summit_id", flat=True).get(pk=accreditation_id))
    row = summit.accreditations.select_related("person").get(pk=accreditation_id)
    if by is not None and not queries.may_send_photo(by, row, now):
        raise Refused(
            "photo.not_yours", _("Only this person, their focal point or the accreditation desk sends their photo.")
        )
    if row.state == AccreditationState.WITHDRAWN:
        raise Refused("photo.withdrawn", _("This accreditation was withdrawn. No photo is kept for it."))
    photo = Photo.objects.filter(accreditation=row).first() or Photo(accreditation=row)
    if photo.pk and photo.file.name:
        transaction.on_commit(partial(photo.file.storage.delete, photo.file.name), robust=True)
    photo.sha256, photo.kept_at = hashlib.sha256(jpeg).hexdigest(), now
    photo.file.save(f"{secrets.token_hex(16)}.jpg", ContentFile(jpeg), save=True)
    record.write(
        summit, "photo.kept", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=acting(row.person, summit, now), sha256=photo.sha256,
    )  # fmt: skip
    return photo

"""How each kind of personal data is deleted. One function a kind: the rows of a summit go, their number is returned.

Kinds whose tables stand above this topic (the rooms') register theirs with `deletes`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q

from summit.accreditation.models import Photo
from summit.credentials.models import CredentialsLetter, Delivery
from summit.retention.models import Kind
from summit.summits.models import Summit

Delete = Callable[[Summit, datetime], int]
DELETE: dict[str, Delete] = {}


def deletes(kind: str) -> Callable[[Delete], Delete]:
    """Decorator: this function deletes a summit's data of this kind, inside a transaction, and says how many."""

    def keep(function: Delete) -> Delete:
        DELETE[kind] = function
        return function

    return keep


@deletes(Kind.LETTERS)
def letters(summit: Summit, now: datetime) -> int:
    """The files go; who signed what when, and the hash, stay."""
    rows = list(CredentialsLetter.objects.filter(delegation__summit=summit, purged_at=None))
    for row in rows:
        transaction.on_commit(partial(row.file.storage.delete, str(row.file.name)), robust=True)
        row.file, row.purged_at = "", now
        row.save(update_fields=["file", "purged_at"])
    return len(rows)


@deletes(Kind.INVITATIONS)
def invitations(summit: Summit, now: datetime) -> int:
    """Addresses and the servers' words go; links that were not used end. Also works that waited to be sent."""
    summit.invitations.filter(consumed_at=None, withdrawn_at=None, reusable=False).update(withdrawn_at=now)
    rows = Delivery.objects.filter(invitation__summit=summit).exclude(address="", said="")
    return rows.update(address="", said="")


@deletes(Kind.PHOTOS)
def photos(summit: Summit, now: datetime) -> int:
    """Badge photos, file and row."""
    rows = list(Photo.objects.filter(accreditation__summit=summit))
    for row in rows:
        transaction.on_commit(partial(row.file.storage.delete, str(row.file.name)), robust=True)
        row.delete()
    return len(rows)


@deletes(Kind.IMPORTS)
def imports(summit: Summit, now: datetime) -> int:
    """The table's bytes and rows go; who imported what file, by its hash, stays. It can be undone no more."""
    rows = summit.imports.filter(kind="people").exclude(Q(content=b"") & Q(rows=[]))
    return rows.update(content=b"", rows=[])

"""The only writer of the journal."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from summit.record import chain
from summit.record.guard import WITHHELD
from summit.record.models import Entry, Head, Outbox
from summit.record.tasks import ring

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from summit.agenda.models import Meeting
    from summit.summits.models import Summit


def stamp(at: datetime) -> str:
    """A moment as the journal spells it: UTC with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def write(
    summit: Summit,
    kind: str,
    /,
    *,
    at: datetime,
    actor: dict[str, Any] | None,
    meeting: Meeting | None = None,
    audience: str = Entry.Audience.MEETING,
    **body: Any,
) -> Entry:
    """Append one entry, in the transaction of the fact it tells.

    kind: noun.verb in the past. actor: `queries.person_as(…)`, None for the machine itself. body: plain JSON without
    floats, with everything a reader needs as it stands now: names, codes, functions, never ids alone.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("journal entries are written in the transaction of the act")
    head = Head.objects.lock(summit.pk)
    seq, salt, content = head.seq + 1, secrets.token_hex(16), {"actor": actor, **body}
    hashed = chain.body_hash(salt, content)
    digest = chain.digest(
        version=chain.VERSION, summit=summit.slug, seq=seq, at=stamp(at), kind=kind,
        meeting=meeting.slug if meeting else None, audience=audience, body=hashed, prev=head.digest,
    )  # fmt: skip
    entry = Entry.objects.create(
        summit=summit, seq=seq, version=chain.VERSION, at=at, kind=kind, meeting=meeting, audience=audience,
        body=content, salt=salt, body_hash=hashed, prev=head.digest, digest=digest,
    )  # fmt: skip
    head.seq, head.digest = seq, digest
    head.save(update_fields=["seq", "digest"])
    return entry


def withhold(
    summit: Summit, entries: QuerySet[Entry], kind: str, /, *, at: datetime, actor: dict[str, Any] | None, **body: Any
) -> Entry:  # fmt: skip
    """Take the bodies of these entries away for good, and say so in an entry that names each by number and hash.

    Only what officers see (the triggers refuse the rest). Without its salt a hash tells nothing; the chain stays whole,
    and `faults` takes a missing body for a fault unless such an entry names it.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("journal entries are withheld in the transaction of the act")
    found = list(entries.exclude(salt="").order_by("seq").values_list("pk", "seq", "body_hash"))
    Entry.objects.filter(pk__in=[pk for pk, _seq, _hash in found]).update(body=WITHHELD, salt="")
    named = [{"seq": seq, "body_hash": hashed} for _pk, seq, hashed in found]
    officers = Entry.Audience.OFFICERS
    return write(summit, kind, at=at, actor=actor, audience=officers, withheld=named, **body)


def ask_for(task: str, key: str, *, now: datetime, **arguments: Any) -> None:
    """Work to be done after this transaction (Celery task name), at once where broker and worker are there, else when
    they are back. The same key is asked for once, ever."""
    _row, new = Outbox.objects.get_or_create(
        key=key, defaults={"task": task, "arguments": arguments, "created_at": now}
    )
    if new:
        transaction.on_commit(ring, robust=True)

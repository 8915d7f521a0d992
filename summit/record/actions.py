"""The only writer of the journal."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from summit.record import chain
from summit.record.models import Entry, Head, Outbox
from summit.record.tasks import ring

if TYPE_CHECKING:
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


def ask_for(task: str, key: str, *, now: datetime, **arguments: Any) -> None:
    """Work to be done after this transaction (Celery task name), at once where broker and worker are there, else when
    they are back. The same key is asked for once, ever."""
    _row, new = Outbox.objects.get_or_create(
        key=key, defaults={"task": task, "arguments": arguments, "created_at": now}
    )
    if new:
        transaction.on_commit(ring, robust=True)

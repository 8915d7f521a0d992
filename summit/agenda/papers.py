"""Publishing papers: the symbol first, then a file for each language."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.agenda import files
from summit.agenda.actions import tell_meetings_with
from summit.agenda.models import Item, Paper, PaperFile
from summit.errors import Refused
from summit.people.models import Person, Task
from summit.people.queries import acting, refuse_unless_tasked
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import item_as
from summit.summits import approved
from summit.summits.models import Summit


def paper_as(paper: Paper) -> dict[str, Any]:
    """A paper as it stands now, for the journal."""
    return {"symbol": paper.symbol, "titles": paper.titles, "access": paper.access, "item": item_as(paper.item)}


@transaction.atomic
def publish_paper(
    summit_id: int, *, by: Person | None, now: datetime, symbol: str, titles: Mapping[str, Any], access: str,
    item_id: int | None = None,
) -> Paper:  # fmt: skip
    """Give a paper its symbol. Refused: organiser.required, paper.symbol, paper.twice, paper.access, name.*."""
    summit = Summit.objects.lock(summit_id)
    refuse_unless_tasked(by, summit, now, Task.CONFERENCE)
    clean = approved.line(symbol)
    if len(clean) > 60:
        raise Refused("paper.symbol", _("A symbol has at most 60 characters, such as A/1/L.4/Rev.1."))
    if summit.papers.filter(symbol=clean).exists():
        raise Refused("paper.twice", _("There is a paper with this symbol already."))
    paper = Paper(summit=summit, symbol=clean)
    _fill(paper, titles, access, item_id)
    paper.save()
    _record(paper, "paper.published", by, now)
    return paper


@transaction.atomic
def change_paper(
    paper_id: int, *, by: Person | None, now: datetime, titles: Mapping[str, Any], access: str,
    item_id: int | None = None,
) -> Paper:  # fmt: skip
    """Change title, item or who may read it; the symbol stays. Refused: organiser.required, paper.access, name.*."""
    paper = _held(paper_id)
    refuse_unless_tasked(by, paper.summit, now, Task.CONFERENCE)
    was = paper_as(paper)
    _fill(paper, titles, access, item_id)
    paper.save()
    _record(paper, "paper.changed", by, now, was=was)
    return paper


@transaction.atomic
def add_file(
    paper_id: int, *, by: Person | None, now: datetime, language: str, found: files.Found
) -> PaperFile:  # fmt: skip
    """Keep one language version under a name of our own; one of the same language and kind is replaced.

    found: what `files.look_into` made of the upload, before this transaction. The journal keeps the file's hash.
    Refused: organiser.required, paper.language.
    """
    if language not in settings.CONTENT_LANGUAGES:
        raise Refused("paper.language", _("Choose one of the six official languages of the United Nations."))
    paper = _held(paper_id)
    refuse_unless_tasked(by, paper.summit, now, Task.CONFERENCE)
    row = paper.files.filter(language=language, kind=found.kind).first() or PaperFile(
        paper=paper, language=language, kind=found.kind
    )
    old = str(row.file.name) if row.pk else ""
    row.size, row.sha256 = found.size, found.sha256
    row.file.save(f"{secrets.token_hex(16)}.{found.kind}", ContentFile(found.content), save=True)
    _record(paper, "paper.file_added", by, now, language=language, format=found.kind, sha256=found.sha256)
    if old:
        transaction.on_commit(partial(row.file.storage.delete, old), robust=True)
    return row


@transaction.atomic
def withdraw_paper(paper_id: int, *, by: Person | None, now: datetime) -> None:
    """Take a paper back; its files go too, the journal keeps symbol and hashes. Refused: organiser.required."""
    paper = _held(paper_id)
    refuse_unless_tasked(by, paper.summit, now, Task.CONFERENCE)
    kept = list(paper.files.all())
    _record(paper, "paper.withdrawn", by, now, hashes=[row.sha256 for row in kept])
    paper.delete()
    for row in kept:
        transaction.on_commit(partial(row.file.storage.delete, str(row.file.name)), robust=True)


def _held(paper_id: int) -> Paper:
    summit = Summit.objects.lock(Paper.objects.values_list("summit_id", flat=True).get(pk=paper_id))
    paper = summit.papers.select_related("item").get(pk=paper_id)
    paper.summit = summit
    return paper


def _fill(paper: Paper, titles: Mapping[str, Any], access: str, item_id: int | None) -> None:
    if access not in Paper.Access.values:
        raise Refused("paper.access", _("Choose who may read this paper."))
    item = Item.objects.filter(pk=item_id, summit=paper.summit_id).first() if item_id else None
    if item_id and item is None:
        raise Refused("item.unknown", _("This agenda item belongs to another summit or is gone. Choose again."))
    paper.titles, paper.access, paper.item = approved.texts(titles), access, item


def _record(paper: Paper, kind: str, by: Person | None, now: datetime, **body: Any) -> None:
    # A restricted paper's title is not for everyone who was in the room.
    audience = Entry.Audience.OFFICERS if paper.access == Paper.Access.RESTRICTED else Entry.Audience.MEETING
    record.write(
        paper.summit,
        kind,
        at=now,
        actor=acting(by, paper.summit, now),
        audience=audience,
        paper=paper_as(paper),
        **body,
    )
    tell_meetings_with(paper.item)

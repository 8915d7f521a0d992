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
from summit.agenda.sitting import Sitting
from summit.agenda.symbols import superseded
from summit.errors import Refused
from summit.people.models import Person, Task
from summit.people.queries import acting, refuse_unless_tasked
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import delegation_as, item_as
from summit.summits import approved
from summit.summits.models import Summit


def paper_as(paper: Paper) -> dict[str, Any]:
    """A paper as it stands now, for the journal."""
    return {
        "symbol": paper.symbol, "titles": paper.titles, "access": paper.access, "item": item_as(paper.item),
        "delegation": delegation_as(paper.delegation) if paper.delegation else None, "embargoed": is_held_back(paper),
    }  # fmt: skip


def is_held_back(paper: Paper) -> bool:
    """Whether its item has yet to be taken up before it is read."""
    return paper.embargoed and paper.released_at is None


@transaction.atomic
def publish_paper(
    summit_id: int, *, by: Person | None, now: datetime, symbol: str, titles: Mapping[str, Any], access: str,
    item_id: int | None = None, delegation_id: int | None = None, embargoed: bool = False,
) -> Paper:  # fmt: skip
    """Give a paper its symbol; a revision supersedes what it revises.

    delegation_id: with access `delegation`. embargoed: until its item is taken up, or released by hand.
    Refused: organiser.required, paper.symbol, paper.twice, paper.access, paper.delegation, paper.embargo, name.*.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_tasked(by, summit, now, Task.CONFERENCE)
    clean = approved.line(symbol)
    if len(clean) > 60:
        raise Refused("paper.symbol", _("A symbol has at most 60 characters, such as A/1/L.4/Rev.1."))
    if summit.papers.filter(symbol=clean).exists():
        raise Refused("paper.twice", _("There is a paper with this symbol already."))
    paper = Paper(summit=summit, symbol=clean)
    _fill(paper, titles, access, item_id, delegation_id, embargoed)
    paper.save()
    work_out_chains(summit)
    _record(paper, "paper.published", by, now)
    return paper


@transaction.atomic
def change_paper(
    paper_id: int, *, by: Person | None, now: datetime, titles: Mapping[str, Any], access: str,
    item_id: int | None = None, delegation_id: int | None = None, embargoed: bool = False,
) -> Paper:  # fmt: skip
    """Change title, item or who may read it; the symbol stays. A paper that was released stays so.

    Refused: organiser.required, paper.access, paper.delegation, paper.embargo, name.*.
    """
    paper = _held(paper_id)
    refuse_unless_tasked(by, paper.summit, now, Task.CONFERENCE)
    was, before = paper_as(paper), paper.item
    _fill(paper, titles, access, item_id, delegation_id, embargoed)
    paper.save(
        update_fields=["titles", "access", "item", "delegation", "embargoed"]
    )  # its item may be taken up just now
    work_out_chains(paper.summit)
    _record(paper, "paper.changed", by, now, was=was)
    if before != paper.item:
        tell_meetings_with(before)
    return paper


@transaction.atomic
def add_file(
    paper_id: int, *, by: Person | None, now: datetime, language: str, found: files.Found, original: bool = False,
) -> PaperFile:  # fmt: skip
    """Keep one language version under a name of our own; one of the same language and kind is replaced.

    original: the paper was written in this language; it is so of one language only. found: what `files.look_into`
    made of the upload, before this transaction. The journal keeps the file's hash.
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
    if original:
        paper.files.exclude(language=language).update(original=False)
        paper.files.filter(language=language).update(original=True)
    row.original = original or paper.files.filter(language=language, original=True).exists()
    row.file.save(f"{secrets.token_hex(16)}.{found.kind}", ContentFile(found.content), save=True)
    _record(
        paper,
        "paper.file_added",
        by,
        now,
        language=language,
        format=found.kind,
        sha256=found.sha256,
        original=row.original,
    )
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
    work_out_chains(paper.summit)
    for row in kept:
        transaction.on_commit(partial(row.file.storage.delete, str(row.file.name)), robust=True)


@transaction.atomic
def release_paper(paper_id: int, *, by: Person | None, now: datetime) -> Paper:
    """End the embargo now, by hand. Refused: organiser.required, paper.not_held_back."""
    paper = _held(paper_id)
    refuse_unless_tasked(by, paper.summit, now, Task.CONFERENCE)
    if not is_held_back(paper):
        raise Refused("paper.not_held_back", _("This paper is not held back."))
    paper.released_at = now
    paper.save(update_fields=["released_at"])
    work_out_chains(paper.summit)
    _record(paper, "paper.released", by, now)
    return paper


def release_with(item: Item, sitting: Sitting) -> None:
    """Part of the act that takes up this item: what was held back for it is out, and what it revises superseded."""
    held = Paper.objects.filter(item=item, embargoed=True, released_at=None).select_related("item", "delegation")
    rows = list(held.order_by("symbol"))
    if not rows:
        return
    summit = sitting.meeting.summit
    sitting.keep(*summit.papers.all())
    for row in rows:
        row.released_at = sitting.now
    Paper.objects.bulk_update(rows, ["released_at"])
    work_out_chains(summit)
    for audience in (Entry.Audience.MEETING, Entry.Audience.OFFICERS):
        if told := [paper_as(row) for row in rows if audience_of(row) == audience]:
            sitting.write("paper.released", audience=audience, papers=told)


def work_out_chains(summit: Summit) -> None:
    """Which paper is superseded by which, by their symbols; one that is held back supersedes nothing yet."""
    rows = {row.symbol: row for row in summit.papers.all()}
    out = superseded([symbol for symbol, row in rows.items() if not is_held_back(row)])
    changed = []
    for symbol, row in rows.items():
        newer = rows[out[symbol]].pk if symbol in out else None
        if row.superseded_by_id != newer:
            row.superseded_by_id = newer
            changed.append(row)
    Paper.objects.bulk_update(changed, ["superseded_by"])


def _held(paper_id: int) -> Paper:
    summit = Summit.objects.lock(Paper.objects.values_list("summit_id", flat=True).get(pk=paper_id))
    paper = summit.papers.select_related("item", "delegation").get(pk=paper_id)
    paper.summit = summit
    return paper


def _fill(
    paper: Paper, titles: Mapping[str, Any], access: str, item_id: int | None, delegation_id: int | None, embargoed: bool,
) -> None:  # fmt: skip
    if access not in Paper.Access.values:
        raise Refused("paper.access", _("Choose who may read this paper."))
    item = Item.objects.filter(pk=item_id, summit=paper.summit_id).first() if item_id else None
    if item_id and item is None:
        raise Refused("item.unknown", _("This agenda item belongs to another summit or is gone. Choose again."))
    delegation = paper.summit.delegations.filter(pk=delegation_id).first() if delegation_id else None
    if (access == Paper.Access.DELEGATION) != (delegation is not None):
        raise Refused("paper.delegation", _("Name the delegation exactly when the paper is for one delegation only."))
    if embargoed and item is None:
        raise Refused("paper.embargo", _("A paper that is held back needs the agenda item that ends it."))
    paper.titles, paper.access, paper.item = approved.texts(titles), access, item
    paper.delegation, paper.embargoed = delegation, embargoed


def audience_of(paper: Paper) -> str:
    """Who reads of it in the journal: a restricted paper's title is not for everyone who was in the room."""
    everyone = paper.access in {Paper.Access.PUBLIC, Paper.Access.PARTICIPANTS} and not is_held_back(paper)
    return Entry.Audience.MEETING if everyone else Entry.Audience.OFFICERS


def _record(paper: Paper, kind: str, by: Person | None, now: datetime, **body: Any) -> None:
    record.write(
        paper.summit,
        kind,
        at=now,
        actor=acting(by, paper.summit, now),
        audience=audience_of(paper),
        paper=paper_as(paper),
        **body,
    )
    tell_meetings_with(paper.item)

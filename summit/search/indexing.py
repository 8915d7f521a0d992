"""Keeping texts findable: a reading of the journal, as notices and minutes are. Acts know nothing of it."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from summit import names
from summit.agenda.models import Item, Meeting, Paper, PaperFile
from summit.minutes.models import Minutes
from summit.minutes.queries import approved_revision
from summit.record.actions import ask_for
from summit.record.models import Entry, Head
from summit.search import extracting
from summit.search.models import Indexed, Text
from summit.search.stems import stems

log = logging.getLogger(__name__)
PATIENCE = 40  # s of waiting for the child, on a busy machine
BUDGET = 20.0  # s one task reads files; the worker has other work, and a task is killed after 300
_BEST = ("txt", "docx", "pdf")  # which file of a language is read: the easier the better
_EVERYTHING = ("import.applied", "import.undone", "summit.founded")


def update(summit_id: int, *, budget: float = BUDGET) -> int:
    """Read on in this summit's journal and index what changed; how many things that was. Files are opened in a child,
    outside every transaction; papers that take longer than the budget (s) are left to tasks of their own. What cannot be
    read is tried again at the next change of the paper.
    """
    held = Indexed.objects.filter(summit=summit_id).first()
    head = Head.objects.filter(summit=summit_id).values_list("seq", flat=True).first() or 0
    if held is not None and held.seq >= head:
        return 0
    items, papers, meetings = _changed(summit_id, held.seq if held else None, head)
    for item in items:
        _put(item.summit_id, {code: (f"{item.number} {title}", "") for code, title in item.titles.items()}, item=item)
    for meeting in meetings:
        _put(meeting.summit_id, _of_minutes(meeting), meeting=meeting)
    left = read(papers, budget=budget)
    with transaction.atomic():
        if left:
            ask_for("summit.search.tasks.read", f"search:{summit_id}:{head}", now=timezone.now(), papers=left)
        Indexed.objects.update_or_create(summit_id=summit_id, defaults={"seq": head})
    return len(items) + len(papers) + len(meetings)


def read(papers: Sequence[int], *, budget: float = BUDGET) -> list[int]:
    """Index these papers, one at least, until the budget (s) is used up; those that are left."""
    over = time.monotonic() + budget
    for place, pk in enumerate(papers):
        if place and time.monotonic() > over:
            return list(papers[place:])
        if paper := Paper.objects.prefetch_related("files").filter(pk=pk).first():
            _put(paper.summit_id, _of_paper(paper), paper=paper)
    return []


def _changed(summit_id: int, since: int | None, until: int) -> tuple[list[Item], list[int], list[Meeting]]:
    """What the journal tells changed, papers by their ids; everything at the first look and after an import."""
    items, papers = Item.objects.filter(summit=summit_id), Paper.objects.filter(summit=summit_id)
    meetings = Meeting.objects.filter(summit=summit_id, minutes__state=Minutes.State.APPROVED)
    entries = Entry.objects.filter(summit=summit_id, seq__gt=since or 0, seq__lte=until)
    if since is not None and not entries.filter(kind__in=_EVERYTHING).exists():
        told = list(entries.filter(kind__startswith="item.").values_list("body__item__number", flat=True))
        items = items.filter(number__in=[number for number in told if number])
        symbols = entries.filter(kind__in=("paper.published", "paper.changed", "paper.file_added"))
        papers = papers.filter(symbol__in=list(symbols.values_list("body__paper__symbol", flat=True)))
        approved = entries.filter(kind="minutes.approved").values_list("meeting", flat=True)
        meetings = meetings.filter(pk__in=list(approved))
    return list(items), list(papers.values_list("pk", flat=True)), list(meetings)


def _put(summit_id: int, texts: dict[str, tuple[str, str]], **about: Item | Paper | Meeting) -> None:
    texts = {code: (title, unicodedata.normalize("NFC", body)) for code, (title, body) in texts.items()}
    rows = [
        Text(summit_id=summit_id, language=code, title=title, body=body, heads=stems(title, code), stems=stems(body, code),
             **about)
        for code, (title, body) in texts.items()
    ]  # fmt: skip
    with transaction.atomic():
        Text.objects.filter(**about).delete()
        Text.objects.bulk_create(rows)


def _of_paper(paper: Paper) -> dict[str, tuple[str, str]]:
    bodies: dict[str, str] = {}
    for code in {file.language for file in paper.files.all()}:
        files = sorted((file for file in paper.files.all() if file.language == code), key=lambda f: _BEST.index(f.kind))
        bodies[code] = words_of(files)
    codes = {*paper.titles, *bodies} & set(settings.CONTENT_LANGUAGES)
    return {code: (f"{paper.symbol} {names.text(paper.titles, code)}", bodies.get(code, "")) for code in codes}


def words_of(files: Iterable[PaperFile]) -> str:
    """The words of the first of these files that can be read; "" when none can."""
    for row in files:
        command = [sys.executable, "-I", str(Path(extracting.__file__)), row.kind]
        try:
            with row.file.open("rb") as file:
                child = subprocess.run(  # noqa: S603  our own module
                    command, input=file.read(), capture_output=True, timeout=PATIENCE, env={}, check=False
                )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if child.returncode == 0:
            return str(child.stdout, "utf-8").replace("\0", "")
        log.info("a paper's file was not read for the search: %s", row.kind)  # never which
    return ""


def _of_minutes(meeting: Meeting) -> dict[str, tuple[str, str]]:
    revision = approved_revision(meeting.minutes)
    if revision is None:
        return {}
    found = {}
    for code, document in revision.document["languages"].items():
        said = [one["text"] for section in document["sections"] for one in section["paragraphs"]]
        found[code] = (f"{document['symbol']} {names.text(meeting.titles, code)}", "\n".join(said))
    return found

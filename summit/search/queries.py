"""The one way to search: words in, things one may read out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from summit.agenda.queries import papers_for
from summit.minutes.models import Minutes
from summit.minutes.queries import listed
from summit.people.models import Person
from summit.search.engine import matching
from summit.search.models import Text
from summit.search.stems import pieces, stems_of
from summit.summits.models import Summit

SHOWN = 50
WORDS = 12  # of a question; more are left out
AROUND = 90  # characters shown on either side of a word that was found


@dataclass(frozen=True)
class Hit:
    """One thing that was found. excerpt: [(text, whether it is a word asked for)]."""

    text: Text
    excerpt: list[tuple[str, bool]]


def search(words: str, summit: Summit, person: Person, language: str, now: datetime) -> list[Hit]:
    """What this person may read here and holds all of these words, by the stems of each text's own language; texts in the
    reader's language first, each thing once, the best first. Who may read what narrows the texts before any is looked at.
    """
    readable = _readable(summit, person, now)
    codes = sorted(settings.CONTENT_LANGUAGES, key=lambda code: (code != language, code))
    found: dict[tuple[str, int], tuple[Text, set[str]]] = {}
    for code in codes:
        wanted = _wanted(words, code)
        if not wanted or len(found) >= SHOWN:
            continue
        rows = readable.filter(language=code).select_related("item", "paper", "meeting").defer("heads", "stems", "body")
        for row in matching(rows, wanted)[:SHOWN]:
            found.setdefault(_thing(row), (row, set(wanted)))
    shown = list(found.values())[:SHOWN]
    bodies = dict(Text.objects.filter(pk__in=[row.pk for row, _wanted in shown]).values_list("pk", "body"))
    return [Hit(row, excerpt(bodies.get(row.pk, ""), wanted, row.language)) for row, wanted in shown]


def _readable(summit: Summit, person: Person, now: datetime) -> QuerySet[Text]:
    approved = [row.meeting_id for row, _may in listed(summit.pk, person, now) if row.state == Minutes.State.APPROVED]
    papers = papers_for(person, now).filter(summit=summit)
    allowed = Q(item__isnull=False) | Q(paper__in=papers.values("pk")) | Q(meeting__in=approved)
    return Text.objects.filter(allowed, summit=summit)


def _thing(row: Text) -> tuple[str, int]:
    if row.item_id:
        return "item", row.item_id
    return ("paper", row.paper_id) if row.paper_id else ("minutes", row.meeting_id or 0)


def _wanted(words: str, language: str) -> list[str]:
    stems = [stem for _start, _end, word in pieces(words) for stem in stems_of(word, language)]
    return list(dict.fromkeys(stems))[:WORDS]


def excerpt(body: str, wanted: set[str], language: str) -> list[tuple[str, bool]]:
    """The stretch around the first word asked for, with all of them marked; nothing when only the title holds them.
    No further than that is looked: a body may have half a million characters.
    """
    hits: list[tuple[int, int]] = []
    for first, last, word in pieces(body):
        if hits and first > hits[0][1] + AROUND:
            break
        if wanted & set(stems_of(word, language)):
            hits.append((first, last))
    if not hits:
        return []
    start, end = max(0, hits[0][0] - AROUND), min(len(body), hits[0][1] + AROUND)
    if start and (blank := body.find(" ", start, hits[0][0])) >= 0:  # Chinese has none
        start = blank + 1
    cut = body.rfind(" ", hits[0][1], end)
    end = cut if end < len(body) and cut > 0 else end
    found: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = start
    for first, last in hits:
        if last > end:
            break
        found += [(body[at:first], False), (body[first:last], True)]
        at = last
    found.append((body[at:end] + (" …" if end < len(body) else ""), False))
    return [(text.replace("\n", " "), hit) for text, hit in found if text]

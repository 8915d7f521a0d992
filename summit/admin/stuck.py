"""Work that does not get done: the outbox as the organisers of some summits may know of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse

from summit.agenda.models import Meeting, Paper
from summit.credentials.models import Delivery
from summit.imports.models import Import
from summit.minutes.models import Export
from summit.notices.models import Notice
from summit.record.models import Outbox
from summit.recordings.models import Sound
from summit.summits.models import Summit

TRIED, AFTER = 3, timedelta(minutes=5)  # an entry that failed this often and is this old is told
MOST = 500  # entries looked at


@dataclass(frozen=True)
class Thing:
    """What a task is about, by the argument that names it. summit: path to it; page: where an organiser looks at it."""

    model: type[Model]
    summit: str
    page: Callable[[Any], str] | None = None


def _files(row: Export) -> str:
    meeting = row.minutes.meeting
    return reverse("minutes_of", args=[meeting.summit.slug, meeting.slug])


THINGS = {
    "delivery": Thing(Delivery, "invitation__summit"),
    "export_id": Thing(Export, "minutes__meeting__summit", _files),
    "import_id": Thing(Import, "summit", lambda row: reverse("admin:summit_import_change", args=[row.pk])),
    "meeting_id": Thing(Meeting, "summit", lambda row: reverse("admin:summit_meeting_change", args=[row.pk])),
    "notice": Thing(Notice, "summit"),
    "papers": Thing(Paper, "summit", lambda row: reverse("admin:summit_paper_change", args=[row.pk])),
    "sound_id": Thing(Sound, "recording__meeting__summit"),
}


def stuck(summits: QuerySet[Summit], now: datetime) -> tuple[int, str]:
    """How many entries, without those about other summits; and the page of the thing if all are about one ("": not so).

    What cannot be told apart counts for everybody. One query while nothing is stuck, else one more a kind of thing.
    """
    rows = Outbox.objects.filter(done_at=None, tries__gte=TRIED, created_at__lt=now - AFTER).order_by("pk")
    named = [_named(arguments) for arguments in rows.values_list("arguments", flat=True)[:MOST]]
    wanted: dict[str, set[int]] = defaultdict(set)
    for kind, pk in named:
        if kind:
            wanted[kind].add(pk)
    mine = set(summits.values_list("pk", flat=True)) if wanted else set()
    of = {
        (kind, pk): summit
        for kind, pks in wanted.items()
        for pk, summit in THINGS[kind].model._default_manager.filter(pk__in=pks).values_list("pk", THINGS[kind].summit)
    }
    told = [one for one in named if one not in of or of[one] in mine]
    return len(told), _page(*told[0]) if len(set(told)) == 1 and told[0] in of else ""


def _named(arguments: dict[str, Any]) -> tuple[str, int]:
    """The thing these arguments name; of papers, which are all of one summit, the first."""
    kind = next((name for name in THINGS if arguments.get(name)), "")
    pk = arguments[kind][0] if kind == "papers" else arguments.get(kind, 0)
    return kind, pk


def _page(kind: str, pk: int) -> str:
    thing = THINGS[kind]
    if thing.page is None:
        return ""
    return thing.page(thing.model._default_manager.select_related(thing.summit).get(pk=pk))

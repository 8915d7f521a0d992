"""Walks every journal and its protection; exit code 1 on any fault."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from summit.delegations.draw import is_true
from summit.record import guard
from summit.record.models import Entry
from summit.record.queries import faults
from summit.summits.models import Summit


class Command(BaseCommand):
    help = (
        "Check that no journal entry was changed, lost, doubled or moved, that the database protects them, and draws."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--summit", help="short name of one summit; all of them without it")

    def handle(self, *args: Any, **options: Any) -> None:
        summits = Summit.objects.order_by("slug")
        if options["summit"]:
            summits = summits.filter(slug=options["summit"])
            if not summits:
                raise CommandError(f"There is no summit {options['summit']!r}.")
        broken = False
        for name in guard.missing(connection):
            broken = True
            self.stdout.write(f"not protected: trigger {name} is missing; run python3 manage.py migrate")
        for summit in summits:
            found = list(faults(summit.pk))
            broken = broken or bool(found)
            count = Entry.objects.filter(summit=summit).count()
            gone = Entry.objects.filter(summit=summit, salt="").count()  # erased persons: named by a later entry
            told = f"{count} entries" + (f", {gone} withheld" if gone else "")
            self.stdout.write(f"{summit.slug}: {told}, " + ("FAULTS:" if found else "whole"))
            for fault in found:
                self.stdout.write(f"  entry {fault.seq}: {_WORDS[fault.what]}")
            for seq, good in _draws(summit):
                broken = broken or not good
                said = "as its seal promised" if good else "NOT what its seal promised"
                self.stdout.write(f"  entry {seq}: the draw for the first seat is {said}")
        if broken:
            sys.exit(1)


def _draws(summit: Summit) -> Iterator[tuple[int, bool]]:
    """(number of the entry, whether it holds) of every draw, by what stands in the journal alone."""
    sealed = ""
    rows = Entry.objects.filter(summit=summit, kind__in=("draw.committed", "draw.held")).order_by("seq")
    for entry in rows:
        if entry.kind == "draw.committed":
            sealed = str(entry.body["commitment"])
        else:
            told = entry.body
            yield entry.seq, is_true(sealed, told["seed"], told["word"], told["members"], told["first"]["code"])


_WORDS = {
    "gap": "an entry is missing before this one",
    "body": "what it tells was changed",
    "withheld": "what it tells was taken away, and no later entry says so",
    "digest": "its time, kind, meeting or audience was changed",
    "prev": "it does not follow the entry before it",
    "head": "the end of the chain is not where it was left",
}

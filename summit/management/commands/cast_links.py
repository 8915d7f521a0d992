"""Prints one link for each member of the demo cast."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from summit.management.demo import large
from summit.management.demo.build import SLUG, links
from summit.summits.models import Summit


class Command(BaseCommand):
    requires_system_checks = ()  # at every start of `up`; they take a second
    help = "Print name, what they are and link of each member of the demo cast, separated by tabs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base", default="http://{name}.localhost:8000", help="address; {name} is replaced")
        parser.add_argument("--large", action="store_true", help="of the large summit, whose first meeting opens")
        parser.add_argument("--json", action="store_true", help="a JSON list instead")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo links exist only in demo mode: set PARLEY_DEMO=1.")
        slug, told = (large.SLUG, large.large_links) if options["large"] else (SLUG, links)
        summit = Summit.objects.filter(slug=slug, demo=True).first()
        if summit is None:
            raise CommandError("There is no demo summit. Run python3 manage.py demo_summit first.")
        rows = told(summit, options["base"], timezone.now())
        if options["json"]:
            keys = ("name", "what", "url")
            self.stdout.write(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], ensure_ascii=False))
            return
        for row in rows:
            self.stdout.write("\t".join(row))

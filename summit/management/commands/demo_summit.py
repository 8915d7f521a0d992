"""Fills the demo summit. Safe to run again: what is there is left alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from summit.management.demo.build import build
from summit.management.demo.large import build_large


class Command(BaseCommand):
    help = "Make the demo summit: twelve delegations, people, agenda, papers, meetings. Only in demo mode."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--large", action="store_true", help="193 members and 600 people instead, for three days")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo summit exists only in demo mode: set PARLEY_DEMO=1.")
        summit, made = (build_large if options["large"] else build)(timezone.now())
        self.stdout.write(f"{summit}: {'made' if made else 'was there already'}")

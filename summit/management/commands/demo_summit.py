"""Fills the demo summit. Safe to run again: what is there is left alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from summit.management.demo.build import build


class Command(BaseCommand):
    help = "Make the demo summit: twelve delegations, people, agenda, papers, meetings. Only in demo mode."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo summit exists only in demo mode: set PARLEY_DEMO=1.")
        summit, made = build(timezone.now())
        self.stdout.write(f"{summit}: {'made' if made else 'was there already'}")

"""Notes which letters came back: reads notifications from a Maildir, or one from standard input (a mail server's pipe)."""

from __future__ import annotations

import mailbox
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from summit.credentials import bounces, sending


class Command(BaseCommand):
    help = "Note letters that came back. Without --maildir one notification is read from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--maildir", type=Path, help="folder of the mailbox that PARLEY_BOUNCES names")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path | None = options["maildir"]
        if folder is None:
            self.stdout.write("noted" if self._note(sys.stdin.buffer.read()) else "not about a letter of ours")
            return
        if not (folder / "new").is_dir():
            raise CommandError(f"{folder} is not a Maildir: it has no folder “new”.")
        box, noted, seen = mailbox.Maildir(folder, create=False), 0, 0
        for key in list(box.keys()):
            mail = box[key]
            if mail.get_subdir() != "new":
                continue  # looked at before
            seen += 1
            noted += self._note(mail.as_bytes())
            mail.set_subdir("cur")
            mail.add_flag("S")
            box[key] = mail
        self.stdout.write(f"{seen} read, {noted} letters came back")

    def _note(self, raw: bytes) -> bool:
        found = bounces.read(raw)
        return found is not None and sending.came_back(found.key, said=found.said, now=timezone.now()) is not None

"""Making the files: a PDF in a child that may be killed, everything written beside and renamed into place."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from summit.minutes import queries
from summit.minutes.document import Document, as_json, document_json
from summit.minutes.export import docx, html
from summit.minutes.export.pdf import CannotRender
from summit.minutes.models import Export
from summit.record.tasks import finish

log = logging.getLogger(__name__)
PDF_TIME = 60  # s, of the child, well inside the outbox's lease; a hundred pages take about one
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}
ERRORS = {
    "no_typst": _("PDF cannot be made on this server: its PDF library is missing. Word and HTML work."),
    "no_font": _("PDF in this language cannot be made on this server: a font is missing. Word and HTML work."),
    "too_long": _("Making this file took too long and was stopped. Try Word or HTML."),
    "no_space": _("The server's disk is full. Nothing was lost; try again when there is space."),
    "failed": _("This file could not be made. The operator finds the reason in the log."),
}


def run(export_id: int, outbox: int | None = None) -> None:
    """Make the file of an export, and finish the outbox row with it. Killed anywhere and run again, there is one file."""
    export = Export.objects.select_related("minutes__meeting__summit", "revision").get(pk=export_id)
    if export.state not in {Export.State.READY, Export.State.FAILED}:
        try:
            _make(export)
        except CannotRender as refusal:
            export.state, export.error = Export.State.FAILED, refusal.code
        except OSError as error:
            export.state, export.error = Export.State.FAILED, "no_space" if error.errno == 28 else "failed"
        except Exception:  # our fault: logged once; a file that waits for ever could not even be asked for again
            log.exception("export %s could not be made", export.pk)
            export.state, export.error = Export.State.FAILED, "failed"
    with transaction.atomic():
        export.save(update_fields=["state", "error", "progress", "file", "sha256", "ready_at"])
        if outbox is not None:
            finish(outbox)


def _make(export: Export) -> None:
    _progress(export, 10)
    document = (
        queries.stored(export.revision, export.language)
        if export.revision
        else queries.draft(export.minutes, export.language)
    )
    seal = export.revision.digest if export.revision and document.status == "approved" else ""
    _progress(export, 40)
    made = RENDER[export.format](document, seal)
    _progress(export, 80)
    name = f"minutes-{export.pk}-{export.language}.{export.format}"  # ours alone: nothing anybody typed is in it
    write(settings.EXPORTS / name, made)
    export.state, export.progress, export.file = Export.State.READY, 100, name
    export.sha256, export.ready_at = hashlib.sha256(made).hexdigest(), timezone.now()


def _progress(export: Export, percent: int) -> None:
    export.state, export.progress = Export.State.RUNNING, percent
    export.save(update_fields=["state", "progress"])


def write(path: Path, content: bytes) -> None:
    """Whole or not at all: written beside, synced, renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")  # of one name: what a killed worker left is written over
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def pdf_in_child(document: Document, seal: str) -> bytes:
    """The PDF, set in a process of its own with limits on time and memory. Refuses with CannotRender."""
    asked = json.dumps({"document": as_json(document), "seal": seal}).encode()
    command = [sys.executable, "-m", "summit.minutes.export.pdf"]
    try:
        child = subprocess.run(  # noqa: S603  our own module
            command, input=asked, capture_output=True, timeout=PDF_TIME, cwd=settings.BASE_DIR, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CannotRender("too_long") from error
    if child.returncode == 3:
        raise CannotRender(child.stderr.decode())
    if child.returncode < 0:  # a limit of the kernel
        raise CannotRender("too_long")
    if child.returncode:
        sys.stderr.write(child.stderr.decode(errors="replace"))
        raise CannotRender("failed")
    return child.stdout


RENDER: dict[str, Callable[[Document, str], bytes]] = {
    "pdf": pdf_in_child,
    "docx": docx.render,
    "html": html.render,
    "json": lambda document, seal: document_json(document),
}

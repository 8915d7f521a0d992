"""A restricted paper carries the name of whoever took it, on every page."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from summit import names
from summit.agenda import stamping
from summit.delegations.models import Delegation
from summit.errors import Refused
from summit.people.models import Person

PATIENCE = 30  # s of waiting for the child, on a busy machine


def marked(content: bytes, kind: str, person: Person, delegation: Delegation | None, now: datetime) -> bytes:
    """The paper with this reader's name, delegation and the time. May take seconds. kind: pdf | docx | txt.

    Refused: paper.unmarkable.
    """
    command = [sys.executable, "-I", str(Path(stamping.__file__)), kind, line(person, delegation, now)]
    try:
        child = subprocess.run(  # noqa: S603  our own module; the line holds no options
            command, input=content, capture_output=True, timeout=PATIENCE, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise _refusal() from None
    if child.returncode:
        raise _refusal()
    return child.stdout


def line(person: Person, delegation: Delegation | None, now: datetime) -> str:
    """ "Amina Rahal · KE · no. 17 · 2026-11-22 14:02 UTC": in Latin letters, and by a number where a name has none."""
    parts = [_latin(names.short(person.names, "en")), delegation.code if delegation else ""]
    parts += [f"no. {person.pk}", f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"]
    return " · ".join(part for part in parts if part)


def _latin(name: str) -> str:
    try:
        name.encode("cp1252")
    except UnicodeEncodeError:
        return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()
    return name


def _refusal() -> Refused:
    return Refused(
        "paper.unmarkable",
        _("This restricted paper cannot be marked with your name, so it is not handed out. Tell the secretariat."),
    )

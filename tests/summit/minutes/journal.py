"""The fixture of version 1 as entries, and documents made from it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from summit.minutes.compose import Note, compose
from summit.minutes.skeleton import Entry
from summit.minutes.texts import language

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "journal_v1.json"
NOTES = (
    Note(22, "en", "She said that adaptation finance must double by 2030 (A/1/L.4/Rev.1).\n\nShe thanked the host."),
    Note(22, "fr", "Elle dit que le financement de l’adaptation doit doubler d’ici à 2030."),
)


def entries():
    rows = json.loads(FIXTURE.read_text())["entries"]
    return [
        Entry(row["seq"], row["version"], row["kind"], datetime.fromisoformat(row["at"]), row["body"]) for row in rows
    ]


def document(code="en", **options):
    options = {"symbol": "NAIROBI/SR.2", "notes": NOTES} | options
    return compose(entries(), language(code), **options)

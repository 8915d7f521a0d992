"""What an act changed, kept as rows, and how exactly that is put back."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction

# The version grows with every act, undoing included; a recording that stopped is announced anew, never brought back.
IGNORED = {("summit.meeting", "version"), ("summit.meeting", "recording_id")}


class Changed(Exception):
    """Something else has touched these rows since: putting them back would lose it."""


class Rows:
    """The rows an act touches. Keep each before changing it; `changes` compares when all is saved."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, Any], tuple[type[models.Model], dict[str, Any] | None]] = {}

    def keep(self, *rows: models.Model) -> None:
        """Remember what these rows hold now; the first time counts."""
        for row in rows:
            self._before.setdefault((row._meta.label_lower, row.pk), (type(row), _fields(row)))

    def made(self, row: models.Model) -> None:
        """This act created the row: undoing deletes it."""
        self._before[(row._meta.label_lower, row.pk)] = (type(row), None)

    def changes(self) -> list[dict[str, Any]]:
        """As `Act.before` stores it: only rows and fields that differ now, in the database, from what was kept."""
        found = []
        now = self._now()
        for (label, pk), (_model, before) in self._before.items():
            row = now[label].get(pk)
            if row is None:
                raise LookupError(f"{label} {pk} was deleted; mark rows instead, a deletion cannot be undone")
            after = _fields(row)
            if before is None:
                found.append({"model": label, "pk": pk, "fields": None, "after": after})
                continue
            names = [name for name in before if before[name] != after[name] and (label, name) not in IGNORED]
            if names:
                found.append(
                    {
                        "model": label,
                        "pk": pk,
                        "fields": {name: before[name] for name in names},
                        "after": {name: after[name] for name in names},
                    }
                )
        return found

    def _now(self) -> dict[str, dict[Any, models.Model]]:
        """{label: {id: row}} as the database has them. One query a model."""
        kept: dict[str, tuple[type[models.Model], list[Any]]] = {}
        for (label, pk), (model, _before) in self._before.items():
            kept.setdefault(label, (model, []))[1].append(pk)
        return {label: model._default_manager.in_bulk(pks) for label, (model, pks) in kept.items()}


def put_back(changes: list[dict[str, Any]]) -> list[models.Model]:
    """Restore these rows to what they held before, and delete the created ones. All or nothing; Changed if it cannot be."""
    rows = [(change, _current(change)) for change in changes]
    try:
        with transaction.atomic():
            for change, row in rows:
                if change["fields"] is None:
                    row.delete()
            # whoever falls silent first, so that one voice a meeting holds at every step
            for change, row in sorted(rows, key=lambda pair: bool((pair[0]["fields"] or {}).get("running_since"))):
                if change["fields"] is not None:
                    _write(row, change["fields"])
    except IntegrityError as error:
        raise Changed from error
    return [row for change, row in rows if change["fields"] is not None]


def _current(change: dict[str, Any]) -> models.Model:
    model = apps.get_model(change["model"])
    row: models.Model | None = model._default_manager.select_for_update(no_key=True).filter(pk=change["pk"]).first()
    if row is None:
        raise Changed
    now = _fields(row)
    if any(now[name] != value for name, value in change["after"].items()):
        raise Changed
    return row


def _write(row: models.Model, fields: dict[str, Any]) -> None:
    for field in row._meta.concrete_fields:
        if field.attname in fields:
            setattr(row, field.attname, field.to_python(fields[field.attname]))
    row.save(update_fields=list(fields))


def _fields(row: models.Model) -> dict[str, Any]:
    return {
        field.attname: _plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if not field.primary_key
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date | time) else value

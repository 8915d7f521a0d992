"""Triggers that refuse to change or delete a journal entry, on SQLite and PostgreSQL.

One change passes: the body and the salt of what only officers see may be withheld for good, everything else as it was
(summit/record/actions.py). `faults` accepts that only where a later entry names it.

Installed after every migration: on SQLite an AlterField remakes the table and silently drops its triggers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "summit_entry"
NAMES = ("entry_refuses_update", "entry_refuses_delete")
TRUNCATE = "entry_refuses_truncate"  # PostgreSQL only: flush truncates there
_SAME = ("id", "summit_id", "seq", "version", "at", "kind", "meeting_id", "audience", "body_hash", "prev", "digest")
WITHHELD = {"withheld": True}  # what stands in place of a body that was withheld
_LITERAL = "'{\"withheld\": true}'"  # the same, as both databases are given it


def _withholds(same: str, body: str) -> str:
    """SQL: whether an update does nothing but withhold. same: the operator; body: the literal of WITHHELD."""
    held = [f"NEW.{name} {same} OLD.{name}" for name in _SAME]
    return " AND ".join([f"NEW.body = {body}", "NEW.salt = ''", "OLD.audience = 'officers'", *held])


_SQLITE = [
    f"DROP TRIGGER IF EXISTS {NAMES[0]}",  # an older one allowed nothing at all
    f"CREATE TRIGGER {NAMES[0]} BEFORE UPDATE ON {TABLE} WHEN NOT ({_withholds('IS', _LITERAL)}) "
    "BEGIN SELECT RAISE(ABORT, 'journal entries are never changed'); END",
    f"CREATE TRIGGER IF NOT EXISTS {NAMES[1]} BEFORE DELETE ON {TABLE} "
    "BEGIN SELECT RAISE(ABORT, 'journal entries are never changed'); END",
]
_POSTGRESQL = [
    "CREATE OR REPLACE FUNCTION parley_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'journal entries are never changed'; END $$",
    # in a function, not in the trigger's WHEN: PostgreSQL alters no column that a trigger's definition names
    "CREATE OR REPLACE FUNCTION parley_refuse_but_withholding() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF {_withholds('IS NOT DISTINCT FROM', _LITERAL + '::jsonb')} THEN RETURN NEW; END IF; "
    "RAISE EXCEPTION 'journal entries are never changed'; END $$",
    f"CREATE OR REPLACE TRIGGER {NAMES[0]} BEFORE UPDATE ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION parley_refuse_but_withholding()",
    f"CREATE OR REPLACE TRIGGER {NAMES[1]} BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION parley_refuse()",
    f"CREATE OR REPLACE TRIGGER {TRUNCATE} BEFORE TRUNCATE ON {TABLE} EXECUTE FUNCTION parley_refuse()",
]


def install(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Put the triggers in place (post_migrate)."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL:
            cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Which triggers are not there."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled <> 'D'", [TABLE])
        there = {row[0] for row in cursor.fetchall()}
    wanted = NAMES if connection.vendor == "sqlite" else (*NAMES, TRUNCATE)
    return [name for name in wanted if name not in there]


@register("database")
def check(
    app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """The system check behind `manage.py check --database default`."""
    for alias in databases or []:
        connection = connections[alias]
        if TABLE in connection.introspection.table_names() and (gone := missing(connection)):
            return [
                Error(
                    f"The journal is not protected: trigger {', '.join(gone)} missing.",
                    hint="Run python3 manage.py migrate.",
                    id="summit.E001",
                )
            ]
    return []

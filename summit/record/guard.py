"""Triggers that refuse to change or delete a journal entry, on SQLite and PostgreSQL.

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
_SQLITE = [
    f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, 'journal entries are never changed'); END"
    for name, verb in zip(NAMES, ("UPDATE", "DELETE"), strict=True)
]
_POSTGRESQL = [
    "CREATE OR REPLACE FUNCTION parley_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'journal entries are never changed'; END $$",
    f"CREATE OR REPLACE TRIGGER {NAMES[0]} BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION parley_refuse()",
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

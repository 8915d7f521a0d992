"""Where stems are looked up: FTS5 on SQLite, `tsvector` on PostgreSQL. Everything else asks `matching`.

The index is made after every migration and kept in step by the database itself.
"""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BooleanField, FloatField, QuerySet
from django.db.models.expressions import RawSQL

from summit.search.models import Text

TABLE = "summit_text"
FTS = "summit_text_fts"
HEAD = 5.0  # a word of the title counts so many times one of the body
_SQLITE = [  # as SQLite's manual keeps an external content table in step; all names are our own
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {FTS} USING fts5(heads, stems, content='{TABLE}', content_rowid='id', "
    "tokenize='unicode61 remove_diacritics 0')",
    f"CREATE TRIGGER IF NOT EXISTS text_is_found AFTER INSERT ON {TABLE} BEGIN "
    f"INSERT INTO {FTS}(rowid, heads, stems) VALUES (new.id, new.heads, new.stems); END",
    f"CREATE TRIGGER IF NOT EXISTS text_is_gone AFTER DELETE ON {TABLE} BEGIN "
    f"INSERT INTO {FTS}({FTS}, rowid, heads, stems) VALUES ('delete', old.id, old.heads, old.stems); END",
    f"CREATE TRIGGER IF NOT EXISTS text_is_changed AFTER UPDATE ON {TABLE} BEGIN "
    f"INSERT INTO {FTS}({FTS}, rowid, heads, stems) VALUES ('delete', old.id, old.heads, old.stems); "
    f"INSERT INTO {FTS}(rowid, heads, stems) VALUES (new.id, new.heads, new.stems); END",
]
_VECTOR = (
    f"(setweight(to_tsvector('simple', {TABLE}.heads), 'A') || setweight(to_tsvector('simple', {TABLE}.stems), 'D'))"
)
_POSTGRESQL = [f"CREATE INDEX IF NOT EXISTS text_is_found ON {TABLE} USING gin ({_VECTOR})"]


def install(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Make what finds texts (post_migrate)."""
    held = connections[using]
    if TABLE not in held.introspection.table_names():
        return
    with held.cursor() as cursor:
        for statement in _SQLITE if held.vendor == "sqlite" else _POSTGRESQL:
            cursor.execute(statement)


def matching(texts: QuerySet[Text], wanted: list[str]) -> QuerySet[Text]:
    """Those of these texts that hold all of these stems, the best first. Rules about who may read narrow `texts` before."""
    if connection.vendor == "sqlite":
        asked = " ".join(f'"{stem}"' for stem in wanted)  # a phrase each; stems hold no quotation marks
        within = RawSQL(f"SELECT rowid FROM {FTS} WHERE {FTS} MATCH %s", [asked])
        rank = RawSQL(  # bm25: the smaller, the better
            f"(SELECT bm25({FTS}, {HEAD}, 1.0) FROM {FTS} WHERE {FTS} MATCH %s AND {FTS}.rowid = {TABLE}.id)",
            [asked], output_field=FloatField(),
        )  # fmt: skip
        return texts.filter(pk__in=within).annotate(rank=rank).order_by("rank", "pk")
    asked = " & ".join(f"'{stem}'" for stem in wanted)
    found = RawSQL(f"{_VECTOR} @@ to_tsquery('simple', %s)", [asked], output_field=BooleanField())
    rank = RawSQL(f"-ts_rank({_VECTOR}, to_tsquery('simple', %s))", [asked], output_field=FloatField())
    return texts.annotate(found=found, rank=rank).filter(found=True).order_by("rank", "pk")

"""What a database of a production must not hold: a demo, whose people come in by links that anybody may know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import connections

from summit.summits.models import Summit


@register("database")
def check(
    app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Outside demo mode no summit is a demo's. `migrate` asks it, with which every start begins, and `doctor`."""
    if settings.DEMO:
        return []
    for alias in databases or []:
        if Summit._meta.db_table not in connections[alias].introspection.table_names():
            continue
        if slug := Summit.objects.using(alias).filter(demo=True).values_list("slug", flat=True).first():
            return [
                Error(
                    f"This database holds the demo summit “{slug}” and its people.",
                    hint="Start production with a database of its own (DATABASE_URL or another PARLEY_VAR),"
                    " or the demo with PARLEY_DEMO=1.",
                    id="summit.E002",
                )
            ]
    return []

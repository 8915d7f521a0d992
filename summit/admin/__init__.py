"""Where organisers configure a summit. Every change goes through the actions, and so into the journal."""

from summit.admin import (
    agenda,
    delegations,
    groups,
    imports,
    journal,
    papers,
    people,
    questions,
    retention,
    staff,
    summits,
)

__all__ = [
    "agenda",
    "delegations",
    "groups",
    "imports",
    "journal",
    "papers",
    "people",
    "questions",
    "retention",
    "staff",
    "summits",
]

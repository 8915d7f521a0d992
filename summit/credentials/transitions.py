"""Which state may follow which. Pure; the history itself is in the journal.

Credentials: GA rules 27 to 29. The Secretariat receives and reports; the Assembly accepts. Credentials may be
challenged at any time, also accepted ones, and come back from a withdrawal only by a new document.
"""

from __future__ import annotations

CREDENTIALS: dict[str, tuple[str, ...]] = {
    "none": ("provisional", "received"),  # provisional: a copy, a note verbale naming representatives
    "provisional": ("received", "challenged", "withdrawn"),
    "received": ("accepted", "challenged", "withdrawn"),
    "accepted": ("challenged", "withdrawn"),
    "challenged": ("accepted", "received", "withdrawn"),
    "withdrawn": ("received",),
}
ACCREDITATION: dict[str, tuple[str, ...]] = {
    "nominated": ("approved", "withdrawn"),
    "approved": ("badged", "withdrawn"),
    "badged": ("withdrawn",),
    "withdrawn": ("nominated",),
}
WITHOUT_DOCUMENT = frozenset({"press", "secretariat", "ngo"})  # categories that bring no credentials


def may_follow(table: dict[str, tuple[str, ...]], state: str, to: str) -> bool:
    """Whether `to` may follow `state`. Staying where one is, is no step."""
    return to in table.get(state, ())

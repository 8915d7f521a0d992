"""Under which heading a delegation stands in the memorandum and the report of a credentials committee. Pure.

The Secretary-General's memorandum tells formal credentials, in the form of GA rule 27 (issued by the Head of State or
Government or the Minister for Foreign Affairs), from other information on who was appointed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

FORMAL, OTHER, NOTHING = "formal", "other", "nothing"
RULE_27 = frozenset({"head_of_state", "head_of_government", "foreign_minister"})
ORGANISATIONS = frozenset({"igo"})  # their executive head signs for them


@dataclass(frozen=True)
class Letter:
    """One letter that was not withdrawn. kind, signed_by: as in the tables of summit/credentials."""

    kind: str
    signed_by: str
    dated: date


def basis(category: str, state: str, letters: Iterable[Letter]) -> str:
    """formal | other | nothing.

    Letters decide where there are any. Where there are none, the original may lie on paper at the secretariat: then
    what it said of the state decides.
    """
    held = [letter for letter in letters if letter.kind != "powers"]
    if any(is_formal(category, letter) for letter in held):
        return FORMAL
    if held:
        return OTHER
    return {"provisional": OTHER, "received": FORMAL, "accepted": FORMAL, "challenged": FORMAL}.get(state, NOTHING)


def is_formal(category: str, letter: Letter) -> bool:
    """Whether this letter is formal credentials for a delegation of this category."""
    fit = RULE_27 | {"head_of_organisation"} if category in ORGANISATIONS else RULE_27
    return letter.kind == "formal" and letter.signed_by in fit

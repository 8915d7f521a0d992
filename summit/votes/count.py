"""Counting a vote. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Tally:
    """How many delegations voted how; `absent` could vote and did not, which is no abstention."""

    yes: int
    no: int
    abstain: int
    absent: int

    @property
    def voting(self) -> int:
        """Present and voting: those who abstain count as not voting (GA rule 86)."""
        return self.yes + self.no


def count(ballots: Mapping[int, str], entitled: Collection[int]) -> Tally:
    """ballots: {delegation: yes | no | abstain}; of those not entitled none counts."""
    held = [choice for delegation, choice in ballots.items() if delegation in entitled]
    yes, no, abstain = (held.count(choice) for choice in ("yes", "no", "abstain"))
    return Tally(yes, no, abstain, len(entitled) - len(held))


def is_adopted(tally: Tally, majority: str) -> bool:
    """majority: simple | two_thirds of those present and voting. Equally divided is not adopted (GA rule 95); nor is
    what nobody voted for or against."""
    if majority == "two_thirds":
        return tally.voting > 0 and 3 * tally.yes >= 2 * tally.voting
    return tally.yes > tally.no

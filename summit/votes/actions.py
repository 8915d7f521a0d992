"""A recorded vote: opened by the chair, cast by delegations, closed by the chair.

A vote that was begun is not interrupted except on a point of order about its conduct (GA rule 88): while one is open
nobody else gets the floor and the meeting neither suspends nor goes on to another item (`Sitting.require_no_vote`).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit import live
from summit.agenda.sitting import Sitting, sit
from summit.delegations.models import Delegation
from summit.errors import Refused
from summit.floor.queries import on_floor
from summit.floor.topics import announce
from summit.people.models import Person
from summit.record.queries import delegation_as, item_as
from summit.record.text import plain
from summit.rights import Right, delegations_for
from summit.votes import queries
from summit.votes.count import count, is_adopted
from summit.votes.models import Ballot, Choice, Majority, Vote

TEXT = 4000  # characters
SYMBOL = 60  # characters
REASON = 200  # characters


@transaction.atomic
def open_vote(
    meeting_id: int, *, text: str, symbol: str = "", majority: str = "simple", by: Person, now: datetime
) -> Vote:
    """Put a text of the item being taken to a recorded vote; it lasts until the chair closes it.

    majority: simple | two_thirds. Refused: floor.not_yours, meeting.*, vote.is_open, vote.speaking, floor.no_item, text.*.
    """
    sitting = _preside(meeting_id, by, now, "vote.open")
    sitting.require_no_vote()
    meeting = sitting.meeting
    if meeting.item is None:
        raise Refused("floor.no_item", _("Take up an item first: a decision belongs to one."))
    if any(on_floor(meeting)):
        raise Refused("vote.speaking", _("Somebody has the floor. End the speech first, then open the vote."))
    vote = Vote.objects.create(
        meeting=meeting, item=meeting.item, text=plain(text, limit=TEXT, required=True),
        symbol=plain(symbol, limit=SYMBOL), majority=Majority(majority), opened_at=now,
    )  # fmt: skip
    sitting.rows.made(vote)
    _remember(sitting, "vote.opened", vote)
    return vote


@transaction.atomic
def cast(
    meeting_id: int, vote_id: int, choice: str, *, delegation_id: int | None = None, by: Person, now: datetime
) -> Ballot:
    """Vote for a delegation, or change its vote until the vote is closed.

    delegation_id: None for the one the person may vote for; another than their own is entered by the chair's side, for
    a delegation that votes in the hall. Refused: vote.not_yours, vote.which, vote.over, meeting.*.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.ENTER)
    sitting.require_while("vote.cast")
    vote = _open(sitting, vote_id)
    delegation = _for_whom(sitting, delegation_id)
    ballot, _new = Ballot.objects.update_or_create(
        vote=vote, delegation=delegation, defaults={"choice": Choice(choice), "by": by, "at": now}
    )
    sitting.write("vote.cast", delegation=delegation_as(delegation), choice=str(ballot.choice), **_told(vote))
    live.publish(sitting.meeting.pk, sitting.grow(), {"votes": queries.state(sitting.meeting)})
    return ballot


@transaction.atomic
def close_vote(meeting_id: int, vote_id: int, *, by: Person, now: datetime) -> Vote:
    """Close the vote: who could vote is looked at now, and what they voted is the result, with every name, in the record.

    Refused: floor.not_yours, meeting.*, vote.over.
    """
    sitting = _preside(meeting_id, by, now, "vote.close")
    vote = _open(sitting, vote_id)
    sitting.keep(vote)
    may = {row.pk: row for row in queries.entitled(sitting.meeting)}
    cast = queries.ballots(vote)
    tally = count(cast, may)
    vote.state, vote.closed_at, vote.entitled = Vote.State.CLOSED, now, list(may)
    vote.save(update_fields=["state", "closed_at", "entitled"])
    named: dict[str, list[dict[str, Any]]] = {"yes": [], "no": [], "abstain": [], "absent": []}
    for pk, delegation in may.items():
        named[cast.get(pk, "absent")].append(delegation_as(delegation))
    _remember(sitting, "vote.closed", vote, tally=asdict(tally), adopted=is_adopted(tally, vote.majority), named=named)
    return vote


@transaction.atomic
def withdraw_vote(meeting_id: int, vote_id: int, *, reason: str, by: Person, now: datetime) -> Vote:
    """End an open vote without a result; what was cast counts for nothing.

    Refused: floor.not_yours, meeting.*, vote.over, text.*.
    """
    sitting = _preside(meeting_id, by, now, "vote.withdraw")
    vote = _open(sitting, vote_id)
    sitting.keep(vote)
    vote.state, vote.closed_at = Vote.State.WITHDRAWN, now
    vote.save(update_fields=["state", "closed_at"])
    _remember(sitting, "vote.withdrawn", vote, reason=plain(reason, limit=REASON, required=True))
    return vote


def _preside(meeting_id: int, by: Person, now: datetime, act: str) -> Sitting:
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.PRESIDE, Right.RUN_FLOOR)
    sitting.require_while(act)
    return sitting


def _open(sitting: Sitting, vote_id: int) -> Vote:
    """The open vote of this number, held by the meeting's lock."""
    vote = sitting.meeting.votes.filter(pk=vote_id, state=Vote.State.OPEN).select_related("item").first()
    if vote is None:
        raise Refused("vote.over", _("This vote is not open any more. Look at the page again."))
    return vote


def _for_whom(sitting: Sitting, delegation_id: int | None) -> Delegation:
    """Whose vote this is. Whoever sits for several says which."""
    may = {row.pk: row for row in queries.entitled(sitting.meeting)}
    own = delegations_for(sitting.standing, Right.VOTE, openness=sitting.meeting.openness) & may.keys()
    if delegation_id is None and len(own) > 1:
        raise Refused("vote.which", _("You sit for several delegations. Say for which you vote."))
    chosen = next(iter(own), None) if delegation_id is None else delegation_id
    if chosen not in may or (chosen not in own and not sitting.runs_floor):
        raise Refused("vote.not_yours", _("This delegation has no vote here, or you do not vote for it."))
    if chosen in own:
        sitting.acting_for = may[chosen]
    return may[chosen]


def _told(vote: Vote) -> dict[str, Any]:
    return {
        "vote": vote.pk,
        "item": item_as(vote.item),
        "text": vote.text,
        "symbol": vote.symbol,
        "majority": vote.majority,
    }


def _remember(sitting: Sitting, kind: str, vote: Vote, **more: Any) -> None:
    sitting.remember(sitting.write(kind, **_told(vote), **more))
    announce(sitting, votes=queries.state(sitting.meeting))

"""What is voted upon, who may vote, and how it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from summit.agenda.models import Meeting
from summit.credentials.queries import credentials_of, suspended
from summit.delegations.models import Delegation
from summit.record.actions import stamp
from summit.rights import Post, Right, rights_of_delegation
from summit.votes.count import count, is_adopted
from summit.votes.models import Ballot, Vote


def entitled(meeting: Meeting) -> list[Delegation]:
    """The delegations that may vote in this meeting now, by code. Three queries."""
    rows = list(Delegation.objects.filter(summit=meeting.summit_id).order_by("code"))
    pks = [row.pk for row in rows]
    states, out = credentials_of(pks), suspended(pks)
    return [row for row in rows if Right.VOTE in rights_of_delegation(_post(row, states, out), meeting.openness)]


def _post(row: Delegation, states: dict[int, str], out: Iterable[int]) -> Post:
    return Post(row.pk, row.category, "", states.get(row.pk, "none"), row.pk in out)


def ballots(vote: Vote) -> dict[int, str]:
    """{delegation: choice}, of all who voted. One query."""
    return dict(vote.ballots.order_by("delegation__code").values_list("delegation_id", "choice"))


def state(meeting: Meeting) -> dict[str, Any]:
    """Topic `votes`: the meeting's last vote, open or closed. Five queries at most, however many vote.

    While it is open everybody sees who voted how, as on the board of a hall; what counts is what stands at its closing.
    """
    vote = meeting.votes.exclude(state=Vote.State.WITHDRAWN).order_by("-pk").first()
    if vote is None:
        return {"last": None}
    is_open = vote.state == Vote.State.OPEN
    may = [row.pk for row in entitled(meeting)] if is_open else vote.entitled
    cast = {pk: choice for pk, choice in ballots(vote).items() if pk in set(may)}
    tally = count(cast, may)
    return {
        "last": {
            "id": vote.pk, "item": vote.item_id, "text": vote.text, "symbol": vote.symbol, "majority": vote.majority,
            "state": vote.state, "opened_at": stamp(vote.opened_at),
            "closed_at": stamp(vote.closed_at) if vote.closed_at else None, "entitled": may,
            "ballots": {str(pk): choice for pk, choice in cast.items()}, "tally": asdict(tally),
            "adopted": None if is_open else is_adopted(tally, vote.majority),
        }
    }  # fmt: skip


def waiting_for(meetings: Iterable[int], delegations: Iterable[int]) -> dict[int, set[int]]:
    """{meeting: those of these delegations that have not voted there}, where a vote is open. Two queries; whether each
    may vote is the caller's to know."""
    own = set(delegations)
    open_ = dict(Vote.objects.filter(meeting__in=list(meetings), state=Vote.State.OPEN).values_list("pk", "meeting"))
    if not open_:
        return {}
    left = {meeting: set(own) for meeting in open_.values()}
    cast = Ballot.objects.filter(vote__in=list(open_), delegation__in=own)
    for vote, delegation in cast.values_list("vote_id", "delegation_id"):
        left[open_[vote]].discard(delegation)
    return left

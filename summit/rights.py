"""Who may do what in a meeting. Pure: facts in, rights out; nothing here asks a database.

Rights follow from credentials, category and the offices of the meeting, never from a role of the person
(decisions §2). The tables below are the general rule; rule packs will replace them as data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Right(StrEnum):
    """Everything that can be permitted in a meeting."""

    ENTER = "enter"  # see and hear the meeting
    PUBLISH = "publish"  # have a camera and a microphone that the rules may open
    ASK = "ask"  # ask for the floor
    POINT_OF_ORDER = "point_of_order"
    REPLY = "reply"  # right of reply
    VOTE = "vote"
    CHAT = "chat"
    SHARE = "share"  # show a screen while holding the floor
    PRESIDE = "preside"  # open, close, rule, decide
    RUN_FLOOR = "run_floor"  # give the floor, work the list: the chair, or an officer for the chair
    RUN_HALL = "run_hall"  # mark the hall present, ask for the floor on its behalf
    WRITE = "write"  # the minutes
    HELP = "help"  # answer calls for help, run checks before the meeting opens
    CORRIDOR = "corridor"  # enter corridors


DELEGATE = frozenset({Right.ENTER, Right.PUBLISH, Right.ASK, Right.CHAT, Right.SHARE, Right.CORRIDOR})
_BY_CATEGORY: dict[str, frozenset[Right]] = {
    "member": DELEGATE | {Right.POINT_OF_ORDER, Right.REPLY, Right.VOTE},
    "host": DELEGATE,
    "observer": DELEGATE | {Right.REPLY},  # A/RES/65/276 and A/RES/73/5 give observers a right of reply
    "igo": DELEGATE,
    "ngo": DELEGATE,
    "press": frozenset({Right.ENTER}),
    "secretariat": frozenset({Right.ENTER, Right.CHAT, Right.CORRIDOR}),
}
# What each state of the credentials leaves. Pending a decision a delegation takes part provisionally with the right
# to vote, a challenged one likewise (GA rule 29; UNESCO practice).
_NO_DOCUMENT = frozenset({Right.ENTER, Right.PUBLISH, Right.ASK, Right.CHAT, Right.SHARE, Right.CORRIDOR})
CREDENTIALS: dict[str, frozenset[Right] | None] = {  # None: takes nothing away
    "none": _NO_DOCUMENT,
    "provisional": None,
    "received": None,
    "accepted": None,
    "challenged": None,
    "withdrawn": frozenset(),
}
_BY_OFFICE: dict[str, frozenset[Right]] = {
    "chair": frozenset({Right.ENTER, Right.PUBLISH, Right.PRESIDE, Right.RUN_FLOOR, Right.CHAT, Right.CORRIDOR, Right.SHARE}),
    "deputy": frozenset({Right.ENTER, Right.PUBLISH, Right.PRESIDE, Right.RUN_FLOOR, Right.CHAT, Right.CORRIDOR, Right.SHARE}),
    "secretary": frozenset({Right.ENTER, Right.PUBLISH, Right.RUN_FLOOR, Right.RUN_HALL, Right.WRITE, Right.HELP, Right.CHAT, Right.CORRIDOR}),
    "officer": frozenset({Right.ENTER, Right.RUN_FLOOR, Right.RUN_HALL, Right.HELP, Right.CHAT, Right.CORRIDOR}),
    "interpreter": frozenset({Right.ENTER, Right.CHAT}),
    "technician": frozenset({Right.ENTER, Right.PUBLISH, Right.HELP, Right.RUN_HALL, Right.CHAT}),
    "writer": frozenset({Right.ENTER, Right.WRITE, Right.CHAT}),
}  # fmt: skip
READ_DRAFTS = frozenset({Right.WRITE, Right.PRESIDE, Right.RUN_FLOOR})  # any of them: minutes before they are approved
CHECKS = frozenset({Right.HELP})  # who is let in while the meeting is planned
MAY_ENTER_CLOSED = frozenset({"member", "host", "secretariat"})
MAY_ENTER_RESTRICTED = MAY_ENTER_CLOSED | {"observer", "igo"}


@dataclass(frozen=True)
class Post:
    """One membership that holds now."""

    delegation: int
    category: str
    function: str
    credentials: str
    suspended: bool = False


@dataclass(frozen=True)
class Standing:
    """All that decides a person's rights in one meeting, at one moment."""

    person: int
    accredited: bool  # approved or badged
    posts: tuple[Post, ...] = ()
    offices: frozenset[str] = field(default_factory=frozenset)  # held now, in this meeting
    removed: bool = False  # asked to leave this meeting, and not let in again


def rights_of_post(post: Post) -> frozenset[Right]:
    """What a delegation's member may do on its behalf."""
    if post.suspended:
        return frozenset()
    rights = _BY_CATEGORY.get(post.category, frozenset())
    if post.category in {"press", "secretariat", "ngo"}:
        return rights  # they bring no credentials
    left = CREDENTIALS[post.credentials]
    return rights if left is None else rights & left


def rights_of(standing: Standing, *, openness: str = "open") -> frozenset[Right]:
    """Everything this person may do in a meeting of this openness (open | restricted | closed)."""
    if not standing.accredited or standing.removed:
        return frozenset()
    rights: frozenset[Right] = frozenset()
    for post in standing.posts:
        rights |= rights_of_delegation(post, openness)
    for office in standing.offices:
        rights |= _BY_OFFICE.get(office, frozenset())
    return rights


def _admits(openness: str, category: str) -> bool:
    if openness == "closed":
        return category in MAY_ENTER_CLOSED
    return openness == "open" or category in MAY_ENTER_RESTRICTED


def delegations_for(standing: Standing, right: Right, *, openness: str = "open") -> frozenset[int]:
    """The delegations on whose behalf this person holds this right in a meeting of this openness."""
    if not standing.accredited or standing.removed:
        return frozenset()
    return frozenset(post.delegation for post in standing.posts if right in rights_of_delegation(post, openness))


def rights_of_delegation(post: Post, openness: str) -> frozenset[Right]:
    """What this post carries in a meeting of this openness; nothing where its category is not admitted."""
    return rights_of_post(post) if _admits(openness, post.category) else frozenset()


def may_be_heard(
    person: int, rights: Iterable[Right], *, speech: str, presiding: int | None, voices: Iterable[int], silenced: bool
) -> bool:
    """Whether the room may hear this person now: the only rule about open microphones.

    speech: rostrum | discussion. voices: persons whose turn is running (the speaker, or whoever raises the point of
    order being heard). A paused speaker is not a voice. Whoever presides is always heard, even in a silenced room.
    """
    if person == presiding:
        return True
    if silenced:
        return False
    if speech == "rostrum":
        return person in set(voices)
    return Right.ASK in set(rights) or Right.RUN_FLOOR in set(rights)

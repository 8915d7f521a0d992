"""What an action of the floor asks before it acts, and how a turn is written into the journal."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from summit.agenda.models import Item, Meeting
from summit.agenda.queries import standings_of
from summit.credentials.queries import credentials_of, suspended
from summit.delegations.models import Delegation, Membership
from summit.delegations.queries import function_in, with_acting
from summit.errors import Refused
from summit.floor import clock
from summit.floor.models import Register, Turn
from summit.floor.order import order
from summit.groups.queries import announced
from summit.record.queries import delegation_as, item_as, person_as
from summit.rights import Post, Right, delegations_for, rights_of_delegation

RIGHT_TO: dict[str, Right] = {
    Register.LIST: Right.ASK,
    Register.ORDER: Right.POINT_OF_ORDER,
    Register.REPLY: Right.REPLY,
}


def up_in(item: Item | None, meeting: Meeting) -> Q:
    """Hands that are up before this meeting: on the registers of the item, and its own points of order on whatever item."""
    return Q(state=Turn.State.WAITING) & (Q(item=item, meeting=None) | Q(meeting=meeting))


def waiting(item: Item, register: str, meeting: Meeting) -> list[Turn]:
    """One register of an item in the order of speaking of this meeting."""
    rows = Turn.objects.filter(up_in(item, meeting), register=register)
    return order(rows.select_related("delegation", "group"), groups_first=meeting.groups_first)


def turn_in(meeting: Meeting, turn_id: int) -> Turn:
    """A turn of this meeting, held until the transaction ends: waiting on one of its items, or raised or delivered in it.

    Refused floor.no_such_turn for any other, another summit's too.
    """
    rows = Turn.objects.select_for_update(of=("self",), no_key=True).select_related(
        "delegation", "item", "speaker", "group"
    )
    turn = rows.filter(Q(meeting=meeting) | Q(meeting=None, item__in=meeting.items.all()), pk=turn_id).first()
    if turn is None:
        raise Refused("floor.no_such_turn", _("This hand is no longer there. Look at the list again."))
    return turn


def delegation_in(meeting: Meeting, delegation_id: int) -> Delegation:
    """A delegation of the meeting's summit. Refused: floor.no_such_delegation."""
    found = Delegation.objects.filter(summit=meeting.summit_id, pk=delegation_id).first()
    if found is None:
        raise Refused("floor.no_such_delegation", _("This delegation does not take part in the summit."))
    return found


def item_in(meeting: Meeting, item_id: int) -> Item:
    """An item of the meeting's programme. Refused: floor.no_such_item."""
    found = meeting.items.filter(pk=item_id).first()
    if found is None:
        raise Refused("floor.no_such_item", _("This item is not on the programme of the meeting."))
    return found


class OnFloor(NamedTuple):
    """Who has the floor, running or paused, and the point of order being heard beside it."""

    speech: Turn | None
    point: Turn | None


def on_floor(meeting: Meeting) -> OnFloor:
    """Who has the floor now. One query."""
    rows = list(
        meeting.turns.filter(state=Turn.State.SPEAKING).select_related("delegation", "item", "speaker", "group")
    )
    return OnFloor(
        speech=next((turn for turn in rows if turn.register != Register.ORDER), None),
        point=next((turn for turn in rows if turn.register == Register.ORDER), None),
    )


def voices(meeting: Meeting) -> list[int]:
    """Persons whose turn is running: for `rights.may_be_heard`."""
    rows = meeting.turns.filter(state=Turn.State.SPEAKING, running_since__isnull=False, speaker__isnull=False)
    return [pk for pk in rows.values_list("speaker_id", flat=True) if pk is not None]


def replies_had(meeting: Meeting, item: Item) -> Counter[int]:
    """How many rights of reply each delegation has begun on this item in this meeting: two at most (34/401)."""
    rows = meeting.turns.filter(item=item, register=Register.REPLY, began_at__isnull=False)
    return Counter(rows.values_list("delegation_id", flat=True))


class Timed(Protocol):
    """What a turn's time depends on."""

    @property
    def register(self) -> str: ...
    @property
    def capacity(self) -> str: ...


def time_for(turn: Timed, meeting: Meeting, replies: int) -> int:
    """Seconds this turn is granted in this meeting; 0: not limited."""
    return clock.granted(
        turn.register, turn.capacity, replies=replies, national=meeting.time_national, group=meeting.time_group,
        observer=meeting.time_observer, reply=meeting.time_reply, second_reply=meeting.time_second_reply,
    )  # fmt: skip


def entitled(turn: Turn, meeting: Meeting, now: datetime) -> bool:
    """Whether this delegation, and its speaker where one is named, may have the floor now."""
    right = RIGHT_TO[turn.register]
    if turn.speaker_id is not None:
        standing = standings_of([turn.speaker_id], meeting, now)[turn.speaker_id]
        return turn.delegation_id in delegations_for(standing, right, openness=meeting.openness)
    pk = turn.delegation_id
    post = Post(
        delegation=pk, category=turn.delegation.category, function="", credentials=credentials_of([pk]).get(pk, "none"),
        suspended=bool(suspended([pk])),
    )  # fmt: skip
    return right in rights_of_delegation(post, meeting.openness)


def unheard(meeting: Meeting) -> int:
    """Hands still up on the items of this meeting: what closing it would leave unheard."""
    return Turn.objects.filter(_UNHEARD, item__in=meeting.items.all()).count()


_UNHEARD = Q(state=Turn.State.WAITING) & ~Q(register=Register.ORDER)


def on_behalf_of(turn: Turn) -> str | dict[str, str]:
    """For whom besides itself a delegation speaks: a group's approved name {language: text}, or a text as it was typed."""
    return announced(turn.group) if turn.group else turn.on_behalf_of


def turn_as(turn: Turn) -> dict[str, Any]:
    """A turn as the journal writes it: the common parts of docs/architecture.md, as they stand now."""
    speaker = None
    if turn.speaker is not None:
        rows = Membership.objects.filter(person=turn.speaker, delegation=turn.delegation)
        member = with_acting(rows, turn.meeting_id or 0).first()
        speaker = person_as(
            turn.speaker, delegation=turn.delegation, function=function_in(member) if member else "",
            title=member.title if member else None,
        )  # fmt: skip
    return {
        "item": item_as(turn.item),
        "delegation": delegation_as(turn.delegation),
        "turn": turn.pk,
        "register": turn.register,
        "capacity": turn.capacity,
        "on_behalf_of": on_behalf_of(turn),
        "speaker": speaker,
        "mode": turn.mode,
    }

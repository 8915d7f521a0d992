"""The small states every seat holds whole (rooms/PROTOCOL.md, Topics), and how they are sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from summit import live
from summit.agenda.models import Item, Meeting, Paper
from summit.agenda.sitting import Sitting, accepted
from summit.floor import clock
from summit.floor.models import Register, Turn
from summit.floor.order import order
from summit.floor.queries import on_behalf_of, replies_had, time_for, up_in
from summit.record.actions import stamp
from summit.record.models import Act, Entry

HEARD = 5  # speeches shown as heard
ACTS = 20  # acts shown on the desk
_FACTS = (
    "delegation",
    "item",
    "register",
    "speaker",
    "person",
    "to",
    "value",
    "until",
    "text",
    "symbol",
    "reason",
    "ruling",
)
TOPICS = ("meeting", "agenda", "floor")


def announce(sitting: Sitting, *topics: str, **more: Any) -> None:
    """Send these topics to the open browsers of the meeting under its next version; the desk's too after an act of it.

    more: topics of those above the floor, by name, with their states.
    """
    meeting, version = sitting.meeting, sitting.grow()
    states = {topic: state_of(meeting, topic, sitting.now) for topic in topics} | more
    if sitting.acted:
        states["desk"] = desk_state(meeting, sitting.now)
    live.publish(meeting.pk, version, states)


@transaction.atomic
def tell_agenda(meeting_id: int) -> None:
    """An organiser changed items, papers or the plan: the open browsers of the meeting get them under its next version."""
    meeting = Meeting.objects.lock(meeting_id)
    meeting.version += 1
    meeting.save(update_fields=["version"])
    live.publish(meeting.pk, meeting.version, {topic: state_of(meeting, topic) for topic in TOPICS})


def state_of(meeting: Meeting, topic: str, now: datetime | None = None) -> dict[str, Any]:
    """The state of one of TOPICS."""
    match topic:
        case "meeting":
            return meeting_state(meeting)
        case "agenda":
            return agenda_state(meeting)
        case "floor":
            return floor_state(meeting, now)
    raise ValueError(topic)


def floor_state(meeting: Meeting, now: datetime | None = None) -> dict[str, Any]:
    """Topic `floor`. Four queries however long the list is.

    Times are spans and moments by the server's clock, so the state stays true while a speech runs; only `forecast`
    is counted from `now` (None: the server's clock).
    """
    now = now or timezone.now()
    item = meeting.item
    rows = list(
        Turn.objects.filter(up_in(item, meeting) | Q(meeting=meeting, state=Turn.State.SPEAKING)).select_related(
            "group"
        )
    )
    had: Counter[int] = replies_had(meeting, item) if item else Counter()
    at = {register: order(_waiting(rows, register), groups_first=meeting.groups_first) for register in Register.values}
    times = {turn.pk: turn.granted or time_for(turn, meeting, had[turn.delegation_id]) for turn in rows}
    current = next((t for t in rows if t.state == Turn.State.SPEAKING and t.register != Register.ORDER), None)
    being_heard = next((t for t in rows if t.state == Turn.State.SPEAKING and t.register == Register.ORDER), None)
    left = clock.left(current.granted, clock.used(current.used, current.running_since, now)) if current else None
    ahead = [*at[Register.LIST], *at[Register.REPLY]]
    spoken = meeting.turns.filter(state=Turn.State.ENDED, began_at__isnull=False).select_related("group")
    heard = spoken.order_by("-ended_at", "-pk")[:HEARD]

    def shown(turns: Iterable[Turn]) -> list[dict[str, Any]]:
        return [_turn_state(turn, times.get(turn.pk, turn.granted)) for turn in turns]

    return {
        "item": item.pk if item else None,
        "list_state": item.list_state if item else Item.List.CLOSED.value,
        "speaking": _turn_state(current, current.granted) if current else None,
        "order": _turn_state(being_heard, being_heard.granted) if being_heard else None,
        "orders": shown(at[Register.ORDER]),
        "replies": shown(at[Register.REPLY]),
        "list": shown(at[Register.LIST]),
        "heard": shown(heard),
        "forecast": {
            str(pk): seconds for pk, seconds in clock.forecast(left, [(t.pk, times[t.pk]) for t in ahead]).items()
        },
    }


def _waiting(rows: Iterable[Turn], register: str) -> list[Turn]:
    return [turn for turn in rows if turn.state == Turn.State.WAITING and turn.register == register]


def _turn_state(turn: Turn, granted: int) -> dict[str, Any]:
    return {
        "id": turn.pk,
        "delegation": turn.delegation_id,
        "register": turn.register,
        "capacity": turn.capacity,
        "on_behalf_of": on_behalf_of(turn),
        "speaker": turn.speaker_id,
        "mode": turn.mode,
        "state": turn.state,
        "granted": granted,
        "used_ms": milliseconds(turn.used),
        "running_since": _moment(turn.running_since),
        "began_at": _moment(turn.began_at),
        "asked_at": _moment(turn.asked_at),
        "ruling": turn.ruling,
    }


def agenda_state(meeting: Meeting) -> dict[str, Any]:
    """Topic `agenda`: the programme of the meeting in its order. Four queries.

    Left out is what not everyone in the room may read: restricted papers, one delegation's, those held back. The page
    of papers lists them to those entitled.
    """
    unheard_of = Count("turns", filter=Q(turns__state=Turn.State.WAITING) & ~Q(turns__register=Register.ORDER))
    programme = meeting.items.annotate(unheard=unheard_of).order_by("programme__position", "programme__pk")
    items = list(programme.values("id", "number", "titles", "list_state", "unheard"))
    everyones = Q(access__in=(Paper.Access.PUBLIC, Paper.Access.PARTICIPANTS))
    everyones &= Q(embargoed=False) | Q(released_at__isnull=False)
    papers = Paper.objects.filter(everyones, item__in=[item["id"] for item in items])
    papers = papers.exclude(superseded_by__in=Paper.objects.filter(everyones))
    of_item: dict[int | None, list[dict[str, Any]]] = {}
    for paper in papers.prefetch_related("files"):
        of_item.setdefault(paper.item_id, []).append(_paper_state(paper))
    parents = dict(meeting.summit.items.values_list("pk", "parent_id"))
    return {
        "items": [
            {**item, "depth": _depth(item["id"], parents), "papers": of_item.get(item["id"], [])} for item in items
        ]
    }


def _paper_state(paper: Paper) -> dict[str, Any]:
    files = [
        {"id": file.pk, "language": file.language, "kind": file.kind, "size": file.size} for file in paper.files.all()
    ]
    return {"id": paper.pk, "symbol": paper.symbol, "titles": paper.titles, "files": files}


def _depth(item: int, parents: Mapping[int, int | None]) -> int:
    depth, above = 0, parents.get(item)
    while above is not None and depth < 10:
        depth, above = depth + 1, parents.get(above)
    return depth


def meeting_state(meeting: Meeting) -> dict[str, Any]:
    """Topic `meeting`. `recorded`: what is said now goes on the record, which is only while the meeting is open."""
    return {
        "id": meeting.pk,
        "state": meeting.state,
        "openness": meeting.openness,
        "speech": meeting.speech,
        "chat": meeting.chat,
        "screens": meeting.screens,
        "silenced": meeting.silenced,
        "presiding": meeting.presiding_id,
        "item": meeting.item_id,
        "titles": meeting.titles,
        "resumes_at": _moment(meeting.resumes_at),
        "opened_at": _moment(meeting.opened_at),
        "closed_at": _moment(meeting.closed_at),
        "recorded": meeting.state == Meeting.State.OPEN,
        "recording": _recording_state(meeting),
        "zone": meeting.zone,
        "starts_at": _moment(meeting.starts_at),
    }


def _recording_state(meeting: Meeting) -> dict[str, Any] | None:
    """The meeting's last recording of sound, until the meeting is over; None when there was none. One query."""
    held = meeting.recording
    if held is None or meeting.state == Meeting.State.CLOSED:
        return None
    return {
        "id": held.pk, "state": held.state, "since": _moment(held.announced_at), "why": held.why, "gaps": held.gaps,
        "days": meeting.recording_days, "open": meeting.recording_open,
    }  # fmt: skip


def desk_state(meeting: Meeting, now: datetime | None = None) -> dict[str, Any]:
    """Topic `desk`: what can be undone, what the meeting's state accepts, the last acts as the journal has them, who was
    removed. Three queries."""
    now = now or timezone.now()
    acts = list(meeting.acts.order_by("-entry")[:ACTS])
    bodies = dict(Entry.objects.filter(meeting=meeting, seq__in=[act.entry for act in acts]).values_list("seq", "body"))
    last = next((act for act in acts if act.undone_at is None and act.undo_until >= now), None)
    removed = meeting.removals.filter(lifted_at=None).order_by("at")
    return {
        "undo": {"entry": last.entry, "kind": last.kind, "until": _moment(last.undo_until)} if last else None,
        "accepts": accepted(meeting),
        "acts": [_act_state(act, bodies.get(act.entry, {})) for act in acts],
        "removed": [{"person": row.person_id, "reason": row.reason, "at": _moment(row.at)} for row in removed],
    }


def _act_state(act: Act, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "entry": act.entry,
        "kind": act.kind,
        "at": _moment(act.at),
        "facts": {"by": act.by_id, "undone": act.undone_at is not None}
        | {name: body[name] for name in _FACTS if body.get(name) not in (None, "")},
    }


def milliseconds(seconds: float) -> int:
    """As states and the journal carry spans: whole milliseconds."""
    return round(seconds * 1000)


def _moment(at: datetime | None) -> str | None:
    return stamp(at) if at else None

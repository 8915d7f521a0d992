"""One act in a meeting: the meeting held by its lock, who acts and by what right, and what an undo would restore.

Every action of the floor, the chair and the attendance begins with `sit` and ends by publishing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from summit.agenda.models import Meeting, Office
from summit.agenda.queries import offices_held, standing_of
from summit.delegations.models import Delegation, Membership
from summit.delegations.queries import function_in, with_acting
from summit.errors import Refused
from summit.people.models import Person
from summit.record import actions as record
from summit.record.models import Act
from summit.record.queries import person_as
from summit.record.undo import Rows
from summit.rights import Right, Standing, rights_of

if TYPE_CHECKING:
    from summit.record.models import Entry

UNDO = timedelta(seconds=10)
_RANK = ("chair", "deputy", "secretary", "officer", "technician", "writer", "interpreter")
_NOT_YOURS: dict[Right, tuple[str, Promise]] = {
    Right.RUN_FLOOR: (
        "floor.not_yours",
        _("Only the chair and the officers of this meeting do this. Ask the secretary of the meeting."),
    ),
    Right.PRESIDE: ("chair.not_yours", _("Only the chair of this meeting does this.")),
    Right.RUN_HALL: ("hall.not_yours", _("Only the officers of this meeting act for the hall. Ask one of them.")),
}

_PLANNED, _OPEN, _SUSPENDED, _ADJOURNED = (
    Meeting.State.PLANNED, Meeting.State.OPEN, Meeting.State.SUSPENDED, Meeting.State.ADJOURNED,
)  # fmt: skip
_NOT_CLOSED = (_PLANNED, _OPEN, _SUSPENDED, _ADJOURNED)
# In which states of the meeting the acts of its desk are accepted, by the names of rooms/PROTOCOL.md: the only rule, which
# refuses here and decides what a desk offers. Those not named have no such bound: lowering a hand, ending a speech, undoing.
WHILE: Mapping[str, tuple[str, ...]] = {
    "meeting.open": (_PLANNED,),
    "meeting.suspend": (_OPEN,),
    "meeting.resume": (_SUSPENDED, _ADJOURNED),
    "meeting.adjourn": (_OPEN, _SUSPENDED),
    "meeting.close": (_OPEN, _SUSPENDED, _ADJOURNED),
    "meeting.preside": (_OPEN, _SUSPENDED),
    "meeting.speech": _NOT_CLOSED,
    "meeting.chat": _NOT_CLOSED,
    "meeting.screens": _NOT_CLOSED,
    "meeting.openness": _NOT_CLOSED,
    "meeting.silence": _NOT_CLOSED,
    "item.take": (_OPEN,),
    "decision.gavel": (_OPEN,),
    "list.close": _NOT_CLOSED,
    "list.open": _NOT_CLOSED,
    "floor.move": _NOT_CLOSED,
    "floor.give": (_OPEN,),
    "floor.give_next": (_OPEN,),
    "floor.pause": (_OPEN,),
    "floor.resume": (_OPEN,),
    "floor.rule": (_OPEN,),
    "person.remove": _NOT_CLOSED,
    "person.readmit": _NOT_CLOSED,
    "recording.announce": (_OPEN,),
    "vote.open": (_OPEN,),
    "vote.cast": (_OPEN,),
    "vote.close": (_OPEN,),
    "vote.withdraw": (_OPEN,),
}


def accepted(meeting: Meeting) -> list[str]:
    """The acts of WHILE that the state of this meeting accepts now."""
    return [act for act, states in WHILE.items() if meeting.state in states]


class Sitting:
    """A meeting locked until the transaction ends, with whoever acts in it (`by` None: the machine itself)."""

    def __init__(self, meeting: Meeting, by: Person | None, now: datetime) -> None:
        self.meeting, self.by, self.now = meeting, by, now
        self.standing = standing_of(by, meeting, now) if by else Standing(0, accredited=False)
        self.rights = rights_of(self.standing, openness=meeting.openness)
        self.rows = Rows()
        self.entries: list[Entry] = []
        self.acting_for: Delegation | None = None  # whose member acts, for the journal
        self.for_chair = False  # the chair's act, by the chair or by an officer
        self.acted = False  # an act of the desk, which it shows
        self._named: tuple[dict[str, Any] | None, dict[str, Any] | None] | None = None

    def require(self, *rights: Right) -> None:
        """Refused unless whoever acts holds one of these rights: meeting.no_entry for strangers, else by the last."""
        if self.by is None or not self.rights.isdisjoint(rights):
            self.for_chair = Right.RUN_FLOOR in rights or Right.PRESIDE in rights
            return
        if Right.ENTER not in self.rights:
            raise Refused("meeting.no_entry", _("You do not take part in this meeting. Ask the secretariat."))
        raise Refused(*_NOT_YOURS[rights[-1]])

    def require_while(self, act: str) -> None:
        """Refused like `require_state` unless the state of the meeting accepts this act (WHILE)."""
        self.require_state(*WHILE[act])

    def require_state(self, *states: str) -> None:
        """Refused meeting.not_open, meeting.suspended or meeting.over unless the meeting is in one of these states."""
        if self.meeting.state in states:
            return
        match self.meeting.state:
            case Meeting.State.PLANNED:
                raise Refused("meeting.not_open", _("The meeting is not open yet."))
            case Meeting.State.SUSPENDED:
                raise Refused("meeting.suspended", _("The meeting is suspended. It has to be resumed first."))
            case Meeting.State.OPEN:
                raise Refused("meeting.open", _("The meeting is already open."))
            case _:
                raise Refused("meeting.over", _("The meeting has ended."))

    def require_no_vote(self) -> None:
        """Refused vote.is_open while a vote is open: it is not interrupted except on a point of order (GA rule 88)."""
        if self.meeting.votes.filter(state="open").exists():
            raise Refused("vote.is_open", _("A vote is open. Close it or withdraw it first."))

    def write(self, kind: str, /, *, audience: str = "meeting", lasting: bool = False, **body: Any) -> Entry:
        """A journal entry of this meeting, with the actor and, when someone acted for the chair, the beneficiary.

        lasting: it holds although the act it was written in is undone.
        """
        actor, beneficiary = self.settle_names()
        if beneficiary is not None:
            body["beneficiary"] = beneficiary
        entry = record.write(
            self.meeting.summit, kind, at=self.now, actor=actor, meeting=self.meeting, audience=audience, **body
        )
        if not lasting:
            self.entries.append(entry)
        return entry

    def settle_names(self) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Who acts and for whom, as all entries of this act have it: as it stood when first asked, so an act that changes
        who presides asks before."""
        if self._named is None:
            self._named = self._names()
        return self._named

    def remember(self, entry: Entry, *, window: timedelta = UNDO) -> Act:
        """Make this act one that can be undone. Called when everything is saved and written."""
        self.acted = True
        return Act.objects.create(
            meeting=self.meeting, by=self.by, entry=entry.seq, entries=[each.seq for each in self.entries],
            kind=entry.kind, at=self.now, undo_until=self.now + window, before=self.rows.changes(),
        )  # fmt: skip

    def grow(self) -> int:
        """The meeting's next version: live states of this act carry it."""
        self.meeting.version += 1
        self.meeting.save(update_fields=["version"])
        return self.meeting.version

    def keep(self, *rows: Model) -> None:
        """These rows are about to change."""
        self.rows.keep(*rows)

    @property
    def runs_floor(self) -> bool:
        return Right.RUN_FLOOR in self.rights

    def _names(self) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        if self.by is None:
            return None, None
        held = self.standing.offices
        office = next((kind for kind in _RANK if kind in held), "")
        member = self._membership()
        actor = person_as(
            self.by, delegation=member.delegation if member else None, function=function_in(member) if member else "",
            title=member.title if member else None, office="" if self.acting_for else office,
        )  # fmt: skip
        chair = self.chair()
        if not self.for_chair or chair is None or chair == self.by:
            return actor, None
        return actor, person_as(chair, office=office_of(self.meeting, chair, self.now))

    def _membership(self) -> Membership | None:
        rows = Membership.objects.filter(
            person=self.by, delegation__in=[post.delegation for post in self.standing.posts]
        ).select_related("delegation")
        if self.acting_for:
            rows = rows.filter(delegation=self.acting_for)
        return with_acting(rows, self.meeting.pk).order_by("pk").first()

    def chair(self) -> Person | None:
        """Whoever presides; before the opening, the chair of this meeting."""
        if self.meeting.presiding_id:
            return self.meeting.presiding
        office = offices_held(self.meeting, self.now).filter(kind=Office.Kind.CHAIR).select_related("person")
        first = office.order_by("pk").first()
        return first.person if first else None


def sit(meeting_id: int, *, by: Person | None, now: datetime) -> Sitting:
    """Lock the meeting and look at who acts. Within the transaction of the act."""
    return Sitting(Meeting.objects.lock(meeting_id), by, now)


def office_of(meeting: Meeting, person: Person, now: datetime) -> str:
    """The highest office this person holds in the meeting now, "" when none."""
    held = set(offices_held(meeting, now).filter(person=person).values_list("kind", flat=True))
    return next((kind for kind in _RANK if kind in held), "")

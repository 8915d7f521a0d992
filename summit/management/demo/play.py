"""A meeting of the demo played by the real actions, each at its own time, and what its record writer wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from summit.agenda.models import Item, Meeting
from summit.attendance.actions import arrive
from summit.delegations.models import Delegation
from summit.floor import actions as floor
from summit.floor.hands import raise_for_hall, raise_hand
from summit.minutes.actions import save_prose
from summit.people.models import Person
from summit.record.models import Entry


class Play:
    """A meeting, its people by name, and a clock that only goes forward."""

    def __init__(self, meeting: Meeting, people: Mapping[str, Person], items: Mapping[str, Item]) -> None:
        self.pk, self.people, self.items = meeting.pk, people, items
        self.homes: dict[str, Delegation] = {row.code: row for row in meeting.summit.delegations.all()}
        self.start = meeting.starts_at
        self.told: dict[str, int] = {}  # what prose hangs on → number of its entry

    def at(self, minute: int, second: int = 0) -> datetime:
        """So long after the meeting was to begin."""
        return self.start + timedelta(minutes=minute, seconds=second)

    def arrivals(self, hall: tuple[str, ...], remote: tuple[tuple[str, str], ...]) -> None:
        """Who is present: the hall is marked by its operator, remote delegations take their seats."""
        for second, code in enumerate(hall):
            arrive(self.pk, self.homes[code].pk, "hall", by=self.people["hana"], now=self.at(-9, second * 20))
        for second, (code, who) in enumerate(remote):
            arrive(self.pk, self.homes[code].pk, "remote", by=self.people[who], now=self.at(-5, second * 25))

    def asks(self, who: str, now: datetime, **how: Any) -> int:
        """A remote delegate asks for the floor; the turn's number."""
        return raise_hand(self.pk, by=self.people[who], now=now, **how).pk

    def hall_asks(self, code: str, who: str, now: datetime, **how: Any) -> int:
        """The hall's operator puts a delegation on the list, or raises its point of order; the turn's number."""
        home, speaker = self.homes[code].pk, self.people[who].pk
        return raise_for_hall(self.pk, home, by=self.people["hana"], speaker_id=speaker, now=now, **how).pk

    def gives(self, code: str, turn: int, began: datetime) -> None:
        """The chair gives the floor."""
        floor.give_floor(self.pk, turn, by=self.people["bruno"], now=began)
        self.mark(code)

    def ends(self, turn: int, ended: datetime) -> None:
        """The speech is over."""
        floor.end_floor(self.pk, turn, by=self.people["bruno"], now=ended)

    def mark(self, what: str) -> None:
        """Prose of this name hangs on the entry just written."""
        self.told[what] = Entry.objects.filter(meeting=self.pk).latest("seq").seq

    def write(self, minutes: int, prose: Mapping[str, Mapping[str, str]], now: datetime) -> None:
        """The record writer's texts, half a minute each."""
        for what, texts in prose.items():
            for language, text in texts.items():
                now += timedelta(seconds=30)
                save_prose(minutes, self.told[what], language, text, based_on=0, by=self.people["dana"], now=now)

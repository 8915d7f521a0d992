"""The finished meeting of the demo: yesterday's plenary, played by the real actions, each at its own time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from summit.agenda.models import Item, Meeting
from summit.attendance.actions import arrive
from summit.chair import actions as chair
from summit.floor import actions as floor
from summit.floor.hands import raise_for_hall, raise_hand
from summit.floor.models import Capacity, Register
from summit.people.models import Person

HALL = ("NO", "CI", "EG", "TR", "IS")
REMOTE = (("KE", "amina"), ("CL", "lucia"), ("AU", "fatou"), ("ICRC", "chen"))


class Play:
    """A meeting, its people by name, and a clock that only goes forward."""

    def __init__(self, meeting: Meeting, people: Mapping[str, Person], items: Mapping[str, Item]) -> None:
        self.pk, self.people, self.items = meeting.pk, people, items
        self.homes = {row.code: row for row in meeting.summit.delegations.all()}
        self.start = meeting.starts_at
        self.now = self.start

    def at(self, minute: int, second: int = 0) -> datetime:
        """So long after the meeting was to begin."""
        self.now = self.start + timedelta(minutes=minute, seconds=second)
        return self.now

    def run(self) -> None:
        """From the first arrival to the close."""
        self._arrivals()
        bruno = self.people["bruno"]
        chair.open_meeting(self.pk, by=bruno, now=self.at(2))
        chair.take_item(self.pk, self.items["1"].pk, by=bruno, now=self.at(2, 20))
        chair.take_item(self.pk, self.items["2(a)"].pk, by=bruno, now=self.at(6))
        chair.decide(
            self.pk, text="The provisional agenda was adopted.", symbol="ROS/1/1", by=bruno, now=self.at(7, 30)
        )
        chair.take_item(self.pk, self.items["3(a)"].pk, by=bruno, now=self.at(8))
        self._statements(bruno)
        chair.decide(
            self.pk, text="The Summit took note of the background paper on sea-level rise and requested the secretariat "
            "to report on it at the next session.", symbol="ROS/1/3", by=bruno, now=self.at(46),
        )  # fmt: skip
        chair.close(self.pk, unheard=0, by=bruno, now=self.at(48))

    def _arrivals(self) -> None:
        for second, code in enumerate(HALL):
            arrive(self.pk, self.homes[code].pk, "hall", by=self.people["hana"], now=self.at(-9, second * 20))
        for second, (code, who) in enumerate(REMOTE):
            arrive(self.pk, self.homes[code].pk, "remote", by=self.people[who], now=self.at(-5, second * 25))

    def _statements(self, bruno: Person) -> None:
        hana, homes = self.people["hana"], self.homes
        kenya = raise_hand(self.pk, by=self.people["amina"], now=self.at(8, 20))
        norway = raise_for_hall(
            self.pk, homes["NO"].pk, by=hana, speaker_id=self.people["ingrid"].pk, now=self.at(8, 35)
        )
        red_cross = raise_hand(self.pk, by=self.people["chen"], now=self.at(8, 50))
        chile = raise_hand(
            self.pk, by=self.people["lucia"], capacity=Capacity.GROUP, on_behalf_of="Group of Coastal States",
            now=self.at(9, 5),
        )  # fmt: skip
        floor.give_floor(self.pk, chile.pk, by=bruno, now=self.at(10))
        floor.end_floor(self.pk, chile.pk, by=bruno, now=self.at(14, 40))
        floor.give_floor(self.pk, kenya.pk, by=bruno, now=self.at(15))
        self._point_of_order(bruno, kenya.pk)
        floor.extend_floor(self.pk, kenya.pk, seconds=60, by=bruno, now=self.at(19))
        floor.end_floor(self.pk, kenya.pk, by=bruno, now=self.at(20, 5))
        floor.give_floor(self.pk, norway.pk, by=hana, now=self.at(21))
        floor.end_floor(self.pk, norway.pk, by=hana, now=self.at(23, 50))
        floor.give_floor(self.pk, red_cross.pk, by=bruno, now=self.at(24, 30))
        floor.end_floor(self.pk, red_cross.pk, by=bruno, now=self.at(27, 10))

    def _point_of_order(self, bruno: Person, speech: int) -> None:
        """Egypt, in the hall, interrupts the speech; the chair hears it, rules, and the speech goes on."""
        point = raise_for_hall(
            self.pk, self.homes["EG"].pk, by=self.people["hana"], register=Register.ORDER,
            speaker_id=self.people["mahmoud"].pk, now=self.at(16, 30),
        )  # fmt: skip
        floor.give_floor(self.pk, point.pk, by=bruno, now=self.at(16, 40))
        ruling = "The Arabic version of ROS/1/3 will be issued today; the statement may go on."
        floor.rule(self.pk, point.pk, ruling=ruling, by=bruno, now=self.at(17, 30))

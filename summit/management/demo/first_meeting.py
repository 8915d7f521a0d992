"""The finished meeting of the demo: yesterday's plenary, its minutes approved in the evening."""

from __future__ import annotations

from datetime import timedelta

from summit.agenda.models import Meeting
from summit.chair import actions as chair
from summit.floor import actions as floor
from summit.floor.models import Capacity, Register
from summit.management.demo import record
from summit.management.demo.play import Play
from summit.minutes.actions import approve, archive, draft_digest

HALL = ("NO", "CI", "EG", "TR", "IS")
REMOTE = (("KE", "amina"), ("CL", "lucia"), ("AU", "fatou"), ("ICRC", "chen"))


class FirstMeeting(Play):
    """The 1st plenary."""

    def run(self) -> None:
        """From the first arrival to the close."""
        self.arrivals(HALL, REMOTE)
        bruno = self.people["bruno"]
        chair.open_meeting(self.pk, by=bruno, now=self.at(2))
        chair.take_item(self.pk, self.items["1"].pk, by=bruno, now=self.at(2, 20))
        self.mark("item 1")
        chair.take_item(self.pk, self.items["2(a)"].pk, by=bruno, now=self.at(6))
        self.mark("item 2(a)")
        chair.decide(
            self.pk, text="The provisional agenda was adopted.", symbol="ROS/1/1", by=bruno, now=self.at(7, 30)
        )
        chair.take_item(self.pk, self.items["3(a)"].pk, by=bruno, now=self.at(8))
        self._statements()
        chair.decide(
            self.pk, text="The Summit took note of the background paper on sea-level rise and requested the secretariat "
            "to report on it at the next session.", symbol="ROS/1/3", by=bruno, now=self.at(46),
        )  # fmt: skip
        self.mark("decision ROS/1/3")
        chair.close(self.pk, unheard=0, by=bruno, now=self.at(48))

    def _statements(self) -> None:
        kenya = self.asks("amina", self.at(8, 20))
        norway = self.hall_asks("NO", "ingrid", self.at(8, 35))
        red_cross = self.asks("chen", self.at(8, 50))
        chile = self.asks("lucia", self.at(9, 5), capacity=Capacity.GROUP, on_behalf_of="COAST")
        self.gives("CL", chile, self.at(10))
        self.ends(chile, self.at(14, 40))
        self.gives("KE", kenya, self.at(15))
        self._point_of_order()
        floor.extend_floor(self.pk, kenya, seconds=60, by=self.people["bruno"], now=self.at(19))
        self.ends(kenya, self.at(20, 5))
        self.gives("NO", norway, self.at(21))
        self.ends(norway, self.at(23, 50))
        self.gives("ICRC", red_cross, self.at(24, 30))
        self.ends(red_cross, self.at(27, 10))

    def _point_of_order(self) -> None:
        """Egypt, in the hall, interrupts the speech; the chair hears it, rules, and the speech goes on."""
        point = self.hall_asks("EG", "mahmoud", self.at(16, 30), register=Register.ORDER)
        self.gives("EG", point, self.at(16, 40))
        ruling = "The Arabic version of ROS/1/3 will be issued today; the statement may go on."
        floor.rule(self.pk, point, ruling=ruling, by=self.people["bruno"], now=self.at(17, 30))

    def approve(self) -> None:
        """Archived at its close as the worker would, written in the afternoon, approved in the evening."""
        archive(self.pk, now=self.at(48, 5))
        minutes = Meeting.objects.get(pk=self.pk).minutes
        self.write(minutes.pk, record.PLENARY_1, self.at(60))
        evening = self.at(60) + timedelta(hours=7)
        approve(minutes.pk, seen=draft_digest(minutes), by=self.people["bruno"], now=evening)

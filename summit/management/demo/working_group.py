"""Yesterday afternoon's working group of the demo: closed, its minutes a draft that is being written."""

from __future__ import annotations

from summit.agenda.models import Meeting
from summit.chair import actions as chair
from summit.management.demo import record
from summit.management.demo.play import Play


class WorkingGroup(Play):
    """The 1st meeting of the working group on the declaration."""

    def run(self) -> None:
        """From the first arrival to the close, and the first words of its record."""
        self.arrivals(("NO", "CI", "IS"), (("KE", "amina"), ("CL", "lucia")))
        bruno = self.people["bruno"]
        chair.open_meeting(self.pk, by=bruno, now=self.at(1))
        chair.take_item(self.pk, self.items["4"].pk, by=bruno, now=self.at(1, 30))
        self._statements()
        chair.decide(
            self.pk, text="The Working Group recommended the draft declaration, as orally revised, to the plenary.",
            symbol="ROS/1/L.1", by=bruno, now=self.at(31),
        )  # fmt: skip
        chair.close(self.pk, unheard=0, by=bruno, now=self.at(32))
        minutes = Meeting.objects.get(pk=self.pk).minutes
        self.write(minutes.pk, record.WORKING_GROUP, self.at(40))

    def _statements(self) -> None:
        norway = self.hall_asks("NO", "ingrid", self.at(2))
        chile, kenya = self.asks("lucia", self.at(2, 20)), self.asks("amina", self.at(2, 40))
        ivory = self.hall_asks("CI", "kouassi", self.at(3))
        for code, turn, minute in (("NO", norway, 4), ("CL", chile, 10), ("KE", kenya, 15), ("CI", ivory, 21)):
            self.gives(code, turn, self.at(minute))
            self.ends(turn, self.at(minute + 2, 40))

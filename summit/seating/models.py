from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from summit.seating.plan import Hall


class HallPlan(models.Model):
    """How the seats of a summit's hall stand; without a row there is no seating plan. Who sits where is worked out."""

    class End(models.TextChoices):
        LEFT = "left", _("at the left end, as seen from the floor")
        RIGHT = "right", _("at the right end, as seen from the floor")

    summit = models.OneToOneField("summit.Summit", models.CASCADE, related_name="hall_plan")
    rows = models.PositiveSmallIntegerField()
    blocks = models.JSONField()  # numbers, from left to right as seen from the floor
    places = models.PositiveSmallIntegerField()
    begins = models.CharField(max_length=5, choices=End, default=End.LEFT)

    def __str__(self) -> str:
        return f"{self.summit}: {self.rows} × {'+'.join(map(str, self.blocks))}"

    @property
    def hall(self) -> Hall:
        return Hall(self.rows, self.blocks, self.places, "right" if self.begins == self.End.RIGHT else "left")

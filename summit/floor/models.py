from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from summit.attendance.models import Mode


class Register(models.TextChoices):
    """Where a turn waits. Points of order and rights of reply never stand in the list, and closing it never blocks them."""

    LIST = "list", _("speakers' list")
    ORDER = "order", _("point of order")
    REPLY = "reply", _("right of reply")


class Capacity(models.TextChoices):
    NATIONAL = "national", _("national capacity")
    GROUP = "group", _("on behalf of a group")
    OBSERVER = "observer", _("observer")
    CHAIR = "chair", _("chair")


class Turn(models.Model):
    """A delegation's place on a register of an item, from the raised hand to the end of the speech.

    `used` counts finished spells; while it runs, the time used is `used + (now - running_since)`.
    `running_since` null after `began_at` is a pause.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SPEAKING = "speaking", _("has the floor")  # running or paused
        ENDED = "ended", _("has spoken")
        WITHDRAWN = "withdrawn", _("withdrawn")

    item = models.ForeignKey("summit.Item", models.CASCADE, related_name="turns")
    meeting = models.ForeignKey(
        "summit.Meeting", models.CASCADE, null=True, related_name="turns"
    )  # where delivered; a point of order: where raised, because it is before that chair, whatever item is taken
    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, related_name="turns")
    register = models.CharField(max_length=8, choices=Register, default=Register.LIST)
    capacity = models.CharField(max_length=12, choices=Capacity, default=Capacity.NATIONAL)
    group = models.ForeignKey("summit.Group", models.SET_NULL, null=True, related_name="+")  # spoken for, by its name
    on_behalf_of = models.CharField(max_length=120, blank=True)  # as typed, where the summit has named no groups
    speaker = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="turns")
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.REMOTE)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    position = models.IntegerField(null=True)  # set when the chair moves it; else the order of asking
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    granted = models.PositiveIntegerField(default=0)  # seconds; 0: not limited
    used = models.FloatField(default=0)  # seconds of finished spells
    began_at = models.DateTimeField(null=True)
    running_since = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    interrupted = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="interruptions"
    )  # by a point of order
    ruling = models.TextField(blank=True)  # the chair's, on a point of order

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting"], condition=models.Q(running_since__isnull=False), name="one_voice_a_meeting"
            ),
            models.UniqueConstraint(
                fields=["item", "delegation", "register"],
                condition=models.Q(state="waiting"),
                name="one_hand_a_delegation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegation} ({self.state})"


class Spell(models.Model):
    """One unbroken stretch of a speech, from … to …."""

    turn = models.ForeignKey(Turn, models.CASCADE, related_name="spells")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.turn} {self.began_at:%H:%M:%S}"

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mode(models.TextChoices):
    """How a delegation takes part. One list serves both."""

    HALL = "hall", _("in the hall")
    REMOTE = "remote", _("remote")


class Presence(models.Model):
    """A delegation was present in a meeting, in this mode, from … to …. Delegations are counted, never devices."""

    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, related_name="presences")
    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, related_name="presences")
    mode = models.CharField(max_length=8, choices=Mode)
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "delegation", "mode"], condition=models.Q(left_at__isnull=True), name="present_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.delegation} {self.mode}"

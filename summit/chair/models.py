from __future__ import annotations

from django.db import models


class Act(models.Model):
    """The last acts of the chair, kept so that one can be undone for 10 s (closing: 5 minutes).

    `before` is what the touched rows held: [{"model": "summit.turn", "pk": 3, "fields": {…}}], a created row with
    "fields": null. The journal keeps both the act and its undoing.
    """

    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, related_name="acts")
    entry = models.PositiveBigIntegerField()  # seq in the journal
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    undo_until = models.DateTimeField()
    before = models.JSONField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-entry"]

    def __str__(self) -> str:
        return f"{self.entry} {self.kind}"

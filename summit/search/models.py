from __future__ import annotations

from django.db import models


class Text(models.Model):
    """What can be found: an agenda item, a paper or approved minutes, in one language.

    `heads` and `stems` are what the databases search: title and body cut to stems (stems.py), kept in step by
    triggers and indexes of engine.py. Exactly one of item, paper and meeting is set.
    """

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="+")
    item = models.ForeignKey("summit.Item", models.CASCADE, null=True, related_name="+")
    paper = models.ForeignKey("summit.Paper", models.CASCADE, null=True, related_name="+")
    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, null=True, related_name="+")  # whose minutes
    language = models.CharField(max_length=8)
    title = models.TextField()
    body = models.TextField(blank=True)
    heads = models.TextField()
    stems = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["summit", "language"], name="texts_of_a_summit")]

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"


class Indexed(models.Model):
    """Up to which entry of its journal a summit can be searched."""

    summit = models.OneToOneField("summit.Summit", models.CASCADE, primary_key=True, related_name="indexed")
    seq = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.summit_id}: {self.seq}"

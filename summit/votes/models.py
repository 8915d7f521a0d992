from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Majority(models.TextChoices):
    """Of the members present and voting, those who abstain not counted (GA rules 83, 85, 86)."""

    SIMPLE = "simple", _("Simple majority")
    TWO_THIRDS = "two_thirds", _("Two thirds")


class Choice(models.TextChoices):
    """What a delegation votes."""

    YES = "yes", _("In favour")
    NO = "no", _("Against")
    ABSTAIN = "abstain", _("Abstaining")


class Vote(models.Model):
    """A recorded vote of a meeting on one text. At most one is open in a meeting."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, related_name="votes")
    item = models.ForeignKey("summit.Item", models.CASCADE, related_name="votes")
    text = models.TextField()  # what is voted upon, as it goes into the record
    symbol = models.CharField(max_length=60, blank=True)
    majority = models.CharField(max_length=12, choices=Majority)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    entitled = models.JSONField(default=list)  # ids of the delegations that could vote when it was closed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting"], condition=models.Q(state="open"), name="one_vote_at_a_time")
        ]

    def __str__(self) -> str:
        return self.symbol or self.text[:60]


class Ballot(models.Model):
    """What one delegation votes; the last word before the closing counts. A delegation votes once, however many it is."""

    vote = models.ForeignKey(Vote, models.RESTRICT, related_name="ballots")  # with ballots its opening is not undone
    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, related_name="ballots")
    choice = models.CharField(max_length=8, choices=Choice)
    by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vote", "delegation"], name="one_ballot_a_delegation")]

    def __str__(self) -> str:
        return f"{self.delegation}: {self.choice}"

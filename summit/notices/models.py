from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What one is told of."""

    NEXT = "next", _("Your delegation is next to speak")
    LIST_CLOSED = "list_closed", _("A list of speakers is closed")
    MEETING_MOVED = "meeting_moved", _("A meeting has another time or hall")
    PAPER = "paper", _("A paper is out")
    QUESTION = "question", _("The secretariat asks your delegation something")
    CREDENTIALS = "credentials", _("Your delegation's credentials were decided upon")
    BILATERAL = "bilateral", _("A delegation proposes to meet yours")


class How(models.TextChoices):
    """How one wants to be told. Never by a third party's push service."""

    OFF = "off", _("Not at all")
    PAGE = "page", _("On the page of today")
    MAIL = "mail", _("There and by e-mail")


USUAL = {
    Kind.NEXT: How.PAGE, Kind.LIST_CLOSED: How.PAGE, Kind.MEETING_MOVED: How.MAIL, Kind.PAPER: How.PAGE,
    Kind.QUESTION: How.MAIL, Kind.CREDENTIALS: How.MAIL, Kind.BILATERAL: How.MAIL,
}  # fmt: skip


class Notice(models.Model):
    """Something that happened, told to those it concerns: a delegation's members, or everybody who may read the paper,
    or everybody of the summit. Read from the journal, so it is told once and of nothing that was not done; a proposal to
    meet is in no journal, and its notice never says who proposes. In no admin.
    """

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="notices")
    key = models.CharField(max_length=120)  # the same thing is told once
    kind = models.CharField(max_length=16, choices=Kind)
    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, null=True, related_name="+")
    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, null=True, related_name="+")
    paper = models.ForeignKey("summit.Paper", models.CASCADE, null=True, related_name="+")
    question = models.ForeignKey("summit.Question", models.CASCADE, null=True, related_name="+")
    bilateral = models.ForeignKey("summit.Bilateral", models.CASCADE, null=True, related_name="+")
    facts = models.JSONField(default=dict)  # as they stood: names and times the sentence needs
    at = models.DateTimeField()  # when it was told

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["summit", "key"], name="told_once")]
        indexes = [models.Index(fields=["summit", "-at"], name="notices_of_a_summit")]

    def __str__(self) -> str:
        return self.key


class Reader(models.Model):
    """What one person wants to be told of, in every summit."""

    person = models.OneToOneField("summit.Person", models.CASCADE, related_name="reader")
    choices = models.JSONField(default=dict)  # {kind: how}, where it is not the usual

    def __str__(self) -> str:
        return f"{self.person}"


class Seen(models.Model):
    """Up to when one person has read the notices of a summit."""

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="+")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="+")
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["summit", "person"], name="seen_once_a_summit")]

    def __str__(self) -> str:
        return f"{self.person}: {self.until}"


class Cursor(models.Model):
    """Up to which entry of its journal a summit's notices have been read."""

    summit = models.OneToOneField("summit.Summit", models.CASCADE, primary_key=True, related_name="noticed")
    seq = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.summit_id}: {self.seq}"

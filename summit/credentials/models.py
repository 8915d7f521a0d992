"""Accreditation (this person may enter) and credentials (who represents a State) are separate things: decisions §2."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccreditationState(models.TextChoices):
    NOMINATED = "nominated", _("Nominated")
    APPROVED = "approved", _("Approved")
    BADGED = "badged", _("Badge issued")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class CredentialsState(models.TextChoices):
    """GA rules 27 to 29. Provisional and challenged carry everything, vote included (summit/rights.py holds the table)."""

    NONE = "none", _("None received")
    PROVISIONAL = "provisional", _("Provisional")
    RECEIVED = "received", _("Received")
    ACCEPTED = "accepted", _("Accepted")
    CHALLENGED = "challenged", _("Challenged")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Accreditation(models.Model):
    """This person may enter this summit."""

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="accreditations")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="accreditations")
    state = models.CharField(
        _("state"), max_length=12, choices=AccreditationState, default=AccreditationState.NOMINATED
    )

    class Meta:
        verbose_name = _("accreditation")
        verbose_name_plural = _("accreditations")
        constraints = [models.UniqueConstraint(fields=["summit", "person"], name="accredited_once_a_summit")]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_state_display()}"


class Credentials(models.Model):
    """The document by which a State or organisation names its representatives. Its history is in the journal."""

    delegation = models.OneToOneField("summit.Delegation", models.CASCADE, related_name="credentials")
    state = models.CharField(_("state"), max_length=12, choices=CredentialsState, default=CredentialsState.NONE)

    class Meta:
        verbose_name = _("credentials")
        verbose_name_plural = _("credentials")

    def __str__(self) -> str:
        return f"{self.delegation}: {self.get_state_display()}"


class Suspension(models.Model):
    """A delegation's rights are suspended; takes effect when a second person confirms."""

    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, related_name="suspensions")
    reason = models.TextField(_("reason"))
    proposed_by = models.ForeignKey("summit.Person", models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey("summit.Person", models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("proposed_by")),
                name="suspension_needs_two_persons",
            ),
            models.UniqueConstraint(
                fields=["delegation"], condition=models.Q(lifted_at__isnull=True), name="one_live_suspension"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegation}: suspended"


class Invitation(models.Model):
    """A link that lets one person enrol. Only its hash is kept; opening it changes nothing, a POST consumes it."""

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="invitations")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True, editable=False)  # SHA-256 of the token, hex
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    reusable = models.BooleanField(default=False, editable=False)  # demo cast only

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.person}"

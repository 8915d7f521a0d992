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


class Signatory(models.TextChoices):
    """Who signed a document. The first three may issue formal credentials (GA rule 27) and need no full powers (VCLT 7)."""

    HEAD_OF_STATE = "head_of_state", _("Head of State")
    HEAD_OF_GOVERNMENT = "head_of_government", _("Head of Government")
    FOREIGN_MINISTER = "foreign_minister", _("Minister for Foreign Affairs")
    HEAD_OF_ORGANISATION = "head_of_organisation", _("Executive head of the organisation")
    MISSION = "mission", _("Embassy or permanent mission")
    OTHER = "other", _("Somebody else")


class CredentialsLetter(models.Model):
    """A document about who represents a delegation, as it came. Seen by organisers and the delegation's own heads."""

    class Kind(models.TextChoices):
        FORMAL = "formal", _("Formal credentials, signed original")
        COPY = "copy", _("Copy of formal credentials")
        COMMUNICATION = "communication", _("Another communication that names representatives")
        POWERS = "powers", _("Full powers")

    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, related_name="letters")
    kind = models.CharField(_("what it is"), max_length=16, choices=Kind)
    signed_by = models.CharField(_("signed by"), max_length=24, choices=Signatory)
    dated = models.DateField(_("date of the letter"))
    file = models.FileField(upload_to="credentials/%Y/")  # a name of our own; emptied when its time is over
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    handed_in_by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    handed_in_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)  # the file is gone, the hash stays

    class Meta:
        verbose_name = _("letter of credentials")
        verbose_name_plural = _("letters of credentials")
        ordering = ["-handed_in_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.delegation}: {self.get_kind_display()}"


class FullPowers(models.Model):
    """Authority to perform treaty acts; something else than credentials, which give authority to represent (VCLT 2, 7)."""

    class Scope(models.TextChoices):
        NEGOTIATE = "negotiate", _("Negotiate")
        ADOPT = "adopt", _("Adopt or authenticate the text")
        SIGN = "sign", _("Sign")

    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, related_name="full_powers")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="full_powers")
    scopes = models.JSONField(_("for what"), default=list)  # values of Scope
    treaty = models.CharField(_("treaty"), max_length=300)
    issued_by = models.CharField(_("issued by"), max_length=24, choices=Signatory)
    issued_on = models.DateField(_("issued on"))
    expires_on = models.DateField(_("valid until"), null=True, blank=True)  # last day; none: until revoked
    document = models.ForeignKey(CredentialsLetter, models.SET_NULL, null=True, related_name="+")
    entered_by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    entered_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("full powers")
        verbose_name_plural = _("full powers")
        ordering = ["treaty", "pk"]

    def __str__(self) -> str:
        return f"{self.person}: {self.treaty}"

    @property
    def scope_labels(self) -> list[str]:
        """What they authorise, in words."""
        return [str(self.Scope(scope).label) for scope in self.scopes]


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
    nonce = models.CharField(max_length=32, blank=True, editable=False)  # with the secret key it makes the token again
    codes = models.PositiveSmallIntegerField(default=0, editable=False)  # how many codes were sent to the address
    code_sent_at = models.DateTimeField(null=True, editable=False)  # the newest one
    code_tries = models.PositiveSmallIntegerField(default=0, editable=False)  # wrong ones typed since then

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.person}"

    @property
    def delivery(self) -> Delivery | None:
        """The letter with the link; none where it was handed over."""
        return self.deliveries.filter(kind=Delivery.Kind.INVITATION).first()


class Delivery(models.Model):
    """One letter to one address, and what has become of it. Its text is made when it is sent; no link is kept here."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        CODE = "code", _("code")

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting for the mail server")
        SENT = "sent", _("taken by the mail server")
        REFUSED = "refused", _("refused by the mail server")
        BOUNCED = "bounced", _("came back")
        DROPPED = "dropped", _("not sent: no longer needed")

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="deliveries")
    kind = models.CharField(max_length=12, choices=Kind)
    key = models.CharField(max_length=32, unique=True)  # hex; the left part of its Message-ID, which a bounce names
    address = models.EmailField(blank=True)  # emptied when its time is over
    language = models.CharField(max_length=8)
    number = models.PositiveSmallIntegerField(default=0)  # of the code it carries
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    said = models.CharField(max_length=500, blank=True)  # by the mail server, in its own words
    tries = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # sent, refused, bounced or dropped

    class Meta:
        ordering = ["-queued_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.invitation}: {self.state}"

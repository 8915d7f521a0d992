"""What stands around an accreditation: who may nominate, what was asked for, and by when."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from summit.delegations.models import Category, Function


class Place(models.TextChoices):
    """Where a person takes part from; quotas are counted by it."""

    HALL = "hall", _("In the hall")
    REMOTE = "remote", _("Remote")


class Rules(models.Model):
    """A summit's rules of nomination. Without a row: no deadline and no quota."""

    summit = models.OneToOneField("summit.Summit", models.CASCADE, related_name="accreditation_rules")
    nominate_until = models.DateTimeField(null=True)  # from then on only substitutions
    hall_quota = models.PositiveSmallIntegerField(null=True)  # persons of one delegation in the hall, its head included
    remote_quota = models.PositiveSmallIntegerField(null=True)  # persons of one delegation taking part from afar

    def __str__(self) -> str:
        return f"{self.summit}: rules of nomination"


class Quota(models.Model):
    """Other numbers than the summit's for one delegation, or for each delegation of a category. Empty: as the next says,
    from the most particular: delegation, category, summit (`Rules`).
    """

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="quotas")
    category = models.CharField(max_length=12, choices=Category, blank=True)  # exactly one of the two
    delegation = models.OneToOneField("summit.Delegation", models.CASCADE, null=True, related_name="quota")
    hall = models.PositiveSmallIntegerField(null=True)  # persons of one delegation, its head included
    remote = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(category="", delegation__isnull=False)
                | (~models.Q(category="") & models.Q(delegation__isnull=True)),
                name="a_quota_is_of_a_category_or_a_delegation",
            ),
            models.UniqueConstraint(
                fields=["summit", "category"], condition=~models.Q(category=""), name="one_quota_a_category"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegation or self.get_category_display()}"


class FocalPoint(models.Model):
    """This person does the typing for this delegation: they nominate, change, replace and withdraw its people."""

    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, related_name="focal_points")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="focal_for")
    named_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delegation", "person"], condition=models.Q(ended_at__isnull=True), name="focal_point_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.delegation}"


class Nomination(models.Model):
    """What a delegation asked for; what became of it is the accreditation's state, and here why it was refused."""

    accreditation = models.OneToOneField("summit.Accreditation", models.CASCADE, related_name="nomination")
    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, related_name="nominations")
    function = models.CharField(max_length=12, choices=Function)
    title = models.JSONField(default=dict)  # {language: "Minister for the Environment"}
    place = models.CharField(max_length=8, choices=Place, default=Place.HALL)
    replaces = models.ForeignKey("summit.Membership", models.SET_NULL, null=True, related_name="successors")
    nominated_by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    nominated_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    refusal = models.TextField(blank=True)  # the reason, as the focal point reads it

    def __str__(self) -> str:
        return f"{self.accreditation}"


class Photo(models.Model):
    """The photo on a person's badge: JPEG, 480×640, encoded by us. Shown to the person, the desk and the door alone."""

    accreditation = models.OneToOneField("summit.Accreditation", models.CASCADE, related_name="photo")
    file = models.FileField(upload_to="photos/")
    sha256 = models.CharField(max_length=64)
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.accreditation}: photo"


class Badge(models.Model):
    """A badge that was printed. One a person is valid; printing another voids it."""

    accreditation = models.ForeignKey("summit.Accreditation", models.CASCADE, related_name="badges")
    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="badges")
    number = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["summit", "number"], name="badge_number_once_a_summit"),
            models.UniqueConstraint(
                fields=["accreditation"], condition=models.Q(voided_at__isnull=True), name="one_valid_badge"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class Outcome(models.TextChoices):
    """What a scan at the door came to."""

    IN = "in", _("Welcome")
    AGAIN = "again", _("Used before")
    VOID = "void", _("Void badge")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    FULL = "full", _("No place left")
    UNKNOWN = "unknown", _("Unknown badge")


class Scan(models.Model):
    """A badge was held to a telephone at a door. Kept once, however often the telephone sends it."""

    key = models.UUIDField(unique=True)  # made by the telephone
    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, related_name="scans")
    badge = models.ForeignKey(Badge, models.CASCADE, null=True, related_name="scans")  # null: no badge of ours
    outcome = models.CharField(max_length=12, choices=Outcome)
    at = models.DateTimeField()  # by the telephone's clock, never later than `kept_at`
    kept_at = models.DateTimeField()
    by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["meeting", "outcome"], name="scans_of_a_meeting")]

    def __str__(self) -> str:
        return f"{self.badge}: {self.outcome}"


class HallPlaces(models.Model):
    """How many persons of one delegation may be in the hall of this meeting; without a delegation: of each."""

    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, related_name="hall_places")
    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, null=True, related_name="hall_places")
    each = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "delegation"], name="one_number_of_a_delegation_in_a_hall"),
            models.UniqueConstraint(
                fields=["meeting"], condition=models.Q(delegation=None), name="one_number_for_each_in_a_hall"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting}: {self.each}"

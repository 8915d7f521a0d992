from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from summit.delegations.models import Delegation


class Bilateral(models.Model):
    """Two delegations mean to meet: proposed, countered, accepted. Seen by these two and by nobody else.

    In no admin and no journal; the row goes soon after the meeting, or after it was declined (actions.forget).
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACCEPTED = "accepted", _("agreed")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="+")
    host = models.ForeignKey("summit.Delegation", models.CASCADE, related_name="+")  # proposed it first
    guest = models.ForeignKey("summit.Delegation", models.CASCADE, related_name="+")
    by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")  # who spoke last
    about = models.CharField(_("what about"), max_length=120, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.PROPOSED)
    waits_for = models.ForeignKey("summit.Delegation", models.CASCADE, null=True, related_name="+")  # whose answer
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(host=models.F("guest")), name="a_bilateral_is_of_two"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="a_bilateral_ends_after_it_starts"
            ),
        ]
        indexes = [models.Index(fields=["summit", "starts_at"])]

    def __str__(self) -> str:
        return f"bilateral {self.pk}"  # never who with whom: this text may stand in an error

    @property
    def asks(self) -> Delegation:
        """Whose proposal it is while it waits: the side that does not answer next."""
        return self.guest if self.waits_for_id == self.host_id else self.host

    @property
    def minutes(self) -> int:
        return round((self.ends_at - self.starts_at).total_seconds() / 60)

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from summit import names


class Group(models.Model):
    """A group or bloc for which one of its members may speak: a regional group, the Group of 77, the European Union."""

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="groups")
    code = models.CharField(_("code"), max_length=12)  # stable within the summit: G77, AOSIS
    names = models.JSONField(_("approved names"), default=dict)  # as announced: "Group of 77 and China"

    class Meta:
        verbose_name = _("group of delegations")
        verbose_name_plural = _("groups of delegations")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["summit", "code"], name="group_code_once_a_summit")]

    def __str__(self) -> str:
        return names.short(self.names, get_language() or "en") or self.code


class GroupMembership(models.Model):
    """This delegation belongs to this group, from … to …; one that left and came back has two rows."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships")
    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, related_name="groups")
    starts = models.DateTimeField(null=True)
    ends = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group", "delegation"], condition=models.Q(ends__isnull=True), name="in_a_group_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.delegation}: {self.group}"

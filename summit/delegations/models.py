from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from summit import names


class Category(models.TextChoices):
    """What a delegation is; with its credentials, this decides its rights (summit/rights.py)."""

    MEMBER = "member", _("Member")
    OBSERVER = "observer", _("Observer")
    IGO = "igo", _("Intergovernmental organisation")
    NGO = "ngo", _("Non-governmental organisation")
    PRESS = "press", _("Press")
    HOST = "host", _("Host")
    SECRETARIAT = "secretariat", _("Secretariat")


class Function(models.TextChoices):
    """What a person is in a delegation (GA rule 25: representatives, alternates, advisers)."""

    HEAD = "head", _("Head of delegation")
    DEPUTY = "deputy", _("Deputy head")
    ALTERNATE = "alternate", _("Alternate")
    ADVISER = "adviser", _("Adviser")


class Delegation(models.Model):
    """The rights-holder: a State, organisation or service that sits under one name."""

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="delegations")
    code = models.CharField(_("code"), max_length=12)  # stable within the summit: ISO code of a State, else chosen
    category = models.CharField(_("category"), max_length=12, choices=Category)
    names = models.JSONField(_("approved names"), default=dict)
    order = models.JSONField(_("protocol order"), default=dict, editable=False)  # {language: place from 1}
    flag = models.CharField(_("flag"), max_length=12, blank=True)  # file name in static/img/flags, without ending
    people = models.ManyToManyField("summit.Person", through="Membership", related_name="delegations")

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [models.UniqueConstraint(fields=["summit", "code"], name="delegation_code_once_a_summit")]

    def __str__(self) -> str:
        return names.short(self.names, get_language() or "en") or self.code


class Draw(models.Model):
    """The lot that decides which member sits first. Committed to before anyone can know it, then drawn in public.

    The seed is chosen by the machine and kept; its hash goes into the journal at once. In the hall somebody says a word.
    Seed and word together decide (`draw.first`), so that neither who holds the machine nor who says the word can.
    """

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="draws")
    seed = models.CharField(max_length=64, editable=False)  # hex; secret until drawn
    committed_at = models.DateTimeField(editable=False)
    word = models.CharField(max_length=200, blank=True, editable=False)
    first = models.ForeignKey(Delegation, models.SET_NULL, null=True, related_name="+", editable=False)
    drawn_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["summit"], condition=models.Q(drawn_at__isnull=True), name="one_draw_waits"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.summit}: {self.first or 'not yet drawn'}"


class Membership(models.Model):
    """This person speaks for this delegation, from … to … (open ends allowed)."""

    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="memberships")
    delegation = models.ForeignKey(Delegation, models.CASCADE, related_name="memberships")
    function = models.CharField(_("function"), max_length=12, choices=Function)
    title = models.JSONField(_("title"), default=dict, blank=True)  # {language: "Minister for Foreign Affairs"}
    starts = models.DateTimeField(_("from"), null=True, blank=True)
    ends = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("member of a delegation")
        verbose_name_plural = _("members of delegations")
        constraints = [models.UniqueConstraint(fields=["person", "delegation"], name="member_once_a_delegation")]

    def __str__(self) -> str:
        return f"{self.person} · {self.delegation}"


class ActingHead(models.Model):
    """Who heads a delegation in one meeting while its head is elsewhere."""

    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, related_name="acting_heads")
    delegation = models.ForeignKey(Delegation, models.CASCADE, related_name="acting_heads")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "delegation"], name="one_acting_head_a_meeting")]

    def __str__(self) -> str:
        return f"{self.person} · {self.delegation} · {self.meeting}"

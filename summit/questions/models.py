from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from summit import names


class Question(models.Model):
    """Something the secretariat wants to know of a delegation: "Will you speak on item 5?" One row a delegation.

    Between the two of them: no other delegation sees question or answer.
    """

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="questions")
    delegation = models.ForeignKey(
        "summit.Delegation", models.CASCADE, related_name="questions", verbose_name=_("delegation")
    )
    item = models.ForeignKey("summit.Item", models.SET_NULL, null=True, blank=True, verbose_name=_("agenda item"))
    texts = models.JSONField(_("question"), default=dict)  # {language: text}
    due_at = models.DateTimeField(_("answer by"), null=True, blank=True)
    asked_by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+", editable=False)
    asked_at = models.DateTimeField(editable=False)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+", editable=False)
    answered_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("question to a delegation")
        verbose_name_plural = _("questions to delegations")
        ordering = ["due_at", "pk"]
        indexes = [models.Index(fields=["delegation", "answered_at"], name="questions_of_a_delegation")]

    def __str__(self) -> str:
        return names.text(self.texts, get_language() or "en")

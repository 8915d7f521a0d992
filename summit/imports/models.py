from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Import(models.Model):
    """A table on its way in: read and previewed by a worker, applied by an organiser, undone as a whole."""

    class Kind(models.TextChoices):
        DELEGATIONS = "delegations", _("Delegations")
        PEOPLE = "people", _("People")
        AGENDA = "agenda", _("Agenda")
        PAPERS = "papers", _("Papers")

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        READY = "ready", _("To be looked at")
        FAILED = "failed", _("Could not be read")
        APPLIED = "applied", _("Applied")
        UNDONE = "undone", _("Undone")

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="imports")
    kind = models.CharField(_("what"), max_length=12, choices=Kind)
    name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(max_length=64, editable=False)  # SHA-256 of the file, hex
    content = models.BinaryField(editable=False)  # emptied once it is applied
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.READING)
    progress = models.PositiveSmallIntegerField(default=0, editable=False)  # per cent of the rows
    rows = models.JSONField(default=list, editable=False)  # planning.Row as JSON
    why = models.TextField(blank=True, editable=False)  # why it could not be read, in English
    by = models.ForeignKey("summit.Person", models.PROTECT, related_name="+", editable=False)
    made_at = models.DateTimeField(_("uploaded"), editable=False)
    applied_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"

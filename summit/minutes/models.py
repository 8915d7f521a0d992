from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class MinutesManager(models.Manager["Minutes"]):
    def lock(self, pk: int) -> Minutes:
        """The minutes, held until the transaction ends: after the meeting, before the journal's head."""
        held = self.select_for_update(of=("self",), no_key=True)  # the meeting is read beside it, not held
        return held.select_related("meeting__summit").get(pk=pk)


class Minutes(models.Model):
    """The minutes of a meeting. They open with it; entries of the journal are their skeleton, prose hangs on entry numbers."""

    class State(models.TextChoices):
        LIVE = "live", _("being taken")
        DRAFT = "draft", _("draft")
        APPROVED = "approved", _("approved")

    meeting = models.OneToOneField("summit.Meeting", models.PROTECT, related_name="minutes")
    symbol = models.CharField(_("symbol"), max_length=60, default="")  # given when they open: "DEMO/SR.2"
    state = models.CharField(max_length=12, choices=State, default=State.LIVE)
    last_entry = models.PositiveBigIntegerField(
        null=True
    )  # the skeleton is frozen at this entry when the meeting closes
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("summit.Person", models.PROTECT, null=True, related_name="+")
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the approved document, hex

    objects: ClassVar[MinutesManager] = MinutesManager()

    class Meta:
        verbose_name = _("minutes")
        verbose_name_plural = _("minutes")

    def __str__(self) -> str:
        return f"{self.meeting}"


class Prose(models.Model):
    """What a record writer wrote beside one entry, in one language. Saving names the version it was based on."""

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="prose")
    entry = models.PositiveBigIntegerField()  # seq in the journal
    language = models.CharField(max_length=8)
    text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    edited_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["minutes", "entry", "language"], name="prose_once_an_entry")]

    def __str__(self) -> str:
        return f"{self.minutes} {self.entry}"


class ProseVersion(models.Model):
    """What one entry's prose was, at one version. Nothing a record writer saved is ever lost to another's saving."""

    prose = models.ForeignKey(Prose, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["prose", "version"], name="prose_version_once")]

    def __str__(self) -> str:
        return f"{self.prose} v{self.version}"


class Revision(models.Model):
    """A frozen state of the minutes: the archive at closing, a saved revision, the approved text."""

    class Kind(models.TextChoices):
        ARCHIVE = "archive", _("archived at closing")
        SAVED = "saved", _("saved")
        APPROVED = "approved", _("approved")

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    last_entry = models.PositiveBigIntegerField(default=0)  # of the journal, that this revision holds
    document = models.JSONField()  # {"languages": {code: Document}}, as summit/minutes/compose.py makes it
    digest = models.CharField(max_length=64)  # SHA-256 of its canonical JSON, hex

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["minutes", "number"], name="revision_number_once"),
            # one archive a closing, however often the task runs; a closing that was undone keeps its own
            models.UniqueConstraint(
                fields=["minutes", "last_entry"], condition=models.Q(kind="archive"), name="archived_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} r{self.number}"


class Export(models.Model):
    """A file rendered from a revision or from the live draft."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        DOCX = "docx", "Word"
        HTML = "html", "HTML"
        JSON = "json", "JSON"

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="exports")
    revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="exports")  # null: the live draft
    format = models.CharField(max_length=8, choices=Format)
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0)  # percent
    error = models.CharField(max_length=60, blank=True)
    file = models.CharField(max_length=200, blank=True)  # name inside settings.EXPORTS, made by us
    sha256 = models.CharField(max_length=64, blank=True)
    asked_by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.minutes} {self.format}"

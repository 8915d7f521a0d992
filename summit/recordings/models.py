from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Recording(models.Model):
    """The floor is recorded, from an announcement to its stop; what follows a stop is another recording.

    Only a meeting has one: a corridor has no meeting, so there is no way to record it.
    """

    class State(models.TextChoices):
        ANNOUNCED = "announced", _("announced")  # every page is told; nothing is written yet
        RUNNING = "running", _("running")
        STOPPED = "stopped", _("stopped")

    class Why(models.TextChoices):
        """Why it stopped; the last four are the media node's own (rooms/sfu/DOOR.md)."""

        CHAIR = "chair", _("the chair stopped it")
        SUSPENDED = "suspended", _("the meeting was suspended")
        ADJOURNED = "adjourned", _("the meeting was adjourned")
        CLOSED = "closed", _("the meeting was closed")
        DISK = "disk", _("the server's disk was full")
        SLOW = "slow", _("the server's disk was too slow")
        FAILED = "failed", _("the server could not write")
        NO_FOLDER = "no_folder", _("the media server has no folder for recordings")

    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, related_name="recordings")
    state = models.CharField(max_length=12, choices=State, default=State.ANNOUNCED)
    announced_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=12, choices=Why, blank=True)
    gaps = models.PositiveIntegerField(default=0)  # times the media node died while it wrote

    def __str__(self) -> str:
        return f"{self.meeting}: {self.announced_at:%H:%M:%S} {self.state}"

    @property
    def is_on(self) -> bool:
        return self.state != self.State.STOPPED


class Acknowledgement(models.Model):
    """What one person answered when told of one recording. Who has not answered, or only listens, is not heard."""

    recording = models.ForeignKey(Recording, models.CASCADE, related_name="acknowledgements")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="acknowledgements")
    consents = models.BooleanField()  # false: stays as a listener
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recording", "person"], name="acknowledged_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.consents}"


class Sound(models.Model):
    """One spell of speech as a file (Ogg Opus) in settings.RECORDINGS. The file goes when its time is over, the row stays."""

    recording = models.ForeignKey(Recording, models.CASCADE, related_name="sounds")
    turn = models.ForeignKey("summit.Turn", models.SET_NULL, null=True, related_name="sounds")  # null: no turn ran
    person = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="sounds")  # at the microphone
    file = models.CharField(max_length=120, unique=True)  # its name, made by the media node
    began_at = models.DateTimeField()
    ms = models.PositiveIntegerField()  # how long it plays …
    silence_ms = models.PositiveIntegerField(default=0)  # … and how much of that is gap
    size = models.PositiveBigIntegerField()  # bytes
    cut = models.BooleanField(default=False)  # its end is missing: the media node died
    sha256 = models.CharField(max_length=64, blank=True)  # once it is in the journal
    entry = models.PositiveBigIntegerField(null=True)  # seq of `recording.kept`
    purged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["began_at", "pk"]

    def __str__(self) -> str:
        return self.file

    @property
    def seconds(self) -> int:
        return round(self.ms / 1000)

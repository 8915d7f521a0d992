from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class HeadManager(models.Manager["Head"]):
    def lock(self, summit_id: int) -> Head:
        """The end of the chain, held until the transaction ends. Locked last, after the meeting.

        Every lock in the domain is `no_key`: the rows written after this one refer to summit and persons, and waiting
        for someone who holds those and waits for the chain would be a ring (PostgreSQL).
        """
        head = self.select_for_update(no_key=True).filter(summit_id=summit_id).first()
        if head is None:
            self.get_or_create(summit_id=summit_id)
            head = self.select_for_update(no_key=True).get(summit_id=summit_id)
        return head


class Head(models.Model):
    """The end of a summit's chain."""

    summit = models.OneToOneField("summit.Summit", models.PROTECT, primary_key=True, related_name="head")
    seq = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)  # SHA-256 of the last envelope, hex

    objects: ClassVar[HeadManager] = HeadManager()

    def __str__(self) -> str:
        return f"{self.summit_id}: {self.seq}"


class Entry(models.Model):
    """One line of the journal. Never updated or deleted: triggers refuse it (summit/record/guard.py).

    `body` carries all a reader needs as it stood then; readers never join live tables. See summit/record/chain.py
    for the envelope and its hashes.
    """

    class Audience(models.TextChoices):
        MEETING = "meeting", _("Everybody who was entitled to be in the room")
        OFFICERS = "officers", _("Secretariat and officers of the meeting")

    summit = models.ForeignKey("summit.Summit", models.PROTECT, related_name="entries")
    seq = models.PositiveBigIntegerField()
    version = models.PositiveSmallIntegerField()  # of the shape of `body`
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)  # "floor.given"
    meeting = models.ForeignKey("summit.Meeting", models.PROTECT, null=True, related_name="entries")
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.MEETING)
    body = models.JSONField()
    salt = models.CharField(max_length=32)  # 16 bytes, hex
    body_hash = models.CharField(max_length=64)
    prev = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["summit", "seq"]
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        constraints = [models.UniqueConstraint(fields=["summit", "seq"], name="entry_seq_once_a_summit")]
        indexes = [models.Index(fields=["meeting", "seq"], name="entries_of_a_meeting")]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class Outbox(models.Model):
    """Work that must happen after this transaction, whatever dies in between. A relay sends it until it is done."""

    key = models.CharField(max_length=120, unique=True)  # the same work is asked for once
    task = models.CharField(max_length=120)  # Celery task name
    arguments = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "outbox"
        indexes = [models.Index(fields=["done_at", "leased_until"], name="outbox_waiting")]

    def __str__(self) -> str:
        return self.key


class Act(models.Model):
    """The last acts of a meeting's desk, kept so that one can be undone for 10 s (closing: 5 minutes).

    `before` is what the touched rows held and hold since, changed fields only: [{"model": "summit.turn", "pk": 3,
    "fields": {…}, "after": {…}}], a created row with "fields": null. The journal keeps both the act and its undoing.
    """

    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, related_name="acts")
    by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    entry = models.PositiveBigIntegerField()  # seq in the journal of what names the act
    entries = models.JSONField(default=list)  # seqs of all it wrote: giving the floor also ends the speech before
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    undo_until = models.DateTimeField()
    before = models.JSONField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-entry"]

    def __str__(self) -> str:
        return f"{self.entry} {self.kind}"

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """Kinds of personal data that are kept for a time. Recordings have theirs in each meeting's plan."""

    LETTERS = "letters", _("Letters of credentials and full powers")
    INVITATIONS = "invitations", _("Invitations: addresses written to, and what mail servers said")
    PHOTOS = "photos", _("Photos")
    CHAT = "chat", _("Chat to the secretariat")
    HELP = "help", _("Calls for help")
    PRESENCE = "presence", _("When each person was in a room, and on which device")
    IMPORTS = "imports", _("Imported tables of people")
    NOMINATIONS = "nominations", _("Nominations that were refused or withdrawn")
    QUESTIONS = "questions", _("Questions to delegations, with the answers")
    NOTICES = "notices", _("Notices, and up to when each person has read them")
    FEEDS = "feeds", _("Addresses of calendars")
    ACCOUNTS = "accounts", _("Accounts and addresses of people who are in no other summit")


DEFAULT_DAYS = {
    Kind.LETTERS: 365, Kind.INVITATIONS: 30, Kind.PHOTOS: 30, Kind.CHAT: 90, Kind.HELP: 30, Kind.PRESENCE: 30,
    Kind.IMPORTS: 30, Kind.NOMINATIONS: 90, Kind.QUESTIONS: 90, Kind.NOTICES: 30, Kind.FEEDS: 30, Kind.ACCOUNTS: 365,
}  # fmt: skip


class Period(models.Model):
    """For how long a summit keeps one kind of personal data after its last day. No row: DEFAULT_DAYS."""

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="periods")
    kind = models.CharField(_("kind of data"), max_length=16, choices=Kind)
    days = models.PositiveIntegerField(_("days after the last day of the summit"))

    class Meta:
        verbose_name = _("retention period")
        verbose_name_plural = _("retention periods")
        constraints = [models.UniqueConstraint(fields=["summit", "kind"], name="one_period_a_kind")]
        ordering = ["summit", "kind"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.days}"


class Purge(models.Model):
    """What was deleted when its time was over: how many of which kind. Never what it said."""

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="purges")
    kind = models.CharField(_("kind of data"), max_length=16, choices=Kind)
    count = models.PositiveIntegerField(_("how many"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("deletion")
        verbose_name_plural = _("deletions")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.count}"

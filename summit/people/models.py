from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from summit import names


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """An account: something that can sign in. What it may do in a summit follows from its Person, never from here."""

    email = models.EmailField(_("e-mail address"), unique=True)
    is_staff = models.BooleanField(_("may use the organisers' admin"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.email


class Person(models.Model):
    """Someone of flesh and blood. May belong to several summits; the account is optional (hall only, or not yet enrolled)."""

    account = models.OneToOneField(User, models.SET_NULL, null=True, blank=True, related_name="person")
    names = models.JSONField(
        _("names"), default=dict, help_text='{"en": {"short": "Amina Rahal", "formal": "H.E. Ms Amina Rahal"}}'
    )
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language of the interface"), max_length=8, blank=True)
    languages = models.JSONField(_("languages spoken"), default=list, blank=True)
    zone = models.CharField(_("own time zone"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return names.short(self.names, get_language() or "en") or self.email or f"person {self.pk}"


class Task(models.TextChoices):
    """What someone of the staff does for a summit. An organiser may do all of it (summit/people/queries.py)."""

    ORGANISER = "organiser", _("Organiser")
    ACCREDITATION = "accreditation", _("Accreditation desk")
    CHECK_IN = "check_in", _("Check-in at the door")
    CONFERENCE = "conference", _("Conference officer")
    RECORDS = "records", _("Record writer")
    INTERPRETATION = "interpretation", _("Interpreter lead")
    TECHNICAL = "technical", _("Technician")


class StaffTask(models.Model):
    """This person does this task for this summit, from when it was given until it ends. Its history is in the journal."""

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="staff_tasks")
    person = models.ForeignKey(Person, models.CASCADE, related_name="staff_tasks")
    task = models.CharField(_("task"), max_length=16, choices=Task)
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks of the staff")
        constraints = [
            models.UniqueConstraint(
                fields=["summit", "person", "task"], condition=models.Q(ended_at__isnull=True), name="one_live_task"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_task_display()}"

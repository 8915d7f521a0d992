from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

MOST_TABLES = 40  # the plan is drawn to be read on a phone


class SummitManager(models.Manager["Summit"]):
    def lock(self, pk: int) -> Summit:
        """The summit, held until the transaction ends."""
        return self.select_for_update(no_key=True).get(pk=pk)


class Summit(models.Model):
    """One gathering. Every unique key, URL and group name below it carries it: several live in one installation."""

    slug = models.SlugField(_("short name in addresses"), unique=True)
    names = models.JSONField(_("names"), default=dict, help_text='{"en": {"short": "…", "formal": "…"}}')
    zone = models.CharField(_("time zone of the host"), max_length=64, default="UTC")  # IANA
    languages = models.JSONField(_("languages of the summit"), default=list)  # codes, first is the working language
    protocol_language = models.CharField(_("language of the protocol order"), max_length=8, default="en")
    opens_on = models.DateField(_("first day"))
    closes_on = models.DateField(_("last day"))
    tables = models.PositiveSmallIntegerField(
        _("tables in the corridors"), default=8, blank=True, validators=[MaxValueValidator(MOST_TABLES)],
        help_text=_("How many tables the floor plan shows; 0: corridors without a plan."),
    )  # fmt: skip
    demo = models.BooleanField(default=False, editable=False)

    objects: ClassVar[SummitManager] = SummitManager()

    class Meta:
        verbose_name = _("summit")
        verbose_name_plural = _("summits")
        ordering = ["-opens_on", "slug"]

    def __str__(self) -> str:
        from django.utils.translation import get_language

        from summit.names import short

        return short(self.names, get_language() or "en") or self.slug

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from summit.admin.base import ActionForm, OrganiserAdmin
from summit.retention.actions import set_period
from summit.retention.models import Period, Purge


class PeriodForm(ActionForm):
    class Meta:
        model = Period
        fields: tuple[str, ...] = ("days",)

    def act(self, values: dict[str, Any], now: datetime) -> Period:
        return set_period(self.instance.summit_id, self.instance.kind, values["days"], by=self.by, now=now)


class NewPeriodForm(PeriodForm):
    limits = {"summit": "pk"}

    class Meta:
        model = Period
        fields = ("summit", "kind", "days")

    def act(self, values: dict[str, Any], now: datetime) -> Period:
        return set_period(values["summit"].pk, values["kind"], values["days"], by=self.by, now=now)


@admin.register(Period)
class PeriodAdmin(OrganiserAdmin):
    """For how long personal data is kept. What has no row here is kept as long as DEFAULT_DAYS says."""

    form, add_form = PeriodForm, NewPeriodForm
    list_display = ("kind", "days", "summit")
    list_filter = ("summit",)
    list_select_related = ("summit",)


@admin.register(Purge)
class PurgeAdmin(OrganiserAdmin):
    """What was deleted, to read."""

    list_display = ("at", "kind", "count", "summit")
    list_filter = ("summit", "kind")
    list_select_related = ("summit",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from summit.admin.base import ActionForm, OrganiserAdmin, organised
from summit.credentials.stepup import step_up
from summit.retention.actions import set_period
from summit.retention.models import Period, Purge
from summit.retention.queries import days_of


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

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Whoever lets data go sooner shows again who they are."""
        if request.method == "POST" and not self._keeps_as_long(request, object_id):
            step_up(request)
        shown: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return shown

    def _keeps_as_long(self, request: HttpRequest, object_id: str | None) -> bool:
        """Whether what is asked for is plainly no shorter than what stands."""
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            pk = request.POST.get("summit", "")
            summit = organised(request).filter(pk=int(pk) if _plain(pk) else 0).first()
            stands = days_of(summit).get(request.POST.get("kind", "")) if summit else None
        else:
            stands = row.days
        asked = request.POST.get("days", "")
        return stands is not None and _plain(asked) and int(asked) >= stands


def _plain(number: str) -> bool:
    return number.isdecimal() and len(number) < 10


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

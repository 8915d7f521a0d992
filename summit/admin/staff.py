from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from summit.admin.base import ActionForm, OrganiserAdmin, StandsForm, Step
from summit.credentials import staff
from summit.credentials.stepup import step_up
from summit.people.models import StaffTask


class TaskForm(ActionForm):
    limits = {"summit": "pk", "person": "accreditations__summit"}

    class Meta:
        model = StaffTask
        fields = ("summit", "person", "task")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "person" in self.fields:  # who never signed in has no account to do it with
            people = self.fields["person"]
            people.queryset = people.queryset.filter(account__isnull=False)  # type: ignore[attr-defined]

    def act(self, values: dict[str, Any], now: datetime) -> StaffTask:
        return staff.give_task(values["summit"].pk, values["person"].pk, values["task"], by=self.by, now=now)


@admin.register(StaffTask)
class StaffAdmin(OrganiserAdmin):
    """Who does what for a summit; only its organisers see and say so."""

    form, add_form = StandsForm, TaskForm
    list_display = ("person", "task", "summit", "given_at", "ended_at")
    list_filter = ("summit", "task", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("person", "summit")
    search_fields = ("person__names", "person__email")
    ordering = ("ended_at", "person__email", "task")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and obj is not None

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Whoever hands out a part of their rights shows again who they are."""
        if request.method == "POST":
            step_up(request)
        shown: HttpResponse = super().add_view(request, form_url, extra_context)
        return shown

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj else ["summit", "person", "task"]

    def facts(self, obj: StaffTask) -> list[tuple[Any, Any]]:
        facts = [(_("Person"), obj.person), (_("Task"), obj.get_task_display()), (_("Summit"), obj.summit)]
        facts.append((_("Since"), f"{obj.given_at:%Y-%m-%d %H:%M} UTC"))
        return [*facts, (_("Ended"), f"{obj.ended_at:%Y-%m-%d %H:%M} UTC")] if obj.ended_at else facts

    def steps(self, obj: StaffTask) -> list[Step]:
        if obj.ended_at:
            return []

        def end(by: Any, now: datetime, reason: str) -> None:
            staff.end_task(obj.summit_id, obj.person_id, obj.task, by=by, now=now)

        return [Step("end", _("End this task now"), end, danger=True)]

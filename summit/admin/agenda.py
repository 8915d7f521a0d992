from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from summit import names
from summit.admin.base import ActionForm, OrganiserAdmin, Step
from summit.admin.fields import place_field, titles_field
from summit.admin.people import ZONES
from summit.agenda import actions
from summit.agenda.models import Item, Meeting, Office
from summit.people.models import Task

_WAYS = ("openness", "speech", "chat", "groups_first", "recording_days", "recording_open")
_SHOWN = {"titles": "title", "place": "hall", "programme": "items"}  # of a meeting that nobody changes any more
_PLAN = ("kind", "number", "titles", "day", "time", "zone", "place", *_WAYS)


class MeetingForm(ActionForm):
    titles = titles_field()
    place = place_field()
    zone = forms.ChoiceField(label=_("Time zone"), choices=ZONES[1:], widget=UnfoldAdminSelectWidget)
    programme = forms.ModelMultipleChoiceField(
        Item.objects.all(), label=_("Items"), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("In the order of the agenda."),
    )  # fmt: skip
    limits = {"programme": "summit", "summit": "pk"}

    class Meta:
        model = Meeting
        fields: tuple[str, ...] = (*_PLAN, *actions.TIMES)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["programme"].queryset = self.instance.summit.items.all()  # type: ignore[attr-defined]
            self.initial.setdefault("programme", list(self.instance.items.values_list("pk", flat=True)))

    def plan(self, values: dict[str, Any]) -> actions.Plan:
        """What was typed, as the action takes it. Items stand in the order of the agenda."""
        chosen = sorted(values["programme"], key=lambda item: (item.position, item.pk))
        return actions.Plan(
            **{name: values[name] for name in _PLAN},
            times={name: values[name] for name in actions.TIMES},
            items=[item.pk for item in chosen],
        )

    def act(self, values: dict[str, Any], now: datetime) -> Meeting:
        return actions.change_meeting(self.instance.pk, by=self.by, now=now, plan=self.plan(values))


class PlanForm(MeetingForm):
    class Meta:
        model = Meeting
        fields = ("summit", "slug", *MeetingForm.Meta.fields)

    def act(self, values: dict[str, Any], now: datetime) -> Meeting:
        summit, slug = values["summit"], values["slug"]
        return actions.plan_meeting(summit.pk, by=self.by, now=now, slug=slug, plan=self.plan(values))


@admin.register(Meeting)
class MeetingAdmin(OrganiserAdmin):
    tasks = (Task.CONFERENCE,)
    form, add_form = MeetingForm, PlanForm
    list_display = ("__str__", "kind", "day", "time", "zone", "state", "openness")
    list_filter = ("summit", "kind", "state")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        first = [] if obj else ["summit", "slug"]
        when = ["day", "time", "zone", "place"]
        planned = ["titles", "kind", "number", *when, "programme", *_WAYS, *actions.TIMES]
        return [*first, *(_SHOWN.get(one, one) for one in planned)] if _is_over(obj) else [*first, *planned]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_over(obj)

    @admin.display(description=_("Titles"))
    def title(self, obj: Meeting) -> str:
        return str(obj)

    @admin.display(description=_("Hall"))
    def hall(self, obj: Meeting) -> str:
        return str(names.pick(obj.place or {}, get_language() or "en") or "–")

    @admin.display(description=_("Items"))
    def items(self, obj: Meeting) -> str:
        taken = obj.programme.select_related("item").order_by("position")
        return names.listed((row.item for row in taken), get_language() or "en") or "–"

    def facts(self, obj: Meeting) -> list[tuple[Any, Any]]:
        return [(_("State"), obj.get_state_display()), (_("Begins, UTC"), f"{obj.starts_at:%Y-%m-%d %H:%M}")]


def _is_over(meeting: Meeting | None) -> bool:
    return meeting is not None and meeting.state == Meeting.State.CLOSED


class ItemForm(ActionForm):
    titles = titles_field()

    class Meta:
        model = Item
        fields: tuple[str, ...] = ("number", "titles", "parent", "position")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["parent"].queryset = self.instance.summit.items.exclude(pk=self.instance.pk)  # type: ignore[attr-defined]

    def act(self, values: dict[str, Any], now: datetime) -> Item:
        parent = values.pop("parent")
        return actions.change_item(
            self.instance.pk, by=self.by, now=now, parent_id=parent.pk if parent else None, **values
        )


class AddItemForm(ItemForm):
    limits = {"summit": "pk", "parent": "summit"}

    class Meta:
        model = Item
        fields = ("summit", *ItemForm.Meta.fields)

    def act(self, values: dict[str, Any], now: datetime) -> Item:
        summit, parent = values.pop("summit"), values.pop("parent")
        return actions.create_item(summit.pk, by=self.by, now=now, parent_id=parent.pk if parent else None, **values)


@admin.register(Item)
class ItemAdmin(OrganiserAdmin):
    tasks = (Task.CONFERENCE,)
    form, add_form = ItemForm, AddItemForm
    list_display = ("__str__", "parent", "position", "list_state")
    list_filter = ("summit",)
    search_fields = ("number", "titles")
    list_select_related = ("parent",)


class OfficeForm(ActionForm):
    class Meta:
        model = Office
        fields: tuple[str, ...] = ("starts", "ends")

    def act(self, values: dict[str, Any], now: datetime) -> Office:
        row = self.instance
        return actions.give_office(row.meeting_id, row.person_id, row.kind, by=self.by, now=now, **values)


class GiveOfficeForm(OfficeForm):
    limits = {"meeting": "summit", "person": "accreditations__summit"}

    class Meta:
        model = Office
        fields = ("meeting", "person", "kind", *OfficeForm.Meta.fields)

    def act(self, values: dict[str, Any], now: datetime) -> Office:
        meeting, person, kind = values.pop("meeting"), values.pop("person"), values.pop("kind")
        return actions.give_office(meeting.pk, person.pk, kind, by=self.by, now=now, **values)


@admin.register(Office)
class OfficeAdmin(OrganiserAdmin):
    tasks = (Task.CONFERENCE, Task.INTERPRETATION)
    summit_path = "meeting__summit"
    form, add_form = OfficeForm, GiveOfficeForm
    list_display = ("person", "kind", "meeting", "starts", "ends")
    list_filter = ("meeting", "kind")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Office]:
        rows: QuerySet[Office] = super().get_queryset(request).select_related("person", "meeting__summit")
        return rows

    def facts(self, obj: Office) -> list[tuple[Any, Any]]:
        return [(_("Person"), obj.person), (_("Office"), obj.get_kind_display()), (_("Meeting"), obj.meeting)]

    def steps(self, obj: Office) -> list[Step]:
        return [
            Step(
                "end", _("End this office now"), lambda by, now, reason: actions.end_office(obj.pk, by=by, now=now),
                danger=True,
            )
        ]  # fmt: skip

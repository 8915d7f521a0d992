from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from summit.admin.base import ActionForm, OrganiserAdmin
from summit.admin.fields import names_field
from summit.groups import actions
from summit.groups.models import Group
from summit.groups.queries import members_of


class GroupForm(ActionForm):
    names = names_field()
    members = forms.CharField(
        label=_("Members"), required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "dir": "ltr"}),
        help_text=_(
            "The codes of the delegations that belong to it now, such as KE, CL, NO; a column of a table may be pasted. "
            "Whoever is left out leaves from now on."
        ),
    )  # fmt: skip

    class Meta:
        model = Group
        fields: tuple[str, ...] = ("names",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial["members"] = ", ".join(members_of(self.instance, timezone.now()))

    def clean_members(self) -> list[str]:
        return [code.upper() for code in re.split(r"[\s,;،]+", self.cleaned_data["members"]) if code]

    def act(self, values: dict[str, Any], now: datetime) -> Group:
        return actions.change_group(self.instance.pk, by=self.by, now=now, **values)


class NameForm(GroupForm):
    limits = {"summit": "pk"}

    class Meta:
        model = Group
        fields = ("summit", "code", "names")

    def act(self, values: dict[str, Any], now: datetime) -> Group:
        summit = values.pop("summit")
        return actions.name_group(summit.pk, by=self.by, now=now, **values)


@admin.register(Group)
class GroupAdmin(OrganiserAdmin):
    form, add_form = GroupForm, NameForm
    list_display = ("__str__", "code", "members")
    list_filter = ("summit",)
    search_fields = ("code", "names")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("names", "members") if obj else ("summit", "code", "names", "members")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        rows: QuerySet[Group] = super().get_queryset(request)
        return rows.annotate(count=Count("memberships", Q(memberships__ends=None))).select_related("summit")

    @admin.display(description=_("members"))
    def members(self, obj: Any) -> int:
        return int(obj.count)

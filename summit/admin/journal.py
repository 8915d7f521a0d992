from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from summit import names
from summit.admin.base import OrganiserAdmin
from summit.record.models import Entry


@admin.register(Entry)
class JournalAdmin(OrganiserAdmin):
    """The journal, to read. Nothing here can change or remove an entry."""

    change_form_outer_before_template = None
    list_display = ("seq", "at", "kind", "meeting", "actor")
    list_filter = ("summit", "meeting", "kind")
    list_select_related = ("summit", "meeting")
    ordering = ("-at", "-seq")
    fields = ("summit", "seq", "at", "kind", "meeting", "audience", "told", "digest")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        return super(OrganiserAdmin, self).get_form(request, obj, change, **options)

    @admin.display(description=_("by"))
    def actor(self, obj: Entry) -> str:
        actor = obj.body.get("actor")
        return names.short(actor["names"], "en") if actor else "–"

    @admin.display(description=_("what it tells"))
    def told(self, obj: Entry) -> str:
        return format_html("<pre>{}</pre>", json.dumps(obj.body, ensure_ascii=False, indent=1))


for model in (Group,):
    if admin.site.is_registered(model):
        admin.site.unregister(model)  # rights come from seats and offices, never from groups

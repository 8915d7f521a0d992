from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from summit.admin.base import ActionForm, OrganiserAdmin, StandsForm, Step, organised
from summit.credentials.stepup import step_up
from summit.imports import actions
from summit.imports.exporting import TYPES, table, written
from summit.imports.models import Import
from summit.imports.planning import KINDS
from summit.imports.reading import LIMIT

SHOWN = 200  # rows on one page of a preview; errors come first


class UploadForm(ActionForm):
    file = forms.FileField(
        label=_("Table"), help_text=_("Excel (.xlsx) or text (.csv), up to 10 MB. The first row names the columns."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".xlsx,.csv,.tsv,.txt"}),
    )  # fmt: skip

    class Meta:
        model = Import
        fields = ("summit", "kind", "file")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["summit"].queryset = self.summits  # type: ignore[attr-defined]

    def act(self, values: dict[str, Any], now: datetime) -> Import:
        file = values["file"]
        content = file.read(LIMIT + 1)
        return actions.begin(values["summit"].pk, values["kind"], file.name, content, by=self.by, now=now)


@admin.register(Import)
class ImportAdmin(OrganiserAdmin):
    form, add_form = StandsForm, UploadForm
    list_display = ("__str__", "summit", "state", "made_at")
    list_filter = ("summit", "kind", "state")
    list_select_related = ("summit",)
    change_form_outer_after_template = "admin/import_preview.html"
    list_before_template = "admin/import_tables.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content")

    def facts(self, obj: Import) -> list[tuple[Any, Any]]:
        counts = {act: sum(row["act"] == act for row in obj.rows) for act in ("create", "change", "same", "error")}
        facts = [(_("Summit"), obj.summit), (_("State"), obj.get_state_display())]
        if obj.state == Import.State.READING:
            return [*facts, (_("Read so far"), f"{obj.progress} %")]
        if obj.state == Import.State.FAILED:
            return [*facts, (_("Why"), obj.why)]
        told = (
            (_("New"), "create"),
            (_("Changed"), "change"),
            (_("As it stands"), "same"),
            (_("With errors, left out"), "error"),
        )
        return [*facts, *((title, counts[act]) for title, act in told), (_("SHA-256 of the file"), obj.digest)]

    def steps(self, obj: Import) -> list[Step]:
        drop = Step("discard", _("Discard"), lambda by, now, reason: actions.discard(obj.pk, by=by, now=now))
        if obj.state == Import.State.READY:
            do = Step(
                "apply",
                _("Apply to the summit"),
                lambda by, now, reason: actions.apply(obj.pk, by=by, now=now) and None,
                step_up=True,
            )
            return [do, drop] if any(row["act"] in {"create", "change"} for row in obj.rows) else [drop]
        if obj.state == Import.State.APPLIED:
            back = Step(
                "undo", _("Undo the whole import"),
                lambda by, now, reason: actions.undo(obj.pk, by=by, now=now) and None, danger=True, step_up=True,
            )  # fmt: skip
            return [back] if obj.rows else []  # emptied: their time was over
        return [drop] if obj.state != Import.State.UNDONE else []

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id) if object_id else None
        context: dict[str, Any] = dict(extra_context or {})
        if obj is not None:
            order = {"error": 0, "change": 1, "create": 2, "same": 3}
            rows = sorted(obj.rows, key=lambda row: (order[row["act"]], row["number"]))
            page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
            context |= {"rows": [_shown(row) for row in page], "page": page}
            context |= {"show_save": False, "show_save_and_continue": False, "show_save_and_add_another": False}
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        if obj is not None and obj.state == Import.State.READING:
            response["Refresh"] = "2"  # the page shows how far the worker is
        return response

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        tables = [
            {
                "title": Import.Kind(kind).label,
                "links": [
                    (f"{summit} · {form}", reverse("admin:summit_import_export", args=[summit.pk, kind, form]))
                    for summit in organised(request)
                    for form in TYPES
                ],
                "templates": [(form, reverse("admin:summit_import_template", args=[kind, form])) for form in TYPES],
            }
            for kind in KINDS
        ]
        context = {**(extra_context or {}), "tables": tables}
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("export/<int:summit>/<slug:kind>.<slug:form>", guard(self.export_view), name="summit_import_export"),
            path("template/<slug:kind>.<slug:form>", guard(self.template_view), name="summit_import_template"),
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest, summit: int, kind: str, form: str) -> HttpResponse:
        """What stands, as a table that can be imported again. Whoever takes away everybody shows again who they are."""
        if kind not in KINDS or form not in TYPES:
            raise Http404
        row = get_object_or_404(organised(request), pk=summit)
        if kind == Import.Kind.PEOPLE:
            step_up(request)
        return _download(table(kind, row, timezone.now()), f"{row.slug}-{kind}.{form}", form)

    def template_view(self, request: HttpRequest, kind: str, form: str) -> HttpResponse:
        """An empty table with the headings."""
        if kind not in KINDS or form not in TYPES or not organised(request).exists():
            raise Http404
        return _download(table(kind, organised(request)[0], timezone.now(), empty=True), f"{kind}.{form}", form)


def _download(lines: list[list[str]], name: str, form: str) -> HttpResponse:
    response = HttpResponse(written(lines, form), content_type=TYPES[form])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


_ACTS = {"create": _("new"), "change": _("change"), "same": _("as it stands"), "error": _("error")}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A planned row in words: field by field, what it was and what it becomes."""
    changes = [(name, _text(row["was"].get(name)), _text(value)) for name, value in row["values"].items()]
    return {**row, "act_label": _ACTS[row["act"]], "changes": changes}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{code}: {_text(text)}" for code, text in value.items())
    return "" if value is None else str(value)

"""What every page of the organisers' site has in common: whose rows one sees, and that a change is an action."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import get_fields_from_path
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

from summit.credentials.stepup import step_up
from summit.errors import Refused
from summit.people.actions import person_behind
from summit.people.models import Person, Task
from summit.people.queries import desks, person_of
from summit.summits.models import Summit

# Words on Unfold's own pages, which come in English only; what our catalogs hold is used there too.
UNFOLDS_WORDS = (
    gettext_noop("Filters"), gettext_noop("Apply Filters"), gettext_noop("Reset filters"), gettext_noop("System"),
    gettext_noop("Go back"), gettext_noop("Choose file to upload"), gettext_noop("Select value"),
    gettext_noop("No results found"),
    gettext_noop("This page yielded into no results. Create a new item or reset your filters."),
    gettext_noop("Search apps and models..."), gettext_noop("Loading more results..."),
    gettext_noop("No results matching your query"), gettext_noop("Recent searches"), gettext_noop("No recent searches"),
)  # fmt: skip


# Fields that have no name of their own; Django would call them in English in columns, filters and forms. They are named
# here and not in the models, where a name is a migration.
NAMES = {
    "person": _("Person"), "meeting": _("Meeting"), "delegation": _("Delegation"), "summit": _("Summit"),
    "item": _("Item"), "parent": _("Under the item"), "given_at": _("Given"), "ended_at": _("Ended"),
    "answered_at": _("Answered"), "at": _("When"), "seq": _("Number"), "kind": _("Kind"), "audience": _("Who may read it"),
    "digest": _("Digest"),
}  # fmt: skip


def organised(request: HttpRequest, *tasks: str) -> QuerySet[Summit]:
    """The summits whoever asks organises, and those where they have one of these tasks."""
    return Summit.objects.filter(pk__in=_mine(request, tasks))


def _mine(request: HttpRequest, tasks: Sequence[str]) -> list[int]:
    """The same as ids; asked once a request: Django asks each page of the site for its permissions many times."""
    found: dict[int, set[str]] | None = getattr(request, "desks", None)
    if found is None:
        found = request.desks = desks(person_of(request.user), timezone.now())  # type: ignore[attr-defined]
    wanted = {Task.ORGANISER, *tasks}
    return [pk for pk, held in found.items() if held & wanted]


def _name_halves(field: forms.Field) -> None:
    """A moment is asked for in two boxes: each is called by what it is the date or the time of, as a form has several."""
    if isinstance(field.widget, UnfoldAdminSplitDateTimeWidget):
        for half in field.widget.widgets:
            half.attrs["aria-label"] = f"{field.label} ({half.attrs['placeholder']})"


class ActionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose saving is an action; what the rules refuse stands on the form, and nothing typed is lost.

    `limits` narrows the choices of a field to the summits one organises: {field: path to the summit}.
    """

    by: ClassVar[Person]
    summits: ClassVar[QuerySet[Summit]]
    limits: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, where in self.limits.items():
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                field.queryset = field.queryset.filter(**{f"{where}__in": self.summits}).distinct()
        if "summit" in self.fields and len(self.summits) == 1:
            self.initial.setdefault("summit", self.summits[0].pk)
        for field in self.fields.values():
            _name_halves(field)

    def act(self, values: dict[str, Any], now: datetime) -> Model:
        """Call the action; returns the row that was made or changed."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.instance = self.act(self.cleaned_data, timezone.now())
        except Refused as refused:
            self.add_error(None, str(refused.message))

    def save(self, commit: bool = True) -> Any:
        """Done already, by the action."""
        self.save_m2m = lambda: None  # type: ignore[method-assign]
        return self.instance


@dataclass(frozen=True)
class Told:
    """What came of a step that worked; `amiss`: something is left for the organiser to do."""

    text: Any
    amiss: bool = False


@dataclass(frozen=True)
class Step:
    """A button on a row's page. run: (who, now, reason) → None, or what to do after the commit to have something Told."""

    name: str
    label: Any
    run: Callable[[Person, datetime, str], Any]
    danger: bool = False
    reason: bool = False  # asks for one
    step_up: bool = False  # dangerous: who presses it shows again who they are


class StandsForm(ActionForm):
    """A row that stands as it is; its page has steps."""

    class Meta:
        fields: tuple[str, ...] = ()

    def act(self, values: dict[str, Any], now: datetime) -> Model:
        found: Model = self.instance
        return found


class OwnRows(admin.RelatedFieldListFilter):
    """A filter by summit or meeting that names only those of one's own: Django's names every one there is."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        mine = _mine(request, model_admin.tasks)
        where = "pk__in" if field.related_model is Summit else "summit__in"
        ordering = self.field_admin_ordering(field, request, model_admin)
        found: list[tuple[str, Any]] = field.get_choices(
            include_blank=False, ordering=ordering, limit_choices_to={where: mine}
        )
        return found


def _points(model: type[Model], path: str) -> bool:
    """Whether this filter is by rows of another table."""
    return bool(get_fields_from_path(model, path)[-1].is_relation)


class OrganiserAdmin(ModelAdmin):  # type: ignore[misc]
    """Rows of the summits one organises, or where one has one of `tasks`.

    Nothing is ever deleted here: people and facts are withdrawn or ended.
    """

    summit_path = "summit"
    tasks: ClassVar[tuple[str, ...]] = ()  # whose work these rows are, besides the organisers'
    add_form: type[ActionForm] | None = None
    actions: Sequence[Any] = ()
    list_filter_submit = False
    search_help_text = _("Type to search")
    show_full_result_count = False
    change_form_outer_before_template: str | None = "admin/steps.html"

    def __init__(self, model: type[Model], site: admin.AdminSite) -> None:
        super().__init__(model, site)
        for field in model._meta.fields:
            if field._verbose_name is None and field.name in NAMES:  # type: ignore[attr-defined]
                field.verbose_name = NAMES[field.name]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(**{f"{self.summit_path}__in": organised(request, *self.tasks)})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Names stand in JSON columns, where SQLite keeps letters outside ASCII escaped."""
        term = (
            json.dumps(search_term)[1:-1]
            if connection.vendor == "sqlite" and not search_term.isascii()
            else search_term
        )
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, term)
        return found

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        return [
            (name, OwnRows) if isinstance(name, str) and _points(self.model, name) else name
            for name in super().get_list_filter(request)
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        mine = _mine(request, self.tasks)
        return bool(mine) if obj is None else self.summit_of(obj).pk in mine

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def summit_of(self, obj: Any) -> Summit:
        """The summit this row belongs to."""
        found: Any = obj
        for part in [] if self.summit_path == "pk" else self.summit_path.split("__"):
            found = getattr(found, part)
        return found  # type: ignore[no-any-return]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        chosen = self.form if obj or self.add_form is None else self.add_form
        form = super().get_form(request, obj, change, **{"form": chosen, **options})
        whose = {"by": person_behind(request.user), "summits": organised(request, *self.tasks)}  # type: ignore[arg-type]
        return type(form.__name__, (form,), whose)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form's action has done it; who founded a summit has it from now on."""
        vars(request).pop("desks", None)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The journal has it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The journal has it."""

    # ── Steps: buttons that call an action ──

    def steps(self, obj: Any) -> list[Step]:
        """The buttons of this row as it stands now."""
        return []

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_step"
        mine = path("<path:object_id>/step/", self.admin_site.admin_view(self.step_view), name=name)
        return [mine, *super().get_urls()]

    def step_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST `step` (its name) and `reason`: do it, say what came of it, go back to the row."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.get_object(request, object_id)
        if row is None or not self.has_change_permission(request, row):
            raise Http404
        chosen = next((step for step in self.steps(row) if step.name == request.POST.get("step")), None)
        if chosen is None:
            messages.error(request, _("This step does not follow from where things stand now. Look again."))
        else:
            if chosen.step_up:
                step_up(request)
            self._run(request, chosen)
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if self.get_object(request, object_id) is None:  # the step took it away
            return redirect(f"{name}_changelist")
        return redirect(f"{name}_change", object_id)

    def _run(self, request: HttpRequest, step: Step) -> None:
        by = person_behind(request.user)  # type: ignore[arg-type]
        try:
            with transaction.atomic():
                said = step.run(by, timezone.now(), request.POST.get("reason", ""))
        except Refused as refused:
            messages.error(request, str(refused.message))
        else:
            told = said() if callable(said) else Told(_("Done, and in the journal."))  # a letter waits for the commit
            (messages.warning if told.amiss else messages.success)(request, str(told.text))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any) -> Any:
        row = options.get("obj")
        if row is not None and not context.get("add"):
            steps = self.steps(row)
            context |= {"steps": steps, "asks_reason": any(step.reason for step in steps), "facts": self.facts(row)}
        return super().render_change_form(request, context, *args, **options)

    def facts(self, obj: Any) -> list[tuple[Any, Any]]:
        """What the page of a row says above its form: (label, text)."""
        return []

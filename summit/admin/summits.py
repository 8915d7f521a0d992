from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from summit.admin.base import ActionForm, OrganiserAdmin, Step
from summit.admin.fields import names_field
from summit.agenda.blueprints import TEMPLATES
from summit.agenda.founding import found_from
from summit.credentials.founding import change_summit
from summit.delegations.actions import commit_draw, draw_first
from summit.delegations.draw import commitment
from summit.founding.actions import found_after
from summit.names import OWN_NAMES
from summit.people.queries import may_found, person_of
from summit.summits.models import Summit

LANGUAGES = [(code, OWN_NAMES[code]) for code in settings.CONTENT_LANGUAGES]


class SummitForm(ActionForm):
    names = names_field()
    languages = forms.MultipleChoiceField(
        label=_("Languages of the summit"), choices=LANGUAGES, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    protocol_language = forms.ChoiceField(
        label=_("Language of the protocol order"), choices=LANGUAGES, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Summit
        fields = ("names", "zone", "languages", "protocol_language", "opens_on", "closes_on", "tables")

    def act(self, values: dict[str, Any], now: datetime) -> Summit:
        return change_summit(self.instance.pk, by=self.by, now=now, **values)


class FoundForm(SummitForm):
    class Meta:
        model = Summit
        fields = (
            "slug",
            *SummitForm.Meta.fields[:-1],
        )  # tables later; and the two below, which are no fields of the row

    beginning = forms.ChoiceField(
        label=_("Begin with"), required=False, widget=UnfoldAdminSelectWidget,
        help_text=_(
            "An agenda and a calendar to change as you like. Wall times stay; days count from the first day. "
            "From an earlier summit also come the hall, the tables in the corridors, groups, deadline and places for "
            "nominations, and the periods for which data is kept. People, credentials, papers and everything that "
            "happened stay behind."
        ),
    )  # fmt: skip
    with_delegations = forms.BooleanField(
        label=_("Seat the same delegations"), required=False, widget=UnfoldBooleanSwitchWidget,
        help_text=_(
            "Only with an earlier summit. Each belongs to the groups it belongs to there now, with its own number of "
            "places. People are nominated anew."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = [(key, template.title) for key, template in TEMPLATES.items()]
        earlier = [(str(summit.pk), _("As planned for %(summit)s") % {"summit": summit}) for summit in self.summits]
        self.fields["beginning"].choices = [("", _("An empty agenda")), *kinds, *earlier]  # type: ignore[attr-defined]

    def act(self, values: dict[str, Any], now: datetime) -> Summit:
        beginning = values.pop("beginning")
        if beginning.isdecimal():
            return found_after(int(beginning), by=self.by, now=now, **values)
        return found_from(by=self.by, now=now, template=beginning, **values)


@admin.register(Summit)
class SummitAdmin(OrganiserAdmin):
    summit_path = "pk"
    form, add_form = SummitForm, FoundForm
    list_display = ("__str__", "zone", "opens_on", "closes_on")

    def facts(self, obj: Summit) -> list[tuple[Any, Any]]:
        row = obj.draws.order_by("-committed_at").first()
        if row is None:
            return []
        if row.drawn_at is None:
            return [(_("Draw for the first seat"), _("sealed: %(seal)s") % {"seal": commitment(row.seed)})]
        said = _("%(name)s, by the word “%(word)s”") % {"name": row.first, "word": row.word}
        return [(_("Draw for the first seat"), said)]

    def steps(self, obj: Summit) -> list[Step]:
        if obj.draws.filter(drawn_at=None).exists():
            draw = Step(
                "draw", _("Draw: write the word said in the hall below"),
                lambda by, now, reason: draw_first(obj.pk, reason, by=by, now=now), reason=True,
            )  # fmt: skip
            return [draw]
        seal = Step(
            "seal", _("Seal a draw for the first seat"), lambda by, now, reason: commit_draw(obj.pk, by=by, now=now)
        )
        return [seal]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may use this site may found a summit and organises it from then on; a helper of another one may not."""
        return may_found(person_of(request.user))

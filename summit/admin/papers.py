from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from summit.admin.base import ActionForm, OrganiserAdmin, Step
from summit.admin.fields import titles_field
from summit.admin.summits import LANGUAGES
from summit.agenda import files, papers
from summit.agenda.models import Item, Paper, PaperFile
from summit.delegations.models import Delegation
from summit.errors import Refused
from summit.names import OWN_NAMES, listed
from summit.people.models import Task


class PaperForm(ActionForm):
    titles = titles_field()
    language = forms.ChoiceField(
        label=_("Language of the file"), required=False, choices=[("", "–"), *LANGUAGES], widget=UnfoldAdminSelectWidget
    )
    upload = forms.FileField(
        label=_("File"), required=False, widget=UnfoldAdminFileFieldWidget,
        help_text=_("PDF, Word or plain text, at most 25 MB. One of the same language and kind is replaced."),
    )  # fmt: skip

    original = forms.BooleanField(
        label=_("The paper was written in this language"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    class Meta:
        model = Paper
        fields: tuple[str, ...] = ("titles", "item", "access", "delegation", "embargoed")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            for name, model in (("item", Item), ("delegation", Delegation)):
                self.fields[name].queryset = model.objects.filter(summit=self.instance.summit_id)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("upload") and not values.get("language"):
            self.add_error("language", _("Say which language the file is in."))
        return values

    def clean_upload(self) -> files.Found | None:
        """Looked into here, before the transaction in which the action keeps it."""
        upload = self.cleaned_data["upload"]
        if not upload:
            return None
        try:
            return files.look_into(upload.name, upload.read(settings.UPLOAD_LIMIT + 1))
        except Refused as refused:
            raise forms.ValidationError(str(refused.message)) from None

    def act(self, values: dict[str, Any], now: datetime) -> Paper:
        found, language, original = values.pop("upload"), values.pop("language"), values.pop("original")
        chosen = {
            f"{name}_id": row.pk if row else None for name in ("item", "delegation") for row in [values.pop(name)]
        }
        paper = self.put(values | chosen, now)
        if found:
            papers.add_file(paper.pk, by=self.by, now=now, language=language, found=found, original=original)
        return paper

    def put(self, values: dict[str, Any], now: datetime) -> Paper:
        """The paper itself, without its file."""
        return papers.change_paper(self.instance.pk, by=self.by, now=now, **values)


class PublishForm(PaperForm):
    limits = {"summit": "pk", "item": "summit", "delegation": "summit"}

    class Meta:
        model = Paper
        fields = ("summit", "symbol", *PaperForm.Meta.fields)

    def put(self, values: dict[str, Any], now: datetime) -> Paper:
        summit = values.pop("summit")
        return papers.publish_paper(summit.pk, by=self.by, now=now, **values)


@admin.register(Paper)
class PaperAdmin(OrganiserAdmin):
    tasks = (Task.CONFERENCE,)
    form, add_form = PaperForm, PublishForm
    list_display = ("symbol", "item", "access", "versions")
    list_filter = ("summit", "access")
    search_fields = ("symbol", "titles")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Paper]:
        rows: QuerySet[Paper] = (
            super().get_queryset(request).select_related("summit", "item", "superseded_by").prefetch_related("files")
        )
        return rows

    @admin.display(description=_("languages"))
    def versions(self, obj: Paper) -> str:
        return listed((self._version(row) for row in obj.files.all()), get_language() or "en") or "–"

    @staticmethod
    def _version(row: PaperFile) -> str:
        said = f"{OWN_NAMES.get(row.language, row.language)} {row.kind}"
        return f"{said} ({_('original')})" if row.original else said

    def facts(self, obj: Paper) -> list[tuple[Any, Any]]:
        found = [(_("Symbol"), obj.symbol), (_("Files"), self.versions(obj))]
        if obj.superseded_by:
            found.append((_("Superseded by"), obj.superseded_by.symbol))
        if obj.released_at:
            found.append((_("Released, UTC"), f"{obj.released_at:%Y-%m-%d %H:%M}"))
        return found

    def steps(self, obj: Paper) -> list[Step]:
        release = Step(
            "release", _("Release it now, before its item is taken up"),
            lambda by, now, reason: papers.release_paper(obj.pk, by=by, now=now),
        )  # fmt: skip
        return [
            *([release] if papers.is_held_back(obj) else []),
            Step(
                "withdraw", _("Withdraw this paper and its files"),
                lambda by, now, reason: papers.withdraw_paper(obj.pk, by=by, now=now), danger=True,
            ),
        ]  # fmt: skip

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from summit.admin.base import ActionForm, OrganiserAdmin, StandsForm, Step
from summit.admin.fields import RowsField
from summit.delegations.models import Delegation
from summit.people.models import Task
from summit.questions import actions
from summit.questions.models import Question


class PutForm(ActionForm):
    """The same question to as many delegations as one chooses."""

    limits: ClassVar[dict[str, str]] = {"summit": "pk", "item": "summit", "delegations": "summit"}
    delegations = forms.ModelMultipleChoiceField(
        Delegation.objects.order_by("order__en", "code"),
        label=_("Delegations"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    texts = RowsField(columns={"text": _("Question")}, label=_("Question"))

    class Meta:
        model = Question
        fields = ("summit", "delegations", "texts", "item", "due_at")
        help_texts: ClassVar[dict[str, Any]] = {"due_at": _("On the clock of the host. It may stay empty.")}

    def act(self, values: dict[str, Any], now: datetime) -> Model:
        summit, item, due = values["summit"], values["item"], values["due_at"]
        rows = actions.put_question(
            summit.pk, [one.pk for one in values["delegations"]], by=self.by, now=now, texts=values["texts"],
            item_id=item.pk if item else None, due_at=due.replace(tzinfo=ZoneInfo(summit.zone)) if due else None,
        )  # fmt: skip
        return rows[0]


@admin.register(Question)
class QuestionAdmin(OrganiserAdmin):
    tasks = (Task.CONFERENCE,)
    form, add_form = StandsForm, PutForm
    list_display = ("__str__", "delegation", "due_at", "state")
    list_filter = ("summit", ("answered_at", admin.EmptyFieldListFilter))
    list_select_related = ("delegation", "summit")
    search_fields = ("texts", "delegation__names", "delegation__code", "answer")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        rows: QuerySet[Question] = super().get_queryset(request).select_related("item", "answered_by", "asked_by")
        return rows

    @admin.display(description=_("state"))
    def state(self, obj: Question) -> Any:
        if obj.withdrawn_at:
            return _("withdrawn")
        return _("answered") if obj.answered_at else _("open")

    def facts(self, obj: Question) -> list[tuple[Any, Any]]:
        found = [(_("Delegation"), obj.delegation), (_("Question"), str(obj)), (_("State"), self.state(obj))]
        if obj.item:
            found.append((_("Agenda item"), obj.item))
        if obj.answered_at:
            found += [(_("Answer given"), obj.answer), (_("Answered by"), obj.answered_by)]
        return found

    def steps(self, obj: Question) -> list[Step]:
        if obj.answered_at or obj.withdrawn_at:
            return []
        return [
            Step(
                "withdraw", _("Withdraw this question"),
                lambda by, now, reason: actions.withdraw_question(obj.pk, by=by, now=now), danger=True,
            )
        ]  # fmt: skip

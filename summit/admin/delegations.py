from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from summit.admin.base import ActionForm, OrganiserAdmin, Step
from summit.admin.fields import names_field, titles_field
from summit.credentials import actions as credentials
from summit.credentials.models import CredentialsState, Suspension
from summit.credentials.transitions import CREDENTIALS, WITHOUT_DOCUMENT
from summit.delegations import actions
from summit.delegations.defaults import flag_of_state, names_of_state
from summit.delegations.models import Delegation, Membership
from summit.people.models import Task

_STEPS = {
    "provisional": _("A provisional document has come"),
    "received": _("The document has been received"),
    "accepted": _("Accept the credentials"),
    "challenged": _("The credentials are challenged"),
    "withdrawn": _("Withdraw the credentials"),
}


class DelegationForm(ActionForm):
    names = names_field()

    class Meta:
        model = Delegation
        fields = ("category", "names", "flag")

    def act(self, values: dict[str, Any], now: datetime) -> Delegation:
        return actions.change_delegation(self.instance.pk, by=self.by, now=now, **values)


class SeatForm(ActionForm):
    names = names_field(
        required=False,
        help_text=_(
            "Left empty, a State gets its flag and the short names of the Unicode locale data, for you to approve."
        ),
    )
    limits = {"summit": "pk"}

    class Meta:
        model = Delegation
        fields = ("summit", "code", "category", "names", "flag")

    def act(self, values: dict[str, Any], now: datetime) -> Delegation:
        summit = values.pop("summit")
        values["names"] = values["names"] or names_of_state(values["code"])
        values["flag"] = values["flag"] or flag_of_state(values["code"])
        return actions.create_delegation(summit.pk, by=self.by, now=now, **values)


@admin.register(Delegation)
class DelegationAdmin(OrganiserAdmin):
    form, add_form = DelegationForm, SeatForm
    list_display = ("__str__", "code", "category", "credentials_state", "suspended")
    list_filter = ("summit", "category", "credentials__state")
    search_fields = ("code", "names")
    ordering = ("order__en", "code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delegation]:
        live = Suspension.objects.filter(lifted_at=None)
        rows = super().get_queryset(request).select_related("summit", "credentials")
        return rows.prefetch_related(Prefetch("suspensions", live, to_attr="live_suspensions"))

    @admin.display(description=_("credentials"), ordering="credentials__state")
    def credentials_state(self, obj: Delegation) -> Any:
        if obj.category in WITHOUT_DOCUMENT:
            return "–"
        return CredentialsState(_state(obj)).label

    @admin.display(description=_("suspended"))
    def suspended(self, obj: Delegation) -> Any:
        row = _suspension(obj)
        if row is None:
            return "–"
        return _("yes") if row.confirmed_at else _("proposed")

    def facts(self, obj: Delegation) -> list[tuple[Any, Any]]:
        place = obj.order.get(obj.summit.protocol_language)
        facts = [(_("Credentials"), self.credentials_state(obj)), (_("Place in protocol order"), place or "–")]
        if obj.category not in WITHOUT_DOCUMENT:
            desk = reverse("credentials_of", args=[obj.summit.slug, obj.code])
            facts.append(
                (
                    _("Letters, full powers and history"),
                    format_html('<a href="{}">{}</a>', desk, pgettext("to look at it", "Open")),
                )
            )
        if row := _suspension(obj):
            said = _("in force") if row.confirmed_at else _("proposed by %(name)s") % {"name": row.proposed_by}
            facts += [(_("Suspension"), said), (_("Reason"), row.reason)]
        return facts

    def steps(self, obj: Delegation) -> list[Step]:
        found = []
        if obj.category not in WITHOUT_DOCUMENT:
            for to in CREDENTIALS[_state(obj)]:
                run, ends = partial(_move, obj.pk, to), to == "withdrawn"  # takes every right at once
                found.append(Step(f"credentials.{to}", _STEPS[to], run, danger=ends, reason=True, step_up=ends))
        return found + _suspension_steps(obj)


def _state(obj: Delegation) -> str:
    return obj.credentials.state if hasattr(obj, "credentials") else "none"


def _suspension(obj: Delegation) -> Suspension | None:
    return next(iter(obj.live_suspensions), None)  # type: ignore[attr-defined]


def _move(pk: int, to: str, by: Any, now: datetime, reason: str) -> Any:
    return credentials.move_credentials(pk, to, by=by, now=now, reason=reason)


def _suspension_steps(obj: Delegation) -> list[Step]:
    row = _suspension(obj)
    if row is None:
        propose = Step(
            "suspension.propose", _("Propose to suspend this delegation"),
            lambda by, now, reason: credentials.propose_suspension(obj.pk, reason, by=by, now=now),
            danger=True, reason=True, step_up=True,
        )  # fmt: skip
        return [propose]
    lift = Step(
        "suspension.lift", _("Lift the suspension") if row.confirmed_at else _("Drop the proposal"),
        lambda by, now, reason: credentials.lift_suspension(row.pk, by=by, now=now),
    )  # fmt: skip
    confirm = Step(
        "suspension.confirm", _("Confirm the suspension, as the second person"),
        lambda by, now, reason: credentials.confirm_suspension(row.pk, by=by, now=now), danger=True, step_up=True,
    )  # fmt: skip
    return [lift] if row.confirmed_at else [confirm, lift]


class MembershipForm(ActionForm):
    title = titles_field(_("Title"), required=False)

    class Meta:
        model = Membership
        fields = ("function", "title", "starts", "ends")

    def act(self, values: dict[str, Any], now: datetime) -> Membership:
        row = self.instance
        return actions.appoint(row.delegation_id, row.person_id, by=self.by, now=now, **values)


class AppointForm(MembershipForm):
    limits = {"delegation": "summit", "person": "accreditations__summit"}

    class Meta:
        model = Membership
        fields = ("delegation", "person", *MembershipForm.Meta.fields)

    def act(self, values: dict[str, Any], now: datetime) -> Membership:
        delegation, person = values.pop("delegation"), values.pop("person")
        return actions.appoint(delegation.pk, person.pk, by=self.by, now=now, **values)


@admin.register(Membership)
class MembershipAdmin(OrganiserAdmin):
    tasks = (Task.ACCREDITATION,)
    summit_path = "delegation__summit"
    form, add_form = MembershipForm, AppointForm
    list_display = ("person", "delegation", "function", "starts", "ends")
    list_filter = ("delegation__summit", "function")
    list_select_related = ("person", "delegation")
    search_fields = ("person__names", "delegation__names", "delegation__code")

    def facts(self, obj: Membership) -> list[tuple[Any, Any]]:
        return [(_("Person"), obj.person), (_("Delegation"), obj.delegation)]

    def steps(self, obj: Membership) -> list[Step]:
        return [
            Step(
                "end", _("End this membership now"),
                lambda by, now, reason: actions.end_membership(obj.pk, by=by, now=now), danger=True,
            )
        ]  # fmt: skip

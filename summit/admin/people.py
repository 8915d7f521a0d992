from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget

from summit.accreditation import decisions
from summit.admin.base import ActionForm, OrganiserAdmin, Step, Told
from summit.admin.fields import names_field, titles_field
from summit.credentials import actions, invitations, letters
from summit.credentials.models import Accreditation, Delivery, Invitation
from summit.credentials.stepup import step_up
from summit.credentials.ties import ties_of, untie
from summit.credentials.transitions import ACCREDITATION
from summit.delegations.actions import appoint
from summit.delegations.models import Delegation, Function, Membership
from summit.errors import Refused
from summit.names import OWN_NAMES, listed
from summit.people.actions import change_person, person_behind, refuse_if_shared, register_person
from summit.people.models import Task
from summit.people.queries import organises, person_of
from summit.retention.actions import erase_person
from summit.retention.views import as_zip

ZONES = [("", "–"), *((zone, zone) for zone in sorted(available_timezones()) if "/" in zone)]
LETTERS = [(code, OWN_NAMES[code]) for code in settings.CONTENT_LANGUAGES]
_STEPS = {
    "approved": _("Approve: this person may enter"),
    "badged": _("The badge has been handed out"),
    "withdrawn": _("Withdraw the accreditation"),
    "nominated": _("Nominate again"),
}
_RUN: dict[str, Callable[..., Any]] = {
    "approved": partial(decisions.approve, invite=False), "badged": actions.badge, "withdrawn": actions.withdraw_accreditation,
}  # fmt: skip


class PersonForm(ActionForm):
    names = names_field()
    email = forms.EmailField(label=_("E-mail address"), required=False, widget=UnfoldAdminEmailInputWidget)
    language = forms.ChoiceField(
        label=_("Language of their pages and letters"), choices=LETTERS, widget=UnfoldAdminSelectWidget,
        help_text=_("Letters are written in all six; pages in those that are offered there."),
    )  # fmt: skip
    zone = forms.ChoiceField(label=_("Own time zone"), required=False, choices=ZONES, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Accreditation
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            person = self.instance.person
            for name in ("names", "email", "language", "zone"):
                self.initial.setdefault(name, getattr(person, name))

    def act(self, values: dict[str, Any], now: datetime) -> Accreditation:
        row: Accreditation = self.instance
        change_person(row.person_id, row.summit_id, by=self.by, now=now, **values)
        return row


class NominateForm(PersonForm):
    delegation = forms.ModelChoiceField(
        Delegation.objects.select_related("summit").order_by("summit", "order__en", "code"), label=_("Delegation"), required=False,
        widget=UnfoldAdminSelectWidget, help_text=_("Left empty, the person sits with nobody, as a chair may."),
    )  # fmt: skip
    function = forms.ChoiceField(
        label=_("Function"), choices=Function.choices, widget=UnfoldAdminSelectWidget, initial=Function.ADVISER
    )
    title = titles_field(_("Title"), required=False)
    limits = {"summit": "pk", "delegation": "summit"}

    class Meta:
        model = Accreditation
        fields = ("summit",)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        home = values.get("delegation")
        if home and values.get("summit") and home.summit_id != values["summit"].pk:
            self.add_error("delegation", _("This delegation belongs to another summit."))
        return values

    def act(self, values: dict[str, Any], now: datetime) -> Accreditation:
        summit, home = values.pop("summit"), values.pop("delegation")
        seat = {name: values.pop(name) for name in ("function", "title")}
        person = register_person(summit.pk, by=self.by, now=now, **values)
        row = actions.nominate(summit.pk, person.pk, by=self.by, now=now)
        if home:
            appoint(home.pk, person.pk, by=self.by, now=now, **seat)
        return row


@admin.register(Accreditation)
class PeopleAdmin(OrganiserAdmin):
    """People as they take part in a summit: the row is their accreditation."""

    tasks = (Task.ACCREDITATION,)
    form, add_form = PersonForm, NominateForm
    list_display = ("person", "delegation", "state", "invitation")
    list_filter = ("summit", "state", "person__memberships__delegation__category")
    search_fields = ("person__names", "person__email")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Accreditation]:
        seats = Membership.objects.select_related("delegation").order_by("pk")
        went = Delivery.objects.filter(kind=Delivery.Kind.INVITATION)
        letters_sent = Invitation.objects.filter(withdrawn_at=None, reusable=False).order_by("-sent_at")
        letters_sent = letters_sent.prefetch_related(Prefetch("deliveries", went, to_attr="went"))
        return super().get_queryset(request).select_related("person__account", "summit").prefetch_related(
            Prefetch("person__memberships", seats, to_attr="posts_held"),
            Prefetch("person__invitations", letters_sent, to_attr="letters"),
        )  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = ["names", "email", "language", "zone"]
        return fields if obj else ["summit", *fields, "delegation", "function", "title"]

    @admin.display(description=_("delegation"))
    def delegation(self, obj: Accreditation) -> str:
        seats = [row for row in obj.person.posts_held if row.delegation.summit_id == obj.summit_id]  # type: ignore[attr-defined]
        return (
            listed((f"{row.delegation} ({row.get_function_display()})" for row in seats), get_language() or "en") or "–"
        )

    @admin.display(description=_("sign-in"))
    def invitation(self, obj: Accreditation) -> Any:
        if obj.person.account_id:
            return _("Has signed in")
        sent = _letter(obj)
        if sent is None:
            return _("Not invited yet")
        words = _("Invited on %(day)s") % {"day": f"{sent.sent_at:%Y-%m-%d}"}
        return f"{words}: {sent.went[0].get_state_display()}" if sent.went else words  # type: ignore[attr-defined]

    def facts(self, obj: Accreditation) -> list[tuple[Any, Any]]:
        facts: list[tuple[Any, Any]] = [
            (_("Accreditation"), obj.get_state_display()), (_("Delegation"), self.delegation(obj)),
            (_("Sign-in"), self.invitation(obj)),
        ]  # fmt: skip
        sent = None if obj.person.account_id else _letter(obj)
        if sent and sent.went and sent.went[0].said:  # type: ignore[attr-defined]
            facts.append((_("The mail server says"), sent.went[0].said))  # type: ignore[attr-defined]
        if tied := ties_of(obj.person):
            facts.append((_("Signs in through"), listed(tied, get_language() or "en")))
        export = reverse("admin:summit_accreditation_export", args=[obj.pk])
        return [*facts, (_("What is known of them"), format_html('<a href="{}">{}</a>', export, _("Download it")))]

    def steps(self, obj: Accreditation) -> list[Step]:
        found = []
        for to in ACCREDITATION[obj.state]:
            run = partial(_step, obj, to)
            ends = to == "withdrawn"
            found.append(Step(f"accreditation.{to}", _STEPS[to], run, danger=ends, step_up=ends))
        if obj.person.account_id is None and obj.state != "withdrawn":
            found.append(
                Step("invite", _("Send again") if _letter(obj) else _("Send an invitation"), partial(_invite, obj))
            )
            if sent := _letter(obj):
                found.append(Step("invitation.withdraw", _("Withdraw the invitation"), partial(_withdraw, sent.pk)))
        if ties_of(obj.person):
            label = _("Untie from the service they sign in through")
            found.append(Step("untie", label, partial(_untie, obj), danger=True, reason=True, step_up=True))
        if obj.state == "withdrawn":
            found.append(
                Step("erase", _("Erase this person"), partial(_erase, obj), danger=True, reason=True, step_up=True)
            )
        return found

    def get_urls(self) -> list[URLPattern]:
        mine = path(
            "<int:pk>/export/", self.admin_site.admin_view(self.export_view), name="summit_accreditation_export"
        )
        return [mine, *super().get_urls()]

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Everything held about a person, as a ZIP, for whoever organises all they take part in."""
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not organises(person_of(request.user), row.summit, timezone.now()):
            raise Http404
        step_up(request)
        try:
            refuse_if_shared(row.person, person_behind(request.user), timezone.now())  # type: ignore[arg-type]
        except Refused as refused:
            messages.error(request, str(refused.message))
            return redirect("admin:summit_accreditation_change", pk)
        return as_zip(row.person, timezone.now(), own=False)


def _erase(obj: Accreditation, by: Any, now: datetime, reason: str) -> None:
    erase_person(obj.person_id, obj.summit_id, by=by, now=now, reason=reason)


def _untie(obj: Accreditation, by: Any, now: datetime, reason: str) -> None:
    untie(obj.person_id, obj.summit_id, by=by, now=now, reason=reason)


def _letter(obj: Accreditation) -> Invitation | None:
    rows = obj.person.letters  # type: ignore[attr-defined]
    return next((row for row in rows if row.summit_id == obj.summit_id and not row.consumed_at), None)


def _step(obj: Accreditation, to: str, by: Any, now: datetime, reason: str) -> None:
    if to == "nominated":
        actions.nominate(obj.summit_id, obj.person_id, by=by, now=now)
    else:
        _RUN[to](obj.pk, by=by, now=now)


def _invite(obj: Accreditation, by: Any, now: datetime, reason: str) -> Callable[[], Told]:
    row, token = invitations.invite(obj.summit_id, obj.person_id, by=by, now=now)
    return partial(_told, row, token)


def _told(row: Invitation, token: str) -> Told:
    """What the organiser is told of it: where the letter goes, or the link where there is no address."""
    if row.person.email:
        return Told(
            _("The letter to %(address)s is on its way. This page says what becomes of it.")
            % {"address": row.person.email}
        )
    why = _("There is no address to write to. Hand this link over yourself; it is shown only now: %(link)s")
    return Told(why % {"link": letters.address(token)}, amiss=True)


def _withdraw(pk: int, by: Any, now: datetime, reason: str) -> None:
    invitations.withdraw_invitation(pk, by=by, now=now)

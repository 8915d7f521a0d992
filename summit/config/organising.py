"""The organisers' site: Unfold under /admin/, behind our own sign-in, the one exception to the content policy."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from summit.people.models import Task
from summit.people.queries import person_of, tasks_now

# Unfold ships an Alpine build that evaluates expressions, and inline styles and scripts. Everything else stays shut;
# nothing that a delegate writes is shown here unescaped (tests/summit/admin).
POLICY = {
    "default-src": [NONE],
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "font-src": [SELF],
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
    "require-trusted-types-for": None,  # Alpine evaluates
    "trusted-types": None,
}


class OrganisersSite(UnfoldAdminSite):  # type: ignore[misc]
    """Django's admin where every change goes through the actions of the domain."""

    index_title = _("What needs you now")

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """No sign-in of its own: allauth's, with its rate limits and second factors."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """Every page of the site asks for a second factor and carries POLICY instead of the site's own."""
        guarded: Callable[..., HttpResponse] = csp_replace(POLICY)(super().admin_view(view, cacheable))  # type: ignore[assignment]
        return with_second_factor(guarded)


def with_second_factor(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """Staff without an authenticator app or a passkey set one up first: who organises a summit names who may enter it.

    Whoever has one is asked for it at every sign-in; only an invitation signs in without, and it makes a new account.
    Put around every page of the admin, and around the desks outside it (urls.py); delegates pass.
    """

    @wraps(view)
    def ask_first(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        user, factors = request.user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        asked = settings.STAFF_SECOND_FACTOR and user.is_authenticated and user.is_staff
        if asked and not is_mfa_enabled(user, factors):
            messages.warning(request, _("Set up an authenticator app or a passkey first. Then organise the summit."))
            return redirect("mfa_index")
        answer: HttpResponse = view(request, *args, **options)
        return answer

    return ask_first


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar: what an organiser works on, in the order of the work; others see what their tasks open to them."""
    person = person_of(request.user)
    held = set(tasks_now(person))

    def entry(title: Any, icon: str, name: str, *tasks: str) -> dict[str, Any]:
        shown = person is None or bool(held & {Task.ORGANISER, *tasks})
        return {"title": title, "icon": icon, "link": reverse(f"admin:{name}"), "permission": lambda request: shown}

    return [
        {
            "items": [
                entry(_("What needs you now"), "notifications", "index", *Task),
                entry(_("Summits"), "public", "summit_summit_changelist"),
                entry(_("Delegations and credentials"), "flag", "summit_delegation_changelist"),
                entry(_("Groups of delegations"), "hub", "summit_group_changelist"),
                entry(_("People"), "badge", "summit_accreditation_changelist", Task.ACCREDITATION),
                entry(_("Members of delegations"), "groups", "summit_membership_changelist", Task.ACCREDITATION),
                entry(_("Staff and their tasks"), "assignment_ind", "summit_stafftask_changelist"),
            ]
        },
        {
            "separator": True,
            "items": [
                entry(_("Agenda"), "list_alt", "summit_item_changelist", Task.CONFERENCE),
                entry(_("Meetings"), "event", "summit_meeting_changelist", Task.CONFERENCE),
                entry(_("Offices"), "gavel", "summit_office_changelist", Task.CONFERENCE, Task.INTERPRETATION),
                entry(_("Papers"), "description", "summit_paper_changelist", Task.CONFERENCE),
                entry(_("Questions to delegations"), "help", "summit_question_changelist", Task.CONFERENCE),
                entry(_("Imports and exports"), "table", "summit_import_changelist"),
            ],
        },
        {
            "separator": True,
            "items": [
                entry(_("Journal"), "history", "summit_entry_changelist"),
                entry(_("How long data is kept"), "auto_delete", "summit_period_changelist"),
                entry(_("What was deleted"), "delete_history", "summit_purge_changelist"),
            ],
        },
    ]

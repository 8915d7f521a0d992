from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from summit.credentials import invitations
from summit.credentials.adapter import speak_their_language
from summit.credentials.forms import EnrolForm
from summit.credentials.models import Invitation
from summit.errors import Refused
from summit.people.models import User


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The door a link opens. Looking (also by mail scanners and prefetching browsers) changes nothing."""
    try:
        row = invitations.look_up(token, timezone.now())
        form = EnrolForm(request.POST or None, asks_address=not row.person.email)
        if request.method == "POST" and (row.reusable or form.is_valid()):
            return _enter(request, row, token, form)
    except Refused as refused:
        field = {"invitation.password": "password", "invitation.account": "email"}.get(refused.code, "")
        if refused.code == "invitation.invalid" or field not in form.fields:
            return render(request, "credentials/no_invitation.html", {"message": refused.message}, status=404)
        form.add_error(field, str(refused.message))
    return render(request, "credentials/invitation.html", {"invitation": row, "form": form, "gathering": row.summit})


def _enter(request: HttpRequest, row: Invitation, token: str, form: EnrolForm) -> HttpResponse:
    password = None if row.reusable else form.chosen_password()
    email = "" if row.reusable else form.cleaned_data.get("email", "")
    user = invitations.accept(token, now=timezone.now(), password=password, email=email)
    sign_in(request, user)
    first = password is None and not row.reusable
    response = redirect("mfa_add_webauthn" if first else "home")
    speak_their_language(response, user)
    return response


def sign_in(request: HttpRequest, user: User) -> None:
    """A new session for this account; whoever was signed in here before is not any more."""
    request.session.flush()
    get_adapter(request).login(request, user)
    record_authentication(request, user, method="invitation")

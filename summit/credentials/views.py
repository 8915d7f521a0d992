from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from summit.credentials import invitations
from summit.credentials.adapter import speak_their_language
from summit.credentials.forms import EnrolForm
from summit.credentials.models import Invitation
from summit.credentials.sso import vouching
from summit.errors import Refused
from summit.people.models import User

FIELDS = {"invitation.password": "password", "invitation.account": "email", "invitation.code": "code"}


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The door a link opens. Looking (also by mail scanners and prefetching browsers) changes nothing.

    Two steps: POST `step=code` sends a code to the invited address; POST with that code chooses how to sign in.
    """
    try:
        row = invitations.look_up(token, timezone.now())
    except Refused as refused:
        return render(request, "credentials/no_invitation.html", {"message": refused.message}, status=404)
    if request.method == "POST" and request.POST.get("step") == "code":
        return _send_code(request, token)
    form = EnrolForm(request.POST or None, asks_address=not row.person.email)
    if request.method == "POST" and (row.reusable or form.is_valid()):
        try:
            return _enter(request, row, token, form)
        except Refused as refused:
            field = FIELDS.get(refused.code, "")
            if field not in form.fields:
                return render(request, "credentials/no_invitation.html", {"message": refused.message}, status=404)
            form.add_error(field, str(refused.message))
    asks = invitations.needs_code(row) and not invitations.awaits_code(row, timezone.now())
    context = {
        "invitation": row,
        "form": form,
        "gathering": row.summit,
        "asks": asks,
        "masked": _masked(row.person.email),
        "ministries": vouching(row.person.email) if invitations.needs_code(row) else [],
    }
    return render(request, "credentials/invitation.html", context)


def _send_code(request: HttpRequest, token: str) -> HttpResponse:
    try:
        invitations.send_code(token, now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused.message))
    return redirect("invitation", token)


def _masked(address: str) -> str:
    """Enough of an address for its holder to know it: g…@example.org."""
    name, _at, host = address.partition("@")
    return f"{name[:1]}…@{host}"


def _enter(request: HttpRequest, row: Invitation, token: str, form: EnrolForm) -> HttpResponse:
    password = None if row.reusable else form.chosen_password()
    typed = {} if row.reusable else {name: form.cleaned_data.get(name, "") for name in ("email", "code")}
    user = invitations.accept(token, now=timezone.now(), password=password, **typed)
    if user.person.pk != row.person_id:
        return _to_their_account(request, user)
    sign_in(request, user)
    first = password is None and not row.reusable
    response = redirect("mfa_add_webauthn" if first else "home")
    speak_their_language(response, user)
    return response


def _to_their_account(request: HttpRequest, user: User) -> HttpResponse:
    """To whom another summit let in before: no link opens an account that is there, which may ask for a second factor."""
    if request.user != user:
        request.session.flush()
    messages.success(request, _("This summit is with your account now. Sign in as you always do."))
    return redirect("home" if request.user == user else "account_login")


def sign_in(request: HttpRequest, user: User) -> None:
    """A new session for this account; whoever was signed in here before is not any more."""
    request.session.flush()
    get_adapter(request).login(request, user)
    record_authentication(request, user, method="invitation")

"""Before a dangerous act: show again who you are, unless you did within the last ten minutes (ASVS 7.5.3).

For views only. The request is kept and carried out once the person has come back from the page that asks; where a
ministry's provider asks, they press the button again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows import reauthentication
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def step_up(request: HttpRequest) -> None:
    """Leaves the view for the page that asks, unless it was answered lately.

    An account that has neither password, passkey, app nor provider passes: a demo link made it, or an invitation just
    now; organisers are made to set up a second factor before they see any page of theirs.
    """
    if reauthentication.get_reauthentication_flows(request.user):
        if not reauthentication.did_recently_reauthenticate(request):
            raise ReauthenticationRequired
        return
    linked = SocialAccount.objects.filter(user=request.user.pk).first()
    if linked is None or _came_lately(request):
        return
    back = request.get_full_path() if request.method == "GET" else request.headers.get("Referer", "/")
    provider = linked.get_provider(request)
    # `prompt=login`: the provider asks for the password again although it knows the browser (OpenID Connect 3.1.2.1)
    raise ImmediateHttpResponse(
        redirect(provider.get_login_url(request, process="login", next=back, auth_params="prompt=login"))
    )


def _came_lately(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    came = [one["at"] for one in records if one.get("method") == "socialaccount"]
    return bool(came) and time.time() - came[-1] < app_settings.REAUTHENTICATION_TIMEOUT


def whoever_adds_it_has_it(sender: Any, *, request: HttpRequest, user: Any, authenticator: Any, **more: Any) -> None:
    """A code of the new app, or a touch of the new key, was just given: that shows who one is as well as the next one
    would, which whoever has no recovery codes yet could be asked for before they see them."""
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True)


def dangerous(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose POST is dangerous. To be put inside `login_required`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if request.method == "POST":
            step_up(request)
        return view(request, *args, **options)

    return guarded

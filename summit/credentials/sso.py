"""Signing in through a ministry or the organisation's own identity provider (OpenID Connect).

A provider only says who somebody is. Whether they may come in is decided here: the address must be proven by the
provider, be of a domain the operator lets it vouch for, and belong to an account or to somebody who was invited.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.openid_connect import views as openid
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from summit.credentials import invitations
from summit.errors import Refused
from summit.people.models import User

log = logging.getLogger(__name__)
# Why somebody stays outside, and the status of the page that says it: who they are, or what went wrong on the way.
STATUS = {
    "unproven": 403, "another": 403, "uninvited": 403, "taken": 403,
    "denied": 401, "stale": 401, "failed": 502, "away": 503,
}  # fmt: skip


class Ministries(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who comes from a provider is let in as somebody known, or not at all. Nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Match to one account, or refuse. What the provider told beside the address is not kept."""
        claims = _claims(sociallogin)
        address = proven_address(claims, sociallogin.provider.app.settings.get("domains", []))
        sociallogin.account.extra_data = {"email": claims.get("email", "")}

        def refuse(why: str) -> ImmediateHttpResponse:
            return _stay_outside(request, sociallogin.provider, why, sociallogin.state, str(claims.get("email") or ""))

        if not address:
            raise refuse("unproven")
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            if not request.user.is_authenticated or request.user.email != address:
                raise refuse("another")
            return
        if sociallogin.is_existing:
            return
        user = account_of(address) or _invited(address)
        if user is None:
            raise refuse("taken" if User.objects.filter(email=address).exists() else "uninvited")
        # Somebody else of this provider signs in to it: addresses pass from one person to the next, `sub` never does.
        if SocialAccount.objects.filter(user=user, provider=sociallogin.account.provider).exists():
            raise refuse("taken")
        sociallogin.connect(request, user)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Our page for whatever went wrong before anybody was named, and a line for whoever runs this."""
        from requests import RequestException

        state = (extra_context or {}).get("state")
        if error == AuthError.CANCELLED:
            why = "denied"
        elif isinstance(exception, RequestException):
            why = "away"
        else:
            why = "failed" if state else "stale"
        if why in {"away", "failed"}:
            told = exception if isinstance(exception, RequestException) else type(exception).__name__
            log.warning("Sign-in through %s: %s (%s)", provider.app.provider_id, why, told)
        raise _stay_outside(request, provider, why, state or {})


@never_cache
def leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider, by way of a page of ours that goes on by itself.

    Browsers hold the content policy's `form-action` against each redirect that follows a form, and a provider may send
    people on to hosts that nobody here knows; what follows from a page is no form's.
    """
    answer = _unless_away(request, provider_id, openid.login)
    if not isinstance(answer, HttpResponseRedirect):
        return answer
    provider = Ministries(request).get_provider(request, provider_id)
    return render(request, "socialaccount/leaving.html", {"way": answer.url, "provider": provider})


@never_cache
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """From the provider, with its answer."""
    return _unless_away(request, provider_id, openid.callback)


def _unless_away(request: HttpRequest, provider_id: str, view: Any) -> HttpResponse:
    """allauth asks the provider for its addresses before it takes care of what may go wrong."""
    from requests import RequestException  # takes a quarter of a second, which no process that starts need wait for

    try:
        response: HttpResponse = view(request, provider_id)
    except RequestException as away:
        adapter = Ministries(request)
        try:
            adapter.on_authentication_error(request, adapter.get_provider(request, provider_id), exception=away)
        except ImmediateHttpResponse as page:
            response = page.response
    return response


def proven_address(claims: dict[str, Any], domains: list[str]) -> str:
    """The address the provider has verified and may vouch for, or "". domains: "*" is every one."""
    address = User.objects.normalize_email(str(claims.get("email") or "")).lower()
    verified = claims.get("email_verified") in (True, "true")  # some providers say it in words
    vouched = "*" in domains or address.rpartition("@")[2] in domains
    return address if address and verified and vouched else ""


def account_of(address: str) -> User | None:
    """The account that has proven to hold this address, or got it from whoever runs the server (`createsuperuser`).

    An address that somebody typed as theirs has a row that says unverified.
    """
    held = EmailAddress.objects.filter(email__iexact=address, verified=True).select_related("user").first()
    if held:
        return held.user  # type: ignore[no-any-return]
    return User.objects.filter(email=address, emailaddress=None).first()


def vouching(address: str) -> list[dict[str, Any]]:
    """The providers that may vouch for this address, as in settings.OIDC."""
    domain = address.rpartition("@")[2].lower()
    return [one for one in settings.OIDC if "*" in one["domains"] or domain in one["domains"]]


def _invited(address: str) -> User | None:
    try:
        return invitations.admit(address, now=timezone.now())
    except Refused:  # somebody typed this address as theirs, and has not proven it
        return None


def _claims(sociallogin: Any) -> dict[str, Any]:
    """The userinfo answer where there is one, else the ID token's."""
    data: dict[str, Any] = sociallogin.account.extra_data or {}
    return data.get("userinfo") or data.get("id_token") or data


def _stay_outside(
    request: HttpRequest, provider: Any, why: str, state: dict[str, Any], address: str = ""
) -> ImmediateHttpResponse:
    """The page that says why, as whom they came, and how to go on: once more, or as somebody else of that provider."""
    way = {"process": state.get("process") or AuthProcess.LOGIN}
    if state.get("next"):
        way["next"] = state["next"]
    if STATUS[why] == 403:
        way["auth_params"] = "prompt=login"  # else it sends the same person again, unasked
    context = {"why": why, "provider": provider, "address": address, "again": provider.get_login_url(request, **way)}
    context["as_another"] = STATUS[why] == 403
    return ImmediateHttpResponse(render(request, "credentials/no_account.html", context, status=STATUS[why]))

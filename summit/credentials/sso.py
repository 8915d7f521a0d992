"""Signing in through a ministry or the organisation's own identity provider (OpenID Connect).

A provider only says who somebody is. Whether they may come in is decided here: the address must be proven by the
provider, be of a domain the operator lets it vouch for, and belong to an account or to somebody who was invited.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from summit.credentials import invitations
from summit.errors import Refused
from summit.people.models import User


class Ministries(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who comes from a provider is let in as somebody known, or not at all. Nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Match to one account, or refuse. What the provider told beside the address is not kept."""
        claims = _claims(sociallogin)
        address = proven_address(claims, sociallogin.provider.app.settings.get("domains", []))
        sociallogin.account.extra_data = {"email": claims.get("email", "")}
        if not address:
            raise ImmediateHttpResponse(_refusal(request, "unproven"))
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            if not request.user.is_authenticated or request.user.email != address:
                raise ImmediateHttpResponse(_refusal(request, "another"))
            return
        if sociallogin.is_existing:
            return
        try:
            user = account_of(address) or invitations.admit(address, now=timezone.now())
        except Refused:  # somebody typed this address as theirs, and has not proven it
            user = None
        if user is None:
            raise ImmediateHttpResponse(_refusal(request, "uninvited"))
        sociallogin.connect(request, user)


def proven_address(claims: dict[str, Any], domains: list[str]) -> str:
    """The address the provider has verified and may vouch for, or "". domains: "*" is every one."""
    address = User.objects.normalize_email(str(claims.get("email") or "")).lower()
    verified = claims.get("email_verified") in (True, "true")  # some providers say it in words
    vouched = "*" in domains or address.rpartition("@")[2] in domains
    return address if address and verified and vouched else ""


def account_of(address: str) -> User | None:
    """The account that has proven to hold this address."""
    held = EmailAddress.objects.filter(email__iexact=address, verified=True).select_related("user").first()
    return held.user if held else None


def vouching(address: str) -> list[dict[str, Any]]:
    """The providers that may vouch for this address, as in settings.OIDC."""
    domain = address.rpartition("@")[2].lower()
    return [one for one in settings.OIDC if "*" in one["domains"] or domain in one["domains"]]


def _claims(sociallogin: Any) -> dict[str, Any]:
    """The userinfo answer where there is one, else the ID token's."""
    data: dict[str, Any] = sociallogin.account.extra_data or {}
    return data.get("userinfo") or data.get("id_token") or data


def _refusal(request: HttpRequest, why: str) -> HttpResponse:
    return render(request, "credentials/no_account.html", {"why": why}, status=403)

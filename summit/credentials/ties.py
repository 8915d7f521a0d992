"""The services (OpenID Connect) an account is tied to, and how organisers untie it: a provider that gives people new numbers,
or the wrong person who came first, must not keep the right one outside."""

from __future__ import annotations

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.errors import Refused
from summit.people.actions import refuse_if_shared
from summit.people.models import Person, User
from summit.people.queries import acting, refuse_unless_organiser
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import person_as
from summit.record.text import REASON, plain
from summit.summits.models import Summit


def ties_of(person: Person) -> list[str]:
    """The names of the services this person signs in through, as on the button. One query where there is an account."""
    if person.account_id is None:
        return []
    names = {one["id"]: one["name"] for one in settings.OIDC}
    held = SocialAccount.objects.filter(user=person.account_id).order_by("pk").values_list("provider", flat=True)
    return [names.get(provider, provider) for provider in held]


@transaction.atomic
def untie(person_id: int, summit_id: int, *, by: Person, now: datetime, reason: str) -> Person:
    """From now on no service opens this person's account, and who came in through one is signed out. Whoever proves the
    address of the account to a provider next is tied to it.

    Refused: organiser.required, person.shared, untie.own, untie.reason, untie.none.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    person = Person.objects.select_related("account").get(pk=person_id)
    refuse_if_shared(person, by, now)  # an account opens every summit of its person
    if person == by:
        raise Refused("untie.own", _("Ask another organiser to untie your account."))
    why = plain(reason, limit=REASON)
    if not why:
        raise Refused("untie.reason", _("Say why, as it shall stand in the journal."))
    rows = SocialAccount.objects.filter(user=person.account_id)
    providers = sorted(rows.values_list("provider", flat=True))
    if person.account is None or not providers:
        raise Refused("untie.none", _("This person signs in through no service."))
    rows.delete()
    _sign_out(person.account, now)
    record.write(
        summit, "person.untied", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=person_as(person), providers=providers, reason=why,
    )  # fmt: skip
    return person


def _sign_out(account: User, now: datetime) -> None:
    """Every browser that came in through a service; open rooms see it at their next look."""
    for session in Session.objects.filter(expire_date__gt=now).iterator():
        held = session.get_decoded()
        came = {one.get("method") for one in held.get("account_authentication_methods", [])}
        if held.get("_auth_user_id") == str(account.pk) and "socialaccount" in came:
            session.delete()

"""Who is behind an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summit.people.models import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from summit.people.models import User


def person_of(user: User | AnonymousUser) -> Person | None:
    """The person of an account that is signed in; None for strangers and for accounts without a person."""
    if not user.is_authenticated or not user.is_active:
        return None
    return Person.objects.filter(account_id=user.pk).first()

"""Many people in one meeting, each with a browser that is signed in and a seat. Rows are made directly."""

from __future__ import annotations

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone

from rooms import seats
from rooms.models import Seat
from summit.models import Membership, Person, User
from tests.cast import Cast, accredit, delegation

DELEGATIONS = 20


@transaction.atomic
def seat_crowd(cast: Cast, count: int) -> list[tuple[str, str]]:
    """This many more people in the meeting of the cast: (session key, seat token) of each."""
    states = [delegation(cast.summit, f"D{n}", "member", f"State {n}", "accepted") for n in range(DELEGATIONS)]
    room, now, found = seats.room_of(cast.meeting), timezone.now(), []
    for number in range(count):
        user = User(email=f"p{number}@crowd.example")
        user.set_unusable_password()
        user.save()
        who = Person.objects.create(account=user, names={"en": {"short": f"Person {number}"}})
        accredit(who, cast.summit)
        Membership.objects.create(person=who, delegation=states[number % DELEGATIONS], function="adviser")
        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        seat = Seat.objects.create(
            room=room, person=who, device="media", mode="remote", session=seats.fingerprint(str(session.session_key)),
            taken_at=now, seen_at=now,
        )  # fmt: skip
        found.append((str(session.session_key), seats.token(seat)))
    return found

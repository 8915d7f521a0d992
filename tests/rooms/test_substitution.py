"""A substitution at the last minute, over real sockets: one approval, one leaves, the other joins."""

from __future__ import annotations

import time
from typing import Any

from asgiref.sync import sync_to_async
from django.utils import timezone

from summit.accreditation import decisions
from summit.accreditation.nominations import Asked, nominate_member
from summit.models import Invitation, Membership, Person, User
from tests.cast import make_organiser


async def test_one_approval_moves_the_seat_in_an_open_room_within_two_seconds(opened: Any) -> None:
    cast = opened.cast
    amina = await opened.sit(cast.amina)
    otto = await sync_to_async(make_organiser)(cast.summit)

    def asked() -> tuple[int, Person]:
        seat = Membership.objects.get(person=cast.amina)
        wanted = Asked(names={"en": {"short": "Wanjiru Kamau"}}, function="head", email="wanjiru@ke.example")
        row = nominate_member(cast.kenya.pk, wanted, by=otto, now=timezone.now(), replaces=seat.pk)
        return row.accreditation_id, row.accreditation.person

    waiting, wanjiru = await sync_to_async(asked)()
    assert (await amina.ask("hand.raise", delegation=None))["type"] == "done"
    began = time.monotonic()
    await sync_to_async(decisions.approve)(waiting, by=otto, now=timezone.now())
    await amina.gone(4403, patience=2)
    assert time.monotonic() - began < 2
    assert await Invitation.objects.filter(person=wanjiru, consumed_at=None, withdrawn_at=None).acount() == 1
    wanjiru.account = await sync_to_async(User.objects.create_user)(wanjiru.email, None)
    await wanjiru.asave()
    page = await opened.sit(wanjiru)
    assert (await page.hear("welcome"))["you"]["delegations"][0]["function"] == "head"
    assert (await page.ask("hand.raise", delegation=None))["code"] == "floor.hand_is_up"

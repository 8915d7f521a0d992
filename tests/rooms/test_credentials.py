"""A decision on credentials reaches open rooms."""

from __future__ import annotations

import time
from typing import Any

from asgiref.sync import sync_to_async
from django.utils import timezone

from summit.credentials import actions
from tests.cast import make_organiser


async def test_a_decision_on_credentials_changes_rights_in_an_open_room_within_two_seconds(opened: Any) -> None:
    cast = opened.cast
    amina = await opened.sit(cast.amina)
    otto = await sync_to_async(make_organiser)(cast.summit)
    assert (await amina.ask("hand.raise", delegation=None))["type"] == "done"

    async def decide(to: str) -> None:
        await sync_to_async(actions.move_credentials)(cast.kenya.pk, to, by=otto, now=timezone.now(), reason="")

    def may_ask() -> bool:
        told = [message["rights"] for message in amina.heard if message["type"] in {"welcome", "rights"}]
        return amina.closed is None and "ask" in told[-1]

    assert may_ask()
    began = time.monotonic()
    await decide("withdrawn")
    await amina.until(lambda: not may_ask(), 2)
    assert time.monotonic() - began < 2

"""What the media node answers a page, its refusals and its absence in words."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from rooms.media import MediaDown, MediaRefused
from summit.errors import Refused

T = TypeVar("T")


def down() -> Refused:
    """The node cannot be reached now."""
    return Refused("media.down", _("Sound and picture are away for a moment. They come back by themselves."))


async def asked(work: Awaitable[T]) -> T:
    """What the node answers. Refused: media.down, media.<code of rooms/sfu/DOOR.md>."""
    try:
        return await work
    except MediaDown:
        raise down() from None
    except MediaRefused as no:
        raise Refused(f"media.{no.code}", _("Your browser's sound and picture could not be connected.")) from no

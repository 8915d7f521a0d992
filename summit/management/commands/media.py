"""The media nodes as the web process sees them; and `media drain`, which empties one before it is stopped or updated."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rooms.media import Media, MediaDown, MediaRefused

WITHIN = 30  # s a drain takes at most, unless said otherwise
ANSWERS_WITHIN = 3.0  # s


class Command(BaseCommand):
    help = "Show the media nodes, or move the rooms of one to the others and end it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("do", nargs="?", choices=["show", "drain"], default="show")
        parser.add_argument("node", nargs="?", type=int, default=1, help="number of the node to drain, as shown")
        parser.add_argument("--within", type=int, default=WITHIN, help=f"seconds; then it ends anyhow ({WITHIN})")

    def handle(self, *args: Any, **options: Any) -> None:
        doors = _doors()
        if options["do"] == "show":
            for number, door in enumerate(doors, start=1):
                self.stdout.write(f"{number}  {door}  {asyncio.run(_seen(door))}")
            return
        if not 1 <= options["node"] <= len(doors):
            raise CommandError(f"There is no node {options['node']}; there are {len(doors)}.")
        if len(doors) == 1:
            self.stdout.write("There is one node: its rooms stay until the time is over, then pages connect anew.")
        try:
            took = asyncio.run(_drain(doors[options["node"] - 1], options["within"]))
        except (MediaDown, MediaRefused) as error:
            raise CommandError(f"Node {options['node']}: {error}.") from error
        self.stdout.write(f"Node {options['node']} ended after {took:.0f} s.")


def _doors() -> list[str]:
    """Those of the settings; without any, those that a running `up` has."""
    if not os.environ.get("PARLEY_MEDIA_DOORS"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            return list(json.loads((settings.VAR / "up.json").read_text())["media_doors"])
    return list(settings.MEDIA_DOORS)


async def _seen(door: str) -> str:
    media = Media(door, settings.MEDIA_DOOR_TOKEN or None)
    media.start()
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            await media.counts()  # answered behind its greeting and the first word about its load
    except (TimeoutError, MediaDown):
        return "does not answer"
    finally:
        await media.close()
    load = media.load
    said = f"{len(load.rooms)} rooms, {load.connections} connections, {load.busy:.0%} of a core"
    return f"{said}, draining" if load.draining else said


async def _drain(door: str, within: int) -> float:
    """Seconds until it ended. Raises MediaDown when it cannot be reached, MediaRefused."""
    media, began = Media(door, settings.MEDIA_DOOR_TOKEN or None), time.monotonic()
    media.start()
    try:
        await media.drain(within)
        epoch = media.epoch
        while media.is_up and media.epoch == epoch:  # noqa: ASYNC110  the client has no event; a supervisor may start it again at once
            await asyncio.sleep(0.1)
    finally:
        await media.close()
    return time.monotonic() - began

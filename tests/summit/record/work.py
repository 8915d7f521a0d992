"""Work for the outbox's tests: it names an agenda item, and may be told to die on the way."""

import os
import signal
from pathlib import Path

from summit.models import Item
from summit.record.tasks import once


@once
def name_item(*, summit_id: int, number: str, die: str = "") -> None:
    """Make the item. die: a file that is taken away before the process kills itself: only the first try dies."""
    Item.objects.create(summit_id=summit_id, number=number)
    if die and Path(die).exists():
        Path(die).unlink()
        os.kill(os.getpid(), signal.SIGKILL)


@once
def fail(*, summit_id: int) -> None:
    """Half of the work, then a bug."""
    Item.objects.create(summit_id=summit_id, number="half")
    raise ValueError("not for the table")

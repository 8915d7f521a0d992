"""Records the floor: each spell of speech, undecoded, into a file of its own (`spell.py`).

The forwarding loop only puts a packet into a bounded queue (`Recorder.take`); a thread does all the rest. Whatever goes
wrong ends the recorder, never the meeting: a full disk, a slow one, or a queue that runs over.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import queue
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Final

from rooms.sfu import ogg
from rooms.sfu.inbound import Packet
from rooms.sfu.plan import Recording
from rooms.sfu.spell import Facts, Heard, Spell, finished, mend

log = logging.getLogger(__name__)

QUEUE: Final = 4_096  # packets the disk may be behind: about 80 s of one voice, 3 s of twenty-five
QUIET: Final = 30.0  # s without a packet; the next one begins a new file
NAME: Final = re.compile(r"[A-Za-z0-9-]{1,80}\.opus")

Event = dict[str, Any]
Key = tuple[str, str, str, str]  # room, recording, seat, spell
Work = tuple[Key, Heard] | Callable[[], None]


class Recorder:
    """The loop's side: takes packets, tells what became of them. Nothing here blocks or raises.

    folder None: this node was given none; every recording stops at its first packet, and that is told.
    reserve: bytes that must stay free on the disk.
    """

    def __init__(self, folder: Path | None, reserve: int, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._plans: dict[str, Recording] = {}  # by room
        self._stopped: dict[str, Event] = {}  # recording → how we told that it ended
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writer = _Writer(folder, reserve, self._hear, self._give_up) if folder is not None else None

    def start(self) -> None:
        """Mend what a crash left, then be ready. Raises OSError for a folder that cannot be used."""
        self._loop = asyncio.get_running_loop()
        if self._writer is not None:
            self._writer.begin()

    def stop(self) -> None:
        """Finish every file; waits two seconds at most."""
        if self._writer is not None:
            self._writer.end()

    def hold(self, room: str, wanted: Recording | None) -> None:
        """What is recorded in this room from now on; every other spell of it is finished."""
        before = self._plans.get(room)
        if wanted == before:
            return
        if before is not None and (wanted is None or wanted.recording != before.recording):
            self._stopped.pop(before.recording, None)
        if wanted is None:
            self._plans.pop(room, None)
        else:
            self._plans[room] = wanted
        if self._writer is not None:
            keep = {(room, wanted.recording, seat, spell) for seat, spell in wanted.spells.items()} if wanted else set()
            self._writer.ask(partial(self._writer.finish_but, room, keep))

    def take(self, room: str, seat: str, packet: Packet, now: float) -> None:
        """A packet that the room may hear; it is written if the plan names its seat."""
        wanted = self._plans.get(room)
        spell = wanted.spells.get(seat) if wanted else None
        if wanted is None or spell is None or wanted.recording in self._stopped:
            return
        if self._writer is None:
            self._end(room, wanted.recording, "no_folder")
            return
        payload = ogg.primary(packet.payload) if packet.redundant else packet.payload
        heard = Heard(packet.track, packet.number, packet.timestamp, payload, now)
        if not self._writer.ask(((room, wanted.recording, seat, spell), heard)):
            self._end(room, wanted.recording, "slow")

    def snapshot(self) -> Iterable[Event]:
        """What a web process that has just connected must know at once."""
        yield from self._stopped.values()

    def tell_finished(self) -> None:
        """Tell of every file nobody has taken in yet; a moment later, for the disk may hang."""
        if self._writer is not None:
            self._writer.ask(self._writer.tell_finished)

    def kept(self, file: object) -> None:
        """The web process has taken this file in; it is theirs. Where the disk is too slow to note it, it is told again."""
        if self._writer is not None and isinstance(file, str) and NAME.fullmatch(file):
            self._writer.ask(partial(self._writer.forget, file))

    def _end(self, room: str, recording: str, why: str) -> None:
        if recording not in self._stopped:
            log.error("the recorder stopped: %s", why)
            event = {"is": "recorder", "room": room, "recording": recording, "why": why}
            self._stopped[recording] = event
            self._tell(event)

    # what the writer's thread says

    def _hear(self, facts: Facts) -> None:
        self._say(partial(self._tell, facts.event()))

    def _give_up(self, key: Key, why: str) -> None:
        self._say(partial(self._end, key[0], key[1], why))

    def _say(self, work: Callable[[], None]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended; the files tell for themselves
                self._loop.call_soon_threadsafe(work)


class _Writer:
    """The thread that owns the files. `told` and `failed` are called on it."""

    def __init__(
        self, folder: Path, reserve: int, told: Callable[[Facts], None], failed: Callable[[Key, str], None]
    ) -> None:
        self.folder = folder
        self._reserve, self._told, self._failed = reserve, told, failed
        self._queue: queue.Queue[Work] = queue.Queue(QUEUE)
        self._open: dict[Key, Spell] = {}
        self._dead: set[str] = set()  # recordings given up; the loop hears of it a moment later
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def begin(self) -> None:
        """Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        mend(self.folder)
        self._thread.start()

    def end(self) -> None:
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def ask(self, work: Work) -> bool:
        """From any thread, at once: whether there was room in the queue."""
        try:
            self._queue.put_nowait(work)
        except queue.Full:
            return False
        return True

    def finish_but(self, room: str, keep: set[Key]) -> None:
        """Finish what is no longer wanted in this room. Where a full queue lost this, silence finishes it."""
        self._finish([key for key in self._open if key[0] == room and key not in keep])

    def tell_finished(self) -> None:
        """Every file that is not kept yet."""
        for facts in finished(self.folder):
            self._told(facts)

    def forget(self, file: str) -> None:
        """It is not told again."""
        (self.folder / f"{file}.json").unlink(missing_ok=True)

    def _run(self) -> None:
        looked = time.monotonic()
        while not (self._ends.is_set() and self._queue.empty()):
            with contextlib.suppress(queue.Empty):
                work = self._queue.get(timeout=0.25)
                if callable(work):
                    self._try(work)
                else:
                    self._guard(work[0], partial(self._put, *work))
            now = time.monotonic()
            if now - looked > 1:
                looked = now
                self._look(now)
        self._finish(list(self._open))

    def _try(self, work: Callable[[], None]) -> None:
        """Do this; a fault ends nothing but itself."""
        try:
            work()
        except Exception:
            log.exception("the recorder could not do what was asked")

    def _put(self, key: Key, heard: Heard) -> None:
        if key[1] in self._dead:
            return
        spell = self._open.get(key)
        if spell is not None and heard.at - spell.heard_at > QUIET:
            self._finish([key])
            spell = None
        if spell is None:
            self._leave_room()
            spell = self._begin(key, heard)
        spell.take(heard)

    def _begin(self, key: Key, heard: Heard) -> Spell:
        room, recording, seat, name = key
        file = f"{recording}-{secrets.token_hex(8)}.opus"
        began = time.time() - (time.monotonic() - heard.at)
        spell = Spell(Facts(room, recording, seat, name, file, int(began * 1000)), self.folder, heard.at)
        spell.open()
        self._open[key] = spell
        return spell

    def _look(self, now: float) -> None:
        """Once a second: is there room on the disk, and who fell silent?"""
        for key in list(self._open):
            self._guard(key, self._leave_room)
        self._finish([key for key, spell in self._open.items() if now - spell.heard_at > QUIET])

    def _leave_room(self) -> None:
        if shutil.disk_usage(self.folder).free < self._reserve:
            raise OSError(errno.ENOSPC, "the disk's reserve is reached")

    def _guard(self, key: Key, work: Callable[[], None]) -> None:
        """Do this; whatever the disk says against it ends the recording, loudly."""
        try:
            work()
        except OSError as error:
            self._stop(key, "disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "failed")
        except Exception:  # a fault of ours ends the recording, not the thread
            log.exception("a packet could not be recorded")
            self._stop(key, "failed")

    def _stop(self, key: Key, why: str) -> None:
        self._dead.add(key[1])
        self._failed(key, why)
        self._finish([one for one in self._open if one[1] == key[1]])

    def _finish(self, keys: list[Key]) -> None:
        for key in keys:
            spell = self._open.pop(key)
            try:
                facts = spell.finish()
            except OSError as error:  # no room even for the last page: mended when the node starts again
                log.error("a recorded spell could not be finished: %s", error.strerror)
                spell.leave()
            else:
                self._told(facts)

"""The file of one spell of speech, from its first packet to its name; and what becomes of it when the node dies.

It is `NAME.opus.part` while it is written and `NAME.opus` when it is whole; `NAME.opus.json` beside it says what it is,
from the first packet until the web process has taken it in.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from rooms.sfu import ogg
from rooms.sfu.inbound import Track

REORDER: Final = 25  # packets one may come late, asked for again; then its place is silence
AGREES: Final = 0.5  # s; a timestamp further from the clock than this tells nothing: browsers stop counting in a pause
AHEAD: Final = 5.0  # s a publisher may claim to have said more than time has passed


@dataclass(slots=True)
class Facts:
    """What a file is. Times are unix milliseconds; ms and silence_ms: how long it plays, and how much of it is gap."""

    room: str
    recording: str
    seat: str
    spell: str
    file: str
    began: int
    ended: int = 0
    ms: int = 0
    silence_ms: int = 0
    bytes: int = 0
    cut: bool = False  # found again after the node had died

    def event(self) -> dict[str, Any]:
        """As the door tells it."""
        return {"is": "recorded", **asdict(self)}


@dataclass(slots=True)
class Heard:
    """One packet on its way to the disk."""

    track: Track
    number: int
    timestamp: int
    payload: bytes
    at: float


@dataclass(slots=True)
class Spell:
    """The file of one spell of speech while it grows. Lives on the writing thread."""

    facts: Facts
    folder: Path
    began: float  # monotonic
    stream: ogg.Stream = field(default_factory=lambda: ogg.Stream(secrets.randbits(32)))
    heard_at: float = 0.0
    _file: Any = None
    _waiting: dict[int, Heard] = field(default_factory=dict)
    _track: Track | None = None
    _next: int = 0  # number of the packet that comes next
    _base: int = 0  # of the present track: position = timestamp - base
    _silence: int = 0  # samples of gaps

    def open(self) -> None:
        """Raises OSError."""
        _write(self.folder / f"{self.facts.file}.json", json.dumps(asdict(self.facts)).encode())
        self._file = (self.folder / f"{self.facts.file}.part").open("wb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)  # several nodes may write into one folder
        self._save(self.stream.head())

    def take(self, packet: Heard) -> None:
        """One packet, in the order of arrival. Raises OSError."""
        self.heard_at = packet.at
        if packet.track is not self._track:
            self._flush()
            self._track, self._next = packet.track, packet.number
            self._rebase(packet)
        if packet.number < self._next:
            return  # too late: its place is silence already
        self._waiting[packet.number] = packet
        while self._waiting and (self._next in self._waiting or len(self._waiting) > REORDER):
            number = self._next if self._next in self._waiting else min(self._waiting)
            self._next = number + 1
            self._put(self._waiting.pop(number))

    def _flush(self) -> None:
        for number in sorted(self._waiting):
            self._put(self._waiting[number])
        self._waiting.clear()

    def _rebase(self, packet: Heard) -> None:
        """A new stream, or a clock that jumped: its place is where it arrived."""
        position = max(self.stream.granule, int((packet.at - self.began) * ogg.RATE))
        self._base = packet.timestamp - position

    def _put(self, packet: Heard) -> None:
        length = ogg.samples(packet.payload)
        if not length:
            return
        position = (packet.timestamp - self._base) & 0xFFFFFFFF
        expected = (packet.at - self.began) * ogg.RATE
        if self.stream.granule > expected + AHEAD * ogg.RATE:
            return
        if abs(position - expected) > AGREES * ogg.RATE:
            self._rebase(packet)
            position = packet.timestamp - self._base
        for quiet in ogg.silence(position - self.stream.granule):
            self._silence += ogg.samples(quiet)
            self._save(self.stream.add(quiet))
        self._save(self.stream.add(packet.payload))

    def _save(self, page: bytes) -> None:
        if page and self._file.write(page) != len(page):  # unbuffered: as much as there was room for
            raise OSError(errno.ENOSPC, "the disk took a part of a page")

    def finish(self) -> Facts:
        """Whole and in its place, or OSError and still a `.part`."""
        self._flush()
        self._save(self.stream.end())
        os.fsync(self._file.fileno())
        facts = settle(self.folder, self.facts, self.stream.granule, self._silence)  # still locked: nobody mends it
        self._file.close()
        return facts

    def leave(self) -> None:
        """Close without finishing: the next start of the node mends it."""
        with contextlib.suppress(OSError):
            self._file.close()


def settle(folder: Path, facts: Facts, granule: int, silence: int) -> Facts:
    """Say what the file has become, then give it its name. Raises OSError."""
    part = folder / f"{facts.file}.part"
    facts.ms = max(0, granule - ogg.PRE_SKIP) * 1000 // ogg.RATE
    facts.ended = facts.began + facts.ms
    facts.silence_ms = silence * 1000 // ogg.RATE
    facts.bytes = part.stat().st_size
    _write(folder / f"{facts.file}.json", json.dumps(asdict(facts)).encode())
    part.replace(folder / facts.file)
    return facts


def _write(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def mend(folder: Path) -> None:
    """After a crash: cut what was being written behind its last whole page, and finish it.

    What another living node is writing, or mending, is locked or has its name by now, and is left alone.
    """
    for part in folder.glob("*.part"):
        with contextlib.suppress(FileNotFoundError, BlockingIOError), part.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _mend(folder, part, file.read())


def _mend(folder: Path, part: Path, data: bytes) -> None:
    facts = _facts(folder / f"{part.stem}.json")
    size, granule = ogg.whole(data)
    if facts is None or granule == 0:
        part.unlink(missing_ok=True)
        (folder / f"{part.stem}.json").unlink(missing_ok=True)
        return
    os.truncate(part, size)
    facts.cut = True
    settle(folder, facts, granule, 0)


def finished(folder: Path) -> list[Facts]:
    """Files the web process has not taken in yet."""
    found = [_facts(path) for path in sorted(folder.glob("*.json"))]
    return [facts for facts in found if facts is not None and facts.ended and (folder / facts.file).exists()]


def _facts(path: Path) -> Facts | None:
    try:
        return Facts(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None

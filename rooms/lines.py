"""Everybody's line in one room: judged as news of it comes, told to whom it belongs, and worst first to the desks.

In memory only: nothing of a line, and no grade of a sound, is written down or outlives the room.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from rooms import quality, queries
from rooms.media import Counters, Routes
from rooms.quality import AWAY, BLOCKED, Seen, Sound
from rooms.resting import BELL
from summit import live

if TYPE_CHECKING:
    from rooms.keeper import Keeper
    from rooms.places import Place

TOPIC = "lines"
SOON = 1.0  # s in which changes are one push
FIGURES = 15.0  # s between pushes of figures alone
SEEN_EVERY = 2.0  # s; what a page says more often is not looked at
MANY = 4  # lines from which one can speak of everybody
MOST = 0.5  # of the measured lines


class Lines:
    """The judge of a room's lines. Lives on its keeper's event loop; everything is quick."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.everybody = False  # most lines are bad at once: it is not theirs
        self._up_since: float | None = None  # since when the media node is there
        self._due: asyncio.TimerHandle | None = None
        self._told_at = 0.0

    # ── news ──
    def counted(self, place: Place, event: Counters) -> None:
        """The media node has counted a seat's packets; its page is told how its line is."""
        clock = time.monotonic()
        place.reading.counted(event, clock)
        if event.is_open and not place.away:
            self._judge(place, clock)
        self._tell(place, event)

    def routed(self, place: Place, event: Routes) -> None:
        place.reading.routed(event)

    def seen(self, place: Place, seen: Seen) -> None:
        """A page says what it sees; judged with the node's next count."""
        clock = time.monotonic()
        if place.reading.since_last_seen(clock) >= SEEN_EVERY:
            place.reading.seen(seen, clock)

    def graded(self, place: Place, sound: Sound | None) -> None:
        """A page grades its own microphone; the sound itself stays there."""
        if place.sound != sound:
            place.sound = sound
            self.changed()

    def look(self, clock: float) -> None:
        """Every few seconds: whom nobody counts, and whether the trouble is everybody's."""
        if self.keeper.foyer:
            return  # nobody has media there but in corridors, and those are nobody's business
        is_up = self.keeper.house.media.is_up
        self._up_since = (self._up_since or clock) if is_up else None
        places = list(self.keeper.places.values())
        measured = [place.reading.fresh for place in places if place.reading.is_measured(clock)]
        bad = [one for one in measured if one.what in quality.OF_THE_LINE]
        self.everybody = len(measured) >= MANY and len(bad) > MOST * len(measured)
        for place in places:
            unheard = self._up_since is not None and place.reading.is_unheard(clock, self._up_since)
            if place.away:
                self._settle(place, AWAY, clock)
            elif unheard and place.grant.receive and place.hears_sound():
                if self._settle(place, BLOCKED, clock):
                    self._tell(place, None)
            elif place.reading.told in (AWAY, BLOCKED):
                self._settle(place, quality.GOOD, clock)
        if self.state()["lines"] and clock - self._told_at >= FIGURES:
            self.changed()

    def forget(self) -> None:
        """Seats were given back."""
        self.changed()

    # ── the verdict ──
    def _judge(self, place: Place, clock: float) -> None:
        reading = place.reading
        camera = any(source.endswith(":camera") for source in place.sources)
        figures = reading.figures(clock, camera=camera, most=place.most)
        fails = self._speaker_fails(place)
        reading.fresh = quality.judge(figures, speaker_fails=fails)
        self._settle(place, quality.judge(figures, speaker_fails=fails, everybody=self.everybody), clock)

    def _speaker_fails(self, listener: Place) -> bool:
        speaker = self.keeper.places.get(self.keeper.lead or "")
        return speaker is not None and speaker is not listener and speaker.reading.fresh.what == "up"

    def _settle(self, place: Place, fresh: quality.Verdict, clock: float) -> bool:
        if not place.reading.steady.take(fresh, clock):
            return False
        place.reading.told_at = timezone.now().isoformat()
        self.changed()
        return True

    @staticmethod
    def _tell(place: Place, counted: Counters | None) -> None:
        loss = max(counted.up_loss or 0.0, counted.down_loss or 0.0) / 100 if counted else 0.0
        place.say(
            "line", loss=round(loss, 4), rtt=counted.rtt_ms if counted else None,
            kbps={"in": counted.down_kbps if counted else 0, "out": counted.up_kbps if counted else 0},
            verdict=place.reading.told.as_json(),
        )  # fmt: skip

    # ── the desks ──
    def changed(self) -> None:
        """Tell the desks, once for all changes of a moment."""
        if self._due is None and not self.keeper.foyer:
            self._due = asyncio.get_running_loop().call_later(SOON, self._push)

    def _push(self) -> None:
        self._due = None
        if self.keeper.over:
            return
        state = self.state()
        held = self.keeper.topics.get(TOPIC)
        self._told_at = time.monotonic()
        self._count(len(state["lines"]))
        if held and held.state == state:
            return
        self.keeper.learn(TOPIC, queries.Topic(max(queries.milliseconds(), held.version + 1 if held else 0), state))

    def _count(self, weak: int) -> None:
        """For the organisers. Not on the database's thread: Valkey may hang, and acts do not wait for it."""
        house, meeting = self.keeper.house, self.keeper.meeting_id
        if meeting is not None and BELL not in house.resting:
            house.do(asyncio.to_thread(live.count_weak_lines, meeting, weak))

    def state(self) -> dict[str, Any]:
        """The topic: every line with something wrong, worst and longest first; how voices sound, where it is known."""
        clock = time.monotonic()
        troubled = [place for place in self.keeper.places.values() if place.reading.told.weight]
        troubled.sort(key=lambda place: (-place.reading.told.weight, place.reading.told_at, place.key))
        heard = [
            (place.key, place.sound.over(place.reading.told)) for place in self.keeper.places.values() if place.sound
        ]
        return {
            "lines": [_row(place, clock) for place in troubled],
            "sounds": [
                {"seat": key, "grade": one.grade, "why": one.why, "bandwidth": one.bandwidth} for key, one in heard
            ],
        }


def _row(place: Place, clock: float) -> dict[str, Any]:
    told = place.reading.told
    figures = place.reading.figures(clock, camera=False, most=place.most)
    return {
        "seat": place.key, **told.as_json(), "weight": told.weight, "since": place.reading.told_at,
        "up": round(100 * figures.sending), "down": round(100 * figures.receiving), "rtt": figures.delay or None,
        "jitter": figures.jitter, "out": figures.kbps[0], "in": figures.kbps[1],
        "made_up": round(100 * figures.seen.concealed), "frozen": figures.seen.frozen,
    }  # fmt: skip

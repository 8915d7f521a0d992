"""One seat's conversation: a message in, an act or a call to the media node, a message out. Decides nothing itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from rooms import door, node
from rooms import protocol as p
from rooms.actions import may_mute, once
from rooms.admission import Unseated, admit, admit_visitor, language_of
from rooms.database import in_database
from rooms.dispatch import ACTS, Act, perform
from rooms.hallway import Hallway
from rooms.house import house
from rooms.keeper import Keeper
from rooms.media import Wait
from rooms.models import Seat
from rooms.numbers import counted
from rooms.places import Line, Place
from rooms.quality import Seen, Sound
from rooms.resting import DATABASE
from rooms.waiting import TOPIC, Visitor
from summit import names
from summit.errors import Refused

log = logging.getLogger(__name__)
REMEMBERED = 100  # replies kept in memory for requests that leave no receipt
STREAM = {"mic": "audio", "camera": "video", "screen": "screen"}
SCREENS_MAY = (p.Pong, p.Sync, p.Echo, p.ReceiveOpen, p.ReceiveAnswer, p.Look)
JOINING = (p.PublishOffer, p.ReceiveOpen)  # these may wait their turn at the media node; nothing else waits for them
SECRETS = (p.ScreenLink,)  # acts whose answer is a key: it is never written down
AUDIO_SLOTS = 4  # one of them reserved for a language channel


class Session:
    """What one socket says and hears. `line` is its socket."""

    def __init__(self, line: Line, scope: dict[str, Any]) -> None:
        self.line = line
        self.scope = scope
        self.language = language_of(scope)  # of the page: whoever is not let in reads why, too
        self.keeper: Keeper | None = None
        self.place: Place | None = None
        self.visitor: Visitor | None = None  # instead of a place: somebody in the lobby
        self.greeted = False  # hello has come; in a crowd its answer takes a while

    async def hear(self, text: str | bytes | None) -> None:
        """One frame. Raises ProtocolError for nonsense; refusals are answered."""
        message = p.decode(text)
        if self.visitor is not None:
            await self.visitor.hear(message)
            return
        if self.place is None or self.keeper is None:
            if not isinstance(message, p.Hello):
                raise p.ProtocolError("hello comes first")
            self.greeted = True
            waits = door.read(message.seat)
            await (self._hello(message) if waits is None else self._enter_lobby(message, waits))
            return
        if isinstance(message, p.Hello):
            raise p.ProtocolError("hello comes once")
        if self.keeper.places.get(self.place.key) is not self.place:
            return  # on its way out
        if type(message) not in LIVE and type(message) not in ACTS:
            raise p.ProtocolError(f"{message.TYPE} is for the lobby")
        self.place.silent_since = None
        if isinstance(message, JOINING):
            self.keeper.house.do(self._join(message))
            return
        self.place.busy = True
        try:
            if isinstance(message, p.Request):
                await self._request(message)
            else:
                await LIVE[type(message)](self, message)
        finally:
            self.place.busy = False

    async def _join(self, message: p.Request) -> None:
        """A request that other messages of the page do not wait for."""
        try:
            await self._request(message)
        except Exception:  # our fault, as at the socket: the page comes back and asks again
            log.exception("a request to join could not be handled")
            self.line.close(p.CLOSE_OUR_FAULT)

    async def _request(self, message: p.Request) -> None:
        place, _keeper = self._here()
        try:
            with counted(message.TYPE):
                if type(message) in ACTS and DATABASE in house().resting:
                    raise _records_rest()
                reply = await self._do(message)
        except (OperationalError, InterfaceError):
            no = _records_rest()
            place.say("refused", re=message.id, code=no.code, message=place.speak(no.message))
        except Refused as no:
            place.say("refused", re=message.id, code=no.code, message=place.speak(no.message))
        else:
            place.say("done", re=message.id, **reply)

    async def _do(self, message: p.Request) -> dict[str, Any]:
        """Done once: acts leave a receipt with what they changed, the rest is remembered in memory."""
        place, keeper = self._here()
        if place.person is None and not isinstance(message, SCREENS_MAY):
            raise Refused("screen.silent", _("A hall screen shows the meeting and does nothing else."))
        if type(message) in ACTS:
            if keeper.meeting_id is None or place.person is None:
                raise Refused("meeting.none", _("Join a meeting first."))
            act = Act(keeper.meeting_id, place.person, timezone.now())
            if not isinstance(message, SECRETS):
                return await in_database(once, place.seat, message.id, lambda: perform(act, message), act.now)
        if message.id in place.done:
            return place.done[message.id]
        reply: dict[str, Any]
        if isinstance(message, SECRETS):
            reply = await in_database(perform, act, message)
        else:
            reply = await LIVE[type(message)](self, message) or {}
        place.done[message.id] = reply
        while len(place.done) > REMEMBERED:
            del place.done[next(iter(place.done))]
        return reply

    def _here(self) -> tuple[Place, Keeper]:
        if self.place is None or self.keeper is None:
            raise p.ProtocolError("hello comes first")
        return self.place, self.keeper

    # ── the line ──────────────────────────────────────────────────────────────────────────────────────────────
    async def _hello(self, m: p.Hello) -> None:
        await house().resting.database_is_back()
        async with self._turn():
            admitted = await in_database(admit, self.scope, m.seat)
            # One that closed in this very moment is followed by the next, unless the meeting is over.
            while (keeper := await house().keeper(admitted.seat.room_id)).over:
                await asyncio.sleep(0.05)
                admitted = await in_database(admit, self.scope, m.seat)
        seat = admitted.seat
        place = Place(
            seat=seat, key=str(seat.key), person=seat.person, language=self.language, account=admitted.account,
            line=self.line, standing=admitted.standing,
        )  # fmt: skip
        place.silent_since = None
        self.keeper, self.place = keeper, place
        keeper.sit(place)
        if keeper.places.get(place.key) is not place:
            raise Unseated(p.CLOSE_NOT_ALLOWED, _("You are no longer admitted to this meeting. Ask the secretariat."))
        place.say("welcome", **self._welcome(admitted.you))
        if parts := sorted(house().resting.parts):
            place.say("resting", parts=parts)
        if place.corridor and (epoch := house().media.epoch_of(place.corridor)):
            place.say("epoch", room="corridor", epoch=epoch, after=0)
        heard = keeper.hallway.overheard.heard_by(place)
        if heard and (epoch := house().media.epoch_of(heard.key)):
            place.say("epoch", room="floor", epoch=epoch, after=0)
        if m.resume:
            place.route_again()
            keeper.answer_again(place)
        keeper.board.send_topics(place, m.known)
        keeper.hallway.doorbell.ring_again(place)
        if keeper.foyer:
            await keeper.hallway.tell_bilaterals(place)

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """When hundreds come at once they come in one after the other, while those inside act. Whoever waits hears that
        we are here: a page takes a silent line for a dead one."""
        said = asyncio.create_task(self._say_we_are_here())
        try:
            async with house().turns:
                yield
        finally:
            said.cancel()

    async def _say_we_are_here(self) -> None:
        while True:
            await asyncio.sleep(p.HEARTBEAT)
            self.line.say(p.encode("ping", versions={}, clock=timezone.now().isoformat()))

    async def _enter_lobby(self, m: p.Hello, claim: door.Claim) -> None:
        """No seat: a page before the door of a meeting."""
        async with self._turn():
            admitted = await in_database(admit_visitor, self.scope, claim)
            while (keeper := await house().keeper(admitted.room_id)).over:
                await asyncio.sleep(0.05)
                admitted = await in_database(admit_visitor, self.scope, claim)
        visitor = Visitor(house(), self.line, admitted.asker, admitted.account, admitted.door)
        self.keeper, self.visitor = keeper, visitor
        keeper.lobby.enter(visitor)
        visitor.say("welcome", **{
            "you": admitted.you, "meeting": keeper.meeting_id, "topics": {TOPIC: visitor.door.version},
            "rights": admitted.you["rights"], "audible": False, "open": False, "publish": [], "recording": "",
            "clock": timezone.now().isoformat(), "ice": visitor.relays.servers(), "epoch": keeper.house.media.epoch_of(keeper.key), "seat": "",
            "suite": None, "corridor": None,
        })  # fmt: skip
        if visitor.door.version > m.known.get(TOPIC, -1):
            visitor.send_door()

    def _welcome(self, you: dict[str, Any] | None) -> dict[str, Any]:
        place, keeper = self._here()
        place.told = place.granted()
        return {
            "you": you, "meeting": keeper.meeting_id, "topics": keeper.board.versions(place),
            "rights": place.told[0], "audible": place.told[1], "open": place.told[2], "publish": place.told[3],
            "recording": place.told[4], "clock": timezone.now().isoformat(), "ice": place.relays.servers(),
            "epoch": keeper.house.media.epoch_of(keeper.key), "seat": place.key, "suite": None, "corridor": place.corridor,
        }  # fmt: skip

    async def _pong(self, _m: p.Pong) -> None:
        pass  # being heard is all

    async def _sync(self, _m: p.Sync) -> None:
        place, keeper = self._here()
        keeper.board.send_topics(place, {})

    def lost(self, *, for_good: bool) -> None:
        """The socket is closed; `for_good`: the person left."""
        if self.visitor is not None and self.keeper is not None:
            self.keeper.lobby.leave(self.visitor)
        if self.place is None or self.keeper is None or self.place.line is not self.line:
            return
        self.keeper.lost(self.place)
        if for_good:
            self.keeper.free(self.place)

    # ── media ─────────────────────────────────────────────────────────────────────────────────────────────────
    def _media(self, room: str) -> tuple[str, str]:
        """(room, seat) as the media node names them. Refused: corridor.outside, corridor.no_floor."""
        place, keeper = self._here()
        if room == "floor":
            heard = keeper.hallway.overheard.heard_by(place)
            if heard is None:
                raise Refused("corridor.no_floor", _("This meeting is not on now, or it is not open to you."))
            return heard.key, place.key
        if room == "meeting" and not keeper.foyer:
            return keeper.key, place.key
        if room == "corridor" and place.corridor and place.corridor_seat:
            return place.corridor, place.corridor_seat
        raise Refused("corridor.outside", _("You are not in a corridor."))

    async def _publish(self, m: p.PublishOffer) -> dict[str, Any]:
        place, keeper = self._here()
        room, seat = self._media(m.room)
        if m.room == "meeting" and not place.grant.publish:
            raise Refused("media.not_allowed", _("Your seat has no microphone and no camera in this meeting."))
        if m.room == "corridor" and not place.talks_in_corridors():
            raise Refused("media.not_allowed", _("On this device a corridor has words only: use the one you speak on."))
        waits = self._waits(place, m.room, "publish")
        return {"sdp": await node.asked(keeper.house.media.publish(room, seat, m.sdp, waits))}

    async def _receive(self, m: p.ReceiveOpen) -> dict[str, Any]:
        place, keeper = self._here()
        room, seat = self._media(m.room)
        hears = place.talks_in_corridors() if m.room == "corridor" else place.hears_sound()
        audio, video = AUDIO_SLOTS if hears else 0, 0 if m.room == "floor" else m.video
        waits = self._waits(place, m.room, "receive")
        sdp, epoch = await node.asked(keeper.house.media.offer(room, seat, audio, video, waits))
        return {"sdp": sdp, "epoch": epoch}

    @staticmethod
    def _waits(place: Place, room: str, what: str) -> Wait:
        """Many join at once: the page is told how far it is."""

        def tell(number: int, seconds: float) -> None:
            place.say("waiting", room=room, what=what, place=number, seconds=math.ceil(seconds))

        return tell

    async def _answer(self, m: p.ReceiveAnswer) -> None:
        _place, keeper = self._here()
        await node.asked(keeper.house.media.receive_answer(*self._media(m.room), m.sdp))

    async def _source(self, m: p.Source) -> None:
        place, keeper = self._here()
        self._media(m.room)
        if m.room == "corridor":
            await keeper.hallway.source(place, m.kind, m.on)
            return
        if m.on and m.kind == "mic" and place.muted:
            place.muted = False
            keeper.recompute()
        if m.on and STREAM[m.kind] not in place.grant.publish:
            raise Refused("media.not_allowed", _("This is not yours to show now. Ask for the floor first."))
        if m.on and m.kind == "screen" and keeper.scene.screens == "one":
            _refuse_second_screen(place, keeper)
        name = f"{place.key}:{m.kind}"
        place.sources = place.sources | {name} if m.on else place.sources - {name}
        keeper.people_changed()
        if m.kind == "screen":
            keeper.plan_changed()

    async def _look(self, m: p.Look) -> None:
        place, keeper = self._here()
        heights = m.heights if len(m.heights) == len(m.sources) else ()
        if m.room == "corridor":
            keeper.hallway.look(place, m.sources, heights)
        elif (place.look, place.heights) != (m.sources, heights):
            place.look, place.heights = m.sources, heights
            keeper.look_changed(place)

    async def _line(self, m: p.LineSeen) -> None:
        place, keeper = self._here()
        share = 1000
        keeper.lines.seen(place, Seen(
            up_loss=None if m.up_loss is None else m.up_loss / share, up_jitter=m.up_jitter,
            down_loss=None if m.down_loss is None else m.down_loss / share, down_jitter=m.down_jitter,
            rtt=m.rtt, frozen=m.frozen, concealed=m.concealed / share, strained=m.strained,
        ))  # fmt: skip

    async def _move(self, m: p.CorridorMove) -> None:
        place, keeper = self._here()
        keeper.hallway.move(place, m.x, m.y)

    async def _sound(self, m: p.SoundGrade) -> None:
        place, keeper = self._here()
        if bool(m.grade) != bool(m.why):
            raise p.ProtocolError("sound.grade: a grade has a reason")
        if place.grant.publish:
            keeper.lines.graded(place, Sound(m.grade, m.why, m.bandwidth) if m.grade else None)

    async def _limit(self, m: p.PictureLimit) -> None:
        place, keeper = self._here()
        place.most = m.most
        keeper.plan_changed()
        keeper.hallway.limit(place)

    async def _echo(self, _m: p.Echo) -> None:
        pass  # being answered is all

    async def _shown(self, m: p.RecordingShown) -> None:
        place, keeper = self._here()
        keeper.showing.shown(place, m.recording)

    async def _consent(self, m: p.MicrophoneConsent) -> None:
        place, keeper = self._here()
        place.seat.opens_alone = m.open
        await in_database(lambda: Seat.objects.filter(pk=place.seat.pk).update(opens_alone=m.open))
        keeper.recompute()

    async def _mute(self, m: p.PersonMute) -> None:
        place, keeper = self._here()
        if keeper.meeting_id is None or place.person is None:
            raise Refused("meeting.none", _("Join a meeting first."))
        await in_database(may_mute, keeper.meeting_id, by=place.person, now=timezone.now())
        for other in keeper.places.values():
            if other.person_id == m.person and other.person_id != keeper.scene.presiding:
                other.muted = True
                other.sources = {one for one in other.sources if not one.endswith(":mic")}
                other.say("microphone.close")
        keeper.recompute()
        keeper.people_changed()

    async def _unshare(self, m: p.PersonUnshare) -> None:
        place, keeper = self._here()
        if keeper.meeting_id is None or place.person is None:
            raise Refused("meeting.none", _("Join a meeting first."))
        await in_database(may_mute, keeper.meeting_id, by=place.person, now=timezone.now())
        for other in keeper.places.values():
            if other.person_id == m.person and other.shares:
                other.sources = other.sources - {f"{other.key}:screen"}
                other.say("sharing.close")
        keeper.plan_changed()
        keeper.people_changed()

    async def _sealed(self, _m: p.Sealed) -> None:
        raise Refused("sealed.not_yet", _("Corridors are not yet end-to-end encrypted."))


def _records_rest() -> Refused:
    return Refused(
        "records.resting",
        _("The records do not answer just now. Wait until they do, look whether it was done, and try again."),
    )


def _refuse_second_screen(place: Place, keeper: Keeper) -> None:
    """One screen at a time: whose it is now, in the language of who asks."""
    other = next((one for one in keeper.places.values() if one.shares and one is not place), None)
    if other is not None and other.person is not None:
        raise Refused(
            "media.screen_taken",
            format_lazy(
                _("{name} is sharing a screen, and one at a time is shown here. Ask them or the chair to end it."),
                name=names.short(other.person.names, place.language),
            ),
        )


def _hall(
    of: Callable[[Hallway], Callable[..., Awaitable[dict[str, Any]]]],
) -> Callable[[Session, Any], Awaitable[Any]]:
    """A request of the corridors, with the seat it comes from."""

    async def handle(session: Session, message: Any) -> dict[str, Any]:
        place, keeper = session._here()
        return await of(keeper.hallway)(keeper, place, message)

    return handle


LIVE: dict[type[p.Message], Callable[[Session, Any], Awaitable[Any]]] = {
    p.Pong: Session._pong,
    p.Sync: Session._sync,
    p.PublishOffer: Session._publish,
    p.ReceiveOpen: Session._receive,
    p.ReceiveAnswer: Session._answer,
    p.Source: Session._source,
    p.Look: Session._look,
    p.LineSeen: Session._line,
    p.SoundGrade: Session._sound,
    p.Echo: Session._echo,
    p.PictureLimit: Session._limit,
    p.RecordingShown: Session._shown,
    p.MicrophoneConsent: Session._consent,
    p.PersonMute: Session._mute,
    p.PersonUnshare: Session._unshare,
    p.Sealed: Session._sealed,
    p.CorridorPresence: _hall(lambda hallway: hallway.presence),
    p.CorridorOpen: _hall(lambda hallway: hallway.open_one),
    p.CorridorSit: _hall(lambda hallway: hallway.sit),
    p.CorridorFloor: _hall(lambda hallway: hallway.overheard.hear),
    p.CorridorMeet: _hall(lambda hallway: hallway.meet),
    p.CorridorOwn: _hall(lambda hallway: hallway.own),
    p.CorridorMove: Session._move,
    p.CorridorHeadphones: _hall(lambda hallway: hallway.headphones),
    p.CorridorKnock: _hall(lambda hallway: hallway.knock),
    p.CorridorAnswer: _hall(lambda hallway: hallway.answer),
    p.CorridorInvite: _hall(lambda hallway: hallway.doorbell.invite),
    p.CorridorSeek: _hall(lambda hallway: hallway.doorbell.seek),
    p.CorridorWithdraw: _hall(lambda hallway: hallway.doorbell.withdraw),
    p.CorridorAccept: _hall(lambda hallway: hallway.doorbell.accept),
    p.NotePass: _hall(lambda hallway: hallway.doorbell.note),
    p.CorridorCoffee: _hall(lambda hallway: hallway.coffee.want),
    p.CorridorRecall: _hall(lambda hallway: hallway.recall.call),
    p.CorridorRostrum: _hall(lambda hallway: hallway.recall.rostrum),
    p.CorridorEnter: _hall(lambda hallway: hallway.enter),
    p.CorridorLock: _hall(lambda hallway: hallway.lock),
    p.CorridorLeave: _hall(lambda hallway: hallway.leave),
    p.CorridorSay: _hall(lambda hallway: hallway.say),
    p.CorridorBlock: _hall(lambda hallway: hallway.block),
    p.CorridorReport: _hall(lambda hallway: hallway.report),
}

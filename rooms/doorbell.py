"""Invitations, live: "a word?" to one person, or to whoever of a delegation is here. Kept in memory until answered.

They reach people wherever they sit: in a meeting, in a corridor, on the corridors page.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import corridors, protocol
from rooms.database import in_database
from rooms.places import Place
from summit.errors import Refused
from summit.rights import Right

if TYPE_CHECKING:
    from rooms.hallway import Hallway
    from rooms.keeper import Keeper

INVITES = 10  # unanswered invitations of one person kept, whatever they sit at; older ones lapse


@dataclass(frozen=True)
class Invite:
    """ "A word?" """

    by: str  # key of the seat that asks
    person: int
    asked: set[int]  # who has not answered yet
    line: str


class Doorbell:
    """The invitations of one summit."""

    def __init__(self, hallway: Hallway) -> None:
        self.hallway = hallway
        self._invites: dict[int, Invite] = {}
        self._numbers = itertools.count(1)

    async def invite(self, _keeper: Keeper, place: Place, m: protocol.CorridorInvite) -> dict[str, Any]:
        person = self.hallway.person_of(place)
        if person == m.person or not self._reached({m.person}):
            raise Refused("corridor.not_here", _("This person is not here now."))
        if m.person in self.hallway.quiet:
            raise Refused("corridor.quiet", _("This person does not want to be disturbed now. Ask again later."))
        return await self._ring(place, {m.person}, m.line)

    async def seek(self, _keeper: Keeper, place: Place, m: protocol.CorridorSeek) -> dict[str, Any]:
        """Whoever of a delegation is here: the first who says yes comes."""
        person = self.hallway.person_of(place)
        here = {
            other.person_id
            for _keeper, other in self.hallway.places()
            if other.standing and any(post.delegation == m.delegation for post in other.standing.posts)
        }
        asked = {one for one in here if one is not None and one != person} - self.hallway.quiet
        if not self._reached(asked):
            raise Refused("corridor.nobody_of", _("Nobody of this delegation is here now, or they want to be alone."))
        return await self._ring(place, asked, m.line)

    def _reached(self, persons: set[int]) -> list[Place]:
        """Their open pages, wherever they are."""
        places = [other for _keeper, other in self.hallway.places() if other.line and other.person_id in persons]
        return [other for other in places if Right.CORRIDOR in other.grant.rights]

    async def _ring(self, place: Place, persons: set[int], line: str) -> dict[str, Any]:
        person = self.hallway.person_of(place)
        if place.corridor:
            summit, now = self.hallway.summit_id, timezone.now()
            persons = await in_database(corridors.guests, summit, place.corridor, persons, now)
        number = next(self._numbers)
        asked = persons - await in_database(corridors.blockers_of, person)
        if not asked:
            return {"invite": number}  # whoever is blocked is not told so
        self._keep(number, Invite(place.key, person, asked, line))
        for other in self._reached(asked):
            other.say("invite", invite=number, person=person, line=line)
        return {"invite": number}

    def ring_again(self, place: Place) -> None:
        """A page that comes hears of all that waits for its person: rung on another page, or while this one was away."""
        if Right.CORRIDOR not in place.grant.rights:
            return
        for number, invite in self._invites.items():
            if place.person_id in invite.asked and invite.by in self.hallway.house.seats:
                place.say("invite", invite=number, person=invite.person, line=invite.line)

    def _keep(self, number: int, invite: Invite) -> None:
        """Until it is answered, whoever asked asks for more than INVITES, or their seat is given back."""
        self._invites = {key: one for key, one in self._invites.items() if one.by in self.hallway.house.seats}
        self._invites[number] = invite
        for old in [key for key, one in self._invites.items() if one.person == invite.person][:-INVITES]:
            self._over(old, self._invites[old].asked)

    def _over(self, number: int, persons: set[int], but: Place | None = None) -> None:
        """These need not answer any more; the last one takes the invitation along."""
        invite = self._invites[number]
        for other in self._reached(persons):
            if other is not but:
                other.say("invite.over", invite=number)
        invite.asked.difference_update(persons)
        if not invite.asked:
            del self._invites[number]

    async def withdraw(self, _keeper: Keeper, place: Place, m: protocol.CorridorWithdraw) -> dict[str, Any]:
        """Whoever asked has thought better of it."""
        person, invite = self.hallway.person_of(place), self._invites.get(m.invite)
        if invite is not None and invite.person == person:
            self._over(m.invite, set(invite.asked))
        return {}

    async def accept(self, keeper: Keeper, place: Place, m: protocol.CorridorAccept) -> dict[str, Any]:
        if m.answer == "come_in":
            async with self.hallway.bringing:
                _invite, asks = self._open_to(place, m.invite)
                return await self._meet(asks, (keeper, place), m.invite)
        invite, (_keeper, host) = self._open_to(place, m.invite)
        person = self.hallway.person_of(place)
        self._over(m.invite, {person}, but=place)
        if m.answer == "soon" or (
            m.answer == "not_now" and not invite.asked
        ):  # of several, the last one's no is the answer
            host.say("invite.answered", invite=m.invite, person=person, answer=m.answer, corridor=None)
        return {}

    def _open_to(self, place: Place, number: int) -> tuple[Invite, tuple[Keeper, Place]]:
        """The invitation, while it waits for this person's answer, and who asked. Refused: corridor.no_invite."""
        person, invite = self.hallway.person_of(place), self._invites.get(number)
        if invite is None or person not in invite.asked or invite.by not in self.hallway.house.seats:
            raise Refused("corridor.no_invite", _("This invitation is no longer open."))
        return invite, self.hallway.house.seats[invite.by]

    async def _meet(self, host: tuple[Keeper, Place], guest: tuple[Keeper, Place], number: int) -> dict[str, Any]:
        place, now, hallway = host[1], timezone.now(), self.hallway
        hallway.person_of(place)
        if place.corridor:
            key = place.corridor
            await in_database(corridors.join, hallway.summit_id, key, guest[1].seat.pk, now)
            await hallway.entered(guest)
        else:
            pair = [place.seat.pk, guest[1].seat.pk]
            key = await in_database(corridors.open_one, hallway.summit_id, "", pair, now)
            await hallway.entered(host, guest)
        if number in self._invites:
            self._over(number, set(self._invites[number].asked), but=guest[1])
        place.say("invite.answered", invite=number, person=guest[1].person_id, answer="come_in", corridor=key)
        return {"corridor": key}

    async def note(self, _keeper: Keeper, place: Place, m: protocol.NotePass) -> dict[str, Any]:
        """A note to a colleague, wherever they sit: relayed, never kept. Only within a delegation."""
        there = [one for _, one in self.hallway.places() if one.person_id == m.person and one.line]
        if not there or place.person_id is None or m.person == place.person_id:
            raise Refused("corridor.not_here", _("This person is not here now."))
        if not _delegations(place) & _delegations(there[0]):
            raise Refused("note.not_a_colleague", _("Notes are passed within a delegation."))
        if not m.text.strip():
            raise Refused("text.empty", _("Write something first."))
        for one in there:
            one.say("note.passed", person=place.person_id, text=m.text, at=timezone.now().isoformat())
        return {}


def _delegations(place: Place) -> set[int]:
    """Those this place's person speaks for now."""
    return {post.delegation for post in place.standing.posts} if place.standing else set()

"""What a room's places are told: the newest states of its topics and the lines of its chat, and who may know which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rooms import protocol, queries
from rooms.places import Place
from summit.rights import Right, rights_of

if TYPE_CHECKING:
    from rooms.hallway import Hallway

OF_THE_DOMAIN = frozenset(
    {"meeting", "agenda", "floor", "desk", "consents", "votes"}
)  # kept whole; `attendance` is shown within `people`
OPENNESS = ("open", "restricted", "closed")
OF_THE_HALLWAY = frozenset({"corridors", "presence", "corridor", "floors"})


class Board:
    """The newest states of one room. `places` are the keeper's own, by key."""

    def __init__(self, places: Mapping[str, Place], hallway: Hallway, *, foyer: bool) -> None:
        self.places = places
        self.hallway = hallway
        self.foyer = foyer
        self.topics: dict[str, queries.Topic] = {}
        self.chat: list[dict[str, Any]] = []
        self.newest = 0  # the meeting's version up to which we heard all
        self._texts: dict[str, str] = {}

    def put(self, name: str, topic: queries.Topic) -> bool:
        """Keep this state and pass it on, if it is newer than the one held."""
        held = self.topics.get(name)
        if held and held.version >= topic.version:
            return False
        self.topics[name] = topic
        text = self._texts[name] = protocol.encode("state", topic=name, version=topic.version, state=topic.state)
        for place in self.places.values():
            if place.line and name in place.topics(foyer=self.foyer):
                place.line.state(name, text)
        return True

    def heard(self, version: int) -> None:
        """A push came, whole: one act is one version. After a gap the next look reads everything again."""
        if version == self.newest + 1:
            self.newest = version

    def version_of(self, name: str, place: Place) -> int:
        """The newest version of a topic, as this place may know it."""
        if name == "chat":
            return max((line["line"] for line in self.chat_for(place)), default=0)
        if name in OF_THE_HALLWAY:
            return self.hallway.version_of(name, place)
        return self.topics[name].version if name in self.topics else 0

    def versions(self, place: Place) -> dict[str, int]:
        """{topic: version} of all this place hears."""
        return {name: self.version_of(name, place) for name in place.topics(foyer=self.foyer)}

    def send_topics(self, place: Place, known: dict[str, int]) -> None:
        """Every topic this place knows less of."""
        for name, version in self.versions(place).items():
            if place.line and version > known.get(name, -1):
                self.send(place, name)

    def send(self, place: Place, name: str) -> None:
        """This topic to this place, as it may know it."""
        if place.line is None:
            return
        if name == "chat":
            lines = self.chat_for(place)
            state = {"lines": [_said(line) for line in lines[-queries.CHAT_LINES :]]}
            place.line.state(
                name, protocol.encode("state", topic=name, version=self.version_of(name, place), state=state)
            )
        elif name in OF_THE_HALLWAY:
            if self.hallway.version_of(name, place):  # a corridor may be empty already
                place.line.state(name, self.hallway.text_of(name, place))
        elif name in self._texts:
            place.line.state(name, self._texts[name])

    def chat_for(self, place: Place) -> list[dict[str, Any]]:
        """The lines this place may read: to the room while the doors stood as its person is let in, its own, and as an
        officer all."""
        officer = bool(queries.HELPERS & place.grant.rights)
        inside = [one for one in OPENNESS if place.standing and Right.ENTER in rights_of(place.standing, openness=one)]
        return [
            line
            for line in self.chat
            if officer
            or line["person"] == place.person_id
            or (not line["to_secretariat"] and line["openness"] in inside)
        ]

    def line_said(self, line: dict[str, Any]) -> None:
        """A line of the chat, to those it is for; once, however often it is heard of."""
        if any(held["line"] == line["line"] for held in self.chat):
            return
        self.chat = sorted([*self.chat, line], key=lambda one: one["line"])[-2 * queries.CHAT_LINES :]
        for place in self.places.values():
            if line in self.chat_for(place):
                place.say("chat.said", line=_said(line))


def _said(line: dict[str, Any]) -> dict[str, Any]:
    """A line as pages hear it."""
    return {name: value for name, value in line.items() if name != "openness"}

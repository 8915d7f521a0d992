"""The fixed sentences of minutes, in the third person as summary records are written. Pure.

Every message goes through a `Texts`: the translations of `locale/*/LC_MESSAGES/minutes.po` are found by its calls of
`gettext` and `ngettext` here and in compose.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from summit import names
from summit.minutes.skeleton import Event, Turn


class Texts(Protocol):
    """One language: its sentences, its dates, its order of names (made in summit/minutes/texts.py)."""

    @property
    def language(self) -> str: ...
    @property
    def direction(self) -> str: ...  # ltr | rtl
    def gettext(self, message: str) -> str: ...
    def ngettext(self, one: str, many: str, count: int) -> str: ...
    def day(self, day: date) -> str: ...
    def place_of(self, name: str) -> Any: ...  # sort key of a name
    def language_name(self, code: str) -> str: ...


class Teller:
    """Tells events of one meeting in one language, in the wall time where the meeting sits."""

    def __init__(self, texts: Texts, zone: ZoneInfo, day: date) -> None:
        self.texts, self.zone, self.day = texts, zone, day

    def time(self, at: datetime | None) -> str:
        """ "10:03"; with its date when it is not the day of the opening."""
        if at is None:
            return ""
        local = at.astimezone(self.zone)
        clock = f"{local:%H:%M}"
        if local.date() == self.day:
            return clock
        return self.texts.gettext("%(day)s, %(time)s") % {"day": self.texts.day(local.date()), "time": clock}

    def span(self, began: datetime | None, ended: datetime | None) -> str:
        """ "10:05–10:08"; "10:05–" while it lasts."""
        return f"{self.time(began)}–{self.time(ended)}" if began else ""

    def duration(self, ms: int | None) -> str:
        """Whole minutes and seconds, as clocks write them: "2:58"."""
        if ms is None:
            return ""
        minutes, seconds = divmod(round(ms / 1000), 60)
        return f"{minutes}:{seconds:02d}"

    def text(self, value: Any) -> str:
        """A text given plainly or as {language: text}."""
        return names.text(value, self.texts.language) if isinstance(value, Mapping) else str(value or "")

    def set_in(self, text: Any) -> str:
        """A piece of its own (a name, a symbol, a number, words quoted) as it goes into a sentence: isolated where the two
        run in different directions, so that "3(b)" is never read as "(b)3" (Unicode bidi, FSI … PDI)."""
        told = str(text or "")
        others = {"L", "EN"} if self.texts.direction == "rtl" else {"R", "AL"}
        mixed = any(unicodedata.bidirectional(letter) in others for letter in told)
        return f"\u2068{told}\u2069" if told and mixed else told

    def person(self, person: Mapping[str, Any] | None) -> str:
        """ "Ms Amina Rahal (Kenya)", "Mr Bruno Keller (Chair)"; the post alone where no name is known."""
        name = names.formal((person or {}).get("names") or {}, self.texts.language)
        post = self.post(person)
        if not name:
            return self.set_in(post) or self.texts.gettext("A participant")
        return self._named(name, post)

    def post(self, person: Mapping[str, Any] | None) -> str:
        """For whom, or in what office, a person acts."""
        office = str((person or {}).get("office") or "")
        return self.office(office) if office else self.delegation((person or {}).get("delegation"))

    def delegation(self, delegation: Mapping[str, Any] | None) -> str:
        """The approved short name."""
        return names.short((delegation or {}).get("names") or {}, self.texts.language) or str(
            (delegation or {}).get("code") or ""
        )

    def speaker(self, turn: Turn) -> str:
        """Who has the floor, and for whom: "Ms Amina Rahal (Kenya)", or the delegation where nobody is named."""
        name = names.formal((turn.speaker or {}).get("names") or {}, self.texts.language)
        post = self.delegation(turn.delegation) or self.post(turn.speaker)
        if not name:
            return self.set_in(post) or self.texts.gettext("A participant")
        return self._named(name, post)

    def _named(self, name: str, post: str) -> str:
        if not post:
            return self.set_in(name)
        return self.texts.gettext("%(name)s (%(post)s)") % {"name": self.set_in(name), "post": self.set_in(post)}

    def office(self, office: str) -> str:
        """The name of an office of the meeting."""
        t = self.texts
        known = {
            "chair": t.gettext("Chair"),
            "deputy": t.gettext("Deputy Chair"),
            "secretary": t.gettext("Secretary"),
            "officer": t.gettext("Conference officer"),
        }
        return known.get(office, office)

    def category(self, category: str) -> str:
        """What a delegation is."""
        t = self.texts
        known = {
            "member": t.gettext("Member"),
            "observer": t.gettext("Observer"),
            "igo": t.gettext("Intergovernmental organisation"),
            "ngo": t.gettext("Non-governmental organisation"),
            "press": t.gettext("Press"),
            "host": t.gettext("Host"),
            "secretariat": t.gettext("Secretariat"),
        }
        return known.get(category, category)

    def capacity(self, turn: Turn) -> str:
        """In what capacity somebody spoke; empty in a national one."""
        t = self.texts
        if turn.on_behalf_of or turn.capacity == "group":
            return t.gettext("on behalf of %(group)s") % {
                "group": self.set_in(self.text(turn.on_behalf_of) or t.gettext("a group"))
            }
        if turn.capacity == "observer":
            return t.gettext("as observer")
        return t.gettext("as Chair") if turn.capacity == "chair" else ""

    def mode(self, mode: str) -> str:
        """In the hall, or remote."""
        known = {"hall": self.texts.gettext("in the hall"), "remote": self.texts.gettext("remote")}
        return known.get(mode, mode)

    def manner(self, manner: str) -> str:
        """How a decision was taken. The known manners are translated; a written one is quoted as it stands."""
        t = self.texts
        known = {"without a vote": t.gettext("without a vote"), "by consensus": t.gettext("by consensus")}
        return known.get(manner, manner)

    # ── Sentences ─────────────────────────────────────────────────────────────────────────────────────────────

    def tell(self, event: Event) -> tuple[str, str]:
        """(sentence, the part of it set in bold) of an event."""
        if event.turn is not None:
            return self.order(event.turn, event) if event.turn.register == "order" else self.speech(event.turn)
        if event.kind == "decision.taken":
            return self.decision(event)
        if event.kind == "vote.closed":
            return self.vote(event)
        if event.kind == "vote.withdrawn":
            values = {"text": self.set_in(self.voted_upon(event)), "time": self.time(event.at)}
            return self.texts.gettext("The vote on %(text)s was withdrawn at %(time)s.") % values, ""
        if event.kind == "presiding.changed":
            who = self.person(event.body.get("to"))
            sentence = self.texts.gettext("%(person)s took the Chair at %(time)s.")
            return sentence % {"person": who, "time": self.time(event.at)}, who
        if event.kind == "item.taken":
            return self.texts.gettext("The item was taken up at %(time)s.") % {"time": self.time(event.at)}, ""
        return self.procedure(event), ""

    def speech(self, turn: Turn) -> tuple[str, str]:
        """Who spoke, for whom, how, from when to when."""
        t, who, capacity = self.texts, self.speaker(turn), self.capacity(turn)
        if turn.register == "reply":
            sentence = t.gettext("%(speaker)s spoke in exercise of the right of reply (%(detail)s).")
        elif capacity:
            sentence = t.gettext("%(speaker)s, speaking %(capacity)s, made a statement (%(detail)s).")
        else:
            sentence = t.gettext("%(speaker)s made a statement (%(detail)s).")
        if not turn.ended:
            sentence = t.gettext("%(speaker)s has the floor (%(detail)s).")
        detail = t.gettext("; ").join(
            part for part in (self.mode(turn.mode), self.span(turn.began, turn.ended)) if part
        )
        return sentence % {"speaker": who, "capacity": capacity, "detail": detail}, who

    def order(self, turn: Turn, event: Event) -> tuple[str, str]:
        """A point of order and what was ruled on it."""
        t, who = self.texts, self.speaker(turn)
        values = {"speaker": who, "time": self.time(event.at), "ruling": self.set_in(turn.ruling)}
        if turn.ruling:
            sentence = t.gettext("%(speaker)s raised a point of order at %(time)s. The Chair ruled: “%(ruling)s”")
        else:
            sentence = t.gettext("%(speaker)s raised a point of order at %(time)s.")
        return sentence % values, who

    def decision(self, event: Event) -> tuple[str, str]:
        """What was decided, under which symbol and how."""
        t, symbol = self.texts, str(event.body.get("symbol") or "")
        head = t.gettext("Decision %(symbol)s") % {"symbol": self.set_in(symbol)} if symbol else t.gettext("Decision")
        manner = self.manner(str(event.body.get("manner") or ""))
        values = {
            "decision": head,
            "manner": manner,
            "time": self.time(event.at),
            "text": self.set_in(self.decided(event)),
        }
        if manner:
            return t.gettext("%(decision)s, taken %(manner)s at %(time)s: %(text)s") % values, head
        return t.gettext("%(decision)s, taken at %(time)s: %(text)s") % values, head

    def vote(self, event: Event) -> tuple[str, str]:
        """What was voted upon, by which majority, and the result."""
        t = self.texts
        head = t.gettext("Adopted by a recorded vote") if event.body.get("adopted") else (
            t.gettext("Not adopted in a recorded vote"))  # fmt: skip
        values = {
            "head": head,
            "time": self.time(event.at),
            "text": self.set_in(self.voted_upon(event)),
            "result": self.tally(event),
        }
        sentence = t.gettext("%(head)s at %(time)s: %(text)s. %(result)s")
        if event.body.get("majority") == "two_thirds":
            sentence = t.gettext("%(head)s at %(time)s, two thirds being required: %(text)s. %(result)s")
        return sentence % values, head

    def tally(self, event: Event) -> str:
        """The figures of a recorded vote."""
        held = event.body.get("tally") or {}
        figures = {name: int(held.get(name) or 0) for name in ("yes", "no", "abstain", "absent")}
        return (
            self.texts.gettext("In favour %(yes)d, against %(no)d, abstaining %(abstain)d, not voting %(absent)d.")
            % figures
        )

    def voted_upon(self, event: Event) -> str:
        """The symbol of the paper and the text put to the vote."""
        symbol, text = str(event.body.get("symbol") or ""), self.text(event.body.get("text")).rstrip(".")
        return self.texts.gettext("%(symbol)s, %(text)s") % {"symbol": symbol, "text": text} if symbol else text

    def choice(self, choice: str) -> str:
        """What a delegation voted."""
        t = self.texts
        known = {
            "yes": t.gettext("In favour"),
            "no": t.gettext("Against"),
            "abstain": t.gettext("Abstaining"),
            "absent": t.gettext("Not voting"),
        }
        return known.get(choice, choice)

    def decided(self, event: Event) -> str:
        """The text of a decision: as corrected, where it was."""
        if event.correction and event.correction.text:
            return event.correction.text
        return self.text(event.body.get("text"))

    def procedure(self, event: Event) -> str:
        """Opening, suspension, closing and the like."""
        t, time = self.texts, self.time(event.at)
        until = self.time(moment(event.body.get("until")))
        openness = str(event.body.get("value") or "")
        sentence = {
            "meeting.opened": t.gettext("The meeting was called to order at %(time)s."),
            "meeting.suspended": t.gettext("The meeting was suspended at %(time)s until %(until)s.")
            if until
            else t.gettext("The meeting was suspended at %(time)s."),
            "meeting.resumed": t.gettext("The meeting was resumed at %(time)s."),
            "meeting.adjourned": t.gettext("The meeting was adjourned at %(time)s until %(until)s.")
            if until
            else t.gettext("The meeting was adjourned at %(time)s."),
            "meeting.closed": t.gettext("The meeting was closed at %(time)s."),
            "list.opened": t.gettext("The list of speakers was reopened at %(time)s."),
            "list.closed": t.gettext("The list of speakers was closed at %(time)s."),
            "meeting.openness_set": {
                "open": t.gettext("From %(time)s the meeting was open."),
                "restricted": t.gettext("From %(time)s the meeting was restricted."),
            }.get(openness, t.gettext("From %(time)s the meeting was closed to the public.")),
        }[event.kind]
        told = sentence % {"time": time, "until": until}
        unheard = event.body.get("unheard") if event.kind == "meeting.closed" else 0
        if isinstance(unheard, int) and unheard > 0:
            told += " " + t.ngettext(
                "%(count)d delegation on the list of speakers had not been heard.",
                "%(count)d delegations on the list of speakers had not been heard.",
                unheard,
            ) % {"count": unheard}  # fmt: skip
        return told


def moment(value: Any) -> datetime | None:
    """An ISO moment of an entry; None for anything else."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None

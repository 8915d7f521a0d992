"""Entries of the journal → the document of the minutes. Pure: the same entries and prose give the same bytes.

Nothing here asks a live table: an entry carries names as they stood, so a State renamed later keeps its old name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from summit import names
from summit.minutes.document import VERSION, Document, Fact, Paragraph, Section, Table
from summit.minutes.sentences import Teller, Texts
from summit.minutes.skeleton import Entry, Event, hung, standing, story

CAPTION = 120  # characters of what was voted upon above its table


@dataclass(frozen=True)
class Note:
    """Prose beside one entry, in one language."""

    entry: int
    language: str
    text: str


def compose(
    entries: Iterable[Entry],
    texts: Texts,
    *,
    symbol: str,
    notes: Iterable[Note] = (),
    status: str = "draft",
    approved: datetime | None = None,
) -> Document:
    """The minutes in the language of `texts`.

    entries: of one meeting, any order. status: live | draft | approved; approved: when. Prose stands in the document's
    language where there is some, else in the first other language, marked as such.
    """
    held = standing(entries)
    opening = next((entry for entry in held if entry.kind == "meeting.opened"), None)
    opened = opening.body if opening else {}
    zone = _zone(opened.get("zone"))
    began = opening.at if opening else (held[0].at if held else datetime(1970, 1, 1, tzinfo=UTC))
    teller = Teller(texts, zone, began.astimezone(zone).date())
    events = story(held)
    prose = _prose(notes, events, texts.language)
    return Document(
        version=VERSION,
        language=texts.language,
        direction=texts.direction,
        symbol=symbol,
        summit=names.formal(opened.get("summit") or {}, texts.language),
        title=_title(opened, teller),
        subtitle=texts.gettext("Summary record"),
        status=status,
        marking="" if status == "approved" else texts.gettext("Draft, not approved"),
        facts=_facts(events, opened, teller, approved),
        sections=_sections(events, prose, teller),
        annexes=_annexes(held, events, teller),
    )


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _title(opened: Mapping[str, Any], teller: Teller) -> str:
    """The approved title, else kind and number."""
    t = teller.texts
    if title := teller.text(opened.get("titles") or {}):
        return title
    kinds = {"committee": t.gettext("Committee"), "working_group": t.gettext("Working group")}
    kind = kinds.get(str(opened.get("meeting_kind")), t.gettext("Plenary"))
    return t.gettext("%(kind)s, meeting %(number)s") % {"kind": kind, "number": opened.get("number") or 1}


# ── Masthead ──────────────────────────────────────────────────────────────────────────────────────────────────


def _facts(
    events: Sequence[Event], opened: Mapping[str, Any], teller: Teller, approved: datetime | None
) -> tuple[Fact, ...]:
    t = teller.texts
    began = next((event.at for event in events if event.kind == "meeting.opened"), None)
    closed = next((event.at for event in reversed(events) if event.kind == "meeting.closed"), None)
    offset = f"{began.astimezone(teller.zone):%z}" if began else ""
    zone = t.gettext("%(zone)s, UTC%(offset)s") % {"zone": teller.zone.key, "offset": f"{offset[:3]}:{offset[3:]}"}
    day = approved.astimezone(teller.zone).date() if approved else None
    told = [
        Fact(t.gettext("Held at"), teller.text(opened.get("place"))),
        Fact(t.gettext("Date"), t.day(teller.day) if began else ""),
        Fact(t.gettext("Called to order"), teller.time(began)),
        Fact(t.gettext("Closed"), teller.time(closed)),
        Fact(t.gettext("Times are those of"), zone if began else ""),
        Fact(t.gettext("Presiding"), t.gettext("; ").join(_presiding(events, opened, teller, closed))),
        Fact(t.gettext("Approved"), t.day(day) if day else ""),
    ]
    return tuple(fact for fact in told if fact.value)


def _presiding(
    events: Sequence[Event], opened: Mapping[str, Any], teller: Teller, closed: datetime | None
) -> list[str]:
    """Whoever presided, in order; with times where there was more than one."""
    held: list[tuple[str, datetime]] = []
    for event in events:
        who = {"meeting.opened": opened.get("presiding"), "presiding.changed": event.body.get("to")}.get(event.kind)
        if who:
            held.append((teller.person(who), event.at))
    if len(held) < 2:
        return [name for name, _ in held]
    ends = [at for _, at in held[1:]] + [closed]
    detail = teller.texts.gettext("%(person)s, %(time)s")
    return [detail % {"person": n, "time": teller.span(at, end)} for (n, at), end in zip(held, ends, strict=True)]


# ── Paragraphs ────────────────────────────────────────────────────────────────────────────────────────────────


def _prose(notes: Iterable[Note], events: Sequence[Event], language: str) -> dict[int, list[Note]]:
    """{event: prose shown with it}: of each entry the note in this language, else the first in another."""
    chosen: dict[int, Note] = {}
    order = (language, *names.FALLBACK)
    for note in sorted(notes, key=lambda n: (n.entry, (*order, n.language).index(n.language), n.language)):
        if note.text.strip():
            chosen.setdefault(note.entry, note)
    places = hung(chosen, events)
    shown: dict[int, list[Note]] = {}
    for entry, event in sorted(places.items()):
        shown.setdefault(event, []).append(chosen[entry])
    return shown


def _sections(events: Sequence[Event], prose: Mapping[int, Sequence[Note]], teller: Teller) -> tuple[Section, ...]:
    """The opening, then one section for each time an item was taken."""
    t, number = teller.texts, 0
    sections: list[tuple[str, str, list[Paragraph]]] = []
    for event in events:
        if event.kind == "item.taken":
            sections.append((f"s{event.seq}", _heading(event, teller), []))
        elif not sections:
            sections.append((f"s{event.seq}", t.gettext("Opening of the meeting"), []))
        for paragraph in _paragraphs(event, prose.get(event.seq, ()), teller):
            number += 1
            sections[-1][2].append(_numbered(paragraph, number))
    return tuple(Section(id_, heading, tuple(paragraphs)) for id_, heading, paragraphs in sections)


def _heading(event: Event, teller: Teller) -> str:
    item = event.body.get("item") or {}
    values = {"number": teller.set_in(item.get("number")), "title": teller.text(item.get("titles") or {})}
    return (teller.texts.gettext("Agenda item %(number)s: %(title)s") % values).rstrip(": ")


def _paragraphs(event: Event, prose: Sequence[Note], teller: Teller) -> list[Paragraph]:
    """What the journal tells, then what a record writer wrote beside it."""
    t = teller.texts
    text, lead = teller.tell(event)
    note = ""
    if correction := event.correction:
        reason = {"time": teller.time(correction.at), "reason": teller.set_in(correction.reason)}
        note = t.gettext("Corrected at %(time)s: %(reason)s") % reason if correction.reason else (
            t.gettext("Corrected at %(time)s.") % reason)  # fmt: skip
        if correction.text and event.kind == "vote.closed":  # noted beside it: nothing said later changes a result
            text = f"{text} {teller.set_in(correction.text)}"
        elif correction.text and event.kind != "decision.taken":  # the corrected fact is shown; the journal keeps both
            text, lead = correction.text, ""
    told = [Paragraph(f"e{event.seq}", event.seq, 0, kind_of(event), text, lead, note, "", _machine(event))]
    count = 1
    for written in prose:
        language = "" if written.language == t.language else written.language
        for part in re.split(r"\n\s*\n", written.text.strip()):
            count += 1
            mark = t.gettext("Written in %(language)s") % {"language": t.language_name(language)} if language else ""
            text = " ".join(part.split())
            told.append(Paragraph(f"e{event.seq}.{count}", event.seq, 0, "prose", text, "", mark, language))
    return told


def _numbered(paragraph: Paragraph, number: int) -> Paragraph:
    return Paragraph(**{**paragraph.__dict__, "number": number})


def kind_of(event: Event) -> str:
    """opening | speech | reply | order | decision | presiding | item | procedure."""
    if event.turn is not None:
        return {"order": "order", "reply": "reply"}.get(event.turn.register, "speech")
    return {
        "decision.taken": "decision",
        "vote.closed": "decision",
        "presiding.changed": "presiding",
        "item.taken": "item",
    }.get(event.kind, "procedure")


def _machine(event: Event) -> dict[str, Any]:
    """The same for machines: codes, ISO times in UTC, milliseconds."""
    facts: dict[str, Any] = {"kind": event.kind, "at": _iso(event.at), "entries": list(event.covers)}
    if turn := event.turn:
        facts |= {
            "delegation": str(turn.delegation.get("code") or ""),
            "capacity": turn.capacity,
            "on_behalf_of": turn.on_behalf_of
            if isinstance(turn.on_behalf_of, str)
            else names.text(turn.on_behalf_of, "en"),
            "mode": turn.mode,
            "register": turn.register,
            "began": _iso(turn.began),
            "ended": _iso(turn.ended),
            "used_ms": turn.used_ms,
        }
    if event.kind == "vote.closed":
        named = event.body.get("named") or {}
        facts |= {key: str(event.body.get(key) or "") for key in ("symbol", "majority")}
        facts |= {"adopted": bool(event.body.get("adopted")), "tally": dict(event.body.get("tally") or {})}
        facts["voted"] = {choice: [str(one.get("code") or "") for one in rows] for choice, rows in named.items()}
    if event.kind == "decision.taken":
        facts |= {key: str(event.body.get(key) or "") for key in ("symbol", "manner")}
    return facts


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds") if at else None


# ── Annexes ───────────────────────────────────────────────────────────────────────────────────────────────────


def _annexes(held: Sequence[Entry], events: Sequence[Event], teller: Teller) -> tuple[Table, ...]:
    tables = (
        _decisions(events, teller),
        *_votes(events, teller),
        _statements(events, teller),
        _attendance(held, teller),
    )
    return tuple(table for table in tables if table.rows)


def _decisions(events: Sequence[Event], teller: Teller) -> Table:
    t = teller.texts
    rows, item = [], ""
    for event in events:
        if event.kind == "item.taken":
            item = str((event.body.get("item") or {}).get("number") or "")
        if event.kind == "decision.taken":
            own = (event.body.get("item") or {}).get("number")
            rows.append((teller.set_in(event.body.get("symbol")), teller.set_in(own or item), teller.set_in(teller.decided(event)),
                         teller.manner(str(event.body.get("manner") or ""))))  # fmt: skip
        if event.kind == "vote.closed" and event.body.get("adopted"):
            rows.append((teller.set_in(event.body.get("symbol")), teller.set_in((event.body.get("item") or {}).get("number") or item),
                         teller.set_in(teller.text(event.body.get("text"))), t.gettext("by a recorded vote")))  # fmt: skip
    columns = (t.gettext("Symbol"), t.gettext("Item"), t.gettext("Decision"), t.gettext("Taken"))
    return Table("decisions", t.gettext("Decisions"), columns, tuple(rows))


def _short(text: str) -> str:
    return text if len(text) <= CAPTION else f"{text[: CAPTION - 1].rstrip()}…"


def _votes(events: Sequence[Event], teller: Teller) -> list[Table]:
    """A table for each recorded vote: every delegation that could vote, in the order of their names, and what it voted."""
    t = teller.texts
    tables = []
    for event in events:
        if event.kind != "vote.closed":
            continue
        told = [
            (teller.delegation(one), choice) for choice, rows in (event.body.get("named") or {}).items() for one in rows
        ]
        told.sort(key=lambda row: (t.place_of(row[0]), row[0]))
        about = {"time": teller.time(event.at), "text": teller.set_in(_short(teller.voted_upon(event)))}
        title = t.gettext("Recorded vote of %(time)s: %(text)s") % about
        rows = tuple((teller.set_in(name), teller.choice(choice)) for name, choice in told)
        tables.append(Table(f"vote-{event.seq}", title, (t.gettext("Delegation"), t.gettext("Vote")), rows))
    return tables


def _statements(events: Sequence[Event], teller: Teller) -> Table:
    """Every speech: by whom, for whom, where, when and for how long."""
    t = teller.texts
    rows, item = [], ""
    for event in events:
        if event.kind == "item.taken":
            item = str((event.body.get("item") or {}).get("number") or "")
        turn = event.turn
        if turn is None or turn.register == "order":
            continue
        name = names.formal((turn.speaker or {}).get("names") or {}, t.language)
        capacity = t.gettext("right of reply") if turn.register == "reply" else teller.capacity(turn)
        home = teller.delegation(turn.delegation) or teller.post(turn.speaker)
        rows.append((teller.set_in(home), teller.set_in(name), capacity, teller.set_in(item),
                     teller.mode(turn.mode), teller.span(turn.began, turn.ended), teller.duration(turn.used_ms)))  # fmt: skip
    columns = (
        t.gettext("Delegation"), t.gettext("Speaker"), t.gettext("Capacity"), t.gettext("Item"), t.gettext("Where"),
        t.gettext("Time"), t.gettext("Minutes"),
    )  # fmt: skip
    return Table("statements", t.gettext("Statements"), columns, tuple(rows))


def _attendance(held: Sequence[Entry], teller: Teller) -> Table:
    """Delegations and when they were there, in the hall and remote; in the order of their names. With the adjournment, as
    with the closing, everyone has left."""
    t = teller.texts
    who: dict[str, Mapping[str, Any]] = {}
    spells: dict[tuple[str, str], list[list[datetime | None]]] = {}
    end = next((entry.at for entry in reversed(held) if entry.kind == "meeting.closed"), None)
    for entry in held:
        if entry.kind == "meeting.adjourned":
            for stay in filter(None, spells.values()):
                stay[-1][1] = stay[-1][1] or entry.at
        if entry.kind not in {"attendance.arrived", "attendance.left"}:
            continue
        delegation = entry.body.get("delegation") or {}
        code, mode = str(delegation.get("code") or ""), str(entry.body.get("mode") or "")
        who.setdefault(code, delegation)
        stay = spells.setdefault((code, mode), [])
        if entry.kind == "attendance.arrived" and (not stay or stay[-1][1]):
            stay.append([entry.at, None])
        elif entry.kind == "attendance.left" and stay and not stay[-1][1]:
            stay[-1][1] = entry.at

    def told(code: str, mode: str) -> str:
        return t.gettext(", ").join(teller.span(began, ended or end) for began, ended in spells.get((code, mode), []))

    order = sorted(who, key=lambda code: (t.place_of(teller.delegation(who[code])), code))
    rows = tuple(
        (teller.set_in(teller.delegation(who[code])), teller.category(str(who[code].get("category") or "")), told(code, "hall"),
         told(code, "remote"))
        for code in order
    )  # fmt: skip
    columns = (t.gettext("Delegation"), t.gettext("Category"), t.gettext("In the hall"), t.gettext("Remote"))
    return Table("attendance", t.gettext("Attendance"), columns, rows)

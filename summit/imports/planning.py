"""What a table would change: pure planning over what the database holds. Nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from summit.agenda.models import Paper
from summit.delegations.defaults import flag_of_state
from summit.delegations.models import Category, Function
from summit.errors import Refused
from summit.imports.reading import Table
from summit.summits import approved

CODES = settings.CONTENT_LANGUAGES


@dataclass
class Row:
    """One row of the file and what would become of it. act: create, change, same or error."""

    number: int
    key: str
    act: str
    values: dict[str, Any] = field(default_factory=dict)
    was: dict[str, Any] = field(default_factory=dict)  # of what changes only
    faults: list[list[str]] = field(default_factory=list)  # [heading of the column, what to do]
    made: dict[str, int] = field(default_factory=dict)  # once applied: model → id

    def seen(self) -> tuple[Any, ...]:
        """What an organiser agreed to; the words of a fault are not part of it."""
        return self.number, self.key, self.act, self.values, self.was

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Wrong(Exception):
    """A cell cannot be taken: column, and what to do."""

    def __init__(self, column: str, why: str | Promise) -> None:
        super().__init__(column, str(why))


Cells = Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    """A kind of table. columns: machine name → heading; `read`: cells → (key, values), raises Wrong."""

    columns: Mapping[str, str | Promise]
    needed: Sequence[str]
    read: Callable[[Cells, Mapping[str, Any]], tuple[str, dict[str, Any]]]


def _per_language(*forms: tuple[str, Any]) -> dict[str, Any]:
    """short_en, formal_en, short_fr, …; headings name the form and the code of the language."""
    return {f"{form}_{code}": _Heading(title, code) for code in CODES for form, title in forms}


class _Heading:
    """ "Short name (fr)", in the language of the reader."""

    def __init__(self, title: Any, code: str) -> None:
        self.title, self.code = title, code

    def __str__(self) -> str:
        return f"{self.title} ({self.code})"


_NAMES = (("short", _("Short name")), ("formal", _("Formal name")))
_TITLE = (("title", _("Title")),)


def names_in(cells: Cells) -> dict[str, dict[str, str]]:
    given = {
        code: {form: cells.get(f"{form}_{code}", "") for form in ("short", "formal")}
        for code in CODES
        if cells.get(f"short_{code}") or cells.get(f"formal_{code}")
    }
    try:
        return approved.approved(given)
    except Refused as refused:
        column = next((f"short_{code}" for code in given), f"short_{CODES[0]}")
        raise Wrong(column, refused.message) from refused


def titles_in(cells: Cells, *, required: bool) -> dict[str, str]:
    try:
        return approved.texts({code: cells.get(f"title_{code}", "") for code in CODES}, required=required)
    except Refused as refused:
        raise Wrong(f"title_{CODES[0]}", refused.message) from refused


def _choice(cells: Cells, column: str, choices: Any, default: str = "") -> str:
    """A choice by its value or by its label in any language of the interface; default: what an empty cell leaves."""
    said = cells.get(column, "").strip().casefold()
    if not said and default:
        return default
    found = _labels(choices).get(said)
    if found is None:
        raise Wrong(column, _("Choose one of: %(values)s.") % {"values": ", ".join(choices.values)})
    return found


@cache
def _labels(choices: Any) -> dict[str, str]:
    known = {value: value for value in choices.values}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            known |= {str(label).casefold(): value for value, label in choices.choices}
    return known


def _delegation(cells: Cells, held: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    code = cells.get("code", "").upper()
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9-]{0,11}", code):
        raise Wrong("code", _("A code has up to 12 capital letters, digits and hyphens, such as KE."))
    flag = cells.get("flag", "").lower() or ("" if code in held["rows"] else flag_of_state(code))
    if not re.fullmatch(r"[a-z0-9-]{0,12}", flag):
        raise Wrong("flag", _("A flag is named by small letters, such as ke."))
    return code, {"category": _choice(cells, "category", Category), "flag": flag, "names": names_in(cells)}


def _item(cells: Cells, held: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    number = cells.get("number", "")
    if not number or len(number) > 12:
        raise Wrong("number", _("Give a number of at most 12 characters, such as 3(b)."))
    position = cells.get("position", "")
    if position and not position.isdecimal():
        raise Wrong("position", _("Write the position as a whole number, or leave it empty."))
    values: dict[str, Any] = {"under": cells.get("under", ""), "titles": titles_in(cells, required=True)}
    if position:
        values["position"] = int(position)
    return number, values


def _paper(cells: Cells, held: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    symbol, number = cells.get("symbol", ""), cells.get("item", "")
    if not symbol or len(symbol) > 60:
        raise Wrong("symbol", _("Give a symbol of at most 60 characters, such as A/1/L.1."))
    if number and number not in held["items"]:
        raise Wrong("item", _("No item has this number. Import the agenda first."))
    before = (held["rows"].get(symbol) or {}).get("access")
    access = _choice(cells, "access", Paper.Access, before or Paper.Access.PARTICIPANTS)
    if Paper.Access.DELEGATION in {access, before} and access != before:
        raise Wrong("access", _("A paper for one delegation is made on the page of papers, where it is chosen."))
    return symbol, {"item": number, "access": access, "titles": titles_in(cells, required=True)}


def _person(cells: Cells, held: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    email = cells.get("email", "").lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Wrong("email", _("Write an e-mail address, such as name@example.org. It tells people apart.")) from error
    zone, language = cells.get("zone", ""), cells.get("language", "").lower()
    if zone and zone not in _zones():
        raise Wrong("zone", _("There is no time zone of this name. Use one such as Africa/Nairobi."))
    if language and language not in CODES:
        raise Wrong("language", _("Write the code of one of the six languages, such as fr."))
    code = cells.get("delegation", "").upper()
    if code and code not in held["delegations"]:
        raise Wrong("delegation", _("No delegation has this code. Import the delegations first."))
    values: dict[str, Any] = {"names": names_in(cells), "language": language, "zone": zone, "delegation": code}
    if code:
        before = (held["rows"].get(email) or {}).get("function")
        values["function"] = _choice(cells, "function", Function, before or Function.ADVISER)
        values["title"] = titles_in(cells, required=False)
    return email, values


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


KINDS: Mapping[str, Kind] = {
    "delegations": Kind(
        {"code": _("Code"), "category": _("Category"), "flag": _("Flag"), **_per_language(*_NAMES)},
        ("code", "category"), _delegation,
    ),
    "people": Kind(
        {
            "email": _("E-mail address"), **_per_language(*_NAMES), "delegation": _("Delegation"),
            "function": _("Function"), **_per_language(*_TITLE), "language": _("Language"), "zone": _("Time zone"),
        },
        ("email",), _person,
    ),
    "agenda": Kind(
        {"number": _("Number"), "under": _("Under"), "position": _("Position"), **_per_language(*_TITLE)},
        ("number",), _item,
    ),
    "papers": Kind(
        {"symbol": _("Symbol"), "item": _("Agenda item"), "access": _("Access"), **_per_language(*_TITLE)},
        ("symbol",), _paper,
    ),
}  # fmt: skip


def columns_of(kind: str, headings: Sequence[str]) -> dict[str, int]:
    """{column: place in the row}; a heading may be the machine name or its words in any language of the interface.

    Refused: import.columns, naming what is missing or unknown.
    """
    known = _headings(kind)
    found: dict[str, int] = {}
    unknown = []
    for place, heading in enumerate(headings):
        column = known.get(" ".join(heading.split()).casefold())
        if column is None and heading:
            unknown.append(heading)
        elif column is not None:
            found.setdefault(column, place)
    columns = KINDS[kind].columns
    missing = [str(columns[column]) for column in KINDS[kind].needed if column not in found]
    if missing or unknown:
        why = _("The first row names the columns. Missing: %(missing)s. Not known: %(unknown)s. Download the template.")
        told = {"missing": ", ".join(missing) or "–", "unknown": ", ".join(unknown)[:300] or "–"}
        raise Refused("import.columns", why % told)
    return found


@cache
def _headings(kind: str) -> dict[str, str]:
    known = {column: column for column in KINDS[kind].columns}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            known |= {str(title).casefold(): column for column, title in KINDS[kind].columns.items()}
    return known


def plan(kind: str, table: Table, held: Mapping[str, Any]) -> Iterator[Row]:
    """What each row would do. held: {"rows": {key: values as they stand}, and what `Kind.read` needs}."""
    places = columns_of(kind, table.headings)
    seen: dict[str, int] = {}
    given = {column.split("_")[0] for column in places}
    for number, cells in table.rows:
        held_by = {column: cells[at] if at < len(cells) else "" for column, at in places.items()}
        try:
            key, values = KINDS[kind].read(held_by, held)
            if key in seen:
                raise Wrong(KINDS[kind].needed[0], _("Row %(row)d says this already.") % {"row": seen[key]})
        except Wrong as wrong:
            column, why = wrong.args
            yield Row(number, held_by.get(KINDS[kind].needed[0], ""), "error", faults=[[_title(kind, column), why]])
            continue
        seen[key] = number
        yield _compare(number, key, values, held["rows"].get(key), given)


def _compare(number: int, key: str, values: dict[str, Any], stands: Mapping[str, Any] | None, given: set[str]) -> Row:
    if stands is None:
        return Row(number, key, "create", values)
    wanted = {name: value for name, value in values.items() if _is_given(name, value, given)}
    changed = {name: value for name, value in wanted.items() if stands.get(name) != value}
    was = {name: stands.get(name) for name in changed}
    return Row(number, key, "change" if changed else "same", changed, was)


def _is_given(name: str, value: Any, given: set[str]) -> bool:
    """A column that is not in the file, or a cell left empty, changes nothing that stands."""
    column = {"names": "short", "titles": "title"}.get(name, name)
    return (column in given or (name == "names" and "formal" in given)) and value not in ("", {}, None)


def _title(kind: str, column: str) -> str:
    return str(KINDS[kind].columns.get(column, column))


def resolve_parents(rows: Iterable[Row], numbers: set[str]) -> None:
    """An item stands under one that exists or comes in the same file, and never under itself in a ring."""
    listed = list(rows)
    coming = {row.key: row.values.get("under", "") for row in listed if row.act != "error"}
    for row in listed:
        under = row.values.get("under")
        if not under:
            continue
        chain, at = [row.key], under
        while at in coming and at not in chain and coming[at] and len(chain) < 6:
            chain.append(at)
            at = coming[at]
        if under not in coming and under not in numbers:
            why = _("No item has this number. Put it on the agenda, or into this file.")
        elif at in chain or len(chain) > 4:
            why = _("Choose an item of this agenda to stand under, at most four deep, not itself.")
        else:
            continue
        row.act, row.faults = "error", [[_title("agenda", "under"), str(why)]]

"""The drafts of a credentials committee: the memorandum on what was received, and the report.

Made of the document model of the minutes, so the same renderers write them. Forms after the practice of the General
Assembly: formal credentials (rule 27) and other information stand apart, and the report ends with what is recommended.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import formats
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override, pgettext

from summit import names
from summit.committee.queries import Row
from summit.committee.sorting import FORMAL, NOTHING, OTHER
from summit.minutes.document import VERSION, Document, Fact, Paragraph, Section, Table
from summit.minutes.export.bidi import RIGHT_TO_LEFT
from summit.summits.models import Summit

STATES = ("member", "host")


def memorandum(summit: Summit, rows: Sequence[Row], *, language: str, symbol: str, now: datetime) -> Document:
    """What the secretariat has received until now."""
    with override(language):
        writer = _Writer(language)
        writer.section(_("Credentials received"), _received(rows, language))
        return writer.document(
            summit, rows, symbol=symbol, now=now, title=_("Credentials of representatives"),
            subtitle=_("Memorandum by the secretariat"),
        )  # fmt: skip


def report(summit: Summit, rows: Sequence[Row], *, language: str, symbol: str, now: datetime) -> Document:
    """A draft of the committee's report, with gaps in square brackets for what only the committee knows."""
    with override(language):
        writer = _Writer(language)
        writer.section(
            _("Meeting of the Committee"),
            [
                _("The Credentials Committee met on […]. It was composed of […] and elected […] as its Chair."),
                _("The Committee had before it a memorandum by the secretariat on the credentials of representatives, dated %(date)s.")
                % {"date": _date(localtime(now).date())},
            ],
        )  # fmt: skip
        writer.section(_("Credentials received"), _received(rows, language))
        if objections := [row for row in rows if row.state == "challenged"]:
            said = _("Objections were raised to the credentials of: %(states)s. The Committee […].")
            writer.section(_("Objections"), [said % {"states": _listed(objections, language)}])
        writer.section(_("Decision and recommendation"), _decision(rows))
        return writer.document(
            summit, rows, symbol=symbol, now=now, title=_("Report of the Credentials Committee"),
            subtitle=_("Draft for the Committee"),
        )  # fmt: skip


def _states(rows: Sequence[Row]) -> list[Row]:
    """The States whose credentials were not withdrawn."""
    return [row for row in rows if row.delegation.category in STATES and row.state != "withdrawn"]


def _received(rows: Sequence[Row], language: str) -> list[str]:
    states = [row for row in rows if row.delegation.category in STATES]
    others = [row for row in rows if row.delegation.category not in STATES]
    formal, other, nothing = ([row for row in _states(rows) if row.basis == kind] for kind in (FORMAL, OTHER, NOTHING))
    told = []
    if formal:
        said = ngettext(
            "Formal credentials, issued by the Head of State or Government or by the Minister for Foreign Affairs, "
            "have been received of the representatives of %(count)d State: %(states)s.",
            "Formal credentials, issued by the Head of State or Government or by the Minister for Foreign Affairs, "
            "have been received of the representatives of %(count)d States: %(states)s.",
            len(formal),
        )  # fmt: skip
        told.append(said % {"count": len(formal), "states": _listed(formal, language)})
    if other:
        said = ngettext(
            "Other information on the appointment of representatives has been received from %(count)d State: %(states)s.",
            "Other information on the appointment of representatives has been received from %(count)d States: %(states)s.",
            len(other),
        )  # fmt: skip
        told.append(said % {"count": len(other), "states": _listed(other, language)})
    if nothing:
        said = ngettext(
            "No information has been received from %(count)d State invited: %(states)s.",
            "No information has been received from %(count)d States invited: %(states)s.",
            len(nothing),
        )
        told.append(said % {"count": len(nothing), "states": _listed(nothing, language)})
    if gone := [row for row in states if row.state == "withdrawn"]:
        said = _("The credentials of the representatives of the following were withdrawn: %(states)s.")
        told.append(said % {"states": _listed(gone, language)})
    if present := [row for row in others if row.basis != NOTHING]:
        said = _(
            "Letters naming their representatives have been received from these observers and organisations: %(names)s."
        )
        told.append(said % {"names": _listed(present, language)})
    return told


def _decision(rows: Sequence[Row]) -> list[str]:
    told = [
        _(
            "The Committee decided to accept the credentials of the representatives of the States named under “Formal credentials”."
        )
    ]
    if any(row.basis == OTHER for row in _states(rows)):
        told.append(
            _("It further decided to accept provisionally the representatives of the States from which other information "
                "has been received, on the understanding that formal credentials will be handed in as soon as possible.")
        )  # fmt: skip
    if any(row.state == "challenged" for row in rows):
        told.append(_("This decision does not cover the credentials to which objections were raised."))
    return [*told, _("The Committee recommends that this report be approved.")]


def _listed(rows: Sequence[Row], language: str) -> str:
    comma = pgettext("between names of States in a list", ", ")
    return comma.join(names.short(row.delegation.names, language) for row in rows)


def _date(day: date) -> str:
    return formats.date_format(day, "DATE_FORMAT")


class _Writer:
    """Sections with paragraphs numbered through."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.sections: list[Section] = []
        self.count = 0

    def section(self, heading: str, texts: Sequence[str]) -> None:
        paragraphs = []
        for text in texts:
            self.count += 1
            paragraphs.append(Paragraph(f"p{self.count}", 0, self.count, "text", text))
        if paragraphs:
            self.sections.append(Section(f"s{len(self.sections) + 1}", heading, tuple(paragraphs)))

    def document(
        self, summit: Summit, rows: Sequence[Row], *, symbol: str, now: datetime, title: str, subtitle: str
    ) -> Document:  # fmt: skip
        return Document(
            version=VERSION, language=self.language, symbol=symbol, title=title, subtitle=subtitle, status="draft",
            direction="rtl" if self.language in RIGHT_TO_LEFT else "ltr", marking=_("Draft"),
            summit=names.formal(summit.names, self.language),
            facts=(Fact(_("Date"), _date(localtime(now).date())), Fact(_("Distribution"), _("restricted"))),
            sections=tuple(self.sections), annexes=(_annex(rows, self.language),),
        )  # fmt: skip


def _annex(rows: Sequence[Row], language: str) -> Table:
    words = {FORMAL: _("Formal credentials"), OTHER: _("Other information"), NOTHING: "–"}
    lines = []
    for row in rows:
        letter = row.newest
        signed, dated = (letter.get_signed_by_display(), _date(letter.dated)) if letter else ("–", "–")
        name = names.short(row.delegation.names, language)
        lines.append((name, words[row.basis], str(signed), dated, str(row.state_label)))
    columns = (_("Delegation"), pgettext("column", "Received"), _("Signed by"), _("Dated"), _("State"))
    return Table("states", _("Annex: delegations one by one"), columns, tuple(lines))

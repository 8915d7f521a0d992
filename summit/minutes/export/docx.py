"""Minutes as a Word file: real headings, numbered paragraphs as text (they are cited), tables, right to left where needed."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from summit.minutes.document import Document, Paragraph, Table
from summit.minutes.export.bidi import RIGHT_TO_LEFT
from summit.names import NONCHARACTERS

FONT = "Source Serif 4"  # Word substitutes a serif where it is not installed; nothing is fetched
MUTED = RGBColor(0x5A, 0x5A, 0x5A)


def render(document: Document, seal: str = "") -> bytes:
    """The .docx. seal: the SHA-256 of the approved document, in the footer; empty for drafts."""
    word = docx.Document()
    writer = _Writer(word, document)
    writer.frame(seal)
    writer.masthead()
    for section in document.sections:
        writer.heading(section.heading, 2)
        for paragraph in section.paragraphs:
            writer.numbered(paragraph)
    for annex in document.annexes:
        writer.heading(annex.caption, 2)
        writer.table(annex)
    file = BytesIO()
    word.save(file)
    return file.getvalue()


class _Writer:
    """One Word file being written."""

    def __init__(self, word: Any, document: Document) -> None:
        self.word, self.document = word, document
        self.rtl = document.direction == "rtl"
        properties = word.core_properties
        properties.title = f"{document.symbol} – {document.title}"
        properties.author, properties.language = document.summit, document.language
        for name, size in (("Normal", 11), ("Heading 1", 17), ("Heading 2", 12.5)):
            style = word.styles[name]
            style.font.name, style.font.size = FONT, Pt(size)
            style.font.color.rgb = RGBColor(0, 0, 0)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
                fonts.set(qn(script), FONT)
            for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
                fonts.attrib.pop(qn(theme), None)

    def frame(self, seal: str) -> None:
        """A4; symbol above, marking or seal and the page number below."""
        section = self.word.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.6)
        self._set(section.header.paragraphs[0], self.document.symbol, colour=MUTED, size=9)
        foot = section.footer.paragraphs[0]
        mark = self.document.marking or seal
        self._set(foot, f"{mark}    " if mark else "", colour=MUTED, size=9 if self.document.marking else 7)
        run = foot.add_run()
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            run._r.append(_field(kind, text))

    def masthead(self) -> None:
        document = self.document
        self._set(self.word.add_paragraph(), document.summit, bold=True, size=13)
        self._ruled(self._set(self.word.add_paragraph(), document.symbol, bold=True, size=12))
        self._set(self.word.add_paragraph(), document.subtitle, italic=True)
        self.heading(document.title, 1)
        if document.marking:
            self._set(self.word.add_paragraph(), document.marking, bold=True, colour=MUTED)
        facts = self.word.add_table(rows=0, cols=2)
        self._direct(facts)
        for fact in document.facts:
            cells = facts.add_row().cells
            self._set(cells[0].paragraphs[0], fact.label, colour=MUTED)
            self._set(cells[1].paragraphs[0], fact.value)
            cells[0].width, cells[1].width = Cm(4.5), Cm(11.3)

    def heading(self, text: str, level: int) -> None:
        self._set(self.word.add_heading(level=level), text)

    def numbered(self, told: Paragraph) -> None:
        """One paragraph with its number, its lead in bold, and its correction beneath."""
        rtl = told.language in RIGHT_TO_LEFT if told.language else self.rtl
        paragraph = self.word.add_paragraph()
        before, lead, after = told.parts
        self._set(paragraph, f"{told.number}.\t{before}", rtl=rtl, language=told.language)
        self._run(paragraph, lead, rtl=rtl, bold=True, language=told.language)
        self._run(paragraph, after, rtl=rtl, language=told.language)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(1))
        if told.kind == "decision":
            paragraph.paragraph_format.left_indent = Cm(0.8)
            paragraph.paragraph_format.right_indent = Cm(0.8)
        if told.note:
            self._set(self.word.add_paragraph(), told.note, italic=True, colour=MUTED, size=9)

    def table(self, annex: Table) -> None:
        """An annex; its first row is repeated on every page and marked as heading."""
        table = self.word.add_table(rows=1, cols=len(annex.columns), style="Table Grid")
        self._direct(table)
        head = table.rows[0]
        head._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for cell, text in zip(head.cells, annex.columns, strict=True):
            self._set(cell.paragraphs[0], text, bold=True, size=9)
        for row in annex.rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                self._set(cell.paragraphs[0], text, size=9)
        self.word.add_paragraph()

    def _set(self, paragraph: Any, text: str, *, rtl: bool | None = None, **look: Any) -> Any:
        """Write text into a paragraph of the document's direction, or of its own."""
        rtl = self.rtl if rtl is None else rtl
        if rtl:
            paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
            paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT  # "left" is the beginning of the line under w:bidi
        self._run(paragraph, text, rtl=rtl, **look)
        return paragraph

    def _run(
        self, paragraph: Any, text: str, *, rtl: bool, bold: bool = False, italic: bool = False, size: float = 0,
        colour: RGBColor | None = None, language: str = "",
    ) -> None:  # fmt: skip
        if not text:
            return
        run = paragraph.add_run("".join(c for c in text if c not in NONCHARACTERS))  # an old journal may hold some
        run.bold, run.italic, run.font.rtl, run.font.cs_bold = bold or None, italic or None, rtl or None, bold or None
        if size:
            run.font.size = Pt(size)
        if colour is not None:
            run.font.color.rgb = colour
        lang = OxmlElement("w:lang")
        code = language or self.document.language
        lang.set(qn("w:bidi" if rtl else "w:eastAsia" if code == "zh" else "w:val"), code)
        run._r.get_or_add_rPr().append(lang)

    def _direct(self, table: Any) -> None:
        if self.rtl:
            table._tbl.tblPr.append(OxmlElement("w:bidiVisual"))

    def _ruled(self, paragraph: Any) -> None:
        """A heavy line beneath: the masthead's rule."""
        borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
        for key, value in (("val", "single"), ("sz", "12"), ("space", "1"), ("color", "000000")):
            bottom.set(qn(f"w:{key}"), value)
        borders.append(bottom)
        paragraph._p.get_or_add_pPr().append(borders)


def _field(kind: str, text: str) -> Any:
    """Part of a Word field (the page number)."""
    if text:
        element = OxmlElement("w:instrText")
        element.text = text
    else:
        element = OxmlElement("w:fldChar")
        element.set(qn("w:fldCharType"), kind)
    return element

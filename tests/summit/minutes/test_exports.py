"""Every format is opened and read back: the same words in all of them, in every direction."""

from __future__ import annotations

import json
import re
from io import BytesIO

import docx
import pytest
from pypdf import PdfReader

from summit.minutes.compose import Note
from summit.minutes.document import document_json
from summit.minutes.export import docx as word
from summit.minutes.export import html, pdf
from summit.minutes.exporting import pdf_in_child
from tests.summit.minutes.journal import NOTES, document

HOSTILE = "<script>alert(1)</script> {{ 7*7 }} #panic() =1+1 \\input{/etc/passwd} & «x»"
SEAL = "ab" * 32


def squeezed(text):
    """Without spaces and without direction marks: line ends differ between formats."""
    return re.sub(r"[\s\u2066-\u2069\u200e\u200f\u00ad]", "", text)


def pdf_of(code, **options):
    return PdfReader(BytesIO(pdf.render(document(code, **options), SEAL)))


def fonts_of(reader):
    found = {}
    for page in reader.pages:
        for name, font in page["/Resources"]["/Font"].items():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            found[name] = descendant["/FontDescriptor"].get_object()
    return found


@pytest.mark.parametrize("code", ["en", "fr", "es", "ar", "ru", "zh"])
def test_a_pdf_is_tagged_names_its_language_and_carries_its_fonts(code):
    reader = pdf_of(code)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"] == True  # noqa: E712  pypdf's own type
    assert "/StructTreeRoot" in root
    assert root["/Lang"].startswith(code)
    assert reader.metadata.title == f"NAIROBI/SR.2 – {document(code).title}"
    fonts = fonts_of(reader)
    assert fonts
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(font) for font in fonts.values())
    wanted = {"ar": "Amiri", "zh": "NotoSerifSC"}.get(code, "SourceSerif4")
    assert any(wanted in font["/FontName"] for font in fonts.values())


def tags_of(node, found):
    node = node.get_object()
    if "/S" in node:
        found.append(node["/S"])
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        if hasattr(kid.get_object(), "get") and not isinstance(kid, int):
            tags_of(kid, found)
    return found


def test_a_pdf_s_tags_are_headings_paragraphs_and_tables_with_heads():
    tags = tags_of(pdf_of("en").trailer["/Root"]["/StructTreeRoot"], [])
    assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD"} <= set(tags)
    assert tags.count("/H1") == 1
    assert tags.count("/H2") == 6


def test_a_pdf_says_every_word_of_the_document():
    made = document("en", notes=(*NOTES, Note(29, "en", HOSTILE)))
    text = squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(pdf.render(made))).pages))
    for paragraph in made.paragraphs:
        assert squeezed(paragraph.text) in text
    for table in made.annexes:
        assert squeezed(table.caption) in text


@pytest.mark.parametrize(("code", "words"), [("ar", "نيروبي"), ("zh", "肯尼亚"), ("fr", "Côte d’Ivoire")])
def test_a_pdf_s_text_can_be_found_in_other_scripts(code, words):
    text = squeezed("".join(page.extract_text() for page in pdf_of(code).pages))
    assert squeezed(words) in text  # Arabic too: in the order in which it is read


def test_a_draft_is_marked_and_an_approved_document_carries_its_seal():
    draft = "".join(page.extract_text() for page in pdf_of("en").pages)
    approved = "".join(page.extract_text() for page in pdf_of("en", status="approved").pages)
    assert "Draft, not approved" in draft
    assert SEAL not in draft
    assert "Draft, not approved" not in approved
    assert SEAL in approved


def test_the_child_makes_the_same_pdf():
    assert squeezed(PdfReader(BytesIO(pdf_in_child(document("en"), ""))).pages[0].extract_text()) == squeezed(
        PdfReader(BytesIO(pdf.render(document("en")))).pages[0].extract_text()
    )


def test_without_a_chinese_font_the_pdf_is_refused_and_says_why(monkeypatch):
    monkeypatch.setattr(pdf, "font_folders", lambda: [pdf.HERE / "fonts"])
    with pytest.raises(pdf.CannotRender) as refusal:
        pdf.render(document("zh"))
    assert refusal.value.code == "no_font"
    assert pdf.render(document("fr"))


@pytest.mark.parametrize("code", ["en", "ar", "zh"])
def test_word_has_every_paragraph_with_its_number_under_real_headings(code):
    made = document(code, notes=(*NOTES, Note(29, "en", HOSTILE)))
    file = docx.Document(BytesIO(word.render(made)))
    headings = [(p.style.name, p.text) for p in file.paragraphs if p.style.name.startswith("Heading")]
    assert headings == [
        ("Heading 1", made.title),
        *[("Heading 2", section.heading) for section in made.sections],
        *[("Heading 2", annex.caption) for annex in made.annexes],
    ]
    texts = [p.text for p in file.paragraphs]
    for paragraph in made.paragraphs:
        assert f"{paragraph.number}.\t{paragraph.text}" in texts
    tables = [tuple(tuple(cell.text for cell in row.cells) for row in table.rows) for table in file.tables[1:]]
    assert tables == [(annex.columns, *annex.rows) for annex in made.annexes]


def test_word_runs_from_right_to_left_in_arabic():
    xml = docx.Document(BytesIO(word.render(document("ar")))).element.xml
    assert "<w:bidi/>" in xml
    assert "<w:rtl/>" in xml
    assert "<w:bidiVisual/>" in xml
    assert "<w:bidi/>" not in docx.Document(BytesIO(word.render(document("en")))).element.xml


@pytest.mark.parametrize("code", ["en", "ar"])
def test_html_escapes_what_people_wrote_and_fetches_nothing(code):
    made = document(code, notes=(Note(29, "en", HOSTILE),))
    page = html.render(made).decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search(r"(src|href)=|url\(|@import", page)
    assert f'<html lang="{code}" dir="{made.direction}">' in page
    assert [int(n) for n in re.findall(r'value="(\d+)"', page)] == [p.number for p in made.paragraphs]


def test_json_is_the_document_itself():
    made = document("ar")
    assert json.loads(document_json(made))["sections"][1]["heading"] == made.sections[1].heading


def test_word_leaves_out_what_no_document_can_hold():
    """An old journal may hold such a character; its minutes are made all the same."""
    made = word.render(document("en", notes=[Note(NOTES[0].entry, "en", "a\uffffb")]), SEAL)
    assert "ab" in "".join(p.text for p in docx.Document(BytesIO(made)).paragraphs)

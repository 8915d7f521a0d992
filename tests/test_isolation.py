"""Names keep their own direction: whatever people are called, no page lets a name turn the words around it.

Everybody and everything gets a name in Arabic letters, and every page of the role matrix is read in English: each such name
must stand in `<bdi>` (or in an element with a direction of its own). A page that is new is read because it is in the matrix.
What scripts draw is read as it is written: a name goes through `apart`, or `fill` where it stands within a sentence.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from summit.models import Delegation, Group, Item, Meeting, Paper, Person, Summit
from tests.cast import make_organiser
from tests.config.test_written import SCRIPTS, drawings, read_literal, read_script
from tests.test_matrix import ADDRESSES, Stage, address, stage  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db(transaction=True)

READERS = (
    "amina",
    "bruno",
    "dana",
)  # a delegate, who presides, the secretary: between them they may open nearly every page
ISOLATED = re.compile("\u2068[^\u2069]*\u2069")  # set apart where no markup can stand (summit.names.apart)
LETTER = "ڤ"  # in no text of ours: it marks a name
PLAIN = {
    "title",
    "option",
    "textarea",
    "script",
    "style",
    "text",
}  # no markup can stand in them; the last is of a drawing
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Reader(HTMLParser):
    """Collects the texts in which a name stands among other words without being set apart."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.bare: list[str] = []
        self.seen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            own = tag == "bdi" or tag in PLAIN or (tag != "html" and any(name == "dir" for name, _value in attrs))
            self.open.append((tag, own))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if LETTER not in data:
            return
        self.seen += 1
        if LETTER in ISOLATED.sub("", data) and not any(own for _tag, own in self.open):
            self.bare.append(f"<{self.open[-1][0] if self.open else ''}> {' '.join(data.split())}")


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_a_name_that_is_not_set_apart_is_found() -> None:
    said = "<html dir=ltr><p>by <bdi>ڤ1</bdi><br> and ڤ2<b dir=auto>ڤ3</b></p><title>ڤ4</title><svg><path/></svg><i>ڤ5</i> \u2068ڤ6\u2069"
    assert (read(said).bare, read(said).seen) == (["<p> and ڤ2", "<i> ڤ5"], 6)


def call_everybody_by_arabic_names() -> None:
    for model, number in ((Person, 1), (Delegation, 2), (Summit, 3), (Group, 4)):
        for row in model.objects.all():
            row.names = {"en": {"short": f"ڤريد ({number}{row.pk})", "formal": f"ڤريد ڤريد ({number}{row.pk})"}}
            row.save()
    for model in (Meeting, Item, Paper):
        for row in model.objects.all():
            row.titles = {"en": f"ڤينيسيا ({row.pk})"}
            row.save()


def test_every_page_sets_names_apart_from_the_words_around_them(stage: Stage) -> None:  # noqa: F811
    otto = Client()
    otto.force_login(make_organiser(stage.house.summit).account, "django.contrib.auth.backends.ModelBackend")
    call_everybody_by_arabic_names()
    bare, pages = {}, 0
    for route in ADDRESSES:
        if route.startswith("admin/"):
            continue
        for client in (otto, *(stage.client[role] for role in READERS)):
            answer = client.get(address(route, stage), follow=True)
            if answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html"):
                found = read(answer.content.decode())
                pages += found.seen > 0
                if found.bare:
                    bare.setdefault(route, set()).update(found.bare)
    assert pages > 100, pages
    assert bare == {}


# ── What scripts draw ─────────────────────────────────────────────────────────────────────────────────────────
NAMING = r"\b(?:delegationName|personName|personLine|plateName|turnName|names\.(?:short|formal|text|pick))\("
KEPT = re.compile(r"(?<![\w.])(?:apart|fill)\(|\b(?:html|svg)`")


def without_what_is_kept(code: str) -> str:
    """The code of what is put into markup, without calls that set names apart and without markup of its own."""
    while found := KEPT.search(code):
        inside = found.end()
        end = (
            read_script(code, inside, ")", [])
            if code[inside - 1] == "("
            else read_literal(code, inside - 1, [], drawn=False)
        )
        code = code[: found.start()] + code[end:]
    return re.sub(r"^[^?]*\?(?![.?])", "", code)  # what is only asked about is not drawn


def bare_names(source: str) -> list[str]:
    """What a script puts as a name among the text of its markup: by a call that names, or a constant that holds one."""
    held = set(re.findall(rf"\bconst (\w+) = [^\n]*?{NAMING}", source))
    found = []
    for text, holes in drawings(source):
        parts = text.split("\x00")
        for place, code in enumerate(holes, start=1):
            if within_text("".join(parts[:place])) and (
                code.strip() in held or re.search(NAMING, without_what_is_kept(code))
            ):
                found.append(" ".join(code.split()))
    return found


def within_text(markup: str) -> bool:
    """Whether what follows this markup is text that nothing sets apart: no attribute, no `<bdi>`, nothing of PLAIN."""
    if markup.rfind("<") > markup.rfind(">"):
        return False
    open_tags: list[str] = []
    for closes, tag in re.findall(r"<(/?)(\w+)", markup):
        if not closes:
            open_tags.append(tag)
        elif tag in open_tags:
            open_tags.remove(tag)
    return not {"bdi", *PLAIN} & set(open_tags)


def test_a_name_that_a_script_draws_bare_is_found() -> None:
    script = """const name = names.short(a.names, x)
    html`<p title=${names.text(a)}>${name} by ${apart(name)} ${fill(gettext('%(name)s'), { name: personName(s, (1)) })}
      <bdi>${turnName(s)}</bdi> ${b ? html`<i>${personLine(s, id)}</i>` : nothing} ${turnName(s) ? 'x' : ''}
      <option>${delegationName(s)}</option></p>`"""
    assert bare_names(script) == ["personLine(s, id)", "name"]


def test_no_script_draws_a_name_bare() -> None:
    read = {path.name: path.read_text() for path in SCRIPTS}
    assert sum(len(re.findall(NAMING, source)) for source in read.values()) > 100
    assert {name: found for name, source in read.items() if (found := bare_names(source))} == {}

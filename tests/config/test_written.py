"""Every word a reader meets goes through gettext: none stands in a template, a letter, a script, a refusal, a form or a
list of choices as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from summit.config.bootstrap import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
LETTERS = [
    path for path in sorted((ROOT / "templates").rglob("*.txt")) if not re.search(r"\.(en|fr|es|ar|ru|zh)$", path.stem)
]
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
ALIKE = {"Parley", "SHA", "Word", "PDF", "QR", "kB", "ms"}  # names, formats and units, alike in the six languages
WORD = re.compile(r"[^\W\d_]{2,}")
TOLD = re.compile(r"""\b(?:aria-label|aria-description|title|placeholder|alt)=(?:"([^"]*)"|'([^']*)'|([\w-]+))""")
TRANSLATED = re.compile(r"{%-?\s*(blocktrans(?:late)?|comment)\b.*?{%-?\s*end\1\s*-?%}", re.DOTALL)
REFUSAL = re.compile(r"""\bRefused\(\s*["'][\w.]+["'],\s*([^\n]+)""")
# Where Python hands words to a reader: by these names (of arguments, attributes of a class), or by a call of these.
NAMED = {
    "label", "help_text", "verbose_name", "verbose_name_plural", "short_description", "empty_label", "empty_value_display",
    "title", "subtitle", "message", "legend",
}  # fmt: skip
CALLED = {"ValidationError", "message_user", "add_error", "success", "error", "warning", "info"}
# What is no text of the interface: a command's own help, a format's name, a sample of JSON, the inside of the journal.
UNSAID = {"PDF", "Word", "HTML", "JSON"}
INSIDE = {"summit/record/models.py"}
SHOWN = re.compile(
    r"""(?:\.(?:textContent|innerText|title|placeholder|alt|ariaLabel|ariaDescription)\s*=|"""
    r"""setAttribute\(\s*['"](?:aria-label|aria-description|title|placeholder|alt)['"]\s*,|"""
    r"""\b(?:alert|confirm)\()\s*(`[^`]*`|'[^'\n]*'|"[^"\n]*")"""
)
CLASSES = re.compile(r"{% block \w*class %}.*?{% endblock %}")
SAMPLE = re.compile(r"\b\d+-[A-Z0-9]{4}-[A-Z0-9]{4}\b")  # of a code beneath a QR
Drawing = tuple[str, list[str]]
CODE = re.compile(r"<(script|style|svg:style)\b.*?</\1>|<!--.*?-->|&\w+;", re.DOTALL)


def words(markup: str) -> list[str]:
    """The words that stand in markup for a reader: text, and what is read out of attributes."""
    markup = SAMPLE.sub(" ", CODE.sub(" ", markup))
    told = [next(filter(None, found), "") for found in TOLD.findall(markup)]
    text = re.sub(r"<[^>]*>", " ", markup)
    return [word for part in (text, *told) for word in WORD.findall(part) if word not in ALIKE]


def markup_of(template: str) -> str:
    """A Django template without what Django puts there."""
    return re.sub(
        r"{#.*?#}|{%.*?%}|{{.*?}}", "\x00", CLASSES.sub("", TRANSLATED.sub("\x00", template)), flags=re.DOTALL
    )


def literals(source: str) -> list[str]:
    """Every html`…` and svg`…` of a script, those within others by themselves, what is put in left out."""
    return [text for text, _holes in drawings(source)]


def drawings(source: str) -> list[Drawing]:
    """The same, each with what is put in: (markup with a NUL for each of them, their code)."""
    found: list[Drawing] = []
    read_script(source, 0, "", found)
    return found


def read_script(source: str, at: int, end: str, found: list[Drawing]) -> int:
    """Read code from here to the bracket that ends it; the place behind that."""
    depth = 0
    while at < len(source):
        if source.startswith("//", at) and source[at - 1] != ":":
            at = source.find("\n", at) if "\n" in source[at:] else len(source)
        elif source.startswith("/*", at):
            at = source.index("*/", at) + 2
        elif source[at] in "'\"":
            at = _string(source, at)
        elif source[at] == "`":
            at = read_literal(source, at, found, drawn=bool(re.search(r"\b(?:html|svg)$", source[max(0, at - 5) : at])))
        else:
            if end and source[at] == end and not depth:
                return at + 1
            depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(source[at], 0)
            at += 1
    return at


def _string(source: str, at: int) -> int:
    quote, at = source[at], at + 1
    while at < len(source) and source[at] not in (quote, "\n"):
        at += 2 if source[at] == "\\" else 1
    return at + 1


def read_literal(source: str, at: int, found: list[Drawing], *, drawn: bool) -> int:
    text, at = "", at + 1
    holes = []
    while source[at] != "`":
        if source.startswith("${", at):
            begun, at = at + 2, read_script(source, at + 2, "}", found)
            holes.append(source[begun : at - 1])
            text += "\x00"
        else:
            step = 2 if source[at] == "\\" else 1
            at, text = at + step, text + source[at : at + step]
    if drawn:
        found.append((text, holes))
    return at + 1


def said(node: ast.AST | None) -> str:
    """The words of a text that stands there as it is; those put into one are left out."""
    match node:
        case ast.Constant(value=str(text)):
            return "" if text in UNSAID or text.startswith("{") else " ".join(WORD.findall(text))
        case ast.JoinedStr(values=parts):
            return " ".join(word for part in parts if (word := said(part)))
        case ast.IfExp(body=one, orelse=other):
            return said(one) or said(other)
        case ast.BinOp(left=one, op=ast.Mod()):
            return said(one)
    return ""


def told_by(source: str) -> Iterator[tuple[int, str]]:
    """(line, words) of what a module hands to a reader without gettext."""
    for node in ast.walk(ast.parse(source)):
        found: list[ast.AST | None] = []
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "logger"))):
                continue
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=places, keywords=named):
                found = [one.value for one in named if one.arg in NAMED]
                if name in CALLED:
                    found += [one for one in places if " " in said(one)]  # not the name of a field
            case ast.ClassDef(bases=bases, body=body) if any("Choices" in ast.unparse(one) for one in bases):
                values = [one.value for one in body if isinstance(one, ast.Assign)]
                found = [one.elts[-1] for one in values if isinstance(one, ast.Tuple)]
            case ast.ClassDef(body=body):
                found = [
                    one.value
                    for one in body
                    if isinstance(one, ast.Assign)
                    and isinstance(one.targets[0], ast.Name)
                    and one.targets[0].id in NAMED
                ]
        yield from ((node.lineno, words) for one in found if (words := said(one)))


def shown_by(script: str) -> list[str]:
    """What a script writes onto the page as it is."""
    return [
        " ".join(found) for text in SHOWN.findall(script) if (found := WORD.findall(re.sub(r"\$\{.*?\}", " ", text)))
    ]


def test_words_are_found_where_they_stand() -> None:
    script = "const a = 'x`' // it's\nhtml`<p title='Go on' class=row>${b ? html`<b>Open ${c}</b>` : ''}</p> <i alt=${d}>&nbsp;</i>`"
    assert [words(one) for one in literals(script)] == [["Open"], ["Go", "on"]]
    template = "<p>{# no #}{% translate 'Yes' %} Here{% blocktranslate %}not{% endblocktranslate %}<b alt=\"{{ x }} now\"></b></p>"
    assert words(markup_of(template)) == ["Here", "now"]


def test_no_template_says_a_word_by_itself() -> None:
    found = {path.relative_to(ROOT): words(markup_of(path.read_text())) for path in TEMPLATES}
    assert len(found) > 90 and {path: said for path, said in found.items() if said} == {}


def test_words_are_found_in_python_and_in_scripts() -> None:
    python = """
class Kind(TextChoices):
    ONE = "one", "First one"
    TWO = "two", _("Second")
class Form:
    name = CharField(label="Your name", help_text=_("As you like"))
    title = "A page"
    other = CharField(label=f"{x} of {y}")
messages.success(request, "All is %s" % well)
form.add_error("name", _("Too long"))
log.warning("not for readers")
"""
    assert sorted(words for _line, words in told_by(python)) == ["All is", "First one", "Your name", "of", "page"]
    script = (
        "a.textContent = 'Go on'; b.title = gettext('x'); c.setAttribute('aria-label', `${d}: now`); e.textContent = ''"
    )
    assert shown_by(script) == ["Go on", "now"]


def test_no_letter_says_a_word_by_itself() -> None:
    assert (
        len(LETTERS) > 5 and {path.name: said for path in LETTERS if (said := words(markup_of(path.read_text())))} == {}
    )


def test_no_form_model_or_message_says_a_word_by_itself() -> None:
    found = [
        (path, line, words)
        for folder in ("summit", "rooms")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not {"sfu", "migrations", "commands"} & set(path.parts) and str(path.relative_to(ROOT)) not in INSIDE
        for line, words in told_by(path.read_text())
    ]
    assert found == []


def test_no_script_writes_a_word_by_itself() -> None:
    assert [(path.name, said) for path in SCRIPTS for said in shown_by(path.read_text())] == []


def test_no_script_draws_a_word_by_itself() -> None:
    drawn = [(path.relative_to(ROOT), one) for path in SCRIPTS for one in literals(path.read_text())]
    assert len(drawn) > 300 and [(path, said) for path, one in drawn if (said := words(one))] == []


def test_every_refusal_is_translated() -> None:
    said = [
        (path.relative_to(ROOT), words)
        for folder in ("summit", "rooms")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "sfu" not in path.parts  # the node's own, which no reader meets
        for words in REFUSAL.findall(path.read_text())
    ]
    assert len(said) > 200 and [(path, words) for path, words in said if re.match(r"""f?["'][^"']*\w""", words)] == []

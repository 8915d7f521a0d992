import pytest

from summit.agenda.symbols import parts, sort_key, superseded


@pytest.mark.parametrize(
    ("symbol", "root", "text", "revision", "corrects"),
    [
        ("A/1/L.4", "A/1/L.4", "A/1/L.4", 0, False),
        ("A/1/L.4/Rev.1", "A/1/L.4", "A/1/L.4", 1, False),
        ("A/1/L.4/Rev.2/Corr.1", "A/1/L.4", "A/1/L.4", 2, True),
        ("A/1/L.4/Add.1/Rev.3", "A/1/L.4", "A/1/L.4/Add.1", 3, False),
        ("A/1/Add.2/Amend.1", "A/1", "A/1/Add.2/Amend.1", 0, False),
        ("S/2020/253", "S/2020/253", "S/2020/253", 0, False),
        ("Rev.1", "Rev.1", "Rev.1", 0, False),
        ("A/1/Review.1", "A/1/Review.1", "A/1/Review.1", 0, False),
    ],
)
def test_a_symbol_says_what_was_done_to_which_text(symbol, root, text, revision, corrects):
    one = parts(symbol)
    assert (one.root, one.text, one.revision, one.corrects) == (root, text, revision, corrects)


def test_a_revision_replaces_the_text_and_its_corrections_and_nothing_beside_it():
    held = ["A/L.4", "A/L.4/Corr.1", "A/L.4/Rev.1", "A/L.4/Rev.2", "A/L.4/Rev.2/Corr.1", "A/L.4/Add.1", "A/L.40"]
    assert superseded(held) == {"A/L.4": "A/L.4/Rev.2", "A/L.4/Corr.1": "A/L.4/Rev.2", "A/L.4/Rev.1": "A/L.4/Rev.2"}
    assert superseded(["A/1/Rev.1/Corr.1", "A/1"]) == {}  # a correction alone replaces nothing


def test_symbols_are_filed_as_one_looks_for_them():
    held = ["A/L.10", "A/L.2/Rev.1", "A/L.2", "A/L.2/Rev.10", "A/L.2/Rev.2", "A/1", "B/1"]
    assert sorted(held, key=sort_key) == [
        "A/1", "A/L.2", "A/L.2/Rev.1", "A/L.2/Rev.2", "A/L.2/Rev.10", "A/L.10", "B/1",
    ]  # fmt: skip

"""Differences between revisions: whole, word by word, and never more than what changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from summit.minutes.changes import compare, words
from summit.minutes.compose import Note
from tests.summit.minutes.journal import document

TEXTS = st.text(st.sampled_from(list("ab é.,\n海洋气候 ")), max_size=40)


@given(TEXTS, TEXTS)
def test_the_pieces_are_both_texts(old, new):
    pieces = words(old, new)
    assert "".join(piece.text for piece in pieces if piece.what != "added") == old
    assert "".join(piece.text for piece in pieces if piece.what != "removed") == new


def test_one_changed_word_is_one_removed_and_one_added():
    assert [(p.what, p.text) for p in words("by March 2027.", "by May 2027.")] == [
        ("same", "by "), ("removed", "March "), ("added", "May "), ("same", "2027."),
    ]  # fmt: skip


def test_chinese_is_compared_character_by_character():
    assert [(p.what, p.text) for p in words("三月公布", "五月公布")] == [
        ("removed", "三"), ("added", "五"), ("same", "月公布"),
    ]  # fmt: skip


def test_a_text_against_itself_has_no_changes():
    assert {change.what for change in compare(document(), document())} == {"same"}


def test_new_prose_is_added_and_everything_else_stays():
    found = compare(document(notes=()), document(notes=(Note(22, "en", "One.\n\nTwo."),)))
    assert [(c.what, c.number, c.pieces[0].text) for c in found if c.what != "same"] == [
        ("added", 5, "One."),
        ("added", 6, "Two."),
    ]
    assert len(found) == 16

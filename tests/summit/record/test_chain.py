"""The hashes of the journal: pure, and the same for ever."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summit.record import chain

FIXTURES = sorted(Path(__file__).parent.glob("entries_v*.json"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_entries_of_every_released_version_verify_byte_for_byte(path):
    saved = json.loads(path.read_text())
    prev = chain.GENESIS
    for entry in saved["entries"]:
        assert chain.canonical(entry["body"]).decode() == entry["canonical"]
        hashed = chain.body_hash(entry["salt"], entry["body"])
        assert hashed == entry["body_hash"]
        digest = chain.digest(
            version=saved["version"], summit=saved["summit"], seq=entry["seq"], at=entry["at"], kind=entry["kind"],
            meeting=entry["meeting"], audience=entry["audience"], body=hashed, prev=prev,
        )  # fmt: skip
        assert (prev, digest) == (entry["prev"], entry["digest"])
        prev = digest
    assert len(saved["entries"]) == saved["head"] and prev == saved["digest"]


def test_there_is_a_fixture_of_the_version_we_write():
    assert f"entries_v{chain.VERSION}" in {path.stem for path in FIXTURES}


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ({"b": 1, "a": None}, '{"a":null,"b":1}'),
        ({"names": {"fr": "Côte d'Ivoire", "ar": "كينيا"}}, '{"names":{"ar":"كينيا","fr":"Côte d\'Ivoire"}}'),
        (["\n", True, 0, ""], '["\\n",true,0,""]'),
    ],
)
def test_one_value_has_one_spelling(value, spelled):
    assert chain.canonical(value).decode() == spelled


@pytest.mark.parametrize("value", [1.5, {"a": [1, {"b": 2.0}]}, {1: "a"}, {"a": object()}, {"a": b"x"}])
def test_what_has_no_single_spelling_is_refused(value):
    with pytest.raises(TypeError):
        chain.canonical(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_what_comes_back_from_json_is_spelled_the_same(value):
    try:
        spelled = chain.canonical(value)
    except UnicodeEncodeError:  # lone surrogates: no text of ours holds them
        return
    assert chain.canonical(json.loads(spelled)) == spelled


@given(st.integers(0, 7), st.binary(min_size=1, max_size=4))
def test_every_field_of_an_envelope_counts(which, change):
    fields = {
        "version": 1, "summit": "s", "seq": 1, "at": "t", "kind": "k", "meeting": "m", "audience": "a", "body": "b",
        "prev": "p",
    }  # fmt: skip
    name = list(fields)[which + 1]
    other = fields | {name: 2 if name == "seq" else str(fields[name]) + change.hex()}
    assert chain.digest(**fields) != chain.digest(**other)

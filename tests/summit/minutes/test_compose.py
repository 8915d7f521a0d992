"""Entries of the journal become one document: whole, in order, and always the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from summit.minutes.compose import Note, compose
from summit.minutes.document import as_json, document_json, load
from summit.minutes.sentences import Teller
from summit.minutes.skeleton import BEGINS_A_TURN, OF_A_TURN, TOLD, Entry, Unreadable, standing, story
from summit.minutes.texts import LANGUAGES, language
from tests.summit.minutes.journal import document, entries

AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
KENYA = {"code": "KE", "category": "member", "names": {"en": {"short": "Kenya"}}}


def entry(seq, kind, **body):
    return Entry(seq, 1, kind, AT + timedelta(minutes=seq), body)


def told(*rows, **options):
    made = compose(rows, language("en"), symbol="X/SR.1", **options)
    return [(p.id, p.text) for p in made.paragraphs]


def test_the_meeting_of_version_1_reads_as_it_did():
    assert [(p.number, p.id, p.text, p.note) for p in document().paragraphs] == [
        (1, "e11", "The meeting was called to order at 10:03.", ""),
        (2, "e16", "The item was taken up at 10:05.", ""),
        (3, "e19", "The list of speakers was closed at 10:06.", ""),
        (4, "e22", "H.E. Ms Amina Rahal (Kenya), speaking on behalf of Group of 77 and China, made a statement "
                   "(remote; 10:07–10:12).", ""),
        (5, "e22.2", "She said that adaptation finance must double by 2030 (A/1/L.4/Rev.1).", ""),
        (6, "e22.3", "She thanked the host.", ""),
        (7, "e23", "Ms Lucía Soto (Chile) raised a point of order at 10:09. The Chair ruled: “The statement is within "
                   "the scope of the item.”", ""),
        (8, "e29", "Ms Lucía Soto (Chile) made a statement (in the hall; 10:12–10:16).", ""),
        (9, "e32", "The meeting was suspended at 10:17 until 10:30.", ""),
        (10, "e34", "The meeting was resumed at 10:31.", ""),
        (11, "e36", "Ms Awa Koné (Deputy Chair) took the Chair at 10:32.", ""),
        (12, "e37", "The item was taken up at 10:33.", ""),
        (13, "e38", "Mgr Chen Wei (Holy See), speaking as observer, made a statement (remote; 10:34–10:36).", ""),
        (14, "e40", "H.E. Ms Amina Rahal (Kenya) spoke in exercise of the right of reply (remote; 10:37–10:39).", ""),
        (15, "e42", "Decision NAIROBI/DEC.4, taken without a vote at 10:40: The Summit requests the secretariat to "
                    "publish the report on adaptation by May 2027.", "Corrected at 10:41: the month was misheard"),
        (16, "e47", "The meeting was closed at 10:45.", ""),
    ]  # fmt: skip


def test_the_masthead_tells_where_when_and_who_presided():
    made = document()
    assert (made.symbol, made.summit, made.title, made.subtitle, made.marking) == (
        "NAIROBI/SR.2", "Nairobi Summit on Climate and Water", "Plenary, 2nd meeting", "Summary record",
        "Draft, not approved",
    )  # fmt: skip
    assert [(fact.label, fact.value) for fact in made.facts] == [
        ("Held at", "Nairobi, and remotely"),
        ("Date", "Monday, 23 November 2026"),
        ("Called to order", "10:03"),
        ("Closed", "10:45"),
        ("Times are those of", "Africa/Nairobi, UTC+03:00"),
        ("Presiding", "Mr Bruno Keller (Chair), 10:03–10:32; Ms Awa Koné (Deputy Chair), 10:32–10:45"),
    ]


def test_the_annexes_count_delegations_statements_and_decisions():
    tables = {table.id: table.rows for table in document().annexes}
    assert tables["attendance"] == (
        ("Chile", "Member", "10:03–10:45", ""),
        ("Côte d’Ivoire", "Member", "10:05–10:44", ""),
        ("Holy See", "Observer", "", "10:04–10:17, 10:31–10:45"),
        ("Kenya", "Member", "", "10:03–10:45"),
    )
    assert [(row[0], row[2], row[3], row[6]) for row in tables["statements"]] == [
        ("Kenya", "on behalf of Group of 77 and China", "3", "4:00"),
        ("Chile", "", "3", "3:30"),
        ("Holy See", "as observer", "3(b)", "2:00"),
        ("Kenya", "right of reply", "3(b)", "1:58"),
    ]
    assert tables["decisions"] == (
        ("NAIROBI/DEC.4", "3(b)", "The Summit requests the secretariat to publish the report on adaptation by May 2027.",
         "without a vote"),
    )  # fmt: skip


def test_nobody_is_present_over_the_night_of_an_adjournment():
    day = timedelta(days=1)
    rows = [
        entry(1, "meeting.opened"),
        entry(2, "attendance.arrived", delegation=KENYA, mode="remote"),
        entry(3, "attendance.arrived", delegation=KENYA, mode="hall"),
        entry(4, "meeting.adjourned"),
        Entry(5, 1, "meeting.resumed", AT + day, {}),
        Entry(6, 1, "attendance.arrived", AT + day, {"delegation": KENYA, "mode": "remote"}),
        Entry(7, 1, "meeting.closed", AT + day + timedelta(minutes=9), {}),
    ]
    tables = {table.id: table.rows for table in compose(rows, language("en"), symbol="X/SR.1").annexes}
    ((_, _, hall, remote),) = tables["attendance"]
    assert hall == "07:03–07:04"
    assert remote.startswith("07:02–07:04, ") and remote.endswith("07:09")


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_tells_the_same_facts_under_the_same_ids(code):
    english = [p for p in document().paragraphs if p.kind != "prose"]
    other = [p for p in document(code).paragraphs if p.kind != "prose"]
    assert [(p.id, p.kind, p.facts) for p in other] == [(p.id, p.kind, p.facts) for p in english]


def test_names_are_the_approved_ones_of_the_language_and_fall_back():
    spanish = {p.id: p.lead for p in document("es").paragraphs}
    assert spanish["e29"] == "Sra. Lucía Soto (Chile)"
    assert spanish["e22"] == "H.E. Ms Amina Rahal (Kenya)"  # no Spanish name was approved for her
    assert document("ar").paragraphs[3].lead == "سعادة السيدة أمينة رحال (كينيا)"


@pytest.mark.parametrize(
    ("code", "who", "told"),
    [
        ("ar", {"names": {"en": {"formal": "Dr Ana Ruiz Jr."}}, "office": "chair"}, "\u2068Dr Ana Ruiz Jr.\u2069 (الرئاسة)"),
        ("ar", {"delegation": {"code": "ICRC"}}, "\u2068ICRC\u2069"),
        ("ar", {"names": {"ar": {"formal": "السيدة آنا رويز"}}, "office": "chair"}, "السيدة آنا رويز (الرئاسة)"),
        ("en", {"names": {"ar": {"formal": "السيدة آنا رويز"}}, "office": "chair"}, "\u2068السيدة آنا رويز\u2069 (Chair)"),
        ("en", {"names": {"en": {"formal": "Dr Ana Ruiz"}}, "delegation": {"code": "PE"}}, "Dr Ana Ruiz (PE)"),
    ],
)  # fmt: skip
def test_a_name_of_the_other_direction_stands_apart_in_its_sentence(code, who, told):
    assert Teller(language(code), ZoneInfo("UTC"), AT.date()).person(who) == told


def test_prose_stands_in_the_document_s_language_else_is_marked_with_its_own():
    french = [(p.text, p.language) for p in document("fr").paragraphs if p.kind == "prose"]
    assert french == [("Elle dit que le financement de l’adaptation doit doubler d’ici à 2030.", "")]
    assert [p.language for p in document("ar").paragraphs if p.kind == "prose"] == ["en", "en"]


def test_the_same_entries_give_the_same_bytes_in_any_order():
    rows = entries()
    made = [document_json(compose(given, language("ar"), symbol="X/SR.1")) for given in (rows, rows[::-1])]
    assert made[0] == made[1]


@pytest.mark.parametrize("code", ["en", "ar", "zh"])
def test_a_stored_document_is_read_back_whole(code):
    made = document(code)
    assert load(json.loads(document_json(made))) == load(as_json(made))
    assert document_json(load(json.loads(document_json(made)))) == document_json(made)


def test_a_document_of_a_newer_shape_is_refused():
    with pytest.raises(ValueError, match="version 2"):
        load(as_json(document()) | {"version": 2})


def test_an_entry_of_a_newer_version_is_refused_rather_than_guessed():
    with pytest.raises(Unreadable):
        standing([Entry(1, 2, "meeting.opened", AT, {})])


def test_an_undone_act_is_left_out_with_all_it_wrote():
    rows = [
        entry(1, "floor.given", turn=1, delegation=KENYA),
        entry(2, "floor.ended", turn=1, delegation=KENYA, used_ms=60000),
        entry(3, "floor.given", turn=2, delegation=KENYA),
        entry(4, "act.undone", undoes=3, also=[2], undone_kind="floor.given"),
    ]
    assert told(*rows) == [("e1", "Kenya has the floor (07:01–).")]


def test_an_undoing_that_is_undone_lets_the_act_stand_again():
    rows = [entry(1, "list.closed"), entry(2, "act.undone", undoes=1), entry(3, "act.undone", undoes=2)]
    assert told(*rows) == [("e1", "The list of speakers was closed at 07:01.")]


def test_prose_on_an_undone_act_is_not_lost():
    rows = [entry(1, "meeting.opened"), entry(2, "list.closed"), entry(3, "act.undone", undoes=2)]
    shown = told(*rows, notes=[Note(2, "en", "A remark.")])
    assert shown == [("e1", "The meeting was called to order at 07:01."), ("e1.2", "A remark.")]


def test_the_next_day_is_named_with_its_times():
    rows = [
        entry(1, "meeting.opened", zone="Africa/Nairobi"),
        Entry(2, 1, "meeting.closed", AT + timedelta(days=1), {"unheard": 2}),
    ]
    assert told(*rows)[1][1] == (
        "The meeting was closed at Tuesday, 24 November 2026, 10:00. "
        "2 delegations on the list of speakers had not been heard."
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "turn": st.integers(1, 4),
        "undoes": st.integers(1, 30),
        "also": st.lists(st.integers(1, 30), max_size=3),
        "corrects": st.integers(1, 30),
        "reason": st.text(max_size=10),
        "text": st.text(max_size=20),
        "ruling": st.text(max_size=10),
        "used_ms": st.integers(0, 10**7),
        "delegation": st.just(KENYA),
        "mode": st.sampled_from(["hall", "remote"]),
        "until": ANYTHING,
        "unheard": ANYTHING,
        "zone": ANYTHING,
        "value": st.text(max_size=6),
        "register": st.sampled_from(["list", "order", "reply"]),
    },
)
KINDS = sorted(TOLD | OF_A_TURN | {"act.undone", "act.corrected", "meeting.reopened", "attendance.arrived",
                                   "attendance.left", "hand.raised", "something.new"})  # fmt: skip
JOURNALS = st.lists(st.tuples(st.sampled_from(KINDS), BODIES), max_size=30).map(
    lambda rows: [entry(seq, kind, **body) for seq, (kind, body) in enumerate(rows, 1)]
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # says only how busy the machine is
@given(JOURNALS, st.lists(st.tuples(st.integers(1, 40), st.text(min_size=1, max_size=30)), max_size=4))
def test_any_journal_gives_one_document_with_whole_numbers_unique_ids_and_no_prose_lost(rows, prose):
    notes = [Note(seq, "en", text) for seq, text in dict(prose).items()]
    made = compose(rows, language("en"), symbol="X/SR.1", notes=notes)
    assert [p.number for p in made.paragraphs] == list(range(1, len(made.paragraphs) + 1))
    assert len({p.id for p in made.paragraphs}) == len(made.paragraphs)
    assert document_json(compose(list(reversed(rows)), language("en"), symbol="X/SR.1", notes=notes)) == document_json(
        made
    )
    if story(rows):
        words = " ".join(p.text for p in made.paragraphs if p.kind == "prose").split()
        assert sorted(words) == sorted(" ".join(note.text for note in notes).split())


@given(JOURNALS)
def test_an_event_covers_each_entry_once(rows):
    covered = [seq for event in story(rows) for seq in event.covers]
    assert len(covered) == len(set(covered))
    assert {event.kind for event in story(rows)} <= TOLD | BEGINS_A_TURN

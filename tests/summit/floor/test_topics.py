"""The whole small states: their shape is that of the protocol's samples, their queries do not grow with the lists."""

from datetime import timedelta

import pytest

from summit.agenda.queries import meeting_rights
from summit.chair import actions as chair
from summit.floor import actions
from summit.floor.queries import voices
from summit.floor.topics import agenda_state, desk_state, floor_state, meeting_state
from summit.models import Meeting, Paper, PaperFile
from summit.rights import may_be_heard
from tests.cast import NOW


@pytest.fixture
def meeting(opened):
    return opened.meeting.pk


def fresh(meeting: int) -> Meeting:
    return Meeting.objects.select_related("item", "summit").get(pk=meeting)


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


def test_the_floor_takes_as_many_queries_with_three_hands_as_with_one(opened, meeting, django_assert_num_queries):
    for who in (opened.amina, opened.lucia, opened.chen):
        actions.raise_hand(meeting, by=who, now=NOW)
        actions.raise_hand(meeting, by=who, now=NOW, register="reply")
        now = fresh(meeting)
        with django_assert_num_queries(3):
            floor_state(now, NOW)


def test_the_agenda_and_the_desk_take_as_many_queries_with_three_rows_as_with_one(
    opened, meeting, django_assert_num_queries
):
    for i in range(3):
        paper = Paper.objects.create(
            summit=opened.summit, item=opened.item, symbol=f"A/1/L.{i}", titles={"en": "Draft"}
        )
        PaperFile.objects.create(paper=paper, language="en", kind="pdf", size=10)
        chair.decide(meeting, text="Adopted", by=opened.bruno, now=NOW)
        now = fresh(meeting)
        with django_assert_num_queries(4):
            agenda_state(now)
        with django_assert_num_queries(3):
            desk_state(now, NOW)


def test_the_agenda_lists_items_in_the_order_of_the_programme_with_their_papers(opened, meeting):
    paper = Paper.objects.create(summit=opened.summit, item=opened.item, symbol="A/1/L.1", titles={"en": "Draft"})
    file = PaperFile.objects.create(paper=paper, language="fr", kind="pdf", size=10)
    Paper.objects.create(summit=opened.summit, item=opened.item, symbol="A/1/L.2", access="restricted")
    actions.raise_hand(meeting, by=opened.amina, now=NOW)
    actions.raise_hand(meeting, by=opened.lucia, now=NOW, register="order")  # not counted: it is not on a list
    assert agenda_state(fresh(meeting)) == {
        "items": [
            {
                "id": opened.item.pk, "number": "3", "titles": {"en": "Climate finance"}, "depth": 0,
                "list_state": "open", "unheard": 1,
                "papers": [
                    {
                        "id": paper.pk, "symbol": "A/1/L.1", "titles": {"en": "Draft"},
                        "files": [{"id": file.pk, "language": "fr", "kind": "pdf", "size": 10}],
                    }
                ],
            },
            {
                "id": opened.subitem.pk, "number": "3(b)", "titles": {"en": "Adaptation"}, "depth": 1,
                "list_state": "open", "unheard": 0, "papers": [],
            },
        ]
    }  # fmt: skip


def test_the_meeting_says_what_it_is_and_whether_it_is_on_the_record(opened, meeting):
    state = meeting_state(fresh(meeting))
    assert state == {
        "id": meeting, "state": "open", "openness": "open", "speech": "rostrum", "chat": "secretariat",
        "screens": "one",
        "silenced": False, "presiding": opened.bruno.pk, "item": opened.item.pk,
        "titles": {"en": "Plenary, 1st meeting"}, "resumes_at": None,
        "opened_at": "2026-11-23T09:00:00.000000+00:00", "closed_at": None, "recording": None, "recorded": True,
        "zone": "Africa/Nairobi", "starts_at": "2026-11-23T10:00:00.000000+00:00",
    }  # fmt: skip
    chair.close(meeting, unheard=0, by=opened.bruno, now=NOW)
    assert meeting_state(fresh(meeting))["recorded"] is False  # the room lingers off the record


def test_the_desk_shows_the_last_act_that_can_still_be_undone(opened, meeting):
    turn = actions.raise_hand(meeting, by=opened.amina, now=NOW)
    actions.give_floor(meeting, turn.pk, by=opened.omar, now=later(1))
    state = desk_state(fresh(meeting), later(5))
    assert state["undo"] == {"entry": 4, "kind": "floor.given", "until": "2026-11-23T09:00:11.000000+00:00"}
    assert [act["kind"] for act in state["acts"]] == ["floor.given", "item.taken", "meeting.opened"]
    facts = state["acts"][0]["facts"]
    assert (facts["by"], facts["undone"], facts["delegation"]["code"]) == (opened.omar.pk, False, "KE")
    assert desk_state(fresh(meeting), later(12))["undo"] is None


def test_the_last_five_heard_the_newest_first(opened, meeting):
    for i in range(7):
        turn = actions.raise_hand(meeting, by=opened.amina, now=later(10 * i))
        actions.give_floor(meeting, turn.pk, by=opened.bruno, now=later(10 * i + 1))
        actions.end_floor(meeting, turn.pk, by=opened.amina, now=later(10 * i + 5))
    heard = floor_state(fresh(meeting), later(100))["heard"]
    assert len(heard) == 5 and heard[0]["id"] == turn.pk and heard[0]["used_ms"] == 4000


def test_before_an_item_is_taken_there_is_no_list(house):
    chair.open_meeting(house.meeting.pk, by=house.bruno, now=NOW)
    state = floor_state(fresh(house.meeting.pk), NOW)
    assert (state["item"], state["list_state"], state["list"], state["speaking"]) == (None, "closed", [], None)


def test_in_rostrum_the_chair_the_speaker_and_whoever_raises_the_point_being_heard_are_heard(opened, meeting):
    def audible() -> set[str]:
        now = fresh(meeting)
        return {
            name
            for name in ("amina", "bruno", "lucia", "dana")
            if may_be_heard(
                getattr(opened, name).pk,
                meeting_rights(getattr(opened, name), now, NOW),
                speech=now.speech,
                presiding=now.presiding_id,
                voices=voices(now),
                silenced=now.silenced,
            )
        }

    assert audible() == {"bruno"}
    turn = actions.raise_hand(meeting, by=opened.amina, now=NOW)
    actions.give_floor(meeting, turn.pk, by=opened.bruno, now=NOW)
    assert audible() == {"bruno", "amina"}
    order = actions.raise_hand(meeting, by=opened.lucia, now=NOW, register="order")
    actions.give_floor(meeting, order.pk, by=opened.bruno, now=NOW)
    assert audible() == {"bruno", "lucia"}
    actions.rule(meeting, order.pk, ruling="Noted", by=opened.bruno, now=NOW)
    assert audible() == {"bruno", "amina"}
    chair.set_speech(meeting, "discussion", by=opened.bruno, now=NOW)
    assert audible() == {"bruno", "amina", "lucia", "dana"}
    chair.silence(meeting, True, by=opened.bruno, now=NOW)
    assert audible() == {"bruno"}

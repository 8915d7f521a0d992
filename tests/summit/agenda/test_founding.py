"""A summit from a template, or as an earlier one was planned."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from summit.agenda import actions
from summit.agenda.blueprints import CODES, TEMPLATES
from summit.agenda.founding import blueprint_of, found_from
from summit.errors import Refused
from summit.models import Entry, Summit
from summit.record.queries import faults
from tests.cast import NOW, make_cast, make_organiser

SUMMIT: dict[str, Any] = {
    "slug": "next", "names": {"en": {"short": "Next", "formal": "The Next Summit"}}, "zone": "Europe/Berlin",
    "languages": ["en"], "protocol_language": "en", "opens_on": date(2027, 3, 27), "closes_on": date(2027, 4, 2),
}  # fmt: skip


@pytest.mark.parametrize("key", TEMPLATES)
def test_each_template_makes_a_summit_whose_meetings_take_its_items(cast, organiser, key):
    summit = found_from(by=organiser, now=NOW, template=key, **SUMMIT)
    drafted = TEMPLATES[key].make()
    assert [item.number for item in summit.items.all()] == [item.number for item in drafted.items]
    assert all(set(item.titles) == set(CODES) for item in summit.items.all())
    assert [meeting.slug for meeting in summit.meetings.all()] == [one.slug for one in drafted.meetings]
    taken = {item.number for meeting in summit.meetings.all() for item in meeting.items.all()}
    parents = {item.parent.number for item in summit.items.all() if item.parent}
    assert taken | parents == {item.number for item in drafted.items}  # nothing on the agenda that no meeting takes
    assert summit.delegations.get().code == "SEC"
    assert not list(faults(summit.pk))


def test_wall_times_stay_when_the_clocks_change_between_the_days(cast, organiser):
    summit = found_from(
        by=organiser, now=NOW, template="general-assembly", **SUMMIT
    )  # 28 March 2027: an hour is skipped
    first, later = summit.meetings.get(slug="plenary-1"), summit.meetings.get(slug="plenary-3")
    assert (first.day, first.time, first.starts_at.hour) == (date(2027, 3, 27), time(10), 9)
    assert (later.day, later.time, later.starts_at.hour) == (date(2027, 3, 28), time(10), 8)


def test_last_years_summit_moves_with_its_delegations_but_without_its_people_and_papers(cast, organiser):
    source = cast.summit
    actions.give_office(cast.meeting.pk, cast.bruno.pk, "chair", by=organiser, now=NOW)
    summit = found_from(by=organiser, now=NOW, source_id=source.pk, with_delegations=True, **SUMMIT)
    assert blueprint_of(summit) == blueprint_of(source)
    (meeting,) = summit.meetings.all()
    assert (meeting.day, meeting.time, meeting.zone) == (date(2027, 3, 27), time(13), "Europe/Berlin")
    assert set(summit.delegations.values_list("code", flat=True)) == set(
        source.delegations.values_list("code", flat=True)
    )
    assert summit.delegations.get(code="KE").names == source.delegations.get(code="KE").names
    places = dict(summit.delegations.values_list("code", "order__en"))
    assert places["CL"] < places["KE"] < places["VA"]  # members by name, then observers
    assert [one.person for one in summit.accreditations.all()] == [organiser]
    assert not meeting.offices.exists() and not summit.papers.exists()
    kinds = list(Entry.objects.filter(summit=summit).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["summit.founded", "delegations.seated", "item.added", "item.added", "meeting.planned"]


def test_delegations_stay_behind_unless_asked_for(cast, organiser):
    summit = found_from(by=organiser, now=NOW, source_id=cast.summit.pk, **SUMMIT)
    assert [one.code for one in summit.delegations.all()] == ["SEC"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"template": "circus"}, "blueprint.unknown"),
        ({"template": "conference-of-parties", "closes_on": date(2027, 3, 29)}, "blueprint.days"),
        ({"template": "leaders-summit", "slug": "No Slug"}, "summit.slug"),
        ({"template": "leaders-summit", "zone": "Mars/Olympus"}, "zone.unknown"),
    ],
)
def test_what_is_refused_makes_nothing(cast, organiser, change, code):
    with pytest.raises(Refused) as refused:
        found_from(by=organiser, now=NOW, **{**SUMMIT, **change})
    assert refused.value.code == code
    assert Summit.objects.count() == 1


def test_a_summit_one_does_not_organise_is_no_beginning(cast, organiser):
    other = make_cast("other", at="other.example")
    make_organiser(other.summit, "Olga Other")
    with pytest.raises(Refused) as refused:
        found_from(by=organiser, now=NOW, source_id=other.summit.pk, **SUMMIT)
    assert refused.value.code == "blueprint.unknown"

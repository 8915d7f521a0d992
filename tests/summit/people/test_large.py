"""The large summit: the same to the letter each time, in six scripts, and built as an organiser would."""

import unicodedata
from collections import Counter

import pytest
from django.utils import timezone

from bench import pages
from summit.management.demo import crowd
from summit.management.demo.large import build_large
from summit.models import Credentials, Entry, Person, Summit
from summit.record.queries import faults
from tests.cast import NOW


def test_names_are_alike_in_every_build_and_nobody_of_a_delegation_has_anothers():
    seats = list(crowd.seats(600))
    assert len(seats) == 600 and [crowd.names(*seat) for seat in seats] == [crowd.names(*seat) for seat in seats]
    shorts = Counter(crowd.names(code, place)["en"]["short"] for code, place in seats)
    assert shorts.most_common(1)[0][1] == 1


def test_names_are_written_in_six_scripts():
    letters = {char for code, place in crowd.seats(600) for forms in crowd.names(code, place).values()
               for text in forms.values() for char in text if char.isalpha()}  # fmt: skip
    scripts = {unicodedata.name(letter).split()[0] for letter in letters}
    assert {"LATIN", "ARABIC", "CYRILLIC", "CJK", "GREEK", "DEVANAGARI"} <= scripts


@pytest.mark.django_db
def test_193_members_are_seated_with_their_people_and_the_journal_tells_each_table_once():
    summit, made = build_large(NOW, people=30)
    assert made and build_large(NOW) == (summit, False)
    assert summit.delegations.filter(category="member").count() == 193
    assert Person.objects.filter(accreditations__summit=summit, accreditations__state="approved").count() == 31
    kinds = Counter(Entry.objects.filter(summit=summit).values_list("kind", flat=True))
    assert kinds["import.applied"] == 3
    assert Credentials.objects.filter(delegation__summit=summit, state="accepted").count() > 100
    assert summit.meetings.count() >= 3 and summit.papers.count() == 60
    assert Summit.objects.get() == summit and list(faults(summit.pk)) == []
    every_page_of_the_bench_answers_with_few_queries(summit)


def every_page_of_the_bench_answers_with_few_queries(summit):
    """What `bench pages` asks at this size; its figures are for quiet machines."""
    clients, meeting = pages.under_way(summit, timezone.now())
    todo = pages.pages(meeting)
    asked = {name: pages.queries(clients[who], address) for name, who, address in todo}
    told = pages.report({name: [0.001, 0.003] for name in [*asked, "bare view"]}, asked, 1.0)["pages"]
    assert set(told) == {*asked, "bare view"} and min(asked.values()) > 0 and max(asked.values()) < 50, asked
    assert told["home"]["median_ms"] == 2.0 and told["home"]["queries"] == asked["home"]

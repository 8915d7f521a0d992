"""How many may come: the delegation's number before its category's, and that before the summit's."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from summit.accreditation import decisions
from summit.accreditation.nominations import Asked, nominate_member
from summit.accreditation.quotas import Limit, limits_of, set_quota
from summit.delegations.actions import Seating, seat_all
from summit.models import Entry, FocalPoint, Quota
from summit.record.queries import faults
from tests.cast import NOW

RULES = "/s/test/accreditation/rules/"
PEOPLE = "/s/test/delegations/KE/people/"


@pytest.fixture
def rules(cast, organiser):
    decisions.set_rules(cast.summit.pk, by=organiser, now=NOW, nominate_until=None, hall_quota=5, remote_quota=9)


@pytest.fixture
def staff(organiser):
    browser = Client()
    browser.force_login(organiser.account, "django.contrib.auth.backends.ModelBackend")
    return browser


def nominated(home, by, *names):
    for name in names:
        nominate_member(home.pk, Asked({"en": {"short": name}}, "adviser"), by=by, now=NOW)


def test_the_most_particular_number_holds_each_place_on_its_own(cast, organiser, rules):
    assert limits_of(cast.kenya) == {"hall": Limit(5, "summit"), "remote": Limit(9, "summit")}
    set_quota(cast.summit.pk, by=organiser, now=NOW, category="member", hall=6)
    assert limits_of(cast.kenya) == {"hall": Limit(6, "category"), "remote": Limit(9, "summit")}
    assert limits_of(cast.observer) == {"hall": Limit(5, "summit"), "remote": Limit(9, "summit")}
    set_quota(cast.summit.pk, by=organiser, now=NOW, delegation_id=cast.kenya.pk, hall=40, remote=0)
    assert limits_of(cast.kenya) == {"hall": Limit(40, "delegation"), "remote": Limit(0, "delegation")}
    assert limits_of(cast.chile)["hall"] == Limit(6, "category")
    set_quota(cast.summit.pk, by=organiser, now=NOW, delegation_id=cast.kenya.pk)
    assert limits_of(cast.kenya)["hall"] == Limit(6, "category"), "no number of its own any more"
    secretariat = cast.summit.delegations.get(code="SEC")
    assert limits_of(secretariat) == {}


def test_the_number_that_applies_is_refused_by_and_named(cast, organiser, rules, refused):
    set_quota(cast.summit.pk, by=organiser, now=NOW, category="member", hall=3)
    set_quota(cast.summit.pk, by=organiser, now=NOW, delegation_id=cast.kenya.pk, hall=2)
    nominated(cast.kenya, organiser, "First One")
    with refused("quota.hall"):
        nominated(cast.kenya, organiser, "Second One")
    page = Client()
    page.force_login(organiser.account, "django.contrib.auth.backends.ModelBackend")
    typed = {"short": "Second One", "language": "en", "function": "adviser", "place": "hall"}
    assert "Your delegation has 2 places in the hall" in page.post(PEOPLE + "new/", typed).content.decode()
    nominated(cast.chile, organiser, "Pedro Gil", "Rosa Gil")  # Lucía counts: three
    with refused("quota.hall"):
        nominated(cast.chile, organiser, "Luz Gil")


def test_what_was_set_stands_in_the_journal(cast, organiser, rules):
    set_quota(cast.summit.pk, by=organiser, now=NOW, category="observer", hall=2)
    set_quota(cast.summit.pk, by=organiser, now=NOW, delegation_id=cast.kenya.pk, remote=3)
    set_quota(cast.summit.pk, by=organiser, now=NOW, category="observer")
    told = Entry.objects.filter(summit=cast.summit, kind="accreditation.quota_set").order_by("seq")
    assert [
        (
            one.audience,
            one.body["category"],
            (one.body["delegation"] or {}).get("code"),
            one.body["hall"],
            one.body["remote"],
        )
        for one in told
    ] == [
        ("officers", "observer", None, 2, None),
        ("officers", "", "KE", None, 3),
        ("officers", "observer", None, None, None),
    ]
    assert [row.delegation for row in Quota.objects.all()] == [cast.kenya] and not list(faults(cast.summit.pk))


@pytest.mark.parametrize("who", ["amina", "bruno", "dana", "eve"])
def test_nobody_but_the_desk_sets_a_quota(cast, refused, who):
    with refused("desk.required"):
        set_quota(cast.summit.pk, by=getattr(cast, who), now=NOW, category="observer", hall=2)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, "quota.whom"),
        ({"category": "circus"}, "quota.whom"),
        ({"category": "secretariat"}, "quota.whom"),
        ({"delegation_id": 10**6}, "quota.whom"),
        ({"category": "member", "hall": 0}, "quota.number"),
        ({"category": "member", "hall": 1000}, "quota.number"),
        ({"category": "member", "remote": -1}, "quota.number"),
    ],
)
def test_nonsense_is_refused(cast, organiser, refused, values, code):
    with refused(code):
        set_quota(cast.summit.pk, by=organiser, now=NOW, **({"hall": 2} | values))
    with refused("quota.whom"):
        set_quota(cast.summit.pk, by=organiser, now=NOW, category="member", delegation_id=cast.kenya.pk, hall=2)
    assert not Quota.objects.exists()


def test_the_desk_sets_and_removes_them_on_its_page_and_the_focal_point_reads_theirs(cast, staff, rules):
    FocalPoint.objects.create(delegation=cast.kenya, person=cast.amina, named_at=NOW)
    focal = Client()
    focal.force_login(cast.amina.account, "django.contrib.auth.backends.ModelBackend")
    assert "1 of 5" in focal.get(PEOPLE).content.decode()
    staff.post(RULES, {"step": "quota", "whom": "member", "hall": "6", "remote": ""})
    page = focal.get(PEOPLE).content.decode()
    assert "1 of 6" in page and "set for the category “Member”" in page
    staff.post(RULES, {"step": "quota", "whom": cast.kenya.pk, "hall": "40", "remote": ""})
    page = focal.get(PEOPLE).content.decode()
    assert "1 of 40" in page and "set for your delegation" in page
    page = staff.get(RULES).content.decode()
    assert page.count('value="no_quota"') == 2 and "<strong>40</strong>" in page
    staff.post(RULES, {"step": "no_quota", "whom": cast.kenya.pk})
    assert "1 of 6" in focal.get(PEOPLE).content.decode()
    staff.post(RULES, {"step": "no_quota", "whom": "member"})
    assert not Quota.objects.exists()
    assert "Give at least one number." in staff.post(RULES, {"step": "quota", "whom": "member"}).content.decode()
    for nonsense in ("", "²", "9" * 30):
        assert staff.post(RULES, {"step": "no_quota", "whom": nonsense}).status_code == 302
    assert focal.post(RULES, {"step": "quota", "whom": "member", "hall": "6"}).status_code == 404


@pytest.mark.parametrize("path", [RULES, PEOPLE])
def test_pages_cost_the_same_however_many_quotas(cast, staff, organiser, rules, path):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(path).status_code == 200
        return len(queries)

    rows = [Seating(code, "member", {"en": {"short": code}}) for code in ("AA", "AB", "AC")]
    first, *others = seat_all(cast.summit.pk, rows, by=organiser, now=NOW)
    set_quota(cast.summit.pk, by=organiser, now=NOW, delegation_id=first.pk, hall=2)
    small = cost()
    for other in others:
        set_quota(cast.summit.pk, by=organiser, now=NOW, delegation_id=other.pk, hall=2)
    assert cost() == small

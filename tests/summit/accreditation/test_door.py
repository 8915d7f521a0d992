import base64
import io
import json
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from summit.accreditation import decisions, door
from summit.accreditation.badges import code_of, digest_of, issue_badge, typed_code
from summit.accreditation.checkin import PICTURES
from summit.accreditation.models import Scan
from summit.accreditation.photos import BUDGET, SMALL, keep_photo
from summit.attendance.actions import leave
from summit.attendance.models import Presence
from summit.credentials.staff import give_task
from summit.models import Accreditation, Entry, Membership
from summit.record.queries import faults
from tests.cast import NOW, accredit, make_cast, person

BASE = "/s/test/check-in/"


@pytest.fixture
def keeper(cast, organiser):
    """Kim stands at the door; that is the only task they have."""
    kim = person("Kim Door")
    accredit(kim, cast.summit)
    give_task(cast.summit.pk, kim.pk, "check_in", by=organiser, now=NOW)
    kim.account.refresh_from_db()
    return kim


@pytest.fixture
def badge(cast, organiser):
    return issue_badge(Accreditation.objects.get(person=cast.amina).pk, by=organiser, now=NOW)


def held_up(cast, code, by, *, key=None, at=NOW, now=NOW):
    return door.scan(cast.meeting.pk, code, key=key or uuid.uuid4(), at=at, by=by, now=now)


def test_a_valid_badge_comes_in_and_its_delegation_is_present_in_the_hall(cast, keeper, badge):
    seen = held_up(cast, code_of(badge), keeper, at=NOW - timedelta(minutes=3))
    assert (seen.scan.outcome, seen.scan.by, seen.scan.at) == ("in", keeper, NOW - timedelta(minutes=3))
    there = Presence.objects.get(left_at=None)
    assert (there.delegation, there.mode, there.meeting) == (cast.kenya, "hall", cast.meeting)
    said = Entry.objects.get(kind="badge.scanned").body
    assert said["actor"]["names"]["en"]["short"] == "Kim Door" and said["subject"]["delegation"]["code"] == "KE"
    assert list(faults(cast.summit.pk)) == []


def test_a_scan_that_comes_late_brings_back_nobody_who_left_meanwhile(cast, keeper, badge):
    held_up(cast, code_of(badge), keeper, at=NOW - timedelta(hours=3), now=NOW - timedelta(hours=3))
    leave(cast.meeting.pk, cast.kenya.pk, "hall", by=None, now=NOW - timedelta(hours=1))
    late = held_up(cast, code_of(badge), keeper, at=NOW - timedelta(hours=2), now=NOW)
    assert late.scan.outcome == "again" and not Presence.objects.filter(left_at=None).exists()
    held_up(cast, code_of(badge), keeper)
    assert Presence.objects.get(left_at=None).delegation == cast.kenya, "they came in again"


def test_a_telephone_may_send_a_scan_twice_and_it_counts_once(cast, keeper, badge):
    key = uuid.uuid4()
    first, again = (held_up(cast, code_of(badge), keeper, key=key) for _ in range(2))
    assert first.scan == again.scan and again.scan.outcome == "in" and again.first is None
    assert Scan.objects.count() == 1 and Entry.objects.filter(kind="badge.scanned").count() == 1


def test_a_second_use_names_when_and_by_whom_it_was_used_first_on_whatever_badge(cast, organiser, keeper, badge):
    held_up(cast, typed_code(badge).lower(), keeper, at=NOW - timedelta(hours=1))
    again = issue_badge(badge.accreditation_id, by=organiser, now=NOW)
    seen = held_up(cast, code_of(again), organiser)
    assert seen.scan.outcome == "again"
    assert (seen.first.by, seen.first.at) == (keeper, NOW - timedelta(hours=1))
    assert held_up(cast, code_of(badge), keeper).scan.outcome == "void"


def test_void_withdrawn_and_foreign_badges_let_nobody_in(cast, organiser, keeper, badge):
    other = make_cast("other", "other.org")
    foreign = issue_badge(other.summit.accreditations.first().pk, by=None, now=NOW)
    number = badge.number
    for code in (
        code_of(foreign),
        f"{number}-AAAAAAAAAAAAAAAAAAAA",
        f"{number}",
        "99-ABCD-EFGH",
        "",
        "²-ABCD",
        "x" * 90,
    ):
        assert held_up(cast, code, keeper).scan.outcome == "unknown"
    decisions.withdraw(badge.accreditation_id, by=organiser, now=NOW)
    assert held_up(cast, code_of(badge), keeper).scan.outcome == "withdrawn"
    assert not Presence.objects.exists()


def test_the_places_of_a_delegation_in_this_hall_hold_at_the_door(cast, organiser, keeper, badge):
    joseph = person("Joseph Mwangi")
    accredit(joseph, cast.summit)
    Membership.objects.create(person=joseph, delegation=cast.kenya, function="adviser")
    other = issue_badge(joseph.accreditations.get().pk, by=organiser, now=NOW)
    decisions.set_hall_places(cast.meeting.pk, 1, by=organiser, now=NOW)
    assert held_up(cast, code_of(badge), keeper).scan.outcome == "in"
    assert held_up(cast, code_of(other), keeper).scan.outcome == "full"
    decisions.set_hall_places(cast.meeting.pk, None, by=organiser, now=NOW)
    assert held_up(cast, code_of(other), keeper).scan.outcome == "in"


def test_another_number_for_one_delegation_comes_before_the_one_for_each(cast, organiser, keeper, badge, refused):
    own = {"by": organiser, "now": NOW, "delegation_id": cast.kenya.pk}
    joseph = person("Joseph Mwangi")
    accredit(joseph, cast.summit)
    Membership.objects.create(person=joseph, delegation=cast.kenya, function="adviser")
    other = issue_badge(joseph.accreditations.get().pk, by=organiser, now=NOW)
    decisions.set_hall_places(cast.meeting.pk, 1, by=organiser, now=NOW)
    decisions.set_hall_places(cast.meeting.pk, 2, **own)
    kept = door.known_to(cast.summit, NOW)["meetings"][0]
    assert (kept["each"], kept["own"]) == (1, {cast.kenya.pk: 2})
    assert [held_up(cast, code_of(one), keeper).scan.outcome for one in (badge, other)] == ["in", "in"]
    Scan.objects.all().delete()
    decisions.set_hall_places(cast.meeting.pk, None, **own)
    assert [held_up(cast, code_of(one), keeper).scan.outcome for one in (badge, other)] == ["in", "full"]
    secretariat = cast.summit.delegations.get(category="secretariat")
    with refused("quota.whom"):
        decisions.set_hall_places(cast.meeting.pk, 2, by=organiser, now=NOW, delegation_id=secretariat.pk)
    assert [row.each for row in cast.meeting.hall_places.all()] == [1]


def test_a_meeting_that_is_over_takes_note_of_the_scan_but_of_no_presence(cast, keeper, badge):
    cast.meeting.state = "closed"
    cast.meeting.save()
    assert held_up(cast, code_of(badge), keeper).scan.outcome == "in"
    assert not Presence.objects.exists()


def test_the_telephones_clock_never_runs_ahead(cast, keeper, badge):
    assert held_up(cast, code_of(badge), keeper, at=NOW + timedelta(days=1)).scan.at == NOW


@pytest.mark.parametrize("who", ["amina", "bruno", "dana", "eve", "chen"])
def test_nobody_else_checks_badges(cast, badge, refused, who):
    with refused("door.required"):
        held_up(cast, code_of(badge), getattr(cast, who))
    assert not Scan.objects.exists()


def signed_in(who):
    browser = Client()
    browser.force_login(who.account, "django.contrib.auth.backends.ModelBackend")
    return browser


def test_the_door_opens_nothing_but_the_door(cast, keeper):
    kim = signed_in(keeper)
    for path in ("", "list.json", "photos.json?of=1", "worker.js"):
        assert kim.get(BASE + path).status_code == 200
        assert signed_in(cast.dana).get(BASE + path).status_code == 404
    for path in ("/s/test/accreditation/", "/s/test/accreditation/rules/", "/s/test/delegations/KE/people/"):
        assert kim.get(path).status_code == 404
    assert kim.get(BASE + "worker.js")["Content-Type"].startswith("text/javascript")


def test_the_list_for_a_telephone_holds_digests_and_no_code(cast, organiser, keeper, badge):
    again = issue_badge(badge.accreditation_id, by=organiser, now=NOW)
    held_up(cast, code_of(again), keeper)
    answer = signed_in(keeper).get(BASE + "list.json")
    known = answer.json()
    states = {known["badges"][digest_of(code)]["state"] for code in (code_of(again), typed_code(again))}
    assert states == {"valid"} and known["badges"][digest_of(code_of(badge))]["state"] == "void"
    assert known["badges"][digest_of(code_of(again))]["in"] == {str(cast.meeting.pk): NOW.isoformat()}
    assert [one["id"] for one in known["meetings"]] == [cast.meeting.pk] and known["csrf"]
    for code in (code_of(again), typed_code(again)):
        assert code not in answer.content.decode() and code.split("-")[1] not in answer.content.decode()


def photographed(cast, *people):
    """They have badge photos that are harder to encode than any face. {accreditation: photo}"""
    made = io.BytesIO()
    Image.effect_noise((480, 640), 90).convert("RGB").save(made, "JPEG", quality=88)
    rows = [Accreditation.objects.get(person=one) for one in people]
    return {row.pk: keep_photo(row.pk, made.getvalue(), by=None, now=NOW) for row in rows}


def test_the_telephone_fetches_small_photos_of_those_who_may_enter_and_of_nobody_else(cast, organiser, keeper, badge):
    kept = photographed(cast, cast.amina, cast.lucia)
    other = make_cast("other", "other.org")
    foreign = photographed(other, other.amina)
    everybody = ",".join(map(str, [*kept, *foreign, 999_999]))
    kim, asked = signed_in(keeper), f"{BASE}photos.json?of={everybody}"
    told = kim.get(asked).json()["photos"]
    assert set(told) == {str(pk) for pk in kept}
    for data in told.values():
        content = base64.b64decode(data)
        assert Image.open(io.BytesIO(content)).size == SMALL and len(content) <= BUDGET
    marks = {one["who"]: one["photo"] for one in kim.get(f"{BASE}list.json").json()["badges"].values()}
    assert marks == {badge.accreditation_id: kept[badge.accreditation_id].sha256[:16]}
    decisions.withdraw(badge.accreditation_id, by=organiser, now=NOW)
    assert set(kim.get(asked).json()["photos"]) == {str(pk) for pk in kept if pk != badge.accreditation_id}
    assert {one["photo"] for one in kim.get(f"{BASE}list.json").json()["badges"].values()} == {""}
    for stranger in (cast.amina, cast.bruno, cast.dana, other.dana):
        assert signed_in(stranger).get(asked).status_code == 404
    for wrong in ("", "x", "1,", "-1", ",".join(["1"] * (PICTURES + 1)), "9" * 20):
        assert kim.get(f"{BASE}photos.json?of={wrong}").status_code == 400
    for photo in (*kept.values(), *foreign.values()):
        photo.file.delete(save=False)
    assert kim.get(asked).json()["photos"] == {}, "a file that is gone is no fault"


def test_photos_cost_one_query_however_many(cast, keeper):
    kept = photographed(cast, cast.amina, cast.lucia, cast.chen)

    def cost(wanted):
        with CaptureQueriesContext(connection) as queries:
            assert len(door.photos_of(cast.summit, wanted)) == len(wanted)
        return len(queries)

    assert (cost([*kept][:1]), cost([*kept])) == (1, 1)
    for photo in kept.values():
        photo.file.delete(save=False)


def test_scans_are_sent_as_one_message_and_answered_each(cast, keeper, badge):
    kim = signed_in(keeper)
    one = {
        "key": str(uuid.uuid4()),
        "meeting": cast.meeting.pk,
        "code": code_of(badge),
        "at": timezone.now().isoformat(),
    }
    other = one | {"key": str(uuid.uuid4())}
    elsewhere = one | {"key": str(uuid.uuid4()), "meeting": make_cast("other", "other.org").meeting.pk}

    def send(body):
        return kim.post(BASE + "scans/", body, content_type="application/json")

    answers = send(json.dumps({"scans": [one, other, elsewhere]})).json()["answers"]
    assert [answer["outcome"] for answer in answers] == ["in", "again"]
    assert answers[1]["by"] == "Kim Door" and answers[1]["entry"]["name"] == "Amina Rahal"
    assert {(answer["entry"]["delegation"], answer["entry"]["home"]) for answer in answers} == {
        ("Kenya", cast.kenya.pk)
    }
    for wrong in ("", "[]", "{}", json.dumps({"scans": [{"key": "x"}]}), json.dumps({"scans": [one | {"at": "noon"}]})):
        assert send(wrong).status_code == 400


def test_the_list_costs_the_same_however_many(cast, organiser, keeper):
    def cost(made):
        with CaptureQueriesContext(connection) as queries:
            assert len(door.known_to(cast.summit, NOW)["badges"]) == made * 2
        return len(queries)

    costs = []
    for made, row in enumerate(Accreditation.objects.filter(person__in=[cast.amina, cast.lucia, cast.chen]), start=1):
        held_up(cast, code_of(issue_badge(row.pk, by=organiser, now=NOW)), keeper)
        costs.append(cost(made))
    assert costs[0] == costs[2]

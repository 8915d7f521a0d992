"""The seating plan of a summit: set by an organiser, drawn for everybody who may see the order, printed."""

from __future__ import annotations

import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from summit.delegations import actions as delegations
from summit.models import Entry, HallPlan
from summit.seating.actions import set_hall
from summit.seating.queries import seating_of
from tests.cast import NOW, Cast, delegation

HALL = {"rows": 3, "blocks": [4, 5], "places": 2, "begins": "left"}


def order(cast: Cast) -> list[tuple[str, int, int]]:
    seating = seating_of(cast.summit, cast.meeting, NOW)
    return [(row.code, desk.row, desk.first) for row, desk in seating.lines if desk]


@pytest.fixture
def seated(cast: Cast, organiser) -> Cast:
    for code, name in (("NO", "Norway"), ("PE", "Peru")):
        delegations.create_delegation(
            cast.summit.pk, by=organiser, now=NOW, code=code, category="member", names={"en": {"short": name}}
        )
    set_hall(cast.summit.pk, by=organiser, now=NOW, **HALL)
    return cast


def test_members_sit_from_the_one_drawn_then_observers_and_the_secretariat_on_the_podium(seated, organiser):
    assert order(seated) == [("CL", 1, 1), ("KE", 1, 3), ("NO", 1, 5), ("PE", 1, 7), ("VA", 2, 1)]
    delegations.commit_draw(seated.summit.pk, by=organiser, now=NOW)
    first = delegations.draw_first(seated.summit.pk, "ocean", by=organiser, now=NOW).first.code
    codes = [code for code, _row, _seat in order(seated)]
    members = ["CL", "KE", "NO", "PE"]
    at = members.index(first)
    assert codes == [*members[at:], *members[:at], "VA"]
    seating = seating_of(seated.summit, seated.meeting, NOW)
    assert [office.kind for office in seating.officers] == ["chair", "secretary"]
    assert [row.code for row in seating.services] == ["SEC"] and seating.free_rows == 1


def test_the_plan_keeps_the_order_the_summit_sits_by_in_whatever_language_it_is_read(seated, organiser, client):
    """In French Kenya may stand first; the hall has one order, here read with French names."""
    for row in (seated.observer, seated.kenya):
        row.refresh_from_db()
    seated.observer.names["fr"] = {"short": "Saint-Siège"}
    seated.observer.save()
    seated.kenya.order |= {"fr": 1}
    seated.kenya.save()
    page = signed(client, seated.amina).get(reverse("seating", args=["test"]), headers={"accept-language": "fr"})
    names = re.findall(r'<th scope="row"><img[^>]*> <bdi>([^<]*)</bdi>', page.content.decode())
    assert names == ["Chile", "Kenya", "Norway", "Peru", "Saint-Siège"]


def signed(client: Client, who) -> Client:
    client.force_login(who.account, "django.contrib.auth.backends.ModelBackend")
    return client


def test_only_an_organiser_sets_the_hall_and_the_journal_tells_it(cast, organiser, refused):
    with refused("organiser.required"):
        set_hall(cast.summit.pk, by=cast.dana, now=NOW, **HALL)
    set_hall(cast.summit.pk, by=organiser, now=NOW, **HALL)
    set_hall(cast.summit.pk, by=organiser, now=NOW, **HALL | {"places": 3})
    told = Entry.objects.filter(kind="hall.planned").order_by("seq").last().body
    assert {name: told[name] for name in HALL} == HALL | {"places": 3} and HallPlan.objects.get().places == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"rows": 0}, "hall.size"), ({"blocks": []}, "hall.size"), ({"blocks": [4, 41]}, "hall.size"),
     ({"places": 13}, "hall.size"), ({"begins": "middle"}, "hall.size"), ({"places": 6}, "hall.narrow")],
)  # fmt: skip
def test_a_hall_that_seats_nobody_is_refused(cast, organiser, refused, changes, code):
    with refused(code):
        set_hall(cast.summit.pk, by=organiser, now=NOW, **HALL | changes)
    assert not HallPlan.objects.exists()


def test_an_organiser_types_the_hall_in_and_sees_what_is_wrong(cast, organiser, client):
    signed(client, organiser)
    form = reverse("seating_hall", args=["test"])
    wrong = client.post(form, {"rows": "3", "blocks": "4, x", "places": "2", "begins": "left"})
    assert "Write numbers with commas between them" in wrong.content.decode() and not HallPlan.objects.exists()
    narrow = client.post(form, {"rows": "3", "blocks": "1 1", "places": "2", "begins": "left"}).content.decode()
    assert "A delegation sits together." in narrow and 'value="1 1"' in narrow
    saved = client.post(form, {"rows": "3", "blocks": "٤، 5", "places": "2", "begins": "right"})
    assert saved.status_code == 302 and HallPlan.objects.get().blocks == [4, 5]
    assert 'value="4, 5"' in client.get(form).content.decode()


def test_without_a_hall_the_page_says_what_will_appear_and_there_is_no_file(cast, client):
    signed(client, cast.amina)
    assert "There is no seating plan yet" in client.get(reverse("seating", args=["test"])).content.decode()
    assert client.get(reverse("seating_pdf", args=["test"])).status_code == 404


def test_the_podium_is_that_of_the_meeting_chosen_and_of_no_other_summit(seated, client):
    signed(client, seated.amina)
    page = client.get(reverse("seating", args=["test"]), {"meeting": "plenary-1"}).content.decode()
    assert "Bruno Keller" in page and "Dana Novak" in page
    assert client.get(reverse("seating", args=["test"]), {"meeting": "nowhere"}).status_code == 404


def test_whoever_finds_no_seat_is_counted_and_listed(seated, organiser, client):
    set_hall(seated.summit.pk, by=organiser, now=NOW, **HALL | {"rows": 1})
    page = signed(client, seated.amina).get(reverse("seating", args=["test"])).content.decode()
    assert "1 delegation has no seat." in page and page.count("no seat</td>") == 1


def test_the_page_asks_the_database_as_often_for_seven_delegations_as_for_four(seated, client):
    signed(client, seated.amina).get(reverse("seating", args=["test"]))
    asked = []
    for code in ("XA", "XB"):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("seating", args=["test"]))
        asked.append(len(queries))
        for number in range(3):
            delegation(seated.summit, f"{code}{number}", "member", f"State {number}")
    assert asked[0] == asked[1]


def test_the_file_names_everybody_with_their_seats(seated, client):
    seated.kenya.names = {"en": {"short": "Kenya"}, "ar": {"short": "كينيا"}}
    seated.kenya.save()
    answer = signed(client, seated.amina).get(reverse("seating_pdf", args=["test"]))
    assert answer["Content-Type"] == "application/pdf"
    pdf = PdfReader(io.BytesIO(answer.content))
    hall, listed = (page.extract_text() for page in pdf.pages)
    assert pdf.metadata.title.startswith("Seating plan") and pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    for name in ("Chile", "Kenya", "Norway", "Peru", "Holy See"):
        assert name in hall and name in listed
    assert "Bruno Keller" in hall and "3–4" in hall
    client.cookies["django_language"] = "ar"
    arabic = PdfReader(io.BytesIO(client.get(reverse("seating_pdf", args=["test"])).content))
    assert arabic.trailer["/Root"]["/Lang"] == "ar"

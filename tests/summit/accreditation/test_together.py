"""The desk decides for many at once: for a page, and for everybody whom its list finds."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from summit.accreditation import decisions, printing, together
from summit.accreditation.nominations import Asked, nominate_member
from summit.models import Accreditation, Badge, Invitation, Person
from tests.cast import NOW, accredit, make_cast, person

DESK = "/s/test/accreditation/"
WAITING = DESK + "?state=nominated"


@pytest.fixture
def staff(organiser):
    browser = Client()
    browser.force_login(organiser.account, "django.contrib.auth.backends.ModelBackend")
    return browser


def crowd(summit, size, state="nominated", at="crowd.example"):
    """Persons without an account, as an import leaves them."""
    people = Person.objects.bulk_create(
        Person(email=f"p{n}@{at}", names={"en": {"short": f"Person {n:03}"}}) for n in range(size)
    )
    return Accreditation.objects.bulk_create(Accreditation(summit=summit, person=who, state=state) for who in people)


def nominated(delegation, name, organiser):
    asked = Asked({"en": {"short": name}}, "adviser")
    return nominate_member(delegation.pk, asked, by=organiser, now=timezone.now()).accreditation


def states(rows):
    return {row.state for row in Accreditation.objects.filter(pk__in=[row.pk for row in rows])}


def sure(browser, address, **sent):
    """Press the button, read how many it is about, and press it again there."""
    asked = browser.post(address, {"everybody": "1", **sent}).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', asked)
    return asked, browser.post(address, {"everybody": "1", "seen": seen[1], **sent}, follow=True)


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(together, "PAGE", 20)


def test_everybody_who_matches_is_shown_as_a_number_asked_about_and_then_approved(cast, staff, small_pages):
    rows = crowd(cast.summit, 23)
    assert "Choose all 23 who match" in staff.get(WAITING).content.decode()
    asked = staff.post(WAITING, {"step": "approve", "everybody": "1"}).content.decode()
    assert "Approve and invite 23 persons?" in asked and "Person 022" in asked
    assert states(rows) == {"nominated"}  # nothing happened yet
    page = sure(staff, WAITING, step="approve")[1].content.decode()
    assert "23 persons decided on." in page and states(rows) == {"approved"}
    assert Invitation.objects.filter(person__in=[row.person for row in rows]).count() == 23


def test_who_does_not_match_and_another_summits_people_are_never_touched(cast, staff, organiser):
    other = make_cast("elsewhere", "elsewhere.example")
    theirs, mine = crowd(other.summit, 3, at="elsewhere.example"), crowd(cast.summit, 3)
    seated = nominated(cast.kenya, "Wanjiru Kamau", organiser)
    sure(staff, DESK + "?delegation=KE&state=nominated", step="approve")
    assert states([seated]) == {"approved"} and states([*theirs, *mine]) == {"nominated"}
    sure(staff, DESK + "?q=person+001", step="approve")
    assert states([mine[1]]) == {"approved"} and states([mine[0], mine[2], *theirs]) == {"nominated"}
    sure(staff, DESK, step="approve")
    assert states(mine) == {"approved"} and states(theirs) == {"nominated"}
    staff.post(DESK, {"step": "approve", "chosen": [",".join(str(row.pk) for row in theirs)]})
    assert states(theirs) == {"nominated"}


def test_the_box_in_the_head_of_the_list_stands_for_its_page_without_a_script(cast, staff, small_pages):
    rows = crowd(cast.summit, 24)
    box = re.search(r'name="chosen" value="([\d,]+)" id="chosen-page"', staff.get(WAITING).content.decode())
    assert box and box[1] == ",".join(str(row.pk) for row in reversed(rows[4:]))
    staff.post(WAITING, {"step": "approve", "chosen": [box[1], str(rows[23].pk)]})
    assert states(rows[4:]) == {"approved"} and states(rows[:4]) == {"nominated"}
    page = staff.get(WAITING).content.decode()  # four are left, all on this page
    assert "Choose everybody on this page" in page and "who match" not in page


def test_when_others_match_meanwhile_it_is_asked_again(cast, staff):
    rows = crowd(cast.summit, 2)
    page = staff.post(WAITING, {"step": "approve", "everybody": "1"}).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    rows += crowd(cast.summit, 1, at="late.example")
    again = staff.post(WAITING, {"step": "approve", "everybody": "1", "seen": seen}).content.decode()
    assert "Meanwhile others match" in again and "Approve and invite 3 persons?" in again
    assert states(rows) == {"nominated"}


def test_those_refused_are_told_by_name_once_for_each_reason_and_the_others_stay_done(cast, staff):
    rows = crowd(cast.summit, 3)
    for name in ("Ana Gil", "Ben Gil"):
        accredit(person(name, account=False), cast.summit, "nominated")
    gils = Person.objects.filter(names__en__short__endswith="Gil")
    gils.update(email="amina@example.org")  # somebody else's
    Person.objects.filter(pk=cast.amina.pk).update(email="amina@example.org")
    page = sure(staff, WAITING, step="approve")[1].content.decode()
    assert states(rows) == {"approved"} and "3 persons decided on." in page
    assert re.search("Ana Gil.{0,3}, .{0,3}Ben Gil.{0,3}: ", page)
    assert Accreditation.objects.filter(state="nominated").count() == 2


def test_a_request_that_takes_too_long_says_who_is_left(cast, staff, monkeypatch):
    rows = crowd(cast.summit, 3)
    monkeypatch.setattr(together, "PATIENCE", -1)
    assert "3 persons are left: choose them again." in sure(staff, WAITING, step="approve")[1].content.decode()
    assert states(rows) == {"nominated"}


def test_unanswered_invitations_are_sent_again_and_no_others(cast, staff, organiser):
    waits, never, signed_in = crowd(cast.summit, 3)
    for row in (waits, signed_in):
        decisions.approve(row.pk, by=organiser, now=timezone.now() - timedelta(days=3))
    Invitation.objects.filter(person=signed_in.person).update(consumed_at=NOW)
    asked, page = sure(staff, DESK, step="again")
    assert "Send 1 invitation again?" in asked and "1 invitation sent again." in page.content.decode()
    first, second = Invitation.objects.filter(person=waits.person).order_by("pk")
    assert first.withdrawn_at and second.withdrawn_at is None and second.delivery
    page = staff.post(DESK, {"step": "again", "chosen": [never.pk, signed_in.pk]}, follow=True).content.decode()
    assert "No invitation is out that could be sent again." in page and Invitation.objects.count() == 3
    amina = Accreditation.objects.get(person=cast.amina)
    page = staff.post(DESK, {"step": "again", "chosen": [amina.pk]}, follow=True).content.decode()
    assert "has an account already" in page


def test_only_the_desk_sends_again(cast, organiser, refused):
    row = crowd(cast.summit, 1)[0]
    decisions.approve(row.pk, by=organiser, now=NOW)
    for stranger in (cast.amina, cast.dana, cast.eve):
        with refused("desk.required"):
            decisions.send_again(row.pk, by=stranger, now=NOW)


def test_badges_are_printed_a_hundred_at_once_and_none_is_void_that_was_not_printed(cast, staff, monkeypatch):
    monkeypatch.setattr(printing, "MOST", 2)
    rows = crowd(cast.summit, 3, "approved")
    page = staff.post(DESK, {"step": "badge", "chosen": [row.pk for row in rows]}, follow=True).content.decode()
    assert "Print at most 100 badges at once." in page and not Badge.objects.exists()
    page = staff.post(DESK, {"step": "badge", "everybody": "1"}).content.decode()
    assert "Print 2 badges?" in page and "Person 002" not in page.split("Who they are")[1]
    answer = sure(staff, DESK, step="badge")[1]
    assert answer["Content-Type"] == "application/pdf" and states(rows[:2]) == {"badged"}
    assert "Print 1 badge?" in staff.post(DESK, {"step": "badge", "everybody": "1"}).content.decode()


def test_everybody_is_refused_with_a_reason_only_and_only_where_somebody_waits(cast, staff, organiser):
    crowd(cast.summit, 2)  # nobody nominated them: no focal point would read it
    page = staff.post(DESK, {"step": "refuse", "everybody": "1"}, follow=True).content.decode()
    assert "nobody among those who match" in page
    row = nominated(cast.kenya, "Wanjiru Kamau", organiser)
    assert "Say why" in staff.post(DESK, {"step": "refuse", "everybody": "1"}, follow=True).content.decode()
    asked, _page = sure(staff, DESK, step="refuse", reason="No note verbale.")
    assert "Refuse 1 nomination?" in asked and "No note verbale." in asked and states([row]) == {"withdrawn"}


def test_list_and_question_cost_the_same_however_many(cast, staff):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(WAITING).status_code == 200
            assert staff.post(WAITING, {"step": "approve", "everybody": "1"}).status_code == 200
        return len(queries)

    crowd(cast.summit, 2)
    cost()
    small = cost()
    crowd(cast.summit, 120, at="more.example")
    assert cost() == small

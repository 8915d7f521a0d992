from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from summit.accreditation import decisions
from summit.accreditation.models import FocalPoint, Nomination, Rules
from summit.accreditation.nominations import Asked, nominate_member
from summit.models import Accreditation, Delivery, Invitation, Membership
from tests.cast import confirm

PEOPLE = "/s/test/delegations/KE/people/"
DESK = "/s/test/accreditation/"
TYPED = {
    "short": "Wanjiru Kamau", "formal": "Ms Wanjiru Kamau", "title": "Director", "script": "", "own": "",
    "email": "wanjiru@ke.example", "language": "en", "function": "alternate", "place": "hall",
}  # fmt: skip


@pytest.fixture
def focal(cast, client):
    """Amina types for Kenya herself."""
    FocalPoint.objects.create(delegation=cast.kenya, person=cast.amina, named_at=timezone.now())
    client.force_login(cast.amina.account, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def staff(organiser, django_user_model):
    from django.test import Client

    browser = Client()
    browser.force_login(organiser.account, "django.contrib.auth.backends.ModelBackend")
    return browser


def test_from_the_form_to_the_letter(cast, focal, staff, django_capture_on_commit_callbacks):
    assert focal.post(PEOPLE + "new/", TYPED).status_code == 302
    row = Nomination.objects.get()
    assert "Waits for the accreditation desk" in focal.get(PEOPLE).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(DESK, {"step": "approve", "chosen": [row.accreditation_id]})
    assert Delivery.objects.get().address == "wanjiru@ke.example"  # on its way
    page = focal.get(PEOPLE).content.decode()
    assert "has not signed in yet" in page and Membership.objects.get(person=row.accreditation.person)


def test_what_is_wrong_stands_on_the_form_and_nothing_typed_is_lost(cast, focal):
    page = focal.post(PEOPLE + "new/", TYPED | {"function": "head"}).content.decode()
    assert "has a head already" in page and 'value="Wanjiru Kamau"' in page
    page = focal.post(PEOPLE + "new/", TYPED | {"own": "وانجيرو"}).content.decode()
    assert "Choose the language of this form of the name." in page
    assert not Nomination.objects.exists()


def test_a_replacement_is_asked_for_corrected_and_shown_on_both_lines(cast, focal):
    seat = Membership.objects.get(person=cast.amina)
    focal.post(f"{PEOPLE}new/?replaces={seat.pk}", {**TYPED, "function": ""})
    row = Nomination.objects.get()
    assert row.function == "head" and row.replaces == seat
    focal.post(f"{PEOPLE}{row.pk}/", {**TYPED, "short": "Wanjiru N. Kamau", "script": "ar", "own": "وانجيرو كاماو"})
    page = focal.get(PEOPLE).content.decode()
    assert "Wanjiru N. Kamau" in page and "to be replaced by" in page and "Once approved they replace" in page
    assert Nomination.objects.get().accreditation.person.names["ar"] == {"short": "وانجيرو كاماو"}


def test_after_the_deadline_the_page_says_what_is_left_to_do(cast, focal):
    Rules.objects.create(summit=cast.summit, nominate_until=timezone.now() - timedelta(hours=1), hall_quota=5)
    page = focal.get(PEOPLE).content.decode()
    assert "The time for nominations is over." in page and "Nominate somebody" not in page and "1 of 5" in page


def test_the_acting_head_is_chosen_for_one_meeting(cast, focal):
    Membership.objects.create(person=cast.lucia, delegation=cast.kenya, function="deputy")
    focal.post(PEOPLE, {"step": "acting", "meeting": cast.meeting.pk, "person": cast.lucia.pk})
    assert cast.kenya.acting_heads.get().person == cast.lucia
    focal.post(PEOPLE, {"step": "acting", "meeting": cast.meeting.pk, "person": ""})
    assert not cast.kenya.acting_heads.exists()


def test_strangers_get_404(cast, focal, staff):
    assert focal.get("/s/test/delegations/CL/people/").status_code == 404
    assert focal.get("/s/test/delegations/XX/people/").status_code == 404
    for path in (DESK, DESK + "rules/", f"{DESK}{Accreditation.objects.first().pk}/"):
        assert focal.get(path).status_code == 404
        assert staff.get(path).status_code == 200
    assert staff.get(PEOPLE).status_code == 200


def test_the_desk_refuses_merges_withdraws_and_shows_the_history(cast, focal, staff, organiser):
    first, second = (
        nominate_member(cast.chile.pk, Asked({"en": {"short": name}}, "adviser"), by=organiser, now=timezone.now())
        for name in ("Lucía Soto", "Pedro Gil")
    )
    staff.post(DESK, {"step": "refuse", "chosen": [second.accreditation_id], "reason": "No note verbale."})
    assert "No note verbale." in staff.get(f"{DESK}{second.accreditation_id}/").content.decode()
    kept = Accreditation.objects.get(person=cast.lucia)
    assert "Perhaps entered twice" in staff.get(DESK).content.decode()
    assert "nearly the same name" in staff.get(f"{DESK}{kept.pk}/").content.decode()
    confirm(staff)
    staff.post(f"{DESK}{kept.pk}/", {"step": "merge", "drop": first.accreditation_id})
    page = staff.get(f"{DESK}{kept.pk}/").content.decode()
    assert "Merged with another entry" in page and "nearly the same name" not in page
    staff.post(f"{DESK}{kept.pk}/", {"step": "withdraw"})
    kept.refresh_from_db()
    assert kept.state == "withdrawn"


def test_who_withdraws_an_accreditation_shows_again_who_they_are(cast, staff, organiser, client):
    row = Accreditation.objects.get(person=cast.lucia)
    at = f"{DESK}{row.pk}/"
    client.force_login(organiser.account)
    step = reverse("admin:summit_accreditation_step", args=[row.pk])
    for who, where, said in ((staff, at, "withdraw"), (client, step, "accreditation.withdrawn")):
        Accreditation.objects.filter(pk=row.pk).update(state="approved")
        assert who.post(where, {"step": said})["Location"].startswith(reverse("account_reauthenticate"))
        row.refresh_from_db()
        assert row.state == "approved"
        confirm(who, where)  # and what was asked for is done
        row.refresh_from_db()
        assert row.state == "withdrawn"


def test_where_no_letter_can_go_the_desk_is_shown_the_link_once(cast, staff, organiser):
    row = nominate_member(
        cast.chile.pk, Asked({"en": {"short": "Pedro Gil"}}, "adviser"), by=organiser, now=timezone.now()
    )
    page = staff.post(f"{DESK}{row.accreditation_id}/", {"step": "approve"}, follow=True).content.decode()
    assert "Hand this link over yourself" in page and "/invitation/" in page
    assert Invitation.objects.count() == 1 and not Delivery.objects.exists()


def test_rules_and_focal_points_are_set_on_a_page(cast, staff):
    rules = {"step": "rules", "nominate_until": "2026-11-20T18:00", "hall_quota": "5", "remote_quota": ""}
    staff.post(DESK + "rules/", rules)
    row = Rules.objects.get()
    assert (row.nominate_until.isoformat(), row.hall_quota, row.remote_quota) == ("2026-11-20T15:00:00+00:00", 5, None)
    staff.post(DESK + "rules/", {"step": "name", "delegation": cast.kenya.pk, "person": cast.amina.pk})
    held = FocalPoint.objects.get(ended_at=None)
    staff.post(DESK + "rules/", {"step": "release", "focal": held.pk})
    assert not FocalPoint.objects.filter(ended_at=None).exists()
    page = staff.post(DESK + "rules/", rules | {"hall_quota": "0"}).content.decode()
    assert "This could not be saved yet" in page


def test_the_places_of_one_delegation_in_one_hall_are_set_and_taken_back_on_the_page(cast, staff):
    page, asked = DESK + "rules/", {"meeting": cast.meeting.pk, "delegation": cast.kenya.pk}
    staff.post(page, {"step": "places", "meeting": cast.meeting.pk, "each": "2"})
    staff.post(page, {"step": "own_places", **asked, "each": "6"})
    assert sorted(cast.meeting.hall_places.values_list("each", "delegation__code")) == [(2, None), (6, "KE")]
    assert "This could not be saved yet" in staff.post(page, {"step": "own_places", **asked}).content.decode()
    for strange in ("x", "0"):
        assert staff.post(page, {"step": "no_places", "places": strange}).status_code == 404
    staff.post(page, {"step": "no_places", "places": cast.meeting.hall_places.get(each=6).pk})
    assert list(cast.meeting.hall_places.values_list("each", "delegation")) == [(2, None)]


@pytest.mark.parametrize("path", [DESK, PEOPLE, DESK + "rules/"])
def test_pages_cost_the_same_however_many(cast, staff, organiser, path):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(path).status_code == 200
        return len(queries)

    def one_more(name):
        nominate_member(cast.kenya.pk, Asked({"en": {"short": name}}, "adviser"), by=organiser, now=timezone.now())

    one_more("First Person")
    reverse("home")
    small = cost()
    one_more("Second Somebody")
    row = Nomination.objects.get(accreditation__person__names__en__short="Second Somebody")
    decisions.approve(row.accreditation_id, by=organiser, now=timezone.now())
    one_more("Third Human")
    assert cost() == small

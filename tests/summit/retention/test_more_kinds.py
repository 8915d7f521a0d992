"""Nominations in vain, questions, notices, calendars and accounts go when their time is over; the journal stays whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rooms.models import Block
from summit.accreditation import decisions
from summit.accreditation.nominations import Asked, nominate_member
from summit.agenda import calendar
from summit.credentials.actions import withdraw_accreditation
from summit.models import (
    Accreditation,
    CalendarFeed,
    Entry,
    Membership,
    Nomination,
    Notice,
    Person,
    Purge,
    Question,
    Reader,
    Seen,
    StaffTask,
    User,
)
from summit.notices import actions as notices
from summit.questions.actions import answer_question, put_question, withdraw_question
from summit.record.queries import faults
from summit.retention import actions
from summit.retention.models import Kind
from tests.cast import NOW, House, accredit, give_task, make_cast, make_organiser, person

CLOSED = datetime(2026, 11, 27, 12, tzinfo=UTC)  # the last day of the test summit


def after(days: int) -> datetime:
    return CLOSED + timedelta(days=days)


@pytest.fixture
def otto(house: House) -> Person:
    return make_organiser(house.summit)


def nominated(house: House, by: Person, name: str) -> Nomination:
    asked = Asked(
        {"en": {"short": name}}, "adviser", email=f"{name.split()[0].lower()}@ke.example", title={"en": "Minister"}
    )
    return nominate_member(house.kenya.pk, asked, by=by, now=NOW)


def purged(house: House, kind: str, days: int) -> int:
    """What went on the last day of this kind and the day after; it is logged, once, and the journal is whole."""
    with CaptureQueriesContext(connection):
        assert actions.purge_all(after(days)) == sum(
            Purge.objects.filter(at=after(days)).values_list("count", flat=True)
        )
    assert not Purge.objects.filter(kind=kind).exists(), "not before its time"
    actions.purge_all(after(days + 1))
    logged = list(Purge.objects.filter(kind=kind).values_list("count", flat=True))
    told = [one.body["count"] for one in Entry.objects.filter(kind="retention.purged", body__data=kind)]
    assert actions.purge_all(after(days + 1)) == 0, "and only once"
    assert logged == told and len(logged) <= 1 and not list(faults(house.summit.pk))
    return sum(logged)


def test_nominations_in_vain_go_with_the_name_of_whoever_was_nothing_else(house: House, otto: Person) -> None:
    refused_one, taken, waits = (
        nominated(house, otto, name) for name in ("Rosa Quispe", "Tariq Aziz", "Wanjiru Kamau")
    )
    decisions.refuse(refused_one.accreditation_id, "No note verbale.", by=otto, now=NOW)
    decisions.approve(taken.accreditation_id, by=otto, now=NOW)
    withdraw_accreditation(taken.accreditation_id, by=otto, now=NOW)
    known = nominated(house, otto, "Karim Known")
    decisions.refuse(known.accreditation_id, "Too many.", by=otto, now=NOW)
    accredit(known.accreditation.person, make_cast("elsewhere", "elsewhere.example").summit)
    assert purged(house, "nominations", 90) == 3
    assert [row.pk for row in Nomination.objects.all()] == [waits.pk]
    names = {row.pk: Person.objects.get(pk=row.accreditation.person_id) for row in (refused_one, taken, waits, known)}
    gone = names[refused_one.pk]
    assert (gone.names["en"]["short"], gone.email) == (f"Person {gone.pk}", "")
    assert [str(names[row.pk]) for row in (taken, waits, known)] == ["Tariq Aziz", "Wanjiru Kamau", "Karim Known"]
    assert names[taken.pk].email == "tariq@ke.example", "who sat with a delegation is an account's affair"
    assert Accreditation.objects.get(pk=refused_one.accreditation_id).state == "withdrawn"


def test_whoever_lost_their_name_so_can_still_be_erased_from_the_journal(
    house: House, otto: Person, refused: Any
) -> None:
    row = nominated(house, otto, "Rosa Quispe")
    decisions.refuse(row.accreditation_id, "No note verbale.", by=otto, now=NOW)
    actions.purge(house.summit.pk, Kind.NOMINATIONS, now=after(91))
    person_id = row.accreditation.person_id
    assert "Rosa" in str(list(Entry.objects.values_list("body", flat=True))), "the journal keeps what was decided"
    actions.erase_person(person_id, house.summit.pk, by=otto, now=NOW, reason="Asked for it.")
    assert "Rosa" not in str(list(Entry.objects.values_list("body", flat=True))) and not list(faults(house.summit.pk))
    with refused("erase.twice"):
        actions.erase_person(person_id, house.summit.pk, by=otto, now=NOW, reason="Again.")


def test_questions_go_with_their_answers(house: House, otto: Person) -> None:
    rows = put_question(
        house.summit.pk, [house.kenya.pk, house.norway.pk, house.chile.pk], by=otto, now=NOW, texts={"en": "Who signs?"}
    )
    answer_question(rows[0].pk, "The Minister herself.", by=house.lucia, now=NOW)
    withdraw_question(rows[1].pk, by=otto, now=NOW)
    assert purged(house, "questions", 90) == 3
    assert not Question.objects.exists()


def test_notices_go_with_who_read_them_and_nothing_is_told_twice(house: House, otto: Person) -> None:
    notices.begin(house.summit.pk)
    put_question(house.summit.pk, [house.kenya.pk], by=otto, now=NOW, texts={"en": "Who signs?"})
    notices.gather(house.summit.pk, now=NOW)
    notices.read_all(house.amina, house.summit, now=NOW)
    assert purged(house, "notices", 30) == 2
    notices.gather(house.summit.pk, now=after(31))
    assert not Notice.objects.exists() and not Seen.objects.exists()


def test_addresses_of_calendars_answer_no_more(house: House) -> None:
    token = calendar.make_feed(house.summit, house.amina, None, now=NOW)
    calendar.make_feed(house.summit, house.lucia, None, now=NOW)
    calendar.withdraw_feed(house.summit, house.lucia, None, now=NOW)
    where = reverse("calendar_feed", args=[token])
    assert Client().get(where).status_code == 200
    assert purged(house, "feeds", 30) == 2
    assert Client().get(where).status_code == 404 and not CalendarFeed.objects.exists()


def test_accounts_go_with_the_last_summit_that_keeps_them(house: House, otto: Person) -> None:
    other = make_cast("elsewhere", "elsewhere.example")
    other.summit.closes_on += timedelta(days=200)
    other.summit.save()
    accredit(house.lucia, other.summit)  # in both
    helper = person("Hana Door")
    accredit(helper, house.summit)
    give_task(house.summit, helper, "check_in")
    root = person("Rudi Root")
    accredit(root, house.summit)
    User.objects.filter(pk=root.account_id).update(is_superuser=True)
    Reader.objects.create(person=house.amina, choices={"next": "off"})
    Reader.objects.create(person=house.lucia, choices={"next": "off"})
    Block.objects.create(person=house.amina, other=house.lucia)
    Person.objects.filter(pk=house.amina.pk).update(languages=["en", "sw"], zone="Africa/Nairobi", language="fr")
    User.objects.update(date_joined=after(100))  # so that Eve, who is in no summit, is not yet lost
    assert purged(house, "accounts", 365) == 8
    amina = Person.objects.get(pk=house.amina.pk)
    assert (amina.account, amina.email, amina.language, amina.languages, amina.zone) == (None, "", "", [], "")
    assert amina.names == house.amina.names, "what one did stays under one's name"
    assert Membership.objects.filter(person=amina).exists() and not Block.objects.exists()
    kept = set(User.objects.values_list("email", flat=True))
    assert not kept & {house.amina.email, "hana@example.org"}
    assert {house.lucia.email, "rudi@example.org", otto.email, other.amina.email} <= kept
    assert [row.person for row in Reader.objects.all()] == [house.lucia]
    StaffTask.objects.filter(person=otto).update(ended_at=NOW)
    User.objects.filter(pk=otto.account_id).update(is_staff=False)
    assert actions.purge_all(after(400)) == 1 and not User.objects.filter(pk=otto.account_id).exists()
    actions.purge_all(after(566))
    assert list(User.objects.values_list("email", flat=True)) == ["rudi@example.org"]
    assert Purge.objects.filter(kind="accounts", summit=other.summit).exists()
    assert not list(faults(house.summit.pk)) and not list(faults(other.summit.pk))


def test_an_account_that_is_in_no_summit_goes_when_it_was_not_used_for_a_year(house: House) -> None:
    nobody = User.objects.create_user("nobody@example.org")
    User.objects.update(date_joined=after(0))
    User.objects.filter(pk=house.eve.account_id).update(last_login=after(10))
    actions.purge(house.summit.pk, "accounts", now=after(366))
    left = list(User.objects.values_list("email", flat=True))
    assert left == [house.eve.email] and nobody.email not in left
    actions.purge(house.summit.pk, "accounts", now=after(376))
    assert not User.objects.exists() and Person.objects.get(pk=house.eve.pk).email == ""


@pytest.mark.parametrize("kind", ["nominations", "questions", "notices", "feeds", "accounts"])
def test_many_cost_what_one_costs(house: House, otto: Person, kind: str) -> None:
    def some(*names: str) -> None:
        for name in names:
            row = nominated(house, otto, name)
            decisions.refuse(row.accreditation_id, "No.", by=otto, now=NOW)
            who = person(f"{name}s")
            accredit(who, house.summit)
            calendar.make_feed(house.summit, who, None, now=NOW)
            Seen.objects.create(summit=house.summit, person=who, until=NOW)
        put_question(house.summit.pk, [house.kenya.pk], by=otto, now=NOW, texts={"en": names[0]})

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert actions.purge(house.summit.pk, kind, now=after(400)) > 0
        return len(queries)

    some("Ana A")
    cost()  # what the cast brings
    some("Bea B")
    small = cost()
    some("Cleo C", "Dora D", "Ella E")
    assert cost() == small


def test_organisers_choose_how_long_on_the_page(house: House, otto: Person) -> None:
    client = Client()
    client.force_login(otto.account)
    page = client.get(reverse("admin:summit_period_add")).content.decode()
    for kind in Kind:
        assert f'value="{kind}"' in page
    data = {"summit": house.summit.pk, "kind": "accounts", "days": 730}
    assert client.post(reverse("admin:summit_period_add"), data).status_code == 302
    actions.purge_all(after(700))
    assert not Purge.objects.filter(kind="accounts").exists()
    assert client.get(reverse("admin:summit_purge_changelist")).status_code == 200

"""A bilateral proposal reaches those who may answer it, and tells nobody else that there is one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from summit.agenda.queries import papers_for
from summit.bilaterals import actions as bilaterals
from summit.bilaterals.models import Bilateral
from summit.models import Entry, Membership, Notice, Outbox, Person
from summit.notices import actions, tasks
from summit.notices.queries import notices_for
from tests.cast import Cast, accredit, make_organiser, person

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=3)
ABOUT = "MARK-of-the-topic"


def propose(cast: Cast, hours: int = 3, **more: Any) -> Bilateral:
    """Kenya to Chile."""
    now = timezone.now()
    fields = {
        "by": cast.amina, "host_id": cast.kenya.pk, "guest_id": cast.chile.pk, "minutes": 30, "about": ABOUT,
        "starts_at": now + timedelta(hours=hours), "now": now,
    }  # fmt: skip
    return bilaterals.propose(cast.summit.pk, **(fields | more))


def asked(client: Client, cast: Cast, who: Person) -> str:
    """What Today says is asked of this person's delegation."""
    client.force_login(who.account)
    page = client.get(reverse("summit", args=[cast.summit.slug])).content.decode()
    return page.partition('id="questions"')[2].partition("</section>")[0]


def told(cast: Cast, who: Person, now: datetime) -> list[str]:
    return [row.kind for row in notices_for(who, cast.summit, now, papers_for(who, now))]


def letters() -> None:
    for row in Outbox.objects.filter(task="summit.notices.tasks.write", done_at=None):
        tasks.write(**row.arguments, outbox=row.pk)


def test_today_tells_those_who_may_answer_until_it_is_answered(cast: Cast, client: Client) -> None:
    assert asked(client, cast, cast.lucia) == ""
    row = propose(cast)
    said = asked(client, cast, cast.lucia)
    assert "Kenya" in said and "proposes to meet" in said and "30 minutes" in said and ABOUT not in said
    assert f'href="{reverse("bilaterals", args=[cast.summit.slug])}"' in said
    for other in (cast.amina, cast.chen, cast.bruno, cast.dana, make_organiser(cast.summit)):
        assert asked(client, cast, other) == ""
    bilaterals.counter(row.pk, by=cast.lucia, starts_at=timezone.now() + 2 * SOON, minutes=45, now=timezone.now())
    assert "Chile" in asked(client, cast, cast.amina) and asked(client, cast, cast.lucia) == ""
    bilaterals.accept(row.pk, by=cast.amina, now=timezone.now())
    assert asked(client, cast, cast.amina) == asked(client, cast, cast.lucia) == ""


def test_an_open_page_hears_of_it_at_the_next_look_and_no_other_page_changes(cast: Cast, client: Client) -> None:
    at = reverse("summit", args=[cast.summit.slug])

    def stamps() -> dict[str, str]:
        found = {}
        for who in (cast.lucia, cast.chen, cast.dana):
            client.force_login(who.account)
            stamp = client.get(at).context["stamp"]
            found[who.email.partition("@")[0]] = stamp.replace(f".{stamp.split('.')[-3]}.", ".")  # without the minute
        return found

    before = stamps()
    row = propose(cast)
    actions.gather_proposals(now=timezone.now())
    proposed = stamps()
    bilaterals.decline(row.pk, by=cast.lucia, now=timezone.now())
    answered = stamps()
    assert before["lucia"] != proposed["lucia"] != answered["lucia"]
    assert before["chen"] == proposed["chen"] == answered["chen"] and before["dana"] == proposed["dana"]


def test_whose_delegation_may_not_meet_is_told_nothing(cast: Cast, client: Client) -> None:
    propose(cast)
    Membership.objects.filter(person=cast.lucia).update(ends=timezone.now())
    assert asked(client, cast, cast.lucia) == ""
    Membership.objects.filter(person=cast.lucia).update(ends=None)
    assert asked(client, cast, cast.lucia)
    cast.lucia.accreditations.update(state="withdrawn")
    actions.gather_proposals(now=timezone.now())
    letters()
    assert mail.outbox == []


def test_a_letter_says_when_and_neither_who_nor_what_about(cast: Cast) -> None:
    row = propose(cast)
    tasks.look()
    letters()
    tasks.look()
    letters()
    (letter,) = mail.outbox
    assert letter.to == [cast.lucia.email] and letter.subject == "Test summit: A delegation proposes to meet yours"
    assert "proposes to meet Chile" in letter.body and reverse("bilaterals", args=[cast.summit.slug]) in letter.body
    for secret in ("Kenya", "Amina", ABOUT):
        assert secret not in str(letter.message())
    (notice,) = Notice.objects.all()
    assert (
        not any(secret in str(notice.__dict__) for secret in ("Kenya", "KE", ABOUT)) and notice.delegation == cast.chile
    )
    bilaterals.counter(row.pk, by=cast.lucia, starts_at=timezone.now() + 2 * SOON, minutes=15, now=timezone.now())
    tasks.look()
    letters()
    assert [one.to for one in mail.outbox[1:]] == [[cast.amina.email]] and Notice.objects.get().delegation == cast.kenya


def test_a_letter_that_waited_is_not_sent_when_the_proposal_was_answered(cast: Cast) -> None:
    row = propose(cast)
    tasks.look()
    bilaterals.accept(row.pk, by=cast.lucia, now=timezone.now())
    letters()
    assert mail.outbox == [] and not Outbox.objects.filter(done_at=None).exists()


def test_one_chooses_as_for_the_other_kinds(cast: Cast) -> None:
    now = timezone.now()
    actions.choose(cast.lucia, {"bilateral": "page"})
    propose(cast)
    actions.gather_proposals(now=now + timedelta(minutes=1))
    letters()
    assert told(cast, cast.lucia, now) == ["bilateral"] and mail.outbox == []
    actions.choose(cast.lucia, {"bilateral": "off"})
    assert told(cast, cast.lucia, now) == []


def test_nobody_else_reads_of_it_and_its_notice_goes_with_it(cast: Cast, client: Client) -> None:
    now = timezone.now()
    organiser = make_organiser(cast.summit)
    row = propose(cast)
    actions.gather_proposals(now=timezone.now())
    assert told(cast, cast.lucia, now) == ["bilateral"]
    for other in (cast.amina, cast.chen, cast.bruno, cast.dana, organiser):
        assert told(cast, other, now) == []
        client.force_login(other.account)
        page = client.get(reverse("notices", args=[cast.summit.slug])).content.decode()
        assert page.count("proposes to meet") == 1  # what one chooses, and no line
    assert not {Notice, Outbox, Bilateral} & set(admin.site._registry)
    assert not any("bilateral" in entry.kind for entry in Entry.objects.all())
    bilaterals.decline(row.pk, by=cast.lucia, now=now)
    assert told(cast, cast.lucia, now) == []
    bilaterals.forget(now + timedelta(days=1))
    assert not Notice.objects.exists()


def test_pages_take_as_many_queries_for_three_proposals_as_for_one(cast: Cast, client: Client) -> None:
    client.force_login(cast.lucia.account)
    for page in ("summit", "notices"):
        Bilateral.objects.all().delete()
        counts = []
        for more in ((1,), (2, 3)):
            for hours in more:
                propose(cast, hours)
            actions.gather_proposals(now=timezone.now())
            with CaptureQueriesContext(connection) as queries:
                assert client.get(reverse(page, args=[cast.summit.slug])).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 45


def test_a_delegation_of_many_is_written_to_each_and_those_who_left_are_not(cast: Cast) -> None:
    for name in ("Pablo Rojas", "Rosa Diaz"):
        colleague = person(name)
        accredit(colleague, cast.summit)
        Membership.objects.create(person=colleague, delegation=cast.chile, function="adviser")
    Membership.objects.filter(person__email="rosa@example.org").update(ends=timezone.now())
    propose(cast)
    tasks.look()
    letters()
    assert {letter.to[0] for letter in mail.outbox} == {"lucia@example.org", "pablo@example.org"}

from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from summit.agenda import actions as agenda
from summit.agenda import files, papers
from summit.agenda.queries import papers_for
from summit.chair import actions as chair
from summit.credentials.actions import move_credentials
from summit.floor import hands, lists
from summit.floor.actions import give_floor
from summit.models import Notice, Outbox
from summit.notices import actions, tasks
from summit.notices.queries import notices_for, unread_for
from summit.notices.words import sentence
from summit.questions.actions import put_question, withdraw_question
from summit.record import actions as record
from tests.cast import NOW, make_house
from tests.mail import Postmaster

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def mail_server(settings) -> Iterator[Postmaster]:
    yield from Postmaster.serving(settings)


@pytest.fixture
def watched(house):
    """The house, its journal told from here on."""
    actions.begin(house.summit.pk)
    return house


def told(house, who, now=LATER):
    """What this person reads, oldest first, without the invisible isolates."""
    actions.gather(house.summit.pk, now=now)
    rows = reversed(notices_for(who, house.summit, now, papers_for(who, now)))
    return [sentence(row).replace("\u2068", "").replace("\u2069", "") for row in rows]


def test_the_first_look_tells_no_old_news(house):
    put_question(house.summit.pk, [house.kenya.pk], by=None, now=NOW, texts={"en": "Who signs?"})
    tasks.look()
    assert not Notice.objects.exists()
    put_question(house.summit.pk, [house.kenya.pk], by=None, now=NOW, texts={"en": "Who speaks?"})
    tasks.look()
    tasks.look()
    assert Notice.objects.count() == 1


def test_a_delegation_is_told_once_that_it_is_next(opened):
    actions.begin(opened.summit.pk)
    hands.raise_hand(opened.meeting.pk, by=opened.amina, now=NOW)
    assert told(opened, opened.amina) == ["Kenya is next to speak on item 3 Climate finance."]
    turn = hands.raise_hand(opened.meeting.pk, by=opened.lucia, now=NOW)
    assert told(opened, opened.lucia) == []
    give_floor(opened.meeting.pk, opened.kenya.turns.get().pk, by=opened.bruno, now=NOW)
    assert told(opened, opened.lucia) == ["Chile is next to speak on item 3 Climate finance."]
    hands.lower_hand(opened.meeting.pk, turn.pk, by=opened.lucia, now=NOW)
    assert len(told(opened, opened.amina)) == len(told(opened, opened.lucia)) == 1


def test_a_closed_list_and_a_moved_meeting_are_told_to_everybody(opened):
    actions.begin(opened.summit.pk)
    lists.close_list(opened.meeting.pk, opened.item.pk, by=opened.bruno, now=NOW)
    other = agenda.plan_meeting(opened.summit.pk, by=None, now=NOW, slug="two", plan=plan(opened))
    agenda.change_meeting(other.pk, by=None, now=NOW, plan=plan(opened, hour=16, place={"en": "Hall B"}))
    agenda.change_meeting(other.pk, by=None, now=NOW, plan=plan(opened, hour=16, place={"en": "Hall C"}))
    agenda.change_meeting(other.pk, by=None, now=NOW, plan=plan(opened, hour=16, place={"en": "Hall C"}, number=2))
    assert told(opened, opened.chen) == [
        "The list of speakers on item 3 Climate finance is closed.",
        "Second begins on 24 November 2026, 16:00, not on 24 November 2026, 10:00. Hall: Hall B.",
        "Second (24 November 2026, 16:00) sits in Hall C now.",
    ]


def plan(cast, hour=10, **more):
    day = cast.summit.opens_on + timedelta(days=1)
    wall = time(hour, 0)
    return agenda.Plan(titles={"en": "Second"}, day=day, time=wall, zone="Africa/Nairobi", **more)


def test_a_paper_is_told_once_and_only_to_its_readers(watched):
    house = watched
    paper = papers.publish_paper(
        house.summit.pk, by=None, now=NOW, symbol="A/1/L.1", titles={"en": "Draft"}, access="restricted"
    )
    assert told(house, house.amina) == []
    for language in ("en", "fr"):
        found = files.Found("txt", 4, "0" * 64, ContentFile(b"text").read())
        papers.add_file(paper.pk, by=None, now=NOW, language=language, found=found)
    assert told(house, house.amina) == ["A/1/L.1 is out: Draft"]
    house.kenya.credentials.state = "none"
    house.kenya.credentials.save()
    assert told(house, house.amina) == []


def test_questions_and_credentials_are_told_to_the_delegation_alone(watched):
    house = watched
    (row,) = put_question(house.summit.pk, [house.kenya.pk], by=None, now=NOW, texts={"en": "Who signs?"})
    move_credentials(house.chile.pk, "accepted", by=None, now=NOW)
    assert told(house, house.amina) == ["The secretariat asks Kenya: Who signs?"]
    assert told(house, house.lucia) == ["Credentials of Chile: Accepted."]
    withdraw_question(row.pk, by=None, now=NOW)
    assert told(house, house.amina) == []


def test_letters_go_to_those_who_want_them_in_their_language(watched):
    house = watched
    house.amina.language = "fr"
    house.amina.save()
    actions.choose(house.lucia, {"question": "page"})
    put_question(house.summit.pk, [house.kenya.pk, house.chile.pk], by=None, now=NOW, texts={"en": "Who signs?"})
    actions.gather(house.summit.pk, now=timezone.now())
    row = Outbox.objects.get(task="summit.notices.tasks.write")
    tasks.write(**row.arguments, outbox=row.pk)
    (letter,) = mail.outbox
    assert letter.to == [house.amina.email] and "Who signs?" in letter.body and "/questions/" in letter.body
    with override("fr"):
        assert str(Notice.objects.first().get_kind_display()) in letter.subject
    assert "\u2068" not in letter.body
    row.refresh_from_db()
    assert row.done_at


def test_whoever_wants_to_hear_nothing_of_a_kind_hears_nothing(watched, refused):
    house = watched
    actions.choose(house.amina, {"question": "off"})
    put_question(house.summit.pk, [house.kenya.pk], by=None, now=NOW, texts={"en": "Who signs?"})
    assert told(house, house.amina) == [] and not Outbox.objects.filter(task__contains="notices").exists()
    with refused("notice.choice"):
        actions.choose(house.amina, {"question": "push"})


def test_the_pages_show_what_is_new_until_it_is_read(watched, client):
    house, now = watched, timezone.now()
    put_question(house.summit.pk, [house.kenya.pk], by=None, now=now, texts={"en": "Who signs?"})
    move_credentials(house.kenya.pk, "challenged", by=None, now=now)
    actions.gather(house.summit.pk, now=now)
    client.force_login(house.amina.account)
    home, page = reverse("summit", args=["test"]), reverse("notices", args=["test"])
    told = client.get(home).content.decode().partition('id="told"')[2].partition("</section>")[0]
    assert "Challenged" in told and "Who signs?" not in told  # what is asked stands on the page by itself
    assert "The secretariat asks" in client.get(page).content.decode()
    assert client.post(page, {"step": "read"}).headers["Location"] == home
    assert 'id="told"' not in client.get(home).content.decode()
    assert not unread_for(house.amina, house.summit, LATER, papers_for(house.amina, LATER)).exists()
    client.post(page, {"step": "choose", "paper": "mail", "next": "off"})
    house.amina.reader.refresh_from_db()
    assert house.amina.reader.choices == {"paper": "mail", "next": "off"}
    assert '<option value="mail" selected>' in client.get(page).content.decode()


def test_the_page_takes_as_many_queries_for_three_notices_as_for_one(watched, client):
    client.force_login(watched.amina.account)
    counts = []
    for _round in range(2):
        for count in range(2):
            text = {"en": f"Question {count}?"}
            put_question(watched.summit.pk, [watched.kenya.pk], by=None, now=NOW, texts=text)
        actions.gather(watched.summit.pk, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("notices", args=["test"])).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 25


def asked() -> list[Outbox]:
    return list(Outbox.objects.filter(task="summit.notices.tasks.write", done_at=None).order_by("pk"))


@pytest.fixture
def three(watched):
    """Amina, Lucia and Chen are to be written to in one task."""
    everyone = [watched.kenya.pk, watched.chile.pk, watched.observer.pk]
    put_question(watched.summit.pk, everyone, by=None, now=timezone.now(), texts={"en": "Who signs?"})
    actions.gather(watched.summit.pk, now=timezone.now())
    notice, people = Notice.objects.first(), [watched.amina.pk, watched.lucia.pk, watched.chen.pk]
    Outbox.objects.filter(task="summit.notices.tasks.write").delete()
    record.ask_for("summit.notices.tasks.write", "all", now=timezone.now(), notice=notice.pk, persons=people)
    return watched


def run(row: Outbox) -> None:
    tasks.write(**row.arguments, outbox=row.pk)


def test_an_address_that_is_refused_costs_nobody_else_a_letter_and_nobody_gets_two(three, mail_server):
    mail_server.answers["lucia@example.org"] = "550 no such person"
    [row] = asked()
    run(row)
    assert mail_server.taken == ["amina@example.org", "chen@example.org"] and asked() == []


def test_whom_the_server_puts_off_waits_alone(three, mail_server):
    mail_server.answers["amina@example.org"] = "450 later"
    [row] = asked()
    run(row)
    [rest] = asked()
    assert rest.arguments["persons"] == [three.amina.pk]
    run(rest)
    assert asked() == [rest]  # its lease will run out
    mail_server.answers.clear()
    run(rest)
    assert mail_server.taken == ["chen@example.org", "lucia@example.org", "amina@example.org"] and asked() == []


def test_letters_wait_for_a_dead_mail_server_but_not_for_ever(three, mail_server, settings, caplog):
    settings.EMAIL_PORT = 9  # nobody listens there
    [row] = asked()
    run(row)
    assert asked() == [row] and "amina" not in caplog.text
    Notice.objects.update(at=timezone.now() - timedelta(days=2))
    run(row)
    assert asked() == [] and mail_server.taken == []


def test_a_paper_held_back_is_told_when_it_is_out_and_not_before(opened):
    actions.begin(opened.summit.pk)
    paper = papers.publish_paper(
        opened.summit.pk, by=None, now=NOW, symbol="A/1/L.1", titles={"en": "Draft"}, access="participants",
        item_id=opened.subitem.pk, embargoed=True,
    )  # fmt: skip
    papers.add_file(paper.pk, by=None, now=NOW, language="en", found=files.Found("txt", 4, "0" * 64, b"text"))
    for reader in (opened.amina, opened.lucia):
        actions.choose(reader, {"paper": "mail"})
    assert told(opened, opened.amina) == told(opened, opened.dana) == []
    chair.take_item(opened.meeting.pk, opened.subitem.pk, by=opened.bruno, now=NOW)
    assert told(opened, opened.amina, now=timezone.now()) == ["A/1/L.1 is out: Draft"]
    opened.lucia.accreditations.update(state="withdrawn")  # until the letters go
    [row] = asked()
    run(row)
    assert [letter.to for letter in mail.outbox] == [[opened.amina.email]]


def test_what_happened_before_one_read_and_was_told_after_is_new(watched):
    move_credentials(watched.kenya.pk, "challenged", by=None, now=NOW)
    actions.read_all(watched.amina, watched.summit, now=NOW + timedelta(seconds=2))
    actions.gather(watched.summit.pk, now=NOW + timedelta(seconds=5))
    assert unread_for(watched.amina, watched.summit, LATER, papers_for(watched.amina, LATER)).count() == 1


def test_a_journal_that_cannot_be_read_keeps_no_other_summit_from_its_notices(watched, caplog):
    other = make_house("zz-other", at="other.org")
    actions.begin(other.summit.pk)
    with transaction.atomic():
        record.write(watched.summit, "question.put", at=NOW, actor=None)  # without what such an entry tells
    put_question(other.summit.pk, [other.kenya.pk], by=None, now=NOW, texts={"en": "Who signs?"})
    tasks.look()
    assert Notice.objects.get().summit == other.summit and "cannot be gathered" in caplog.text

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from summit.errors import Refused
from summit.models import Entry, Membership, Question
from summit.questions import actions
from tests.cast import NOW, accredit, person


def put(cast, *delegations, **more):
    """A question of the machine itself to these delegations."""
    asked = [one.pk for one in delegations]
    return actions.put_question(
        cast.summit.pk, asked, by=None, now=NOW, texts={"en": "Will you speak on item 3?"}, **more
    )


def test_a_question_is_put_to_each_delegation_in_one_entry_for_officers_only(cast, organiser):
    rows = actions.put_question(
        cast.summit.pk, [cast.kenya.pk, cast.chile.pk], by=organiser, now=NOW, texts={"en": "Who signs?"},
        item_id=cast.item.pk, due_at=NOW + timedelta(hours=2),
    )  # fmt: skip
    assert [row.delegation.code for row in rows] == ["CL", "KE"]
    entry = Entry.objects.get(kind="question.put")
    assert entry.audience == "officers" and entry.body["item"]["number"] == "3"
    assert [one["code"] for one in entry.body["delegations"]] == ["CL", "KE"]


def test_only_organisers_put_questions_and_only_sensible_ones(cast, organiser, refused):
    def ask(by=organiser, delegations=(cast.kenya.pk,), **more):
        actions.put_question(cast.summit.pk, delegations, by=by, now=NOW, **{"texts": {"en": "Who signs?"}, **more})

    with refused("organiser.required"):
        ask(by=cast.amina)
    with refused("question.nobody"):
        ask(delegations=())
    with refused("question.due_past"):
        ask(due_at=NOW)
    with refused("name.empty"):
        ask(texts={"en": " "})
    with refused("item.unknown"):
        ask(item_id=10**6)
    assert not Question.objects.exists() and not Entry.objects.filter(kind="question.put").exists()


def test_a_member_answers_for_the_delegation_once(cast, refused):
    (row,) = put(cast, cast.kenya)
    for stranger in (cast.lucia, cast.eve, cast.bruno):
        with refused("question.not_yours"):
            actions.answer_question(row.pk, "Yes", by=stranger, now=NOW)
    with refused("text.empty"):
        actions.answer_question(row.pk, "  ", by=cast.amina, now=NOW)
    actions.answer_question(row.pk, "Yes: the Minister.", by=cast.amina, now=NOW)
    entry = Entry.objects.get(kind="question.answered")
    assert entry.body["answer"] == "Yes: the Minister." and entry.body["actor"]["delegation"]["code"] == "KE"
    assert entry.audience == "officers"
    with refused("question.closed"):
        actions.answer_question(row.pk, "No", by=cast.amina, now=NOW)


def test_whoever_lost_their_badge_or_left_the_delegation_answers_no_more(cast):
    (row,) = put(cast, cast.kenya)
    former = person("Former Member")
    accredit(former, cast.summit)
    Membership.objects.create(person=former, delegation=cast.kenya, function="adviser", ends=NOW)
    cast.amina.accreditations.update(state="withdrawn")
    for who in (former, cast.amina):
        with pytest.raises(Refused, match=r"question\.not_yours"):
            actions.answer_question(row.pk, "Yes", by=who, now=NOW)


def test_a_question_withdrawn_is_gone_from_the_page(cast, organiser, client, refused):
    (row,) = put(cast, cast.kenya)
    client.force_login(cast.amina.account)
    url = reverse("question", args=["test", row.pk])
    assert client.get(url).status_code == 200
    actions.withdraw_question(row.pk, by=organiser, now=NOW)
    assert client.get(url).status_code == 404
    assert "Will you speak" not in client.get(reverse("summit", args=["test"])).content.decode()
    with refused("question.closed"):
        actions.answer_question(row.pk, "Yes", by=cast.amina, now=NOW)


def test_home_asks_and_the_page_takes_the_answer(cast, client):
    (row, _chiles) = sorted(put(cast, cast.kenya, cast.chile), key=lambda one: one.delegation_id)
    client.force_login(cast.amina.account)
    home, url = reverse("summit", args=["test"]), reverse("question", args=["test", row.pk])
    assert url in client.get(home).content.decode()
    assert client.get(reverse("question", args=["test", _chiles.pk])).status_code == 404
    long = client.post(url, {"answer": "x" * 2001})
    assert long.status_code == 422 and "x" * 2001 in long.content.decode()  # nothing typed is lost
    assert client.post(url, {"answer": "Yes."}, follow=True).redirect_chain == [(home, 302)]
    assert url not in client.get(home).content.decode()
    assert "Yes." in client.get(url).content.decode()


def test_an_organiser_asks_in_the_admin_on_the_hosts_clock(cast, organiser, client):
    client.force_login(organiser.account)
    tomorrow = (timezone.now() + timedelta(days=1)).date()
    page = client.post(
        reverse("admin:summit_question_add"),
        {
            "summit": cast.summit.pk, "delegations": [cast.kenya.pk, cast.chile.pk], "texts_en_text": "Who signs?",
            "due_at_0": tomorrow.isoformat(), "due_at_1": "12:00",
        },
    )  # fmt: skip
    assert page.status_code == 302, page.context["adminform"].form.errors
    row = Question.objects.get(delegation=cast.kenya)
    assert row.due_at.hour == 9  # noon in Nairobi
    answered = reverse("admin:summit_question_change", args=[row.pk])
    actions.answer_question(row.pk, "The Minister.", by=cast.amina, now=timezone.now())
    assert "The Minister." in client.get(answered).content.decode()

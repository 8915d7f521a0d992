"""The draw for the first seat: sealed, held, followed by every order, and checked by anyone."""

from __future__ import annotations

from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command

from summit.delegations import actions, draw
from summit.delegations.queries import in_protocol_order
from summit.errors import Refused
from summit.models import Entry
from summit.record import actions as record
from tests.cast import NOW


def code_of(act, *args, **options):
    with pytest.raises(Refused) as refused:
        act(*args, **options)
    return refused.value.code


@pytest.fixture
def seated(cast, organiser):
    for code, name in (("AT", "Austria"), ("NO", "Norway"), ("PE", "Peru")):
        actions.create_delegation(
            cast.summit.pk, by=organiser, now=NOW, code=code, category="member",
            names={"en": {"short": name}, "fr": {"short": name}},
        )  # fmt: skip
    return cast


def order(cast, language="en"):
    return [row.code for row in in_protocol_order(cast.summit, language)]


def test_seed_and_word_decide_together_and_nobody_is_favoured():
    members = ["AT", "CL", "KE", "NO", "PE"]
    assert draw.first("seed", "ocean", members) == draw.first("seed", "ocean", members[::-1])
    assert len({draw.first("seed", word, members) for word in map(str, range(60))}) == 5
    assert len({draw.first(str(seed), "ocean", members) for seed in range(60)}) == 5
    counts = Counter(draw.first(str(seed), "x", members) for seed in range(5000))
    assert all(900 < count < 1100 for count in counts.values())


def test_a_draw_is_sealed_in_the_journal_before_it_is_held_and_every_order_follows(seated, organiser):
    before = order(seated)
    assert before == ["AT", "CL", "KE", "NO", "PE", "VA", "SEC"]
    row = actions.commit_draw(seated.summit.pk, by=organiser, now=NOW)
    sealed = Entry.objects.get(kind="draw.committed")
    assert row.seed not in str(sealed.body) and order(seated) == before
    actions.draw_first(seated.summit.pk, "  blue   ocean ", by=organiser, now=NOW)
    held = Entry.objects.get(kind="draw.held").body
    assert held["word"] == "blue ocean" and held["members"] == ["AT", "CL", "KE", "NO", "PE"]
    drawn = held["first"]["code"]
    assert draw.is_true(sealed.body["commitment"], held["seed"], held["word"], held["members"], drawn)
    assert not draw.is_true(sealed.body["commitment"], held["seed"], "red ocean", held["members"], "XX")
    at = before.index(drawn)
    assert order(seated) == before[at:5] + before[:at] + ["VA", "SEC"]
    assert order(seated, "zh")[0] == order(seated, "fr")[0] == drawn
    actions.create_delegation(
        seated.summit.pk, by=organiser, now=NOW, code="BR", category="member", names={"en": {"short": "Brazil"}}
    )
    assert order(seated)[0] == drawn  # newcomers take their place in the alphabet, the first stays


def test_a_draw_is_held_once_sealed_with_a_word_by_an_organiser(seated, organiser):
    pk = seated.summit.pk
    assert code_of(actions.draw_first, pk, "ocean", by=organiser, now=NOW) == "draw.nothing_waits"
    assert code_of(actions.commit_draw, pk, by=seated.amina, now=NOW) == "organiser.required"
    actions.commit_draw(pk, by=organiser, now=NOW)
    assert code_of(actions.commit_draw, pk, by=organiser, now=NOW) == "draw.waits"
    assert code_of(actions.draw_first, pk, "   ", by=organiser, now=NOW) == "draw.word"
    assert code_of(actions.draw_first, pk, "ocean", by=seated.amina, now=NOW) == "organiser.required"
    assert Entry.objects.filter(kind="draw.held").count() == 0


def test_whoever_checks_the_journal_checks_the_draws_too(seated, organiser):
    pk, said = seated.summit.pk, StringIO()
    actions.commit_draw(pk, by=organiser, now=NOW)
    actions.draw_first(pk, "ocean", by=organiser, now=NOW)
    call_command("verify_journal", stdout=said)
    assert "as its seal promised" in said.getvalue()
    actions.commit_draw(pk, by=organiser, now=NOW)
    held = Entry.objects.get(kind="draw.held").body
    record.write(seated.summit, "draw.held", at=NOW, **{**held, "seed": "0" * 64})  # a seed that was never sealed
    with pytest.raises(SystemExit):
        call_command("verify_journal", stdout=said)
    assert "NOT what its seal promised" in said.getvalue()


def test_everybody_can_read_the_order_and_the_proof(seated, organiser, client):
    client.force_login(seated.amina.account)
    url = f"/s/{seated.summit.slug}/delegations/"
    assert "No draw was held" in client.get(url).content.decode()
    row = actions.commit_draw(seated.summit.pk, by=organiser, now=NOW)
    page = client.get(url).content.decode()
    assert "A draw is sealed" in page and row.seed not in page
    actions.draw_first(seated.summit.pk, "ocean", by=organiser, now=NOW)
    page = client.get(url, {"language": "fr"}).content.decode()
    assert row.seed in page and draw.commitment(row.seed) in page and "ocean" in page
    assert f'data-local="{seated.summit.zone}"' in page  # the hour of the host, as everywhere
    assert client.get(url, {"language": "xx"}).status_code == 404

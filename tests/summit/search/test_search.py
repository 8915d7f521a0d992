import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from summit.agenda import actions as agenda
from summit.agenda import files, papers
from summit.chair import actions as chair
from summit.management.demo.papers import pdf
from summit.minutes import actions as minutes
from summit.models import Item, Minutes, Outbox, Text
from summit.search import indexing, tasks
from summit.search.queries import excerpt, search
from summit.search.stems import stems
from tests.cast import NOW, make_cast


def publish(cast, symbol, access="participants", titles=None, body="", language="en", **more):
    paper = papers.publish_paper(
        cast.summit.pk, by=None, now=NOW, symbol=symbol, titles=titles or {"en": symbol}, access=access, **more
    )
    if body:
        found = files.Found("txt", len(body), "0" * 64, body.encode())
        papers.add_file(paper.pk, by=None, now=NOW, language=language, found=found)
    return paper


def found(cast, words, who=None, language="en"):
    tasks.look()
    return [hit.text.title for hit in search(words, cast.summit, who or cast.amina, language, NOW)]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Financing of adaptations", "finance adaptation"),
        ("fr", "Élévations du niveau des mers", "elevation niveau mer"),
        ("es", "Las declaraciones políticas", "declaracion politica"),
        ("ru", "полномочиями представителей", "полномочия представитель"),
        ("ar", "التمويلُ المتعلّق بالمناخ", "التمويل المتعلق بالمناخ"),
        ("zh", "气候资金宣言草案", "资金"),
    ],
)
def test_words_are_compared_by_their_stems_in_six_languages(language, one, other):
    assert set(stems(other, language).split()) <= set(stems(one, language).split())


def test_symbols_and_numbers_are_not_cut():
    assert stems("A/1/L.4/Rev.1", "en") == "a 1 l 4 rev 1" and stems("3(b)", "en") == "3 b"


def test_agenda_papers_and_approved_minutes_are_found_whatever_the_endings(opened):
    publish(opened, "A/1/L.4", body="The Conference decides to finance the adaptation of coastal communities.")
    chair.decide(opened.meeting.pk, text="Adaptation is financed.", by=opened.bruno, now=NOW)
    chair.close(opened.meeting.pk, unheard=0, by=opened.bruno, now=NOW)
    agenda.create_item(opened.summit.pk, by=None, now=NOW, number="9", titles={"en": "Financing adaptation"})
    titles = found(opened, "financed adaptations")
    assert titles == ["9 Financing adaptation", "A/1/L.4 A/1/L.4"]  # a title weighs more; a draft is nobody's to find
    held = Minutes.objects.get(meeting=opened.meeting)
    minutes.approve(held.pk, seen=minutes.draft_digest(held), by=opened.bruno, now=NOW)
    assert len(found(opened, "financed adaptations")) == 3
    assert found(opened, "coastal communities") == ["A/1/L.4 A/1/L.4"] == found(opened, "l.4 coastal")
    assert found(opened, "coastal bananas") == [] == found(opened, "  ? ")


def test_what_one_may_not_read_is_not_found_and_not_counted(cast):
    publish(cast, "A/1", "restricted", body="secret corridor agreement")
    publish(cast, "A/2", "delegation", body="secret corridor agreement", delegation_id=cast.chile.pk)
    publish(cast, "A/3", "public", body="secret corridor agreement", item_id=cast.item.pk, embargoed=True)
    for number in range(60):  # more than are shown, all of them better
        publish(cast, f"B/{number}", "restricted", body="secret secret corridor")
    publish(cast, "A/4", body="a secret corridor, much further down " + "among other words " * 50)
    cast.kenya.credentials.state = "none"
    cast.kenya.credentials.save()
    assert found(cast, "secret corridor") == ["A/4 A/4"]
    assert "A/2 A/2" in found(cast, "corridor agreement", cast.lucia)
    assert "A/3 A/3" in found(cast, "corridor agreement", cast.dana)


def test_ones_own_language_comes_first_and_each_thing_once(cast):
    publish(cast, "A/1", titles={"en": "Ocean glaciers", "fr": "Glaciers des océans"})
    publish(cast, "A/2", titles={"fr": "Glaciers et climat"})
    assert found(cast, "glaciers", language="fr") == ["A/1 Glaciers des océans", "A/2 Glaciers et climat"]
    assert found(cast, "glaciers") == ["A/1 Ocean glaciers", "A/2 Glaciers et climat"]


def test_changes_are_followed_and_what_is_gone_is_not_found(cast):
    paper = publish(cast, "A/1", titles={"en": "Mountains"})
    assert found(cast, "mountain") == ["A/1 Mountains"]
    papers.change_paper(paper.pk, by=None, now=NOW, titles={"en": "Rivers"}, access="participants")
    assert found(cast, "mountain") == [] and found(cast, "river") == ["A/1 Rivers"]
    papers.withdraw_paper(paper.pk, by=None, now=NOW)
    assert found(cast, "river") == []
    assert indexing.update(cast.summit.pk) == 0  # nothing was written since


def test_the_words_of_a_pdf_are_read_and_a_broken_one_is_left_out(cast):
    paper = publish(cast, "A/1")
    good = files.look_into("a.pdf", pdf("Draft", "A/1", ("Glaciers are melting.",)))
    papers.add_file(paper.pk, by=None, now=NOW, language="en", found=good)
    broken = files.Found("pdf", 8, "0" * 64, b"%PDF-1.4")
    papers.add_file(paper.pk, by=None, now=NOW, language="fr", found=broken)
    assert found(cast, "glacier melt") == ["A/1 A/1"]
    assert Text.objects.get(paper=paper, language="fr").body == ""


def test_an_excerpt_shows_the_words_where_they_stand():
    body = "One. " * 40 + "They financed the coast,\nand more. " + "Two. " * 40
    parts = excerpt(body, {"financ", "coast"}, "en")
    assert [text for text, hit in parts if hit] == ["financed", "coast"]
    assert "".join(text for text, _hit in parts).startswith("… ") and len("".join(t for t, _h in parts)) < 240
    assert excerpt(body, {"banana"}, "en") == []


def test_the_page_marks_what_was_found_and_takes_as_many_queries_for_three_as_for_one(cast, client):
    client.force_login(cast.amina.account)
    url, counts = reverse("search", args=["test"]), []
    for number in range(3):
        publish(cast, f"A/{number}", body="<b>glaciers</b> melt")
        tasks.look()
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url, {"q": "glacier"}).content.decode()
        counts.append(len(queries))
    assert page.count("<mark>glaciers</mark>") == 3 and "<b>" not in page
    assert counts[0] == counts[2] <= 35
    assert "Nothing holds all of these words" in client.get(url, {"q": "\"' OR * NEAR( bananas"}).content.decode()


def test_papers_that_take_too_long_for_one_look_are_read_one_after_the_other(cast):
    for number in range(3):
        publish(cast, f"A/{number}", body="glaciers")
    assert indexing.update(cast.summit.pk, budget=-1) == 5  # two items, and three papers of which one was read
    assert Text.objects.exclude(paper=None).count() == 1
    assert indexing.update(cast.summit.pk, budget=-1) == 0  # nothing begins anew
    row = Outbox.objects.get(task="summit.search.tasks.read")
    tasks.read(**row.arguments, outbox=row.pk)
    assert len(found(cast, "glacier")) == 3 and not Outbox.objects.filter(done_at=None).exists()


def test_an_excerpt_of_a_text_without_blanks_begins_near_the_word():
    parts = excerpt(
        "，".join(["会议开幕发言"] * 200) + "，气候资金，" + "，".join(["会议闭幕发言"] * 200), {"气候"}, "zh"
    )
    assert [text for text, hit in parts if hit] == ["气候资金"]
    assert len("".join(text for text, _hit in parts)) < 240


def test_a_summit_that_cannot_be_indexed_keeps_no_other_from_it(cast, caplog):
    other = make_cast("zz-other", at="other.org")
    publish(cast, "A/1")
    publish(other, "A/2", titles={"en": "Mountains"})
    Item.objects.filter(pk=cast.item.pk).update(titles=["not", "a", "mapping"])
    tasks.look()
    assert "cannot be indexed" in caplog.text
    assert Text.objects.filter(summit=other.summit, title__contains="Mountains").exists()

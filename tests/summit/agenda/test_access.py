from datetime import timedelta
from io import BytesIO

import pytest
from django.db.models.signals import pre_save
from django.urls import reverse
from docx import Document
from pypdf import PdfReader, PdfWriter

from summit.agenda import files, papers
from summit.agenda.marking import line, marked
from summit.agenda.queries import listed, papers_for
from summit.chair import actions as chair
from summit.errors import Refused
from summit.floor.topics import agenda_state
from summit.management.demo.papers import pdf
from summit.models import Entry, Item, Office, Paper
from tests.cast import NOW, accredit, give_task, person


def publish(cast, symbol, access="participants", **more):
    return papers.publish_paper(
        cast.summit.pk, by=None, now=NOW, symbol=symbol, titles={"en": symbol}, access=access, **more
    )


def readable(who):
    return {paper.symbol for paper in papers_for(who, NOW)}


def add_pdf(paper, content=None):
    found = files.look_into("paper.pdf", content or pdf("Draft", paper.symbol, ("One line.",)))
    return papers.add_file(paper.pk, by=None, now=NOW, language="en", found=found)


def test_one_delegations_paper_is_read_by_its_members_and_the_secretariat(cast, refused):
    publish(cast, "A/1", "delegation", delegation_id=cast.kenya.pk)
    assert readable(cast.amina) == readable(cast.dana) == {"A/1"}
    assert readable(cast.lucia) == readable(cast.bruno) == readable(cast.eve) == readable(None) == set()
    assert Entry.objects.get(kind="paper.published").audience == "officers"
    with refused("paper.delegation"):
        publish(cast, "A/2", "delegation")
    with refused("paper.delegation"):
        publish(cast, "A/3", "public", delegation_id=cast.kenya.pk)
    with refused("paper.embargo"):
        publish(cast, "A/4", embargoed=True)


def test_a_paper_held_back_is_out_in_the_act_that_takes_up_its_item_and_back_when_that_is_undone(house):
    meeting, bruno = house.meeting, house.bruno
    publish(house, "A/1/L.1", "public", item_id=house.item.pk)
    publish(house, "A/1/L.1/Rev.1", "public", item_id=house.item.pk, embargoed=True)
    publish(house, "A/1/L.2", "restricted", item_id=house.item.pk, embargoed=True)
    assert readable(house.amina) == readable(None) == {"A/1/L.1"}
    assert "A/1/L.1/Rev.1" in readable(house.dana) and "A/1/L.1/Rev.1" in readable(house.bruno)
    assert Paper.objects.get(symbol="A/1/L.1").superseded_by is None
    chair.open_meeting(meeting.pk, by=bruno, now=NOW)
    chair.take_item(meeting.pk, house.subitem.pk, by=bruno, now=NOW)
    assert readable(house.amina) == {"A/1/L.1"}
    chair.take_item(meeting.pk, house.item.pk, by=bruno, now=NOW + timedelta(minutes=1))
    assert readable(house.amina) == {"A/1/L.1", "A/1/L.1/Rev.1", "A/1/L.2"}
    assert readable(None) == {"A/1/L.1", "A/1/L.1/Rev.1"}
    assert Paper.objects.get(symbol="A/1/L.1").superseded_by.symbol == "A/1/L.1/Rev.1"
    told = Entry.objects.filter(kind="paper.released").order_by("seq")
    assert [(e.audience, [one["symbol"] for one in e.body["papers"]]) for e in told] == [
        ("meeting", ["A/1/L.1/Rev.1"]), ("officers", ["A/1/L.2"]),
    ]  # fmt: skip
    meeting.refresh_from_db()
    shown = next(item for item in agenda_state(meeting)["items"] if item["number"] == "3")
    assert [paper["symbol"] for paper in shown["papers"]] == ["A/1/L.1/Rev.1"]  # what it replaced stands on its page
    taken = Entry.objects.filter(kind="item.taken").order_by("-seq")[0]
    chair.undo(meeting.pk, taken.seq, by=bruno, now=NOW + timedelta(minutes=1, seconds=5))
    assert readable(house.amina) == {"A/1/L.1"}
    assert Paper.objects.get(symbol="A/1/L.1").superseded_by is None


def test_an_organiser_releases_by_hand(cast, organiser, refused):
    paper = publish(cast, "A/1", item_id=cast.item.pk, embargoed=True)
    with refused("organiser.required"):
        papers.release_paper(paper.pk, by=cast.amina, now=NOW)
    papers.release_paper(paper.pk, by=organiser, now=NOW)
    assert readable(cast.amina) == {"A/1"}
    with refused("paper.not_held_back"):
        papers.release_paper(paper.pk, by=organiser, now=NOW)


def test_a_revision_one_may_not_read_is_not_named(cast, client):
    publish(cast, "A/1")
    publish(cast, "A/1/Rev.1", "restricted")
    cast.kenya.credentials.state = "none"
    cast.kenya.credentials.save()
    readable = papers_for(cast.amina, NOW)
    (mine,) = listed(readable, readable)
    assert mine.superseded_by is None
    client.force_login(cast.amina.account)
    page = client.get(reverse("papers", args=["test"])).content.decode()
    assert "A/1" in page and "Rev.1" not in page
    client.force_login(cast.lucia.account)
    page = client.get(reverse("papers", args=["test"])).content.decode()
    assert "superseded by A/1/Rev.1" in page


def test_a_withdrawn_revision_gives_the_text_back(cast):
    publish(cast, "A/1")
    newer = publish(cast, "A/1/Rev.1")
    papers.withdraw_paper(newer.pk, by=None, now=NOW)
    assert Paper.objects.get().superseded_by is None


def test_one_language_is_the_original(cast, client):
    paper = publish(cast, "A/1")
    for language, original in (("en", True), ("fr", False), ("fr", True)):
        found = files.Found("txt", 4, "0" * 64, b"text")
        papers.add_file(paper.pk, by=None, now=NOW, language=language, found=found, original=original)
    assert dict(paper.files.values_list("language", "original")) == {"en": False, "fr": True}
    client.force_login(cast.amina.account)
    page = client.get(reverse("papers", args=["test"])).content.decode()
    assert "original" in page.partition('hreflang="fr"')[2].partition("</a>")[0]


def test_a_restricted_pdf_carries_its_readers_name_on_every_page(cast, client):
    file = add_pdf(publish(cast, "A/1", "restricted"))
    client.force_login(cast.amina.account)
    answer = client.get(reverse("paper_file", args=["test", file.pk]))
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment")
    text = PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    assert f"Amina Rahal · KE · no. {cast.amina.pk} · " in text and "One line." in text


def test_a_restricted_word_document_carries_it_in_every_footer_and_plain_text_above_and_below(cast, client):
    draft = Document()
    draft.add_paragraph("One line.")
    draft.sections[0].footer.paragraphs[0].text = "Draft"
    for first in (False, True):  # a section that shows the footers of the one before, and one with its own
        section = draft.add_section()
        section.different_first_page_header_footer = first
        section.first_page_footer.is_linked_to_previous = not first
    written = BytesIO()
    draft.save(written)
    paper, taken = publish(cast, "A/1", "restricted"), {}
    client.force_login(cast.amina.account)
    for name, content in (("paper.docx", written.getvalue()), ("paper.txt", "\ufeffA line, أيضًا.".encode())):
        row = papers.add_file(paper.pk, by=None, now=NOW, language="en", found=files.look_into(name, content))
        answer = client.get(reverse("paper_file", args=["test", row.pk]))
        assert answer.status_code == 200 and row.file.read() == content, "what is kept stays as it came"
        taken[row.kind] = answer.content
    said = f"Amina Rahal · KE · no. {cast.amina.pk} · "
    plain, made = taken["txt"].decode("utf-8-sig"), Document(BytesIO(taken["docx"]))
    assert plain.startswith(said) and plain.count(said) == 2 and "A line, أيضًا." in plain
    files.look_into("again.docx", taken["docx"])  # still what it says it is
    assert made.paragraphs[0].text == "One line." and made.paragraphs[-1].text.startswith(said)
    for section in made.sections:
        for footer in (section.footer, section.first_page_footer, section.even_page_footer):
            assert footer.paragraphs[-1].text.startswith(said)
    assert made.sections[0].footer.paragraphs[0].text == "Draft" and len(made.sections) == 3


def test_an_open_paper_is_handed_out_as_it_came(cast, client):
    file = add_pdf(publish(cast, "A/1"))
    client.force_login(cast.amina.account)
    answer = client.get(reverse("paper_file", args=["test", file.pk]))
    assert b"".join(answer.streaming_content) == file.file.read()


def test_a_pdf_that_cannot_be_marked_is_not_handed_out(cast, client):
    locked = PdfWriter(clone_from=PdfReader(BytesIO(pdf("Draft", "A/1", ()))))
    locked.encrypt("a password nobody gave us", algorithm="RC4-128")
    content = BytesIO()
    locked.write(content)
    file = add_pdf(publish(cast, "A/1", "restricted"), content.getvalue())
    client.force_login(cast.amina.account)
    answer = client.get(reverse("paper_file", args=["test", file.pk]), follow=True)
    assert "cannot be marked with your name" in answer.content.decode()


def test_the_mark_is_in_latin_letters_whatever_the_name(cast):
    for name, said in (("عائشة بن علي", ""), ("Łucja Żak", "ucja Zak · "), ("Zoë (Ann\\)", "Zoë (Ann\\) · ")):
        cast.amina.names = {"en": {"short": name}}
        assert line(cast.amina, cast.kenya, NOW) == f"{said}KE · no. {cast.amina.pk} · 2026-11-23 09:00 UTC"
        made = marked(pdf("Draft", "A/1", ()), "pdf", cast.amina, cast.kenya, NOW)
        assert f"{said}KE · no." in PdfReader(BytesIO(made)).pages[0].extract_text()


def test_damaged_files_are_refused_not_waited_for(cast):
    for content in (b"", b"%PDF-1.4 nothing", b"%PDF-1.4\n" + b"[" * 100_000, b"PK\3\4 no Word document"):
        try:
            marked(content, "docx" if content[:1] == b"P" else "pdf", cast.amina, None, NOW)
        except Refused as refused:
            assert refused.code == "paper.unmarkable"
        else:
            raise AssertionError(content[:20])


def test_an_officer_of_a_meeting_reads_what_is_held_back(cast):
    publish(cast, "A/1", item_id=cast.item.pk, embargoed=True)
    Office.objects.create(meeting=cast.meeting, person=cast.lucia, kind="secretary")
    assert readable(cast.lucia) == {"A/1"} and readable(cast.amina) == set()


@pytest.mark.parametrize("task", ["conference", "records"])
def test_a_task_for_the_summit_counts_as_an_office_for_reading_too(cast, task):
    publish(cast, "A/1", "restricted", item_id=cast.item.pk, embargoed=True)
    clerk = person("Clara Clerk")
    accredit(clerk, cast.summit)
    assert readable(clerk) == set()
    give_task(cast.summit, clerk, task)
    assert readable(clerk) == {"A/1"}


def test_a_paper_moved_to_another_item_leaves_the_rooms_of_the_first(cast, rings):
    paper = publish(cast, "A/1", item_id=cast.item.pk)
    elsewhere = Item.objects.create(summit=cast.summit, number="9", titles={"en": "Other business"})
    rings()
    papers.change_paper(paper.pk, by=None, now=NOW, titles={"en": "A/1"}, access="participants", item_id=elsewhere.pk)
    [*_before, heard] = rings()
    assert all(not item["papers"] for item in heard["topics"]["agenda"]["items"])


def test_changing_a_paper_never_takes_back_that_it_was_just_released(cast):
    paper = publish(cast, "A/1", item_id=cast.item.pk, embargoed=True)

    def release(instance, **_):  # the chair takes up its item while the organiser's change is under way
        Paper.objects.filter(pk=instance.pk).update(released_at=NOW)

    pre_save.connect(release, sender=Paper)
    try:
        change = {"titles": {"en": "Renamed"}, "access": "participants", "item_id": cast.item.pk, "embargoed": True}
        papers.change_paper(paper.pk, by=None, now=NOW, **change)
    finally:
        pre_save.disconnect(release, sender=Paper)
    assert readable(cast.amina) == {"A/1"}

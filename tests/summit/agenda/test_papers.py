import pytest
from django.urls import reverse

from summit.agenda import papers
from summit.agenda.files import look_into
from summit.errors import Refused
from summit.management.demo.papers import pdf
from summit.models import Entry, Paper, PaperFile
from tests.cast import NOW, make_cast

PDF = pdf("Draft", "A/1/L.4", ("One.",))


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def publish(cast, organiser, **values):
    plan = {"symbol": "A/1/L.4", "titles": {"en": "Draft"}, "access": "participants", "item_id": cast.item.pk}
    return papers.publish_paper(cast.summit.pk, by=organiser, now=NOW, **(plan | values))


def test_a_paper_is_published_and_its_file_kept_under_a_name_of_our_own(cast, organiser, settings):
    paper = publish(cast, organiser)
    row = papers.add_file(
        paper.pk, by=organiser, now=NOW, language="en", found=look_into("../../evil\u202efdp.pdf", PDF)
    )
    assert "evil" not in row.file.name and ".." not in row.file.name
    assert [entry.kind for entry in Entry.objects.order_by("seq")] == ["paper.published", "paper.file_added"]
    assert Entry.objects.last().body["sha256"] == row.sha256


def test_a_new_version_replaces_the_old_file(cast, organiser, django_capture_on_commit_callbacks):
    paper = publish(cast, organiser)
    with django_capture_on_commit_callbacks(execute=True):
        first = papers.add_file(paper.pk, by=organiser, now=NOW, language="en", found=look_into("a.pdf", PDF))
        old = first.file.path
        second = papers.add_file(
            paper.pk, by=organiser, now=NOW, language="en", found=look_into("a.pdf", PDF.replace(b"One", b"Two"))
        )
    from pathlib import Path

    assert first.pk == second.pk and not Path(old).exists() and Path(second.file.path).exists()


def test_only_organisers_publish_and_only_good_names(cast, organiser):
    for who in (cast.amina, cast.dana, cast.eve):
        with pytest.raises(Refused) as refused:
            publish(cast, who)
        assert refused.value.code == "organiser.required"
    for symbol, code in (("A" * 61, "paper.symbol"), ("A\u202e1", "name.control"), ("<b>A</b>", "name.markup")):
        with pytest.raises(Refused) as refused:
            publish(cast, organiser, symbol=symbol)
        assert refused.value.code == code
    publish(cast, organiser)
    with pytest.raises(Refused) as refused:
        publish(cast, organiser)
    assert refused.value.code == "paper.twice"


def test_an_item_of_another_summit_is_not_found(cast, organiser):
    other = make_cast("other", at="other.org")
    with pytest.raises(Refused) as refused:
        publish(cast, organiser, item_id=other.item.pk)
    assert refused.value.code == "item.unknown"


def test_a_file_is_served_as_a_download_no_browser_will_run(cast, organiser, client):
    paper = publish(cast, organiser, symbol='A/1/"L".4')
    row = papers.add_file(paper.pk, by=organiser, now=NOW, language="en", found=look_into("a.pdf", PDF))
    client.force_login(cast.amina.account)
    response = client.get(reverse("paper_file", args=["test", row.pk]))
    assert response.status_code == 200 and b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"] == 'attachment; filename="A-1--L-.4-en.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"] and "script-src" not in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("access", "allowed"),
    [("public", {"amina", "eve", None}), ("participants", {"amina"}), ("restricted", {"amina"})],
)
def test_who_may_read_a_file(cast, organiser, client, access, allowed):
    paper = publish(cast, organiser, access=access)
    row = papers.add_file(paper.pk, by=organiser, now=NOW, language="en", found=look_into("a.pdf", PDF))
    for who in ("amina", "eve", None):
        client.logout()
        if who:
            client.force_login(getattr(cast, who).account)
        status = client.get(reverse("paper_file", args=["test", row.pk])).status_code
        assert status == (200 if who in allowed else 404), who
        assert client.get(reverse("paper_file", args=["other", row.pk])).status_code == 404


def test_a_withdrawn_paper_leaves_only_its_hashes(cast, organiser):
    paper = publish(cast, organiser)
    row = papers.add_file(paper.pk, by=organiser, now=NOW, language="en", found=look_into("a.pdf", PDF))
    papers.withdraw_paper(paper.pk, by=organiser, now=NOW)
    assert not Paper.objects.exists() and not PaperFile.objects.exists()
    assert Entry.objects.last().body["hashes"] == [row.sha256]

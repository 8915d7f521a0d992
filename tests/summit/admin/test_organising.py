import html
import json
import re

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from summit.management.demo.papers import pdf
from summit.models import (
    Accreditation,
    Delegation,
    Entry,
    Group,
    HallPlan,
    Import,
    Item,
    Meeting,
    Membership,
    Office,
    Paper,
    Period,
    Person,
    Purge,
    Question,
    StaffTask,
    Summit,
)
from summit.retention.actions import set_period
from summit.seating.actions import set_hall
from tests.cast import NOW, confirm, make_cast, make_organiser

LANGUAGES = ["en", "fr", "es", "ar", "ru", "zh"]
SITE = [
    Summit,
    Delegation,
    Accreditation,
    Membership,
    Group,
    StaffTask,
    Meeting,
    Item,
    Office,
    Paper,
    Question,
    Import,
    Entry,
    Period,
    Purge,
]


def rows(field, **values):
    """Form data of a RowsField: {language}_{form} → text."""
    return {f"{field}_{key}": text for key, text in values.items()}


def url(model, page, *args):
    return reverse(f"admin:summit_{model._meta.model_name}_{page}", args=args)


def kinds():
    return list(Entry.objects.order_by("seq").values_list("kind", flat=True))


@pytest.fixture
def otto(cast, organiser, client):
    client.force_login(organiser.account)
    return client


def test_columns_are_headed_in_the_readers_language(otto):
    otto.cookies["django_language"] = "ar"
    for model in (Accreditation, Membership, StaffTask):
        page = otto.get(url(model, "changelist")).content.decode()
        assert "الشخص" in page and not re.search(r">\s*person\s*<", page, re.IGNORECASE), model
    assert "ابحث هنا" in page and "Type to search" not in page


def save(client, model, data, pk=None):
    target = url(model, "change", pk) if pk else url(model, "add")
    response = client.post(target, data)
    if response.status_code == 200:
        form = response.context["adminform"].form
        return {**form.errors}
    assert response.status_code == 302
    return None


def test_an_organiser_founds_a_summit_and_organises_it(otto, organiser):
    data = {
        "slug": "oslo", **rows("names", en_short="Oslo", en_formal="The Oslo Summit"), "zone": "Europe/Oslo",
        "languages": ["en", "fr"], "protocol_language": "fr", "opens_on": "2027-01-01", "closes_on": "2027-01-03",
    }  # fmt: skip
    assert save(otto, Summit, data) is None
    summit = Summit.objects.get(slug="oslo")
    assert summit.names == {"en": {"short": "Oslo", "formal": "The Oslo Summit"}}
    assert summit.delegations.get().code == "SEC" and summit.accreditations.get().person == organiser
    assert otto.get(url(Summit, "change", summit.pk)).status_code == 200
    assert [e.kind for e in summit.entries.all()] == ["summit.founded"]
    assert save(otto, Summit, {**data, "closes_on": "2027-01-02"}, summit.pk) is None
    assert "__all__" in save(otto, Summit, {**data, "zone": "Mars/Olympus"}, summit.pk)


def test_an_organiser_founds_a_summit_as_the_last_one_was_planned(otto, cast, organiser):
    page = otto.get(url(Summit, "add")).content.decode()
    assert "General assembly" in page and "As planned for Test summit" in page
    data = {
        "slug": "next", **rows("names", en_short="Next", en_formal="The Next Summit"), "zone": "Africa/Nairobi",
        "languages": ["en"], "protocol_language": "en", "opens_on": "2027-11-22", "closes_on": "2027-11-26",
        "beginning": str(cast.summit.pk), "with_delegations": "on",
    }  # fmt: skip
    assert save(otto, Summit, data) is None
    summit = Summit.objects.get(slug="next")
    assert summit.meetings.get().day.isoformat() == "2027-11-22" and summit.delegations.filter(code="KE").exists()
    assert "beginning" in save(otto, Summit, {**data, "slug": "more", "beginning": "9999"})
    assert not HallPlan.objects.exists()
    hall = {"rows": 9, "blocks": [4, 5], "places": 2, "begins": "right"}
    set_hall(cast.summit.pk, by=organiser, now=NOW, **hall)
    save(otto, Summit, {**data, "slug": "again"})
    assert HallPlan.objects.filter(summit__slug="again", **hall).exists()


def test_a_delegation_is_seated_with_names_by_default_and_renamed(otto, cast):
    data = {"summit": cast.summit.pk, "code": "CI", "category": "member", "flag": "ci"}
    assert save(otto, Delegation, data) is None
    seated = Delegation.objects.get(code="CI")
    assert set(seated.names) == set(LANGUAGES) and seated.names["fr"]["short"] == "Côte d’Ivoire"
    assert seated.order["en"] == 2  # Chile, Côte d'Ivoire, Kenya
    change = {"category": "member", "flag": "ci", **rows("names", en_short="Ivory", en_formal="the Ivory")}
    assert save(otto, Delegation, change, seated.pk) is None
    seated.refresh_from_db()
    assert seated.names == {"en": {"short": "Ivory", "formal": "the Ivory"}}
    assert kinds() == ["delegation.seated", "delegation.changed"]
    assert Entry.objects.last().body["was"]["names"]["fr"]["short"] == "Côte d’Ivoire"


@pytest.mark.parametrize(
    "name", ["Ken\u202eya", "<script>alert(1)</script>", "&lt;b&gt;", "K" * 301, "Ken\x00ya", "\u2066Kenya\u2069"]
)
def test_names_that_could_deceive_are_refused_and_what_was_typed_stays(otto, cast, name):
    data = {"category": "member", "flag": "ke", **rows("names", en_short=name, en_formal="the Republic of Kenya")}
    response = otto.post(url(Delegation, "change", cast.kenya.pk), data)
    assert response.status_code == 200 and response.context["adminform"].form.errors
    assert "the Republic of Kenya" in response.content.decode() and "<script>alert" not in response.content.decode()
    cast.kenya.refresh_from_db()
    assert cast.kenya.names["en"]["short"] == "Kenya" and kinds() == []


def test_credentials_move_by_buttons_that_call_the_action(otto, cast, organiser):
    target = url(Delegation, "step", cast.kenya.pk)
    page = otto.get(url(Delegation, "change", cast.kenya.pk)).content.decode()
    assert re.findall(r'name="step" value="([\w.]+)"', page) == [
        "credentials.challenged", "credentials.withdrawn", "suspension.propose",
    ]  # fmt: skip
    otto.post(target, {"step": "credentials.challenged", "reason": "A letter came"})
    cast.kenya.credentials.refresh_from_db()
    assert cast.kenya.credentials.state == "challenged"
    assert Entry.objects.last().body["reason"] == "A letter came"
    assert Entry.objects.last().body["actor"]["names"]["en"]["short"] == "Otto Brandt"
    otto.post(target, {"step": "credentials.none"})
    otto.post(target, {"step": "nonsense"})
    assert otto.get(target).status_code == 405
    assert kinds() == ["credentials.challenged"]


def test_two_organisers_suspend_a_delegation(otto, cast, second_organiser, client):
    target = url(Delegation, "step", cast.kenya.pk)
    asked = otto.post(target, {"step": "suspension.propose", "reason": "Decision 4/1"})
    assert asked["Location"].startswith(reverse("account_reauthenticate")) and kinds() == []
    confirm(otto, target)  # and what was asked for is done
    assert kinds() == ["delegation.suspension_proposed"]
    otto.post(target, {"step": "suspension.lift"})
    otto.post(target, {"step": "suspension.propose", "reason": ""})
    assert len(kinds()) == 2
    otto.post(target, {"step": "suspension.propose", "reason": "Decision 4/1"})
    otto.post(target, {"step": "suspension.confirm"})
    assert kinds()[2:] == ["delegation.suspension_proposed"]
    otto.force_login(second_organiser.account)
    confirm(otto)
    otto.post(target, {"step": "suspension.confirm"})
    assert kinds()[-1] == "delegation.suspended"


def test_a_person_is_nominated_approved_invited_and_appointed(otto, cast, mailoutbox):
    data = {
        "summit": cast.summit.pk, **rows("names", en_short="Gita Guest", en_formal="Ms Gita Guest"),
        "email": "Gita@Example.org", "language": "fr", "delegation": cast.kenya.pk, "function": "adviser",
        **rows("title", en_text="Adviser on oceans"),
    }  # fmt: skip
    assert save(otto, Accreditation, data) is None
    row = Accreditation.objects.get(person__email="gita@example.org")
    assert row.person.memberships.get().title == {"en": "Adviser on oceans"} and row.state == "nominated"
    target = url(Accreditation, "step", row.pk)
    for step in ("accreditation.approved", "invite", "accreditation.badged"):
        otto.post(target, {"step": step})
    assert kinds() == [
        "person.registered", "accreditation.nominated", "member.appointed", "accreditation.approved",
        "invitation.sent", "accreditation.badged",
    ]  # fmt: skip
    change = {**rows("names", en_short="Gita Gast", en_formal=""), "email": "gita@example.org", "language": "en"}
    assert save(otto, Accreditation, change, row.pk) is None
    assert Person.objects.get(pk=row.person_id).names == {"en": {"short": "Gita Gast"}}


def test_names_in_letters_of_any_language_are_found(otto, cast):
    cast.amina.names = {"en": {"short": "Amina Rahál"}, "ar": {"short": "أمينة رحال"}}
    cast.amina.save()
    cast.kenya.names |= {"fr": {"short": "Kénya"}}
    cast.kenya.save()
    row = cast.amina.accreditations.get()
    for model, words, pk in (
        (Accreditation, "Rahál", row.pk), (Accreditation, "رحال أمينة", row.pk), (Accreditation, "amina", row.pk),
        (Delegation, "Kénya", cast.kenya.pk), (Membership, "Kénya Rahál", cast.amina.memberships.get().pk),
    ):  # fmt: skip
        page = otto.get(url(model, "changelist"), {"q": words}).content.decode()
        links = set(re.findall(rf"{url(model, 'changelist')}(\d+)/change/", page))
        assert links == {str(pk)}, (model, words)


def test_where_there_is_no_address_the_organiser_is_given_the_link_which_works(otto, cast):
    data = {"summit": cast.summit.pk, **rows("names", en_short="Gita Guest"), "language": "en", "function": "adviser"}
    assert save(otto, Accreditation, data) is None
    row = Accreditation.objects.get(person__email="", person__account=None)
    otto.post(url(Accreditation, "step", row.pk), {"step": "accreditation.approved"})
    answer = otto.post(url(Accreditation, "step", row.pk), {"step": "invite"}, follow=True)
    [told] = [message for message in answer.context["messages"] if message.level_tag == "warning"]
    assert str(told).startswith("There is no address to write to.")
    link = re.search(r"/invitation/[\w-]{22,}/", answer.content.decode())
    assert link and Client().get(link[0]).status_code == 200
    assert kinds()[-1] == "invitation.sent"


def test_every_kind_of_page_has_one_main_part_and_a_way_past_the_menu(otto, cast):
    for path in ("/admin/", url(Meeting, "changelist"), url(Meeting, "add"), url(Meeting, "change", cast.meeting.pk)):
        page = otto.get(path).content.decode()
        assert [page.count(tag) for tag in ("<main ", "<header>", '<nav aria-label="Main">')] == [1, 1, 1], path
        assert page.index('href="#content"') < page.index("<nav") < page.index("<main ") < page.index('id="content"')


def test_without_an_address_the_link_is_shown_once_to_hand_over(otto, cast):
    data = {"summit": cast.summit.pk, **rows("names", en_short="Hall Only"), "language": "en", "function": "adviser"}
    assert save(otto, Accreditation, data) is None
    row = Accreditation.objects.get(person__email="")
    page = otto.post(url(Accreditation, "step", row.pk), {"step": "invite"}, follow=True).content.decode()
    assert re.search(r"/invitation/[\w-]{22,}/", page)
    assert not re.search(r"/invitation/[\w-]{22,}/", otto.get(url(Accreditation, "change", row.pk)).content.decode())


def test_a_meeting_is_planned_in_local_time_and_moved(otto, cast):
    data = {
        "summit": cast.summit.pk, "slug": "plenary-9", **rows("titles", en_text="Plenary, 9th meeting"),
        **rows("place", en_text="Hall A"),
        "kind": "plenary", "number": 9, "day": "2026-11-24", "time": "10:00", "zone": "Africa/Nairobi",
        "programme": [cast.subitem.pk, cast.item.pk], "openness": "restricted", "speech": "rostrum", "chat": "off",
        "recording_days": 30, "time_national": 180, "time_group": 300, "time_observer": 120, "time_reply": 600, "time_second_reply": 300,
    }  # fmt: skip
    assert save(otto, Meeting, data) is None
    meeting = Meeting.objects.get(slug="plenary-9")
    assert meeting.starts_at.isoformat() == "2026-11-24T07:00:00+00:00"
    assert [row.item for row in meeting.programme.all()] == [cast.item, cast.subitem]
    assert meeting.place == {"en": "Hall A"}
    assert save(otto, Meeting, data | {"zone": "America/Santiago"}, meeting.pk) is None
    meeting.refresh_from_db()
    assert meeting.starts_at.hour == 13
    assert save(otto, Meeting, data | {"time_reply": 5}, meeting.pk) == {
        "__all__": ["A statement lasts between 30 seconds and one hour."]
    }
    meeting.state = "closed"
    meeting.save()
    assert otto.post(url(Meeting, "change", meeting.pk), data).status_code == 403
    assert kinds() == ["meeting.planned", "meeting.changed"]


def test_the_two_boxes_of_a_moment_say_of_which_moment_they_are(otto, cast):
    said = otto.get(url(Question, "add")).content.decode()
    for name in ("Answer by (Date)", "Answer by (Time)"):
        assert said.count(f'aria-label="{name}"') == 1


def test_delegations_to_choose_from_stand_in_protocol_order(otto, cast):
    entered = list(Delegation.objects.order_by("pk").values_list("pk", flat=True))
    for place, pk in enumerate(reversed(entered)):
        Delegation.objects.filter(pk=pk).update(order={"en": place})
    for page in (url(Question, "add"), url(Accreditation, "add")):
        form = otto.get(page).context["adminform"].form
        field = form.fields.get("delegations") or form.fields["delegation"]
        assert [one.pk for one in field.queryset] == entered[::-1]


def test_agenda_items_offices_and_memberships(otto, cast):
    data = {"summit": cast.summit.pk, "number": "4", **rows("titles", en_text="Other"), "position": 9}
    assert save(otto, Item, data) is None
    item = Item.objects.get(number="4")
    assert save(otto, Item, data | {"parent": cast.subitem.pk}, item.pk) is None
    assert "__all__" in save(otto, Item, data | {"number": "3"}, item.pk)
    assert save(otto, Office, {"meeting": cast.meeting.pk, "person": cast.amina.pk, "kind": "deputy"}) is None
    office = Office.objects.get(person=cast.amina)
    otto.post(url(Office, "step", office.pk), {"step": "end"})
    office.refresh_from_db()
    assert office.ends is not None
    appointed = {"delegation": cast.chile.pk, "person": cast.bruno.pk, "function": "alternate"}
    assert save(otto, Membership, appointed) is None
    otto.post(url(Membership, "step", Membership.objects.get(person=cast.bruno).pk), {"step": "end"})
    assert kinds() == [
        "item.added", "item.changed", "office.given", "office.ended", "member.appointed", "member.ended",
    ]  # fmt: skip


def test_a_paper_is_published_with_its_file_and_a_lying_one_is_refused(otto, cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    data = {"summit": cast.summit.pk, "symbol": "A/1", **rows("titles", en_text="Draft"), "access": "participants"}
    lying = SimpleUploadedFile("a.pdf", b"<html>", content_type="application/pdf")
    assert "upload" in save(otto, Paper, data | {"language": "en", "upload": lying})
    assert not Paper.objects.exists() and kinds() == []
    good = SimpleUploadedFile("a.pdf", pdf("Draft", "A/1", ()), content_type="text/html")
    assert save(otto, Paper, data | {"language": "en", "upload": good}) is None
    assert Paper.objects.get().files.get().kind == "pdf"
    otto.post(url(Paper, "step", Paper.objects.get().pk), {"step": "withdraw"})
    assert kinds() == ["paper.published", "paper.file_added", "paper.withdrawn"]


def test_nothing_is_deleted_and_the_journal_only_read(otto, cast, organiser):
    otto.post(url(Delegation, "step", cast.kenya.pk), {"step": "credentials.challenged"})
    entry = Entry.objects.get()
    assert otto.get(url(Entry, "change", entry.pk)).status_code == 200
    assert otto.post(url(Entry, "change", entry.pk), {"kind": "x"}).status_code == 403
    assert otto.get(url(Entry, "add")).status_code == 403
    for model, pk in ((Delegation, cast.kenya.pk), (Meeting, cast.meeting.pk), (Entry, entry.pk)):
        assert otto.post(url(model, "delete", pk), {"post": "yes"}).status_code == 403
        body = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
        otto.post(url(model, "changelist"), body)
        assert model.objects.filter(pk=pk).exists()


# ── Who may come in at all ──


def every_page(cast):
    held = {
        Summit: cast.summit.pk, Delegation: cast.kenya.pk, Meeting: cast.meeting.pk, Item: cast.item.pk,
        Accreditation: Accreditation.objects.get(summit=cast.summit, person=cast.amina).pk,
        Membership: cast.amina.memberships.get().pk, Office: cast.bruno.offices.get().pk,
    }  # fmt: skip
    paper = Paper.objects.create(summit=cast.summit, symbol="A/77", titles={"en": "x"})
    question = Question.objects.create(summit=cast.summit, delegation=cast.kenya, texts={"en": "x"}, asked_at=NOW)
    task = StaffTask.objects.create(summit=cast.summit, person=cast.dana, task="records", given_at=NOW)
    group = Group.objects.create(summit=cast.summit, code="G77", names={"en": {"short": "x"}})
    return held | {Group: group.pk, Paper: paper.pk, Question: question.pk, StaffTask: task.pk}


def test_delegates_officers_and_strangers_find_no_admin(cast, client):
    pages = [url(model, "changelist") for model in SITE] + [url(m, "change", pk) for m, pk in every_page(cast).items()]
    for who in (None, "amina", "bruno", "dana", "eve"):
        client.logout()
        if who:
            client.force_login(getattr(cast, who).account)
        for page in ["/admin/", *pages]:
            response = client.get(page)
            assert response.status_code == 302 and "/admin/login/" in response["Location"], (who, page)


def test_the_organiser_of_another_summit_sees_and_changes_nothing_here(cast, client):
    other = make_cast("other", at="other.org")
    stranger = make_organiser(other.summit, "Olga Other")
    client.force_login(stranger.account)
    for model, pk in every_page(cast).items():
        assert client.get(url(model, "change", pk)).status_code == 302, model  # "does not exist", back to the start
        client.post(url(model, "change", pk), {"names_en_short": "Taken"})
        step = client.post(url(model, "step", pk), {"step": "end"})
        assert step.status_code == 404
        page = client.get(url(model, "changelist"))
        assert page.status_code == 200 and list(page.context["cl"].queryset.filter(pk=pk)) == []
    assert kinds() == []


def test_rows_of_another_summit_cannot_be_chosen_by_a_forged_form(otto, cast):
    other = make_cast("other", at="other.org")
    forged = [
        (Membership, {"delegation": other.kenya.pk, "person": cast.amina.pk, "function": "head"}, "delegation"),
        (Membership, {"delegation": cast.kenya.pk, "person": other.amina.pk, "function": "head"}, "person"),
        (Office, {"meeting": other.meeting.pk, "person": cast.amina.pk, "kind": "chair"}, "meeting"),
        (Item, {"summit": other.summit.pk, "number": "8", **rows("titles", en_text="x"), "position": 1}, "summit"),
        (Paper, {"summit": cast.summit.pk, "symbol": "B", **rows("titles", en_text="x"), "access": "public",
                 "item": other.item.pk}, "item"),
    ]  # fmt: skip
    for model, data, field in forged:
        assert field in save(otto, model, data), model
    assert kinds() == []


def test_every_page_of_the_site_is_registered_here_and_opens(otto, cast):
    ours = {model for model in admin.site._registry if model._meta.app_label == "summit"}
    assert ours == set(SITE)
    assert otto.get("/admin/").status_code == 200
    for model in SITE:
        assert otto.get(url(model, "changelist")).status_code == 200
        if model not in {Entry, Purge}:
            assert otto.get(url(model, "add")).status_code == 200
    for model, pk in every_page(cast).items():
        page = otto.get(url(model, "change", pk))
        assert page.status_code == 200, model
        policy = page["Content-Security-Policy"]
        assert "'unsafe-inline'" in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy


def test_a_closed_meeting_is_shown_as_it_was_and_changed_by_nobody(otto, cast):
    Meeting.objects.filter(pk=cast.meeting.pk).update(state="closed")
    where = url(Meeting, "change", cast.meeting.pk)
    page = otto.get(where).content.decode()
    assert "Adaptation" in page and 'name="_save"' not in page
    assert otto.post(where, {"number": 9}).status_code == 403


def test_the_exception_to_the_policy_ends_at_the_admin(otto):
    for page in ("/", "/s/test/", "/account/settings/"):
        policy = otto.get(page, follow=True)["Content-Security-Policy"]
        assert "unsafe" not in policy and "require-trusted-types-for 'script'" in policy


def test_the_first_page_says_what_waits(otto, cast, organiser):
    Accreditation.objects.filter(person=cast.chen).update(state="nominated")
    page = otto.get("/admin/").content.decode()
    assert "Chile" in page and "Chen Wei" in page and "Credentials that wait" in page
    assert json.dumps(page).count("Kenya") == 0  # accepted: nothing to do


# Latin letters that belong on an Arabic page: names and formats, how languages call themselves, a key of the keyboard.
ALIKE = r"Parley|PDF|Word|Excel|xlsx|csv|KE|CL|NO|UTC|esc|English|français|español"


def latin(page):
    """Latin words of a page, icons and lists of time zones left out."""
    markup = re.sub(
        r"(?s)<(script|style)\b.*?</\1>|<!--.*?-->|<span[^>]*material-symbols[^>]*>[^<]*</span>"
        r"""|<select[^>]*name="[^"]*zone".*?</select>""", " ", html.unescape(page.content.decode()),
    )  # fmt: skip
    told = re.findall(r"""\b(?:aria-label|title|placeholder|alt)="([^"]*)\"""", markup)
    texts = re.split(r"""<(?:[^>"]|"[^"]*")*>""", markup)
    return {
        word for text in (*texts, *told) for word in re.findall(r"[A-Za-z]{2,}", re.sub(rf"\b({ALIKE})\b", "", text))
    }


def test_no_page_of_the_site_says_a_word_in_another_language_than_the_readers(otto, organiser, cast):
    otto.cookies["django_language"] = "ar"
    by = {"by": organiser, "now": NOW}
    rows = every_page(cast) | {
        Period: set_period(cast.summit.pk, "chat", 9, **by).pk,
        Import: Import.objects.create(summit=cast.summit, by=organiser, made_at=NOW).pk,
        Purge: Purge.objects.create(summit=cast.summit, kind="chat", at=NOW, count=1).pk,
    }
    rows[Entry] = Entry.objects.get().pk
    values = json.dumps([list(model.objects.values()) for model in (*SITE, Person)], default=str, ensure_ascii=False)
    content = set(re.findall(r"[A-Za-z]{2,}", values))
    pages = {"/admin/", url(Meeting, "changelist") + "?q=nothing"}
    for model in SITE:
        pages |= {url(model, "changelist"), *([] if model in {Entry, Purge} else [url(model, "add")])}
    pages |= {url(model, "change", pk) for model, pk in rows.items()}
    found = {page: latin(otto.get(page)) - content for page in sorted(pages)}
    assert {page: words for page, words in found.items() if words} == {}

"""The credentials desk: who hands in letters, who reads them, what is decided, and what the Committee is given."""

from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from summit.agenda import files
from summit.committee import composing, queries, sorting
from summit.committee.sorting import Letter
from summit.credentials import documents
from summit.credentials.queries import may_perform
from summit.management.demo.papers import pdf
from summit.models import CredentialsLetter, Entry, FullPowers, Membership
from tests.cast import Cast, confirm, delegation

LETTER = {"kind": "formal", "signed_by": "foreign_minister", "dated": "2026-11-12"}
TREATY = "Convention on Mountain Glaciers"


def letter(name: str = "letter.pdf", text: str = "We appoint H.E. Ms Amina Rahal.") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pdf("Credentials", "NV/1", (text,)), "application/pdf")


def found(text: str = "We appoint") -> files.Found:
    content = pdf("Credentials", "NV/1", (text,))
    return files.Found("pdf", len(content), f"{hash(text) & (2**64 - 1):064x}", content)


def page(row: Any, name: str = "credentials_of", *more: int) -> str:
    return reverse(name, args=[row.summit.slug, row.code, *more])


def signed_in(who: Any) -> Client:
    client = Client()
    client.force_login(who.account)
    return client


def kinds() -> list[str]:
    return list(Entry.objects.order_by("seq").values_list("kind", flat=True))


@pytest.fixture(autouse=True)
def on_disk(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_head_hands_in_a_letter_and_the_secretariat_accepts_on_it(cast: Cast, organiser: Any) -> None:
    amina, otto = signed_in(cast.amina), signed_in(organiser)
    assert amina.post(page(cast.chile), LETTER | {"letter": letter()}).status_code == 404
    assert amina.post(page(cast.kenya), LETTER | {"letter": letter()}).status_code == 302
    held = cast.kenya.letters.get()
    assert (held.handed_in_by, held.signed_by, held.dated) == (cast.amina, "foreign_minister", date(2026, 11, 12))
    answer = amina.get(page(cast.kenya, "credentials_letter", held.pk))
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    assert answer["Content-Security-Policy"].startswith("sandbox") and b"".join(answer).startswith(b"%PDF")  # type: ignore[arg-type]
    move = {"to": "challenged", "reason": "Two letters name different heads."}
    assert amina.post(page(cast.kenya, "credentials_move"), move).status_code == 404
    assert otto.post(page(cast.kenya, "credentials_move"), move).status_code == 302
    cast.kenya.credentials.refresh_from_db()
    assert cast.kenya.credentials.state == "challenged"
    assert kinds() == ["credentials.letter_handed_in", "credentials.challenged"]
    assert Entry.objects.get(seq=2).body["letters"] == [held.sha256]
    shown = amina.get(page(cast.kenya)).content.decode()
    assert "Two letters name different heads." in shown and held.sha256 in shown
    steps = queries.history_of(cast.kenya)
    assert [(step.number, step.hashes) for step in steps] == [(2, [held.sha256]), (1, [held.sha256])]


def test_letters_are_for_heads_of_the_delegation_and_organisers_only(cast: Cast, organiser: Any) -> None:
    held = documents.hand_in(
        cast.kenya.pk, by=organiser, now=timezone.now(), found=found(), **LETTER | {"dated": date(2026, 11, 12)}
    )
    adviser = Membership.objects.create(person=cast.dana, delegation=cast.kenya, function="adviser")
    seen = {
        name: signed_in(who).get(page(cast.kenya, "credentials_letter", held.pk)).status_code
        for name, who in (("amina", cast.amina), ("lucia", cast.lucia), ("dana", cast.dana), ("eve", cast.eve), ("otto", organiser))
    }  # fmt: skip
    assert seen == {"amina": 200, "lucia": 404, "dana": 404, "eve": 404, "otto": 200}
    adviser.function = "deputy"
    adviser.save()
    assert signed_in(cast.dana).get(page(cast.kenya, "credentials_letter", held.pk)).status_code == 200
    other = cast.chile
    assert signed_in(organiser).get(page(other, "credentials_letter", held.pk)).status_code == 404


@pytest.mark.parametrize(
    ("upload", "values", "says"),
    [
        (SimpleUploadedFile("letter.pdf", b"not a PDF at all"), {}, "This is not a PDF"),
        (SimpleUploadedFile("letter.docx", b"PK"), {}, "Letters are PDF files"),
        (letter(), {"dated": (timezone.now().date() + timedelta(days=3)).isoformat()}, "dated in the future"),
        (letter(), {"kind": "powers"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_a_letter_stands_on_the_form(cast: Cast, upload: Any, values: Any, says: str) -> None:
    upload.seek(0)
    answer = signed_in(cast.amina).post(page(cast.kenya), LETTER | values | {"letter": upload})
    assert answer.status_code == 200 and says in answer.content.decode()
    assert not CredentialsLetter.objects.exists() and kinds() == []


def test_what_the_rules_refuse(cast: Cast, organiser: Any, refused: Any) -> None:
    now, values = timezone.now(), LETTER | {"dated": date(2026, 11, 12)}
    held = documents.hand_in(cast.kenya.pk, by=cast.amina, now=now, found=found(), **values)
    with refused("letter.twice"):
        documents.hand_in(cast.kenya.pk, by=cast.amina, now=now, found=found(), **values)
    with refused("letter.not_yours"):
        documents.hand_in(cast.kenya.pk, by=cast.eve, now=now, found=found("x"), **values)
    with refused("credentials.category"):
        documents.hand_in(cast.secretariat.pk, by=organiser, now=now, found=found(), **values)
    with refused("organiser.required"):
        documents.withdraw_letter(held.pk, by=cast.amina, now=now, reason="Wrong one.")
    with refused("letter.reason"):
        documents.withdraw_letter(held.pk, by=organiser, now=now, reason=" ")
    documents.withdraw_letter(held.pk, by=organiser, now=now, reason="Wrong one.")
    with refused("letter.over"):
        documents.withdraw_letter(held.pk, by=organiser, now=now, reason="Wrong one.")


@pytest.mark.parametrize(
    ("category", "state", "letters", "basis"),
    [
        ("member", "none", [], "nothing"),
        ("member", "provisional", [], "other"),
        ("member", "received", [], "formal"),
        ("member", "withdrawn", [], "nothing"),
        ("member", "received", [("formal", "foreign_minister")], "formal"),
        ("member", "received", [("formal", "mission")], "other"),
        ("member", "none", [("copy", "head_of_state")], "other"),
        ("member", "none", [("communication", "mission"), ("formal", "head_of_state")], "formal"),
        ("member", "none", [("powers", "head_of_state")], "nothing"),
        ("igo", "none", [("formal", "head_of_organisation")], "formal"),
        ("member", "none", [("formal", "head_of_organisation")], "other"),
    ],
)
def test_a_letter_stands_under_its_heading(category: str, state: str, letters: Any, basis: str) -> None:
    held = [Letter(kind, signed, date(2026, 11, 1)) for kind, signed in letters]
    assert sorting.basis(category, state, held) == basis


def test_the_drafts_tell_formal_credentials_from_other_information(cast: Cast, organiser: Any) -> None:
    delegation(cast.summit, "NO", "member", "Norway")
    delegation(cast.summit, "FJ", "member", "Fiji", "challenged")
    now = timezone.now()
    copy = LETTER | {"kind": "copy", "dated": date(2026, 11, 12)}
    documents.hand_in(cast.chile.pk, by=cast.lucia, now=now, found=found(), **copy)
    rows = queries.rows_of(cast.summit)
    report = composing.report(cast.summit, rows, language="en", symbol="T/1/7", now=now)
    said = {section.heading: [p.text for p in section.paragraphs] for section in report.sections}
    formal, other, none, observers = said["Credentials received"]
    assert "2 States: Fiji, Kenya" in formal and "1 State: Chile" in other and "1 State invited: Norway" in none
    assert "Holy See" in observers and "Fiji" in said["Objections"][0]
    assert "does not cover" in said["Decision and recommendation"][2]
    assert [p.number for p in report.paragraphs] == list(range(1, len(report.paragraphs) + 1))
    otto = signed_in(organiser)
    ask = {"kind": "report", "format": "docx", "language": "ar", "symbol": "T/1/7"}
    answer = otto.get(reverse("credentials_draft", args=[cast.summit.slug]), ask)
    words = "\n".join(p.text for p in docx.Document(io.BytesIO(answer.content)).paragraphs)
    assert "لجنة وثائق التفويض" in words and "T/1/7" in words
    made = otto.get(
        reverse("credentials_draft", args=[cast.summit.slug]), ask | {"kind": "memorandum", "format": "pdf"}
    )
    assert made.content.startswith(b"%PDF") and "attachment" in made["Content-Disposition"]
    assert otto.get(reverse("credentials_draft", args=[cast.summit.slug]), ask | {"language": "xx"}).status_code == 404


def test_the_desk_finds_what_waits_with_as_many_queries_for_three_as_for_one(
    cast: Cast, organiser: Any, django_assert_max_num_queries: Any
) -> None:
    desk, otto = reverse("credentials_desk", args=[cast.summit.slug]), signed_in(organiser)
    assert signed_in(cast.amina).get(desk).status_code == 404
    counts = []
    for code in ("", "NO", "FJ"):
        if code:
            documents.hand_in(
                delegation(cast.summit, code, "member", code).pk, by=organiser, now=timezone.now(), found=found(code),
                **LETTER | {"dated": date(2026, 11, 12)},
            )  # fmt: skip
        with django_assert_max_num_queries(30) as asked:
            assert otto.get(desk).status_code == 200
        counts.append(len(asked))
    assert counts[0] >= counts[-1] or counts[1] == counts[2]
    waiting = otto.get(desk, {"state": "waiting"}).context["page"].object_list
    assert {row.delegation.code for row in waiting} == {"CL", "NO", "FJ"}
    assert [row.delegation.code for row in otto.get(desk, {"q": "ken"}).context["page"].object_list] == ["KE"]


@pytest.mark.parametrize(
    ("words", "codes"),
    [("cote divoire", []), ("cote d'ivoire", ["CI"]), ("CÔTE", ["CI"]), ("ivoire republique", ["CI"]), ("turkiye", ["TR"]),
     ("السورية", ["SY"]), ("syrian arab", ["SY"]), ("ci", ["CI"]), ("nowhere", [])],
)  # fmt: skip
def test_the_desk_finds_a_delegation_without_its_accents_in_any_of_its_languages(
    cast: Cast, organiser: Any, words: str, codes: list[str]
) -> None:
    for code, held in (
        ("CI", {"en": {"short": "Côte d’Ivoire"}, "fr": {"formal": "la République de Côte d’Ivoire"}}),
        ("TR", {"en": {"short": "Türkiye"}}),
        ("SY", {"en": {"short": "Syrian Arab Republic"}, "ar": {"short": "الجمهورية العربية السورية"}}),
    ):
        made = delegation(cast.summit, code, "member", code)
        made.names = held
        made.save()
    rows = (
        signed_in(organiser).get(reverse("credentials_desk", args=["test"]), {"q": words}).context["page"].object_list
    )
    assert [row.delegation.code for row in rows] == codes


def test_full_powers_are_entered_asked_for_and_revoked(cast: Cast, organiser: Any, refused: Any) -> None:
    otto, today = signed_in(organiser), timezone.now().date()
    values = {
        "powers-person": cast.amina.pk, "powers-scopes": ["sign", "adopt"], "powers-treaty": TREATY,
        "powers-issued_by": "head_of_state", "powers-issued_on": "2026-11-10", "powers-document": letter(),
    }  # fmt: skip
    where = page(cast.kenya, "powers_enter")
    assert signed_in(cast.amina).post(where, values).status_code == 404
    values["powers-document"] = letter()
    assert otto.post(where, values).status_code == 302
    held = FullPowers.objects.get()
    assert held.scopes == ["adopt", "sign"] and held.document and held.document.kind == "powers"
    assert may_perform(cast.amina, cast.kenya, "sign", TREATY, today) == held
    assert may_perform(cast.amina, cast.kenya, "negotiate", TREATY, today) is None
    assert may_perform(cast.amina, cast.kenya, "sign", TREATY, date(2026, 11, 9)) is None
    assert "Valid until" not in otto.get(page(cast.chile)).content.decode().split("History")[1]
    assert TREATY in signed_in(cast.amina).get(page(cast.kenya)).content.decode()
    with refused("powers.member"):
        documents.enter_powers(
            cast.kenya.pk, cast.lucia.pk, by=organiser, now=timezone.now(), scopes=["sign"], treaty=TREATY,
            issued_by="head_of_state", issued_on=today,
        )  # fmt: skip
    with refused("powers.scope"):
        documents.enter_powers(
            cast.kenya.pk, cast.amina.pk, by=organiser, now=timezone.now(), scopes=["ratify"], treaty=TREATY,
            issued_by="head_of_state", issued_on=today,
        )  # fmt: skip
    assert otto.post(page(cast.kenya, "powers_revoke", held.pk), {"reason": "Recalled."}).status_code == 302
    assert may_perform(cast.amina, cast.kenya, "sign", TREATY, today) is None
    assert kinds() == ["credentials.letter_handed_in", "powers.entered", "powers.revoked"]


def test_other_information_of_an_observer_or_a_withdrawn_state_makes_no_decision_on_states(cast: Cast) -> None:
    now = timezone.now()
    for home, by in ((cast.observer, cast.chen), (cast.chile, cast.lucia)):
        copy = LETTER | {"kind": "copy", "dated": date(2026, 11, 12)}
        documents.hand_in(home.pk, by=by, now=now, found=found(home.code), **copy)
    cast.chile.credentials.state = "withdrawn"
    cast.chile.credentials.save()
    report = composing.report(cast.summit, queries.rows_of(cast.summit), language="en", symbol="T/1/7", now=now)
    decided = [
        p.text for section in report.sections if section.heading.startswith("Decision") for p in section.paragraphs
    ]
    assert len(decided) == 2 and not any("provisionally" in text for text in decided)


def test_one_document_may_give_full_powers_to_several_persons(cast: Cast, organiser: Any) -> None:
    otto = signed_in(organiser)
    Membership.objects.create(person=cast.dana, delegation=cast.kenya, function="deputy")
    for who in (cast.amina, cast.dana):
        values = {
            "powers-person": who.pk, "powers-scopes": ["sign"], "powers-treaty": TREATY, "powers-document": letter(),
            "powers-issued_by": "head_of_state", "powers-issued_on": "2026-11-10",
        }  # fmt: skip
        assert otto.post(page(cast.kenya, "powers_enter"), values).status_code == 302
    assert [held.document for held in FullPowers.objects.all()] == [cast.kenya.letters.get()] * 2


def test_full_powers_that_are_refused_leave_no_file_behind(cast: Cast, organiser: Any, settings: Any) -> None:
    values = {
        "powers-person": cast.amina.pk, "powers-scopes": ["sign"], "powers-treaty": TREATY, "powers-document": letter(),
        "powers-issued_by": "head_of_state", "powers-issued_on": "2026-11-10", "powers-expires_on": "2026-11-09",
    }  # fmt: skip
    answer = signed_in(organiser).post(page(cast.kenya, "powers_enter"), values)
    assert "do not fit together" in answer.content.decode() and not CredentialsLetter.objects.exists()
    assert not [file for file in Path(settings.MEDIA_ROOT).rglob("*") if file.is_file()]


def test_credentials_are_withdrawn_by_who_shows_again_who_they_are(cast: Cast, organiser: Any) -> None:
    otto, where = signed_in(organiser), page(cast.kenya, "credentials_move")
    admin = reverse("admin:summit_delegation_step", args=[cast.kenya.pk])
    for target, asked in ((where, {"to": "withdrawn"}), (admin, {"step": "credentials.withdrawn"})):
        assert otto.post(target, asked)["Location"].startswith(reverse("account_reauthenticate"))
    assert kinds() == []
    confirm(otto, admin)
    assert kinds() == ["credentials.withdrawn"]

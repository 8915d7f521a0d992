"""Personal data goes when its time is over, and one person's on request; the journal stays whole."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.models import ChatLine, HelpCall
from summit.accreditation import decisions
from summit.accreditation.merging import merge
from summit.accreditation.nominations import Asked, nominate_member
from summit.credentials import invitations
from summit.credentials.actions import nominate, withdraw_accreditation
from summit.imports import actions as imports
from summit.models import CredentialsLetter, Delivery, Entry, Import, Membership, Period, Person, Photo, Purge, User
from summit.people.actions import register_person
from summit.record.queries import faults
from summit.retention import actions
from summit.retention.kinds import DELETE
from summit.retention.models import DEFAULT_DAYS, Kind
from summit.retention.queries import days_of
from tests.cast import House, accredit, confirm, give_task, make_cast, make_organiser

CLOSED = datetime(2026, 11, 27, 12, tzinfo=UTC)  # the last day of the test summit
NAMES = {"en": {"short": "Greta Guest", "formal": "Ms Greta Guest"}}


@pytest.fixture(autouse=True)
def on_disk(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def otto(house: House) -> Person:
    return make_organiser(house.summit)


@pytest.fixture
def gita(house: House, otto: Person) -> Person:
    """Registered, nominated, invited, with a seat, a letter handed in and a word to the secretariat."""
    now = timezone.now()
    who = register_person(house.summit.pk, by=otto, now=now, names=NAMES, email="greta@example.org")
    nominate(house.summit.pk, who.pk, by=otto, now=now)
    invitations.invite(house.summit.pk, who.pk, by=otto, now=now)
    Membership.objects.create(person=who, delegation=house.kenya, function="head", title={"en": "Minister of Greta"})
    CredentialsLetter.objects.create(
        delegation=house.kenya, kind="formal", signed_by="head_of_state", dated=now, size=4, sha256="0" * 64,
        handed_in_by=who, handed_in_at=now, file=ContentFile(b"%PDF", "letter.pdf"),
    )  # fmt: skip
    Photo.objects.create(
        accreditation=who.accreditations.get(), sha256="0" * 64, kept_at=now, file=ContentFile(b"JPEG", "greta.jpg")
    )
    chat = {"meeting": house.meeting, "person": who, "at": now}
    ChatLine.objects.create(**chat, to_secretariat=True, text="My number is 555", nonce="1")
    ChatLine.objects.create(**chat, to_secretariat=False, text="Good morning", nonce="2")
    HelpCall.objects.create(**chat, text="I hear nothing")
    return who


def test_every_kind_knows_how_it_is_deleted_and_for_how_long_it_is_kept() -> None:
    assert set(DEFAULT_DAYS) == set(Kind)
    assert set(DELETE) == set(Kind)


def test_what_was_kept_long_enough_is_deleted_and_told(
    house: House, otto: Person, gita: Person, django_capture_on_commit_callbacks: Any
) -> None:
    letter = CredentialsLetter.objects.get()
    User.objects.update(date_joined=CLOSED)
    assert actions.purge_all(CLOSED) == 0
    actions.set_period(house.summit.pk, "help", 5, by=otto, now=CLOSED)
    assert actions.purge_all(CLOSED + timedelta(days=5)) == 0
    assert actions.purge_all(CLOSED + timedelta(days=6)) == 1 and not HelpCall.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        actions.purge_all(CLOSED + timedelta(days=400))
    letter.refresh_from_db()
    assert not letter.file and letter.sha256 and not letter.file.storage.exists("letter.pdf")
    assert Delivery.objects.get().address == ""
    assert [line.text for line in ChatLine.objects.all()] == ["Good morning"], "what everybody heard is the meeting's"
    assert set(Purge.objects.values_list("kind", "count")) == {
        ("help", 1),
        ("letters", 1),
        ("invitations", 1),
        ("photos", 1),
        ("chat", 1),
        ("accounts", 10),  # Eve, who is in no summit, among them
    }
    told = Entry.objects.filter(kind="retention.purged").order_by("seq")
    assert told[0].body == {"actor": None, "data": "help", "count": 1}
    assert actions.purge_all(CLOSED + timedelta(days=400)) == 0, "and only once"
    assert not list(faults(house.summit.pk))


def test_periods_are_the_organisers_to_set(house: House, otto: Person, refused: Any) -> None:
    with refused("organiser.required"):
        actions.set_period(house.summit.pk, "help", 5, by=house.dana, now=CLOSED)
    with refused("retention.days"):
        actions.set_period(house.summit.pk, "help", 4000, by=otto, now=CLOSED)
    client = Client()
    client.force_login(otto.account)
    data = {"summit": house.summit.pk, "kind": "chat", "days": 90}
    assert client.post(reverse("admin:summit_period_add"), data).status_code == 302
    change = reverse("admin:summit_period_change", args=[Period.objects.get().pk])
    assert client.post(change, {"days": 99}).status_code == 302
    assert days_of(house.summit)["chat"] == 99 and days_of(house.summit)["help"] == 30


@pytest.mark.parametrize("days", ["29", " 29", "29.0", "0", "29 "])
def test_who_shortens_a_period_shows_again_who_they_are(house: House, otto: Person, days: str) -> None:
    client = Client()
    client.force_login(otto.account)
    add = reverse("admin:summit_period_add")
    new = {"summit": house.summit.pk, "kind": "help", "days": days}
    assert client.post(add, new)["Location"].startswith(reverse("account_reauthenticate"))
    assert not Period.objects.exists(), "a new one is shorter than the thirty days that hold without"
    client.post(add, {**new, "days": "30"})
    change = reverse("admin:summit_period_change", args=[Period.objects.get().pk])
    for where, data in ((change, {"days": days}), (add, new)):
        assert client.post(where, data)["Location"].startswith(reverse("account_reauthenticate"))
    assert days_of(house.summit)["help"] == 30
    client.post(change, {"days": days})
    confirm(client, change)  # and what was asked for is done
    assert days_of(house.summit)["help"] == round(float(days))


def test_everything_known_of_a_person_is_handed_out_and_no_secret(house: House, otto: Person, gita: Person) -> None:
    client = Client()
    client.force_login(otto.account)
    where = reverse("admin:summit_accreditation_export", args=[gita.accreditations.get().pk])
    assert client.get(where)["Location"].startswith(reverse("account_reauthenticate"))
    confirm(client)
    answer = client.get(where)
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    known = json.loads(archive.read("person.json"))
    assert {"summit.Person", "summit.Membership", "summit.Invitation", "rooms.ChatLine", "rooms.HelpCall"} <= set(
        known["tables"]
    )
    assert [entry["kind"] for entry in known["journal"]] == [
        "person.registered",
        "accreditation.nominated",
        "invitation.sent",
    ]
    assert [name for name in archive.namelist() if name.startswith("files/")] and "digest" not in str(known["tables"])
    assert "Amina" not in json.dumps(known["tables"]) and "rooms.Seat" not in known["tables"]
    pointed = known["tables"]["summit.CredentialsLetter"]
    assert [set(row) for row in pointed] == [{"id", "handed_in_at", "withdrawn_at", "purged_at", "because"}]
    mine, account = Client(), house.amina.account
    mine.force_login(account)
    EmailAddress.objects.create(user=account, email="amina@example.org", verified=True, primary=True)
    SocialAccount.objects.create(user=account, provider="kenya", uid="17", extra_data={"email": "amina@example.org"})
    Authenticator.objects.create(user=account, type="recovery_codes", data={"seed": "not to be told"})
    assert mine.post(reverse("own_data"))["Location"].startswith(reverse("account_reauthenticate"))
    confirm(mine)
    known = json.loads(zipfile.ZipFile(io.BytesIO(mine.post(reverse("own_data")).content)).read("person.json"))
    assert known["tables"]["summit.Person"][0]["email"] == "amina@example.org"
    assert [row["uid"] for row in known["tables"]["socialaccount.SocialAccount"]] == ["17"]
    assert {"account.EmailAddress", "mfa.Authenticator"} <= set(known["tables"]) and "not to be told" not in str(known)
    assert "argon" not in json.dumps(known) and "password" not in str(known["tables"]["summit.User"])


def test_a_person_is_erased_and_the_journal_stays_whole(house: House, otto: Person, gita: Person, refused: Any) -> None:
    now, row = timezone.now(), gita.accreditations.get()
    with refused("erase.accredited"):
        actions.erase_person(gita.pk, house.summit.pk, by=otto, now=now, reason="Asked for it.")
    withdraw_accreditation(row.pk, by=otto, now=now)
    with refused("erase.reason"):
        actions.erase_person(gita.pk, house.summit.pk, by=otto, now=now, reason=" ")
    with refused("organiser.required"):
        actions.erase_person(gita.pk, house.summit.pk, by=house.dana, now=now, reason="Asked for it.")
    client = Client()
    client.force_login(otto.account)
    step = reverse("admin:summit_accreditation_step", args=[row.pk])
    assert "reauthenticate" in client.post(step, {"step": "erase", "reason": "Asked for it."})["Location"]
    confirm(client, step)
    gita.refresh_from_db()
    assert gita.names["en"]["short"] == f"Person {gita.pk}" and gita.email == "" and gita.account is None
    assert not User.objects.filter(email="greta@example.org").exists()
    assert (
        not ChatLine.objects.exists()
        and not Photo.objects.exists()
        and not HelpCall.objects.exists()
        and not Delivery.objects.exists()
    )
    assert gita.memberships.get().title == {} and CredentialsLetter.objects.get().handed_in_by == gita
    bodies = json.dumps(list(Entry.objects.values_list("body", flat=True)))
    assert "Greta" not in bodies and "greta@" not in bodies
    said = Entry.objects.get(kind="person.erased").body
    assert [one["seq"] for one in said["withheld"]] == [1, 2, 3, 4] and said["reason"] == "Asked for it."
    assert not list(faults(house.summit.pk))
    out = io.StringIO()
    call_command("verify_journal", stdout=out)
    assert "4 withheld" in out.getvalue()
    with refused("erase.twice"):
        actions.erase_person(gita.pk, house.summit.pk, by=otto, now=now, reason="Again.")
    assert client.get(reverse("admin:summit_entry_changelist")).status_code == 200


def test_nothing_of_an_erased_person_stays_in_imports_or_in_what_is_told_of_who_replaced_them(
    house: House, otto: Person
) -> None:
    now = timezone.now()
    table = b"email,short_en,delegation\ngreta@example.org,Greta Guest,KE\nrosa@example.org,Rosa Quispe,KE\n"
    for apply in (True, False):
        row = imports.begin(house.summit.pk, "people", "t.csv", table, by=otto, now=now)
        imports.preview(row.pk, now=now)
        if apply:
            imports.apply(row.pk, by=otto, now=now)
    greta = Person.objects.get(email="greta@example.org")
    again = Asked(names={"en": {"short": "Greta Guest-Berg"}}, function="adviser", email="greta@elsewhere.example")
    twin = nominate_member(house.kenya.pk, again, by=otto, now=now)
    merge(greta.accreditations.get().pk, twin.accreditation_id, by=otto, now=now)
    asked = Asked(names={"en": {"short": "New One"}}, function="adviser")
    new = nominate_member(house.kenya.pk, asked, by=otto, now=now, replaces=greta.memberships.get().pk)
    decisions.approve(greta.accreditations.get().pk, by=otto, now=now)
    decisions.approve(new.accreditation_id, by=otto, now=now)
    actions.erase_person(greta.pk, house.summit.pk, by=otto, now=now, reason="Asked for it.")
    bodies = json.dumps(list(Entry.objects.values_list("body", flat=True)))
    assert "Greta" not in bodies and "greta@" not in bodies and "rosa@" not in bodies
    assert not Person.objects.filter(email__startswith="greta").exists(), "nor of the entry that was merged into theirs"
    assert [[one["key"] for one in kept.rows] for kept in Import.objects.all()] == [["rosa@example.org"]]
    assert not list(faults(house.summit.pk))


def test_a_body_that_was_taken_away_in_silence_is_a_fault(house: House, otto: Person, gita: Person) -> None:
    Entry.objects.filter(seq=1).update(body={"withheld": True}, salt="")
    assert [(fault.seq, fault.what) for fault in faults(house.summit.pk)] == [(1, "withheld")]


@pytest.mark.parametrize(
    "change",
    [
        {"body": {"withheld": True}},
        {"body": {"withheld": True}, "salt": "", "kind": "x"},
        {"body": {"withheld": True}, "salt": "", "body_hash": "0" * 64},
        {"body": {"withheld": False}, "salt": ""},
        {"salt": ""},
        {"body": {}, "salt": ""},
    ],
)
def test_nothing_but_withholding_passes_the_triggers(gita: Person, change: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(seq=1).update(**change)


def test_what_a_meeting_heard_cannot_be_withheld(opened: House) -> None:
    assert opened.meeting.entries.exists() and connection.vendor
    with pytest.raises(DatabaseError), transaction.atomic():
        opened.meeting.entries.update(body={"withheld": True}, salt="")


def test_whoever_takes_part_elsewhere_is_erased_only_by_who_organises_both(
    house: House, otto: Person, gita: Person, refused: Any
) -> None:
    other = make_cast("elsewhere", "elsewhere.example")
    nominate(other.summit.pk, gita.pk, by=None, now=timezone.now())
    with refused("person.shared"):
        actions.erase_person(gita.pk, house.summit.pk, by=otto, now=timezone.now(), reason="Asked for it.")
    accredit(otto, other.summit)
    give_task(other.summit, otto, "accreditation")
    with refused("person.shared"):  # a desk's task there is not enough
        actions.erase_person(gita.pk, house.summit.pk, by=otto, now=timezone.now(), reason="Asked for it.")

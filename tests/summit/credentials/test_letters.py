"""Letters of invitation: what becomes of them, and that a forwarded link admits nobody."""

from __future__ import annotations

import io
import mailbox
import re
import smtplib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as project
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from summit.credentials import bounces, invitations, letters, sending
from summit.models import Delivery, Entry, Invitation, Outbox, Person
from summit.record.tasks import lease
from tests.cast import Cast, accredit, person

GOOD = "a long and quiet password"


@pytest.fixture
def guest(cast: Cast) -> Person:
    who = person("Gita Guest", account=False)
    accredit(who, cast.summit, "approved")
    return who


@pytest.fixture
def invited(cast: Cast, organiser: Person, guest: Person) -> tuple[Invitation, str]:
    return invitations.invite(cast.summit.pk, guest.pk, by=organiser, now=timezone.now())


def deliver(now: Any = None) -> list[str]:
    """What the worker does with the outbox: each letter tried once; the states they are in then."""
    now = now or timezone.now()
    rows = [row for row in lease(now) if row.task == letters.SEND]
    for row in rows:
        sending.send(now=now, outbox=row.pk, delivery_id=row.arguments["delivery"])
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


class Box:
    """A mail server that takes, puts off or refuses, as told."""

    answer = "250 taken"

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.taken.append((envelope.mail_from, bytes(envelope.content)))
        return "250 taken"


class Server(Controller):
    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def box(settings: Any) -> Iterator[Box]:
    box = Box()
    server = Server(box, hostname="127.0.0.1", port=0)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.BOUNCES = "127.0.0.1", server.port, "back@parley.example"
    yield box
    server.stop()


def test_a_letter_waits_for_a_dead_mail_server_and_goes_when_it_is_back(
    invited: Any, settings: Any, box: Box, caplog: Any
) -> None:
    _row, token = invited
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9  # nobody listens there
    now = timezone.now()
    assert deliver(now) == ["queued"] and Delivery.objects.get().said == "ConnectionRefusedError"
    assert deliver(now) == ["queued"], "a lease keeps two workers from the same letter"
    assert token not in caplog.text and "gita" not in caplog.text
    settings.EMAIL_PORT = port
    assert deliver(now + timedelta(hours=1)) == ["sent"]
    [(sender, content)] = box.taken
    assert sender == "back@parley.example" and b"From: Parley" in content and b"Auto-Submitted" in content
    assert Outbox.objects.get().done_at and token not in str(list(Outbox.objects.values()))
    assert deliver(now + timedelta(hours=2)) == ["sent"] and len(box.taken) == 1


def test_what_a_mail_server_refuses_is_told_in_its_own_words(invited: Any, box: Box) -> None:
    now = timezone.now()
    box.answer = "450 greylisted, come back"
    assert deliver(now) == ["queued"] and "greylisted" in Delivery.objects.get().said
    box.answer = "550 no such person here"
    assert deliver(now + timedelta(hours=2)) == ["refused"]
    assert Delivery.objects.get().said == "550 no such person here"
    assert [e.kind for e in Entry.objects.order_by("seq")] == ["invitation.sent", "invitation.refused"]
    assert "gita@example.org" not in str(list(Entry.objects.values_list("body", flat=True)))


def test_a_letter_that_is_no_longer_needed_is_not_sent(invited: Any, organiser: Person) -> None:
    row, _token = invited
    invitations.withdraw_invitation(row.pk, by=organiser, now=timezone.now())
    assert deliver() == ["dropped"] and mail.outbox == []


def notification(key: str, action: str = "failed", inner: str = "message/rfc822") -> bytes:
    """What a mail server sends back (RFC 3464)."""
    headers = f"Message-ID: <{key}@localhost>\r\nTo: gita@example.org\r\nSubject: Your access\r\n\r\n"
    report = (
        f"Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; gita@example.org\r\nAction: {action}\r\n"
    )
    report += "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n"
    parts = [("text/plain", "Sorry.\r\n"), ("message/delivery-status", report), (inner, headers)]
    body = "".join(f"--x\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts)
    head = 'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\nSubject: Undelivered\r\n\r\n'
    return (head + body + "--x--\r\n").encode()


@pytest.mark.parametrize("inner", ["message/rfc822", "text/rfc822-headers"])
def test_a_letter_that_came_back_says_why(invited: Any, tmp_path: Path, inner: str) -> None:
    assert deliver() == ["sent"]
    row = Delivery.objects.get()
    box = mailbox.Maildir(tmp_path / "box")
    for raw in (
        notification(row.key, inner=inner),
        notification("0" * 32, inner=inner),
        b"Subject: I am away\r\n\r\nUntil Monday.",
    ):
        box.add(raw)
    said = io.StringIO()
    call_command("bounces", maildir=tmp_path / "box", stdout=said)
    call_command("bounces", maildir=tmp_path / "box", stdout=said)
    assert said.getvalue().splitlines() == ["3 read, 1 letters came back", "0 read, 0 letters came back"]
    row.refresh_from_db()
    assert (row.state, row.said) == ("bounced", "5.1.1 550 5.1.1 User unknown")
    assert Entry.objects.order_by("seq").last().kind == "invitation.bounced"  # type: ignore[union-attr]
    assert bounces.read(notification(row.key, "delayed", inner)) is None


def test_the_organiser_sees_what_became_of_the_letter(
    client: Any, invited: Any, organiser: Person, guest: Person
) -> None:
    deliver()
    sending.came_back(Delivery.objects.get().key, said="550 User unknown", now=timezone.now())
    client.force_login(organiser.account)
    where = reverse("admin:summit_accreditation_change", args=[guest.accreditations.get().pk])
    for path in (where, reverse("admin:index"), reverse("admin:summit_accreditation_changelist")):
        shown = client.get(path).content.decode()
        assert "came back" in shown, path
    assert "550 User unknown" in client.get(where).content.decode()
    desk = reverse("accreditation_of", args=[guest.accreditations.get().summit.slug, guest.accreditations.get().pk])
    assert "came back: " in client.get(desk).content.decode()


@pytest.mark.parametrize("language", project.CONTENT_LANGUAGES)
def test_letters_are_written_in_six_languages(
    invited: Any, guest: Person, organiser: Person, cast: Cast, language: str
) -> None:
    guest.language = language
    guest.save()
    mail.outbox.clear()
    row, token = invitations.invite(cast.summit.pk, guest.pk, by=organiser, now=timezone.now())
    invitations.send_code(token, now=timezone.now())
    deliver()
    first, second = mail.outbox
    assert letters.address(token) in first.body and letters.code_of(row, 1) in second.body and token not in second.body
    assert first.to == second.to == ["gita@example.org"] and first.extra_headers["Content-Language"] == language
    for one in (first, second):
        assert "Test summit" in one.subject and "{" not in one.body + one.subject and len(one.body) > 60
    script = {"ru": "[А-я]{4}", "ar": "[ء-ي]{3}", "zh": "[一-龥]{3}"}.get(language, "[a-z]{4}")
    assert re.search(script, first.body) and re.search(script, second.body)


def test_a_forwarded_link_admits_nobody_without_the_code_of_its_holder(
    client: Any, invited: Any, guest: Person
) -> None:
    row, token = invited
    door = reverse("invitation", args=[token])
    page = client.get(door).content.decode()
    assert "g…@example.org" in page and "gita@" not in page and "password" not in page
    assert client.post(door, {"way": "password", "password": GOOD}).status_code == 200
    assert client.post(door, {"step": "code"}).status_code == 302
    deliver()
    assert [letter.to for letter in mail.outbox] == [["gita@example.org"]] * 2
    right = re.search(r"^(\d{6})$", str(mail.outbox[1].body), re.MULTILINE)
    assert right
    wrong = "000000" if right[1] != "000000" else "111111"
    for _ in range(invitations.TRIES):
        answer = client.post(door, {"way": "password", "password": GOOD, "code": wrong})
        assert answer.status_code == 200 and Person.objects.get(pk=guest.pk).account is None
    assert client.post(door, {"way": "password", "password": GOOD, "code": right[1]}).status_code == 200, (
        "tried too often"
    )
    Invitation.objects.update(code_sent_at=timezone.now() - invitations.CODE_PAUSE)
    client.post(door, {"step": "code"})
    row.refresh_from_db()
    newest = letters.code_of(row, row.codes)
    assert client.post(door, {"way": "password", "password": GOOD, "code": newest}).status_code == 302
    guest.refresh_from_db()
    assert guest.account and guest.account.email == "gita@example.org"


def test_codes_run_out(invited: Any, refused: Any) -> None:
    row, token = invited
    now = timezone.now()
    with refused("invitation.code"):
        invitations.accept(token, now=now, password=GOOD, code="123456")
    invitations.send_code(token, now=now)
    row.refresh_from_db()
    with refused("invitation.soon"):
        invitations.send_code(token, now=now)
    with refused("invitation.code"):
        late = now + invitations.CODE_VALID
        invitations.accept(token, now=late, password=GOOD, code=letters.code_of(row, 1))
    for n in range(1, invitations.CODES):
        invitations.send_code(token, now=now + n * invitations.CODE_PAUSE)
    with refused("invitation.codes"):
        invitations.send_code(token, now=now + timedelta(hours=1))
    with refused("invitation.code"):
        invitations.accept(token, now=now + n * invitations.CODE_PAUSE, password=GOOD, code=letters.code_of(row, 1))


def test_a_fault_of_ours_is_no_fault_of_the_letter() -> None:
    """A wrong password of ours waits; it is not the addressee who is refused."""
    assert sending._answer(smtplib.SMTPAuthenticationError(535, b"no"))[0] == 535
    assert sending._answer(smtplib.SMTPRecipientsRefused({"a": (550, b"unknown")})) == (550, "550 unknown")
    assert sending._answer(TimeoutError()) == (0, "TimeoutError")

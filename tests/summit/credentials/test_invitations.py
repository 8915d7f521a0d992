import threading
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from rooms.models import HelpCall
from summit.accreditation.history import WORDS, history_of
from summit.credentials import invitations, letters
from summit.errors import Refused
from summit.models import Accreditation, ActingHead, Entry, Invitation, Membership, Office, Person, User
from summit.people.joining import join
from tests.cast import accredit, make_cast, make_organiser, person

GOOD = "a long and quiet password"


@pytest.fixture
def guest(cast) -> Person:
    who = person("Gita Guest", account=False)
    accredit(who, cast.summit, "approved")
    return who


@pytest.fixture
def invited(cast, organiser, guest) -> tuple[Invitation, str]:
    return invitations.invite(cast.summit.pk, guest.pk, by=organiser, now=timezone.now())


def door(token):
    return reverse("invitation", args=[token])


def code_for(token, now=None):
    """The code that goes to the invited address; asked for when none is waiting."""
    row = Invitation.objects.filter(digest=invitations.digest(token)).first()
    if row is None or row.consumed_at:
        return "000000"
    if not invitations.awaits_code(row, now or timezone.now()):
        row = invitations.send_code(token, now=now or timezone.now())
    return letters.code_of(row, row.codes)


def enrol(client, token, password=GOOD, way="password"):
    return client.post(door(token), {"way": way, "password": password, "code": code_for(token)})


def test_an_invitation_is_opened_a_password_chosen_and_one_is_in(client, invited, guest):
    _, token = invited
    assert token not in str(Invitation.objects.values()) and len(token) >= 22
    assert client.get(door(token)).status_code == 200
    response = enrol(client, token)
    assert response.status_code == 302 and response["Location"] == "/"
    guest.refresh_from_db()
    assert guest.account.check_password(GOOD)
    assert client.get("/", follow=True).status_code == 200
    assert [e.kind for e in Entry.objects.order_by("seq")] == ["invitation.sent", "invitation.accepted"]
    assert token not in str(list(Entry.objects.values()))


def test_looking_at_a_link_changes_nothing(client, invited):
    row, token = invited
    for _ in range(3):
        assert client.get(door(token)).status_code == 200
        assert client.head(door(token)).status_code == 200
    row.refresh_from_db()
    assert row.consumed_at is None and "no-store" in client.get(door(token))["Cache-Control"]


def test_a_link_works_once(client, invited):
    _, token = invited
    enrol(client, token)
    client.logout()
    assert enrol(client, token, "another long password").status_code == 404
    assert User.objects.get(email="gita@example.org").check_password(GOOD)


def test_every_link_that_does_not_work_is_answered_alike(client, cast, organiser, invited, guest):
    row, token = invited
    answers = {client.get(door("nonsense")).content}
    Invitation.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    answers.add(client.get(door(token)).content)
    Invitation.objects.filter(pk=row.pk).update(expires_at=timezone.now() + VALID, withdrawn_at=timezone.now())
    answers.add(client.get(door(token)).content)
    Invitation.objects.filter(pk=row.pk).update(withdrawn_at=None)
    Accreditation.objects.filter(person=guest).update(state="withdrawn")
    answers.add(client.get(door(token)).content)
    strip = {answer.replace(token.encode(), b"").replace(b"nonsense", b"") for answer in answers}
    assert len({without_secrets(one) for one in strip}) == 1


VALID = timedelta(days=1)


def without_secrets(page: bytes) -> bytes:
    import re

    return re.sub(rb'(nonce|value)="[^"]*"', b"", page)


def test_a_weak_or_missing_password_is_refused_and_the_link_still_works(client, invited):
    _, token = invited
    for password in ("", "short", "gita@example.org"):  # the code stays good meanwhile
        response = enrol(client, token, password)
        assert response.status_code == 200 and b"error" in response.content
    assert not User.objects.filter(email="gita@example.org").exists()
    assert enrol(client, token).status_code == 302


def test_with_a_passkey_one_gets_no_password_and_goes_on_to_make_it(client, invited, guest):
    _, token = invited
    response = enrol(client, token, "", "passkey")
    assert response["Location"] == reverse("mfa_add_webauthn")
    guest.refresh_from_db()
    assert not guest.account.has_usable_password()
    assert client.get(response["Location"]).status_code == 200


def test_the_session_is_a_new_one(client, invited):
    _, token = invited
    client.get(door(token))
    session = client.session
    session["planted"] = 1
    session.save()
    before = client.session.session_key
    enrol(client, token)
    assert client.session.session_key != before and "planted" not in client.session


def test_a_new_letter_ends_the_one_before(client, cast, organiser, invited, guest):
    _, old = invited
    _, new = invitations.invite(cast.summit.pk, guest.pk, by=organiser, now=timezone.now())
    assert client.get(door(old)).status_code == 404 and client.get(door(new)).status_code == 200


def test_an_organiser_withdraws_a_link_once(client, organiser, invited):
    row, token = invited
    invitations.withdraw_invitation(row.pk, by=organiser, now=timezone.now())
    assert client.get(door(token)).status_code == 404
    with pytest.raises(Refused) as refused:
        invitations.withdraw_invitation(row.pk, by=organiser, now=timezone.now())
    assert refused.value.code == "invitation.over"


def test_who_may_be_invited_and_by_whom(cast, organiser, guest):
    now = timezone.now()
    cases = [
        (cast.amina, organiser, "invitation.enrolled"),
        (person("Nobody Known", account=False), organiser, "invitation.accreditation"),
        (guest, cast.dana, "organiser.required"),
        (guest, cast.eve, "organiser.required"),
    ]
    for who, by, code in cases:
        with pytest.raises(Refused) as refused:
            invitations.invite(cast.summit.pk, who.pk, by=by, now=now)
        assert refused.value.code == code


def test_an_account_of_somebody_else_is_never_taken_over(client, cast, organiser):
    who = person("Mallory One", account=False)
    User.objects.create_user("mallory@example.org", GOOD)
    accredit(who, cast.summit)
    _, token = invitations.invite(cast.summit.pk, who.pk, by=organiser, now=timezone.now())
    response = enrol(client, token, "a brand new password")
    assert response.status_code == 404
    assert User.objects.get(email="mallory@example.org").check_password(GOOD)


def test_demo_links_work_again_and_again_but_only_in_demo_mode(client, cast, settings, guest):
    cast.summit.demo = True
    cast.summit.save()
    token = invitations.invite_cast(cast.summit.pk, guest.pk, now=timezone.now())
    assert invitations.invite_cast(cast.summit.pk, guest.pk, now=timezone.now()) == token
    for _ in range(2):
        assert client.post(door(token)).status_code == 302
        client.logout()
    settings.DEMO = False
    assert client.get(door(token)).status_code == 404 and client.post(door(token)).status_code == 404
    with pytest.raises(Refused) as refused:
        invitations.invite_cast(cast.summit.pk, guest.pk, now=timezone.now())
    assert refused.value.code == "invitation.demo"


@pytest.mark.django_db(transaction=True)
def test_of_two_browsers_at_once_one_wins():
    cast = make_cast()
    organiser = make_organiser(cast.summit)
    guest = person("Gita Guest", account=False)
    accredit(guest, cast.summit)
    _, token = invitations.invite(cast.summit.pk, guest.pk, by=organiser, now=timezone.now())
    outcomes: list[str] = []
    together, code = threading.Barrier(2), code_for(token)

    def go(password: str) -> None:
        together.wait(5)
        try:
            invitations.accept(token, now=timezone.now(), password=password, code=code)
            outcomes.append("in")
        except Refused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(f"a quiet password {n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["in", "invitation.invalid"]
    assert User.objects.filter(email="gita@example.org").count() == 1


def test_someone_without_an_address_gives_one_and_it_is_not_taken_as_proven(client, cast, organiser):
    who = Person.objects.create(names={"en": {"short": "Hall Only"}})
    accredit(who, cast.summit)
    _, token = invitations.invite(cast.summit.pk, who.pk, by=organiser, now=timezone.now())
    assert b"passkey" not in client.get(door(token)).content.lower()
    assert client.post(door(token), {"way": "password", "password": GOOD}).status_code == 200  # no address: asked again
    assert client.post(door(token), {"way": "passkey", "email": "h@example.org"}).status_code == 200
    taken = {"way": "password", "password": GOOD, "email": "amina@example.org"}
    assert b"There is an account for this address already" in client.post(door(token), taken).content
    assert client.post(door(token), taken | {"email": "Hall@Example.org"}).status_code == 302
    who.refresh_from_db()
    assert who.email == "hall@example.org" and who.account.check_password(GOOD)
    assert not who.account.emailaddress_set.get().verified


def test_the_code_may_be_typed_in_arabic_digits(client, invited):
    _, token = invited
    code = code_for(token).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    wrong = client.post(door(token), {"way": "password", "password": GOOD, "code": "é٠"})
    assert wrong.status_code == 200 and b"newest code" in wrong.content
    assert client.post(door(token), {"way": "password", "password": GOOD, "code": code}).status_code == 302


def test_nobody_takes_the_address_of_somebody_who_is_still_to_come(client, cast, organiser, guest):
    who = Person.objects.create(names={"en": {"short": "Hall Only"}})
    accredit(who, cast.summit)
    _, token = invitations.invite(cast.summit.pk, who.pk, by=organiser, now=timezone.now())
    typed = {"way": "password", "password": GOOD, "email": guest.email}
    assert b"Somebody else is expected here with this address" in client.post(door(token), typed).content
    assert not User.objects.filter(email=guest.email).exists()


@pytest.fixture
def twice(cast, organiser):
    """The same address is invited by two summits that know nothing of each other: (person, token) of the first, then of
    the second, where the accents of the name were left out."""
    other = make_cast("elsewhere", "elsewhere.example")
    made = []
    for summit, by, name in (
        (cast.summit, organiser, "Sigríður Jónsdóttir"),
        (other.summit, make_organiser(other.summit, "Petra Lind"), "Jonsdottir Sigridur"),
    ):
        who = Person.objects.create(email="sigga@is.example", names={"en": {"short": name}})
        accredit(who, summit, "approved")
        Membership.objects.create(person=who, delegation=summit.delegations.get(code="KE"), function="adviser")
        made.append((who, invitations.invite(summit.pk, who.pk, by=by, now=timezone.now())[1]))
    return made


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_who_is_invited_by_two_summits_is_one_person_with_one_account(client, cast, twice, order):
    (keep, first), (drop, second) = (twice[number] for number in order)
    enrol(client, first)
    client.logout()
    answer = enrol(client, second, password="another password, never asked for")
    assert answer.status_code == 302 and answer["Location"] == reverse("account_login")
    assert "_auth_user_id" not in client.session  # the account may ask for a second factor: a link alone opens it not
    user = User.objects.get(email="sigga@is.example")
    assert user.person == keep and user.check_password(GOOD)
    assert set(keep.accreditations.values_list("summit__slug", flat=True)) == {"test", "elsewhere"}
    assert {row.delegation.summit.slug for row in keep.memberships.all()} == {"test", "elsewhere"}
    drop.refresh_from_db()
    assert (drop.account, drop.email, drop.accreditations.count(), drop.invitations.count()) == (None, "", 0, 0)
    where = keep.accreditations.exclude(summit=twice_summit(first)).get()
    kinds = list(Entry.objects.filter(summit=where.summit).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["invitation.sent", "person.merged", "invitation.accepted"]
    assert [event.words for event in history_of(where)] == [WORDS["person.merged"], WORDS["invitation.sent"]]
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    assert [client.get(f"/s/{slug}/").status_code for slug in ("test", "elsewhere")] == [200, 200]
    assert client.get(door(second)).status_code == 404  # used


@pytest.mark.django_db(transaction=True)
def test_who_follows_the_links_of_two_summits_at_once_is_one_person(twice):
    """The second link waits for the account that the first has made and not committed."""
    (keep, first), (_drop, second) = twice
    codes, came = [code_for(token) for token in (first, second)], []

    def follow() -> None:
        try:
            came.append(invitations.accept(second, now=timezone.now(), password=GOOD, code=codes[1]))
        finally:
            connection.close()

    other = threading.Thread(target=follow)
    with transaction.atomic():
        user = invitations.accept(first, now=timezone.now(), password=GOOD, code=codes[0])
        other.start()
        other.join(0.5)
        assert not came
    other.join(20)
    assert came == [user] and user.person == keep and User.objects.filter(email=keep.email).count() == 1
    assert set(keep.accreditations.values_list("summit__slug", flat=True)) == {"test", "elsewhere"}


def twice_summit(token):
    return Invitation.objects.get(digest=invitations.digest(token)).summit


def test_whoever_is_signed_in_already_stays_so(client, twice):
    enrol(client, twice[0][1])
    assert enrol(client, twice[1][1])["Location"] == "/"
    assert client.get("/s/elsewhere/").status_code == 200


@pytest.mark.parametrize("why", ["another name", "both here"])
def test_nobody_is_let_in_as_somebody_else_because_of_a_shared_address(client, cast, twice, why):
    (keep, first), (drop, second) = twice
    if why == "another name":
        drop.names = {"en": {"short": "Gunnar Olafsson"}}
        drop.save()
    else:
        accredit(drop, cast.summit, "withdrawn")
    enrol(client, first)
    answer = enrol(client, second)
    assert answer.status_code == 404 and "Somebody else signs in with this address" in answer.content.decode()
    drop.refresh_from_db()
    assert drop.email == "sigga@is.example" and not keep.accreditations.exclude(summit=cast.summit).exists()


def test_an_address_that_was_only_typed_joins_nobody(client, twice):
    (keep, first), (_drop, second) = twice
    enrol(client, first)
    EmailAddress.objects.update(verified=False)
    assert enrol(client, second).status_code == 404
    assert keep.accreditations.count() == 1


def test_everything_that_names_a_person_goes_over(cast):
    """A table that is added later is moved too, or this fails."""
    keep, drop = person("Keep One"), person("Drop One", account=False)
    accredit(drop, cast.summit)
    Office.objects.create(meeting=cast.meeting, person=drop, kind="officer")
    ActingHead.objects.create(meeting=cast.meeting, delegation=cast.kenya, person=drop)
    HelpCall.objects.create(meeting=cast.meeting, person=drop, at=timezone.now())
    cast.meeting.presiding = drop
    cast.meeting.save()
    join(drop, keep)
    cast.meeting.refresh_from_db()
    assert cast.meeting.presiding == keep
    assert [model.objects.get(person=keep).person_id for model in (ActingHead, HelpCall, Accreditation)]
    assert keep.offices.filter(kind="officer").exists() and not drop.offices.exists()

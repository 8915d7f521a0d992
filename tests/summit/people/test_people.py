from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from summit.delegations.actions import appoint
from summit.errors import Refused
from summit.models import Entry, Person
from summit.people import actions, queries
from summit.record.actions import stamp
from tests.cast import NOW, accredit, make_cast

NAMES = {"en": {"short": "Gita Guest", "formal": "Ms Gita Guest"}}


def test_an_address_that_is_known_gives_the_person_there_is(cast, organiser):
    first = actions.register_person(cast.summit.pk, by=organiser, now=NOW, names=NAMES, email="G@Example.org")
    again = actions.register_person(
        cast.summit.pk, by=organiser, now=NOW, names={"en": {"short": "Other"}}, email="g@example.ORG"
    )
    assert first == again and Person.objects.get(pk=first.pk).names == NAMES
    assert [entry.kind for entry in Entry.objects.all()] == ["person.registered"]


def test_whoever_takes_part_elsewhere_too_is_not_one_organisers_to_rename(cast, organiser):
    other = make_cast("other", at="other.org")
    accredit(cast.amina, other.summit)
    change = {"by": organiser, "now": NOW, "names": NAMES, "email": cast.amina.email}
    with pytest.raises(Refused) as refused:
        actions.change_person(cast.amina.pk, cast.summit.pk, **change)
    assert refused.value.code == "person.shared"


def test_the_address_of_an_account_is_not_an_organisers_to_change(cast, organiser):
    change = {"by": organiser, "now": NOW, "names": NAMES, "email": "mallory@example.org"}
    with pytest.raises(Refused) as refused:
        actions.change_person(cast.amina.pk, cast.summit.pk, **change)
    assert refused.value.code == "person.enrolled"


def test_strangers_and_delegates_register_nobody(cast):
    for who in (cast.amina, cast.dana, cast.eve):
        with pytest.raises(Refused) as refused:
            actions.register_person(cast.summit.pk, by=who, now=NOW, names=NAMES)
        assert refused.value.code == "organiser.required"


def test_own_settings_are_ones_own(cast, client):
    client.force_login(cast.amina.account)
    page = client.post("/account/settings/", {"language": "fr", "zone": "Africa/Nairobi", "email": "x@x.org"})
    assert page.status_code == 302
    cast.amina.refresh_from_db()
    assert (cast.amina.language, cast.amina.zone, cast.amina.email) == ("fr", "Africa/Nairobi", "amina@example.org")
    assert client.post("/account/settings/", {"language": "xx", "zone": "Mars/Olympus"}).status_code == 200


def test_an_account_made_on_the_command_line_acts_under_its_address(cast):
    from summit.models import User

    root = User.objects.create_superuser("root@example.org", "a long password here")
    who = actions.person_behind(root)
    assert queries.organises(who, cast.summit, NOW)
    assert queries.acting(who, cast.summit, NOW)["names"] == {"en": {"short": "root@example.org"}}


def test_an_address_somebody_only_typed_makes_nobody_else_them(cast, organiser):
    EmailAddress.objects.create(user=cast.eve.account, email=cast.eve.email, verified=False, primary=True)
    made = actions.register_person(cast.summit.pk, by=organiser, now=NOW, names=NAMES, email=cast.eve.email)
    assert made != cast.eve and made.names == NAMES


def test_one_acts_for_the_delegation_one_sits_with_now_not_for_the_next(cast, organiser):
    later = NOW + timedelta(days=1)
    cast.amina.memberships.update(starts=later)
    assert queries.acting(cast.amina, cast.summit, NOW)["delegation"]["code"] == "KE", (
        "of somebody who is still to come"
    )
    appoint(
        cast.chile.pk, cast.amina.pk, by=organiser, now=NOW, function="alternate", title={"en": "Envoy"}, ends=later
    )
    assert queries.acting(cast.amina, cast.summit, NOW)["delegation"]["code"] == "CL"
    said = Entry.objects.get(kind="member.appointed").body
    assert (said["subject"]["title"], said["ends"]) == ({"en": "Envoy"}, stamp(later))

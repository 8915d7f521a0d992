import pytest

from summit.accreditation import decisions, queries
from summit.accreditation.duplicates import Pair, Someone, pairs
from summit.accreditation.merging import merge
from summit.accreditation.nominations import Asked, nominate_member
from summit.models import Accreditation, Entry, FocalPoint, FullPowers, Membership, Office, Photo
from summit.names import folded
from summit.people.actions import register_person
from summit.record.queries import faults
from tests.cast import NOW, accredit, delegation, person


def someone(pk, name, email="", home=1):
    return Someone(pk, {"en": {"short": name}}, email, frozenset({home}))


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (someone(1, "Sigríður Jónsdóttir"), someone(2, "JONSDOTTIR Sigridur"), "name"),
        (someone(1, "Tomás Rojas"), someone(2, "Tomas Roja"), "name"),
        (someone(1, "Tomás Rojas"), someone(2, "Tomas Roja", home=2), None),
        (someone(1, "Wei Chen"), someone(2, "Chen Wei", home=2), "name"),
        (someone(1, "Amina Rahal", "a@b.org"), someone(2, "Quite Another", "A@B.org", home=2), "email"),
        (someone(1, "Ana Lima"), someone(2, "Eva Lima"), None),
        (someone(1, "Li"), someone(2, "Li", home=2), None),
        (someone(1, "محمود فوزي"), someone(2, "محمود فوزي", home=2), "name"),
    ],
)
def test_who_may_have_been_entered_twice(one, other, why):
    assert pairs([other, one]) == ([Pair(1, 2, why)] if why else [])


def test_names_are_compared_without_accents_case_and_order():
    assert folded("  Jónsdóttir, Sigríður ") == folded("SIGRIDUR jonsdottir")


def test_somebody_with_two_forms_of_one_name_is_not_their_own_double():
    twice = Someone(1, {"en": {"short": "Chen Wei"}, "fr": {"short": "Wei Chen"}}, "", frozenset())
    assert pairs([twice]) == []


@pytest.fixture
def pair(cast, organiser):
    """Lucia of Chile, and the same person nominated again by Chile under another address."""
    again = Asked(names={"en": {"short": "Soto Lucía"}}, function="adviser", email="ls@chile.example")
    return nominate_member(cast.chile.pk, again, by=organiser, now=NOW)


def test_merging_moves_seats_and_offices_and_the_journal_stays_whole(cast, organiser, pair):
    other = delegation(cast.summit, "GRULAC", "observer", "Group", "accepted")
    twin = pair.accreditation.person
    Membership.objects.create(person=twin, delegation=other, function="adviser")
    Office.objects.create(meeting=cast.meeting, person=twin, kind="deputy")
    assert {(one.first, one.second) for one in queries.twins_in(cast.summit)} == {(cast.lucia.pk, twin.pk)}
    keep = Accreditation.objects.get(person=cast.lucia)
    merge(keep.pk, pair.accreditation_id, by=organiser, now=NOW)
    assert set(cast.lucia.memberships.values_list("delegation__code", flat=True)) == {"CL", "GRULAC"}
    assert Office.objects.get(kind="deputy").person == cast.lucia
    pair.accreditation.refresh_from_db()
    assert pair.accreditation.state == "withdrawn"
    said = Entry.objects.get(kind="person.merged").body
    assert (said["subject"]["person"], said["was"]["person"]) == (cast.lucia.pk, twin.pk)
    assert queries.twins_in(cast.summit) == [] and list(faults(cast.summit.pk)) == []


def test_the_one_who_has_signed_in_is_kept_and_strangers_merge_nothing(cast, organiser, pair, refused):
    keep = Accreditation.objects.get(person=cast.lucia)
    with refused("merge.account"):
        merge(pair.accreditation_id, keep.pk, by=organiser, now=NOW)
    with refused("merge.same"):
        merge(keep.pk, keep.pk, by=organiser, now=NOW)
    for stranger in (cast.amina, cast.dana, cast.eve):
        with refused("desk.required"):
            merge(keep.pk, pair.accreditation_id, by=stranger, now=NOW)
    decisions.withdraw(pair.accreditation_id, by=organiser, now=NOW)
    with refused("merge.over"):
        merge(keep.pk, pair.accreditation_id, by=organiser, now=NOW)


def test_somebody_of_another_summit_is_not_merged_away(cast, organiser, pair, refused):
    from tests.cast import make_cast

    other = make_cast("other", at="other.org")
    accredit(pair.accreditation.person, other.summit)
    with refused("merge.elsewhere"):
        merge(Accreditation.objects.get(person=cast.lucia).pk, pair.accreditation_id, by=organiser, now=NOW)


def test_an_approved_double_approves_the_one_who_is_kept(cast, organiser):
    one, two = person("Rosa Diaz", account=False), person("Diaz Rosa", account=False, at="x.example")
    accredit(one, cast.summit, "nominated")
    accredit(two, cast.summit, "approved")
    Membership.objects.create(person=two, delegation=cast.chile, function="adviser")
    keep = merge(one.accreditations.get().pk, two.accreditations.get().pk, by=organiser, now=NOW)
    assert keep.state == "approved" and one.memberships.get().delegation == cast.chile


def test_full_powers_and_focal_points_go_over_and_an_office_both_hold_stays_one(cast, organiser, pair):
    twin, keep = pair.accreditation.person, Accreditation.objects.get(person=cast.lucia)
    for home in (cast.chile, cast.kenya):
        FocalPoint.objects.create(delegation=home, person=twin, named_at=NOW)
    FocalPoint.objects.create(delegation=cast.chile, person=cast.lucia, named_at=NOW)
    for who in (twin, cast.lucia):
        Office.objects.create(meeting=cast.meeting, person=who, kind="deputy")
    FullPowers.objects.create(
        delegation=cast.chile, person=twin, scopes=["sign"], treaty="T", issued_by="head_of_state", issued_on=NOW.date(),
        entered_at=NOW,
    )  # fmt: skip
    merge(keep.pk, pair.accreditation_id, by=organiser, now=NOW)
    assert FullPowers.objects.get().person == cast.lucia
    held = FocalPoint.objects.filter(ended_at=None)
    assert {(one.delegation.code, one.person) for one in held} == {("CL", cast.lucia), ("KE", cast.lucia)}
    assert Office.objects.get(kind="deputy", ends=None).person == cast.lucia


def test_address_and_photo_go_over_and_whoever_is_entered_by_that_address_is_the_one_who_stays(cast, organiser):
    first, second = person("Rosa Diaz", account=False), person("Diaz Rosa", account=False, at="x.example")
    second.email, address = "", first.email
    second.save()
    for who in (first, second):
        accredit(who, cast.summit, "approved")
    keep, drop = second.accreditations.get(), first.accreditations.get()
    photo = Photo.objects.create(accreditation=drop, file="photos/rosa.jpg", sha256="0" * 64, kept_at=NOW)
    merge(keep.pk, drop.pk, by=organiser, now=NOW)
    photo.refresh_from_db()
    assert photo.accreditation == keep
    entered = register_person(
        cast.summit.pk, by=organiser, now=NOW, names={"en": {"short": "Rosa Diaz"}}, email=address
    )
    assert entered == second, "not the older entry, which is withdrawn"


def test_the_desk_finds_a_name_however_it_is_typed(cast):
    here = cast.summit
    for name, form in (("Sigríður Jónsdóttir", ""), ("Łukasz Wójcik", ""), ("Wei Chen", "陈伟")):
        who = person(name, account=False)
        who.names |= {"zh": {"short": form}} if form else {}
        who.save()
        accredit(who, here)
    for words, found in (
        ("jonsdottir", "Sigríður Jónsdóttir"), ("JÓNSDÓTTIR sigri", "Sigríður Jónsdóttir"), ("wojcik lukasz", "Łukasz Wójcik"),
        ("陈伟", "Wei Chen"), ("wei@example.org", "Wei Chen"), ("jonsdottir wei", ""), ("CHEN@example", "Chen Wei"),
    ):  # fmt: skip
        rows = [row.person.names["en"]["short"] for row in queries.at_desk(here, words=words)]
        assert rows == ([found] if found else []), words
    assert queries.at_desk(here, words="  ").count() == here.accreditations.count()

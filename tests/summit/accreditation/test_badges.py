import io

import pytest
from django.test import Client
from pypdf import PdfReader

from summit.accreditation import printing, queries
from summit.accreditation.badges import code_of, digest_of, issue_badge, typed_code
from summit.accreditation.models import Badge
from summit.models import Accreditation, Entry, Membership
from summit.record.queries import faults
from tests.cast import NOW, accredit, make_cast, person


@pytest.fixture
def badge(cast, organiser):
    return issue_badge(Accreditation.objects.get(person=cast.amina).pk, by=organiser, now=NOW)


def test_a_new_badge_voids_the_one_before_and_the_journal_says_so(cast, organiser, badge):
    again = issue_badge(badge.accreditation_id, by=organiser, now=NOW)
    badge.refresh_from_db()
    assert (badge.number, badge.voided_at, again.number, again.voided_at) == (1, NOW, 2, None)
    assert Entry.objects.filter(kind="badge.issued").last().body["voids"] == 1
    assert list(faults(cast.summit.pk)) == []


def test_printing_moves_an_approved_person_to_badged_and_others_get_none(cast, organiser, refused):
    guest = person("Gita Guest")
    accredit(guest, cast.summit, "nominated")
    row = Accreditation.objects.get(person=guest)
    with refused("badge.not_approved"):
        issue_badge(row.pk, by=organiser, now=NOW)
    row.state = "approved"
    row.save()
    issue_badge(row.pk, by=organiser, now=NOW)
    row.refresh_from_db()
    assert row.state == "badged"
    for stranger in (cast.amina, cast.dana, cast.eve):
        with refused("desk.required"):
            issue_badge(row.pk, by=stranger, now=NOW)


def test_a_code_is_bound_to_summit_person_and_number(cast, badge):
    other = make_cast("other", "other.org")
    elsewhere = Badge(accreditation=other.summit.accreditations.first(), summit=other.summit, number=1)
    theirs = Badge(accreditation=Accreditation.objects.get(person=cast.lucia), summit=cast.summit, number=1)
    later = Badge(accreditation=badge.accreditation, summit=cast.summit, number=2)
    assert len({code_of(one) for one in (badge, elsewhere, theirs, later)}) == 4
    assert code_of(badge).replace("-", "").isalnum() and code_of(badge).isupper()
    assert typed_code(badge).replace("-", "") == code_of(badge).replace("-", "")[:9]
    assert digest_of(typed_code(badge).lower().replace("-", " ")) == digest_of(typed_code(badge))


def test_the_sheet_names_the_person_the_delegation_in_its_languages_and_the_code(cast, organiser, badge):
    cast.kenya.names = {
        "en": {"short": "Kenya"},
        "ar": {"short": "كينيا"},
        "zh": {"short": "肯尼亚"},
        "fr": {"short": "Kenya"},
    }
    cast.kenya.save()
    found = list(queries.badges_in(cast.summit, NOW))
    pdf = PdfReader(io.BytesIO(printing.render(cast.summit, found)))
    text = pdf.pages[0].extract_text()
    assert len(pdf.pages) == 1 and pdf.metadata.title == "Badges"
    for part in ("Amina Rahal", "Head of delegation", "肯尼亚", "Member", typed_code(badge)):
        assert part in text
    assert text.count("Kenya") == 1


def test_many_are_printed_from_the_desk_as_one_file(cast, organiser):
    staff = Client()
    staff.force_login(organiser.account, "django.contrib.auth.backends.ModelBackend")
    rows = Accreditation.objects.filter(person__in=[cast.amina, cast.lucia])
    answer = staff.post("/s/test/accreditation/", {"step": "badge", "chosen": [row.pk for row in rows]})
    assert answer["Content-Type"] == "application/pdf" and len(PdfReader(io.BytesIO(answer.content)).pages) == 2
    answer = staff.post(f"/s/test/accreditation/{rows[0].pk}/", {"step": "badge"})
    assert answer.content.startswith(b"%PDF") and Badge.objects.filter(voided_at=None).count() == 2
    page = staff.get(f"/s/test/accreditation/{rows[0].pk}/").content.decode()
    assert "Number 3, printed on" in page


def test_a_badge_names_the_delegation_one_sits_with_now(cast, badge):
    cast.amina.memberships.update(ends=NOW)
    Membership.objects.create(person=cast.amina, delegation=cast.chile, function="deputy")
    [found] = queries.badges_in(cast.summit, NOW)
    assert [seat.delegation for seat in found.accreditation.person.seats_here] == [cast.chile]

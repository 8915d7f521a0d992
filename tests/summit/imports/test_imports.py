"""Imports: what a table would change, applied as one act, undone as one act."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from summit.credentials.actions import approve
from summit.errors import Refused
from summit.imports import actions
from summit.imports.exporting import table, written
from summit.imports.models import Import
from summit.models import Delegation, Entry, Item, Membership, Outbox, Paper, Person
from summit.record.queries import faults
from tests.cast import NOW, accredit, confirm, make_cast

DELEGATIONS = """code;category;flag;short_en;formal_en;short_fr
PE;member;;Peru;the Republic of Peru;Pérou
KE;Member;ke;Kenya;the Republic of Kenya (new);Kenya
QQ;circus;;Nowhere;;
pe;member;;Peru again;;
"""
PEOPLE = """email,short_en,formal_en,delegation,function,title_en,zone
rosa@example.pe,Rosa Quispe,H.E. Ms Rosa Quispe,KE,head,Minister,America/Lima
bad,No Address,,,,,
lost@example.org,Lost,,ZZ,,,
"""
AGENDA = """number,under,title_en,title_fr
7,,Oceans,Océans
7(a),7,Fisheries,Pêche
3,,Climate finance,Financement
9,8,Orphan,
"""


def uploaded(cast, organiser, kind, content, name="table.csv"):
    row = actions.begin(cast.summit.pk, kind, name, content.encode(), by=organiser, now=NOW)
    actions.preview(row.pk, now=NOW)
    row.refresh_from_db()
    return row


def acts(row):
    return [(one["number"], one["key"], one["act"]) for one in row.rows]


def code_of(act, *args, **options):
    with pytest.raises(Refused) as refused:
        act(*args, **options)
    return refused.value.code


def kinds():
    return list(Entry.objects.order_by("seq").values_list("kind", flat=True))


def test_a_preview_says_exactly_what_would_change_and_writes_nothing(cast, organiser):
    row = uploaded(cast, organiser, "delegations", DELEGATIONS)
    assert Outbox.objects.get().task == "summit.imports.tasks.preview"
    assert acts(row) == [(2, "PE", "create"), (3, "KE", "change"), (4, "QQ", "error"), (5, "pe", "error")]
    assert row.rows[0]["values"]["flag"] == "pe"  # of its code
    assert list(row.rows[1]["values"]) == ["flag", "names"] and row.rows[1]["was"]["names"]["en"]["short"] == "Kenya"
    assert row.rows[2]["faults"][0][0] == "Category" and "Row 2" in row.rows[3]["faults"][0][1]
    assert not Delegation.objects.filter(code="PE").exists() and kinds() == []


def test_it_is_applied_as_one_act_with_the_digest_of_the_file_and_undone_as_one(cast, organiser):
    row = uploaded(cast, organiser, "delegations", DELEGATIONS)
    actions.apply(row.pk, by=organiser, now=NOW)
    entry = Entry.objects.get()
    assert entry.kind == "import.applied" and entry.body["digest"] == row.digest
    assert entry.body["counts"] == {"create": 1, "change": 1} and entry.body["rows"] == [
        ["PE", "create"],
        ["KE", "change"],
    ]
    assert Delegation.objects.get(code="PE").order["en"] and cast.summit.delegations.get(code="KE").names["en"][
        "formal"
    ].endswith("(new)")
    assert code_of(actions.apply, row.pk, by=organiser, now=NOW) == "import.state"
    actions.undo(row.pk, by=organiser, now=NOW)
    assert not Delegation.objects.filter(code="PE").exists()
    assert not cast.summit.delegations.get(code="KE").names["en"]["formal"].endswith("(new)")
    assert kinds() == ["import.applied", "import.undone"] and not list(faults(cast.summit.pk))


def test_people_are_entered_nominated_and_appointed_and_taken_back(cast, organiser):
    row = uploaded(cast, organiser, "people", PEOPLE)
    assert [act for _n, _k, act in acts(row)] == ["create", "error", "error"]
    assert [fault[0] for one in row.rows for fault in one["faults"]] == ["E-mail address", "Delegation"]
    actions.apply(row.pk, by=organiser, now=NOW)
    rosa = Person.objects.get(email="rosa@example.pe")
    assert rosa.accreditations.get().state == "nominated" and rosa.zone == "America/Lima"
    member = rosa.memberships.get()
    assert (member.delegation, member.function, member.title) == (cast.kenya, "head", {"en": "Minister"})
    actions.undo(row.pk, by=organiser, now=NOW)
    assert not Person.objects.filter(pk=rosa.pk).exists() and not Membership.objects.filter(pk=member.pk).exists()


def test_a_person_moved_to_another_delegation_goes_back_when_it_is_undone(cast, organiser):
    amina = cast.amina
    amina.email = "amina@example.ke"
    amina.save()
    before = amina.memberships.get()
    row = uploaded(
        cast, organiser, "people", f"email,short_en,delegation\n{amina.email},{amina.names['en']['short']},CL\n"
    )
    actions.apply(row.pk, by=organiser, now=NOW)
    before.refresh_from_db()
    assert before.ends == NOW and amina.memberships.get(ends=None).delegation.code == "CL"
    actions.undo(row.pk, by=organiser, now=NOW)
    before.refresh_from_db()
    assert before.ends is None and amina.memberships.count() == 1


def test_a_person_moved_keeps_what_is_the_same_and_an_empty_cell_changes_nothing(cast, organiser):
    seat = cast.amina.memberships.get()
    Membership.objects.filter(pk=seat.pk).update(title={"en": "Minister"})
    moved = "email,short_en,delegation,function,title_en\namina@example.org,Amina Rahal,CL,head,Minister\n"
    actions.apply(uploaded(cast, organiser, "people", moved).pk, by=organiser, now=NOW)
    now = cast.amina.memberships.get(ends=None)
    assert (now.delegation, now.function, now.title) == (cast.chile, "head", {"en": "Minister"})
    empty = uploaded(
        cast, organiser, "people", "email,short_en,delegation,function\namina@example.org,Amina Rahal,CL,\n"
    )
    assert [act for _n, _k, act in acts(empty)] == ["same"]


def test_somebody_comes_back_to_a_delegation_and_that_is_undone_as_well(cast, organiser):
    seat = cast.amina.memberships.get()
    Membership.objects.filter(pk=seat.pk).update(ends=NOW - timedelta(days=1))
    Membership.objects.create(person=cast.amina, delegation=cast.chile, function="adviser")
    back = "email,short_en,delegation,function\namina@example.org,Amina Rahal,KE,deputy\n"
    row = uploaded(cast, organiser, "people", back)
    actions.apply(row.pk, by=organiser, now=NOW)
    assert cast.amina.memberships.get(ends=None).delegation == cast.kenya and cast.amina.memberships.count() == 2
    actions.undo(row.pk, by=organiser, now=NOW)
    assert cast.amina.memberships.get(ends=None).delegation == cast.chile
    seat.refresh_from_db()
    assert (seat.function, seat.ends) == ("head", NOW - timedelta(days=1))


def test_of_two_with_one_address_the_one_who_is_here_is_meant(cast, organiser):
    other = make_cast("other", at="other.example")
    twin = Person.objects.create(
        email=other.amina.email, names={"en": {"short": "Amina Rahal", "formal": "Amina Rahal"}}
    )
    accredit(twin, cast.summit, "nominated")
    text = f"email,short_en,delegation,function\n{twin.email},Amina Rahal,CL,adviser\n"
    actions.apply(uploaded(cast, organiser, "people", text).pk, by=organiser, now=NOW)
    assert twin.memberships.get().delegation == cast.chile
    EmailAddress.objects.create(user=other.lucia.account, email=other.lucia.email, verified=False, primary=True)
    text = f"email,short_en,delegation,function\n{other.lucia.email},A Minister,CL,head\n"
    actions.apply(uploaded(cast, organiser, "people", text).pk, by=organiser, now=NOW)
    assert not other.lucia.accreditations.filter(summit=cast.summit).exists(), "an address that was only typed"
    assert not other.amina.accreditations.filter(summit=cast.summit).exists()


def test_the_journal_knows_people_by_number_and_what_was_deleted_is_not_undone(cast, organiser):
    row = uploaded(cast, organiser, "people", PEOPLE)
    actions.apply(row.pk, by=organiser, now=NOW)
    rosa = Person.objects.get(email="rosa@example.pe")
    assert Entry.objects.get().body["rows"] == [[rosa.pk, "create"]]
    Import.objects.filter(pk=row.pk).update(rows=[])
    assert code_of(actions.undo, row.pk, by=organiser, now=NOW) == "import.state"
    assert kinds() == ["import.applied"] and Person.objects.filter(pk=rosa.pk).exists()


def test_no_import_takes_the_secretariat_from_who_applies_it(cast, organiser):
    row = uploaded(cast, organiser, "delegations", "code,category,short_en\nSEC,member,Secretariat\n")
    assert code_of(actions.apply, row.pk, by=organiser, now=NOW) == "delegation.own"
    assert cast.summit.delegations.get(code="SEC").category == "secretariat"


def test_items_come_with_those_they_stand_under(cast, organiser):
    row = uploaded(cast, organiser, "agenda", AGENDA)
    assert [act for _n, _k, act in acts(row)] == ["create", "create", "change", "error"]
    actions.apply(row.pk, by=organiser, now=NOW)
    assert Item.objects.get(number="7(a)").parent.number == "7"
    assert Item.objects.get(number="3").titles == {"en": "Climate finance", "fr": "Financement"}
    actions.undo(row.pk, by=organiser, now=NOW)
    assert Item.objects.get(number="3").titles == {"en": "Climate finance"}
    assert not Item.objects.filter(number__startswith="7").exists()


def test_papers_are_announced_by_symbol_under_their_item(cast, organiser):
    text = "symbol,item,access,title_en\nA/1/L.2,3,restricted,Draft declaration\nA/1/L.3,99,,Lost\n,3,,Nameless\n"
    row = uploaded(cast, organiser, "papers", text)
    assert [act for _n, _k, act in acts(row)] == ["create", "error", "error"]
    actions.apply(row.pk, by=organiser, now=NOW)
    paper = Paper.objects.get()
    assert (paper.symbol, paper.item, paper.access) == ("A/1/L.2", cast.item, "restricted")
    empty = uploaded(cast, organiser, "papers", "symbol,item,access,title_en\nA/1/L.2,3,,Draft declaration\n")
    assert [act for _n, _k, act in acts(empty)] == ["same"], "an empty cell opens no restricted paper"
    actions.undo(row.pk, by=organiser, now=NOW)
    assert not Paper.objects.exists()


def test_nothing_is_applied_when_something_changed_since_the_preview(cast, organiser):
    row = uploaded(cast, organiser, "delegations", DELEGATIONS)
    Delegation.objects.filter(code="KE").update(names={"en": {"short": "Kenya", "formal": "renamed meanwhile"}})
    assert code_of(actions.apply, row.pk, by=organiser, now=NOW) == "import.stale"
    assert not Delegation.objects.filter(code="PE").exists()


def test_an_import_somebody_built_on_is_not_undone(cast, organiser):
    row = uploaded(cast, organiser, "delegations", DELEGATIONS)
    actions.apply(row.pk, by=organiser, now=NOW)
    Membership.objects.create(person=cast.chen, delegation=Delegation.objects.get(code="PE"), function="adviser")
    assert code_of(actions.undo, row.pk, by=organiser, now=NOW) == "import.built_on"
    people = uploaded(cast, organiser, "people", PEOPLE)
    actions.apply(people.pk, by=organiser, now=NOW)
    approve(Person.objects.get(email="rosa@example.pe").accreditations.get().pk, by=organiser, now=NOW)
    assert code_of(actions.undo, people.pk, by=organiser, now=NOW) == "import.built_on"
    Delegation.objects.filter(code="KE").update(names={"en": {"short": "K"}})
    assert code_of(actions.undo, row.pk, by=organiser, now=NOW) == "import.changed_since"


def test_who_may_and_when(cast, organiser):
    assert (
        code_of(actions.begin, cast.summit.pk, "people", "t.csv", b"x", by=cast.amina, now=NOW) == "organiser.required"
    )
    assert code_of(actions.begin, cast.summit.pk, "circus", "t.csv", b"x", by=organiser, now=NOW) == "import.kind"
    row = uploaded(cast, organiser, "people", "email,shoe_size\na@b.org,44\n")
    assert row.state == Import.State.FAILED and "shoe_size" in row.why
    assert code_of(actions.apply, row.pk, by=organiser, now=NOW) == "import.state"
    ready = uploaded(cast, organiser, "people", PEOPLE)
    assert code_of(actions.apply, ready.pk, by=cast.amina, now=NOW) == "organiser.required"
    same = uploaded(cast, organiser, "people", "email\nbad\n")
    assert code_of(actions.apply, same.pk, by=organiser, now=NOW) == "import.nothing"


def test_what_goes_out_comes_back_without_a_change(cast, organiser):
    Paper.objects.create(summit=cast.summit, item=cast.item, symbol="A/1/L.1", titles={"en": "Draft", "zh": "草案"})
    for kind in ("delegations", "people", "agenda", "papers"):
        for form in ("csv", "xlsx"):
            content = written(table(kind, cast.summit, NOW), form)
            row = actions.begin(cast.summit.pk, kind, f"t.{form}", content, by=organiser, now=NOW)
            actions.preview(row.pk, now=NOW)
            row.refresh_from_db()
            assert row.state == Import.State.READY, row.why
            assert {one["act"] for one in row.rows} <= {"same"}, [one for one in row.rows if one["act"] != "same"]


def test_five_thousand_people_are_previewed_in_seconds(cast, organiser):
    lines = ["email,short_en,short_fr,formal_en,delegation,function,zone,language"]
    lines += [
        f"p{n}@example.org,Person {n},Personne {n},H.E. Person {n},KE,adviser,Africa/Nairobi,fr" for n in range(5000)
    ]
    seen: list[int] = []
    row = actions.begin(cast.summit.pk, "people", "t.csv", "\n".join(lines).encode(), by=organiser, now=NOW)
    began = time.perf_counter()
    actions.preview(row.pk, now=NOW, progress=seen.append)
    took = time.perf_counter() - began
    row.refresh_from_db()
    assert len(row.rows) == 5000 and {one["act"] for one in row.rows} == {"create"}
    assert seen == sorted(seen) and len(seen) == 20
    assert took < 30  # 2 to 3 s on a calm machine; ten is what we promise there


@pytest.fixture
def otto(cast, organiser, client):
    client.force_login(organiser.account)
    return client


def test_the_organisers_pages_upload_show_apply_and_hand_out_tables(cast, otto, organiser):
    add = reverse("admin:summit_import_add")
    file = SimpleUploadedFile("list.csv", DELEGATIONS.encode())
    answer = otto.post(add, {"summit": cast.summit.pk, "kind": "delegations", "file": file})
    assert answer.status_code == 302
    row = Import.objects.get()
    page = reverse("admin:summit_import_change", args=[row.pk])
    assert otto.get(page)["Refresh"] == "2"
    actions.preview(row.pk, now=NOW)
    shown = otto.get(page)
    text = shown.content.decode()
    assert "Refresh" not in shown and "the Republic of Kenya (new)" in text and "Choose one of" in text
    step = reverse("admin:summit_import_step", args=[row.pk])
    assert otto.post(step, {"step": "apply"})["Location"].startswith(reverse("account_reauthenticate"))
    assert not Delegation.objects.filter(code="PE").exists()
    confirm(otto, step)  # and what was asked for is done
    assert Delegation.objects.filter(code="PE").exists() and "Undo the whole import" in otto.get(page).content.decode()
    export = otto.get(reverse("admin:summit_import_export", args=[cast.summit.pk, "delegations", "csv"]))
    assert "Pérou" in export.content.decode("utf-8-sig") and "attachment" in export["Content-Disposition"]
    template = otto.get(reverse("admin:summit_import_template", args=["people", "xlsx"]))
    assert template.content[:2] == b"PK"
    assert "what stands" in otto.get(reverse("admin:summit_import_changelist")).content.decode()


def test_every_row_of_a_preview_can_be_read_the_faults_first(cast, otto, organiser):
    names = [f"p{n}@example.pe,Person {n},,KE,member,," for n in range(430)] + ["bad,No Address,,,,,"]
    row = uploaded(
        cast, organiser, "people", "email,short_en,formal_en,delegation,function,title_en,zone\n" + "\n".join(names)
    )
    page = reverse("admin:summit_import_change", args=[row.pk])
    shown = [otto.get(page, {"page": number}).content.decode() for number in (1, 2, 3)]
    assert [one.count("data-act=") for one in shown] == [200, 200, 31]
    assert 'data-act="error"' in shown[0] and "Page 1 of 3" in shown[0] and "p429@example.pe" in shown[2]
    assert all(sum(f"p{n}@example.pe" in one for one in shown) == 1 for n in (0, 198, 199, 200, 398, 399, 429))


def test_who_undoes_an_import_or_takes_away_everybody_shows_again_who_they_are(cast, otto, organiser):
    row = uploaded(cast, organiser, "delegations", DELEGATIONS)
    actions.apply(row.pk, by=organiser, now=NOW)
    step = reverse("admin:summit_import_step", args=[row.pk])
    assert otto.post(step, {"step": "undo"})["Location"].startswith(reverse("account_reauthenticate"))
    assert Delegation.objects.filter(code="PE").exists()
    for form in ("csv", "xlsx"):
        export = reverse("admin:summit_import_export", args=[cast.summit.pk, "people", form])
        assert otto.get(export)["Location"].startswith(reverse("account_reauthenticate"))
    assert otto.get(reverse("admin:summit_import_template", args=["people", "csv"])).status_code == 200
    otto.post(step, {"step": "undo"})
    confirm(otto, step)  # and what was asked for is done
    assert not Delegation.objects.filter(code="PE").exists()
    assert "attachment" in otto.get(export)["Content-Disposition"]


def test_nobody_exports_or_sees_imports_of_a_summit_they_do_not_organise(cast, otto, organiser):
    other = make_cast("other", at="other.example")
    url = reverse("admin:summit_import_export", args=[other.summit.pk, "people", "csv"])
    assert otto.get(url).status_code == 404
    otto.force_login(cast.amina.account)
    assert otto.get(reverse("admin:summit_import_changelist")).status_code in {302, 403}
    assert otto.get(reverse("admin:summit_import_template", args=["people", "csv"])).status_code in {302, 403, 404}

"""Who of the staff may do what: a task is given for one summit, opens its own pages, and nothing of another summit."""

import importlib

import pytest
from django.apps import apps
from django.urls import reverse

from summit import live
from summit.admin.base import OwnRows
from summit.agenda.actions import Plan, end_office, give_office, plan_meeting
from summit.agenda.queries import meeting_rights
from summit.credentials import staff
from summit.credentials.actions import nominate
from summit.delegations.actions import create_delegation
from summit.errors import Refused
from summit.models import Entry, Export, Import, Minutes, Office, Outbox, Paper, PaperFile, Person, StaffTask
from summit.people.models import Task
from summit.people.queries import may_found, organises
from summit.rights import Right
from tests.cast import NOW, accredit, confirm, give_task, make_cast, make_organiser, person

PAGES = {
    "summit": (), "delegation": (), "accreditation": ("accreditation",), "membership": ("accreditation",),
    "stafftask": (), "item": ("conference",), "meeting": ("conference",),
    "office": ("conference", "interpretation"), "paper": ("conference",), "question": ("conference",), "import": (), "entry": (),
}  # fmt: skip


def kinds():
    return list(Entry.objects.order_by("seq").values_list("kind", flat=True))


@pytest.fixture
def omar(cast) -> Person:
    """Of the staff, without a task yet."""
    who = person("Omar Diallo")
    accredit(who, cast.summit)
    return who


def refused(action, *args, **options):
    before = kinds()
    with pytest.raises(Refused) as found:
        action(*args, now=NOW, **options)
    assert kinds() == before
    return found.value.code


def test_an_organiser_gives_a_task_and_ends_it_and_the_journal_tells_both(cast, organiser, omar, client):
    client.force_login(organiser.account)
    data = {"summit": cast.summit.pk, "person": omar.pk, "task": "check_in"}
    asked = client.post(reverse("admin:summit_stafftask_add"), data)
    assert asked["Location"].startswith(reverse("account_reauthenticate")) and kinds() == []
    confirm(client)
    assert client.post(reverse("admin:summit_stafftask_add"), data).status_code == 302
    omar.account.refresh_from_db()
    row = StaffTask.objects.get(person=omar)
    assert omar.account.is_staff and kinds() == ["task.given"]
    assert Entry.objects.get().body["task"] == "check_in" and Entry.objects.get().audience == "officers"
    assert client.post(reverse("admin:summit_stafftask_change", args=[row.pk]), {}).status_code == 302, "it stands"
    client.post(reverse("admin:summit_stafftask_step", args=[row.pk]), {"step": "end"})
    omar.account.refresh_from_db()
    assert not omar.account.is_staff and kinds() == ["task.given", "task.ended"]


def test_what_cannot_be_given_or_ended_says_why_and_changes_nothing(cast, organiser, omar):
    summit = cast.summit.pk
    nils = person("Nils Berg", account=False)
    accredit(nils, cast.summit)
    give_task(cast.summit, omar, "accreditation")
    say = {"by": organiser}
    assert refused(staff.give_task, summit, omar.pk, "emperor", **say) == "task.unknown"
    assert refused(staff.give_task, summit, omar.pk, "accreditation", **say) == "task.twice"
    assert refused(staff.give_task, summit, nils.pk, "check_in", **say) == "task.not_enrolled"
    assert refused(staff.give_task, summit, cast.eve.pk, "check_in", **say) == "task.not_enrolled"
    assert refused(staff.give_task, summit, omar.pk, "organiser", **say) == "task.not_secretariat"
    assert refused(staff.end_task, summit, omar.pk, "records", **say) == "task.over"
    assert refused(staff.end_task, summit, organiser.pk, "organiser", **say) == "task.own"
    for who in (omar, cast.dana, cast.amina, cast.eve):
        assert refused(staff.give_task, summit, who.pk, "organiser", by=who) == "organiser.required"


def test_an_organiser_of_the_secretariat_names_another(cast, organiser):
    staff.give_task(cast.summit.pk, cast.dana.pk, "organiser", by=organiser, now=NOW)
    dana = Person.objects.get(pk=cast.dana.pk)
    assert organises(dana, cast.summit, NOW) and may_found(dana)
    staff.end_task(cast.summit.pk, organiser.pk, "organiser", by=dana, now=NOW)
    assert not organises(Person.objects.get(pk=organiser.pk), cast.summit, NOW)


@pytest.mark.parametrize("task", [task for task in Task.values if task != "organiser"])
def test_each_task_opens_its_own_pages_of_its_own_summit(cast, omar, client, task):
    other = make_cast("other", at="other.org")
    give_task(cast.summit, omar, task)
    client.force_login(omar.account)
    first = client.get("/admin/")
    assert first.status_code == 200 and str(Task(task).label) in first.content.decode()
    for model, whose in PAGES.items():
        page = client.get(reverse(f"admin:summit_{model}_changelist"))
        if model == "summit":  # one may look at the list; it is empty
            assert list(page.context["cl"].queryset) == []
            continue
        assert page.status_code == (200 if task in whose else 403), model
        assert (f'href="/admin/summit/{model}/"' in first.content.decode()) == (task in whose), model
        if task in whose:
            seen = page.context["cl"].queryset
            assert not seen.exclude(pk__in=seen.filter(**{_summit_of(model): cast.summit})).exists()
    assert client.get(reverse("admin:summit_summit_add")).status_code == 403
    assert client.get(reverse("admin:summit_meeting_change", args=[other.meeting.pk])).status_code in {302, 403}


def test_no_filter_names_a_summit_or_a_meeting_of_another(cast, omar, organiser, client):
    other = make_cast("other", at="other.org")
    for named, words in ((other.summit, "names"), (other.meeting, "titles")):
        setattr(named, words, {"en": {"short": "Secret talks"} if words == "names" else "Secret talks"})
        named.save()
    second = make_cast("second", at="second.org")
    for task in ("accreditation", "conference"):
        give_task(cast.summit, omar, task)
    accredit(omar, second.summit)
    give_task(second.summit, omar, "conference")
    for who in (omar, organiser):
        client.force_login(who.account)
        for model in PAGES:
            page = client.get(reverse(f"admin:summit_{model}_changelist"))
            if page.status_code == 200:
                assert "Secret talks" not in page.content.decode(), (who, model)
    client.force_login(omar.account)
    [by_meeting] = [
        one for one in client.get(reverse("admin:summit_office_changelist")).context["cl"].filter_specs
        if isinstance(one, OwnRows)
    ]  # fmt: skip
    assert {pk for pk, _name in by_meeting.lookup_choices} == {cast.meeting.pk, second.meeting.pk}


def _summit_of(model: str) -> str:
    return {"membership": "delegation__summit", "office": "meeting__summit"}.get(model, "summit")


def test_an_action_asks_for_the_task_whatever_page_it_came_from(cast, omar):
    plan = plan_of(cast.meeting)
    may = {
        "accreditation": lambda: nominate(cast.summit.pk, cast.eve.pk, by=omar, now=NOW),
        "conference": lambda: plan_meeting(cast.summit.pk, by=omar, now=NOW, slug="second", plan=plan),
        "interpretation": lambda: give_office(
            cast.meeting.pk, cast.lucia.pk, Office.Kind.INTERPRETER, by=omar, now=NOW
        ),
    }
    for task, act in may.items():
        for other in set(may) - {task, "conference" if task == "interpretation" else task}:
            StaffTask.objects.filter(person=omar).delete()
            give_task(cast.summit, omar, other)
            with pytest.raises(Refused, match=r"organiser\.required"):
                act()
        StaffTask.objects.filter(person=omar).delete()
        give_task(cast.summit, omar, task)
        act()
    interpreter = Office.objects.get(kind="interpreter")
    assert refused(give_office, cast.meeting.pk, cast.lucia.pk, "chair", by=omar) == "organiser.required"
    assert refused(end_office, Office.objects.get(kind="chair").pk, by=omar) == "organiser.required"
    end_office(interpreter.pk, by=omar, now=NOW)
    for task in Task.values:
        if task != "organiser" and not StaffTask.objects.filter(person=omar, task=task).exists():
            give_task(cast.summit, omar, task)
    made = {"code": "PE", "category": "member", "names": {"en": {"short": "Peru"}}, "flag": ""}
    assert refused(create_delegation, cast.summit.pk, by=omar, **made) == "organiser.required"


def plan_of(meeting):
    return Plan(titles=meeting.titles, day=meeting.day, time=meeting.time, zone=meeting.zone, number=2)


@pytest.mark.parametrize(
    ("task", "right"),
    [
        ("records", Right.WRITE),
        ("technical", Right.HELP),
        ("conference", Right.RUN_FLOOR),
        ("interpretation", Right.ENTER),
    ],
)
def test_a_task_counts_as_the_office_in_every_meeting_of_the_summit_and_of_no_other(cast, omar, task, right):
    other = make_cast("other", at="other.org")
    accredit(omar, other.summit)
    assert right not in meeting_rights(omar, cast.meeting, NOW)
    give_task(cast.summit, omar, task)
    assert right in meeting_rights(omar, cast.meeting, NOW)
    assert right not in meeting_rights(omar, other.meeting, NOW)
    omar.accreditations.update(state="withdrawn")
    assert meeting_rights(omar, cast.meeting, NOW) == frozenset()


def test_the_door_opens_no_room(cast, omar):
    give_task(cast.summit, omar, "check_in")
    assert meeting_rights(omar, cast.meeting, NOW) == frozenset()
    assert not may_found(omar)


def test_who_organised_before_tasks_were_given_still_does(cast):
    migration = importlib.import_module("summit.migrations.0013_staff_tasks")
    olga = make_organiser(cast.summit, "Olga Other")
    StaffTask.objects.all().delete()
    migration.name_organisers(apps, None)
    assert [(row.person, row.task) for row in StaffTask.objects.all()] == [(olga, "organiser")]


def test_the_first_page_tells_in_which_meeting_lines_are_weak(cast, organiser, client):
    client.force_login(organiser.account)
    assert "Every line is good." in client.get("/admin/").content.decode()
    cast.meeting.state = "open"
    cast.meeting.save()
    live.count_weak_lines(cast.meeting.pk, 3)
    page = client.get("/admin/").content.decode()
    assert "3 weak lines" in page and reverse("meeting", args=["test", "plenary-1"]) in page
    live.count_weak_lines(cast.meeting.pk, 0)
    assert "Every line is good." in client.get("/admin/").content.decode()


def let_wait(cast, count: int) -> None:
    """So many of each thing that waits."""
    for number in range(count):
        paper = Paper.objects.create(summit=cast.summit, symbol=f"A/1/L.{number}")
        PaperFile.objects.create(paper=paper, language="en", kind="txt", size=1, sha256="0" * 64, file="x")
        Import.objects.create(
            summit=cast.summit, kind="people", state="failed", name=f"{number}.xlsx", made_at=NOW, why="it is no table",
            by=cast.dana,
        )  # fmt: skip
        Outbox.objects.create(key=f"stuck:{number}", task="x", created_at=NOW, tries=9)


def test_the_first_page_tells_papers_that_lack_a_language_and_work_that_failed(
    cast, organiser, client, django_assert_max_num_queries
):
    client.force_login(organiser.account)
    assert "Everything that was asked of the worker is done." in client.get("/admin/").content.decode()
    let_wait(cast, 1)
    with django_assert_max_num_queries(30) as first:
        page = client.get("/admin/").content.decode()
        spent = len(first)
    assert "A/1/L.0" in page and "not yet in français" in page and "it is no table" in page
    Outbox.objects.update(created_at="2026-01-01T00:00Z")
    assert "Work that does not get done: 1" in client.get("/admin/").content.decode()
    Paper.objects.all().delete()
    Outbox.objects.all().delete()
    let_wait(cast, 3)
    with django_assert_max_num_queries(spent):
        client.get("/admin/")


def test_a_file_of_minutes_that_failed_leads_to_the_minutes(cast, organiser, client):
    minutes = Minutes.objects.create(meeting=cast.meeting)
    Export.objects.create(
        minutes=minutes, format="pdf", language="en", state="failed", asked_at=NOW, asked_by=cast.dana
    )
    client.force_login(organiser.account)
    page = client.get("/admin/").content.decode()
    assert "minutes as PDF" in page and reverse("minutes_of", args=["test", cast.meeting.slug]) in page

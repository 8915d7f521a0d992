"""A real worker, killed with SIGKILL at every step: the archive appears exactly once, every file whole."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from summit.config.celery import app
from summit.config.supervisor import die_with_parent
from summit.minutes import actions, queries
from summit.minutes.document import digest
from summit.models import Entry, Export, Outbox, Revision
from summit.record.queries import faults
from summit.record.tasks import relay
from tests.config.test_supervisor import eventually
from tests.summit.minutes.conftest import minute

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.xdist_group("up")]
ON_POSTGRES = bool(os.environ.get("PARLEY_TEST_DATABASE_URL"))  # the steps there that turn on the database
ARCHIVING = [
    "taken",
    "composed",
    "revision written",
    "journal written",
    "archived in the transaction",
    "finished but not committed",
    "committed but not acknowledged",
]
EXPORTING = ["export taken", "progress told", "file half way", "file written"]


def start_worker(folder, step=""):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.child",
        "TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "PYTHONPATH": str(ROOT),
        "DIE_AT": step,
        "DIE_TRAP": str(folder / "trap"),
    }
    command = [sys.executable, "-m", "celery", "-A", "summit.config.celery", "worker", "--pool=solo"]
    command += ["-I", "tests.summit.minutes.dying"]
    with (folder / "log").open("a") as out:
        return subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=ROOT, preexec_fn=die_with_parent)


def work_until(done, folder):
    worker = start_worker(folder)
    try:
        eventually(done, 60)
    finally:
        worker.kill()
        worker.wait()


def killed_at(step, folder, valkey):
    """Send what waits, and let a worker die at this step; the broker forgets its messages."""
    (folder / "trap").touch()
    relay()
    assert start_worker(folder, step).wait(60) == -9, (folder / "log").read_text()
    valkey.flushall()


def do_what_waits():
    """As the next worker does once the lease has run out."""
    app.loader.import_default_modules()
    for row in Outbox.objects.filter(done_at=None):
        app.tasks[row.task](**row.arguments, outbox=row.pk)


def all_done():
    return not Outbox.objects.filter(done_at=None).exists()


@pytest.mark.parametrize("step", ARCHIVING[-3:] if ON_POSTGRES else ARCHIVING)
def test_a_worker_killed_at_any_step_leaves_one_archive(committed, tmp_path, valkey, step):
    expected = digest(queries.freeze(committed.minutes, corrected=False))
    killed_at(step, tmp_path, valkey)
    assert Revision.objects.count() == (1 if step.startswith("committed") else 0)
    do_what_waits()
    assert [(row.kind, row.digest) for row in Revision.objects.all()] == [("archive", expected)]
    assert Entry.objects.filter(kind="minutes.archived").count() == 1
    assert list(faults(committed.summit.pk)) == []


def test_an_archive_asked_for_while_the_broker_is_down_is_made_when_it_is_back(committed, tmp_path, monkeypatch):
    assert Outbox.objects.get().done_at is None  # the closing was committed; nobody asked the broker

    def no_broker(*_, **__):
        raise OperationalError("no broker")

    with monkeypatch.context() as away:
        away.setattr(app, "send_task", no_broker)
        with pytest.raises(OperationalError):
            relay()
    relay()
    work_until(all_done, tmp_path)
    assert Revision.objects.get().kind == "archive"


@pytest.mark.parametrize("step", EXPORTING[-1:] if ON_POSTGRES else EXPORTING)
def test_a_worker_killed_while_it_makes_a_file_leaves_one_whole_file(committed, tmp_path, valkey, settings, step):
    actions.archive(committed.meeting.pk, now=minute(8))
    Outbox.objects.update(done_at=timezone.now())
    export = actions.ask_export(committed.minutes.pk, "html", "en", by=committed.dana, now=minute(9))
    killed_at(step, tmp_path, valkey)
    export.refresh_from_db()
    assert export.state != Export.State.READY
    settings.EXPORTS = Path(os.environ["PARLEY_VAR"]) / "exports"
    do_what_waits()
    export.refresh_from_db()
    made = settings.EXPORTS / export.file
    assert export.state == Export.State.READY
    assert hashlib.sha256(made.read_bytes()).hexdigest() == export.sha256
    assert made.read_bytes().rstrip().endswith(b"</html>")
    assert not list(settings.EXPORTS.glob(".*"))


def test_a_worker_killed_is_followed_by_another_that_finds_the_work(committed, tmp_path, valkey):
    killed_at("journal written", tmp_path, valkey)
    Outbox.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    relay()
    work_until(all_done, tmp_path)
    assert Revision.objects.get().kind == "archive"

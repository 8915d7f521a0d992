"""What a worker does with what it finds in the queue."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

from summit.config.celery import app, folders_with_tasks
from summit.config.supervisor import die_with_parent
from tests.config.test_supervisor import eventually


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, (self.path,)


def test_every_folder_with_tasks_is_known_and_every_round_of_beat() -> None:
    assert "summit.record" in folders_with_tasks()
    app.loader.import_default_modules()
    assert "summit.record.tasks.relay" in app.tasks
    assert {one["task"] for one in app.conf.beat_schedule.values()} <= set(app.tasks), "what beat calls, there is"


def test_only_json_is_accepted() -> None:
    assert app.conf.accept_content == ["json"] and app.conf.task_serializer == "json"
    assert app.conf.worker_concurrency == 1 and app.conf.task_time_limit


def test_a_pickled_message_is_thrown_away_unread(tmp_path: Path) -> None:
    """Attack 20: whoever reaches the broker must not get code to run in the worker."""
    with app.connection() as connection, connection.SimpleQueue("celery") as queue:
        queue.producer.publish(
            pickle.dumps(Bomb(str(tmp_path / "exploded"))),
            routing_key="celery",
            content_type="application/x-python-serialize",
            content_encoding="binary",
            headers={"task": "summit.record.tasks.relay", "id": "1", "lang": "py"},
        )
    log = tmp_path / "log"
    command = [sys.executable, "-m", "celery", "-A", "summit.config.celery", "worker", "--pool=solo", "--loglevel=INFO"]
    same_valkey = {**os.environ, "DJANGO_SETTINGS_MODULE": "summit.config.settings"}
    with log.open("w") as out:
        worker = subprocess.Popen(command, env=same_valkey, stdout=out, stderr=out, preexec_fn=die_with_parent)
    try:
        eventually(lambda: "ContentDisallowed" in log.read_text(), 30)
    finally:
        worker.kill()
        worker.wait()
    assert not (tmp_path / "exploded").exists()

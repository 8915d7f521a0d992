"""The Celery application: `celery -A summit.config.celery`. Its settings are the CELERY_ ones of settings.py."""

import os
from pathlib import Path

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "summit.config.settings")

app = Celery("parley")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # threads of the web process that queue a task use this application too


def folders_with_tasks() -> list[str]:
    """Every topic of summit and rooms that has a `tasks.py`."""
    root = Path(__file__).resolve().parents[2]
    found = [*root.glob("summit/**/tasks.py"), *root.glob("rooms/**/tasks.py")]
    return sorted(".".join(path.parent.relative_to(root).parts) for path in found)


app.autodiscover_tasks(folders_with_tasks)

"""The product's settings, in a temporary `var/`; every pytest process has its own.

`PARLEY_TEST_DATABASE_URL` runs the same tests on PostgreSQL (`manage.py test` starts a server for it).
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_var = tempfile.mkdtemp(prefix="parley-tests-")
Path(_var, "static").mkdir()  # nothing is collected for tests; the folder is asked for all the same
atexit.register(shutil.rmtree, _var, ignore_errors=True)
os.environ.update(
    PARLEY_VAR=_var,
    PARLEY_DEMO="1",
    PARLEY_SECRET_KEY="a-key-that-only-the-tests-know-0123456789",
    DATABASE_URL=os.environ.get("PARLEY_TEST_DATABASE_URL", ""),
    REDIS_URL=f"unix://{_var}/valkey.sock",
    MEDIA_DOOR=f"unix://{_var}/media.sock",
)

from summit.config.settings import *  # noqa: E402, F403  the environment above comes first
from summit.config.settings import STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # hundreds of sign-ins; Argon2 is slow on purpose
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

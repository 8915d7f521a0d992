"""The product's settings for a process that a test starts, on the test's own database (`TEST_DATABASE`)."""

import os

from summit.config.settings import *  # noqa: F403
from summit.config.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]

#!/usr/bin/env python3
"""The one door for operators and developers: `up`, `test`, `doctor`, `bench`, and every Django command.

Runs on a machine that has nothing but Python: see summit/config/bootstrap.py.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  the reason is told, not guessed from a SyntaxError
    sys.exit(f"Parley needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

from summit.config import bootstrap

if __name__ == "__main__":
    sys.exit(bootstrap.main(sys.argv))

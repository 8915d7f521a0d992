"""`manage.py bench NAME [--quick]`: a benchmark of `bench/`. It prints a table and, as last line, one JSON object."""

import subprocess
import sys
from collections.abc import Sequence

from summit.config import fanout
from summit.config.bootstrap import ROOT, CannotStart
from summit.config.suite import install_browser, make_environment_for_tools


def main(arguments: Sequence[str]) -> int:
    """The benchmark's own exit code; refused: a name that is not there."""
    known = sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*.py"))
    if not arguments or arguments[0] not in known:
        raise CannotStart(f"Usage: manage.py bench NAME [--quick]. There are: {', '.join(known) or 'none yet'}.")
    name, *rest = arguments
    if name == "room" or (name == "media" and "--quick" not in rest):
        install_browser()
    fanout.prepare_for_tests()
    command = [sys.executable, "-m", f"bench.{name}", *rest]
    return subprocess.run(command, cwd=ROOT, env=make_environment_for_tools(), check=False).returncode

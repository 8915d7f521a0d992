"""What `up` and the other commands put into the environment before Django reads it. Standard library only.

An operator's own variables always win. Without PARLEY_SECRET_KEY and PARLEY_DEMO this is a demo: the key is made here.
"""

import contextlib
import os
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

from summit.config.bootstrap import ROOT, CannotStart

LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 108
NODE_MAY_KNOW = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "PYTHONPATH", "PYTHONUNBUFFERED")


def var_folder() -> Path:
    """`PARLEY_VAR`, made if needed. Refused: a folder that cannot be written, or too deep for a Unix socket."""
    var = Path(os.environ.get("PARLEY_VAR") or ROOT / "var").resolve()
    if len(os.fsencode(var / "valkey.sock")) > LONGEST_SOCKET_PATH:
        raise CannotStart(f"The path {var} is too long for a Unix socket. Set PARLEY_VAR to a shorter one.")
    try:
        var.mkdir(parents=True, exist_ok=True)
        probe = var / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(f"Cannot write {var}: {error.strerror}. Set PARLEY_VAR to a folder you may write.") from error
    return var


def is_demo(environment: Mapping[str, str]) -> bool:
    """Whether PARLEY_DEMO says so; without it, whether nobody gave a secret key."""
    if said := environment.get("PARLEY_DEMO", "").strip().lower():
        return said in {"1", "true", "yes", "on"}
    return not _has_key(environment)


def _has_key(environment: Mapping[str, str]) -> bool:
    return bool(environment.get("PARLEY_SECRET_KEY") or environment.get("PARLEY_SECRET_KEY_FILE"))


def complete(var: Path) -> dict[str, str]:
    """This process's environment with everything filled in that settings need."""
    environment = {**os.environ, "PARLEY_VAR": str(var), "PYTHONUNBUFFERED": "1"}
    if is_demo(environment):
        environment["PARLEY_DEMO"] = "1"
        if not _has_key(environment):
            environment["PARLEY_SECRET_KEY_FILE"] = str(_secret_key(var))
    elif not _has_key(environment):
        raise CannotStart(
            "PARLEY_DEMO is off, so set PARLEY_SECRET_KEY or PARLEY_SECRET_KEY_FILE (32 characters or more)."
        )
    environment["REDIS_URL"] = environment.get("REDIS_URL") or f"unix://{var}/valkey.sock"
    environment["MEDIA_DOOR"] = environment.get("MEDIA_DOOR") or f"unix://{var}/media.sock"
    environment["PARLEY_RECORDINGS_DIR"] = environment.get("PARLEY_RECORDINGS_DIR") or str(var / "recordings")
    environment["MEDIA_RECORDINGS"] = environment["PARLEY_RECORDINGS_DIR"]  # the node writes what web and worker read
    if reserve := environment.get("PARLEY_RECORDINGS_RESERVE"):
        environment["MEDIA_RECORDINGS_RESERVE"] = reserve
    environment["MEDIA_FANOUT"] = environment.get("PARLEY_FANOUT") or environment.get("MEDIA_FANOUT") or "auto"
    return environment


def media_nodes(environment: Mapping[str, str]) -> int:
    """`PARLEY_MEDIA_NODES`: how many media nodes run on this machine. Refused: no number."""
    said = environment.get("PARLEY_MEDIA_NODES", "").strip() or "1"
    if not said.isdecimal():
        raise CannotStart(f"PARLEY_MEDIA_NODES is a number, not {said!r}.")
    return int(said)


def door_of(first: str, number: int) -> str:
    """The door of node `number`, beside the first one's: `media-2.sock`. Refused: a door that is not in a folder."""
    if not first.startswith("unix://"):
        raise CannotStart("Several media nodes on one machine need MEDIA_DOOR=unix:///path.")
    path = Path(first.removeprefix("unix://"))
    return f"unix://{path.with_name(f'{path.stem}-{number}{path.suffix}')}"


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """What a process that faces the open network may know: how to run, and its own MEDIA_ variables."""
    return {k: v for k, v in environment.items() if k in NODE_MAY_KNOW or k.startswith("MEDIA_")}


def own_addresses() -> list[str]:
    """IPv4 addresses by which others on the network may reach this machine; the one with the default route first."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # documentation address: sends nothing, but picks the outgoing interface
        found.append(probe.getsockname()[0])
    with contextlib.suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [address for address in dict.fromkeys(found) if not address.startswith("127.")]


def _secret_key(var: Path) -> Path:
    """`var/secret_key`, made once, readable by its owner only."""
    path = var / "secret_key"
    if not path.exists():
        draft = var / f".secret_key-{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # never replaces: of two that start at once, one wins
        draft.unlink()
    return path

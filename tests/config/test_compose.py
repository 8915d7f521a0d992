"""`docker-compose.yml` names what the code knows, and the documents list what the code reads."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from summit.config.relaycheck import FIXED_IN

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("web", "media", "media-2", "worker", "beat")


def variables_of_the_code() -> set[str]:
    """Every variable that settings or the media node read."""
    found: set[str] = set()
    for source in [*ROOT.glob("summit/**/*.py"), *ROOT.glob("rooms/**/*.py")]:
        found |= set(re.findall(r"\benv_(?:str|bool|int|list)\(\s*\"([A-Z_]+)\"", source.read_text()))
    node = (ROOT / "rooms/sfu/__main__.py").read_text()
    surroundings = (ROOT / "summit/config/surroundings.py").read_text()
    found |= set(re.findall(r"environment\.get\(\"(PARLEY_[A-Z_]+)\"", surroundings))
    return {name.removesuffix("_FILE") for name in found} | set(re.findall(r"\"(MEDIA_[A-Z_]+)\"", node))


def variables_of_the_documents() -> set[str]:
    table = (ROOT / "docs/architecture.md").read_text().split("## Settings from the environment")[1].split("\n## ")[0]
    return set(re.findall(r"`([A-Z_]+)`", table.replace("`NAME_FILE`", "")))


def test_it_names_the_eight_parts_and_a_second_media_node() -> None:
    assert set(SERVICES) == {"web", "media", "media-2", "worker", "beat", "db", "redis", "turn", "proxy"}


def test_every_variable_given_to_our_parts_is_read_by_the_code() -> None:
    known = variables_of_the_code()
    for name in OURS:
        given = {variable.removesuffix("_FILE") for variable in SERVICES[name]["environment"]}
        assert given - known == set(), name


def test_the_documents_list_exactly_what_the_code_reads() -> None:
    assert variables_of_the_documents() == variables_of_the_code()


def test_the_media_node_is_given_no_secret_and_no_way_to_the_others() -> None:
    for name in ("media", "media-2"):
        media = SERVICES[name]
        assert all(variable.startswith("MEDIA_") for variable in media["environment"])
        assert set(media["networks"]).isdisjoint(SERVICES["db"]["networks"])
        assert media["ports"] == [f"{media['environment']['MEDIA_PORT']}:{media['environment']['MEDIA_PORT']}/udp"]
    assert COMPOSE["networks"]["back"] == {"internal": True}


def test_the_image_holds_every_folder_that_runs() -> None:
    recipe = SERVICES["web"]["build"]["dockerfile_inline"]
    copied = set(re.findall(r"COPY --chown=parley (.+) (?:\./|\w+)$", recipe, re.MULTILINE))
    assert copied == {"manage.py requirements.txt", "summit", "rooms", "templates", "static", "locale"}
    for path in " ".join(copied).split():
        assert (ROOT / path).exists(), path


def test_each_part_is_started_by_a_command_that_exists() -> None:
    for name in ("worker", "beat"):
        assert SERVICES[name]["command"] == ["python3", "manage.py", "run", name]
    assert SERVICES["web"]["command"].strip().endswith('exec python3 manage.py run web --host 0.0.0.0 --port 8000"')
    assert SERVICES["media"]["command"][1:] == ["-m", "rooms.sfu"]


def test_the_relay_reaches_the_media_node_only() -> None:
    """Attack 18: an open relay would be a way into the server's own network."""
    rules = SERVICES["turn"]["command"]
    assert "--denied-peer-ip=0.0.0.0-255.255.255.255" in rules
    assert [rule for rule in rules if rule.startswith("--allowed-peer-ip")] == ["--allowed-peer-ip=${PARLEY_PUBLIC_IP}"]
    assert {"--no-tcp-relay", "--no-multicast-peers", "--use-auth-secret"} <= set(rules)
    assert {"--tls-listening-port=443", "--no-udp", "--no-tcp", "--no-dtls"} <= set(rules)
    version = tuple(int(part) for part in SERVICES["turn"]["image"].partition(":")[2].split("."))
    assert version >= FIXED_IN  # tests/media/test_relay.py runs these rules

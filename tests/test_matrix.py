"""The role matrix: every URL, every message of the conduct socket and every media verb, for everyone who may turn up.

A route or a message that is missing here fails the suite: whoever adds one decides who may use it. A row reads like
the head line of its table, from left to right.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib import auth
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from rooms import actions, house, protocol
from rooms.database import in_database
from rooms.dispatch import ACTS, Act, perform
from rooms.session import LIVE, SCREENS_MAY, Session
from rooms.waiting import VERBS
from summit.accreditation.nominations import Asked, nominate_member
from summit.agenda.models import PaperFile
from summit.attendance.actions import arrive
from summit.chair import actions as chair
from summit.chair.persons import remove_person
from summit.errors import Refused
from summit.floor import hands
from summit.floor.actions import end_floor, give_floor
from summit.models import CredentialsLetter, FocalPoint, HallPlan, Office, Paper, Person, Sound
from summit.questions.actions import put_question
from summit.recordings import actions as recordings
from summit.votes import actions as votes
from tests.cast import House, accredit, make_cast, make_house, person

pytestmark = pytest.mark.django_db(transaction=True)

# Nobody, a stranger, a delegate of another summit, staff without a seat in this one; then those of this meeting: a
# delegate, one of another delegation, an observer, the chair, the secretary, an officer, a technician, a writer.
ROLES = ("nobody", "eve", "fatou", "staff", "amina", "lucia", "chen", "bruno", "dana", "omar", "tess", "wanda")
INSIDE = ROLES[4:]


@dataclass
class Stage:
    """The meeting is open, Lucia has the floor, Amina's hand is up, and everybody waits to try everything."""

    house: House
    people: dict[str, Person | None]
    ids: dict[str, int]
    client: dict[str, Client]
    screen: str  # address of a hall screen


@pytest.fixture
def stage(transactional_db) -> Stage:
    house = make_house()
    other = make_cast("elsewhere", "elsewhere.example")
    people: dict[str, Person | None] = {name: getattr(house, name, None) for name in ROLES}
    people["fatou"] = other.amina
    for name, office in (("tess", "technician"), ("wanda", "writer")):
        who = people[name] = person(f"{name.title()} Roe", at="desk.example")
        accredit(who, house.summit)
        Office.objects.create(meeting=house.meeting, person=who, kind=office)
    people["staff"] = person("Sam Poe", at="staff.example")
    account = people["staff"].account
    account.is_staff = True
    account.save()
    clients = {}
    for name, who in people.items():
        clients[name] = Client()
        if who is not None:
            clients[name].force_login(who.account, "django.contrib.auth.backends.ModelBackend")
    ids, screen = _play(house)
    return Stage(house, people, ids, clients, screen)


def _play(house: House) -> tuple[dict[str, int], str]:
    """Bring the meeting to where everything can be tried; the ids one needs for that."""
    now = timezone.now() - timedelta(minutes=1)  # too late to undo, too long ago for two desks to collide
    meeting, bruno = house.meeting.pk, house.bruno
    chair.open_meeting(meeting, by=bruno, now=now)
    chair.take_item(meeting, house.item.pk, by=bruno, now=now)
    hand = hands.raise_hand(meeting, by=house.amina, now=now)
    speech = hands.raise_hand(meeting, by=house.lucia, now=now)
    give_floor(meeting, speech.pk, by=bruno, now=now)
    arrive(meeting, house.norway.pk, "hall", by=house.dana, now=now)
    gone = remove_person(meeting, house.chen.pk, reason="to be let in again", by=bruno, now=now)
    gone.lifted_at = now  # Chen takes part again; Gita is out
    gone.save()
    remove_person(meeting, house.gita.pk, reason="to be let in again", by=bruno, now=now)
    entry = meeting_acts(house).filter(kind="floor.given").first()
    call = actions.call_help(meeting, obstacle="", text="?", by=house.amina, now=now)["call"]
    link = actions.make_screen_link(meeting, by=house.dana, now=now)
    recording = recordings.announce(meeting, by=bruno, now=now)
    sound = Sound.objects.create(recording=recording, file="1-aa.opus", began_at=now, ms=1_000, size=4, entry=1)
    settings.RECORDINGS.mkdir(exist_ok=True)
    (settings.RECORDINGS / sound.file).write_bytes(b"OggS")
    (question,) = put_question(house.summit.pk, [house.kenya.pk], by=None, now=now, texts={"en": "Who signs?"})
    paper = Paper.objects.create(summit=house.summit, item=house.item, symbol="A/1/L.1")
    file = PaperFile.objects.create(
        paper=paper, language="en", kind="txt", size=4, sha256="0" * 64, file=ContentFile(b"text", "paper.txt")
    )
    HallPlan.objects.create(summit=house.summit, rows=2, blocks=[4], places=2)
    FocalPoint.objects.create(delegation=house.kenya, person=house.amina, named_at=now)
    nomination = nominate_member(
        house.kenya.pk, Asked({"en": {"short": "New One"}}, "adviser"), by=house.amina, now=now
    )
    letter = CredentialsLetter.objects.create(
        delegation=house.kenya, kind="formal", signed_by="head_of_state", dated=now, size=4, sha256="0" * 64,
        handed_in_at=now, file=ContentFile(b"%PDF", "letter.pdf"),
    )  # fmt: skip
    return {
        "letter": letter.pk,
        "hand": hand.pk, "speech": speech.pk, "item": house.item.pk, "norway": house.norway.pk, "entry": entry.entry,
        "call": call, "link": link["link"], "amina": house.amina.pk, "lucia": house.lucia.pk, "gita": house.gita.pk,
        "bruno": bruno.pk, "recording": recording.pk, "sound": sound.pk, "file": file.pk,
        "nomination": nomination.pk, "accreditation": nomination.accreditation_id,
        "question": question.pk,
    }, link["url"]  # fmt: skip


def meeting_acts(house: House) -> Any:
    return house.meeting.acts.order_by("-entry")


# ── Addresses ─────────────────────────────────────────────────────────────────────────────────────────────────
def routes(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[str]:
    """Every address pattern of the product; the admin's and sign-in's own are named by their prefix."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = f"{prefix}{one.pattern}"
        if isinstance(one, URLPattern):
            yield route
        elif isinstance(one, URLResolver) and route in {"admin/", "account/"}:
            yield f"{route}*"
        else:
            yield from routes(one.url_patterns, route)


def address(route: str, stage: Stage) -> str:
    """A real address of this pattern."""
    query = f"?summit={stage.house.summit.slug}&meeting={stage.house.meeting.slug}"
    filled = {
        "<slug:summit>": stage.house.summit.slug, "<slug:meeting>": stage.house.meeting.slug,
        "<slug:delegation>": "KE", "<int:nomination>": stage.ids["nomination"],
        "<int:accreditation>": stage.ids["accreditation"], "<int:file>": stage.ids["file"],
        "<int:letter>": stage.ids["letter"], "<int:powers>": 1,
        "screen/<str:token>": stage.screen.strip("/"), "<str:token>": "nothing", "<str:provider_id>": "nothing",
        "<int:entry>": stage.ids["entry"], "<int:number>": 1, "<int:export>": 1, "<int:sound>": stage.ids["sound"],
        "<int:question>": stage.ids["question"],
        "seat/": f"seat/{query}", "admin/*": "admin/",
        "account/*": "account/2fa/",
    }  # fmt: skip
    for name, value in filled.items():
        route = route.replace(name, str(value))
    return f"/{route}"


# What GET answers to nobody, eve, fatou, staff | amina, lucia, chen, bruno, dana, omar, tess, wanda.
# 302 of the room: first to the lobby. `seat/` tells what stands in the way.
ADDRESSES = {
    "": "302 200 302 200 302 302 302 302 302 302 302 302",
    "s/<slug:summit>/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/agenda/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/papers/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/papers/<int:file>/": "404 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/meetings/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/delegations/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/delegations/<slug:delegation>/people/": "302 404 404 404 200 404 404 404 404 404 404 404",
    "s/<slug:summit>/delegations/<slug:delegation>/people/new/": "302 404 404 404 200 404 404 404 404 404 404 404",
    "s/<slug:summit>/delegations/<slug:delegation>/people/<int:nomination>/": "302 404 404 404 200 404 404 404 404 404 404 404",
    "s/<slug:summit>/seating/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/seating/plan.pdf": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/seating/hall/": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/check-in/": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/check-in/list.json": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/check-in/photos.json": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/check-in/scans/": "302 405 405 405 405 405 405 405 405 405 405 405",
    "s/<slug:summit>/check-in/worker.js": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/photo/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/people/<int:accreditation>/photo/": "302 404 404 404 200 404 404 404 404 404 404 404",
    "s/<slug:summit>/people/<int:accreditation>/photo.jpg": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/accreditation/": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/accreditation/rules/": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/accreditation/<int:accreditation>/": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/calendar/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/search/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/notices/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/questions/<int:question>/": "302 404 404 404 200 404 404 404 404 404 404 404",
    "calendar/<str:token>.ics": "404 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/meetings/<slug:meeting>/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/meetings/<slug:meeting>/lobby/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/meetings/<slug:meeting>/room/": "302 404 404 404 302 302 302 302 302 302 302 302",
    "s/<slug:summit>/meetings/<slug:meeting>/desk/": "302 404 404 404 404 404 404 200 200 200 404 404",
    "s/<slug:summit>/meetings/<slug:meeting>/hall/": "302 404 404 404 404 404 404 404 200 200 200 404",
    "s/<slug:summit>/meetings/<slug:meeting>/help/": "302 405 405 405 405 405 405 405 405 405 405 405",
    "s/<slug:summit>/minutes/": "302 404 404 404 200 200 200 200 200 200 200 200",
    "s/<slug:summit>/meetings/<slug:meeting>/minutes/": "302 404 404 404 404 404 404 200 200 200 404 200",
    "s/<slug:summit>/meetings/<slug:meeting>/minutes/approve/": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/meetings/<slug:meeting>/minutes/revisions/": "302 404 404 404 404 404 404 200 200 200 404 200",
    "s/<slug:summit>/meetings/<slug:meeting>/minutes/revisions/<int:number>/": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/meetings/<slug:meeting>/minutes/files/": "302 404 404 404 404 404 404 200 200 200 404 200",
    "s/<slug:summit>/meetings/<slug:meeting>/minutes/files/<int:export>/": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/meetings/<slug:meeting>/minutes/sound/<int:sound>/": "302 404 404 404 404 404 404 200 200 200 404 200",
    "s/<slug:summit>/meetings/<slug:meeting>/minutes/desk/": "302 404 404 404 404 404 404 404 200 404 404 200",
    "s/<slug:summit>/meetings/<slug:meeting>/minutes/desk/state/": "302 404 404 404 404 404 404 404 200 404 404 200",
    "s/<slug:summit>/meetings/<slug:meeting>/minutes/desk/<int:entry>/": "302 405 405 405 405 405 405 405 405 405 405 405",
    "s/<slug:summit>/meetings/<slug:meeting>/minutes/desk/<int:entry>/versions/": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/credentials/": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/credentials/draft/": "302 404 404 404 404 404 404 404 404 404 404 404",
    "s/<slug:summit>/credentials/<slug:delegation>/": "302 404 404 404 200 404 404 404 404 404 404 404",
    "s/<slug:summit>/credentials/<slug:delegation>/state/": "302 405 405 405 405 405 405 405 405 405 405 405",
    "s/<slug:summit>/credentials/<slug:delegation>/letters/<int:letter>/": "302 404 404 404 200 404 404 404 404 404 404 404",
    "s/<slug:summit>/credentials/<slug:delegation>/powers/": "302 405 405 405 405 405 405 405 405 405 405 405",
    "s/<slug:summit>/credentials/<slug:delegation>/powers/<int:powers>/": "302 405 405 405 405 405 405 405 405 405 405 405",
    "s/<slug:summit>/corridors/": "302 404 404 404 200 200 200 200 200 200 404 404",
    "s/<slug:summit>/corridors/tables/": "302 404 404 404 404 404 404 200 200 200 200 404",
    "s/<slug:summit>/bilaterals/": "302 404 404 404 200 200 200 404 200 200 404 404",
    "seat/": "401 404 404 404 200 200 200 200 200 200 200 200",
    "screen/<str:token>/": "200 200 200 200 200 200 200 200 200 200 200 200",
    "invitation/<str:token>/": "404 404 404 404 404 404 404 404 404 404 404 404",
    "account/oidc/<str:provider_id>/login/": "404 404 404 404 404 404 404 404 404 404 404 404",
    "account/oidc/<str:provider_id>/login/callback/": "404 404 404 404 404 404 404 404 404 404 404 404",
    "account/data/": "302 405 405 405 405 405 405 405 405 405 405 405",
    "account/settings/": "302 200 200 200 200 200 200 200 200 200 200 200",
    "admin/*": "302 302 302 200 302 302 302 302 302 302 302 302",
    "account/*": "302 200 200 200 200 200 200 200 200 200 200 200",
    "i18n/setlang/": "302 302 302 302 302 302 302 302 302 302 302 302",
    "i18n/texts.js": "200 200 200 200 200 200 200 200 200 200 200 200",
    "livez": "200 200 200 200 200 200 200 200 200 200 200 200",
    "readyz": "200 200 200 200 200 200 200 200 200 200 200 200",
    "metrics": "404 404 404 404 404 404 404 404 404 404 404 404",
}


def test_every_address_has_a_row() -> None:
    assert set(routes()) == set(ADDRESSES)


def test_every_address_answers_everybody_as_the_table_says(stage: Stage) -> None:
    found = {
        route: " ".join(str(stage.client[role].get(address(route, stage)).status_code) for role in ROLES)
        for route in ADDRESSES
    }
    assert found == ADDRESSES


# ── Acts: messages that change something ──────────────────────────────────────────────────────────────────────
def fields_of(stage: Stage) -> dict[str, dict[str, Any]]:
    """What each act is tried with: something whoever may do it can do."""
    ids = stage.ids
    return {
        "hand.raise": {"delegation": None}, "hand.lower": {"turn": ids["hand"]}, "floor.give": {"turn": ids["hand"]},
        "floor.give_next": {"expect": ids["hand"]}, "floor.pause": {"turn": ids["speech"]},
        "floor.resume": {"turn": ids["speech"]}, "floor.end": {"turn": ids["speech"]},
        "floor.extend": {"turn": ids["speech"], "seconds": 60}, "floor.rule": {"turn": ids["speech"], "ruling": "No."},
        "floor.move": {"turn": ids["hand"], "before": None}, "floor.speaker": {"turn": ids["hand"], "person": ids["amina"]},
        "list.close": {"item": ids["item"]}, "list.open": {"item": ids["item"]},
        "hall.present": {"delegation": ids["norway"], "present": True}, "hall.raise": {"delegation": ids["norway"]},
        "meeting.close": {"unheard": 1}, "meeting.speech": {"speech": "discussion"}, "meeting.chat": {"chat": "open"},
        "meeting.screens": {"screens": "several"},
        "meeting.openness": {"openness": "restricted"}, "meeting.silence": {"on": True},
        "meeting.preside": {"person": ids["bruno"]}, "item.take": {"item": ids["item"]},
        "decision.gavel": {"text": "Adopted."}, "vote.open": {"text": "The draft."},
        "vote.cast": {"vote": 0, "choice": "yes"}, "vote.close": {"vote": 0}, "vote.withdraw": {"vote": 0, "reason": "New text."},
        "act.undo": {"entry": ids["entry"]},
        "act.correct": {"entry": ids["entry"], "reason": "Misread.", "text": "Chile."},
        "person.remove": {"person": ids["lucia"], "reason": "Disturbance."}, "person.readmit": {"person": ids["gita"]},
        "recording.acknowledge": {"recording": ids["recording"], "consents": True},
        "chat.say": {"text": "Good morning"}, "help.call": {"text": "?"}, "help.answer": {"call": ids["call"], "reply": "!"},
        "help.reach": {"person": ids["amina"], "text": "?"},
        "screen.revoke": {"link": ids["link"]},
    }  # fmt: skip


def outcome(stage: Stage, role: str, name: str) -> str:
    """What an act answers this person: done, or the code of the refusal. Nothing is kept."""
    who = stage.people[role]
    assert who is not None
    message = protocol.decode(json.dumps({"type": name, "id": "x", **fields_of(stage).get(name, {})}))
    try:
        with transaction.atomic():
            if name.startswith("vote."):
                message = _with_a_vote(stage, message)
            perform(Act(stage.house.meeting.pk, who, timezone.now()), message)
            transaction.set_rollback(True)
    except Refused as no:
        return no.code
    return "done"


def _with_a_vote(stage: Stage, message: protocol.Message) -> protocol.Message:
    """A vote is tried when nobody has the floor; all but its opening on one that is open."""
    bruno, meeting, now = stage.people["bruno"], stage.house.meeting.pk, timezone.now()
    assert bruno is not None
    end_floor(meeting, stage.ids["speech"], by=bruno, now=now)
    if isinstance(message, protocol.VoteOpen):
        return message
    vote = votes.open_vote(meeting, text="The draft", by=bruno, now=now)
    return replace(message, vote=vote.pk)  # type: ignore[call-arg]  # all the others have one


OUT = ["meeting.no_entry"] * 3  # eve, fatou, staff


def _row(*codes: str) -> list[str]:
    """Codes for amina, lucia, chen, bruno, dana, omar, tess, wanda."""
    return [*OUT, *codes]


def desk(code: str = "done", *, no: str = "floor.not_yours") -> list[str]:
    """For the chair, the secretary and the officer."""
    return _row(no, no, no, code, code, code, no, no)


def hall(code: str = "done") -> list[str]:
    """For the secretary, the officer and the technician."""
    no = "hall.not_yours"
    return _row(no, no, no, no, code, code, code, no)


MAY_NOT_ASK = ["floor.may_not_ask"] * 5
MESSAGES = {
    "hand.raise": _row("floor.hand_is_up", "done", "done", *MAY_NOT_ASK),
    "hand.lower": ["meeting.no_entry"] * 3
    + ["done", *["floor.not_yours"] * 2, *["done"] * 3, *["floor.not_yours"] * 2],
    "floor.give": desk(),
    "floor.give_next": desk(),
    "floor.pause": desk(),
    "floor.resume": desk("floor.not_paused"),
    "floor.end": ["meeting.no_entry"] * 3
    + ["floor.not_yours", "done", "floor.not_yours", *["done"] * 3, *["floor.not_yours"] * 2],
    "floor.extend": desk(),
    "floor.rule": _row(*["chair.not_yours"] * 3, "floor.not_an_order", *["chair.not_yours"] * 4),
    "floor.move": desk(),
    "floor.speaker": ["meeting.no_entry"] * 3
    + ["done", *["floor.not_yours"] * 2, *["done"] * 3, *["floor.not_yours"] * 2],
    "list.close": desk(),
    "list.open": desk("floor.list_is_open"),
    "hall.present": hall(),
    "hall.raise": hall(),
    "meeting.open": desk("meeting.open"),
    "meeting.resume": desk("meeting.open"),
    "meeting.suspend": desk(),
    "meeting.adjourn": desk(),
    "meeting.close": desk(),
    "meeting.speech": desk(),
    "meeting.chat": desk(),
    "meeting.screens": desk(),
    "meeting.openness": desk(),
    "meeting.silence": desk(),
    "meeting.preside": desk("chair.presides"),
    "item.take": desk("chair.item_is_taken"),
    "decision.gavel": desk(),
    "vote.open": desk(),
    "vote.cast": _row("done", "done", *["vote.not_yours"] * 6),
    "vote.close": desk(),
    "vote.withdraw": desk(),
    "act.undo": desk("act.too_late"),
    "act.correct": desk(),
    "person.remove": desk(),
    "person.readmit": desk(),
    "recording.announce": desk("recording.is_on"),
    "recording.stop": desk(),
    "recording.acknowledge": _row(*["done"] * 8),
    "chat.say": _row(*["done"] * 8),
    "help.call": _row(*["done"] * 8),
    "help.answer": _row(*["help.not_yours"] * 3, *["done"] * 4, "help.not_yours"),
    "help.reach": _row(*["help.not_yours"] * 3, *["help.not_here"] * 4, "help.not_yours"),
    "screen.link": hall(),
    "screen.revoke": hall(),
}


def test_every_act_answers_everybody_as_the_table_says(stage: Stage) -> None:
    found = {kind.TYPE: [outcome(stage, role, kind.TYPE) for role in ROLES[1:]] for kind in ACTS}
    assert found == MESSAGES


# ── The rest of the socket, and the media verbs ───────────────────────────────────────────────────────────────
CORRIDOR = "0d6c1f0e-8a57-4c3c-9d6f-0c5d5a0c7b11"  # nobody is in it
MAY, MAY_NOT, NO_CORRIDOR = "media.down", "media.not_allowed", "corridor.not_allowed"


def talk(code: str) -> list[str]:
    """For whoever may enter corridors: neither technician nor writer."""
    return [*[code] * 6, NO_CORRIDOR, NO_CORRIDOR]


# The same eight, through a seat of their own. The media node is away, so whoever may speak with it hears `media.down`.
LIVELY: dict[str, tuple[dict[str, Any], list[str]]] = {
    "publish.offer": ({"room": "meeting", "sdp": "v=0"}, [*[MAY] * 5, MAY_NOT, MAY, MAY_NOT]),
    "receive.open": ({"room": "meeting", "video": 6}, [MAY] * 8),
    "receive.answer": ({"room": "meeting", "sdp": "v=0"}, [MAY] * 8),
    "source": (
        {"room": "meeting", "kind": "screen", "on": True},
        [MAY_NOT, "done", MAY_NOT, "done", MAY_NOT, MAY_NOT, MAY_NOT, MAY_NOT],
    ),
    "echo": ({}, ["done"] * 8),
    "picture.limit": ({"most": "low"}, ["done"] * 8),
    "microphone.consent": ({"open": True}, ["done"] * 8),
    "person.unshare": ({"person": 0}, [*["floor.not_yours"] * 3, *["done"] * 3, *["floor.not_yours"] * 2]),
    "person.mute": ({"person": 0}, [*["floor.not_yours"] * 3, *["done"] * 3, *["floor.not_yours"] * 2]),
    "sealed": ({"opaque": ""}, ["sealed.not_yet"] * 8),
    "corridor.presence": ({"on": False}, talk("done")),
    "corridor.knock": ({"corridor": CORRIDOR}, talk("corridor.gone")),
    "corridor.enter": ({"corridor": CORRIDOR}, talk("corridor.gone")),
    "corridor.answer": ({"knock": 1, "answer": "come_in"}, talk("corridor.outside")),
    "corridor.invite": ({"person": 0}, talk("corridor.not_here")),
    "corridor.accept": ({"invite": 1, "answer": "come_in"}, talk("corridor.no_invite")),
    "corridor.lock": ({"on": True}, talk("corridor.outside")),
    "corridor.say": ({"text": "?"}, talk("corridor.outside")),
    "corridor.block": ({"person": 0, "on": True}, talk("corridor.not_here")),
    "corridor.report": ({"person": 0, "text": "?"}, talk("corridor.not_here")),
    "corridor.leave": ({}, ["done"] * 8),
    "note.pass": ({"person": 0, "text": "?"}, ["corridor.not_here"] * 8),
    "corridor.coffee": ({"on": False}, talk("done")),
    "corridor.seek": ({"delegation": 0}, talk("corridor.nobody_of")),
    "corridor.withdraw": ({"invite": 1}, talk("done")),
    "corridor.headphones": ({"on": False}, talk("done")),
    "corridor.sit": ({"table": 99}, talk("corridor.no_table")),
    "corridor.floor": ({"meeting": 0}, talk("corridor.outside")),
    "corridor.own": ({"delegation": 0}, talk("corridor.not_a_member")),
    "corridor.meet": ({"bilateral": 0}, talk("corridor.no_bilateral")),
    "corridor.recall": ({"seconds": 0}, [*["corridor.not_officer"] * 3, *["done"] * 3, *["corridor.not_officer"] * 2]),
    "corridor.rostrum": ({"text": "?"}, [*["corridor.not_officer"] * 3, *["done"] * 3, *["corridor.not_officer"] * 2]),
    "corridor.open": ({}, talk("done")),
}
NO_ANSWER = {"hello", "pong", "sync", "look", "line.seen", "sound.grade", "recording.shown", "corridor.move"}

# Before the door: a page in the lobby checks its line, whoever may send sound and picture in the room behind it.
CHECK_ROW = [*[MAY] * 5, "check.not_yours", MAY, "check.not_yours"]
LOBBY: dict[str, tuple[dict[str, Any], list[str]]] = {
    "check.open": ({}, CHECK_ROW),
    "check.publish": ({"sdp": "v=0"}, ["check.over"] * 8),
    "check.receive": ({}, ["check.over"] * 8),
    "check.answer": ({"sdp": "v=0"}, ["check.over"] * 8),
    "check.close": ({}, ["done"] * 8),
}


def test_every_message_has_a_row() -> None:
    assert set(protocol.TO_SERVER) == set(MESSAGES) | set(LIVELY) | set(LOBBY) | NO_ANSWER
    assert {kind.TYPE for kind in VERBS} == set(LOBBY)
    assert {kind.TYPE for kind in LIVE} == (set(LIVELY) | NO_ANSWER) - {"hello"}


class Ears:
    """A line that only listens."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def say(self, text: str) -> None:
        self.heard.append(json.loads(text))

    def state(self, topic: str, text: str) -> None:
        pass

    def close(self, code: int) -> None:
        self.heard.append({"type": "closed", "code": code})


def sit(stage: Stage, role: str) -> tuple[dict[str, Any], str]:
    """A socket's scope and the token of a seat, or "" when there is none to be had."""
    where = {"summit": stage.house.summit.slug, "meeting": stage.house.meeting.slug}
    ask = {"screen": stage.screen.rstrip("/").rsplit("/", 1)[-1]} if role == "screen" else where
    client = stage.client.get(role, Client())
    answer = client.post("/seat/", json.dumps(ask), content_type="application/json")
    scope = {"session": client.session, "user": get_user(client), "cookies": {}, "headers": []}
    return scope, answer.json()["token"] if answer.status_code == 200 else ""


def get_user(client: Client) -> Any:
    request = HttpRequest()
    request.session = client.session
    return auth.get_user(request)


async def answers(stage: Stage, role: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What this role hears to every message of LIVELY."""
    monkeypatch.setattr("rooms.media.REPLY_SECONDS", 0.02)
    scope, token = await in_database(sit, stage, role)
    ears = Ears()
    session = Session(ears, scope)
    await session.hear(json.dumps({"type": "hello", "seat": token}))
    found = []
    for name, (fields, _expected) in LIVELY.items():
        await session.hear(json.dumps({"type": name, "id": name, **fields}))
        while not (replies := [one for one in ears.heard if one.get("re") == name]):
            await asyncio.sleep(0.01)  # those to join are answered beside the others
        reply = replies[0]
        found.append("done" if reply["type"] == "done" else reply["code"])
    session.lost(for_good=True)
    return found


async def test_every_other_message_answers_everybody_as_the_table_says(stage: Stage, monkeypatch) -> None:
    try:
        rows = [await answers(stage, role, monkeypatch) for role in INSIDE]
        screen = await answers(stage, "screen", monkeypatch)
    finally:
        await house.close()
    found = {name: [row[index] for row in rows] for index, name in enumerate(LIVELY)}
    assert found == {name: expected for name, (_fields, expected) in LIVELY.items()}
    may = {kind.TYPE for kind in SCREENS_MAY}
    heard = {name: "done" if name == "echo" else MAY for name in may}
    assert screen == [heard.get(name, "screen.silent") for name in LIVELY]


async def before_the_door(stage: Stage, role: str) -> list[str]:
    """What this role hears to every message of LOBBY; "" to all of them when there is no lobby for them."""
    client = stage.client[role]
    where = {"summit": stage.house.summit.slug, "meeting": stage.house.meeting.slug}
    answer = await in_database(client.get, "/seat/", where)
    if answer.status_code != 200:
        return [""] * len(LOBBY)
    scope = {"session": client.session, "user": await in_database(get_user, client), "cookies": {}, "headers": []}
    ears = Ears()
    session = Session(ears, scope)
    await session.hear(json.dumps({"type": "hello", "seat": answer.json()["waiting"]}))
    found = []
    for name, (fields, _expected) in LOBBY.items():
        await session.hear(json.dumps({"type": name, "id": name, **fields}))
        reply = next(one for one in ears.heard if one.get("re") == name)
        found.append("done" if reply["type"] == "done" else reply["code"])
    session.lost(for_good=True)
    return found


async def test_every_message_of_a_lobby_answers_everybody_as_the_table_says(stage: Stage) -> None:
    try:
        rows = [await before_the_door(stage, role) for role in ROLES]
    finally:
        await house.close()
    assert rows[:4] == [[""] * len(LOBBY)] * 4
    found = {name: [row[index] for row in rows[4:]] for index, name in enumerate(LOBBY)}
    assert found == {name: expected for name, (_fields, expected) in LOBBY.items()}


def test_whoever_is_outside_gets_no_seat(stage: Stage) -> None:
    assert [sit(stage, role)[1] for role in ROLES[:4]] == ["", "", "", ""]
    assert all(sit(stage, role)[1] for role in INSIDE)

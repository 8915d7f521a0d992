from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from summit.attendance.models import Mode


class Room(models.Model):
    """A place where people see and hear each other: a meeting's, or a corridor. A corridor is a room, never a meeting.

    A corridor's row, its seats and knocks are deleted when it empties; nothing else refers to them. The foyer, one a
    summit, has no sound and no picture: between meetings, corridors are reached from there.
    """

    class Kind(models.TextChoices):
        MEETING = "meeting", _("meeting")
        CORRIDOR = "corridor", _("corridor")
        FOYER = "foyer", _("foyer")

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)  # the room's name at the media node
    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="rooms")
    kind = models.CharField(max_length=12, choices=Kind)
    meeting = models.OneToOneField("summit.Meeting", models.CASCADE, null=True, related_name="room")
    topic = models.CharField(max_length=80, blank=True)  # corridors only
    locked = models.BooleanField(default=False)  # corridors only
    table = models.PositiveSmallIntegerField(null=True)  # corridors only: the table of the floor plan they sit at
    bilateral = models.OneToOneField("summit.Bilateral", models.SET_NULL, null=True, related_name="+")  # held for it
    delegation = models.OneToOneField("summit.Delegation", models.CASCADE, null=True, related_name="+")  # its own room
    recall_at = models.DateTimeField(null=True)  # the foyer only: everyone is called back out of the corridors then
    version = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="meeting", meeting__isnull=False)
                | models.Q(kind__in=["corridor", "foyer"], meeting__isnull=True),
                name="a_corridor_is_never_a_meeting",
            ),
            models.UniqueConstraint(fields=["summit"], condition=models.Q(kind="foyer"), name="one_foyer_a_summit"),
            models.UniqueConstraint(
                fields=["summit", "table"], condition=models.Q(table__isnull=False), name="one_corridor_a_table"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Keeping(models.Model):
    """Which web process looks after the live rooms of a summit: one at a time, for as long as it says so."""

    summit = models.OneToOneField("summit.Summit", models.CASCADE, related_name="+")
    address = models.CharField(max_length=200, blank=True)  # at which others reach it; "": there are no others
    term = models.PositiveBigIntegerField(default=0)  # counts them, one after the other
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"term {self.term} of {self.summit_id}"


class Seat(models.Model):
    """One person's place in a room on one device: one socket a seat, at most three seats a person. One of them publishes
    (`rooms.seats.take`), in the foyer each: there only its corridor does, which has the person once."""

    class Device(models.TextChoices):
        MEDIA = "media", _("camera and microphone")
        COMPANION = "companion", _("companion")
        HALL = "hall", _("the hall itself")
        SCREEN = "screen", _("screen")

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)  # the seat's name everywhere outside
    room = models.ForeignKey(Room, models.CASCADE, related_name="seats")
    person = models.ForeignKey("summit.Person", models.CASCADE, null=True, related_name="seats")  # null: a hall screen
    screen = models.ForeignKey("ScreenLink", models.CASCADE, null=True, related_name="seats")
    through = models.OneToOneField(
        "self", models.CASCADE, null=True, related_name="corridor"
    )  # whose socket carries it
    session = models.CharField(max_length=64, default="", blank=True)  # fingerprint of the browser session that took it
    device = models.CharField(max_length=12, choices=Device)
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.REMOTE)
    opens_alone = models.BooleanField(default=False)  # agreed in the lobby: open my microphone when I am called
    taken_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # last heartbeat; away after 15 s
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "person", "session"],
                condition=models.Q(device="media", left_at__isnull=True),
                name="one_publishing_seat_a_browser",
            ),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False) | models.Q(screen__isnull=False), name="a_seat_is_somebodys"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.device}"


class Receipt(models.Model):
    """What a request was answered: the same request sent again is answered again and done once.

    Written in the transaction of the act. Requests about corridors leave none.
    """

    seat = models.ForeignKey(Seat, models.CASCADE, related_name="receipts")
    request = models.CharField(max_length=40)  # the page's id
    reply = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seat", "request"], name="done_once")]

    def __str__(self) -> str:
        return f"{self.seat_id} {self.request}"


class Knock(models.Model):
    """Someone asks to come into a corridor, with one line."""

    class Answer(models.TextChoices):
        NONE = "", ""
        COME_IN = "come_in", _("Come in")
        SOON = "soon", _("In five minutes")
        NOT_NOW = "not_now", _("Not now")

    room = models.ForeignKey(Room, models.CASCADE, related_name="knocks")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="+")
    line = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    answer = models.CharField(max_length=12, choices=Answer, blank=True, default="")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "person"], condition=models.Q(answer=""), name="one_knock_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"knock {self.pk}"


class OpenToTalk(models.Model):
    """Presence in the corridors, by choice: open to talk, or (`quiet`) not to be disturbed, which nobody sees listed.

    Who talks with whom is never kept or shown. The row goes when the person leaves.
    """

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="+")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="+")
    about = models.CharField(max_length=120, blank=True)
    item = models.ForeignKey("summit.Item", models.SET_NULL, null=True, related_name="+")
    languages = models.JSONField(default=list)  # codes, in which they like to talk
    quiet = models.BooleanField(default=False)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["summit", "person"], name="open_to_talk_once")]

    def __str__(self) -> str:
        return f"{self.person}"


class Block(models.Model):
    """This person does not want to be reached by that one in corridors. Seen by nobody else."""

    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="+")
    other = models.ForeignKey("summit.Person", models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "other"], name="block_once")]

    def __str__(self) -> str:
        return f"block {self.pk}"


class ChatLine(models.Model):
    """A line of a meeting's chat. Corridor chat is never stored."""

    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, related_name="chat_lines")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="+")
    delegation = models.ForeignKey("summit.Delegation", models.SET_NULL, null=True, related_name="+")
    to_secretariat = models.BooleanField()
    openness = models.CharField(max_length=12, default="open")  # of the meeting then: who was not let in never reads it
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()
    nonce = models.CharField(max_length=40)  # the sender's; the same line sent twice is kept once

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "person", "nonce"], name="line_once")]

    def __str__(self) -> str:
        return f"line {self.pk}"


class HelpCall(models.Model):
    """Someone in the lobby or the room asks for a person."""

    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, related_name="help_calls")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="+")
    obstacle = models.CharField(max_length=40, blank=True)  # code of what stands in the way, e.g. "camera.denied"
    text = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    answered_by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    reply = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"help {self.pk}"


class ScreenLink(models.Model):
    """A revocable link that shows the hall screen of one meeting. Only its hash is kept."""

    meeting = models.ForeignKey("summit.Meeting", models.CASCADE, related_name="screen_links")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey("summit.Person", models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"screen of {self.meeting_id}"

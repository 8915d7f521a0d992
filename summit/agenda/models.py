from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from summit import names


class Item(models.Model):
    """An item of the summit's agenda. The speakers' list belongs to it and survives the meeting."""

    class List(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="items")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    number = models.CharField(_("number"), max_length=12)  # as printed: "3", "3(b)"
    position = models.PositiveIntegerField(_("position"), default=0)
    titles = models.JSONField(_("titles"), default=dict)  # {language: text}
    list_state = models.CharField(_("speakers' list"), max_length=8, choices=List, default=List.OPEN)

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["summit", "number"], name="item_number_once_a_summit")]

    def __str__(self) -> str:
        return f"{self.number} {names.text(self.titles, get_language() or 'en')}"


class MeetingManager(models.Manager["Meeting"]):
    def lock(self, pk: int) -> Meeting:
        """The gavel: the meeting, held until the transaction ends. Everything else is reached through it."""
        return (
            self.select_for_update(of=("self",), no_key=True).select_related("summit", "item", "presiding").get(pk=pk)
        )


class Meeting(models.Model):
    class Kind(models.TextChoices):
        PLENARY = "plenary", _("Plenary")
        COMMITTEE = "committee", _("Committee")
        WORKING_GROUP = "working_group", _("Working group")

    class State(models.TextChoices):
        PLANNED = "planned", _("Not yet open")
        OPEN = "open", _("Open")
        SUSPENDED = "suspended", _("Suspended")
        ADJOURNED = "adjourned", _("Adjourned")
        CLOSED = "closed", _("Closed")

    class Openness(models.TextChoices):
        OPEN = "open", _("Open")
        RESTRICTED = "restricted", _("Restricted")
        CLOSED = "closed", _("Closed")

    class Speech(models.TextChoices):
        """rostrum: only whoever holds the floor is heard; discussion: everyone who may speak."""

        ROSTRUM = "rostrum", _("Rostrum")
        DISCUSSION = "discussion", _("Discussion")

    class Chat(models.TextChoices):
        OFF = "off", _("Off")
        SECRETARIAT = "secretariat", _("To the secretariat")
        OPEN = "open", _("Open")

    class Screens(models.TextChoices):
        ONE = "one", _("One at a time")
        SEVERAL = "several", _("Several")

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="meetings")
    slug = models.SlugField(_("short name in addresses"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.PLENARY)
    number = models.PositiveIntegerField(_("number"), default=1)
    titles = models.JSONField(_("titles"), default=dict)  # {language: text}
    place = models.JSONField(_("hall"), default=dict, blank=True)  # where it sits: {language: text}
    zone = models.CharField(_("time zone"), max_length=64)  # IANA
    day = models.DateField(_("day"))  # wall time where the meeting sits …
    time = models.TimeField(_("time"))
    starts_at = models.DateTimeField(editable=False)  # … and the same in UTC, derived
    openness = models.CharField(_("openness"), max_length=12, choices=Openness, default=Openness.OPEN)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PLANNED)
    speech = models.CharField(_("way of speaking"), max_length=12, choices=Speech, default=Speech.ROSTRUM)
    chat = models.CharField(_("chat"), max_length=12, choices=Chat, default=Chat.SECRETARIAT)
    screens = models.CharField(_("shared screens"), max_length=12, choices=Screens, default=Screens.ONE)
    item = models.ForeignKey(Item, models.SET_NULL, null=True, blank=True, related_name="+")  # being taken now
    items = models.ManyToManyField(Item, through="Programme", related_name="meetings")
    presiding = models.ForeignKey("summit.Person", models.SET_NULL, null=True, blank=True, related_name="+")
    silenced = models.BooleanField(default=False, editable=False)  # everybody but whoever presides
    opened_at = models.DateTimeField(null=True, editable=False)
    resumes_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveBigIntegerField(default=0, editable=False)  # grows with every act; names live states

    # What is recorded of the floor, and for how long. 0 days: until the minutes are approved.
    recording = models.ForeignKey("summit.Recording", models.SET_NULL, null=True, editable=False, related_name="+")
    recording_days = models.PositiveIntegerField(
        _("keep recordings, days"),
        default=0,
        help_text=_("Counted from when it was said. 0: until the minutes are approved."),
    )
    recording_open = models.BooleanField(
        _("participants may listen"),
        default=False,
        help_text=_("Once the minutes are approved. Officers of the meeting always may."),
    )

    groups_first = models.BooleanField(
        _("groups speak first"),
        default=True,
        help_text=_(
            "A statement on behalf of a group comes before those in national capacity. Off: each in the order of asking."
        ),
    )

    # Speaking times, in seconds. Reply: ten minutes, then five (GA decision 34/401).
    time_national = models.PositiveIntegerField(_("national statement, seconds"), default=180)
    time_group = models.PositiveIntegerField(_("statement on behalf of a group, seconds"), default=300)
    time_observer = models.PositiveIntegerField(_("observer's statement, seconds"), default=180)
    time_reply = models.PositiveIntegerField(_("right of reply, seconds"), default=600)
    time_second_reply = models.PositiveIntegerField(_("second right of reply, seconds"), default=300)

    objects: ClassVar[MeetingManager] = MeetingManager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["starts_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["summit", "slug"], name="meeting_slug_once_a_summit")]

    def __str__(self) -> str:
        return names.text(self.titles, get_language() or "en") or self.slug


class Programme(models.Model):
    """This meeting takes this item, at this place of its programme."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="programme")
    item = models.ForeignKey(Item, models.CASCADE, related_name="programme")
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("item of a meeting")
        verbose_name_plural = _("programme of the meeting")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "item"], name="item_once_a_meeting")]

    def __str__(self) -> str:
        return f"{self.meeting}: {self.item}"


class Office(models.Model):
    """An office of a meeting. Never a function of a delegation: whoever presides does not speak for their State."""

    class Kind(models.TextChoices):
        CHAIR = "chair", _("Chair")
        DEPUTY = "deputy", _("Deputy chair")
        SECRETARY = "secretary", _("Secretary")
        OFFICER = "officer", _("Conference officer")
        INTERPRETER = "interpreter", _("Interpreter")
        TECHNICIAN = "technician", _("Technician")
        WRITER = "writer", _("Record writer")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="offices")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="offices")
    kind = models.CharField(_("office"), max_length=12, choices=Kind)
    starts = models.DateTimeField(_("from"), null=True, blank=True)
    ends = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        constraints = [models.UniqueConstraint(fields=["meeting", "person", "kind"], name="office_once_a_meeting")]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_kind_display()}"


class CalendarFeed(models.Model):
    """A secret address under which a calendar program reads the meetings of a person, or of a delegation of theirs."""

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="feeds")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="feeds")
    delegation = models.ForeignKey("summit.Delegation", models.CASCADE, null=True, related_name="+")
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the token, hex; the token itself is not kept
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["summit", "person"], name="one_live_feed_of_a_person",
                condition=models.Q(withdrawn_at__isnull=True, delegation__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["summit", "person", "delegation"], name="one_live_feed_of_a_delegation",
                condition=models.Q(withdrawn_at__isnull=True),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.person}: {self.delegation or self.summit}"


class Removal(models.Model):
    """Someone was asked to leave this meeting and may not come back until let in."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="removals")
    person = models.ForeignKey("summit.Person", models.CASCADE, related_name="removals")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person"], condition=models.Q(lifted_at__isnull=True), name="removed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} from {self.meeting}"


class Paper(models.Model):
    """A paper by its symbol; its language versions are its files."""

    class Access(models.TextChoices):
        PUBLIC = "public", _("Public")
        PARTICIPANTS = "participants", _("Participants")
        RESTRICTED = "restricted", _("Delegations with credentials")
        DELEGATION = "delegation", _("One delegation only")

    summit = models.ForeignKey("summit.Summit", models.CASCADE, related_name="papers")
    item = models.ForeignKey(Item, models.SET_NULL, null=True, blank=True, related_name="papers")
    symbol = models.CharField(_("symbol"), max_length=60)  # "A/1/L.4/Rev.1"
    titles = models.JSONField(_("titles"), default=dict)
    access = models.CharField(_("access"), max_length=12, choices=Access, default=Access.PARTICIPANTS)
    delegation = models.ForeignKey(
        "summit.Delegation", models.CASCADE, null=True, blank=True, related_name="papers",
        verbose_name=_("for this delegation"), help_text=_("With the access “one delegation only”."),
    )  # fmt: skip
    embargoed = models.BooleanField(
        _("held back until its item is taken up"),
        default=False,
        help_text=_("Until the chair takes up its agenda item only the secretariat and officers see it."),
    )
    released_at = models.DateTimeField(null=True, editable=False)  # the embargo ended
    superseded_by = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        ordering = ["symbol"]
        constraints = [models.UniqueConstraint(fields=["summit", "symbol"], name="symbol_once_a_summit")]

    def __str__(self) -> str:
        return self.symbol


class PaperFile(models.Model):
    """One language version. Checked by ending, size and content on arrival; served from a sandboxed response."""

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="files")
    language = models.CharField(_("language"), max_length=8)
    file = models.FileField(_("file"), upload_to="papers/")
    kind = models.CharField(max_length=8, editable=False)  # pdf | docx | txt, as found by content
    size = models.PositiveBigIntegerField(editable=False)  # bytes
    sha256 = models.CharField(max_length=64, editable=False)
    original = models.BooleanField(default=False, editable=False)  # written in this language, the others translated

    class Meta:
        verbose_name = _("language version")
        verbose_name_plural = _("language versions")
        constraints = [models.UniqueConstraint(fields=["paper", "language", "kind"], name="paper_version_once")]

    def __str__(self) -> str:
        return f"{self.paper.symbol} {self.language} {self.kind}"

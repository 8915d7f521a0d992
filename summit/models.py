"""The index of tables: imports each topic's models, nothing else."""

from summit.accreditation.models import Badge, FocalPoint, HallPlaces, Nomination, Photo, Quota, Rules, Scan
from summit.agenda.models import CalendarFeed, Item, Meeting, Office, Paper, PaperFile, Programme, Removal
from summit.attendance.models import Presence
from summit.bilaterals.models import Bilateral
from summit.credentials.models import (
    Accreditation,
    Credentials,
    CredentialsLetter,
    Delivery,
    FullPowers,
    Invitation,
    Suspension,
)
from summit.delegations.models import ActingHead, Delegation, Draw, Membership
from summit.floor.models import Spell, Turn
from summit.groups.models import Group, GroupMembership
from summit.imports.models import Import
from summit.minutes.models import Export, Minutes, Prose, ProseVersion, Revision
from summit.notices.models import Cursor, Notice, Reader, Seen
from summit.people.models import Person, StaffTask, User
from summit.questions.models import Question
from summit.record.models import Act, Entry, Head, Outbox
from summit.recordings.models import Acknowledgement, Recording, Sound
from summit.retention.models import Period, Purge
from summit.search.models import Indexed, Text
from summit.seating.models import HallPlan
from summit.summits.models import Summit
from summit.votes.models import Ballot, Vote

__all__ = [
    "Accreditation", "Acknowledgement", "Act", "ActingHead", "Badge", "Ballot", "Bilateral", "CalendarFeed",
    "Credentials", "CredentialsLetter", "Cursor", "Delegation", "Delivery", "Draw", "Entry", "Export", "FocalPoint", "FullPowers",
    "Group", "GroupMembership", "HallPlaces", "HallPlan", "Head", "Import", "Indexed", "Invitation", "Item", "Meeting",
    "Membership", "Minutes", "Nomination", "Notice", "Office", "Outbox", "Paper", "PaperFile", "Period", "Person",
    "Photo", "Presence", "Programme", "Prose", "ProseVersion", "Purge", "Question", "Quota", "Reader", "Recording",
    "Removal", "Revision", "Rules", "Scan", "Seen", "Sound", "Spell", "StaffTask", "Summit", "Suspension", "Text",
    "Turn", "User", "Vote",
]  # fmt: skip

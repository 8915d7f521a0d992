"""What a summit of a kind usually begins with: agenda items and a calendar, as data. Pure.

The skeletons follow the agendas such gatherings print (credentials and adoption of the agenda first, report and closure
last); an organiser changes them in the admin. Titles stand in the six languages, so that nothing waits for a translator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from summit.agenda.models import Meeting
from summit.errors import Refused

Texts = Mapping[str, str]
CODES = ("en", "fr", "es", "ar", "ru", "zh")


@dataclass(frozen=True)
class ItemDraft:
    """One item; `under` is the number of the item it stands under."""

    number: str
    titles: Texts
    under: str | None = None
    position: int | None = None  # None: as it comes


@dataclass(frozen=True)
class MeetingDraft:
    """One meeting: `day` counts from 0, the first day; `time` is wall time where it sits."""

    slug: str
    kind: str
    number: int
    titles: Texts
    day: int
    time: time
    items: Sequence[str] = ()
    speech: str = Meeting.Speech.ROSTRUM
    openness: str = Meeting.Openness.OPEN
    chat: str = Meeting.Chat.SECRETARIAT
    place: Texts = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)  # seconds by Meeting field
    zone: str | None = None  # IANA; None: the summit's
    groups_first: bool = True
    recording_days: int = 0  # 0: until the minutes are approved
    recording_open: bool = False


@dataclass(frozen=True)
class Blueprint:
    """A summit's beginning. items: parents before children."""

    items: Sequence[ItemDraft]
    meetings: Sequence[MeetingDraft]

    @property
    def days(self) -> int:
        """How many days its calendar fills."""
        return max((one.day for one in self.meetings), default=0) + 1

    def fits(self, opens_on: date, closes_on: date) -> None:
        """Refused: blueprint.days."""
        if opens_on + timedelta(days=self.days - 1) > closes_on:
            why = _("This calendar fills %(days)d days. Choose a later last day, or begin with an empty calendar.")
            raise Refused("blueprint.days", why % {"days": self.days})


def in_six(en: str, fr: str, es: str, ar: str, ru: str, zh: str) -> Texts:
    return dict(zip(CODES, (en, fr, es, ar, ru, zh), strict=True))


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def plenary(number: int) -> Texts:
    """As records of the United Nations call a plenary meeting by its number."""
    first = "1re" if number == 1 else f"{number}e"
    return in_six(
        f"{_ordinal(number)} plenary meeting", f"{first} séance plénière", f"{number}ª sesión plenaria",
        f"الجلسة العامة {number}", f"{number}-е пленарное заседание", f"第{number}次全体会议",
    )  # fmt: skip


OPENING = in_six(
    "Opening of the session", "Ouverture de la session", "Apertura del período de sesiones", "افتتاح الدورة",
    "Открытие сессии", "会议开幕",
)  # fmt: skip
ADOPTION = in_six(
    "Adoption of the agenda and organisation of work", "Adoption de l’ordre du jour et organisation des travaux",
    "Aprobación del programa y organización de los trabajos", "إقرار جدول الأعمال وتنظيم الأعمال",
    "Утверждение повестки дня и организация работы", "通过议程和工作安排",
)  # fmt: skip
ELECTION = in_six(
    "Election of officers", "Élection du bureau", "Elección de la Mesa", "انتخاب أعضاء المكتب",
    "Выборы должностных лиц", "选举主席团成员",
)  # fmt: skip
CREDENTIALS = in_six(
    "Credentials of representatives", "Pouvoirs des représentants", "Credenciales de los representantes",
    "وثائق تفويض الممثلين", "Полномочия представителей", "代表全权证书",
)  # fmt: skip
DEBATE = in_six("General debate", "Débat général", "Debate general", "المناقشة العامة", "Общие прения", "一般性辩论")
COMMITTEES = in_six(
    "Reports of committees", "Rapports des commissions", "Informes de las comisiones", "تقارير اللجان",
    "Доклады комитетов", "各委员会的报告",
)  # fmt: skip
DECISIONS = in_six(
    "Adoption of decisions and resolutions", "Adoption des décisions et résolutions",
    "Aprobación de decisiones y resoluciones", "اعتماد المقررات والقرارات", "Принятие решений и резолюций",
    "通过决定和决议",
)  # fmt: skip
DECLARATION = in_six(
    "Adoption of the declaration", "Adoption de la déclaration", "Aprobación de la declaración", "اعتماد الإعلان",
    "Принятие декларации", "通过宣言",
)  # fmt: skip
IMPLEMENTATION = in_six(
    "Implementation of the convention", "Application de la convention", "Aplicación de la convención",
    "تنفيذ الاتفاقية", "Осуществление конвенции", "公约的执行情况",
)  # fmt: skip
FINANCE = in_six(
    "Financial and administrative matters", "Questions financières et administratives",
    "Cuestiones financieras y administrativas", "المسائل المالية والإدارية", "Финансовые и административные вопросы",
    "财务和行政事项",
)  # fmt: skip
SEGMENT = in_six(
    "High-level segment", "Débat de haut niveau", "Serie de sesiones de alto nivel", "الجزء الرفيع المستوى",
    "Этап заседаний высокого уровня", "高级别会议",
)  # fmt: skip
REPORT = in_six(
    "Adoption of the report", "Adoption du rapport", "Aprobación del informe", "اعتماد التقرير", "Утверждение доклада",
    "通过报告",
)  # fmt: skip
CLOSURE = in_six(
    "Closure of the session", "Clôture de la session", "Clausura del período de sesiones", "اختتام الدورة",
    "Закрытие сессии", "会议闭幕",
)  # fmt: skip
OTHER = in_six(
    "Other matters", "Questions diverses", "Otros asuntos", "مسائل أخرى", "Прочие вопросы", "其他事项"
)  # fmt: skip
RETREAT = in_six(
    "Exchange of views among heads of State and Government", "Échange de vues entre chefs d’État et de gouvernement",
    "Intercambio de opiniones entre Jefes de Estado y de Gobierno", "تبادل الآراء بين رؤساء الدول والحكومات",
    "Обмен мнениями между главами государств и правительств", "国家元首和政府首脑交换意见",
)  # fmt: skip
REGION = in_six(
    "Cooperation in the region", "Coopération dans la région", "Cooperación en la región", "التعاون في المنطقة",
    "Сотрудничество в регионе", "区域合作",
)  # fmt: skip
FIRST_COMMITTEE = in_six(
    "Committee of the whole", "Commission plénière", "Comisión plenaria", "اللجنة الجامعة", "Комитет полного состава",
    "全体委员会",
)  # fmt: skip
DRAFTING = in_six(
    "Drafting group", "Groupe de rédaction", "Grupo de redacción", "فريق الصياغة", "Редакционная группа", "起草小组"
)  # fmt: skip
COUNCIL = in_six(
    "Meeting of the council", "Réunion du conseil", "Reunión del consejo", "اجتماع المجلس", "Заседание совета",
    "理事会会议",
)  # fmt: skip

MORNING, AFTERNOON = time(10), time(15)


def _items(*drafts: tuple[str, Texts] | tuple[str, Texts, str]) -> list[ItemDraft]:
    return [ItemDraft(*draft) for draft in drafts]


def _plenary(number: int, day: int, at: time, *items: str, **more: Any) -> MeetingDraft:
    return MeetingDraft(f"plenary-{number}", Meeting.Kind.PLENARY, number, plenary(number), day, at, items, **more)


def _general_assembly() -> Blueprint:
    items = _items(
        ("1", OPENING), ("2", ADOPTION), ("3", CREDENTIALS), ("4", ELECTION), ("5", DEBATE), ("6", COMMITTEES),
        ("7", DECISIONS), ("8", OTHER), ("9", CLOSURE),
    )  # fmt: skip
    debate = {"time_national": 900, "time_group": 900}  # fifteen minutes, as is asked of the general debate
    meetings = [
        _plenary(1, 0, MORNING, "1", "2", "3", "4"),
        _plenary(2, 0, AFTERNOON, "5", times=debate),
        _plenary(3, 1, MORNING, "5", times=debate),
        MeetingDraft("committee-1", Meeting.Kind.COMMITTEE, 1, FIRST_COMMITTEE, 1, AFTERNOON, ("6",)),
        _plenary(4, 2, MORNING, "3", "6", "7"),
        _plenary(5, 2, AFTERNOON, "7", "8", "9"),
    ]
    return Blueprint(items, meetings)


def _conference_of_parties() -> Blueprint:
    items = _items(
        ("1", OPENING), ("2", in_six(
            "Organisational matters", "Questions d’organisation", "Cuestiones de organización", "المسائل التنظيمية",
            "Организационные вопросы", "组织事项")),
        ("2(a)", ADOPTION, "2"), ("2(b)", ELECTION, "2"), ("2(c)", CREDENTIALS, "2"),
        ("3", IMPLEMENTATION), ("4", FINANCE), ("5", SEGMENT), ("6", OTHER), ("7", DECISIONS), ("8", REPORT), ("9", CLOSURE),
    )  # fmt: skip
    free = {"speech": Meeting.Speech.DISCUSSION, "openness": Meeting.Openness.RESTRICTED}
    meetings = [
        _plenary(1, 0, MORNING, "1", "2", "2(a)", "2(b)", "2(c)"),
        MeetingDraft("committee-1", Meeting.Kind.COMMITTEE, 1, FIRST_COMMITTEE, 0, AFTERNOON, ("3", "4")),
        MeetingDraft("drafting-1", Meeting.Kind.WORKING_GROUP, 1, DRAFTING, 1, MORNING, ("3",), **free),  # type: ignore[arg-type]
        MeetingDraft("committee-2", Meeting.Kind.COMMITTEE, 2, FIRST_COMMITTEE, 1, AFTERNOON, ("3", "4")),
        _plenary(2, 2, MORNING, "5"),
        MeetingDraft("drafting-2", Meeting.Kind.WORKING_GROUP, 2, DRAFTING, 2, AFTERNOON, ("3", "4"), **free),  # type: ignore[arg-type]
        _plenary(3, 3, MORNING, "5"),
        _plenary(4, 3, AFTERNOON, "2(c)", "6", "7", "8", "9"),
    ]
    return Blueprint(items, meetings)


def _leaders_summit() -> Blueprint:
    items = _items(("1", OPENING), ("2", ADOPTION), ("3", RETREAT), ("4", DECLARATION), ("5", CLOSURE))
    meetings = [
        _plenary(1, 0, MORNING, "1", "2", times={"time_national": 300}),
        MeetingDraft(
            "retreat",
            Meeting.Kind.WORKING_GROUP,
            1,
            RETREAT,
            0,
            AFTERNOON,
            ("3",),
            Meeting.Speech.DISCUSSION,
            Meeting.Openness.CLOSED,
            Meeting.Chat.OFF,
        ),
        _plenary(2, 1, MORNING, "4", "5"),
    ]
    return Blueprint(items, meetings)


def _regional_council() -> Blueprint:
    items = _items(("1", ADOPTION), ("2", REGION), ("3", FINANCE), ("4", DECISIONS), ("5", OTHER))
    meetings = [
        MeetingDraft("council-1", Meeting.Kind.PLENARY, 1, COUNCIL, 0, MORNING, ("1", "2")),
        MeetingDraft(
            "council-2", Meeting.Kind.PLENARY, 2, COUNCIL, 0, AFTERNOON, ("3", "4", "5"), Meeting.Speech.DISCUSSION
        ),
    ]
    return Blueprint(items, meetings)


@dataclass(frozen=True)
class Template:
    """A kind of summit to begin with: what an organiser reads, and what it makes."""

    title: Any
    make: Callable[[], Blueprint]


TEMPLATES: Mapping[str, Template] = {
    "general-assembly": Template(_("General assembly: three days, general debate, committee"), _general_assembly),
    "conference-of-parties": Template(_("Conference of parties: four days, committee and drafting group"), _conference_of_parties),
    "leaders-summit": Template(_("Leaders’ summit: two days, a closed exchange of views"), _leaders_summit),
    "regional-council": Template(_("Regional council: one day, two meetings"), _regional_council),
}  # fmt: skip

"""The people of the demo summit. The cast have links; the others fill the room."""

from __future__ import annotations

from dataclasses import dataclass, field

from summit.accreditation.nominations import Asked

Title = dict[str, str]


@dataclass(frozen=True)
class Someone:
    """name: short; formal: as read out. home: code of the delegation. offices: kinds held in both plenaries."""

    key: str
    name: str
    formal: str
    home: str | None
    function: str = "head"
    title: Title = field(default_factory=dict)
    zone: str = ""
    language: str = "en"
    offices: tuple[str, ...] = ()
    cast: str = ""  # what they are, for the list of links; empty: no link
    native: tuple[str, str, str] | None = None  # language, short, formal


MINISTER = {
    "en": "Minister for the Environment", "fr": "Ministre de l’environnement", "es": "Ministra de Medio Ambiente",
    "ar": "وزيرة البيئة", "ru": "Министр окружающей среды", "zh": "环境部长",
}  # fmt: skip
AMBASSADOR = {
    "en": "Ambassador for Ocean Affairs", "fr": "Ambassadrice chargée de l’océan",
    "es": "Embajadora para Asuntos Oceánicos", "ar": "سفيرة لشؤون المحيطات", "ru": "Посол по делам океана",
    "zh": "海洋事务大使",
}  # fmt: skip

PEOPLE = [
    Someone("amina", "Amina Rahal", "H.E. Ms Amina Rahal", "KE", title=MINISTER, zone="Africa/Nairobi",
            cast="head of delegation, Kenya, remote"),
    Someone("joseph", "Joseph Mwangi", "Mr Joseph Mwangi", "KE", "adviser", zone="Africa/Nairobi",
            cast="adviser and focal point, Kenya"),
    Someone("bruno", "Bruno Keller", "H.E. Mr Bruno Keller", None, zone="Europe/Zurich", offices=("chair",),
            cast="chair of the plenary"),
    Someone("lucia", "Lucía Soto", "H.E. Ms Lucía Soto", "CL", title=AMBASSADOR, zone="America/Santiago",
            cast="head of delegation, Chile, remote"),
    Someone("tomas", "Tomás Rojas", "Mr Tomás Rojas", "CL", "deputy", zone="America/Santiago"),
    Someone("ingrid", "Ingrid Lund", "H.E. Ms Ingrid Lund", "NO", title=MINISTER, zone="Europe/Oslo",
            cast="head of delegation, Norway, in the hall"),
    Someone("chen", "Chen Wei", "Mr Chen Wei", "ICRC", zone="Europe/Zurich", cast="observer (ICRC)",
            native=("zh", "陈伟", "陈伟先生")),
    Someone("dana", "Dana Novak", "Ms Dana Novak", "SEC", "deputy", offices=("secretary", "writer"),
            cast="secretary and record writer"),
    Someone("hana", "Hana Sato", "Ms Hana Sato", "SEC", "adviser", offices=("officer",),
            cast="conference officer, runs the hall"),
    Someone("tariq", "Tariq Mansour", "Mr Tariq Mansour", "SEC", "adviser", offices=("technician",),
            cast="technician"),
    Someone("elif", "Elif Demir", "H.E. Ms Elif Demir", "TR", zone="Europe/Istanbul", offices=("deputy",),
            cast="deputy chair of the plenary"),
    Someone("kouassi", "Kouassi Yao", "H.E. Mr Kouassi Yao", "CI", zone="Africa/Abidjan", language="fr"),
    Someone("mahmoud", "Mahmoud Fawzi", "H.E. Mr Mahmoud Fawzi", "EG", zone="Africa/Cairo", language="ar",
            native=("ar", "محمود فوزي", "سعادة السيد محمود فوزي")),
    Someone("sigridur", "Sigríður Jónsdóttir", "H.E. Ms Sigríður Jónsdóttir", "IS", zone="Atlantic/Reykjavik"),
    Someone("fatou", "Fatou Diallo", "H.E. Ms Fatou Diallo", "AU", zone="Africa/Addis_Ababa", language="fr"),
    Someone("maya", "Maya Lindqvist", "Ms Maya Lindqvist", "CCF", zone="Europe/Stockholm"),
    Someone("peter", "Peter Hahn", "Mr Peter Hahn", "PRESS", zone="Europe/Berlin"),
]  # fmt: skip
OTTO = Someone("otto", "Otto Brandt", "Mr Otto Brandt", "SEC", cast="organiser")
WANJIRU = Asked(
    names={"en": {"short": "Wanjiru Kamau", "formal": "Ms Wanjiru Kamau"}}, function="alternate",
    email="wanjiru@parley.example", title={"en": "Director of Climate Finance"}, language="en",
)  # fmt: skip
TOMAS_AGAIN = Asked(
    names={"en": {"short": "Rojas Tomas", "formal": "Mr Rojas Tomas"}},
    function="adviser",
    place="remote",
    language="en",
)

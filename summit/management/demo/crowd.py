"""Who comes to the large summit: the 193 members of the United Nations, a few observers, and names as they are borne.

Written out and counted by place, so that two builds are alike to the letter. Names of States are the Unicode locale
data's; the names of persons are common ones, put together, and mean nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

# ISO 3166-1 codes of the members, as the United Nations list them in November 2026.
MEMBERS = """
AF AL DZ AD AO AG AR AM AU AT AZ BS BH BD BB BY BE BZ BJ BT BO BA BW BR BN BG BF BI CV KH CM CA CF TD CL CN CO KM CG CD CR
CI HR CU CY CZ DK DJ DM DO EC EG SV GQ ER EE SZ ET FJ FI FR GA GM GE DE GH GR GD GT GN GW GY HT HN HU IS IN ID IR IQ IE IL
IT JM JP JO KZ KE KI KP KR KW KG LA LV LB LS LR LY LI LT LU MG MW MY MV ML MT MH MR MU MX FM MD MC MN ME MA MZ MM NA NR NP
NL NZ NI NE NG MK NO OM PK PW PA PG PY PE PH PL PT QA RO RU RW KN LC VC WS SM ST SA SN RS SC SL SG SK SI SB SO ZA SS ES LK
SD SR SE CH SY TJ TZ TH TL TG TO TT TN TR TM TV UG UA AE GB US UY UZ VU VE VN YE ZM ZW
""".split()
OBSERVERS = (
    ("VA", "observer", "Holy See", "Saint-Siège"),
    ("PS", "observer", "State of Palestine", "État de Palestine"),
    ("AU-IGO", "igo", "African Union", "Union africaine"),
    ("EU-IGO", "igo", "European Union", "Union européenne"),
    ("COAST", "ngo", "Coastal Communities Forum", "Forum des communautés côtières"),
    ("PRESS", "press", "Press", "Presse"),
)
HEADS_BY_ZONE = {"KE": "Africa/Nairobi", "JP": "Asia/Tokyo", "BR": "America/Sao_Paulo", "NZ": "Pacific/Auckland"}


@dataclass(frozen=True)
class Tongue:
    """Names of one part of the world. own: the language in which a name has its own letters, "" when it is Latin."""

    own: str
    given: tuple[tuple[str, str], ...]  # as written in Latin letters, and in its own
    family: tuple[tuple[str, str], ...]
    family_first: bool = False


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """ "Latin=own Latin=own"; a name in Latin letters stands alone."""
    found = []
    for word in text.split():
        latin, _sign, own = word.partition("=")
        found.append((latin, own or latin))
    return tuple(found)


LATIN = Tongue(
    "",
    _pairs(
        "Ana Luís Grace Thomas Élodie Kwame Ingrid José Freya Mateus Siobhán Łukasz Chloé Tomáš Amélie João Zoë Nnamdi "
        "Beatriz Callum Maïmouna Henrik Sofía Pierre Katarína Tevita"
    ),
    _pairs(
        "Almeida Okafor Müller Nguyễn García Kowalska O’Brien Dubois Ferreira Mensah Sørensen Novák Rossi Adeyemi Peña "
        "Bianchi Castillo Diop Eriksson Fofana Horváth Kamau Lindqvist Tavares Vainikolo"
    ),
)
ARABIC = Tongue(
    "ar",
    _pairs("Layla=ليلى Omar=عمر Mariam=مريم Yusuf=يوسف Huda=هدى Karim=كريم Salma=سلمى Tariq=طارق Nour=نور Idris=إدريس"),
    _pairs(
        "al-Khatib=الخطيب Haddad=حداد Mansour=منصور al-Amin=الأمين Nasser=ناصر Farouk=فاروق Saleh=صالح Benali=بنعلي"
    ),
)
CYRILLIC = Tongue(
    "ru",
    _pairs("Anna=Анна Dmitri=Дмитрий Olga=Ольга Sergei=Сергей Marat=Марат Aigerim=Айгерим Irina=Ирина Nikolai=Николай"),
    _pairs(
        "Sokolenko=Соколенко Petrenko=Петренко Akhmetov=Ахметов Kim=Ким Ivanchuk=Иванчук Morozenko=Морозенко Orlova=Орлова"
    ),
)
HAN = Tongue(
    "zh",
    _pairs("Wei=伟 Min=敏 Jing=静 Hao=浩 Lan=兰 Jun=军 Xia=霞 Ming=明"),
    _pairs("Chen=陈 Li=李 Wang=王 Zhao=赵 Lin=林 Huang=黄"),
    family_first=True,
)
GREEK = Tongue(
    "el",
    _pairs("Eleni=Ελένη Nikos=Νίκος Maria=Μαρία Giorgos=Γιώργος"),
    _pairs("Papadaki=Παπαδάκη Georgiou=Γεωργίου Dimou=Δήμου"),
)
DEVANAGARI = Tongue(
    "hi",
    _pairs("Asha=आशा Ravi=रवि Meera=मीरा Arjun=अर्जुन Kavita=कविता"),
    _pairs("Sharma=शर्मा Rao=राव Thapa=थापा Iyer=अय्यर Joshi=जोशी"),
)
WHERE: dict[str, Tongue] = {
    **dict.fromkeys("DZ BH KM DJ EG IQ JO KW LB LY MR MA OM QA SA SO SD SY TN AE YE PS".split(), ARABIC),
    **dict.fromkeys("AM AZ BY BG GE KZ KG MD MN ME MK RU RS TJ TM UA UZ".split(), CYRILLIC),
    **dict.fromkeys("CN SG".split(), HAN),
    **dict.fromkeys("GR CY".split(), GREEK),
    **dict.fromkeys("IN NP MU FJ".split(), DEVANAGARI),
}


def names(code: str, place: int) -> dict[str, dict[str, str]]:
    """The approved names of the place-th person of this delegation."""
    tongue = WHERE.get(code, LATIN)
    number = _numbers(tongue).get((code, place), place * 7 + sum(map(ord, code)))
    given = tongue.given[number % len(tongue.given)]
    family = tongue.family[(number // len(tongue.given) + number) % len(tongue.family)]  # no pair twice
    form = ("H.E. Ms", "H.E. Mr", "Ms", "Mr")[(place > 0) * 2 + number % 2]
    latin = f"{family[0]} {given[0]}" if tongue.family_first else f"{given[0]} {family[0]}"
    own = f"{family[1]}{given[1]}" if tongue.family_first else f"{given[1]} {family[1]}"
    if tongue.own in {"ar", "ru", "zh"}:
        return {"en": {"short": latin, "formal": f"{form} {latin}"}, tongue.own: {"short": own, "formal": own}}
    return {"en": {"short": latin, "formal": f"{form} {latin}" + (f" ({own})" if tongue.own else "")}}


@cache
def _numbers(tongue: Tongue) -> dict[tuple[str, int], int]:
    """The first 600 people of this part of the world, numbered."""
    theirs = (seat for seat in seats(600) if WHERE.get(seat[0], LATIN) is tongue)
    return {seat: number for number, seat in enumerate(theirs)}


def seats(people: int) -> Iterator[tuple[str, int]]:
    """(code, place in the delegation) of so many people: two of each member, a third and more of the first ones, then
    one of each observer, ten of the secretariat."""
    others = [code for code, *_rest in OBSERVERS]
    left = people - len(others) - 10
    for number in range(left):
        yield MEMBERS[number % len(MEMBERS)], number // len(MEMBERS)
    for code in others:
        yield code, 0
    for place in range(10):
        yield "SEC", place

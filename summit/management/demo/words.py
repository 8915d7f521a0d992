"""What the demo summit is called and what stands on its agenda, in the six official languages, written by hand.

Names of States are the short and formal names of the United Nations' terminology, checked one by one.
"""

from __future__ import annotations

Six = tuple[str, str, str, str, str, str]  # en, fr, es, ru, ar, zh
LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh")


def texts(six: Six) -> dict[str, str]:
    """{language: text}."""
    return dict(zip(LANGUAGES, six, strict=True))


def approved(short: Six, formal: Six | None = None) -> dict[str, dict[str, str]]:
    """{language: {short, formal}}."""
    rows = zip(LANGUAGES, short, formal or short, strict=True)
    return {language: {"short": brief, "formal": full} for language, brief, full in rows}


SUMMIT = approved(
    ("Reykjavik Ocean Summit", "Sommet de Reykjavik sur l’océan", "Cumbre de Reikiavik sobre el Océano",
     "Рейкьявикский саммит по океану", "قمة ريكيافيك للمحيطات", "雷克雅未克海洋峰会"),
    ("Reykjavik Summit on the Ocean and Climate", "Sommet de Reykjavik sur l’océan et le climat",
     "Cumbre de Reikiavik sobre el Océano y el Clima", "Рейкьявикский саммит по вопросам океана и климата",
     "قمة ريكيافيك المعنية بالمحيطات والمناخ", "雷克雅未克海洋与气候峰会"),
)  # fmt: skip

# code, category, flag, credentials, names
DELEGATIONS = [
    ("CI", "member", "ci", "received", approved(
        ("Côte d’Ivoire", "Côte d’Ivoire", "Côte d’Ivoire", "Кот-д’Ивуар", "كوت ديفوار", "科特迪瓦"),
        ("the Republic of Côte d’Ivoire", "la République de Côte d’Ivoire", "la República de Côte d’Ivoire",
         "Республика Кот-д’Ивуар", "جمهورية كوت ديفوار", "科特迪瓦共和国"))),
    ("CL", "member", "cl", "accepted", approved(
        ("Chile", "Chili", "Chile", "Чили", "شيلي", "智利"),
        ("the Republic of Chile", "la République du Chili", "la República de Chile", "Республика Чили",
         "جمهورية شيلي", "智利共和国"))),
    ("EG", "member", "eg", "provisional", approved(
        ("Egypt", "Égypte", "Egipto", "Египет", "مصر", "埃及"),
        ("the Arab Republic of Egypt", "la République arabe d’Égypte", "la República Árabe de Egipto",
         "Арабская Республика Египет", "جمهورية مصر العربية", "阿拉伯埃及共和国"))),
    ("KE", "member", "ke", "accepted", approved(
        ("Kenya", "Kenya", "Kenya", "Кения", "كينيا", "肯尼亚"),
        ("the Republic of Kenya", "la République du Kenya", "la República de Kenya", "Республика Кения",
         "جمهورية كينيا", "肯尼亚共和国"))),
    ("NO", "member", "no", "accepted", approved(
        ("Norway", "Norvège", "Noruega", "Норвегия", "النرويج", "挪威"),
        ("the Kingdom of Norway", "le Royaume de Norvège", "el Reino de Noruega", "Королевство Норвегия",
         "مملكة النرويج", "挪威王国"))),
    ("TR", "member", "tr", "received", approved(
        ("Türkiye", "Türkiye", "Türkiye", "Турция", "تركيا", "土耳其"),
        ("the Republic of Türkiye", "la République de Türkiye", "la República de Türkiye", "Турецкая Республика",
         "جمهورية تركيا", "土耳其共和国"))),
    ("IS", "host", "is", "accepted", approved(
        ("Iceland", "Islande", "Islandia", "Исландия", "آيسلندا", "冰岛"),
        ("the Republic of Iceland", "la République d’Islande", "la República de Islandia", "Республика Исландия",
         "جمهورية آيسلندا", "冰岛共和国"))),
    ("ICRC", "observer", "", "accepted", approved(
        ("ICRC", "CICR", "CICR", "МККК", "اللجنة الدولية للصليب الأحمر", "红十字国际委员会"),
        ("International Committee of the Red Cross", "Comité international de la Croix-Rouge",
         "Comité Internacional de la Cruz Roja", "Международный комитет Красного Креста",
         "اللجنة الدولية للصليب الأحمر", "红十字国际委员会"))),
    ("AU", "igo", "", "received", approved(
        ("African Union", "Union africaine", "Unión Africana", "Африканский союз", "الاتحاد الأفريقي", "非洲联盟"))),
    ("CCF", "ngo", "", None, approved(
        ("Coastal Communities Forum", "Forum des communautés côtières", "Foro de Comunidades Costeras",
         "Форум прибрежных общин", "منتدى المجتمعات الساحلية", "沿海社区论坛"))),
    ("PRESS", "press", "", None, approved(("Press", "Presse", "Prensa", "Пресса", "الصحافة", "新闻界"))),
]  # fmt: skip
# what came, who signed it, what it says
LETTERS = {
    "CL": ("formal", "head_of_state", "I have the honour to appoint H.E. Ms Lucía Soto head of the delegation of Chile."),
    "EG": ("communication", "mission", "The Permanent Mission of Egypt names the representatives of Egypt at the summit."),
    "KE": ("formal", "foreign_minister", "I have the honour to appoint H.E. Ms Amina Rahal head of the delegation of Kenya."),
    "TR": ("copy", "foreign_minister", "Copy of the letter of credentials; the original will be handed over in Reykjavik."),
}  # fmt: skip
CHINESE_ORDER = ["EG", "IS", "CI", "KE", "NO", "TR", "CL", "ICRC", "AU", "CCF", "PRESS", "SEC"]  # by pinyin

# number, parent, title
ITEMS: list[tuple[str, str | None, Six]] = [
    ("1", None, ("Opening of the session", "Ouverture de la session", "Apertura del período de sesiones",
                 "Открытие сессии", "افتتاح الدورة", "会议开幕")),
    ("2", None, ("Organizational matters", "Questions d’organisation", "Cuestiones de organización",
                 "Организационные вопросы", "المسائل التنظيمية", "组织事项")),
    ("2(a)", "2", ("Adoption of the agenda", "Adoption de l’ordre du jour", "Aprobación del programa",
                   "Утверждение повестки дня", "إقرار جدول الأعمال", "通过议程")),
    ("2(b)", "2", ("Credentials of representatives", "Pouvoirs des représentants", "Credenciales de los representantes",
                   "Полномочия представителей", "وثائق تفويض الممثلين", "代表全权证书")),
    ("3", None, ("Ocean and climate", "L’océan et le climat", "El océano y el clima", "Океан и климат",
                 "المحيطات والمناخ", "海洋与气候")),
    ("3(a)", "3", ("Sea-level rise", "Élévation du niveau de la mer", "Aumento del nivel del mar",
                   "Повышение уровня моря", "ارتفاع مستوى سطح البحر", "海平面上升")),
    ("3(b)", "3", ("Climate finance", "Financement de l’action climatique", "Financiación para el clima",
                   "Финансирование борьбы с изменением климата", "التمويل المتعلق بالمناخ", "气候资金")),
    ("4", None, ("Adoption of the Reykjavik declaration", "Adoption de la déclaration de Reykjavik",
                 "Aprobación de la declaración de Reikiavik", "Принятие Рейкьявикской декларации",
                 "اعتماد إعلان ريكيافيك", "通过雷克雅未克宣言")),
    ("5", None, ("Other matters", "Questions diverses", "Otros asuntos", "Прочие вопросы", "مسائل أخرى", "其他事项")),
    ("6", None, ("Closure of the session", "Clôture de la session", "Clausura del período de sesiones",
                 "Закрытие сессии", "اختتام الدورة", "会议闭幕")),
]  # fmt: skip

# code, names, members
_COAST = ("Group of Coastal States", "Groupe des États côtiers", "Grupo de los Estados Ribereños",
          "Группа прибрежных государств", "مجموعة الدول الساحلية", "沿海国集团")  # fmt: skip
GROUPS = [("COAST", approved(_COAST, _COAST), ("CI", "CL", "IS"))]

HALL_A = texts(("Hall A", "Salle A", "Sala A", "Зал А", "القاعة ألف", "A厅"))
HALL_B = texts(("Hall B", "Salle B", "Sala B", "Зал Б", "القاعة باء", "B厅"))

PLENARY_1 = texts(("Plenary, 1st meeting", "Plénière, 1re séance", "Plenaria, 1ª sesión",
                   "Пленарное заседание, 1-е заседание", "الجلسة العامة الأولى", "第1次全体会议"))  # fmt: skip
PLENARY_2 = texts(("Plenary, 2nd meeting", "Plénière, 2e séance", "Plenaria, 2ª sesión",
                   "Пленарное заседание, 2-е заседание", "الجلسة العامة الثانية", "第2次全体会议"))  # fmt: skip
WORKING_GROUP = texts(("Working Group on the Declaration, 1st meeting", "Groupe de travail sur la déclaration, 1re séance",
                       "Grupo de Trabajo sobre la Declaración, 1ª sesión",
                       "Рабочая группа по декларации, 1-е заседание", "الفريق العامل المعني بالإعلان، الجلسة الأولى",
                       "宣言工作组第1次会议"))  # fmt: skip
COMMITTEE = texts(("Committee on Finance, 1st meeting", "Commission des finances, 1re séance",
                   "Comisión de Finanzas, 1ª sesión", "Комитет по финансам, 1-е заседание",
                   "لجنة التمويل، الجلسة الأولى", "资金委员会第1次会议"))  # fmt: skip

QUESTION = texts(("Who will speak for your delegation on climate finance, and in which language?",
                  "Qui prendra la parole au nom de votre délégation sur le financement de l’action climatique, et dans quelle langue ?",
                  "¿Quién hará uso de la palabra en nombre de su delegación sobre la financiación para el clima, y en qué idioma?",
                  "Кто выступит от имени вашей делегации по вопросу о финансировании борьбы с изменением климата и на каком языке?",
                  "من سيتحدث باسم وفدكم بشأن التمويل المتعلق بالمناخ، وبأي لغة؟",
                  "贵代表团将由谁就气候资金发言，使用何种语言？"))  # fmt: skip

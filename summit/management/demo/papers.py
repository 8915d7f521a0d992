"""The papers of the demo summit: small real PDFs for Latin letters, plain text for the others."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from summit.management.demo.words import Six


@dataclass(frozen=True)
class Sheet:
    """symbol, item and who may read it; titles in six languages; languages there are files for; the text in English."""

    symbol: str
    item: str
    access: str
    titles: Six
    languages: tuple[str, ...]
    lines: tuple[str, ...]


SHEETS = [
    Sheet("ROS/1/1", "2(a)", "public",
          ("Provisional agenda", "Ordre du jour provisoire", "Programa provisional", "Предварительная повестка дня",
           "جدول الأعمال المؤقت", "临时议程"),
          ("en", "fr", "es", "ru", "ar", "zh"),
          ("1. Opening of the session.", "2. Organizational matters.", "3. Ocean and climate.",
           "4. Adoption of the Reykjavik declaration.", "5. Other matters.", "6. Closure of the session.")),
    Sheet("ROS/1/2", "2(b)", "restricted",
          ("Credentials received: note by the secretariat", "Pouvoirs reçus : note du secrétariat",
           "Credenciales recibidas: nota de la secretaría", "Полученные полномочия: записка секретариата",
           "وثائق التفويض الواردة: مذكرة من الأمانة العامة", "收到的全权证书：秘书处的说明"),
          ("en",),
          ("Formal credentials had been received from the delegations listed in annex I.",
           "For the delegations listed in annex II other communications had been received.")),
    Sheet("ROS/1/3", "3(a)", "participants",
          ("Sea-level rise: background paper", "Élévation du niveau de la mer : document d’information",
           "Aumento del nivel del mar: documento de antecedentes", "Повышение уровня моря: справочный документ",
           "ارتفاع مستوى سطح البحر: ورقة معلومات أساسية", "海平面上升：背景文件"),
          ("en", "fr"),
          ("This paper sets out the questions the plenary may wish to consider under item 3(a).",)),
    Sheet("ROS/1/L.1", "3(b)", "participants",
          ("Draft declaration on climate finance", "Projet de déclaration sur le financement de l’action climatique",
           "Proyecto de declaración sobre la financiación para el clima",
           "Проект декларации о финансировании борьбы с изменением климата", "مشروع إعلان بشأن التمويل المتعلق بالمناخ",
           "气候资金宣言草案"),
          ("en", "fr", "ar"),
          ("The Summit,", "Recognizing that the ocean and the climate are one system,",
           "1. Calls for finance that reaches coastal communities;",
           "2. Decides to review progress at its next session.")),
]  # fmt: skip


def text(title: str, symbol: str, lines: tuple[str, ...]) -> bytes:
    """A plain text paper, UTF-8."""
    return "\n\n".join([symbol, title, *lines, ""]).encode()


def pdf(title: str, symbol: str, lines: tuple[str, ...]) -> bytes:
    """One A4 page in the reader's own Times, Latin letters only."""
    rows = [(11, symbol), (18, title), *((11, row) for line in lines for row in (*textwrap.wrap(line, 80), ""))]
    drawn, height = [], 770
    for size, row in rows:
        drawn.append(f"BT /F1 {size} Tf 72 {height} Td ({_escaped(row)}) Tj ET")
        height -= size + 7
    content = "\n".join(drawn).encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def _escaped(row: str) -> str:
    return row.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")

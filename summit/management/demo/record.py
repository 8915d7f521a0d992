"""What the record writer of the demo wrote beside the entries of its meetings: as summary records are written, in the
third person and the past tense. {what it hangs on: {language: text}}; the other languages show the English.
"""

from __future__ import annotations

PLENARY_1 = {
    "item 1": {
        "en": "The Chair welcomed the participants, in the hall and remote, and expressed the gratitude of the Summit to "
        "the Government and the people of Iceland for their hospitality. Statements made from afar and from the hall "
        "would be heard in one list and on the same terms.\n\nHe recalled that the task of the session was to agree on "
        "a declaration on climate finance for coastal communities under item 4, and appealed to delegations to be "
        "brief.",
        "fr": "Le Président souhaite la bienvenue aux participants, en salle et à distance, et exprime la gratitude du "
        "Sommet au Gouvernement et au peuple islandais pour leur hospitalité. Les déclarations faites à distance et en "
        "salle seront entendues selon une seule liste et aux mêmes conditions.\n\nIl rappelle que la session a pour "
        "tâche de s’entendre, au titre du point 4, sur une déclaration relative au financement de l’action climatique "
        "en faveur des communautés côtières, et invite les délégations à la concision.",
        "ar": "رحّب الرئيس بالمشاركين، في القاعة وعن بُعد، وأعرب عن امتنان القمة لحكومة آيسلندا وشعبها على حسن ضيافتهما. وقال إن "
        "البيانات التي يُدلى بها عن بُعد وفي القاعة ستُسمع وفق قائمة واحدة وبالشروط نفسها.\n\nوأشار إلى أن مهمة الدورة هي الاتفاق، "
        "في إطار البند 4، على إعلان بشأن التمويل المتعلق بالمناخ لفائدة المجتمعات الساحلية، وناشد الوفود أن تتوخى الإيجاز.",
    },
    "item 2(a)": {
        "en": "The Chair drew attention to the provisional agenda (ROS/1/1). In the absence of objections, he took it "
        "that the Summit wished to adopt it.",
        "fr": "Le Président appelle l’attention sur l’ordre du jour provisoire (ROS/1/1). En l’absence d’objection, il "
        "considérera que le Sommet souhaite l’adopter.",
        "ar": "وجّه الرئيس الانتباه إلى جدول الأعمال المؤقت (ROS/1/1). وقال إنه، ما لم يكن هناك اعتراض، سيعتبر أن القمة ترغب في إقراره.",
    },
    "CL": {
        "en": "She said that, for the members of the Group, sea-level rise was no longer a forecast but a line in the "
        "national budget. The background paper (ROS/1/3) rightly placed the cost of protecting low-lying coasts beside "
        "the cost of doing nothing.\n\nThe Group proposed that the declaration should name three aims: measurements "
        "open to all, finance that reached municipalities directly, and a review at each session. She invited other "
        "regional groups to join in a single text.",
        "fr": "Elle dit que, pour les membres du Groupe, l’élévation du niveau de la mer n’est plus une prévision mais "
        "une ligne du budget national. Le document d’information (ROS/1/3) met à juste titre en regard le coût de la "
        "protection des côtes basses et celui de l’inaction.\n\nLe Groupe propose que la déclaration énonce trois "
        "objectifs : des mesures accessibles à tous, un financement qui parvienne directement aux municipalités et un "
        "examen à chaque session. Elle invite les autres groupes régionaux à s’associer à un texte unique.",
        "ar": "قالت إن ارتفاع مستوى سطح البحر لم يعد، بالنسبة إلى أعضاء المجموعة، مجرد توقعات بل بات بنداً في الميزانية الوطنية. وأضافت "
        "أن ورقة المعلومات الأساسية (ROS/1/3) محقة في وضع كلفة حماية السواحل المنخفضة إلى جانب كلفة التقاعس.\n\nوتقترح المجموعة أن "
        "ينص الإعلان على ثلاثة أهداف: قياسات متاحة للجميع، وتمويل يصل إلى البلديات مباشرة، واستعراض في كل دورة. ودعت المجموعات "
        "الإقليمية الأخرى إلى الانضمام إلى نص واحد.",
    },
    "KE": {
        "en": "She said that her delegation associated itself with the statement made on behalf of the Group of Coastal "
        "States. On the Kenyan coast, mangroves replanted by village associations had proved a cheaper defence than "
        "walls, and fish had returned with them.\n\nWhat was lacking was not knowledge but patience in finance: "
        "programmes ended after three years, whereas a mangrove took ten to grow. Kenya would submit wording on "
        "long-term commitments under item 3(b).",
        "fr": "Elle dit que sa délégation s’associe à la déclaration faite au nom du Groupe des États côtiers. Sur la "
        "côte kényane, les mangroves replantées par les associations villageoises se sont révélées une protection moins "
        "coûteuse que les digues, et le poisson est revenu avec elles.\n\nCe qui manque n’est pas le savoir mais la "
        "patience des financements : les programmes prennent fin au bout de trois ans, alors qu’une mangrove met dix "
        "ans à pousser. Le Kenya présentera, au titre du point 3 b), un libellé sur les engagements à long terme.",
        "ar": "قالت إن وفدها يؤيد البيان الذي أُدلي به باسم مجموعة الدول الساحلية. وأضافت أن أشجار المانغروف التي أعادت الجمعيات "
        "القروية زراعتها على الساحل الكيني أثبتت أنها دفاع أقل كلفة من الجدران، وأن الأسماك عادت معها.\n\nوقالت إن ما ينقص ليس المعرفة "
        "بل الصبر في التمويل: فالبرامج تنتهي بعد ثلاث سنوات بينما تحتاج شجرة المانغروف إلى عشر سنوات لتنمو. وستقدم كينيا صيغة بشأن "
        "الالتزامات الطويلة الأجل في إطار البند 3(ب).",
    },
    "EG": {
        "en": "He asked when the Arabic version of the background paper would be made available, since several "
        "delegations could not study the annexes without it.",
        "fr": "Il demande quand la version arabe du document d’information sera disponible, plusieurs délégations ne "
        "pouvant en étudier les annexes sans elle.",
        "ar": "سأل عن موعد إتاحة النسخة العربية من ورقة المعلومات الأساسية، إذ يتعذر على عدة وفود أن تدرس مرفقاتها من دونها.",
    },
    "NO": {
        "en": "She said that Norway would open the data of its tide gauges, the oldest of which had been read since 1916, "
        "to any State that asked for them, and would train technicians of twelve coastal States in the coming two "
        "years. Her Government supported a review at each session, provided that it relied on existing reports and "
        "created no new body.",
        "fr": "Elle dit que la Norvège ouvrira les données de ses marégraphes, dont le plus ancien est relevé depuis "
        "1916, à tout État qui en fera la demande, et formera des techniciens de douze États côtiers au cours des deux "
        "prochaines années. Son gouvernement est favorable à un examen à chaque session, pour autant que celui-ci "
        "s’appuie sur les rapports existants et ne crée aucun nouvel organe.",
        "ar": "قالت إن النرويج ستتيح بيانات مقاييس المد والجزر لديها، التي يُقرأ أقدمها منذ عام 1916، لأي دولة تطلبها، وستدرب فنيين من "
        "اثنتي عشرة دولة ساحلية خلال السنتين المقبلتين. وأضافت أن حكومتها تؤيد إجراء استعراض في كل دورة، شريطة أن يستند إلى التقارير "
        "القائمة وألا ينشئ هيئة جديدة.",
    },
    "ICRC": {
        "en": "He said that people displaced by the sea were often displaced twice, the second time by a shelter built in "
        "the wrong place. The Committee stood ready to share with the secretariat its practice in planned relocation.",
        "fr": "Il dit que les personnes déplacées par la mer le sont souvent deux fois, la seconde par un abri construit "
        "au mauvais endroit. Le Comité est prêt à faire part au secrétariat de sa pratique en matière de réinstallation "
        "planifiée.",
        "ar": "قال إن الأشخاص الذين يشردهم البحر كثيراً ما يشردون مرتين، والثانية بسبب مأوى بُني في غير موضعه. وأضاف أن اللجنة مستعدة "
        "لإطلاع الأمانة العامة على ممارستها في مجال النقل المخطط له.",
    },
    "decision ROS/1/3": {
        "en": "The Chair thanked delegations for a debate that had kept to its time. The secretariat would hold "
        "consultations on the proposal of the Group of Coastal States and report to the next plenary.",
        "fr": "Le Président remercie les délégations d’un débat mené dans les temps. Le secrétariat tiendra des "
        "consultations sur la proposition du Groupe des États côtiers et en rendra compte à la prochaine séance plénière.",
        "ar": "شكر الرئيس الوفود على مناقشة التزمت بوقتها. وقال إن الأمانة العامة ستجري مشاورات بشأن اقتراح مجموعة الدول الساحلية وتقدم "
        "تقريراً عنها إلى الجلسة العامة المقبلة.",
    },
}
WORKING_GROUP = {  # a draft: the record writer has come as far as the first statement
    "NO": {
        "en": "She introduced the draft declaration (ROS/1/L.1) and said that its second paragraph had been kept short on "
        "purpose, so that the review could be agreed without a new body.",
    },
}

"""How minutes name things: their headings, the columns of their tables, the states of actions.

Every pattern reads folded text (no case, no accents). Wordings are those of French minutes at
large; none is that of one document.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from assistant.language.normalise import fold
from assistant.language.words import words
from assistant.suivi.model import StateKind

Topic = Literal[
    "decisions",
    "actions",
    "roadmap",
    "attention",
    "proposition",
    "participants",
    "next",
    "agenda",
    "goals",
    "other",
    "",
]
"""What a heading announces; `other` and `agenda` announce nothing that is followed up."""

Column = Literal["number", "action", "thing", "decision", "owner", "due", "state", ""]
"""What a column holds; `thing` may be an action when the rest of the table says so."""

_TOPICS: Final[tuple[tuple[Topic, re.Pattern[str]], ...]] = tuple(
    (topic, re.compile(pattern))  # type: ignore[misc]
    for topic, pattern in (
        (
            "next",
            r"\bprochaine?s? (?:reunion|comite|copil|cofil|seance|rencontre|date|rendez-vous|point"
            r"|echeance|instance)|\bdates? (?:de la|des) prochaine|\bprochain(?:e|s|es)?$"
            r"|\bcalendrier (?:des|du) (?:prochain|comite|copil|reunions|seances)",
        ),
        ("agenda", r"^ordre du jour|^sommaire|\bagenda\b|^actualites?\b|\bpublications?\b"),
        (
            "participants",
            r"^(?:liste des )?(?:personnes |membres |participants? )?(?:presente?s?|excusee?s?"
            r"|absente?s?)\b|^(?:liste des |les )?(?:participante?s?|membres?)\b(?! de )"
            r"|\bemargement\b|^(?:etaient|sont) (?:presents|excuses|absents)|^composition du comite"
            r"|^feuille de presence",
        ),
        (
            "attention",
            r"\bpoints? (?:d'attention|de vigilance|d'alerte|bloquants?|durs?|sensibles?)"
            r"|\balertes?\b|^risques?\b|\breserves?\b|\bdifficultes?\b|^freins?\b|^vigilances?\b",
        ),
        (
            "decisions",
            r"\bdecisions?\b|\breleve de conclusions\b|\barbitrages? (?:rendus?|pris|du comite)"
            r"|^arbitrages?\b|\b(?:comite|copil|cofil|seance|instance)\b[^.]{0,30}\b(?:a )?(?:decid"
            r"|valid|act|arret|adopt|approuv|retien|retenu)\w*\s*:?$|^(?:il (?:a ete"
            r"|est) )?(?:decide"
            r"|acte|convenu|valide)s?\s*:?$|^points? (?:actes?|valides?|decides?)",
        ),
        ("proposition", r"^propositions?\b(?! (?:d'actions?|de (?:feuille|plan))\b)"),
        (
            "actions",
            r"\bactions?\b|\ba faire\b|^taches?\b|\btravaux a (?:mener|venir|conduire|engager)"
            r"|^suites? (?:des travaux|a donner|donnees)|\bprochaines etapes\b|\breste a faire\b"
            r"|^to ?do\b|^livrables?\b|^travaux (?:en cours|a venir)|^chantiers? (?:en cours"
            r"|a venir)",
        ),
        ("roadmap", r"\bfeuilles? de route\b|^fdr\b|\belaboration fdr\b"),
        ("goals", r"\bobjectifs?\b|\benjeux?\b|\baxes?\b|\bpriorites?\b|\borientations?\b"),
        (
            "other",
            r"\brendez-vous\b|\bevenements?\b|\bfinalites?\b|\bgouvernance\b"
            r"|\bcontexte\b|\bresultats?\b|\bpresentations?\b|\btours? de table\b|\bechanges\b"
            r"|\bintroduction\b|\bpoints? divers\b|\bquestions? diverses\b|\bannexes?\b|\bmerci\b"
            r"|\brappels?\b|\bbilan\b|\bfinancements?\b|\bappels? a projets?\b",
        ),
    )
)

_PART: Final = re.compile(
    r"^(?:\d{1,2}[.)]|[a-z][.)]|axe|objectif|chantier|volet|theme|thematique|pilier|priorite"
    r"|orientation|gt|groupe|lot|domaine|bloc)\b"
)


def topic(heading: str) -> Topic:
    """What a heading or the introduction of a list announces."""
    text = re.sub(r"^(?:\d{1,2}(?:\.\d{1,2})*[.)]?|[ivx]{1,4}[.)]|[a-z][.)])\s+", "", fold(heading))
    text = re.sub(r"\s+", " ", text).strip(" .:–-")
    if len(text.split()) > 14:
        return ""
    for name, pattern in _TOPICS:
        if pattern.search(text):
            return name
    return ""


def is_part(heading: str) -> bool:
    """Whether a heading names a part of what the one above announces (« Axe 1 : former »)."""
    return bool(_PART.match(fold(heading).strip()))


def heading_state(heading: str) -> tuple[StateKind, re.Match[str]] | None:
    """The state that a heading gives to the actions below it, and its words in the folded text."""
    for kind, pattern in _HEADING_STATES:
        if match := pattern.search(fold(heading)):
            return kind, match
    return None


_HEADING_STATES: Final[tuple[tuple[StateKind, re.Pattern[str]], ...]] = (
    ("propose", re.compile(r"\bpropositions? d'actions?\b|\bactions? proposees?\b")),
    ("en_place", re.compile(r"\bactions? (?:\w+ ){0,3}?(?:deja )?en place\b")),
    (
        "fait",
        re.compile(
            r"\bactions? (?:realisees?|terminees?|achevees?|faites?|closes?|soldees?|menees)"
        ),
    ),
    ("en_cours", re.compile(r"\b(?:actions?|travaux|chantiers?) (?:\w+ )?en cours\b")),
    ("abandonne", re.compile(r"\bactions? (?:abandonnees?|annulees?)\b")),
)

_COLUMNS: Final[tuple[tuple[Column, re.Pattern[str]], ...]] = tuple(
    (column, re.compile(pattern))  # type: ignore[misc]
    for column, pattern in (
        ("number", r"^(?:n|no|num|numero|ref|reference|id|code|#)[°º.]?(?: (?:d'|de l')?action)?$"),
        (
            "state",
            r"\betat\b|\bstatuts?\b|\bavancement\b|\bsituation\b|\brealis(?:e|ation)\b|^fait\b"
            r"|^suivi$|^%$|\bprogression\b|\bsoldee?\b",
        ),
        (
            "due",
            r"\becheances?\b|\bdelais?\b|\bdates?\b|^pour (?:le|quand)\b|^quand\b|\bcalendrier\b"
            r"|\bterme\b|\bplanning\b|\bdeadline\b|\bbutoir\b|^avant le\b",
        ),
        (
            "owner",
            r"\bpilot(?:e|es|age)\b|\bporteu(?:r|rs|se)\b|\bresponsables?\b|\breferente?s?\b"
            r"|\ben charge\b|\bcharge\(?e?\)? de\b|^qui\b|\bacteurs?\b|\battribu|\bassign|^resp\b"
            r"|\bchef de file\b|\bsuivie? par\b|\bmaitrise? d'ouvrage\b|\bcoordonnat"
            r"|\banimat(?:eur|rice)"
            r"|\bportage\b|\bcontributeurs?\b",
        ),
        ("decision", r"\bdecisions?\b|\barbitrages?\b"),
        (
            "action",
            r"\bactions?\b|\btaches?\b|^mesures?\b|^a faire\b|^quoi\b|\blivrables?\b|^travaux\b"
            r"|\bprochaines? etapes?\b|^to ?do\b|^etapes?\b|^chantiers?\b",
        ),
        ("thing", r"^(?:libelle|intitule|description|sujet|objet|point|theme|contenu|nom)s?\b"),
    )
)


def column(header: str) -> Column:
    """What a column holds, by its header."""
    text = re.sub(r"\s+", " ", fold(header)).strip(" .:*")
    if not text or len(text.split()) > 7:
        return ""
    for name, pattern in _COLUMNS:
        if pattern.search(text):
            return name
    return ""


_STATES: Final[tuple[tuple[StateKind, re.Pattern[str]], ...]] = (
    (
        "a_faire",
        re.compile(
            r"^(?:non|pas(?: encore)?|reste a|rien de)\s?(?:fait|realis|demarr|commenc|lanc"
            r"|engag|trait"
            r"|faire|effectu|entam|debut)\w*|^a (?:faire|lancer|demarrer|venir|engager|planifier"
            r"|definir|realiser|initier|traiter)\b|^(?:prevue?|planifiee?|programmee?)s?\b"
            r"|^en attente\b|^0 ?%"
        ),
    ),
    ("en_retard", re.compile(r"^(?:en )?retard(?:ee?s?)?\b")),
    (
        "reporte",
        re.compile(r"^(?:est |a ete )?(?:reporte|decale|repousse|differe|ajourne)e?s?\b|^report\b"),
    ),
    (
        "abandonne",
        re.compile(r"^(?:est |a ete )?(?:abandonne|annule|supprime|retire)e?s?\b|^sans objet\b"),
    ),
    (
        "en_cours",
        re.compile(
            r"^en (?:cours|preparation|phase)\b|^(?:partiel|engage|demarre|lance|commence|entame"
            r"|initie)\w*"
            r"|^[1-9]\d? ?%|^(?:presque|partiellement) "
        ),
    ),
    (
        "fait",
        re.compile(
            r"^(?:est |a ete |action )?(?:fait|faite|realise|termine|acheve|clos|close|cloture"
            r"|livre"
            r"|solde|effectue|finalise|execute|traite|diffuse)e?s?\b|^ok\b|^100 ?%|^[✓✔☑]|^oui\b"
        ),
    ),
    ("en_place", re.compile(r"^(?:deja )?en place\b|^operationnel")),
    ("propose", re.compile(r"^proposee?s?\b|^a (?:valider|arbitrer)\b")),
)


def state_kind(written: str) -> StateKind:
    """The family of a state, by the words of its cell or of its part of the line."""
    text = re.sub(r"\s+", " ", fold(written)).strip(" .:;–-")
    for kind, pattern in _STATES:
        if pattern.search(text):
            return kind
    return "autre"


DECISION_NUMBER: Final = re.compile(
    r"^(?:(?:decision\s*)?(?P<n>d\s?-?\d{1,3}(?:[.-]\d{1,3})?|n[°º]\s?\d{1,3})"
    r"|decision\s*(?P<m>\d{1,3}))\s*[.):–\s-]"
)
ACTION_NUMBER: Final = re.compile(
    r"^(?:action\s*(?:n[°º]\s?)?(?P<m>\d{1,3}(?:\.\d{1,3})*)"
    r"|(?P<n>[a-z]{1,3}\s?-?\d{1,3}(?:[.-]\d{1,3})?))"
    r"\s*(?:[.):–]|\s-)"
)

ACTION_OPENS: Final = re.compile(r"^(?:action\b|a\s?-?\d{1,3}\b)")
"""A line that calls itself an action, whatever its heading."""

_BODY: Final = (
    r"(?:(?:le |la |les |ce )?(?:comite(?: de pilotage| technique| strategique)?|copil|cofil|cotech"
    r"|codir|cosui|instance|assemblee|commission|bureau|conseil|presidente?|participants|membres)"
    r"(?: (?:du comite|du copil|presents|ia|regional|de pilotage)){0,2}|(?:l')(?:instance"
    r"|assemblee|ars))"
)
_VERB: Final = (
    r"(?:decide(?:nt)?|valide(?:nt)?|acte(?:nt)?|retient|retiennent|arrete(?:nt)?|adopte(?:nt)?"
    r"|approuve(?:nt)?|enterine(?:nt)?|confirme(?:nt)?|prend acte|prennent acte|rejette(?:nt)?"
    r"|refuse(?:nt)?|tranche(?:nt)?|donne(?:nt)? (?:son|leur) (?:accord|aval)"
    r"|(?:a|ont) (?:egalement |aussi |unanimement )?(?:decide|valide|acte|retenu|arrete|adopte"
    r"|approuve"
    r"|enterine|confirme|pris acte|rejete|refuse|tranche|donne son accord))"
)
DECIDES: Final = re.compile(
    rf"(?:^|[,.;:] |\bque )?(?P<who>{_BODY}) (?:ne )?(?:\w+ment )?(?P<verb>{_VERB})\b"
    r"|\b(?P<it>il (?:a ete|est) (?:\w+ment )?(?:decide|convenu|acte|valide|arrete|retenu)e?)\b"
)
NOT_DECIDED: Final = re.compile(
    r"\b(?:si|lorsque|quand|avant que|afin que|pour que|propose(?:r|nt)? que|souhait\w+ que"
    r"|demand\w+ (?:a ce )?que|des que|sous reserve que|a condition que|une fois que"
    r"|apres que|ce qu')\s*$"
)

CHARGED: Final = re.compile(
    r"\b(?:est|sont) charge(?:e|s|es)? d(?:e |')|\bse charge(?:nt)? d(?:e |')"
    r"|\bs'engage(?:nt)? a\b|\bprend(?:ra)? en charge\b|\b(?:est|sont) mandate(?:e|s|es)? pour\b"
)
"""A sentence that gives work to its subject."""

OWNER_LABEL: Final = re.compile(
    r"\b(?:pilotes?|pilotage|porteur(?:s|ses?)?|responsables?|resp\.?|referente?s?|en charge"
    r"|qui)\s?:\s?"
)
OWNER_BY: Final = re.compile(
    r"\b(?:portee?s?|pilotee?s?|conduite?s?|menee?s?|assuree?s?|suivie?s?|animee?s?|coordonnee?s?"
    r"|realisee?s?|prise?s? en charge) par (?:l'|le |la |les )?|\bconfiee?s? (?:au |aux |a l'"
    r"|a la |a )"
)
DUE_LABEL: Final = re.compile(
    r"\b(?:echeances?|delais?|date limite|date butoir|date cible|date prevue|calendrier)\s?:\s?"
)
DUE_BY: Final = re.compile(
    r"\b(?:avant (?:le |la |fin |l')?|au plus tard (?:le |en |fin |au )?|d'ici (?:le |la |au |a )?"
    r"|pour (?:le |la |fin )|reporte(?:e|s|es)? (?:au |a |en )|report(?:e)? au |decale(?:e|s"
    r"|es)? (?:au |a |en )"
    r"|repousse(?:e|s|es)? (?:au |a |en )|echeance )"
)
STATE_LABEL: Final = re.compile(r"\b(?:etat|statut|avancement|situation)\s?:\s?")
PLACE_LABEL: Final = re.compile(r"^lieux?\s?:\s?")
PRESENCE: Final = re.compile(r"\b(?P<e>excusee?s?)\b|\b(?P<a>absente?s?)\b|\b(?P<p>presente?s?)\b")
ADDED: Final = re.compile(
    r"^(?:ajouts?|ajoutee?s?(?: en seance)?|complement(?:s)?(?: en seance)?|nouveau) ?:"
    r"|[(\[](?:ajouts?|ajoutee?s?|complete)\b[^)\]]{0,40}[)\]]|\b(?:ajoutee?s?|ajout) en seance\b"
)
ATTENTION: Final = re.compile(
    r"^(?:points? (?:d'attention|de vigilance|d'alerte|bloquants?)|reserves?(?: exprimee?s?)?"
    r"(?: en seance)?|alerte|vigilance|problematique|difficulte|risque)\b"
)
PROPOSAL: Final = re.compile(r"^propositions?(?: entendue?s?| faites?| en seance)?\s?:")

_INFINITIVE: Final = re.compile(r"^(?:ne pas )?(?:s'|se |re)?[a-z-]{2,}(?:er|ir|re|oir)\b")
_NOT_VERBS: Final = words(
    """
    atelier dossier cahier calendrier courrier hier premier dernier chantier papier financier
    metier autre notre votre lettre livre rencontre centre offre cadre chiffre nombre maitre
    ministere membre theatre registre titre ordre filiere charniere maniere matiere carriere
    infirmier hospitalier particulier annuaire espoir pouvoir avoir soir loisir avenir souvenir
    leader master cluster poster flyer webinaire seminaire questionnaire salaire partenaire
    formulaire inventaire commentaire glossaire itineraire secretaire territoire laboratoire
    observatoire memoire histoire semestre trimestre contre entre sur pour par
    """
)


def opens_with_infinitive(text: str) -> bool:
    """Whether a line says what to do (« Rédiger la charte »), its number left out."""
    plain = re.sub(
        r"^(?:action\s*(?:n[°º]\s?)?\d{1,3}\s*[:.–-]|[a-z]{0,3}\s?-?\d{1,3}[.):]?|[a-z][.)])\s+",
        "",
        fold(text).strip(),
    )
    match = _INFINITIVE.match(plain)
    return match is not None and match[0].split()[-1] not in _NOT_VERBS


MEETING: Final = re.compile(
    r"\b(?:prochaine?|second|deuxieme|troisieme|quatrieme|\d{1,2}(?:e|eme)) "
    r"(?:reunion|comite|copil|cofil|seance)\b|\b(?:copil|cofil|comite)(?: \w+){0,4} n[°º] ?\d"
)
RHYTHM: Final[tuple[tuple[int, re.Pattern[str]], ...]] = (
    (
        1,
        re.compile(
            r"\bmensuel(?:le|s|les)?(?:ment)?\b|\b(?:chaque|tous les) mois\b|\bune fois par mois\b"
        ),
    ),
    (2, re.compile(r"\bbimestriel\w*|\btous les (?:2|deux) mois\b|\bsix fois par an\b")),
    (
        3,
        re.compile(
            r"\btrimestriel\w*|\b(?:chaque|tous les) trimestres?\b|\btous les (?:3|trois) mois\b"
            r"|\b(?:quatre|4) (?:fois|seances|reunions) (?:par|dans l'?) ?an"
        ),
    ),
    (
        4,
        re.compile(
            r"\btous les (?:4|quatre) mois\b|\b(?:trois|3) (?:fois|seances|reunions) par an"
        ),
    ),
    (
        6,
        re.compile(
            r"\bsemestriel\w*|\b(?:chaque|tous les) semestres?\b|\btous les (?:6|six) mois\b"
            r"|\b(?:deux|2) (?:fois|seances|reunions) par an"
        ),
    ),
    (12, re.compile(r"\bannuel(?:le|s|les)?(?:ment)?\b|\b(?:chaque annee|une fois par an)\b")),
)
COMMITTEE: Final = re.compile(
    r"\b(?:copil|cofil|cotech|comite|instance)\b"
    r"(?: (?!(?:un|une|le|la|les|des|du|son|sa|ses|ce|cette|leur)\b)[\w'-]+){0,6}? ?$"
)
"""What stands before the words of a rhythm when they are those of the committee."""
MEETING_NUMBER: Final = re.compile(
    r"\b(?:copil|cofil|comite|reunion|seance)\b(?: [\w'&-]+){0,5}? (?P<n>n[°º] ?\d{1,3})\b"
    r"|\b(?P<m>\d{1,2}(?:er|ere|e|eme)) (?:copil|cofil|comite|reunion|seance)\b"
)
MEETING_DATE: Final = re.compile(
    r"\b(?:reunion|seance|comite|copil|cofil|compte[ -]rendu|releve)\b.{0,60}?(?:\bdu\b|\ble\b"
    r"|[:–·|-])\s*"
    r"(?:lundi |mardi |mercredi |jeudi |vendredi |samedi |dimanche )?$"
)

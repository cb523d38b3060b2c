"""True and false sentences made from the demonstration corpus by mechanical rules.

Each rule takes a sentence that a page says and gives another: the same thing said otherwise,
or something that the page does not say. They serve to choose and to measure the thresholds of
`assistant.generation.support`; the words they exchange are listed here on their own, not taken
from the lists of the checker.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.language.entities import EntityKind, find_dates, find_quantities
from assistant.language.normalise import squash
from assistant.language.sentences import split_sentences
from assistant.language.words import MONTH_NAMES

SOURCES = Path(__file__).parent.parent / "corpus" / "demo" / "sources"


@dataclass(frozen=True, slots=True)
class Said:
    """A unit of a document as it would be cited; `cells` are those of a table row."""

    document: str
    title: str
    section: str
    text: str
    intro: str = ""
    cells: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> str:
        """The text with its introduction."""
        return f"{self.intro} {self.text}" if self.intro else self.text


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence to judge: `true` says whether the document supports it."""

    kind: str
    sentence: str
    question: str
    document: str
    true: bool
    half: str


def half_of(text: str) -> str:
    """`dev` or `test`, for ever the same for one text."""
    return "dev" if hashlib.sha256(text.encode()).digest()[0] % 2 else "test"


_MARKUP = re.compile(r"\*\*|\[/?rouge\]|\[\^\d+\]:?|(?<!\*)\*(?!\*)")


def _plain(text: str) -> str:
    return _MARKUP.sub("", text).strip()


def read_sources(folder: Path = SOURCES) -> list[Said]:
    """Units of every source: sentences, list items with their introduction, table rows."""
    return [unit for path in sorted(folder.glob("*.md")) for unit in _units(path)]


def _units(path: Path) -> Iterator[Said]:
    head, body = path.read_text(encoding="utf-8").split("---", 2)[1:]
    title = next(line[7:] for line in head.splitlines() if line.startswith("title: "))
    headings: dict[int, str] = {}
    intro, headers = "", tuple[str, ...]()
    for raw in body.splitlines():
        line = _plain(raw.lstrip("> ")) if raw.startswith(">") else _plain(raw)
        section = " › ".join(headings[level] for level in sorted(headings))
        if not line or line.startswith(("{", "~", "^", "|---")):
            headers = headers if line.startswith(("{", "|")) else ()
            continue
        if match := re.match(r"(#+) (.*)", line):
            level = len(match[1])
            headings = {k: v for k, v in headings.items() if k < level} | {level: match[2]}
            intro = ""
        elif line.startswith("|"):
            cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
            if not headers:
                headers = cells
                continue
            pairs = tuple(zip(headers, cells, strict=False))
            text = " ; ".join(f"{name} : {value}" for name, value in pairs)
            yield Said(path.stem, title, section, text, cells=pairs)
        elif match := re.match(r"(?:-|\d+\.) (.*)", line):
            yield Said(path.stem, title, section, match[1], intro=intro)
        else:
            sentences = [line[a:b] for a, b in split_sentences(line)]
            for sentence in sentences:
                yield Said(path.stem, title, section, sentence)
            intro = sentences[-1] if sentences[-1].endswith(":") else ""


# --- the same, said otherwise -------------------------------------------------------------

_SYNONYMS = {
    "déposent": "soumettent", "dépôt": "envoi", "réunit": "rassemble", "rassemble": "réunit",
    "souhaite": "veut", "aider": "accompagner", "essayer": "tester", "outil": "logiciel",
    "professionnels": "soignants", "équipes": "personnels", "recense": "répertorie",
    "créés": "constitués", "chaque trimestre": "tous les trois mois", "projets": "initiatives",
    "deux fois par an": "une fois par semestre", "couvre": "prend en charge", "choisir": "retenir",
    "exigé": "requis", "examinés": "étudiés", "soutient": "appuie", "patients": "malades",
    "vérifie": "contrôle", "s'élève à": "est de", "versé": "attribué", "montant": "somme",
    "désigne": "nomme", "développer": "étendre", "améliorer": "renforcer", "remplacés": "relayés",
    "concerne": "vise", "adressée": "envoyée", "remise": "transmise", "notification": "annonce",
    "début": "démarrage", "démarrage": "lancement", "formation": "apprentissage",
    "élaboré": "préparé", "publié": "diffusé", "demande": "réclame", "suit": "surveille",
    "fixe": "définit", "assure": "garantit", "obligatoire": "imposée", "arrêtée": "interrompue",
    "a reçu": "a enregistré", "inscrits": "enregistrés", "représente": "équivaut à",
}  # fmt: skip

_SIGLES = {
    "DGOS": "direction générale de l'offre de soins", "ARS": "agence régionale de santé",
    "IA": "intelligence artificielle", "COPIL": "comité de pilotage",
    "AMI": "appel à manifestation d'intérêt", "HAS": "Haute Autorité de santé",
    "ANS": "Agence du numérique en santé",
    "RGPD": "règlement général sur la protection des données",
    "DUI": "dossier de l'usager informatisé", "MES": "Mon espace santé",
    "DMP": "dossier médical partagé", "INS": "identité nationale de santé",
    "SAS": "service d'accès aux soins", "ROR": "répertoire opérationnel des ressources",
    "HDS": "hébergement de données de santé", "DNS": "délégation au numérique en santé",
    "CNSA": "Caisse nationale de solidarité pour l'autonomie", "GT": "groupes de travail",
    "CHU": "centre hospitalier universitaire", "FIR": "fonds d'intervention régional",
}  # fmt: skip

_WORDS = {
    2: "deux", 3: "trois", 4: "quatre", 5: "cinq", 6: "six", 7: "sept", 8: "huit", 9: "neuf",
    10: "dix", 11: "onze", 12: "douze", 15: "quinze", 18: "dix-huit", 20: "vingt",
    21: "vingt et un", 30: "trente", 36: "trente-six", 38: "trente-huit", 40: "quarante",
    50: "cinquante", 64: "soixante-quatre", 65: "soixante-cinq", 90: "quatre-vingt-dix",
}  # fmt: skip


def _other_number(text: str) -> str | None:
    """Write the first figure that allows it in another way."""
    if match := re.search(rf"(\d{{1,2}})(?:er)? ({'|'.join(MONTH_NAMES)}) (\d{{4}})", text):
        month = MONTH_NAMES.index(match[2]) + 1
        return text.replace(match[0], f"{int(match[1]):02d}/{month:02d}/{match[3]}", 1)
    if match := re.search(r"(\d{2})/(\d{2})/(\d{4})", text):
        day = "1er" if match[1] == "01" else str(int(match[1]))
        said = f"{day} {MONTH_NAMES[int(match[2]) - 1]} {match[3]}"
        return text.replace(match[0], said, 1)
    for pattern, make in (
        (r"(\d+(?:,\d+)?) millions d'euros", r"\1 M€"),
        (r"(\d+(?:,\d+)?) milliards d'euros", r"\1 Md€"),
        (r"(\d+(?:,\d+)?) M€", r"\1 millions d'euros"),
        (r"(\d+) k€", r"\1 000 euros"),
        (r"(\d+) %", r"\1 pour cent"),
        (r"(\d+) 000 (?:€|euros)", r"\1 k€"),
    ):
        if re.search(pattern, text):
            return re.sub(pattern, make, text, count=1)
    if match := re.search(r"(?<![\d,/.-])(\d{1,2})(?= [a-zéèà]{4,})(?! %)", text):
        word = _WORDS.get(int(match[1]))
        if word:
            return text[: match.start()] + word + text[match.end() :]
    for number, word in _WORDS.items():
        if match := re.search(rf"(?<![\w-]){word}(?= [a-zéèà]{{4,}})", text):
            return text[: match.start()] + str(number) + text[match.end() :]
    return None


def _other_sigle(text: str) -> str | None:
    for sigle, name in _SIGLES.items():
        if name in text and f"({sigle})" in text:
            return text.replace(f" ({sigle})", "")
        if re.search(rf"(?<![\w(]){sigle}(?![\w)])", text) and name not in text:
            return re.sub(rf"(?<![\w(]){sigle}(?![\w)])", name, text, count=1)
    return None


def _other_words(text: str) -> str | None:
    changed = text
    count = 0
    for word, other in _SYNONYMS.items():
        if count < 2 and re.search(rf"(?<![\w-]){word}(?![\w-])", changed):
            changed = re.sub(rf"(?<![\w-]){word}(?![\w-])", other, changed, count=1)
            count += 1
    return changed if count else None


_LEADING = re.compile(
    r"^((?:En|Au|À|Avant|Dans|Depuis|Pour|Aux|Pendant|D'ici)\b[^,;:]{3,60}), (.+)\.$"
)
_TRAILING = re.compile(
    r"^([^;:]{15,}?),? ((?:depuis|avant|d'ici|à partir du|jusqu'au|en lien avec|au titre|dès|"
    r"au premier|à compter|en|le \d)\b[^,;:]{3,60})\.$"
)


def _lower(text: str) -> str:
    return text[0].lower() + text[1:] if re.match(r"[A-ZÀ-Ý][a-zà-ÿ' ’]", text) else text


def _other_order(text: str) -> str | None:
    if match := _LEADING.match(text):
        said = match[2][0].upper() + match[2][1:]
        return f"{said}, {match[1][0].lower()}{match[1][1:]}."
    if match := _TRAILING.match(text):
        return f"{match[2][0].upper()}{match[2][1:]}, {_lower(match[1])}."
    return None


_ACTIVE = re.compile(
    r"^((?:L[ea]s? |L['’]|Un |Une )?[^,;:.]{2,60}?) (réunit|soutient|recense|fixe|exploite|ouvre|"
    r"rassemble|couvre|suit|conditionne|encadrent|relie|décrit|combine|accompagne|financent|finance)"
    r" ((?:l[ea]s? |l['’]|un |une |trois |deux |quatre )[^,;:.]{3,120})\.$"
)
_PARTICIPLES = {
    "réunit": "réuni", "soutient": "soutenu", "recense": "recensé", "fixe": "fixé",
    "exploite": "exploité", "ouvre": "ouvert", "rassemble": "rassemblé", "couvre": "couvert",
    "suit": "suivi", "conditionne": "conditionné", "encadrent": "encadré", "relie": "relié",
    "décrit": "décrit", "combine": "combiné", "accompagne": "accompagné", "finance": "financé",
    "financent": "financé",
}  # fmt: skip


def _passive(text: str) -> str | None:
    match = _ACTIVE.match(text)
    if match is None:
        return None
    plural = match[3].split()[0] in {"les", "trois", "deux", "quatre"}
    verb = f"{'sont' if plural else 'est'} {_PARTICIPLES[match[2]]}{'s' if plural else ''}"
    return f"{match[3][0].upper()}{match[3][1:]} {verb} par {_lower(match[1])}."


def _shorter(text: str) -> str | None:
    without = re.sub(r" \([^()]{4,}\)", "", text)
    if without != text and len(without.split()) >= 6:
        return without
    for mark in (" ; ", ", dans ", ", avec ", ", en ", ", sur ", ", à ", ", surtout "):
        left, found, _ = text.partition(mark)
        if found and len(left.split()) >= 6:
            return f"{left}."
    return None


def _framed(text: str) -> str | None:
    return f"D'après le document, {_lower(text)}"


REWORDINGS: dict[str, Callable[[str], str | None]] = {
    "nombre écrit autrement": _other_number,
    "sigle développé": _other_sigle,
    "synonymes": _other_words,
    "ordre des propositions": _other_order,
    "passif": _passive,
    "phrase abrégée": _shorter,
    "phrase annoncée": _framed,
}


def _told(unit: Said) -> str:
    """The unit as a full sentence, before any change."""
    if unit.intro:
        return f"{unit.intro.rstrip(' :')} : {unit.text.rstrip(' .;')}."
    return unit.text


def _row_sentences(unit: Said) -> Iterator[tuple[str, str, str]]:
    """`(sentence, header, value)` for the cells of a row."""
    name = _row_name(unit)
    for header, value in unit.cells[1:]:
        if value != name and len(value) > 1:
            shown = value.rstrip(".")
            yield f"Pour {name}, {_article(header)} : {_lower(shown)}.", header, value


def _row_name(unit: Said) -> str:
    """What names a row: its first cell, or the second when the first is a number."""
    name = re.split(r" : | \(", unit.cells[0][1])[0]
    return unit.cells[1][1] if name.isdigit() and len(unit.cells) > 1 else name


def _bare(value: str) -> str:
    """A cell as an answer of its own."""
    return f"{value[0].upper()}{value[1:].rstrip('.')}."


def _of(unit: Said, header: str) -> str:
    return f"Quelle est la rubrique « {header.lower()} » de {_row_name(unit)} ?"


def _article(header: str) -> str:
    return f"la rubrique « {header.lower()} » indique"


def true_cases(units: Sequence[Said]) -> Iterator[Case]:
    """Every rewording that applies to every sentence."""
    for unit in units:
        half = half_of(unit.whole)
        ask = "Que dit le document ?"
        if unit.cells:
            for sentence, header, value in _row_sentences(unit):
                yield Case("ligne de tableau", sentence, ask, unit.document, True, half)
                bare = Case(
                    "sans verbe", _bare(value), _of(unit, header), unit.document, True, half
                )
                if len(bare.sentence.split()) > 1:
                    yield bare
                other = _other_number(sentence)
                if other:
                    yield Case("nombre écrit autrement", other, ask, unit.document, True, half)
            continue
        told = _told(unit)
        if len(told.split()) < 6 or told.endswith((":", "?")):
            continue
        for kind, rule in REWORDINGS.items():
            changed = rule(told)
            if changed and changed != told:
                yield Case(kind, changed, ask, unit.document, True, half)
    yield from _joined_lists(units)


def _joined_lists(units: Sequence[Said]) -> Iterator[Case]:
    """Two or three items of a list told in one sentence."""
    lists: dict[tuple[str, str, str], list[Said]] = {}
    for unit in units:
        if unit.intro:
            lists.setdefault((unit.document, unit.section, unit.intro), []).append(unit)
    for (document, _, intro), items in lists.items():
        if len(items) >= 2 and all(len(item.text.split()) <= 14 for item in items[:3]):
            texts = [_lower(item.text.rstrip(" .;")) for item in items[:3]]
            said = f"{', '.join(texts[:-1])} et {texts[-1]}"
            sentence = f"{intro.rstrip(' :')} : {said}."
            yield Case(
                "liste réunie", sentence, "Que dit le document ?", document, True, half_of(intro)
            )


# --- something else ------------------------------------------------------------------------


def _changed_number(text: str) -> str | None:
    for found in find_quantities(text):
        match = re.search(r"\d+", found.text)
        if found.kind is EntityKind.DATE or match is None:
            continue
        if re.fullmatch(r"(?:19|20)\d\d", found.text):
            continue
        value = int(match[0])
        other = str(value + 1 if value < 10 else value * 2 - 1)
        start = found.start + match.start()
        return text[:start] + other + text[start + len(match[0]) :]
    for number, word in _WORDS.items():
        if match := re.search(rf"(?<![\w-]){word}(?= [a-zéèà]{{4,}})", text):
            return text[: match.start()] + _WORDS.get(number + 1, "huit") + text[match.end() :]
    return None


_OTHER_UNITS = (
    (r"(\d) millions d'euros", r"\1 milliards d'euros"), (r"(\d) milliards", r"\1 millions"),
    (r"(\d) M€", r"\1 k€"), (r"(\d) k€", r"\1 M€"), (r"(\d) mois", r"\1 ans"),
    (r"(\d) minutes", r"\1 heures"), (r"(\d) heures", r"\1 jours"), (r"(\d) %", r"\1 €"),
    (r"(\d) (?:€|euros)", r"\1 %"), (r"(\d) jours", r"\1 semaines"), (r"(\d) h\b", r"\1 jours"),
    (r"(\d) ans", r"\1 mois"), (r"(\d) établissements", r"\1 professionnels"),
    (r"(\d) professionnels", r"\1 structures"), (r"(\d) actions", r"\1 projets"),
    (r"(\d) projets", r"\1 établissements"), (r"(\d) objectifs", r"\1 actions"),
    (r"(\d) ESSMS", r"\1 EHPAD"), (r"(\d) priorités", r"\1 indicateurs"),
    (r"(\d) critères", r"\1 fiches"), (r"(\d) pages", r"\1 jours"),
    (r"(\d) cas d'usage", r"\1 établissements"), (r"(\d) demandes", r"\1 réponses"),
    (r"(\d) acteurs", r"\1 projets"), (r"(\d) ambassadeurs", r"\1 établissements"),
)  # fmt: skip


def _changed_unit(text: str) -> str | None:
    for pattern, make in _OTHER_UNITS:
        if re.search(pattern, text):
            return re.sub(pattern, make, text, count=1)
    return None


def _changed_date(text: str) -> str | None:
    for found in find_dates(text):
        for month in MONTH_NAMES:
            if month in found.text:
                other = MONTH_NAMES[(MONTH_NAMES.index(month) + 2) % 12]
                return text[: found.start] + found.text.replace(month, other) + text[found.end :]
        if match := re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", found.text):
            day = int(match[1]) % 28 + 1
            return text[: found.start] + f"{day:02d}/{match[2]}/{match[3]}" + text[found.end :]
    if match := re.search(r"(?<!\d)(20\d\d)(?![\d-])", text):
        return text[: match.start()] + str(int(match[1]) + 1) + text[match.end() :]
    return None


_VERB = re.compile(
    r"(?<=[\w»)] )(est|sont|sera|seront|doit|doivent|peut|couvre|réunit|suivra|exploite|fixe|"
    r"soutient|finance|financent|concerne|porte|rassemble|vise|prend|reçoit|réalise|vérifie|"
    r"contribue|devient|passe|sert|garantit|décrit|fonctionne|répond|relie|suit)(?= )"
)


def _negated(text: str) -> str | None:
    match = _VERB.search(text)
    if match is None or re.search(r"\b(?:ne|n'|pas|aucun\w*|ni)\b", text):
        return None
    verb = match[1]
    clitic = "n'" if verb[0] in "eéa" else "ne "
    return f"{text[: match.start()]}{clitic}{verb} pas{text[match.end() :]}"


_REVERSALS = (
    ("jusqu'au", "à partir du"), ("avant le", "après le"), ("avant la", "après la"),
    ("Avant", "Après"), ("depuis", "jusqu'en"), ("à partir du", "jusqu'au"),
    ("au plus tard", "au plus tôt"), ("au plus", "au moins"), ("au moins", "au plus"),
    ("au minimum", "au maximum"), ("jusqu'à", "au moins"), ("plus de", "moins de"),
    ("inférieure", "supérieure"), ("Date limite", "Date d'ouverture"), ("Début", "Fin"),
    ("obligatoire", "facultative"), ("interdite", "autorisée"), ("Démarrage", "Fin"),
    ("doit", "peut"), ("peut recevoir", "doit recevoir"), ("premier", "dernier"),
    ("précède", "suit"), ("exigé", "facultatif"), ("prioritaire", "secondaire"),
    ("Close le", "Ouverte le"), ("D'ici à", "À partir de"), ("d'ici à", "à partir de"),
    ("moins de", "plus de"), ("hors de", "dans"), ("exclu", "inclus"), ("au maximum", "au minimum"),
)  # fmt: skip


def _reversed(text: str) -> str | None:
    for word, other in _REVERSALS:
        if re.search(rf"(?<![\w]){word}(?!\w)", text):
            return re.sub(rf"(?<![\w]){word}(?!\w)", other, text, count=1)
    return None


_SUBJECTS = (
    ("DGOS", "ANAP", "ARS", "HAS", "CNSA", "DNS", "ANS", "CNIL", "FHF"),
    ("CHU de Montbrune", "CH de Port-Vallier", "clinique du Clos-Vert"),
    ("Haute-Brune", "Val-d'Orvan", "Côtes-du-Lac"),
    ("GT Hôpital", "GT Ville", "GT Médico-social"),
    ("Sophie Marchetti", "Karim Delaunay", "Inès Caron", "Alain Roussel"),
    ("SUN-ES", "ESMS numérique"), ("COSTRA", "CRIV", "CRSA"), ("DMP", "DUI", "ROR", "INS"),
    ("COPIL", "COSTRA"), ("Passerelle", "Ricochet"), ("FMIS", "FIR", "FEDER"),
    ("IMP_1", "IMP_2", "IMP_3", "IMP_4"), ("EFF_1", "EFF_2", "EFF_4"),
    ("Neurologie", "Dermatologie"), ("dermatologie", "cardiologie"),
    ("Les deux appels", "Le premier appel"), ("SAMU", "EHPAD"),
    ("diabète", "endométriose"), ("plannings", "stocks"), ("Europe", "France"),
    ("établissements sanitaires", "cabinets libéraux"), ("patient", "managers"),
)  # fmt: skip


def _other_subject(text: str) -> str | None:
    for group in _SUBJECTS:
        for rank, name in enumerate(group):
            if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
                other = group[(rank + 1) % len(group)]
                if other in text:
                    continue
                return re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", other, text, count=1)
    return None


def _crossed(told: str, other: str) -> str | None:
    """Put the figure of another sentence of the document in place of this one's."""
    mine, theirs = find_quantities(told), find_quantities(other)
    for found in mine:
        for alien in theirs:
            if alien.kind is found.kind and alien.value != found.value:
                if any(alien.value == one.value for one in mine):
                    continue
                return told[: found.start] + alien.text.strip() + told[found.end :]
    return None


_OTHER_VERBS = {
    "couvre": "évalue", "réunit": "finance", "rassemble": "finance", "finance": "héberge",
    "soutient": "contrôle", "fixe": "finance", "suivra": "financera", "porte": "paie",
    "exploite": "finance", "vérifie": "paie", "réalise": "finance", "décrit": "finance",
    "examine": "finance", "examinés": "financés", "examinées": "financées", "publie": "refuse",
    "publié": "refusé", "publiée": "refusée", "pilote": "évalue", "piloté": "évalué",
    "pilotée": "évaluée", "déposent": "évaluent", "souhaite": "refuse", "recense": "finance",
    "recensés": "financés", "créés": "audités", "élaboré": "annulé", "reçoit": "audite",
    "reçu": "vendu", "prévoit": "refuse", "prévoient": "refusent", "demande": "interdit",
    "garantit": "facture", "contribue": "renonce", "garde": "vend", "relie": "facture",
    "remplace": "finance", "propose": "refuse", "utilise": "vend", "utilisent": "vendent",
    "déployé": "vendu", "déployée": "vendue", "formés": "recrutés", "signé": "refusé",
    "transmet": "vend", "accompagne": "audite", "accompagnera": "auditera", "associe": "facture",
}  # fmt: skip


def _other_verb(text: str) -> str | None:
    """Say something else of the same subject."""
    for match in re.finditer(r"(?<=[\w»)] )[a-zéè]{4,}(?= )", text):
        if match[0] in _OTHER_VERBS:
            return text[: match.start()] + _OTHER_VERBS[match[0]] + text[match.end() :]
    return None


LIES: dict[str, Callable[[str], str | None]] = {
    "nombre changé": _changed_number,
    "unité changée": _changed_unit,
    "date décalée": _changed_date,
    "sujet échangé": _other_subject,
    "négation ajoutée": _negated,
    "sens inversé": _reversed,
    "verbe échangé": _other_verb,
}


def false_cases(units: Sequence[Said]) -> Iterator[Case]:
    """Every lie that applies to every sentence."""
    documents: dict[str, list[Said]] = {}
    for unit in units:
        documents.setdefault(unit.document, []).append(unit)
    names = list(documents)
    ask = "Que dit le document ?"
    for document, own in documents.items():
        stranger = documents[names[(names.index(document) + 5) % len(names)]]
        known = " ".join(unit.whole for unit in own)
        squashed = squash(known)
        for rank, unit in enumerate(own):
            half = half_of(unit.whole)
            if unit.cells:
                yield from _row_lies(unit, own, half)
                continue
            told = _told(unit)
            if len(told.split()) < 6 or told.endswith((":", "?")):
                continue
            for kind, rule in LIES.items():
                changed = rule(told)
                if changed and changed != told and squash(changed) not in squashed:
                    yield Case(kind, changed, ask, document, False, half)
            for other in [*own[rank + 1 :], *own[:rank]]:
                crossed = _crossed(told, _told(other))
                if crossed and crossed not in known:
                    yield Case("faits croisés", crossed, ask, document, False, half)
                    break
            if told not in {one.whole for one in stranger}:
                alien = stranger[0].document
                yield Case("autre document", told, ask, alien, False, half)


def _row_lies(unit: Said, own: Sequence[Said], half: str) -> Iterator[Case]:
    rows = [row for row in own if row.cells and row.section == unit.section and row is not unit]
    ask = "Que dit le document ?"
    for rank, (sentence, header, value) in enumerate(_row_sentences(unit)):
        for kind, rule in (
            ("nombre changé", _changed_number),
            ("unité changée", _changed_unit),
            ("date décalée", _changed_date),
        ):
            changed = rule(sentence)
            if changed and changed != sentence and rank < 3:
                yield Case(kind, changed, ask, unit.document, False, half)
        for row in rows:
            theirs = dict(row.cells).get(header)
            name = re.split(r" : | \(", row.cells[0][1])[0]
            if theirs is None or theirs == value or name.isdigit():
                continue
            swapped = next(
                (said for said, other, _ in _row_sentences(row) if other == header), None
            )
            if swapped is None:
                continue
            lie = swapped.rpartition(" : ")[0] + f" : {_lower(value.rstrip('.'))}."
            yield Case("sujet échangé", lie, ask, unit.document, False, half)
            if len(theirs.split()) > 1 and theirs not in dict(unit.cells).values():
                lie = _bare(theirs)
                yield Case("sans verbe", lie, _of(unit, header), unit.document, False, half)
            bare = sentence.partition(", ")[2]
            yield Case(
                "sujet de la question",
                bare[0].upper() + bare[1:],
                f"Quelle est la rubrique « {header.lower()} » de {name} ?",
                unit.document,
                False,
                half,
            )
            break

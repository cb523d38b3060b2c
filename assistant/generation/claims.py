"""What a sentence claims, in a form that can be compared with what a page says.

Figures with what they count and how they are bounded, names and sigles, addresses, content
words, negations and modal verbs: each is read once a text, by rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from assistant.language.analyser import analyse, analyse_with_offsets, stem
from assistant.language.entities import (
    Entity,
    EntityKind,
    find_durations,
    find_emails,
    find_names,
    find_phones,
    find_quantities,
    find_sigles,
    find_urls,
)
from assistant.language.normalise import fold
from assistant.language.words import STOP_WORDS, words


class Bound(StrEnum):
    """How a text bounds a figure or a date."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    UNTIL = "until"
    FROM = "from"


class MarkKind(StrEnum):
    """What a text says of a statement besides its words."""

    NEGATION = "negation"
    MUST = "must"
    MAY = "may"
    DONE = "done"
    AIMED = "aimed"
    ONLY = "only"
    ALL = "all"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Mark:
    """A negation, a modal verb or a restriction, the terms it bears on and their offsets."""

    kind: MarkKind
    text: str
    scope: frozenset[str]
    places: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, an amount, a percentage, a duration or a date, with what surrounds it.

    Attributes:
        kind, text, value, start, end: as found (`assistant.language.entities`).
        noun: terms right after it (« 30 **établissements** »), or empty.
        near: terms of its clause, with their distance in terms: below 0 before, above after.
        bound: how it is bounded, if it is.
    """

    kind: EntityKind
    text: str
    value: str
    start: int
    end: int
    noun: tuple[str, ...]
    near: tuple[tuple[str, int], ...]
    bound: Bound | None


@dataclass(frozen=True, slots=True)
class Named:
    """A proper name or a sigle, as written, with its index terms."""

    text: str
    terms: tuple[str, ...]
    sigle: bool
    start: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A text once read.

    Attributes:
        terms: `(term, start, end)` of its content words, figures left out.
        links: `(head, complement)` of its noun phrases (« budget du CHU »).
        vocabulary: all its index terms.
        affirmed: content terms that stand at least once outside a negation.
        sequence: content terms and figures (« #30 ») in order.
        addresses: e-mail and web addresses and telephone numbers, canonical.
    """

    text: str
    terms: tuple[tuple[str, int, int], ...]
    vocabulary: frozenset[str]
    affirmed: frozenset[str]
    sequence: tuple[tuple[str, int, int], ...]
    figures: tuple[Figure, ...]
    names: tuple[Named, ...]
    addresses: tuple[Entity, ...]
    marks: tuple[Mark, ...]
    links: tuple[tuple[str, str], ...]


LIGHT = frozenset(
    stem(word)
    for word in words(
        """
        document texte page extrait source passage selon indique indiquer preciser precise
        mentionner mentionne prevoir prevu prevoit notamment egalement ainsi afin cadre niveau
        sein maniere facon type cas fois part titre partie suivant suivante ensemble
        concerner concerne effet agit trouver trouve rubrique colonne ligne
        savoir dire dit disent lire appeler certain plusieurs divers differents chaque plutot
        environ pres effectuer realiser avoir etre celui dispose disposer eleve elever
        avant apres partir compter tard tot jusque depuis moins
        comprend comprendre comprennent comporte comportent comporter contient contenir contiennent
        signifie signifier signifient consiste consister constitue constituer inclut lieu aura
        pendant durant contre parmi auparavant actuellement desormais egal egale valoir vaut
        doit doivent devoir devra devront devrait pourra pourront pourrait possible falloir
        permettre permet permettent
        """
    )
)
"""Terms that say how a thing is told rather than what is told."""

_CLAUSE = re.compile(r"[;:!?()\[\]•|–—]|\.(?=\s|$)|,(?=\s)")
_HARD_STOP = re.compile(r"[;:!?()\[\]•|]|\.(?=\s|$)")
_BEFORE_STOP = re.compile(r"[;!?()\[\]•|]|\.(?=\s|$)")
_LINK = re.compile(
    r"^[\s\u00a0\u202f]+(?:de|du|des|d['’]|en|à|au|aux|pour)"
    r"(?:[\s\u00a0]+(?:la|les|l['’]))?[\s\u00a0\u202f«\"“]*(?:l['’])?$",
    re.IGNORECASE,
)
_ADJACENT = re.compile(r"^[\s\u00a0\u202f]*(?:de[\s\u00a0]|d['’])?[\s\u00a0\u202f]*$")
_LABEL = re.compile(
    r"(?<!\w)(axe|article|annexe|objectif|niveau|phase|etape|page|version|action|lot|volet|numero|"
    r"chapitre|point|categorie|type|classe|tableau|figure|mesure|enjeu|priorite|fiche|palier|zone|"
    r"decision|n°|no)\s?$"
)
_MONTHS_IN = {"an": 12, "trim": 3, "semestre": 6}

_AT_MOST = (
    r"au plus(?! tard)|(?:peu|pour)\w+ atteindre|au maximum|maximum|maximal\w*|plafon\w*"
    r"|jusqu['’ ]?(?:a|au|aux)?|dans la limite|n'excede|ne depass"
    r"|sans depasser|moins d|inferieur\w*|\bmax\b|ou moins"
)
_AT_LEAST = (
    r"au moins|au minimum|minimum|minimal\w*|plus d|superieur\w*|excede|depass\w+|plancher"
    r"|ou plus|et plus"
)
_UNTIL = (
    r"avant|jusqu|au plus tard|date limite|limite|clotur\w*|\bclo[st]\w*|echeance|d'ici"
    r"|s'acheve|termin\w*|expire"
)
_FROM = (
    r"(?<!d')apres|a partir|\bdes\b(?= le)|a compter|depuis|ouvr\w+|ouvert\w*|demarr\w*"
    r"|commenc\w*|lance\w*"
)
_BOUNDS = {
    Bound.AT_MOST: re.compile(rf"(?<!\w)(?:{_AT_MOST})"),
    Bound.AT_LEAST: re.compile(rf"(?<!\w)(?:{_AT_LEAST})"),
    Bound.UNTIL: re.compile(rf"(?<!\w)(?:{_UNTIL})"),
    Bound.FROM: re.compile(rf"(?<!\w)(?:{_FROM})"),
}

_NEGATIONS = re.compile(
    r"(?<!\w)(?:n['’]|ne\s)(?P<verb>[^.;:!?,]{1,40}?)\b(?P<close>pas|jamais|plus|aucune?s?|guere|"
    r"rien|personne|ni|point)(?!\w)(?!\s+seulement|\s+uniquement)"
    r"|(?<!\w)(?P<without>sans|hors|sauf|excepte|hormis|a l'exclusion d\w*['’]?|ni)(?!\w)(?! delai)"
    r"|(?<!\w)(?P<no>non)[\s-](?!seulement|uniquement|plus)"
    r"|(?<!\w)(?P<none>aucune?s?)(?!\w)"
    r"|(?<!\w)(?P<bare>pas|jamais)(?!\w)(?!\s+seulement|\s+uniquement)"
)
_MODALS = {
    MarkKind.MUST: re.compile(
        r"(?<!\w)(?:doi(?:t|vent)|devr(?:a|ont)|devoir|faut|faudra|obligatoires?|"
        r"obligatoirement|imperati\w+|tenue?s? d|oblige\w*|oblige|exige\w*|impose\w*|requis\w*|"
        r"necessairement|indispensables?|necessaires?|condition)(?!\w)"
    ),
    MarkKind.MAY: re.compile(
        r"(?<!\w)(?:peu(?:t|vent)|pourr(?:a|ont|ait|aient)|devrai(?:t|ent)|possibles?|eventuel\w*|"
        r"facultati\w+|optionnel\w*|recommand\w*|conseill\w*|souhaitables?|envisage\w*|"
        r"probablement|peut-etre|propose\w*)(?!\w)"
    ),
    MarkKind.DONE: re.compile(
        r"(?<!\w)(?:(?:a|ont) (?:deja )?ete|deja|d'ores et deja|desormais)(?!\w)"
    ),
    MarkKind.AIMED: re.compile(
        r"(?<!\w)(?:vise(?:nt)?|d'ici|objectifs?|cibles?|prevoi\w+|prevue?s?|sera|seront|"
        r"ambition\w*|souhaite\w*|[a-z]{3,}(?:era|eront))(?!\w)"
    ),
    MarkKind.ONLY: re.compile(
        r"(?<!\w)(?<!pas )(?<!non )(?:seule?s?|seulement|uniquement|exclusi\w+|uniques?)(?!\w)"
        r"|(?<!\w)(?:n['’]|ne\s)[^.;:!?,]{1,25}?\bqu(?:e\b|['’])"
    ),
    MarkKind.ALL: re.compile(
        r"(?<!\w)(?:tous|toutes|chaque|chacune?|toujours|integralement|systematiquement|totalite|"
        r"l'ensemble|entierement|100\s?%)(?!\w)"
    ),
    MarkKind.AT_LEAST: re.compile(r"(?<!\w)au (?:moins|minimum)(?!\w)"),
    MarkKind.AT_MOST: re.compile(r"(?<!\w)au (?:plus(?! tard| tot)|maximum)(?!\w)"),
}


@lru_cache(maxsize=8192)
def read_claim(text: str) -> Claim:
    """Read what a text states (memoised: evidence is compared with many sentences)."""
    figures = _figures(text)
    held = [(figure.start, figure.end) for figure in figures]
    addresses = (*find_emails(text), *find_urls(text), *find_phones(text))
    held += [(found.start, found.end) for found in addresses]
    terms = tuple(
        (term, start, end)
        for term, start, end in analyse_with_offsets(text)
        if term not in LIGHT and not any(a < end and start < b for a, b in held)
    )
    marks = _marks(text, terms)
    denied = {place for mark in marks if mark.kind is MarkKind.NEGATION for place in mark.places}
    sequence = [*terms, *((f"#{one.value}", one.start, one.end) for one in figures)]
    return Claim(
        text=text,
        terms=terms,
        vocabulary=frozenset(analyse(text)),
        affirmed=frozenset(term for term, start, _ in terms if start not in denied),
        sequence=tuple(sorted(sequence, key=lambda one: one[1])),
        figures=tuple(_placed(text, figure, terms, figures) for figure in figures),
        names=_names(text, held),
        addresses=addresses,
        marks=marks,
        links=_links(text, terms),
    )


def _figures(text: str) -> list[Entity]:
    durations = [found for found in find_durations(text) if found.text[0].isalnum()]
    found: list[Entity] = []
    for duration in durations:
        inside = [one for one in find_quantities(duration.text) if one.kind is EntityKind.NUMBER]
        if not inside:
            found.append(duration)  # « trimestriel », « un an »
            continue
        unit = duration.value.partition(" ")[2]
        found += [
            Entity(
                EntityKind.DURATION,
                duration.text,
                duration.start,
                duration.end,
                _months(one.value, unit),
            )
            for one in inside
        ]
    for one in find_quantities(text):
        if any(one.start < d.end and d.start < one.end for d in durations):
            continue
        year = one.kind is EntityKind.NUMBER and _is_year(text, one)
        kind = EntityKind.DATE if year else one.kind
        found.append(Entity(kind, one.text, one.start, one.end, one.value))
    return sorted(found, key=lambda one: one.start)


_YEAR_BEFORE = re.compile(
    r"(?:^|[\s(«:,-])(?:en|de|fin|debut|mi|depuis|avant|apres|des|annees?|ici|a|au cours de|et|"
    r"pour|dans|jusqu['’]en|l['’]an|horizon|exercice|campagne)\s?-?$|[-–/(]\s?$"
)


def _is_year(text: str, found: Entity) -> bool:
    """Tell « en 2025 » and « 2023-2028 » from « 2025 projets » and « (UE) 2024/1689 »."""
    if not re.fullmatch(r"(?:19|20)\d\d", found.text):
        return False
    after = text[found.end : found.end + 2]
    if re.match(r"[/.-]\d", after) and not re.match(
        r"[/-](?:19|20)\d\d(?!\d)", text[found.end : found.end + 6]
    ):
        return False
    before = text[max(0, found.start - 16) : found.start]
    if before.endswith((".", "-")) and re.search(r"[A-Z]\.\s?$|\d-$", before):
        return bool(re.search(r"(?:19|20)\d\d-$", before))
    # A noun right after a number that nothing announces as a year is what it counts.
    counted = re.match(r"[\s\u00a0\u202f]+([^\W\d_]{3,})", text[found.end :])
    if counted and fold(counted[1]) in STOP_WORDS:
        return True
    return not counted or bool(_YEAR_BEFORE.search(fold(before)))


def _months(value: str, unit: str) -> str:
    """One writing for « 2 ans » and « 24 mois », « 2 h » and « 120 min »."""
    if value.isdigit() and unit in _MONTHS_IN:
        return f"{int(value) * _MONTHS_IN[unit]} mois"
    if value.isdigit() and unit == "h":
        return f"{int(value) * 60} min"
    return f"{value} {unit}"


def _placed(
    text: str,
    figure: Entity,
    terms: tuple[tuple[str, int, int], ...],
    figures: list[Entity],
) -> Figure:
    """Give a figure its noun, its neighbours and its bound."""
    # A colon parts a header from its value: what stands before it names the figure.
    left = max((m.end() for m in _BEFORE_STOP.finditer(text, 0, figure.start)), default=0)
    stop = _HARD_STOP.search(text, figure.end)
    right = stop.start() if stop else len(text)
    # The other figures of the clause count among what surrounds this one.
    numbers = [
        (f"#{other.value}", other.start, other.end)
        for other in figures
        if left <= other.start and other.end <= right and other is not figure
    ]
    around = sorted([*terms, *numbers], key=lambda one: one[1])
    before = [term for term, start, end in around if left <= start and end <= figure.start]
    following = [t for t in around if figure.end <= t[1] and t[2] <= right]
    near = [(term, -rank) for rank, term in enumerate(reversed(before), 1)]
    near += [(term, rank) for rank, (term, _, _) in enumerate(following, 1)]
    noun: list[str] = []
    position = figure.end
    label = _LABEL.search(fold(text[max(0, figure.start - 16) : figure.start]))
    if label:  # « l'axe 1 »: a number that names
        noun, right = [stem(label[1])], figure.end
    for term, start, end in analyse_with_offsets(text[figure.end : right]):
        start, end = start + figure.end, end + figure.end  # noqa: PLW2901
        if not _ADJACENT.match(text[position:start]) or len(noun) == 3:
            break
        noun.append(term)
        position = end
    others = [(other.start, other.end) for other in figures if other is not figure]
    return Figure(
        kind=figure.kind,
        text=figure.text,
        value=figure.value,
        start=figure.start,
        end=figure.end,
        noun=tuple(noun),
        near=tuple(near),
        bound=_bound(text, figure, left, right, others),
    )


def _bound(
    text: str, figure: Entity, left: int, right: int, others: list[tuple[int, int]]
) -> Bound | None:
    # What bounds another figure does not bound this one.
    left = max([left, figure.start - 45, *(end for _, end in others if end <= figure.start)])
    right = min([right, figure.end + 22, *(start for start, _ in others if start >= figure.end)])
    comma = text.find(", ", figure.end, right)
    right = comma if comma >= 0 else right
    before, after = fold(text[left : figure.start]), fold(text[figure.end : right])
    dated = figure.kind is EntityKind.DATE
    kinds = (Bound.UNTIL, Bound.FROM) if dated else (Bound.AT_MOST, Bound.AT_LEAST)
    best: tuple[int, Bound] | None = None
    for kind in kinds:
        places = [len(before) - m.end() for m in _BOUNDS[kind].finditer(before)]
        if not dated:
            places += [m.start() for m in _BOUNDS[kind].finditer(after)]
        if places and (best is None or min(places) < best[0]):
            best = (min(places), kind)
    return best[1] if best else None


def _names(text: str, held: list[tuple[int, int]]) -> tuple[Named, ...]:
    found: list[Named] = []
    names = find_names(text)
    for name in names:
        terms = tuple(dict.fromkeys(analyse(name.text)))
        if terms and not any(a < name.end and name.start < b for a, b in held):
            found.append(Named(name.text, terms, sigle=False, start=name.start))
    for sigle in find_sigles(text):
        inside = any(name.start <= sigle.start and sigle.end <= name.end for name in names)
        terms = tuple(dict.fromkeys(analyse(sigle.text)))
        if terms and not inside:
            found.append(Named(sigle.text, terms, sigle=True, start=sigle.start))
    return tuple(sorted(found, key=lambda one: one.start))


Terms = tuple[tuple[str, int, int], ...]


def _marks(text: str, terms: Terms) -> tuple[Mark, ...]:
    folded = fold(text)
    if len(folded) != len(text):  # offsets must agree: « œ », ligatures
        terms = tuple((t, s, e) for t, s, e in analyse_with_offsets(folded) if t not in LIGHT)
    found: list[Mark] = []
    taken = 0
    for match in _NEGATIONS.finditer(folded):
        if match.start() < taken:
            continue
        taken = match.end()
        scope = _scope(folded, terms, match.start(), match.end(), 2)
        if match["verb"]:
            scope += [one for one in terms if match.start() <= one[1] and one[2] <= match.end()]
        found.append(_mark(MarkKind.NEGATION, text[match.start() : match.end()], scope))
    for kind, pattern in _MODALS.items():
        for match in pattern.finditer(folded):
            scope = _scope(folded, terms, match.start(), match.end(), 2)
            found.append(_mark(kind, text[match.start() : match.end()], scope))
    return tuple(found)


def _mark(kind: MarkKind, text: str, scope: list[tuple[str, int, int]]) -> Mark:
    return Mark(kind, text, frozenset(one[0] for one in scope), frozenset(one[1] for one in scope))


def _scope(text: str, terms: Terms, start: int, end: int, count: int) -> list[tuple[str, int, int]]:
    """Terms that a mark bears on: those that follow it in its clause, else those before."""
    stop = _CLAUSE.search(text, end)
    limit = stop.start() if stop else len(text)
    after = [one for one in terms if one[1] >= end and one[2] <= limit][:count]
    if after:
        return after
    opening = max((m.end() for m in _CLAUSE.finditer(text, 0, start)), default=0)
    return [one for one in terms if opening <= one[1] and one[2] <= start][-count:]


def _links(text: str, terms: tuple[tuple[str, int, int], ...]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for (head, _, end), (complement, start, _) in pairwise(terms):
        if head != complement and _LINK.match(text[end:start]):
            found.append((head, complement))
    return tuple(found)

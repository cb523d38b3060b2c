"""What a text states that can be checked: numbers, dates, durations, sigles, names.

Each finding keeps its place and a canonical value, so that « 2 M€ » in a question meets
« 2 millions d'euros » on a page, and a date is compared as a date.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from assistant.language.normalise import fold
from assistant.language.quantities import (
    NUMBER_WORDS,
    DateFound,
    Quantity,
    read_date,
    read_month,
    read_number,
    read_number_words,
)
from assistant.language.sentences import split_sentences
from assistant.language.words import ELISIONS, MONTHS, STOP_WORDS, words


class EntityKind(StrEnum):
    """What kind of thing was found."""

    AMOUNT = "amount"
    PERCENTAGE = "percentage"
    NUMBER = "number"
    DATE = "date"
    DURATION = "duration"
    SIGLE = "sigle"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Entity:
    """Something a text states.

    Attributes:
        text: as written.
        start, end: where, in the text that was searched.
        value: canonical value, equal for two writings of one thing: euros for an amount,
            ISO 8601 for a date, folded text for a name.
    """

    kind: EntityKind
    text: str
    start: int
    end: int
    value: str


_WORDLIKE = re.compile(r"\d+|[^\W\d_]+")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?<![.-])")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>«»\"]+[^\s<>«»\".,;:!?)\]]")
_PHONE = re.compile(r"(?<![\d])(?:\+33[ .]?|0)[1-9](?:[ .-]?\d{2}){4}(?!\d)")
_NUMBER = (
    r"(?:\d+(?:[.,]\d+)?|(?:un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|quinze|"
    r"vingt|trente|quarante))"
)
_DURATION_UNIT = (
    r"(?:secondes?|minutes?|min|mn|heures?|h|jours?|semaines?|mois|trimestres?|semestres?|"
    r"ann[ée]es?|ans?)"
)
_DURATION = re.compile(
    rf"(?<![\w,.])(?P<n>{_NUMBER})(?:[\s\u00a0\u202f]*(?:à|-|–|ou)[\s\u00a0\u202f]*{_NUMBER})?"
    rf"[\s\u00a0\u202f]*(?P<unit>{_DURATION_UNIT})(?!\w)",
    re.IGNORECASE,
)
_FREQUENCY = re.compile(
    r"(?<!\w)(?:mensuel|trimestriel|semestriel|annuel|hebdomadaire|quotidien|bimestriel|triennal|"
    r"quinquennal|pluriannuel)(?:le)?s?(?!\w)",
    re.IGNORECASE,
)
_CAPITAL = "A-ZÀ-ÖØ-Þ"
_SIGLE = re.compile(
    rf"(?<!\w)(?:[A-Z]\d+(?:\.\d+)*|(?:[A-Z]\.){{2,}}|[A-Z][a-z]{{1,2}}[A-Z]{{1,4}}|[a-z][A-Z]{{2,8}}"
    rf"|[{_CAPITAL}](?:[{_CAPITAL}0-9]|[&’'-](?=[A-Z0-9])){{1,11}}(?:_\d+)?)s?(?!\w)"
)
_CAPITALISED = (
    # « e-Rives », « E-Rives »: the letter belongs to the name.
    rf"(?:(?:[a-zA-Z][-‐‑])?[{_CAPITAL}][a-zß-öø-ÿ’]+(?:-[A-Za-zÀ-ÿ]+)*"
    rf"|[{_CAPITAL}]{{2,}}(?:[a-z][{_CAPITAL}]{{0,2}})?(?:-[{_CAPITAL}a-zß-öø-ÿ]+)*)"
)
_LINK = r"(?:de la|de l[’']|de|du|des|d[’'])"
_NAME = re.compile(rf"(?<!\w){_CAPITALISED}(?:[ \u00a0](?:{_LINK}[ \u00a0]?)?{_CAPITALISED})*")
_TITLE_WORDS = words(
    """
    quel quelle quels quelles qui que quoi qu ou quand comment combien pourquoi est existe y le la
    les un une des du de d l en au aux pour dans selon sur par a avec donne donner cite citer liste
    lister indique indiquer explique expliquer decris decrire presente resume peut peux doit faut
    quelqu sont ont ai suis je j on il elle ils elles ce cet cette ces c m mme dr bonjour merci svp
    """
)


def find_amounts(text: str) -> list[Entity]:
    """Find sums of money; values in euros."""
    return [entity for entity in _quantities(text) if entity.kind is EntityKind.AMOUNT]


def find_percentages(text: str) -> list[Entity]:
    """Find percentages; values in percent."""
    return [entity for entity in _quantities(text) if entity.kind is EntityKind.PERCENTAGE]


def find_numbers(text: str) -> list[Entity]:
    """Find plain numbers, in digits or in words, dates and amounts left out."""
    return [entity for entity in _quantities(text) if entity.kind is EntityKind.NUMBER]


def find_dates(text: str) -> list[Entity]:
    """Find dates with at least a month and a year, or a day and a month."""
    return [entity for entity in _quantities(text) if entity.kind is EntityKind.DATE]


def find_quantities(text: str) -> list[Entity]:
    """Find amounts, percentages, dates and plain numbers, in order."""
    return _quantities(text)


def _quantities(text: str) -> list[Entity]:
    entities: list[Entity] = []
    position = 0
    while match := _WORDLIKE.search(text, position):
        start, position = match.span()
        word = match[0]
        found: DateFound | Quantity | None = None
        if word[0].isdigit():
            if phone := _PHONE.match(text, start):
                position = phone.end()
                continue
            if start and (text[start - 1].isalpha() or text[start - 1] == "_"):
                continue
            found = read_date(text, start) or read_number(text, start)
        elif fold(word) in MONTHS:
            found = read_month(text, start)
        if found is None and fold(word) in NUMBER_WORDS:
            found = read_number_words(text, start)
        if found is None:
            continue
        position = found.end
        written = text[start : found.end]
        if isinstance(found, DateFound):
            entities.append(Entity(EntityKind.DATE, written, start, found.end, found.iso))
        else:
            kind = {"euro": EntityKind.AMOUNT, "pourcent": EntityKind.PERCENTAGE}.get(
                found.unit, EntityKind.NUMBER
            )
            entities.append(Entity(kind, written, start, found.end, found.value))
    return entities


def find_durations(text: str) -> list[Entity]:
    """Find durations (« 30 minutes », « trois ans ») and frequencies (« trimestriel »)."""
    found = [
        Entity(EntityKind.DURATION, m[0], m.start(), m.end(), _duration_value(m["n"], m["unit"]))
        for m in _DURATION.finditer(text)
    ]
    found += [
        Entity(EntityKind.DURATION, m[0], m.start(), m.end(), fold(m[0]))
        for m in _FREQUENCY.finditer(text)
    ]
    return sorted(found, key=lambda entity: entity.start)


def _duration_value(number: str, unit: str) -> str:
    read = read_number(number, 0) if number[0].isdigit() else read_number_words(number, 0)
    value = read.value if read else "1"
    name = fold(unit)
    for prefix in ("sec", "min", "mn", "h", "j", "sem", "mois", "trim", "an"):
        if name.startswith(prefix):
            name = {"mn": "min"}.get(prefix, prefix)
            break
    if fold(unit).startswith("semestre"):
        name = "semestre"
    return f"{value} {name}"


def find_emails(text: str) -> list[Entity]:
    """Find electronic addresses."""
    return _matches(_EMAIL, EntityKind.EMAIL, text, str.lower)


def find_urls(text: str) -> list[Entity]:
    """Find web addresses."""
    return _matches(_URL, EntityKind.ADDRESS, text, str.lower)


def find_phones(text: str) -> list[Entity]:
    """Find French telephone numbers; values are their digits."""
    return _matches(_PHONE, EntityKind.PHONE, text, lambda found: re.sub(r"\D", "", found))


def find_sigles(text: str) -> list[Entity]:
    """Find sigles and codes (« QVCT », « CHU(s) », « S3.0 »), folded without plural mark.

    In a text written in capitals, words are not told from sigles: nothing is found.
    """
    letters = [char for char in text if char.isalpha()]
    if letters and sum(char.isupper() for char in letters) * 10 > 6 * len(letters) > 60:
        return []

    def canonical(found: str) -> str:
        bare = found[:-1] if found.endswith("s") else found
        return fold(bare).replace(".", "") if "." in bare and bare[1] == "." else fold(bare)

    return _matches(_SIGLE, EntityKind.SIGLE, text, canonical)


def find_names(text: str) -> list[Entity]:
    """Find proper names: capitalised words, without those a sentence merely opens with.

    « CHU de Dijon » and « Haute Autorité de santé » (found as « Haute Autorité ») are names;
    single sigles are left to `find_sigles`.
    """
    names: list[Entity] = []
    openings = {start for start, _ in split_sentences(text)}
    for match in _NAME.finditer(text):
        start, end = match.span()
        # The first word of a sentence has a capital whatever it is.
        while start < end:
            first = _WORDLIKE.match(text, start)
            if first is None or fold(first[0]) not in _TITLE_WORDS | ELISIONS | STOP_WORDS:
                break
            start = first.end()
            while start < end and not text[start].isalnum():
                start += 1
        written = text[start:end]
        if not written or not any(char.isalpha() for char in written):
            continue
        alone = len(written.split()) == 1
        if alone and (start in openings or written.isupper() or not written[0].isupper()):
            continue
        names.append(Entity(EntityKind.NAME, written, start, end, fold(written)))
    return names


def find_entities(text: str) -> list[Entity]:
    """Find everything of this module, in order of place."""
    finders: tuple[Callable[[str], list[Entity]], ...] = (
        find_quantities,
        find_durations,
        find_emails,
        find_urls,
        find_phones,
        find_sigles,
        find_names,
    )
    found = [entity for finder in finders for entity in finder(text)]
    return sorted(found, key=lambda entity: (entity.start, entity.end))


def _matches(
    pattern: re.Pattern[str], kind: EntityKind, text: str, canonical: Callable[[str], str]
) -> list[Entity]:
    return [Entity(kind, m[0], m.start(), m.end(), canonical(m[0])) for m in pattern.finditer(text)]

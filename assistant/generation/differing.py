"""Values that the quoted documents give differently: set side by side, never settled.

Two documents may both be right: an amount for one call and for two, a plan before and after
its revision. Each value is shown as written, with the words of its sentence that say what it
holds for and what is known of its document; which one holds is left to the reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assistant.generation.question import Expected, Question
from assistant.generation.scoring import WHOLE, Scored, Vocabulary, Weights, stands_for
from assistant.generation.units import UnitKind
from assistant.generation.wanted import find_frequencies
from assistant.language.analyser import analyse
from assistant.language.entities import (
    Entity,
    find_amounts,
    find_dates,
    find_durations,
    find_numbers,
    find_percentages,
)
from assistant.language.normalise import display_text, fold
from assistant.language.typography import typeset
from assistant.language.words import MONTH_NAMES
from assistant.model import Differing, DifferingValue, Document, Sentence, ValueKind

_FINDERS: dict[Expected, tuple[ValueKind, str, Callable[[str], list[Entity]]]] = {
    Expected.AMOUNT: ("amount", "Montant", find_amounts),
    Expected.DATE: ("date", "Date", find_dates),
    Expected.PERCENTAGE: ("percentage", "Taux", find_percentages),
    Expected.DURATION: ("duration", "Durée", find_durations),
    Expected.FREQUENCY: ("duration", "Fréquence", find_frequencies),
    Expected.COUNT: ("number", "Nombre", find_numbers),
}
_IN_CELLS = (Expected.DATE, Expected.AMOUNT, Expected.PERCENTAGE, Expected.DURATION)
"""Kinds that a table cell may hold when the question does not say which it wants."""
_FORMER = re.compile(
    r"(?:\bau lieu d[eu’']|\bcontre|\bet non(?: d[e’'])?|\bauparavant|\bprécédemment|"
    r"\binitialement|\bjusqu[’']ici)[\s\u00a0]*$",
    re.IGNORECASE,
)
"""What announces a value that the sentence itself sets aside."""
_RIVAL = 0.6
"""Share of the best score that the extract of another document must reach to be compared."""
_RIVALS = 3
_ASKED = re.compile(
    r"\b(?:montant|budget|enveloppe|dotation|subvention|plafond|co[uû]t|prix|tarif|financement|"
    r"date limite|[ée]ch[ée]ance|dur[ée]e|d[ée]lai|taux|part|nombre|rythme|fr[ée]quence)s?\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^[\s\u00a0)]*(?:\w+ ){0,1}?(?P<scope>(?:à répartir|répartis?|pour (?:un|une|l[ae’']s?|chaque|"
    r"tous?|toutes|\d|deux|trois)|par (?!rapport)\w|au total|maximum|minimum|hors|HT|TTC|dans la "
    r"limite|d[’']ici|entre le|sur (?:la|les|l[’'e]))[^.;:()\n]{0,70})"
)
_BEFORE = re.compile(
    r"(?P<scope>(?:montants? (?:total|global|maxim|minim)\w*|enveloppe (?:totale|globale|nationale|"
    r"régionale)|budget (?:total|global|annuel)|jusqu[’']à|au (?:plus|moins)|au maximum|au minimum|"
    r"plafond\w*|dans la limite de|date limite[^:.]{0,50}|(?:pour|dans) (?:les |ces )?"
    r"(?:deux|trois|\d+) [\w’' -]{3,40}|ces (?:deux|\d+) \w+))[^.;]{0,60}$",
    re.IGNORECASE,
)
_EACH = re.compile(r"\bpar (?!rapport|an\b)([a-z]{4,})|\bchaque ([a-z]{4,})")
_ALL = re.compile(r"\btotal|\bglobal|\benveloppe|\bdotee?s? d|\ba repartir|\bensemble des\b")
_RANKS = re.compile(r"[.)°][\s\u00a0]")
"""What follows the number of an item (« 2. Nommer un référent »), which counts nothing."""
_NEAR = 70
_SAME = 0.6
"""Share of what the best extract says of the question that another must say to be compared."""
_PER_DOCUMENT = 3
_MATCH = Weights()


@dataclass(frozen=True, slots=True)
class _Found:
    entity: Entity
    scope: str
    basis: str
    sentence: Sentence
    document: Document


def differing(
    question: Question,
    shown: Sequence[tuple[Scored, Sequence[Sentence]]],
    terms: Vocabulary,
    documents: Mapping[str, Document] | None = None,
) -> list[Differing]:
    """Find what the documents quoted in an answer say differently.

    Only values of the kind asked are compared, in sentences that speak of the same thing as the
    best one, and on the same basis: « 20 000 € par projet » does not differ from « 2 M€ au
    total ».

    Args:
        question: understood.
        shown: units of the answer with their verified sentences, the best first.
        terms: weights of the question's terms.
        documents: documents of the corpus by identifier, to name what replaces a document.

    Returns:
        One item, or none when the documents agree or give no value of that kind.
    """
    kind = _kind(question, shown[0][0]) if shown else None
    if kind is None or len({scored.unit.hit.document.id for scored, _ in shown}) < 2:
        return []
    by_document: dict[str, list[_Found]] = {}
    for found in _values(question, shown, terms, kind[2]):
        by_document.setdefault(found.document.id, []).append(found)
    groups = list(by_document.values())
    apart = [
        group
        for group in groups
        if any(_differ(group, other) for other in groups if other is not group)
    ]
    values = [found for group in apart for found in _distinct(group)[:_PER_DOCUMENT]]
    if len({found.entity.value for found in values}) < 2:
        return []
    written = _ASKED.search(question.text)
    attribute = written[0].lower() if written else kind[1]
    known = documents or {}
    newest = _newest([found.document for found in values])
    return [
        Differing(
            attribute=attribute[0].upper() + attribute[1:],
            kind=kind[0],
            values=[_shown(found, known, newest) for found in values],
            remark=typeset(_remark(values, known, newest)),
        )
    ]


def rivals(
    question: Question,
    ranked: Sequence[Scored],
    chosen: Sequence[Scored],
    terms: Vocabulary,
) -> list[Scored]:
    """The best extract of each other document that could say another value.

    Args:
        question: understood.
        ranked: scored units, best first.
        chosen: those already shown, the best first.
        terms: weights of the question's terms.

    Returns:
        At most three units, one a document; none when no value is asked for.
    """
    kind = _kind(question, chosen[0]) if chosen else None
    if kind is None:
        return []
    best = chosen[0]
    least = _SAME * _speaks(question, best, terms)
    seen = {scored.unit.hit.document.id for scored in chosen}
    found: list[Scored] = []
    for other in ranked:
        if len(found) >= _RIVALS or other.score < _RIVAL * best.score:
            break
        document = other.unit.hit.document.id
        if (
            document not in seen
            and other.unit.kind not in WHOLE
            and any(_counted(question, other.unit.text, one) for one in kind[2](other.unit.text))
            and _speaks(question, other, terms) >= least
        ):
            seen.add(document)
            found.append(other)
    return found


def _kind(
    question: Question, best: Scored
) -> tuple[ValueKind, str, Callable[[str], list[Entity]]] | None:
    """What is compared: what the question asks for, else what the cell that answers holds."""
    if question.expected in _FINDERS:
        return _FINDERS[question.expected]
    if question.expected is not Expected.OPEN or best.unit.kind is not UnitKind.CELL:
        return None
    text = " ".join(piece.text for piece in best.unit.pieces)
    return next((_FINDERS[one] for one in _IN_CELLS if _FINDERS[one][2](text)), None)


def _values(
    question: Question,
    shown: Sequence[tuple[Scored, Sequence[Sentence]]],
    terms: Vocabulary,
    find: Callable[[str], list[Entity]],
) -> list[_Found]:
    best = _speaks(question, shown[0][0], terms)
    asked = {entity.value for entity in question.entities}
    found: list[_Found] = []
    for scored, sentences in shown:
        if _speaks(question, scored, terms) < _SAME * best:
            continue
        label = " ".join(one.text for one in sentences if one.kind == "template")
        for sentence in sentences:
            if sentence.kind != "extract" or sentence.role in ("context", "near"):
                continue
            for entity in find(sentence.text):
                if (
                    entity.value in asked
                    or not _counted(question, sentence.text, entity)
                    or _FORMER.search(sentence.text[: entity.start])
                ):
                    continue
                scope = _scope(sentence.text, entity)
                if not scope and scored.unit.kind is UnitKind.CELL:
                    scope = label.strip(" :\u00a0")
                basis = _basis(f"{label} {sentence.text}", entity, len(label) + 1)
                found.append(_Found(entity, scope, basis, sentence, scored.unit.hit.document))
    return found


def _speaks(question: Question, scored: Scored, terms: Vocabulary) -> float:
    """How much of the question stands in a unit and in what names it."""
    close = scored.unit.own | scored.unit.near
    return sum(
        terms.weights.get(term, 0.0)
        * (1.0 if term in close else stands_for(term, close, terms, _MATCH))
        for term in question.content_terms
    )


def _counted(question: Question, text: str, entity: Entity) -> bool:
    """Whether a number counts what the question counts (« 506 **cas d'usage** »)."""
    if question.expected is not Expected.COUNT:
        return True
    if question.counted is None or (not entity.start and _RANKS.match(text, entity.end)):
        return False
    return question.counted in analyse(text[entity.end : entity.end + 40])[:3]


def _scope(text: str, entity: Entity) -> str:
    """Words of the sentence, verbatim, that say what a value holds for."""
    after = _AFTER.match(text[entity.end : entity.end + 2 * _NEAR])
    before = _BEFORE.search(text[max(0, entity.start - _NEAR) : entity.start])
    parts = [found["scope"].strip(" ,\u00a0") for found in (before, after) if found]
    if after is not None and text[entity.end + after.end() :][:1].isalnum():
        parts[-1] = f"{parts[-1].rsplit(' ', 1)[0]} …"  # cut at a word
    return display_text(" … ".join(part for part in parts if part))


def _basis(text: str, entity: Entity, shift: int) -> str:
    """What a value is reckoned on: « projet » for « par projet », « total », or empty."""
    around = fold(text[max(0, shift + entity.start - _NEAR) : shift + entity.end + _NEAR])
    each = _EACH.search(around)
    if each is not None:
        return str(each[1] or each[2]).rstrip("s")
    return "total" if _ALL.search(around) else ""


def _differ(group: Sequence[_Found], other: Sequence[_Found]) -> bool:
    """Whether no value of a document is among those of another, on a basis they share."""
    pairs = [
        (one, two) for one in group for two in other if not one.basis or one.basis == two.basis
    ] + [(one, two) for one in group for two in other if one.basis and not two.basis]
    return bool(pairs) and all(not _same(one.entity, two.entity) for one, two in pairs)


def _same(one: Entity, two: Entity) -> bool:
    """« Juillet 2025 » is not another date than « 31 juillet 2025 »."""
    first, second = sorted((one.value, two.value), key=len)
    return first == second or (second.startswith(f"{first}-") and "-" in first)


def _distinct(group: Sequence[_Found]) -> list[_Found]:
    kept: dict[str, _Found] = {}
    for found in group:
        kept.setdefault(found.entity.value, found)
    return list(kept.values())


def _newest(documents: Sequence[Document]) -> str:
    """Identifier of the most recent document; empty unless the dates of all tell it."""
    dates = {document.id: document.metadata.date or "" for document in documents}
    ranked = sorted(dates.items(), key=lambda item: item[1])
    if len(ranked) < 2 or not all(dates.values()):
        return ""
    (_, before), (last, latest) = ranked[-2:]
    # « 2025 » and « 2025-07 » may be the same day.
    return "" if latest.startswith(before) else last


def _shown(found: _Found, documents: Mapping[str, Document], newest: str) -> DifferingValue:
    metadata = found.document.metadata
    newer = documents.get(found.document.superseded_by or "")
    return DifferingValue(
        value=display_text(found.entity.text),
        normalised=found.entity.value,
        scope=found.scope,
        citation=found.sentence.citations[0],
        date=metadata.date,
        version=metadata.version,
        superseded_by=None if newer is None else newer.file,
        newest=found.document.id == newest,
    )


def _remark(values: Sequence[_Found], documents: Mapping[str, Document], newest: str) -> str:
    """What is known of the documents compared, in fixed words."""
    said: list[str] = []
    by_id = {found.document.id: found.document for found in values}
    for document in by_id.values():
        newer = documents.get(document.superseded_by or "")
        if newer is not None:
            said.append(
                f"« {document.file} » est remplacé par une version plus récente : « {newer.file} »."
            )
    if not said and newest:
        latest = by_id[newest]
        said.append(
            f"Document le plus récent : « {latest.file} » ({dated(latest.metadata.date or '')})."
        )
    return " ".join(said)


def dated(iso: str) -> str:
    """A date, possibly partial, as French writes it (« 3 juillet 2025 », « juillet 2025 »)."""
    year, month, day = (*iso.split("-"), "", "")[:3]
    name = MONTH_NAMES[int(month) - 1] if month.isdigit() and 1 <= int(month) <= 12 else ""
    number = "1er" if day == "01" else day.lstrip("0")
    return " ".join(part for part in (number if name else "", name, year) if part)


def standing(value: DifferingValue) -> list[str]:
    """What is known of the document of a value, in French: its version, its date, its place."""
    said = []
    if value.version:
        said.append(f"version\u00a0{value.version}")
    if value.date:
        said.append(dated(value.date))
    if value.superseded_by:
        said.append(typeset(f"remplacé par « {value.superseded_by} »"))
    elif value.newest:
        said.append("le plus récent")
    return said

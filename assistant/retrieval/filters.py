"""Which documents a search may look at: by file, kind, publisher, region, period.

Values of one field are alternatives, fields add up. A document whose metadatum is not known
is outside an explicit filter on it, and counted (`missing`), so that the reader is told.
Nothing here reads questions: see `assistant.retrieval.recognition`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Final

from assistant.errors import AssistantError, DocumentNotFoundError, InvalidQuestionError
from assistant.ingestion.places import PUBLISHERS, REGIONS
from assistant.language.normalise import fold
from assistant.language.typography import NBSP, typeset
from assistant.language.words import MONTH_NAMES
from assistant.model import KIND_LABELS, Document, Filters

LISTED: Final = 8
"""Possible values named by an error; the whole list is one command away."""

FIELDS: Final = ("files", "kinds", "publishers", "regions")
_KNOWN: Final[Mapping[str, Callable[[Document], str | None]]] = {
    "files": lambda document: document.file,
    "kinds": lambda document: document.metadata.kind,
    "publishers": lambda document: document.metadata.publisher,
    "regions": lambda document: document.metadata.region,
}
MISSING_LABELS: Final[Mapping[str, str]] = {
    "publishers": "sans éditeur connu",
    "regions": "sans région connue",
    "date": "sans date",
}


class UnknownFilterError(InvalidQuestionError):
    """A value to filter by is none of the corpus, or a date is not understood."""

    code = "filtre_inconnu"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value one can filter by: what to send, what to show, how many documents have it."""

    value: str
    label: str
    documents: int


@dataclass(frozen=True, slots=True)
class Chip:
    """One restriction as the reader sees it, and what remains once it is removed."""

    label: str
    without: Filters


# --- Documents ---------------------------------------------------------------------------------


def allowed(filters: Filters, documents: Iterable[Document]) -> set[str]:
    """Identifiers of the documents that a filter lets through; all of them when it is empty."""
    return {document.id for document in documents if _passes(document, filters)}


def missing(filters: Filters, documents: Iterable[Document]) -> dict[str, int]:
    """Documents left out only because a metadatum is not known, by field.

    Args:
        filters: what the reader chose.
        documents: the corpus.

    Returns:
        Counts by key of `MISSING_LABELS`; fields without any are left out.
    """
    counts: Counter[str] = Counter()
    present = list(documents)
    for field in ("publishers", "regions"):
        if getattr(filters, field):
            others = filters.model_copy(update={field: ()})
            counts[field] = sum(
                _KNOWN[field](document) is None and _passes(document, others)
                for document in present
            )
    if filters.since or filters.until:
        others = filters.model_copy(update={"since": None, "until": None})
        counts["date"] = sum(
            dated(document) is None and _passes(document, others) for document in present
        )
    return {field: count for field, count in counts.items() if count}


def _passes(document: Document, filters: Filters) -> bool:
    for field in FIELDS:
        wanted = getattr(filters, field)
        if wanted and _KNOWN[field](document) not in wanted:
            return False
    return _in_period(dated(document), filters.since, filters.until)


def dated(document: Document) -> str | None:
    """The date of a document, possibly partial; `None` when it is unknown or no date at all."""
    value = document.metadata.date
    return value if value and _ISO.fullmatch(value) else None


def _in_period(value: str | None, since: str | None, until: str | None) -> bool:
    """Whether a partial date may fall in a period: « 2025 » may be a day of July 2025."""
    if not since and not until:
        return True
    if value is None:
        return False
    # ISO dates compare as text once both ends of each are filled in.
    return not (since and _last_day(value) < _first_day(since)) and not (
        until and _first_day(value) > _last_day(until)
    )


def _first_day(value: str) -> str:
    return {4: f"{value}-01-01", 7: f"{value}-01"}.get(len(value), value)


def _last_day(value: str) -> str:
    return {4: f"{value}-12-31", 7: f"{value}-31"}.get(len(value), value)


# --- Values ------------------------------------------------------------------------------------


def choices(documents: Iterable[Document]) -> dict[str, list[Choice]]:
    """Values present in the corpus with their counts, by field of `Filters`, and `years`.

    Kinds come in the order of `KIND_LABELS`, years newest first, the rest by name.
    """
    present = list(documents)
    counts = {
        field: Counter(value for value in map(read, present) if value)
        for field, read in _KNOWN.items()
    }
    years = Counter(value[:4] for value in map(dated, present) if value)
    order = {kind: rank for rank, kind in enumerate(KIND_LABELS)}
    titles = {item.file: item.metadata.title for item in present}

    def listed(field: str) -> list[Choice]:
        label: Callable[[str], str] = {
            "kinds": lambda value: KIND_LABELS.get(value, value),
            "files": lambda value: f"{titles[value]} ({value})",
        }.get(field, lambda value: value)
        found = [Choice(value, label(value), count) for value, count in counts[field].items()]
        if field == "kinds":
            return sorted(found, key=lambda item: order.get(item.value, len(order)))
        return sorted(found, key=lambda item: fold(item.label))

    return {
        **{field: listed(field) for field in FIELDS},
        "years": [Choice(year, year, years[year]) for year in sorted(years, reverse=True)],
    }


def unknown_counts(documents: Iterable[Document]) -> dict[str, int]:
    """Documents whose publisher, region or date is not known: no filter on it finds them."""
    present = list(documents)
    return {
        "publishers": sum(item.metadata.publisher is None for item in present),
        "regions": sum(item.metadata.region is None for item in present),
        "date": sum(dated(item) is None for item in present),
    }


def resolve(filters: Filters, documents: Iterable[Document]) -> Filters:
    """Write a filter with the values of the corpus: « has » is « HAS », « bfc » a region.

    Raises:
        DocumentNotFoundError: no document has this file name.
        UnknownFilterError: no document has this value, or a date is not understood; a kind
            that exists and that no document has is no error.
    """
    present = list(documents)
    found = choices(present) if filters else {}
    changes: dict[str, object] = {}
    for field in FIELDS:
        wanted: Sequence[str] = getattr(filters, field)
        if wanted:
            values = [value for one in wanted for value in _resolved(field, one, found[field])]
            changes[field] = tuple(dict.fromkeys(values))
    for field in ("since", "until"):
        value = getattr(filters, field)
        if value is not None:
            changes[field] = iso_date(value)
    done = filters.model_copy(update=changes)
    if done.since and done.until and _first_day(done.since) > _last_day(done.until):
        raise UnknownFilterError(
            typeset(f"La période va de {done.since} à {done.until} : elle est vide."),
            "Donnez une date de début antérieure à la date de fin.",
        )
    return done


def _resolved(field: str, asked: str, present: Sequence[Choice]) -> list[str]:
    """Values of the corpus that a reader's word names."""
    known = {choice.value for choice in present}
    if asked in known:
        return [asked]
    wanted = fold(" ".join(asked.split()))
    same = [
        choice.value for choice in present if wanted in {fold(choice.value), fold(choice.label)}
    ]
    if same:
        return same
    if field == "kinds":
        named = [key for key, label in KIND_LABELS.items() if wanted in {key, fold(label)}]
        if named:
            return named
    patterns = {"regions": REGIONS, "publishers": PUBLISHERS}.get(field, ())
    meant = {value for value, pattern in patterns if re.fullmatch(pattern, wanted)} & known
    if meant:
        return sorted(meant)
    raise _unknown(field, asked, present)


_NOUNS: Final = {"kinds": "Le type de document", "publishers": "L’éditeur", "regions": "La région"}


def _unknown(field: str, asked: str, present: Sequence[Choice]) -> AssistantError:
    values = (
        [f"{key} ({label})" for key, label in KIND_LABELS.items()]
        if field == "kinds"
        else [choice.value for choice in present]
    )
    named = closest(asked, values)
    listed = ", ".join(named) + (", …" if len(values) > len(named) else "")
    shown = asked[:120]
    if field == "files":
        remedy = f"Documents les plus proches : {listed}." if listed else "Le corpus est vide."
        return DocumentNotFoundError(
            typeset(f"Aucun document indexé ne s’appelle « {shown} »."), typeset(remedy)
        )
    if field == "kinds":
        return UnknownFilterError(
            typeset(f"Le type de document « {shown} » n’existe pas."),
            typeset(f"Types possibles : {listed}."),
        )
    return UnknownFilterError(
        typeset(f"{_NOUNS[field]} « {shown} » n’est celle d’aucun document du corpus.")
        if field == "regions"
        else typeset(f"{_NOUNS[field]} « {shown} » n’est celui d’aucun document du corpus."),
        typeset(f"Valeurs possibles : {listed}.")
        if listed
        else "Aucun document ne porte cette indication.",
    )


def closest(asked: str, values: Iterable[str], *, limit: int = LISTED) -> list[str]:
    """Values in the order of their likeness to what was asked, at most `limit`."""
    wanted = fold(asked)

    def distance(value: str) -> tuple[float, str]:
        folded = fold(value)
        inside = wanted in folded or folded in wanted
        return (-inside - SequenceMatcher(None, wanted, folded).ratio(), folded)

    return sorted(values, key=distance)[:limit]


_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_FRENCH = re.compile(r"(?:(?:(\d{1,2})[/.])?(\d{1,2})[/.])(\d{4})")


def iso_date(text: str) -> str:
    """A partial date as ISO 8601: « 2025 », « 2025-07 », « 07/2025 », « 08/07/2025 ».

    Raises:
        UnknownFilterError: it is none of these.
    """
    value = " ".join(text.split())
    if french := _FRENCH.fullmatch(value):
        day, month, year = french.groups()
    elif iso := _ISO.fullmatch(value):
        year, month, day = iso.groups()
    else:
        year, month, day = "", None, None
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise UnknownFilterError(
            typeset(f"La date « {value[:40]} » n’est pas comprise."),
            "Écrivez 2025, 2025-07, 2025-07-08 ou 08/07/2025.",
        ) from None
    return year + (f"-{int(month):02d}" if month else "") + (f"-{int(day):02d}" if day else "")


# --- Combining and saying ----------------------------------------------------------------------


def narrowed(filters: Filters, further: Filters) -> Filters:
    """Add restrictions on the fields that have none; a field already restricted stays."""
    changes = {
        field: getattr(further, field)
        for field in FIELDS
        if getattr(further, field) and not getattr(filters, field)
    }
    if not filters.since and not filters.until:
        changes |= {"since": further.since, "until": further.until}
    return filters.model_copy(update=changes)


def overlaps(filters: Filters, further: Filters) -> bool:
    """Whether both restrict one field."""
    period = bool(filters.since or filters.until) and bool(further.since or further.until)
    return period or any(getattr(filters, field) and getattr(further, field) for field in FIELDS)


def chips(filters: Filters) -> list[Chip]:
    """The restrictions one by one, each with what remains without it."""
    found = []
    for field in FIELDS:
        values: tuple[str, ...] = getattr(filters, field)
        for value in values:
            rest = tuple(other for other in values if other != value)
            found.append(Chip(_value_label(field, value), filters.model_copy(update={field: rest})))
    if filters.since or filters.until:
        found.append(
            Chip(
                _period_label(filters.since, filters.until),
                filters.model_copy(update={"since": None, "until": None}),
            )
        )
    return found


def describe(filters: Filters) -> str:
    """The whole filter in French: « type PRS / SRS ; région Bretagne »."""
    parts: list[str] = []
    for field, one, many in (
        ("files", "document", "documents"),
        ("kinds", "type", "types"),
        ("publishers", "éditeur", "éditeurs"),
        ("regions", "région", "régions"),
    ):
        values: tuple[str, ...] = getattr(filters, field)
        shown = [KIND_LABELS.get(value, value) if field == "kinds" else value for value in values]
        if shown:
            parts.append(f"{one if len(shown) == 1 else many} {' ou '.join(shown)}")
    if filters.since or filters.until:
        parts.append(_period_label(filters.since, filters.until).lower())
    return typeset(" ; ".join(parts))


def missing_notes(counts: Mapping[str, int]) -> list[str]:
    """Say how many documents a filter leaves out for want of a metadatum."""
    parts = [
        f"{count}{NBSP}{'document' if count < 2 else 'documents'} {MISSING_LABELS[field]}"
        for field, count in counts.items()
    ]
    return [typeset(f"Hors filtre, faute d’indication : {', '.join(parts)}.")] if parts else []


def outside_sentence(filters: Filters, count: int, *, empty: bool) -> str:
    """« Aucun passage dans ce filtre (…) ; 12 hors filtre. », with the spaces of French.

    Args:
        filters: what the reader chose.
        count: passages that would have served without it.
        empty: whether the filter lets no passage at all through.
    """
    what = "Aucun passage" if empty else "Aucun passage probant"
    beyond = f" ; {count}{NBSP}hors filtre" if count else ""
    return typeset(f"{what} dans ce filtre ({describe(filters)}){beyond}.")


def _value_label(field: str, value: str) -> str:
    noun = {"files": "Document", "kinds": "Type", "publishers": "Éditeur", "regions": "Région"}
    shown = KIND_LABELS.get(value, value) if field == "kinds" else value
    return typeset(f"{noun[field]} : {shown}")


def _period_label(since: str | None, until: str | None) -> str:
    if since and until:
        if since == until:
            return f"Daté de {_spoken(since)}"
        return f"Daté de {_spoken(since)} à {_spoken(until)}"
    return f"Daté depuis {_spoken(since)}" if since else f"Daté jusqu’à {_spoken(until or '')}"


def _spoken(value: str) -> str:
    """A partial ISO date in words."""
    year, *rest = value.split("-")
    if not rest or not _ISO.fullmatch(value) or not 1 <= int(rest[0]) <= 12:
        return value
    month = MONTH_NAMES[int(rest[0]) - 1]
    if len(rest) == 1:
        return f"{month} {year}"
    day = int(rest[1])
    return f"{'1er' if day == 1 else day}{NBSP}{month} {year}"

"""Why a passage is where it is: figures of each stage, and the same in plain French.

Nothing here decides of a rank and no reason is guessed: each is read from what ranking used
for that passage (`Hit.explain`) or from the question as it was understood (`Query`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from assistant.index.windows import context_text, index_text
from assistant.language.analyser import analyse, analyse_with_offsets
from assistant.language.normalise import fold
from assistant.language.typography import THIN, place_mark, typeset
from assistant.model import (
    Explanation,
    FilterReport,
    FoldedPlace,
    Hit,
    ListPart,
    NewerVersion,
    Source,
    StageRanks,
)
from assistant.retrieval.filters import describe
from assistant.retrieval.neighbours import Neighbours, page_of
from assistant.retrieval.query import Query

NOTABLE: Final = 0.5
"""Share of score, against the passages ranked with it, from which a signal is worth a word."""
SIDE_BY_SIDE: Final = 0.5
SHOWN_WORDS: Final = 8
SHOWN_PLACES: Final = 3

_WORD_END: Final = re.compile(r"(?:\w|(?<=\w)-)+$")
_WORD_START: Final = re.compile(r"(?:\w|-(?=\w))+")
_STAGES: Final = ("lexical", "dense", "fused")
_SIGNALS: Final[Mapping[str, str]] = {
    "meaning": "le sens",
    "coverage": "la part des mots de la question",
    "pairs": "les mots qui se suivent comme dans la question",
    "bare": "le texte sous les titres",
}
"""What each signal of the second stage looks at, as said after « favorisé par ».

`spared` corrects `coverage` and means nothing without it: it is left to `effects`.
"""


# --- While ranking -----------------------------------------------------------------------


def stage_ranks(
    stages: Mapping[str, npt.NDArray[Any]],
    chosen: Sequence[int],
    allowed: npt.NDArray[np.bool_] | None = None,
) -> list[dict[str, int]]:
    """Rank of each candidate among all units, at each stage before the last.

    Args:
        stages: scores of every unit by stage, as `PassageSearch.stage_scores` gives them.
        chosen: units to place.
        allowed: units that may be shown, shape (units,); all when `None`.

    Returns:
        One mapping a candidate, stage → rank from 1. A stage that says nothing of a candidate
        (no word of the question, no embedding model) is left out.
    """
    found: list[dict[str, int]] = [{} for _ in chosen]
    for stage in _STAGES:
        scores = stages[stage]
        units = np.asarray(chosen, dtype=np.int64)
        # Without a word, or without an embedding model, the score is 0 and its rank luck.
        spoken = scores[units] != 0 if stage != "fused" else np.ones(len(units), dtype=bool)
        if not spoken.any():
            continue
        wanted = np.sort(scores[units][spoken])
        pool = scores if allowed is None else scores[allowed]
        # One pass over the corpus, whatever the number of candidates.
        places = np.searchsorted(wanted, pool[pool > wanted[0]], side="left")
        above = np.bincount(places, minlength=len(wanted) + 1)
        for at, unit in enumerate(units):
            if spoken[at]:
                # Scores that are greater than the one of this candidate fall after it.
                place = int(np.searchsorted(wanted, scores[unit], side="right"))
                found[at][stage] = int(above[place:].sum()) + 1
    return found


def compared(hits: Sequence[Hit]) -> list[Hit]:
    """Give each hit its rank after the last stage, and its signals against the others'.

    Args:
        hits: the passages ranked together, best first; `explain["effects"]` holds what each
            signal added to the score.

    Returns:
        The same hits; `effects` now says how much each signal moved the passage away from the
        mean of them all, up or down.
    """
    names = dict.fromkeys(name for hit in hits for name in hit.explain.get("effects", {}))
    means = {
        name: sum(hit.explain["effects"].get(name, 0.0) for hit in hits) / len(hits)
        for name in names
    }
    return [
        replace(
            hit,
            explain={
                **hit.explain,
                "ranks": {**hit.explain.get("ranks", {}), "reranked": rank},
                "effects": {
                    name: round(value - means[name], 4)
                    for name, value in hit.explain.get("effects", {}).items()
                },
            },
        )
        for rank, hit in enumerate(hits, start=1)
    ]


# --- For people and programs -------------------------------------------------------------


def explanation(
    hit: Hit, query: Query, filters: Sequence[str] = (), parts: Neighbours | None = None
) -> Explanation:
    """Everything that explains the rank of a hit, typed, with its reasons in French.

    Args:
        hit: given by `PassageSearch.search` for this question.
        query: the question as it was understood.
        filters: names of the filters in force, in French.
        parts: the rest of the list or table that the passage is cut from, when it was sought.
    """
    known = {
        name: hit.explain[name]
        for name in ("lexical", "dense", "fused", "coverage", "pairs", "spared", "heading", "bare")
        if name in hit.explain
    }
    inside = _written(_page_texts(hit), query)
    around = _written([*hit.passage.section, hit.document.metadata.title], query)
    present = inside.keys() | around.keys()
    above = _once(word for term, word in around.items() if term not in inside)
    built = Explanation(
        **known,
        terms=list(hit.explain.get("terms", ())),
        words=_once(inside.values()),
        heading_words=above,
        missing=_missing(query, present),
        sigles=_used_sigles(query, hit, present),
        corrections=_mended(query, inside | around),
        filters=list(filters),
        cross_encoder=hit.explain.get("cross_encoder"),
        ranks=StageRanks(**hit.explain.get("ranks", {})),
        effects=dict(hit.explain.get("effects", {})),
        aussi=[FoldedPlace(**place) for place in hit.explain.get("aussi", ())],
        version=NewerVersion(**hit.explain["version"]) if "version" in hit.explain else None,
        same_page=hit.explain.get("same_page", 0),
        suite=_parts(parts or Neighbours()),
    )
    return built.model_copy(update={"reasons": _reasons(built, hit)})


def reasons(hit: Hit, query: Query, filters: Sequence[str] = ()) -> list[str]:
    """Why a hit is there, in French, the most telling first.

    >>> reasons(hit, query)  # doctest: +SKIP
    ['mots trouvés : « service », « accès »', 'sigle : SAS = service d’accès aux soins',
     '1er par les mots, 3e par le sens (proximité 0,87)']
    """
    return explanation(hit, query, filters).reasons


def say_why(
    sources: Sequence[Source], hits: Sequence[Hit], query: Query, filters: Sequence[str] = ()
) -> None:
    """Write on each source of an answer why its page was found; changes them in place.

    A page that only carries the end of a passage found on another page has no reason of its
    own: the best hit of that passage gives them.
    """
    for source in sources:
        of_document = [hit for hit in hits if hit.document.id == source.document_id]
        hit = next(
            (hit for hit in of_document if hit.span.page == source.page),
            next((hit for hit in of_document if hit.passage.id == source.passage_id), None),
        )
        source.reasons = [] if hit is None else reasons(hit, query, filters)


def filter_names(report: FilterReport) -> list[str]:
    """Filters that the results obey, in French, as reasons name them."""
    return [describe(report.applied)] if report.applied else []


def also_text(places: Sequence[FoldedPlace]) -> str:
    """Places that hold the same text: « aussi : fichier.pdf, p. 3 » and the like."""
    shown = [
        f"{place.file}, {place_mark(str(place.page), place.unit)}"
        for place in places[:SHOWN_PLACES]
    ]
    left = len(places) - len(shown)
    more = f" et {left} autre{'s' if left > 1 else ''}" if left else ""
    return typeset(f"aussi : {' ; '.join(shown)}{more}")


def _reasons(built: Explanation, hit: Hit) -> list[str]:
    found: list[str] = []
    if built.words:
        name = _plural(built.words, "mot trouvé", "mots trouvés")
        found.append(f"{name} : {_quoted(built.words)}")
    if built.heading_words:
        found.append(f"dans les titres : {_quoted(built.heading_words)}")
    if not built.words and not built.heading_words:
        found.append("aucun mot de la question")
    elif built.missing:
        found.append(
            f"{_plural(built.missing, 'mot absent', 'mots absents')} : {_quoted(built.missing)}"
        )
    if built.pairs >= SIDE_BY_SIDE and len(built.words) > 1:
        found.append("des mots de la question s’y suivent")
    found += [f"sigle : {short} = {long}" for short, long in built.sigles.items()]
    found += [
        f"orthographe : « {typed} » cherché comme « {word} »"
        for typed, word in built.corrections.items()
    ]
    found += _stage_reasons(built)
    found += _signal_reasons(built)
    if built.filters:
        found.append(f"filtre : {' ; '.join(built.filters)}")
    if built.aussi:
        found.append(f"même texte, {also_text(built.aussi)}")
    if built.version:
        found.append(f"version antérieure, remplacée par {built.version.file}")
    if built.same_page:
        count = built.same_page
        other = "autre passage" if count == 1 else "autres passages"
        place = {"slide": "diapositive", "section": "section"}.get(
            hit.document.metadata.unit, "page"
        )
        found.append(f"{count} {other} sur la même {place}")
    if built.suite:
        found.append(suite_text(built.suite, hit.document.metadata.unit))
    return [typeset(reason) for reason in found]


def suite_text(parts: Sequence[ListPart], unit: str = "page") -> str:
    """Where the rest of a list or table stands: « la liste continue p. 22, 23 »."""
    said = []
    for side, verb in (("before", "commence"), ("after", "continue")):
        pages = dict.fromkeys(part.page for part in parts if part.side == side)
        if pages:
            said.append(f"{verb} {', '.join(place_mark(str(page), unit) for page in pages)}")
    return f"la liste ou le tableau {' et '.join(said)}"


def _parts(found: Neighbours) -> list[ListPart]:
    return [
        ListPart(passage_id=passage.id, page=page_of(passage), side=side)
        for side, passages in (("before", found.before), ("after", found.after))
        for passage in passages
    ]


def _stage_reasons(built: Explanation) -> list[str]:
    ranks, found = built.ranks, []
    parts = []
    if ranks.lexical is not None:
        parts.append(f"{_ordinal(ranks.lexical)} par les mots")
    if ranks.dense is not None:
        close = f"{built.dense:.2f}".replace(".", ",")
        parts.append(f"{_ordinal(ranks.dense)} par le sens (proximité {close})")
    if parts:
        found.append(", ".join(parts))
    before, after = ranks.fused, ranks.reranked
    if before is not None and after is not None and before != after:
        way = "remonté" if after < before else "descendu"
        found.append(f"{way} du {_ordinal(before)} au {_ordinal(after)} rang à la lecture")
    if built.cross_encoder is not None:
        found.append("classé avec l’avis du modèle de tri")
    return found


def _signal_reasons(built: Explanation) -> list[str]:
    found = []
    for word, names in (
        ("favorisé", [name for name, value in built.effects.items() if value >= NOTABLE]),
        ("défavorisé", [name for name, value in built.effects.items() if value <= -NOTABLE]),
    ):
        said = [_SIGNALS[name] for name in names if name in _SIGNALS]
        if said:
            found.append(f"{word} par {', '.join(said)}")
    return found


# --- Words -------------------------------------------------------------------------------


def _page_texts(hit: Hit) -> list[str]:
    """Texts of the blocks that ranking read: those on the page shown."""
    page = hit.span.page
    return [
        index_text(block)
        for block in hit.passage.blocks
        if any(span.page == page for span in block.spans)
    ]


def _written(texts: Iterable[str], query: Query) -> dict[str, str]:
    """Searched terms found in texts, as first written there, in the order of the question."""
    wanted = query.terms.keys() | query.expanded.keys()
    found: dict[str, str] = {}
    for text in texts:
        for term, start, end in analyse_with_offsets(text):
            if term in wanted:
                found.setdefault(term, text[start:end])
    order = [*query.terms, *query.expanded]
    return {term: found[term] for term in order if term in found}


def _once(written: Iterable[str]) -> list[str]:
    """Words without their repeats in another case or with other accents."""
    found: dict[str, str] = {}
    for word in written:
        found.setdefault(fold(word), " ".join(word.split()))
    return list(found.values())


def _missing(query: Query, present: Collection[str]) -> list[str]:
    """Words of the question, as typed, that the passage and its titles do not hold.

    A sigle is not missing where its words stand, nor its words where it does.
    """
    typed: dict[str, str] = {}
    for term, start, end in analyse_with_offsets(query.question):
        term = query.corrections.get(term, term)  # noqa: PLW2901
        said = any(alias <= set(present) for alias in query.aliases.get(term, ()))
        if term in query.terms and term not in present and not said:
            typed[term] = _whole_word(query.question, start, end)
    return _once(typed.values())


def _whole_word(question: str, start: int, end: int) -> str:
    """The word as typed that a term stands in: « médico-social » for its first half."""
    before = _WORD_END.search(question[:start])
    after = _WORD_START.match(question[end:])
    return f"{before[0] if before else ''}{question[start:end]}{after[0] if after else ''}"


def _used_sigles(query: Query, hit: Hit, present: Collection[str]) -> dict[str, str]:
    """Sigles of the question whose other writing is what the passage holds."""
    if not query.expansions:
        return {}
    context = analyse(
        f"{context_text(hit.passage.section, hit.document.metadata.title)} "
        f"{' '.join(hit.passage.section)}"
    )
    there = set(present) | set(context)
    return {
        short: long
        for short, long in query.expansions.items()
        if any(
            (terms := set(analyse(sense))) <= there and terms & query.expanded.keys()
            for sense in (long, *long.split(" ou "))
        )
    }


def _mended(query: Query, found: Mapping[str, str]) -> dict[str, str]:
    """Words as typed → as the passage writes what was searched instead."""
    typed = {
        term: query.question[start:end]
        for term, start, end in analyse_with_offsets(query.question)
        if term in query.corrections
    }
    return {
        written: found[query.corrections[term]]
        for term, written in typed.items()
        if query.corrections[term] in found
    }


def _quoted(words: Sequence[str]) -> str:
    shown = ", ".join(f"« {word} »" for word in words[:SHOWN_WORDS])
    return f"{shown}…" if len(words) > SHOWN_WORDS else shown


def _plural(things: Sequence[str], one: str, many: str) -> str:
    return one if len(things) == 1 else many


def _ordinal(rank: int) -> str:
    return "1er" if rank == 1 else f"{rank:,}e".replace(",", THIN)

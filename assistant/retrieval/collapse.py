"""What the list of passages does not say twice: repeated texts, older versions, one page.

Two rules, applied after ranking to the passages already read, and a third for readers:

1. the same text found in several places is shown once, from the newest version of the document
   or else at its best rank; the other places are kept beside it (`Hit.explain["aussi"]`);
2. a passage of an older version comes after the passage of the newer one that it corresponds
   to, and says that it has been replaced, unless the question names that older version;
3. the first results of a search stand on different pages (`pages_first`).

Texts are « the same » when nothing that matters tells them apart. A figure, a date, a sign, a
name, a negation, or the word beside a figure, is enough to keep two passages.

A limit on the room of one document was tried and left out. On 106 development questions over
52 documents, with pages told apart, taking 0.1 to 0.5 from the score for each earlier passage
of the document took nDCG@10 from .746 to .742 and .728, and page@5 from .783 to .774 and .764.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import compress
from typing import Final

from rapidfuzz.distance import Levenshtein

from assistant.language.analyser import analyse
from assistant.language.normalise import fold, squash
from assistant.language.quantities import NUMBER_WORDS
from assistant.language.words import MONTHS, STOP_WORDS, words
from assistant.model import Document, Hit
from assistant.retrieval.query import Query

MIN_WORDS: Final = 20
"""A shorter text says nothing without its document: « Date limite : à venir » is no repeat."""
SHINGLE: Final = 3
SHARED: Final = 0.7
"""Share of the shingles of the shorter text found in the other, below which nothing is aligned."""
DIFFERING: Final = 1 / 12
"""Largest share of words that differ, none of which may matter (see `_matters`)."""
CORRESPONDING: Final = 0.4
"""Share of shingles in common, figures set aside, of two states of one passage."""

_TOKEN: Final = re.compile(
    r"\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*\w*|[^\W_]+"
    r"|[€$£%‰<>≤≥±+×=°/]|(?<![\w-])[-\u2212](?=\d)"
)
_SPACES: Final = re.compile(r"\s")
_NUMBERS: Final = (NUMBER_WORDS | frozenset(MONTHS)) - {"un", "une"}
"""Months, and numbers in words but the one that is an article."""
_TURNING: Final = words(
    """
    ne n pas non ni sans sauf hors excepte jamais aucun aucune nul nulle rien plus moins avant
    apres jusqu jusque depuis minimum maximum minimal maximal minimale maximale dela dessus
    dessous superieur superieure inferieur inferieure interdit interdite autorise autorisee
    obligatoire obligatoires facultatif facultative facultatifs facultatives doit doivent
    devra devront peut peuvent pourra pourront faut seul seule seuls seules seulement uniquement
    exclusivement ou tous toutes chaque certains certaines oui vrai faux
    """
)
"""Folded words that turn the meaning of a sentence."""


class _Text:
    """A passage on one page, as it is compared; what costs is computed when asked for.

    Attributes:
        keys: folded tokens, in order; signs and figures included.
        figures: the figures, dates and signs, in order.
    """

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = _TOKEN.findall(text)
        self.keys = tuple(map(_key, self._tokens))
        self._is_figure = tuple(map(_is_figure, self.keys))
        self.figures = tuple(compress(self.keys, self._is_figure))

    @cached_property
    def matter(self) -> tuple[bool, ...]:
        """Whether a token may not differ, one a token."""
        near = self._is_figure
        return tuple(
            key in _TURNING
            or (token[0].isupper() and key not in STOP_WORDS)
            # The word beside a figure says what it counts.
            or any(near[max(0, at - 1) : at + 2])
            for at, (token, key) in enumerate(zip(self._tokens, self.keys, strict=True))
        )

    @cached_property
    def shingles(self) -> frozenset[tuple[str, ...]]:
        """Runs of `SHINGLE` tokens."""
        return _shingles(self.keys)

    @cached_property
    def masked(self) -> frozenset[tuple[str, ...]]:
        """The same, figures being all alike."""
        pairs = zip(self.keys, self._is_figure, strict=True)
        return _shingles(tuple("0" if is_figure else key for key, is_figure in pairs))


@dataclass(slots=True)
class _Group:
    """A representative and what it stands for, at the place of the best of them."""

    shown: Hit
    folded: list[Hit] = field(default_factory=list)


def collapse(
    hits: Sequence[Hit],
    documents: Mapping[str, Document],
    query: Query | None = None,
) -> list[Hit]:
    """Fold repeats, and put older versions after newer ones.

    Args:
        hits: ranked passages, best first.
        documents: documents of the corpus by identifier, for their versions.
        query: the question; a version that it names is not set behind a newer one.

    Returns:
        Hits in their new order, their scores never rising from one to the next. `explain`
        gains `aussi` (the places folded behind a hit) and `version` (the newest version, when
        the hit comes from an older one), where there is something to say.
    """
    terms = frozenset(query.terms) if query else frozenset()
    versions = _Versions(documents, terms)
    kept = [_with_folded(group) for group in _fold(hits, versions)]
    kept = _newest_first(kept, versions)
    shown: list[Hit] = []
    for hit in _never_rising(kept):
        newest = versions.newest(hit.document)
        said = {"version": {"file": newest.file, "document_id": newest.id}} if newest else {}
        shown.append(replace(hit, explain={**hit.explain, **said}))
    return shown


def pages_first(hits: Sequence[Hit]) -> list[Hit]:
    """The best passage of each page, then the other ones, in the same order.

    For a reader, who opens a page once: on 269 development questions over three corpora,
    page@5 rose from .881 to .892 and nDCG@10 from .836 to .839. What is answered from is left
    in its order: two passages of one page are two pieces of evidence, and parting them lost
    facts on two corpora of three.

    Args:
        hits: ranked passages, best first.

    Returns:
        The same hits, their scores never rising; `explain["same_page"]` counts the passages of
        the list that stand on the page of a hit, after it.
    """
    first: dict[tuple[str, int], Hit] = {}
    behind: list[Hit] = []
    count: Counter[tuple[str, int]] = Counter()
    for hit in hits:
        key = (hit.document.id, hit.span.page)
        count[key] += 1
        if first.setdefault(key, hit) is not hit:
            behind.append(hit)
    shown = [
        replace(hit, explain={**hit.explain, "same_page": others})
        if (others := count[key] - 1)
        else hit
        for key, hit in first.items()
    ]
    return _never_rising([*shown, *behind])


def _never_rising(hits: Sequence[Hit]) -> list[Hit]:
    """Cap each score by the one before it, so that scores still tell the order."""
    lowest = float("inf")
    found: list[Hit] = []
    for hit in hits:
        lowest = min(lowest, hit.score)
        found.append(hit if hit.score == lowest else replace(hit, score=lowest))
    return found


def same_text(one: str, other: str) -> bool:
    """Whether `other` says nothing that `one` does not, in the same words.

    True when they are the same but for a few words that do not matter, or when `other` is
    contained in `one` and the rest of `one` holds no figure.
    """
    return _repeats(_read(one), _read(other))


# --- Repeats -----------------------------------------------------------------------------


def _fold(hits: Sequence[Hit], versions: _Versions) -> list[_Group]:
    groups: list[_Group] = []
    by_figures: dict[tuple[str, ...], list[_Group]] = {}
    for hit in hits:
        text = _read(_unit_text(hit))
        # Figures must agree, so that only passages with the same ones are compared.
        rivals = by_figures.setdefault(text.figures, [])
        home = next((group for group in rivals if _stands_for(group, hit, text, versions)), None)
        if home is None:
            groups.append(_Group(hit))
            rivals.append(groups[-1])
        elif versions.replaces(hit, home.shown):
            home.folded.insert(0, home.shown)
            home.shown = replace(hit, score=home.shown.score)
        else:
            home.folded.append(hit)
    return groups


def _stands_for(group: _Group, hit: Hit, text: _Text, versions: _Versions) -> bool:
    shown = group.shown
    if shown.passage.id == hit.passage.id:
        return False  # the same passage on its other page
    if shown.document.id == hit.document.id and _path(shown) != _path(hit):
        return False  # the heading tells apart what the words do not
    read = _read(_unit_text(shown))
    if _repeats(read, text):
        return not versions.named(shown, hit)
    # The newer one may say more than the older one that it replaces.
    return versions.replaces(hit, shown) and _repeats(text, read)


def _path(hit: Hit) -> tuple[str, ...]:
    return tuple(squash(heading) for heading in hit.passage.section)


def _with_folded(group: _Group) -> Hit:
    if not group.folded:
        return group.shown
    places = [
        {
            "file": hit.document.file,
            "document": hit.document.metadata.title,
            "document_id": hit.document.id,
            "page": hit.span.page,
            "passage_id": hit.passage.id,
            "unit": hit.document.metadata.unit,
        }
        for hit in group.folded
    ]
    return replace(group.shown, explain={**group.shown.explain, "aussi": places})


def _unit_text(hit: Hit) -> str:
    """Text of the blocks that a passage has on the page of a hit."""
    page = hit.span.page
    return "\n".join(
        block.text for block in hit.passage.blocks if any(span.page == page for span in block.spans)
    )


@lru_cache(maxsize=4096)
def _read(text: str) -> _Text:
    return _Text(text)


@lru_cache(maxsize=65536)
def _key(written: str) -> str:
    return _SPACES.sub("", fold(written))


@lru_cache(maxsize=65536)
def _is_figure(key: str) -> bool:
    return not key.isalpha() or key in _NUMBERS


def _shingles(keys: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(keys[at : at + SHINGLE]) for at in range(len(keys) - SHINGLE + 1))


def _repeats(one: _Text, other: _Text) -> bool:
    """Whether `other` is `one`, or a part of it, but for words that do not matter."""
    size = len(other.keys)
    if size < MIN_WORDS or one.figures != other.figures:
        return False
    if one.keys == other.keys:
        return True
    if size * (1 - DIFFERING) > len(one.keys) or len(one.shingles & other.shingles) < SHARED * len(
        other.shingles
    ):
        return False
    start, end = _place(one.keys, other.keys)
    if any(map(_is_figure, (*one.keys[:start], *one.keys[end:]))):
        return False
    differing = _differing(one, other, start, end)
    return differing is not None and differing <= DIFFERING * size


def _differing(one: _Text, other: _Text, start: int, end: int) -> int | None:
    """Words that differ between a stretch of `one` and `other`; `None` when one of them matters."""
    differing = 0
    for edit in Levenshtein.opcodes(one.keys[start:end], other.keys):
        if edit.tag == "equal":
            continue
        mine = slice(start + edit.src_start, start + edit.src_end)
        theirs = slice(edit.dest_start, edit.dest_end)
        if any(one.matter[mine]) or any(other.matter[theirs]):
            return None
        differing += max(mine.stop - mine.start, theirs.stop - theirs.start)
    return differing


def _place(whole: tuple[str, ...], part: tuple[str, ...]) -> tuple[int, int]:
    """Where a text about as long as `part` stands in `whole`: most shared runs agree on it."""
    if len(whole) <= len(part) * (1 + DIFFERING):
        return 0, len(whole)
    first: dict[tuple[str, ...], int] = {}
    for at in range(len(whole) - SHINGLE + 1):
        first.setdefault(whole[at : at + SHINGLE], at)
    shifts = Counter(
        first[run] - at
        for at in range(len(part) - SHINGLE + 1)
        if (run := part[at : at + SHINGLE]) in first
    )
    start = max(0, shifts.most_common(1)[0][0]) if shifts else 0
    return start, min(len(whole), start + len(part))


# --- Versions ----------------------------------------------------------------------------


class _Versions:
    """Which document replaces which."""

    def __init__(self, documents: Mapping[str, Document], terms: frozenset[str]) -> None:
        self._documents = documents
        self._terms = terms

    def _newer(self, document: Document) -> list[Document]:
        """Newer versions of a document, oldest first; a loop of links is cut."""
        found: list[Document] = []
        seen = {document.id}
        key = document.superseded_by
        while key is not None and key not in seen and key in self._documents:
            seen.add(key)
            found.append(self._documents[key])
            key = found[-1].superseded_by
        return found

    def newest(self, document: Document) -> Document | None:
        """The newest version of a document in the corpus, when it is another one."""
        newer = self._newer(document)
        return newer[-1] if newer else None

    def is_newer(self, one: Hit, other: Hit) -> bool:
        """Whether the document of one hit is a newer version of that of the other."""
        return any(document.id == one.document.id for document in self._newer(other.document))

    def replaces(self, one: Hit, other: Hit) -> bool:
        """The same, unless the question names the older version."""
        return self.is_newer(one, other) and not self.named(other, one)

    def named(self, one: Hit, other: Hit) -> bool:
        """Whether the question names the version of one hit, and not the other's.

        False for documents that are not versions of each other.
        """
        if not (self.is_newer(one, other) or self.is_newer(other, one)):
            return False
        return bool(self._terms & (_names(one.document) - _names(other.document)))


def _names(document: Document) -> frozenset[str]:
    metadata = document.metadata
    version = f"version {metadata.version}" if metadata.version else ""
    return frozenset(analyse(f"{metadata.title} ; {metadata.date or ''} ; {version}"))


def _newest_first(hits: Sequence[Hit], versions: _Versions) -> list[Hit]:
    """Put each passage of an older version right after the newer passage it corresponds to."""
    ordered = list(hits)
    for old in hits:
        if old.document.superseded_by is None:
            continue
        at = _index(ordered, old)
        newer = [
            (_alike(old, hit), -rank, hit)
            for rank, hit in enumerate(ordered)
            if versions.replaces(hit, old)
        ]
        if not newer:
            continue
        alike, rank, new = max(newer, key=lambda item: item[:2])
        if alike < CORRESPONDING or -rank < at:
            continue
        ordered.pop(-rank)
        ordered.insert(at, replace(new, score=max(new.score, old.score)))
    return ordered


def _index(hits: Sequence[Hit], wanted: Hit) -> int:
    return next(
        at
        for at, hit in enumerate(hits)
        if hit.passage.id == wanted.passage.id and hit.span.page == wanted.span.page
    )


def _alike(one: Hit, other: Hit) -> float:
    """Share of the shingles of the shorter passage found in the other, figures set aside."""
    first, second = _read(_unit_text(one)).masked, _read(_unit_text(other)).masked
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else 0.0

"""Versions of one document: near-identical texts, ordered from the older to the newer.

Each document is summed up by a bottom-k sketch of its four-word shingles (Broder, « On the
resemblance and containment of documents », 1997): 512 hashes estimate the share of text two
documents have in common to within about two points, whatever their length. Numbers are
written alike before hashing, since figures are what a new edition changes first.

Text in common is not enough. Two successive minutes, press releases or bulletins repeat each
other without replacing each other; the sheets of a series share their template. So two
documents are versions only if their titles agree once dates and version numbers are taken
away, nothing else tells them apart (region, rank in a series, recurring event), and a version
number or a date says which one is newer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from assistant.ingestion.dates import without_dates
from assistant.ingestion.places import fold
from assistant.model import FURNITURE, Document, Passage

if TYPE_CHECKING:
    from assistant.index.catalogue import Catalogue

Hashes = npt.NDArray[np.uint64]

SKETCH_SIZE: Final = 512
SHINGLE_WORDS: Final = 4
MIN_SHINGLES: Final = 60
"""A form of a few words resembles every other form."""

# Resemblance (Jaccard) asked for, by how well the titles agree.
_SAME_TITLE, _RESEMBLANCE_SAME_TITLE = 0.85, 0.10
_NEAR_TITLE, _RESEMBLANCE_NEAR_TITLE = 0.50, 0.30

_EVENT: Final = re.compile(
    r"\b(?:copil|comite|cotech|codir|compte[ -]rendu|releve de (?:decisions|conclusions)"
    r"|communique|dossier de presse|point de situation|point d'information|point presse"
    r"|bulletin|newsletter|lettre d'information|webinaire|webinar|meetup|reunion|seance"
    r"|seminaire|journee|groupe de travail|\bgt\b|ordre du jour|convocation|proces[- ]verbal)\b"
)
"""Something that happens again: the next one tells what follows, it does not replace it."""

_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+")
_LINKING: Final = re.compile(
    r"de|du|des|la|le|les|l|d|et|ou|a|au|aux|en|pour|par|sur|dans|un|une|n|version|edition"
    r"|remplacee?|maj|mise|jour|actualisee?|nouvelle|projet|definitif|vf"
)
"""Words of a title that tell no document from its next edition."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Summary of a text: its number of distinct shingles and the smallest of their hashes."""

    shingles: int
    hashes: Hashes


@dataclass(frozen=True, slots=True)
class VersionLink:
    """Two versions that follow each other.

    Attributes:
        similarity: estimated share of text in common (Jaccard), from 0 to 1.
    """

    older: str
    newer: str
    similarity: float


@lru_cache(maxsize=200_000)
def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def sketch(texts: Iterable[str]) -> Sketch:
    """Summary of a document from the texts of its blocks."""
    words = [
        0 if token.isdigit() else _word_hash(token)
        for text in texts
        for token in _TOKEN.findall(fold(text))
    ]
    count = len(words) - SHINGLE_WORDS + 1
    if count < 1:
        return Sketch(0, np.zeros(0, dtype=np.uint64))
    values = np.array(words, dtype=np.uint64)
    mixed = np.zeros(count, dtype=np.uint64)
    for rank in range(SHINGLE_WORDS):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + values[rank : rank + count]
        mixed ^= mixed >> np.uint64(29)  # so that the order of the words counts
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    distinct = np.unique(mixed)
    return Sketch(len(distinct), distinct[:SKETCH_SIZE])


def resemblance(one: Sketch, other: Sketch) -> float:
    """Estimated Jaccard index of two texts, from 0 to 1."""
    if not one.shingles or not other.shingles:
        return 0.0
    union = np.union1d(one.hashes, other.hashes)[:SKETCH_SIZE]
    both = np.intersect1d(one.hashes, other.hashes, assume_unique=True)
    return float(np.isin(union, both, assume_unique=True).sum() / len(union))


# --- Which documents are versions of each other ---------------------------------------------


@dataclass(frozen=True, slots=True)
class _Title:
    """What a title says once its dates and versions are taken away."""

    words: frozenset[str]
    numbers: frozenset[str]


def _title(document: Document) -> _Title:
    tokens = _TOKEN.findall(without_dates(document.metadata.title))
    return _Title(
        frozenset(token for token in tokens if not (token.isdigit() or _LINKING.fullmatch(token))),
        frozenset(token.lstrip("0") for token in tokens if token.isdigit()),
    )


def _agreement(one: _Title, other: _Title) -> float:
    """Dice coefficient of the words of two titles."""
    if not one.words or not other.words:
        return 0.0
    return 2 * len(one.words & other.words) / (len(one.words) + len(other.words))


def _told_apart(one: Document, other: Document, titles: Mapping[str, _Title]) -> bool:
    """Whether something says that these are two documents, however alike they look."""
    first, second = one.metadata, other.metadata
    if first.region and second.region and first.region != second.region:
        return True
    a, b = titles[one.id].numbers, titles[other.id].numbers
    if a != b and a and b:
        return True
    if first.kind != second.kind and "autre" not in (first.kind, second.kind):
        return True
    numbered = first.version and second.version and first.version != second.version
    recurring = any(
        item.metadata.kind in ("copil", "communique") or _EVENT.search(fold(item.metadata.title))
        for item in (one, other)
    )
    return recurring and not numbered


def compare_age(one: Document, other: Document) -> int:
    """Negative when the first is older, positive when it is newer, 0 when nothing says.

    Version numbers speak first; a version written as a year is a date.
    """
    first, second = _number(one.metadata.version), _number(other.metadata.version)
    if first and second and first != second:
        return -1 if first < second else 1
    # « 2025 » and « 2025-07 » say nothing of each other: compare what both tell.
    for a, b in zip(_date(one), _date(other), strict=False):
        if a != b:
            return -1 if a < b else 1
    return 0


def _number(version: str | None) -> tuple[int, ...]:
    parts = re.findall(r"\d+", version or "")
    numbers = tuple(int(part) for part in parts)
    if len(numbers) == 1 and numbers[0] >= 1900:
        return ()
    while len(numbers) > 1 and numbers[-1] == 0:  # « 1.0 » is « 1 »
        numbers = numbers[:-1]
    return numbers


def _date(document: Document) -> list[str]:
    date = document.metadata.date
    if date is None:
        said = f"{document.metadata.version or ''} {document.metadata.title}"
        years = set(re.findall(r"(?<![\d/-])20\d\d(?![\d/-])", said))
        return [years.pop()] if len(years) == 1 else []
    return date.split("-")


def find_versions(
    documents: Sequence[Document],
    sketches: Mapping[str, Sketch],
    *,
    cut: Iterable[tuple[str, str]] = (),
    forced: Iterable[tuple[str, str]] = (),
) -> list[VersionLink]:
    """Documents that replace each other, each linked to its nearest neighbours in time.

    Args:
        documents: all documents of the corpus.
        sketches: their summaries; a document without one is linked to nothing.
        cut: pairs the user keeps apart, in any order.
        forced: pairs (older, newer) the user linked: their ends take no other link on that
            side. They are not part of the result.
    """
    refused = {frozenset(pair) for pair in cut}
    links = list(forced)
    replaced = {older for older, _ in links}
    replacing = {newer for _, newer in links}
    by_id = {document.id: document for document in documents if document.id in sketches}
    titles = {document.id: _title(document) for document in by_id.values()}
    newer: dict[str, list[tuple[str, float]]] = {}
    older: dict[str, list[str]] = {}
    for first, second in _neighbours(by_id, sketches):
        one, other = by_id[first], by_id[second]
        if frozenset((first, second)) in refused or _told_apart(one, other, titles):
            continue
        agreement = _agreement(titles[first], titles[second])
        if agreement < _NEAR_TITLE:
            continue
        asked = _RESEMBLANCE_SAME_TITLE if agreement >= _SAME_TITLE else _RESEMBLANCE_NEAR_TITLE
        found = resemblance(sketches[first], sketches[second])
        age = compare_age(one, other)
        if found < asked or age == 0:
            continue
        before, after = (first, second) if age < 0 else (second, first)
        newer.setdefault(before, []).append((after, found))
        older.setdefault(after, []).append(before)
    result = []
    for before, candidates in newer.items():
        after, found = candidates[0]
        for candidate, score in candidates[1:]:
            if compare_age(by_id[candidate], by_id[after]) < 0:
                after, found = candidate, score
        # Three versions make a chain, not a fan: the link must be the nearest on both sides.
        nearest = older[after][0]
        for candidate in older[after][1:]:
            if compare_age(by_id[candidate], by_id[nearest]) > 0:
                nearest = candidate
        if nearest == before and before not in replaced and after not in replacing:
            result.append(VersionLink(before, after, round(found, 3)))
    return sorted(result, key=lambda link: (link.older, link.newer))


def _neighbours(
    documents: Mapping[str, Document], sketches: Mapping[str, Sketch]
) -> list[tuple[str, str]]:
    """Pairs of documents that share enough hashes to be worth comparing."""
    kept = [key for key in documents if sketches[key].shingles >= MIN_SHINGLES]
    if len(kept) < 2:
        return []
    owners = np.concatenate([np.full(len(sketches[key].hashes), i) for i, key in enumerate(kept)])
    hashes = np.concatenate([sketches[key].hashes for key in kept])
    order = np.argsort(hashes, kind="stable")
    hashes, owners = hashes[order], owners[order]
    edges = np.flatnonzero(np.diff(hashes)) + 1
    shared: dict[tuple[int, int], int] = {}
    for group in np.split(owners, edges):
        # A passage found in many documents (legal notice) says nothing of any of them.
        if 2 <= len(group) <= 20:
            for i, a in enumerate(group):
                for b in group[i + 1 :]:
                    pair = (int(min(a, b)), int(max(a, b)))
                    shared[pair] = shared.get(pair, 0) + 1
    least = _RESEMBLANCE_SAME_TITLE / 2 * SKETCH_SIZE
    return [
        (kept[a], kept[b])
        for (a, b), count in sorted(shared.items())
        if count >= min(least, 0.1 * min(len(sketches[kept[i]].hashes) for i in (a, b)))
    ]


# --- In the catalogue -----------------------------------------------------------------------


def update_versions(catalogue: Catalogue) -> list[VersionLink]:
    """Bring the links of the catalogue up to date; only new documents are summed up.

    Returns:
        The links found by comparison; those of the user are kept beside them.
    """
    documents = catalogue.documents()
    stored = {
        row["document_id"]: Sketch(row["shingles"], np.frombuffer(row["hashes"], dtype=np.uint64))
        for row in catalogue.rows("SELECT * FROM sketches")
    }
    for document_id in documents:
        if document_id not in stored:
            stored[document_id] = _summarise(catalogue, document_id)
    choices = user_links(catalogue)
    links = find_versions(
        list(documents.values()),
        stored,
        cut=[pair for pair, cut in choices.items() if cut],
        forced=[
            pair
            for pair, cut in choices.items()
            if not cut and pair[0] in documents and pair[1] in documents
        ],
    )
    with catalogue.transaction() as connection:
        connection.execute("DELETE FROM version_links WHERE origin = 'auto'")
        connection.executemany(
            "INSERT OR IGNORE INTO version_links (older, newer, origin, similarity)"
            " VALUES (?, ?, 'auto', ?)",
            [(link.older, link.newer, link.similarity) for link in links],
        )
    return links


def _summarise(catalogue: Catalogue, document_id: str) -> Sketch:
    found = sketch(_block_texts(catalogue.passages_of(document_id)))
    with catalogue.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO sketches VALUES (?, ?, ?)",
            (document_id, found.shingles, found.hashes.tobytes()),
        )
    return found


def _block_texts(passages: Iterable[Passage]) -> Iterable[str]:
    for passage in passages:
        for block in passage.blocks:
            if block.kind not in FURNITURE:
                yield block.text


def user_links(catalogue: Catalogue) -> dict[tuple[str, str], bool]:
    """Pairs (older, newer) the user decided on; true when they are kept apart."""
    return {
        (row["older"], row["newer"]): bool(row["cut"])
        for row in catalogue.rows("SELECT * FROM version_links WHERE origin = 'user'")
    }


def choose_link(catalogue: Catalogue, older: str, newer: str, *, cut: bool) -> None:
    """Record the user's decision on a pair, then compute the other links again.

    Args:
        catalogue: where it is kept.
        older: identifier of the older document.
        newer: identifier of the newer one.
        cut: keep the two apart instead of linking them.
    """
    with catalogue.transaction() as connection:
        connection.execute(
            "DELETE FROM version_links WHERE (older, newer) IN ((?, ?), (?, ?))",
            (older, newer, newer, older),
        )
        if not cut:
            # A document has one next version: the last decision holds.
            connection.execute(
                "DELETE FROM version_links WHERE origin = 'user' AND NOT cut"
                " AND (older = ? OR newer = ?)",
                (older, newer),
            )
        connection.execute(
            "INSERT INTO version_links (older, newer, origin, cut) VALUES (?, ?, 'user', ?)",
            (older, newer, cut),
        )
    update_versions(catalogue)

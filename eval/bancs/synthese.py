"""Synthetic corpora for load tests: plausible words and vectors, drawn from a seed.

Words follow Zipf's law without its head (stop words are never indexed) and their number grows
with the square root of the text (Heaps). Vectors imitate those of a small multilingual E5
model, as measured on 5,364 windows of French encyclopaedia articles and 2,000 questions on
them: mean cosine of two windows .78, of a question with a window .77 (deviation .02), with the
best window .87, half of the variance in 64 of 384 directions. They gather by document and by
passage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import numpy as np

from assistant.index.generations import WindowTable
from assistant.language.analyser import analyse

DIMENSION = 384
PASSAGES_A_DOCUMENT = 60
_MEAN = 0.78
_TITLE = 4
_CHUNK = 20_000


@dataclass(frozen=True)
class Synthetic:
    """A drawn corpus, on disk; arrays are memory-mapped.

    Attributes:
        words: the vocabulary; the analyser leaves each word as it is.
        tokens: words of all passages, one after the other.
        ends: end of each passage in `tokens`.
        table: window table.
        vectors: file of the window vectors, float32, shape (windows, DIMENSION).
        queries, query_words: questions as vectors, and as positions in `words`.
    """

    words: list[str]
    tokens: np.ndarray
    ends: np.ndarray
    table: WindowTable
    vectors: Path
    queries: np.ndarray
    query_words: np.ndarray

    def __len__(self) -> int:
        return len(self.ends)

    def body(self, passage: int) -> list[str]:
        """Words of a passage."""
        start = int(self.ends[passage - 1]) if passage else 0
        return [self.words[word] for word in self.tokens[start : self.ends[passage]].tolist()]

    def context(self, passage: int) -> list[str]:
        """Words of its document title, then of its section: those that open them."""
        first = passage - passage % PASSAGES_A_DOCUMENT
        section = passage - passage % 5
        return [*self.body(first)[:_TITLE], *self.body(section)[_TITLE : 2 * _TITLE]]

    def ids(self) -> list[str]:
        """Identifiers of the passages, of the length of real ones."""
        return [f"{passage:016x}" for passage in range(len(self))]

    def documents(self) -> list[str]:
        """Document identifier of each passage."""
        return [f"d{passage // PASSAGES_A_DOCUMENT:015x}" for passage in range(len(self))]


def draw(folder: Path, passages: int, queries: int, seed: int = 1) -> None:
    """Draw a corpus and write it in `folder`."""
    generator = np.random.default_rng(seed)
    words = list(islice(_words(), int(40 * (100 * passages) ** 0.5)))
    (folder / "words.txt").write_text("\n".join(words), encoding="ascii")
    weights = np.cumsum((np.arange(len(words)) + 30.0) ** -1.05)
    lengths = np.clip(generator.normal(100, 25, passages), 20, 200).astype(np.int64)
    ends = np.cumsum(lengths)
    tokens = np.empty(int(ends[-1]), dtype=np.int32)
    for start in range(0, len(tokens), 1 << 22):
        drawn = generator.random(min(1 << 22, len(tokens) - start)) * weights[-1]
        tokens[start : start + len(drawn)] = np.searchsorted(weights, drawn)
    counts = generator.choice([2, 3, 3, 4, 4], passages)
    windows = int(counts.sum())
    passage = np.repeat(np.arange(passages, dtype=np.int32), counts)
    rank = np.arange(windows) - np.repeat(np.cumsum(counts) - counts, counts)
    turned = (generator.random(passages) < 0.25)[passage] & (rank >= 2)
    page = 1 + (passage % PASSAGES_A_DOCUMENT) // 3 + turned
    np.savez(
        folder / "table.npz",
        passage=passage,
        page=page.astype(np.int32),
        start=(rank * 200).astype(np.int32),
        end=(rank * 200 + 320).astype(np.int32),
        digest=np.frombuffer(generator.bytes(16 * windows), dtype="S16"),
    )
    spread, mean = _space(generator)
    vectors = np.lib.format.open_memmap(
        folder / "vectors.npy", mode="w+", dtype=np.float32, shape=(windows, DIMENSION)
    )
    _draw_vectors(generator, vectors, counts, spread, mean)
    np.save(folder / "tokens.npy", tokens)
    np.save(folder / "ends.npy", ends)
    wanted = generator.integers(0, windows, queries)
    noise = generator.standard_normal((queries, DIMENSION), dtype=np.float32) @ spread
    away = generator.standard_normal(DIMENSION, dtype=np.float32) @ spread
    asked = mean + 0.4 * away + 0.55 * (vectors[np.sort(wanted)] - mean) + 0.8 * noise
    asked /= np.linalg.norm(asked, axis=1)[:, None]
    starts = (ends - lengths)[passage[np.sort(wanted)]]
    asked_words = tokens[starts[:, None] + generator.integers(0, 20, (queries, 6))]
    np.savez(folder / "queries.npz", vectors=asked.astype(np.float32), words=asked_words)


def read(folder: Path) -> Synthetic:
    """Open what `draw` wrote."""
    table = np.load(folder / "table.npz")
    asked = np.load(folder / "queries.npz")
    columns = ("passage", "page", "start", "end", "digest")
    return Synthetic(
        (folder / "words.txt").read_text(encoding="ascii").split("\n"),
        np.load(folder / "tokens.npy", mmap_mode="r"),
        np.load(folder / "ends.npy"),
        WindowTable(*(table[name] for name in columns)),
        folder / "vectors.npy",
        asked["vectors"],
        asked["words"],
    )


def _words() -> Iterator[str]:
    """Words that the analyser leaves as they are."""
    syllables = [a + b for a in "bdfgklmnprtvz" for b in "aiou"]
    for count in (2, 3, 4):
        for parts in product(syllables, repeat=count):
            word = "".join(parts) + "k"
            if analyse(word) == [word]:
                yield word


def _space(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Matrix that gives noise the spread of real vectors, and their mean."""
    basis = np.linalg.qr(generator.standard_normal((DIMENSION, DIMENSION)))[0]
    variance = (np.arange(DIMENSION) + 8.0) ** -0.8
    scale = np.sqrt((1 - _MEAN) * variance / variance.sum())
    spread = scale[:, None] * basis.T
    return spread.astype(np.float32), (basis[:, 0] * _MEAN**0.5).astype(np.float32)


def _draw_vectors(
    generator: np.random.Generator,
    vectors: np.ndarray,
    counts: np.ndarray,
    spread: np.ndarray,
    mean: np.ndarray,
) -> None:
    """Fill vectors: a share of each comes from its document, one from its passage."""
    row = 0
    for start in range(0, len(counts), _CHUNK):
        chunk = counts[start : start + _CHUNK]
        shape = (-(-len(chunk) // PASSAGES_A_DOCUMENT) + 1, DIMENSION)
        document = generator.standard_normal(shape, dtype=np.float32)
        own = generator.standard_normal((len(chunk), DIMENSION), dtype=np.float32)
        places = (start % PASSAGES_A_DOCUMENT + np.arange(len(chunk))) // PASSAGES_A_DOCUMENT
        centre = np.float32(0.55) * document[places] + np.float32(0.5) * own
        drawn = np.repeat(centre, chunk, axis=0)
        noise = generator.standard_normal(drawn.shape, dtype=np.float32)
        drawn += np.float32(0.67) * noise
        drawn = drawn @ spread + mean
        drawn /= np.linalg.norm(drawn, axis=1)[:, None]
        vectors[row : row + len(drawn)] = drawn
        row += len(drawn)

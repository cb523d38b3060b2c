"""Vectors kept on disk between two evaluations: embedding is nearly all the cost of one.

Vectors are filed by model, then by digest of the text that was embedded: changing the set,
the fusion or the reranking computes nothing again, changing the windows computes only the new
ones. Files grow by appending, so that an interrupted evaluation goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from assistant.errors import IndexLockedError, StorageError, cause

Vectors = npt.NDArray[np.float32]

KEY_BYTES = 16
_CHUNK = 64


class Embedder(Protocol):
    """What an evaluation asks of a model."""

    @property
    def fingerprint(self) -> str:
        """Identifies weights and configuration."""

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """One vector of norm 1 a row."""

    def embed_queries(self, texts: Sequence[str]) -> Sequence[Vectors]:
        """Vectors of norm 1."""


class VectorCache:
    """Append-only vectors of one model, by key of `KEY_BYTES` bytes.

    Two files: `keys.bin` and `vectors.f32` (rows in the same order). A row counts once both
    hold it; what a kill left beyond is cut at the next opening.
    """

    def __init__(self, folder: Path, *, fingerprint: str, dimension: int) -> None:
        """Open or create the cache of a model under `folder`.

        Raises:
            IndexLockedError: another evaluation is writing there.
            StorageError: the folder cannot be written.
        """
        self.folder = folder / f"vecteurs-{_name(fingerprint)}-{dimension}"
        self._dimension = dimension
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.folder / ".lock")
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise IndexLockedError(
                f"Une autre évaluation écrit dans «\u00a0{self.folder}\u00a0».",
                "Attendez qu'elle finisse, ou indiquez un autre dossier par --cache.",
            ) from error
        except OSError as error:
            raise _refused(self.folder, error) from error
        try:
            self._rows = self._recover()
        except OSError as error:
            self._lock.release()
            raise _refused(self.folder, error) from error

    def _recover(self) -> dict[bytes, int]:
        keys, vectors = self.folder / "keys.bin", self.folder / "vectors.f32"
        for path in (keys, vectors):
            path.touch()
        row = 4 * self._dimension
        count = min(keys.stat().st_size // KEY_BYTES, vectors.stat().st_size // row)
        os.truncate(keys, count * KEY_BYTES)
        os.truncate(vectors, count * row)
        raw = keys.read_bytes()
        return {raw[at * KEY_BYTES : (at + 1) * KEY_BYTES]: at for at in range(count)}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another evaluation write."""
        self._lock.release()

    def add(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Keep vectors, shape (keys, dimension); on disk when this returns.

        Raises:
            StorageError: the disk is full or refuses.
        """
        try:
            # The vectors first: a key must never stand without its vector.
            for name, data in (
                ("vectors.f32", np.ascontiguousarray(vectors, dtype=np.float32).tobytes()),
                ("keys.bin", b"".join(keys)),
            ):
                with (self.folder / name).open("ab") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
        except OSError as error:
            raise _refused(self.folder, error) from error
        for key in keys:
            self._rows[key] = len(self._rows)

    def get(self, keys: Sequence[bytes]) -> Vectors:
        """Vectors of known keys, shape (keys, dimension)."""
        if not keys:
            return np.zeros((0, self._dimension), np.float32)
        stored = np.memmap(self.folder / "vectors.f32", np.float32, "r").reshape(
            -1, self._dimension
        )
        return np.asarray(stored[[self._rows[key] for key in keys]])

    def fill(
        self,
        keys: Sequence[bytes],
        texts: Sequence[str],
        embed: Callable[[Sequence[str]], Vectors],
        advance: Callable[[int], None] = lambda _: None,
    ) -> int:
        """Embed the texts whose key is not known yet, by pieces; return how many.

        Args:
            keys: key of each text.
            texts: as many.
            embed: texts → one vector a row.
            advance: called with the number of texts just embedded.
        """
        missing = {
            key: text for key, text in zip(keys, texts, strict=True) if key not in self._rows
        }
        todo = list(missing.items())
        for start in range(0, len(todo), _CHUNK):
            chunk = todo[start : start + _CHUNK]
            self.add([key for key, _ in chunk], embed([text for _, text in chunk]))
            advance(len(chunk))
        return len(todo)


def text_key(text: str, role: str) -> bytes:
    """Key of a text that is not a window: a question, or a chunk of a reference."""
    return hashlib.blake2b(
        f"{role}\0{text}".encode("utf-8", "replace"), digest_size=KEY_BYTES
    ).digest()


class RecalledQueries:
    """Question vectors, from memory, then from the cache, then from the model.

    It stands for the model in `PassageSearch`: stages are then timed without the embedding,
    which is timed apart.
    """

    def __init__(self, cache: VectorCache, embedder: Embedder) -> None:
        self._cache = cache
        self._embedder = embedder
        self._memory: dict[str, Vectors] = {}
        self.computed = 0

    def embed_query(self, text: str) -> Vectors:
        """L2-normalised vector, shape (dimension,)."""
        return self.embed_queries([text])[0]

    def embed_queries(self, texts: Sequence[str]) -> list[Vectors]:
        """L2-normalised vectors, each of shape (dimension,)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._memory]
        if new:
            self.prepare(new)
        return [self._memory[text] for text in texts]

    def prepare(
        self, texts: Sequence[str], advance: Callable[[int], None] = lambda _: None
    ) -> None:
        """Embed questions ahead."""
        keys = [text_key(text, "query") for text in texts]
        self.computed += self._cache.fill(
            keys,
            texts,
            # One at a time: questions of unlike lengths would be padded for nothing.
            lambda chunk: np.stack([self._embedder.embed_queries([text])[0] for text in chunk]),
            advance,
        )
        self._memory.update(zip(texts, self._cache.get(keys), strict=True))


def _name(fingerprint: str) -> str:
    """A folder name that follows the fingerprint, whatever its letters."""
    return hashlib.blake2b(fingerprint.encode("utf-8"), digest_size=8).hexdigest()


def _refused(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        f"Les vecteurs ne peuvent pas être gardés dans «\u00a0{folder}\u00a0» ({cause(error)}).",
        "Libérez de la place ou vérifiez les droits, ou indiquez un autre dossier par --cache. "
        "Ce qui était calculé est gardé.",
    )

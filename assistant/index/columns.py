"""Columns of names: what a list of strings says, in a tenth of its memory.

A million Python strings weigh some 70 MB, and three windows a passage would triple it. Here
names are bytes of one length in an array that may be memory-mapped, or codes into a short list
of distinct names; they become strings one at a time, when read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


class Column(Sequence[str]):
    """A read-only sequence of names; equal to any sequence of the same names."""

    def _at(self, row: int) -> str:
        raise NotImplementedError

    def mask(self, names: Collection[str]) -> Mask:
        """Which rows hold one of `names`, shape (rows,)."""
        raise NotImplementedError

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self._at(position) for position in range(*row.indices(len(self)))]
        return self._at(row)

    def __iter__(self) -> Iterator[str]:
        return (self._at(row) for row in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # compared by content, as lists are


class Strings(Column):
    """Names of about one length, as an array of bytes (dtype `S…`, UTF-8)."""

    def __init__(self, values: npt.NDArray[np.bytes_]) -> None:
        self._values = values

    @classmethod
    def of(cls, names: Sequence[str]) -> Strings:
        """Column of the given names, none of which may end with a NUL character."""
        return cls(np.array([name.encode("utf-8") for name in names], dtype=np.bytes_))

    @property
    def values(self) -> npt.NDArray[np.bytes_]:
        """The array itself, as it is saved."""
        return self._values

    def _at(self, row: int) -> str:
        return bytes(self._values[row]).decode("utf-8")

    def __len__(self) -> int:
        return len(self._values)

    def mask(self, names: Collection[str]) -> Mask:
        """Which rows hold one of `names`, shape (rows,)."""
        wanted = [name.encode("utf-8") for name in names]
        return np.isin(self._values, wanted) if wanted else np.zeros(len(self), dtype=bool)


class Coded(Column):
    """Few distinct names, each row holding the position of its own."""

    def __init__(self, codes: npt.NDArray[np.int32], names: Sequence[str]) -> None:
        self.codes = codes
        self.names = list(names)

    @classmethod
    def of(cls, names: Sequence[str]) -> Coded:
        """Column of the given names, coded in the order in which they first appear."""
        if isinstance(names, cls):
            return names
        known: dict[str, int] = {}
        codes = np.fromiter(
            (known.setdefault(name, len(known)) for name in names), np.int32, len(names)
        )
        return cls(codes, list(known))

    def _at(self, row: int) -> str:
        return self.names[int(self.codes[row])]

    def __len__(self) -> int:
        return len(self.codes)

    def mask(self, names: Collection[str]) -> Mask:
        """Which rows hold one of `names`, shape (rows,)."""
        wanted = set(names)
        chosen = np.array([name in wanted for name in self.names], dtype=bool)
        return chosen[self.codes] if len(chosen) else np.zeros(0, dtype=bool)


class Gathered(Column):
    """Rows of another column: the name of each window is that of its passage."""

    def __init__(self, base: Sequence[str], rows: npt.NDArray[Any]) -> None:
        self._base = base
        self._rows = rows

    def _at(self, row: int) -> str:
        return self._base[int(self._rows[row])]

    def __len__(self) -> int:
        return len(self._rows)

    def mask(self, names: Collection[str]) -> Mask:
        """Which rows hold one of `names`, shape (rows,)."""
        chosen = mask(self._base, names)
        return chosen[self._rows] if len(chosen) else np.zeros(len(self), dtype=bool)


def mask(column: Sequence[str], names: Collection[str]) -> Mask:
    """Which rows of a column, or of a plain list, hold one of `names`."""
    if isinstance(column, Column):
        return column.mask(names)
    wanted = set(names)
    return np.array([name in wanted for name in column], dtype=bool)

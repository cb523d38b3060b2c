"""Recognising the text of page images with Tesseract, when this machine has it.

Tesseract is called as a program, one page at a time, on an image passed through a pipe: no
temporary file, and a page that makes it fail costs that page only. A page read with little
confidence is read again from another image, and the surest reading of each word is kept.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from assistant.ingestion.layout_types import LayoutWord

DPI: Final = 300
"""Resolution Tesseract is at its best with, for type of 9 to 12 points."""

SECOND_DPI: Final = 200
"""Resolution of the second reading: a coarse scan enlarged too much loses its letters."""

SURE: Final = 90.0
"""Mean confidence (0-100) from which one reading is enough."""

DOUBTFUL: Final = 75.0
"""Mean confidence (0-100) below which the ledger asks people to check the page."""

HOPELESS: Final = 50.0
"""Mean confidence (0-100) below which what is recognised is noise, never to be quoted."""

_LOST: Final = 30.0
"""Mean confidence (0-100) below which another reading would change nothing."""

PAGE_TIMEOUT_S: Final = 60
"""Time of one reading of one page; a dense A4 page takes three seconds."""

MAX_PIXELS: Final = 5000
"""Longest side of an image given to Tesseract: memory stays bounded on posters."""

_BULLET_LIKE: Final = frozenset({"e", "°", "¢", "*", "+"})
_VOWELS: Final = frozenset("aeiouyàâäéèêëîïôöùûüœæ")

Render = Callable[[float], Any]
"""Gives the PIL image of a page at a number of pixels per point."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """Words recognised on a page.

    Attributes:
        words: in the coordinates of the page as shown, turned clockwise by `turned`.
        confidence: mean confidence of their letters (0-100).
        turned: degrees by which the page must be turned clockwise to be upright.
        language: Tesseract model used; not « fra » when the French one is missing.
    """

    words: list[LayoutWord]
    confidence: float
    turned: int = 0
    language: str = "fra"


@dataclass(frozen=True, slots=True)
class _Row:
    """A word of Tesseract's table, in points, and the line it stands on."""

    line: tuple[str, ...]
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float
    text: str


@lru_cache(maxsize=1)
def languages() -> frozenset[str]:
    """Models Tesseract has on this machine; empty when it is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return frozenset()
    try:
        # The program comes from PATH on purpose: that is where the system installs it.
        listed = subprocess.run(  # noqa: S603
            [program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset(listed.stdout.split("\n")[1:]) - {""}


def language() -> str | None:
    """Best model for French on this machine: French, else Latin letters, else English."""
    known = languages()
    return next((name for name in ("fra", "script/Latin", "Latin", "eng") if name in known), None)


def is_available() -> bool:
    """Whether Tesseract and a model that reads Latin letters are installed."""
    return language() is not None


def recognise(render: Render, width: float, height: float) -> Recognition | None:
    """Recognise the French text of a page.

    Args:
        render: renders the page as shown, at a number of pixels per point.
        width: of the page as shown, in points.
        height: of the page as shown, in points.

    Returns:
        The words, or `None` when Tesseract failed or took too long.
    """
    model = language()
    if model is None:
        return None
    image = _grey(render, DPI, width, height)
    rows = _read(image, model)
    if rows is None:
        return None
    turned = 0
    if _mean(rows) < DOUBTFUL and (turned := _orientation(image)):
        image = image.rotate(-turned, expand=True)
        width, height = (height, width) if turned in (90, 270) else (width, height)
        rows = _read(image, model) or rows
    if _LOST <= _mean(rows) < SURE:
        rows = _merge(rows, _second_reading(render, turned, width, height, model))
    kept = [row for row in rows if _plausible(row)]
    return Recognition(_words(kept), _mean(kept), turned, model)


def _grey(render: Render, dpi: int, width: float, height: float) -> Any:
    """Grey image of the page, which knows how many pixels a point is."""
    scale = min(dpi / 72, MAX_PIXELS / max(width, height, 1.0))
    image = render(scale).convert("L")
    image.info["dpi"] = (scale * 72, scale * 72)
    return image


def _second_reading(
    render: Render, turned: int, width: float, height: float, model: str
) -> list[_Row]:
    """Read a coarser, sharpened image: what was blurred in the first may be clear in it."""
    from PIL import ImageFilter

    image = _grey(render, SECOND_DPI, width, height)
    dpi = image.info["dpi"]
    image = image.filter(ImageFilter.UnsharpMask(radius=2, percent=80, threshold=2))
    if turned:
        image = image.rotate(-turned, expand=True)
    image.info["dpi"] = dpi
    return _read(image, model) or []


def _read(image: Any, model: str) -> list[_Row] | None:
    """Words of an image in points; `None` when Tesseract fails."""
    table = _tesseract(image, "-l", model, "--psm", "3", "tsv")
    return None if table is None else _parse(table, 72 / image.info["dpi"][0])


def _orientation(image: Any) -> int:
    """Degrees by which a page scanned on its side must be turned clockwise; 0 if unsure."""
    if "osd" not in languages():
        return 0
    report = _tesseract(image, "--psm", "0")
    found = dict(re.findall(r"^(Rotate|Orientation confidence): ([\d.]+)", report or "", re.M))
    if float(found.get("Orientation confidence", 0)) < 2.0:
        return 0
    return int(float(found.get("Rotate", 0))) % 360


def _tesseract(image: Any, *arguments: str) -> str | None:
    program = shutil.which("tesseract")
    if program is None:
        return None
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=1, dpi=image.info["dpi"])
    # One thread: pages are already read side by side.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        result = subprocess.run(  # noqa: S603
            [program, "stdin", "stdout", *arguments],
            input=buffer.getvalue(),
            capture_output=True,
            timeout=PAGE_TIMEOUT_S,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout.decode("utf-8", "replace") if result.returncode == 0 else None


def _parse(table: str, scale: float) -> list[_Row]:
    rows: list[_Row] = []
    for line in table.splitlines()[1:]:
        fields = line.split("\t")
        if len(fields) < 12 or fields[0] != "5":
            continue
        text = "".join(fields[11].split())
        if text:
            left, top, width, height = (float(value) * scale for value in fields[6:10])
            confidence = float(fields[10])
            rows.append(
                _Row(tuple(fields[1:5]), left, top, left + width, top + height, confidence, text)
            )
    return rows


def _plausible(row: _Row) -> bool:
    """Whether a « word » is one rather than a speck or a piece of a logo.

    Tesseract doubts real words too, in small type: what reads like a word is kept whatever
    its confidence; signs alone need more confidence than letters.
    """
    if row.confidence >= 60 or _reads_like_a_word(row.text):
        return True
    return row.confidence >= 30 and any(char.isalnum() for char in row.text)


def _reads_like_a_word(text: str) -> bool:
    letters = sum(char.isalpha() for char in text)
    return (
        letters >= 4
        and letters >= 0.8 * len(text)
        and any(char in _VOWELS for char in text.casefold())
    )


def _mean(rows: list[_Row]) -> float:
    """Mean confidence of the letters of some words (0-100)."""
    letters = sum(len(row.text) for row in rows)
    return sum(row.confidence * len(row.text) for row in rows) / letters if letters else 0.0


def _merge(first: list[_Row], second: list[_Row]) -> list[_Row]:
    """Keep the surest of two readings of a page, group of overlapping words by group.

    Words may be cut differently (« Porterun », « Porter un »): what touches is compared as a
    whole. What only the second reading saw is kept when it is sure of it.
    """
    rows = [*first, *second]
    parent = list(range(len(rows)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    order = sorted(range(len(rows)), key=lambda index: rows[index].y0)
    tallest = max((row.y1 - row.y0 for row in rows), default=0.0)
    for rank, index in enumerate(order):
        for other in order[rank + 1 :]:
            if rows[other].y0 > rows[index].y1 or rows[other].y0 > rows[index].y0 + tallest:
                break
            if (index < len(first)) != (other < len(first)) and _overlap(rows[index], rows[other]):
                parent[root(other)] = root(index)
    groups: dict[int, tuple[list[_Row], list[_Row]]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(root(index), ([], []))[index >= len(first)].append(row)
    kept: list[_Row] = []
    for one, two in groups.values():
        if not one:
            kept += [row for row in two if row.confidence >= 60]
        elif two and _mean(two) > _mean(one):
            line = one[0].line
            kept += [
                _Row(line, row.x0, row.y0, row.x1, row.y1, row.confidence, row.text) for row in two
            ]
        else:
            kept += one
    return kept


def _overlap(a: _Row, b: _Row) -> bool:
    across = min(a.x1, b.x1) - max(a.x0, b.x0)
    down = min(a.y1, b.y1) - max(a.y0, b.y0)
    return across > 0.4 * min(a.x1 - a.x0, b.x1 - b.x0) and down > 0.4 * min(
        a.y1 - a.y0, b.y1 - b.y0
    )


def _words(rows: list[_Row]) -> list[LayoutWord]:
    """Words for the layout, with a font size and a baseline common to their line."""
    heights: dict[tuple[str, ...], list[float]] = {}
    bottoms: dict[tuple[str, ...], list[float]] = {}
    for row in rows:
        heights.setdefault(row.line, []).append(row.y1 - row.y0)
        bottoms.setdefault(row.line, []).append(row.y1)
    sizes = _line_sizes(heights)
    signs = _misread_bullets(rows)
    words: list[LayoutWord] = []
    previous: tuple[str, ...] | None = None
    for row in rows:
        size = sizes[row.line]
        line = sorted(bottoms[row.line])
        base = line[len(line) // 2]
        if abs(base - row.y1) > 0.6 * size:
            base = row.y1
        words.append(
            LayoutWord(
                "•" if signs and row.line != previous and row.text in _BULLET_LIKE else row.text,
                round(row.x0, 2),
                round(row.y0, 2),
                round(row.x1, 2),
                round(row.y1, 2),
                round(base, 2),
                size,
                False,
                False,
                0,
                0,
                len(words),
            )
        )
        previous = row.line
    return words


def _line_sizes(heights: dict[tuple[str, ...], list[float]]) -> dict[tuple[str, ...], float]:
    """Font size of each line, in points.

    The height of a word depends on its letters: lines close to the usual size of the page
    are given that size, so that only real titles stand out.
    """
    # The box of a line of text with ascenders is about 0.75 of its font size.
    own = {key: sorted(values)[len(values) // 2] / 0.75 for key, values in heights.items()}
    weighted = sorted(size for key, size in own.items() for _ in heights[key])
    if not weighted:
        return {}
    usual = weighted[len(weighted) // 2]
    return {
        key: round((usual if 0.65 * usual < size < 1.45 * usual else size) * 2) / 2 or 1.0
        for key, size in own.items()
    }


def _misread_bullets(rows: list[_Row]) -> bool:
    """Whether several lines start with a sign that Tesseract gives for a round bullet."""
    starts: dict[tuple[str, ...], str] = {}
    for row in rows:
        starts.setdefault(row.line, row.text)
    return sum(text in _BULLET_LIKE for text in starts.values()) >= 2

"""Recognising the text of page images with Tesseract, when this machine has it.

Tesseract is called as a program, one page at a time, on an image passed through a pipe: no
temporary file, and a page that makes it fail costs that page only.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from assistant.ingestion.layout_types import LayoutWord

DPI: Final = 300
PAGE_TIMEOUT_S: Final = 120
_BULLET_LIKE: Final = frozenset({"e", "°", "¢", "*", "+"})
MIN_CONFIDENCE: Final = 30.0
"""Below this Tesseract confidence, a « word » is a speck or a piece of a logo."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """Words recognised on a page, in display coordinates, and their mean confidence (0-100)."""

    words: list[LayoutWord]
    confidence: float


@lru_cache(maxsize=1)
def is_available() -> bool:
    """Whether Tesseract and its French model are installed."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    try:
        # The program comes from PATH on purpose: that is where the system installs it.
        listed = subprocess.run(  # noqa: S603
            [program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return "fra" in listed.stdout.split()


def recognise(image: Any, points_per_pixel: float) -> Recognition | None:
    """Recognise the French text of a page image.

    Args:
        image: PIL image of the page as shown.
        points_per_pixel: scale back to points.

    Returns:
        The words, or `None` when Tesseract failed or took too long.
    """
    program = shutil.which("tesseract")
    if program is None:
        return None
    buffer = io.BytesIO()
    image.convert("L").save(buffer, format="PNG", compress_level=1, dpi=(DPI, DPI))
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        result = subprocess.run(  # noqa: S603
            [program, "stdin", "stdout", "-l", "fra", "--psm", "3", "tsv"],
            input=buffer.getvalue(),
            capture_output=True,
            timeout=PAGE_TIMEOUT_S,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    if result.returncode != 0:
        return None
    return _parse(result.stdout.decode("utf-8", "replace"), points_per_pixel)


def _parse(table: str, scale: float) -> Recognition:
    rows: list[tuple[tuple[str, ...], float, float, float, float, float, str]] = []
    for line in table.splitlines()[1:]:
        fields = line.split("\t")
        if len(fields) < 12 or fields[0] != "5":
            continue
        text = "".join(fields[11].split())
        confidence = float(fields[10])
        if not text or confidence < MIN_CONFIDENCE:
            continue
        left, top, width, height = (float(value) * scale for value in fields[6:10])
        rows.append((tuple(fields[1:5]), left, top, width, height, confidence, text))
    lines: dict[tuple[str, ...], list[float]] = {}
    for key, _, top, _, height, _, _ in rows:
        lines.setdefault(key, []).append(top + height)
    heights: dict[tuple[str, ...], list[float]] = {}
    for key, _, _, _, height, _, _ in rows:
        heights.setdefault(key, []).append(height)
    sizes = _line_sizes(heights)
    signs = _misread_bullets(rows)
    words: list[LayoutWord] = []
    total = letters = 0.0
    previous: tuple[str, ...] | None = None
    for key, left, top, width, height, confidence, text in rows:
        size = sizes[key]
        bottoms = sorted(lines[key])
        base = bottoms[len(bottoms) // 2]
        if abs(base - (top + height)) > 0.6 * size:
            base = top + height
        words.append(
            LayoutWord(
                "•" if signs and key != previous and text in _BULLET_LIKE else text,
                round(left, 2),
                round(top, 2),
                round(left + width, 2),
                round(top + height, 2),
                round(base, 2),
                size,
                False,
                False,
                0,
                0,
                len(words),
            )
        )
        previous = key
        total += confidence * len(text)
        letters += len(text)
    return Recognition(words, total / letters if letters else 0.0)


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


def _misread_bullets(
    rows: list[tuple[tuple[str, ...], float, float, float, float, float, str]],
) -> bool:
    """Whether several lines start with a sign that Tesseract gives for a round bullet."""
    starts: dict[tuple[str, ...], str] = {}
    for row in rows:
        starts.setdefault(row[0], row[6])
    return sum(text in _BULLET_LIKE for text in starts.values()) >= 2

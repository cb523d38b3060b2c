"""A hostile file costs that file only."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from assistant.index.reading import ReadLimits, _File, read_all, read_rows
from tests.ingestion import hostile

LIMITS = ReadLimits(max_bytes=1 << 20, max_pages=10, timeout_s=3.0, memory_mb=2000)


def behave(path: Path, sha256: str, limits: ReadLimits):
    """Stand-in for reading: what to do is written in the file's name."""
    if path.name == "boucle":
        time.sleep(60)
    if path.name == "plante":
        os._exit(3)
    if path.name == "defaut":
        raise RuntimeError("défaut du lecteur")
    if path.name == "gourmand":
        raise MemoryError
    return f"lu {path.name}"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("boucle", "delai"),
        ("plante", "echec_lecture"),
        ("defaut", "echec_lecture"),
        ("gourmand", "memoire"),
    ],
)
def test_the_other_files_are_read_all_the_same(name, code):
    files = [(Path(item), "0") for item in ("premier", name, "dernier")]

    outcomes = {item.path.name: item for item in read_all(files, LIMITS, workers=1, read=behave)}

    assert outcomes[name].error.code == code
    assert outcomes[name].error.remedy
    assert outcomes["premier"].rows == "lu premier"
    assert outcomes["dernier"].rows == "lu dernier"


def test_starting_a_process_does_not_count_in_the_time_of_a_file():
    """Spawning and importing take seconds on a busy machine: no fault of the file."""
    shorter_than_a_start = ReadLimits(
        max_bytes=1 << 20, max_pages=10, timeout_s=0.05, memory_mb=2000
    )

    (outcome,) = read_all([(Path("lent"), "0")], shorter_than_a_start, workers=1, read=behave)

    assert outcome.rows == "lu lent"


def test_reading_nothing_starts_nothing():
    assert list(read_all([], LIMITS, workers=2, read=behave)) == []


def long_pdf(path: Path, count: int) -> Path:
    pages = [
        hostile.stream(hostile.text_content([f"Partie {number}", *hostile.LINES]))
        for number in range(1, count + 1)
    ]
    path.write_bytes(hostile.pdf(hostile.pages(pages)))
    return path


def test_a_long_file_read_by_several_workers_gives_the_same_rows(tmp_path):
    path = long_pdf(tmp_path / "long.pdf", 60)
    limits = ReadLimits(max_bytes=1 << 20, max_pages=100, timeout_s=60.0, memory_mb=2000)

    (outcome,) = read_all([(path, "ab" * 32)], limits, workers=2)

    assert outcome.error is None
    assert outcome.rows == read_rows(path, "ab" * 32, limits)


def test_a_long_file_beyond_the_limit_is_refused_once(tmp_path):
    path = long_pdf(tmp_path / "long.pdf", 60)
    limits = ReadLimits(max_bytes=1 << 20, max_pages=10, timeout_s=60.0, memory_mb=2000)

    (outcome,) = read_all([(path, "ab" * 32)], limits, workers=2)

    assert outcome.error.code == "trop_de_pages"


def test_the_time_of_a_file_grows_with_its_pages():
    """A thousand pages may take twice the time of five hundred."""
    short = _File(Path("a"), "0", LIMITS, 2, read_rows)
    long = _File(Path("b"), "0", LIMITS, 2, read_rows, _count=1000)
    assert long.budget_s == 2 * short.budget_s == 2 * LIMITS.timeout_s

"""The drills in small: damaged files and sudden stops, the way the long runs do them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from eval.bancs import arrets, lecture, mutations
from tests.ingestion import hostile


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Small sound PDFs, compressed or not, with several pages."""
    folder = tmp_path_factory.mktemp("sources")
    paths = []
    for number in range(4):
        lines = [(f"Document {number}, page {page}.", *hostile.LINES) for page in range(1 + number)]
        pages = [hostile.stream(hostile.text_content(page)) for page in lines]
        path = folder / f"source{number}.pdf"
        path.write_bytes(hostile.pdf(hostile.pages(pages)))
        paths.append(path)
    return paths


def test_damaged_files_are_read_or_refused_and_leave_nothing_behind(sources):
    result = mutations.drill(sources, count=32, seed=7, workers=1, timeout_s=20, page_timeout_s=5)
    assert result["ok"], result
    assert sum(result["outcomes"].values()) == 32
    assert result["outcomes"]["read"] > 0


def test_the_same_seed_damages_files_the_same_way(sources):
    data, other = sources[3].read_bytes(), sources[1].read_bytes()
    for mutate in mutations.MUTATIONS:
        damaged = [mutate(data, random.Random(5), other) for _ in range(2)]
        assert damaged[0] == damaged[1]
        assert any(mutate(data, random.Random(seed), other) != data for seed in range(5))


def test_a_file_left_behind_is_noticed(sources, monkeypatch):
    """The drill must be able to fail."""
    unlink = Path.unlink

    def careless(path: Path, missing_ok: bool = False) -> None:
        import tempfile

        Path(tempfile.gettempdir(), f"oubli-{path.name}").write_bytes(b"")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", careless)
    result = mutations.drill(sources[:1], count=1, workers=1, timeout_s=20)
    assert result["left"]
    assert not result["ok"]


def test_killed_ingestions_leave_an_index_that_serves_and_resumes(sources):
    result = arrets.drill(sources[:2], kills=2, seed=3, between=(4, 4))
    assert result["kills"] == 2
    assert result["ok"], result


def test_throughput_counts_every_page_and_the_memory_of_the_workers(sources):
    result = lecture.measure(sources, workers=1)
    assert result["pages"] == 1 + 2 + 3 + 4
    assert result["statuses"] == {"text": 10}
    assert result["peak_mb"] > 20
    assert result["cpu_s"] > 0

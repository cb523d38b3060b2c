"""The administrator has the last word on sigles, and keeps it through re-indexing."""

from __future__ import annotations

import json
import os
import shutil
import threading

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import IndexLockedError, IndexMissingError, StorageError
from assistant.index import own_sigles
from assistant.index.generations import load
from assistant.index.glossary_book import GlossaryBook
from assistant.index.own_sigles import (
    FILE,
    InvalidSigleError,
    OwnGlossaryError,
    OwnSigles,
    UnknownSigleError,
    overlay,
)
from assistant.index.reading import ReadLimits
from tests.conftest import WordHashEmbedder
from tests.indexing import ingest_here

LIMITS = ReadLimits(max_bytes=50 << 20, max_pages=500, timeout_s=60, memory_mb=3000)


def test_what_is_filed_is_found_by_another_process(tmp_path):
    OwnSigles(tmp_path).put("SAS", ["service d’accès aux soins"])
    OwnSigles(tmp_path).withdraw("IA")
    found = OwnSigles(tmp_path).decisions()
    assert found["sas"].senses == ("service d’accès aux soins",)
    assert found["ia"].withdrawn
    assert OwnSigles(tmp_path).forget("s.a.s.")
    assert set(OwnSigles(tmp_path).decisions()) == {"ia"}


def test_a_sense_is_added_after_those_that_serve(tmp_path):
    own = OwnSigles(tmp_path)
    assert own.add("ETP", "équivalent temps plein", ["éducation thérapeutique"]).senses == (
        "éducation thérapeutique",
        "équivalent temps plein",
    )
    own.add("ETP", "équivalent temps plein")
    assert len(own.decisions()["etp"].senses) == 2


def test_the_last_word_wins_over_the_corpus():
    decided = {
        "sas": own_sigles.OwnSigle("SAS", ("sas d’entrée",)),
        "ia": own_sigles.OwnSigle("IA"),
    }
    made = overlay({"sas": ["service d’accès aux soins"], "ia": ["x y"], "ght": ["z"]}, decided)
    assert made == {"sas": ["sas d’entrée"], "ght": ["z"]}


def test_a_running_reader_sees_the_change_and_only_then_reads_again(tmp_path):
    reader, writer = OwnSigles(tmp_path), OwnSigles(tmp_path)
    before = reader.decisions()
    assert reader.decisions() is before
    writer.put("SAS", ["sas d’entrée"])
    after = reader.decisions()
    assert "sas" in after
    assert reader.decisions() is after


@pytest.mark.parametrize(
    ("sigle", "senses"),
    [
        ("", ["service"]),
        ("S", ["service"]),
        ("12", ["douze mois"]),
        ("SAS<script>", ["service"]),
        ("S" * 30, ["service"]),
        ("SAS", []),
        ("SAS", ["  "]),
        ("SAS", ["x" * 500]),
        ("SAS", ["service\u0007d’accès"]),
        ("SAS", [f"sens {number} a" for number in "123456"]),
    ],
)
def test_what_is_no_sigle_is_refused_and_nothing_is_written(tmp_path, sigle, senses):
    with pytest.raises(InvalidSigleError) as refused:
        OwnSigles(tmp_path).put(sigle, senses)
    assert refused.value.remedy
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"format": 9, "sigles": {}}',
        '{"format": 1, "sigles": {"SAS": "x"}}',
        '{"format": 1, "sigles": {"SAS": [""]}}',
        '{"format": 1, "sigles": []}',
        "\udcff",
    ],
)
def test_a_damaged_file_is_said_but_never_stops_questions(tmp_path, content, caplog):
    own = OwnSigles(tmp_path)
    own.put("SAS", ["sas d’entrée"])
    good = own.decisions()
    (tmp_path / FILE).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(OwnGlossaryError):
        OwnSigles(tmp_path).decisions()
    with pytest.raises(OwnGlossaryError):
        own.put("GHT", ["groupement"])
    assert own.serving() is good
    assert "glossaire" in caplog.text.lower()
    caplog.clear()
    assert own.serving() is good
    assert not caplog.text


def test_a_full_disk_leaves_the_previous_file(tmp_path, monkeypatch):
    own = OwnSigles(tmp_path)
    own.put("SAS", ["sas d’entrée"])

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError):
        own.put("GHT", ["groupement"])
    monkeypatch.undo()
    assert set(OwnSigles(tmp_path).decisions()) == {"sas"}
    assert not list(tmp_path.glob("*.tmp"))


def test_two_writers_lose_nothing(tmp_path):
    def write(letter):
        for number in range(5):
            OwnSigles(tmp_path).put(f"{letter}{number}X", ["un deux"])

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "ABC"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(OwnSigles(tmp_path).decisions()) == 15


def test_a_file_held_by_another_program_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(own_sigles, "_WAIT_S", 0)
    with FileLock(tmp_path / f".{FILE}.lock"), pytest.raises(IndexLockedError):
        OwnSigles(tmp_path).put("SAS", ["sas d’entrée"])


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.text("ABCDEFGH", min_size=2, max_size=6),
        st.lists(st.text("abc é’", min_size=3, max_size=20), max_size=3),
        max_size=4,
    )
)
def test_any_decisions_survive_being_written(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("sigles")
    own, kept = OwnSigles(folder), {}
    for sigle, senses in table.items():
        try:
            made = own.put(sigle, senses) if senses else own.withdraw(sigle)
        except InvalidSigleError:
            continue
        kept[sigle.lower()] = made
    assert OwnSigles(folder).decisions() == kept


@pytest.fixture(scope="module")
def built(tmp_path_factory, make_pdf):
    place = tmp_path_factory.mktemp("glossaire")
    make_pdf(
        place / "corpus" / "srs.pdf",
        [["Bonjour"], ["La region organise le Service d'acces aux soins (SAS) avec les medecins."]],
    )
    ingest_here(
        place / "index",
        [place / "corpus"],
        embedder=WordHashEmbedder,
        limits=LIMITS,
        workers=1,
    )
    return place


@pytest.fixture
def index(tmp_path, built):
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path / "index"


def test_the_book_says_where_each_sense_comes_from(index):
    book = GlossaryBook(index)
    found = book.find("sas")
    (sense,) = found.senses
    assert (sense.text, sense.origin, sense.used) == ("Service d'acces aux soins", "corpus", True)
    assert [(place.file, place.page) for place in sense.places] == [("srs.pdf", 2)]
    assert [sense.origin for sense in book.find("EHPAD").senses] == ["liste"]
    assert [view.sigle for view in book.sigles("acces aux soins")] == ["SAS"]


def test_decisions_survive_a_new_indexing(index, tmp_path, embedder):
    book = GlossaryBook(index)
    book.put("SAS", ["sas d’entrée"])
    book.withdraw("GHT")
    ingest_here(
        index, [tmp_path / "corpus"], embedder=lambda: embedder, limits=LIMITS, rebuild=True
    )
    again = GlossaryBook(index)
    used = [(sense.text, sense.origin) for sense in again.find("SAS").senses if sense.used]
    assert used == [("sas d’entrée", "vous")]
    assert again.find("GHT").withdrawn
    assert "sas" in load(index).glossary


def test_a_decision_can_be_forgotten(index):
    book = GlossaryBook(index)
    book.add("SAS", "sas d’entrée")
    assert book.find("SAS").ambiguous
    restored = book.restore("SAS")
    assert [sense.origin for sense in restored.senses] == ["corpus"]
    book.add("XYZ", "xylophone y zen")
    assert book.restore("XYZ") is None
    with pytest.raises(UnknownSigleError):
        book.restore("XYZ")
    with pytest.raises(UnknownSigleError):
        book.withdraw("XYZ")


def test_a_folder_that_does_not_exist_is_not_made(tmp_path):
    book = GlossaryBook(tmp_path / "faute-de-frappe")
    assert book.find("ARS").senses
    with pytest.raises(IndexMissingError):
        book.put("SAS", ["sas d’entrée"])
    assert not (tmp_path / "faute-de-frappe").exists()


def test_the_file_can_be_written_by_hand(index):
    (index / FILE).write_text(
        "\ufeff" + json.dumps({"format": 1, "sigles": {"S.A.S.": ["sas d’entrée"]}}), "utf-8"
    )
    assert GlossaryBook(index).find("SAS").senses[0].origin == "vous"

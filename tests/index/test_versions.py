"""Versions of one document are linked, and only they; the user has the last word."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.index.catalogue import Catalogue, DocumentRows, FileRow, PageRow, PassageRow
from assistant.index.codec import encode_blocks, encode_words
from assistant.index.described import describe
from assistant.index.descriptions import merge
from assistant.index.reading import ReadLimits
from assistant.index.schema import SCHEMA_VERSION
from assistant.index.versions import (
    choose_link,
    compare_age,
    find_versions,
    resemblance,
    sketch,
    update_versions,
)
from assistant.model import Block, BlockKind, Document, DocumentMetadata, Span
from tests.indexing import ingest_here

LIMITS = ReadLimits(max_bytes=50 << 20, max_pages=500, timeout_s=60, memory_mb=3000)

WORDS = [f"mot{chr(97 + k // 26)}{chr(97 + k % 26)}" for k in range(400)]
TEXT = " ".join(WORDS)


def edition(share: float, seed: str = "neuf") -> str:
    """A text whose first part is that of `TEXT`, the rest being new."""
    kept = int(share * len(WORDS))
    return " ".join(WORDS[:kept] + [f"{seed}{word}" for word in WORDS[kept:]])


def document(key, title="Charte d’adhésion au Hub", **metadata):
    return Document(key, f"{key}.pdf", f"/{key}.pdf", DocumentMetadata(title, **metadata), 1)


def links(documents, texts, **choices):
    sketches = {item.id: sketch([text]) for item, text in zip(documents, texts, strict=True)}
    return [(link.older, link.newer) for link in find_versions(documents, sketches, **choices)]


# --- How alike two texts are -------------------------------------------------------------------


@pytest.mark.parametrize("share", [1.0, 0.8, 0.5, 0.2, 0.0])
def test_a_sketch_estimates_the_share_of_text_in_common(share):
    long = " ".join(f"{word} {chr(97 + k % 26)}{k}x" for k in range(8) for word in WORDS)
    words = long.split()
    kept = int(share * len(words))
    other = " ".join(words[:kept] + [f"autre{word}" for word in words[kept:]])
    expected = share / (2 - share)
    assert resemblance(sketch([long]), sketch([other])) == pytest.approx(expected, abs=0.06)


def test_figures_are_what_an_edition_changes_first():
    one = sketch([f"Le taux de la région {k} est de {k * 7} pour cent" for k in range(50)])
    other = sketch([f"Le taux de la région {k} est de {k * 9} pour cent" for k in range(50)])
    assert resemblance(one, other) == 1.0


@given(st.text(max_size=300), st.text(max_size=300))
def test_resemblance_is_a_symmetric_share(one, other):
    a, b = sketch([one]), sketch([other])
    assert 0.0 <= resemblance(a, b) <= 1.0
    assert resemblance(a, b) == resemblance(b, a)
    assert resemblance(a, a) == (1.0 if a.shingles else 0.0)


# --- Which one is newer ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"version": "1.0"}, {"version": "1.2"}),
        ({"version": "1.9"}, {"version": "1.10"}),
        ({"version": "1", "date": "2025"}, {"version": "2", "date": "2024"}),
        ({"date": "2019-06"}, {"date": "2020-09"}),
        ({"date": "2019"}, {"date": "2020-09"}),
        ({"date": "2023-12"}, {"title": "Bilan statistique annuel 2025"}),
        ({"version": "2022"}, {"date": "2023-01"}),
    ],
)
def test_version_numbers_speak_first_then_dates(older, newer):
    a, b = document("a", **older), document("b", **newer)
    assert (compare_age(a, b), compare_age(b, a)) == (-1, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [({}, {}), ({"version": "1.0"}, {"version": "1"}), ({"date": "2025"}, {"date": "2025-07"})],
)
def test_when_nothing_says_which_is_newer_nobody_guesses(one, other):
    a, b = document("a", **one), document("b", **other)
    assert compare_age(a, b) == 0
    assert links([a, b], [TEXT, TEXT]) == []


# --- Which documents are versions --------------------------------------------------------------


def test_two_editions_are_linked_from_the_older_to_the_newer():
    pair = [document("b", version="1.2"), document("a", version="1.0")]
    assert links(pair, [TEXT, edition(0.8)]) == [("a", "b")]


def test_an_annual_report_that_shares_little_is_recognised_by_its_title():
    title = "Bilan statistique annuel {} de la restauration"
    pair = [document(str(year), title.format(year), date=str(year)) for year in (2023, 2025)]
    assert links(pair, [TEXT, edition(0.3)]) == [("2023", "2025")]
    assert links(pair, [TEXT, edition(0.05)]) == []


def test_three_editions_make_a_chain():
    three = [document(key, version=key) for key in ("3", "1", "2")]
    assert links(three, [TEXT, edition(0.8), edition(0.9)]) == [("1", "2"), ("2", "3")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # What happens again does not replace what happened.
        (
            {"title": "COPIL IA du 26 juin 2025", "kind": "copil", "date": "2025-06-26"},
            {"title": "COPIL IA du 2 octobre 2025", "kind": "copil", "date": "2025-10-02"},
        ),
        (
            {"title": "Point de situation sanitaire", "kind": "communique", "date": "2020-03-11"},
            {"title": "Point de situation sanitaire", "kind": "communique", "date": "2020-03-12"},
        ),
        (
            {"title": "Bulletin d’information", "date": "2020-03-07"},
            {"title": "Bulletin d’information", "date": "2020-03-11"},
        ),
        # The sheets of a series share their template.
        (
            {"title": "Fiche pratique n° 1 : aération", "date": "2020"},
            {"title": "Fiche pratique n° 2 : aération", "date": "2021"},
        ),
        (
            {"title": "Schéma régional", "region": "Bretagne", "date": "2018"},
            {"title": "Schéma régional", "region": "Normandie", "date": "2023"},
        ),
        (
            {"title": "Guide du patient", "date": "2020"},
            {"title": "Feuille de soins", "date": "2021"},
        ),
        ({"kind": "ami", "date": "2020"}, {"kind": "guide", "date": "2021"}),
    ],
)
def test_documents_that_repeat_each_other_without_replacing_each_other(one, other):
    pair = [document("a", **one), document("b", **other)]
    assert links(pair, [TEXT, edition(0.9)]) == []


def test_numbered_minutes_of_one_meeting_are_versions():
    pair = [
        document(key, "Compte rendu du comité", kind="copil", version=key) for key in ("1", "2")
    ]
    assert links(pair, [TEXT, edition(0.9)]) == [("1", "2")]


def test_a_form_of_a_few_words_is_no_version_of_another():
    pair = [document("a", version="1"), document("b", version="2")]
    assert links(pair, ["Nom prénom date signature"] * 2) == []


def test_the_user_may_cut_or_force_a_link():
    three = [document(key, version=key) for key in ("1", "2", "3")]
    texts = [TEXT, edition(0.9), edition(0.8)]
    assert links(three, texts, cut=[("2", "1")]) == [("1", "3")] or links(
        three, texts, cut=[("2", "1")]
    ) == [("2", "3")]
    # What the user linked takes the place of what was found.
    assert ("1", "2") not in links(three, texts, forced=[("1", "3")])


# --- In the catalogue --------------------------------------------------------------------------


def store(catalogue, name, text, **metadata):
    """Put a document of one passage into a catalogue, as an ingestion does."""
    key = name[:16].ljust(16, "0")
    block = Block(BlockKind.PARAGRAPH, (Span(1, 0, len(text)),), text)
    catalogue.put_document(
        DocumentRows(
            key,
            key * 4,
            DocumentMetadata("Guide de l’aération des locaux", **metadata),
            (PageRow(1, "1", 595.0, 842.0, "text", text, encode_words(()), ()),),
            (PassageRow(f"p{key}", 0, (), encode_blocks((block,))),),
            (),
        ),
        FileRow(f"/{name}", "/", name, 1, 1, key, None, None, 1),
    )
    return key


@pytest.fixture
def pair(tmp_path):
    """A catalogue that holds two editions of one guide."""
    catalogue = Catalogue(tmp_path / "index" / "catalogue.sqlite", create=True)
    first = store(catalogue, "ancien.pdf", TEXT, version="1")
    return catalogue, first, store(catalogue, "nouveau.pdf", edition(0.9), version="2")


def test_versions_are_found_kept_and_shown(pair):
    catalogue, first, second = pair
    (link,) = update_versions(catalogue)
    assert (link.older, link.newer) == (first, second)
    documents = catalogue.documents()
    assert documents[first].superseded_by == second
    assert documents[second].supersedes == first
    assert (documents[first].supersedes, documents[second].superseded_by) == (None, None)


def test_only_new_documents_are_summed_up(pair, monkeypatch):
    from assistant.index import versions

    catalogue, *_ = pair
    before = update_versions(catalogue)
    monkeypatch.setattr(versions, "_summarise", lambda *_: pytest.fail("summed up again"))
    assert update_versions(catalogue) == before


def test_a_decision_of_the_user_survives_a_new_reading(pair):
    catalogue, first, second = pair
    choose_link(catalogue, first, second, cut=True)
    assert catalogue.documents()[first].superseded_by is None
    assert store(catalogue, "nouveau.pdf", TEXT, version="2") == second
    update_versions(catalogue)
    assert catalogue.documents()[first].superseded_by is None
    choose_link(catalogue, second, first, cut=False)
    update_versions(catalogue)
    assert catalogue.documents()[second].superseded_by == first


def test_a_version_that_leaves_is_no_longer_named(pair):
    catalogue, first, second = pair
    update_versions(catalogue)
    path = catalogue.documents()[second].path
    catalogue.forget_files([path])
    assert catalogue.documents()[first].superseded_by is None
    catalogue.purge([])
    assert update_versions(catalogue) == []
    assert catalogue.rows("SELECT COUNT(*) n FROM sketches")[0]["n"] == 1


# --- What is said of a document ----------------------------------------------------------------


def test_the_word_of_the_user_wins_then_that_of_the_list():
    guess = DocumentMetadata("Deviné", "ANS", "autre", "Bretagne", "2025-07-08")
    source = {"title": "De la liste", "publisher": "HAS", "kind": "guide", "date": "2025"}
    user = {"title": "De l’utilisateur", "region": ""}
    shown = merge(guess, source, user)
    assert shown == DocumentMetadata(
        "De l’utilisateur",
        "HAS",
        "guide",
        None,
        "2025-07-08",  # the list only knows its year
    )
    assert merge(guess, {"date": "2024"}, {}).date == "2024"
    assert merge(guess, {}, {"kind": ""}).kind == "autre"


def test_an_edited_title_is_kept_by_content_and_indexed_again(tmp_path, make_pdf, embedder):
    folder = tmp_path / "corpus"
    make_pdf(folder / "ami.pdf", [["Appel a manifestation", "Le montant est de 20 000 euros."]])

    def run():
        return ingest_here(
            tmp_path / "index", [folder], embedder=lambda: embedder, limits=LIMITS, workers=1
        )

    run()
    catalogue = Catalogue(tmp_path / "index" / "catalogue.sqlite")
    (key,) = catalogue.documents()
    describe(catalogue, key, {"title": "AMI temps de travail"})
    embedder.embedded.clear()

    assert run().changed
    assert any("AMI temps de travail" in text for text in embedder.embedded)
    (folder / "ami.pdf").rename(folder / "autre nom.pdf")
    run()
    assert catalogue.documents()[key].metadata.title == "AMI temps de travail"
    assert describe(catalogue, key, {}, clear=True) == {}
    assert catalogue.documents()[key].metadata.title != "AMI temps de travail"


def test_the_list_of_sources_describes_a_file_it_knows(tmp_path, make_pdf, embedder):
    folder = tmp_path / "corpus"
    make_pdf(folder / "x.pdf", [["Un texte sans titre ni date."]])

    def run(said):
        ingest_here(
            tmp_path / "index",
            [folder],
            embedder=lambda: embedder,
            limits=LIMITS,
            workers=1,
            known_source=lambda path, sha256: said if len(sha256) == 64 else {},
        )
        (found,) = Catalogue(tmp_path / "index" / "catalogue.sqlite").documents().values()
        return found.metadata

    assert run({"title": "Guide", "publisher": "HAS"}).publisher == "HAS"
    assert run({}).publisher is None, "what the list no longer says is forgotten"


# --- Older files -------------------------------------------------------------------------------

VERSION_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, title TEXT NOT NULL, publisher TEXT,
    kind TEXT NOT NULL, region TEXT, date TEXT, page_count INTEGER NOT NULL,
    warnings TEXT NOT NULL, reader_version INTEGER NOT NULL, read_at REAL NOT NULL
);
CREATE TABLE files (
    path TEXT PRIMARY KEY, root TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, document_id TEXT REFERENCES documents (id), reason TEXT,
    reason_code TEXT, reader_version INTEGER NOT NULL
);
CREATE TABLE pages (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, label TEXT NOT NULL, width REAL NOT NULL, height REAL NOT NULL,
    status TEXT NOT NULL, text TEXT NOT NULL, words BLOB NOT NULL, warnings TEXT NOT NULL,
    PRIMARY KEY (document_id, number)
);
CREATE TABLE passages (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, section TEXT NOT NULL, blocks TEXT NOT NULL
);
CREATE TABLE pending_vectors (
    model TEXT NOT NULL, text_hash BLOB NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (model, text_hash)
) WITHOUT ROWID;
INSERT INTO documents VALUES ('a', 'aa', 'Guide', NULL, 'guide', NULL, '2024', 1, '[]', 1, 0);
INSERT INTO files VALUES ('/a.pdf', '/', 'a.pdf', 1, 1, 'a', NULL, NULL, 1);
INSERT INTO pages VALUES ('a', 1, '1', 100, 100, 'text', 'Bonjour', x'', '[]');
"""
VERSION_2 = """
ALTER TABLE documents ADD COLUMN version TEXT;
ALTER TABLE documents ADD COLUMN unit TEXT NOT NULL DEFAULT 'page';
ALTER TABLE pages ADD COLUMN confidence REAL;
"""


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_catalogue_is_brought_up_to_date(tmp_path, version):
    path = tmp_path / "catalogue.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1 + (VERSION_2 if version == 2 else ""))
    connection.execute(f"PRAGMA user_version={version}")
    connection.commit()
    connection.close()

    catalogue = Catalogue(path)
    (found,) = catalogue.documents().values()
    assert found.metadata == DocumentMetadata("Guide", None, "guide", None, "2024")
    assert catalogue.rows("PRAGMA user_version")[0][0] == SCHEMA_VERSION
    assert update_versions(catalogue) == []
    describe(catalogue, "a", {"version": "3"})
    assert catalogue.documents()["a"].metadata.version == "3"
    Catalogue(path)  # and opens again


def test_a_catalogue_from_the_future_is_refused(tmp_path):
    from assistant.errors import IndexCorruptError

    path = tmp_path / "catalogue.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(IndexCorruptError, match="plus récente"):
        Catalogue(path)


# --- Real documents ----------------------------------------------------------------------------

REAL_PAIRS = {
    (
        "cnam_snds-fiches-thematiques-beneficiaires_2019-06",
        "cnam_snds-fiches-thematiques-beneficiaires_2020-09",
    ),
    ("dgs_fiche-aeration-ventilation_2020-10", "dgs_fiche-aeration-ventilation_2021-07"),
}
REAL_OTHERS = [
    "ars-bretagne_cp-point-situation_2020-03-11",
    "ars-bretagne_cp-point-situation_2020-03-12",
    "ans_hub-sante_comite-territoires_2024-05-23",
]


@pytest.mark.corpus_reel
def test_real_editions_are_linked_whatever_their_file_names(real_corpus: Path):
    names = sorted({name for pair in REAL_PAIRS for name in pair} | set(REAL_OTHERS))
    documents, sketches = [], {}
    from assistant.ingestion.metadata import document_metadata
    from assistant.ingestion.reader import read_file

    for name in names:
        path = real_corpus / "public" / f"{name}.pdf"
        if not path.is_file():
            pytest.skip(f"{path.name} est absent")
        read = read_file(path, max_bytes=50 << 20, max_pages=500)
        metadata = replace(
            document_metadata(Path("document.pdf"), {}, read.pages), kind=read.metadata.kind
        )
        documents.append(Document(name, name, "", metadata, len(read.pages)))
        sketches[name] = sketch(block.text for page in read.pages for block in page.blocks)
    assert {(link.older, link.newer) for link in find_versions(documents, sketches)} == REAL_PAIRS

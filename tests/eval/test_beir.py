"""BEIR-style sets as they are found: variants are read, faults are told, oddities counted."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import StorageError
from eval.beir import EvaluationSetError, read_set, strictly_decreasing, write_run


def test_a_set_is_read_with_either_name_of_the_identifier(beir_folder):
    beir = read_set(beir_folder)
    assert beir.name == "petit-jeu"
    assert [document.id for document in beir.documents] == ["d1", "d2", "d3", "d4", "d5"]
    assert beir.documents[0].title == "Télésurveillance"
    assert list(beir.queries) == ["q1", "q2", "q3", "q4"]
    assert beir.qrels["q2"] == {"d2": 2, "d5": 1}


def test_judgements_are_found_under_qrels_without_header_and_compressed(beir_folder):
    (beir_folder / "qrels").mkdir()
    (beir_folder / "qrels.tsv").unlink()
    with gzip.open(beir_folder / "qrels" / "test.tsv.gz", "wt") as stream:
        stream.write("q1\td1\t1\n")
    assert read_set(beir_folder).qrels == {"q1": {"d1": 1}}


def test_trec_judgements_have_four_columns(beir_folder):
    (beir_folder / "qrels.tsv").write_text("\nquery iter doc rel\nq1 0 d1 1\nq2 0 d2 1.0\n")
    assert read_set(beir_folder).qrels == {"q1": {"d1": 1}, "q2": {"d2": 1}}


def test_oddities_are_kept_and_counted(beir_folder):
    with (beir_folder / "corpus.jsonl").open("a") as stream:
        stream.write('{"_id": "d1", "text": "encore"}\n')  # repeated
        stream.write('{"_id": "d6", "title": null, "text": ""}\n')  # empty
        stream.write(  # the text of d4 again
            '{"_id": 7, "title": "Prévention", '
            '"text": "Le dépistage du cancer colorectal commence à cinquante ans."}\n'
        )
    with (beir_folder / "queries.jsonl").open("a") as stream:
        stream.write('{"id": "q1", "text": "encore"}\n{"id": "q6", "text": " "}\n')
    with (beir_folder / "qrels.tsv").open("a") as stream:
        stream.write("q1\td1\t3\nq1\tinconnu\t1\nq9\td1\t1\nq5\td1\t0\n")
    beir = read_set(beir_folder)
    counted = {name: value for name, value in beir.remarks.as_dict().items() if value}
    assert counted == {
        "documents": 7,
        "queries": 6,
        "judgements": 7,
        "empty_documents": 1,
        "repeated_documents": 1,
        "same_text_documents": 1,
        "empty_queries": 1,
        "repeated_queries": 1,
        "repeated_judgements": 1,
        "judgements_on_unknown_documents": 1,
        "judgements_on_unknown_queries": 1,
        "queries_without_relevant": 2,
    }
    assert beir.documents[-1].id == "7"
    assert beir.queries["q1"].startswith("Quels")  # the first one
    # An unknown document counts as relevant and not found, as in trec_eval.
    assert beir.qrels["q1"] == {"d1": 3, "inconnu": 1}


@pytest.mark.parametrize(
    ("name", "line", "why"),
    [
        ("corpus.jsonl", "{pas du json", "JSON"),
        ("corpus.jsonl", "[1, 2]", "objet"),
        ("corpus.jsonl", '{"text": "sans nom"}', "identifiant"),
        ("corpus.jsonl", '{"id": "x"}', "text"),
        ("corpus.jsonl", '{"id": "x", "text": 12}', "text"),
        ("queries.jsonl", '{"id": " ", "text": "?"}', "identifiant"),
        ("qrels.tsv", "q1\td1", "trois colonnes"),
        ("qrels.tsv", "q1\td1\tbeaucoup", "entier"),
        ("qrels.tsv", "q1\td1\t0.5", "entier"),
        ("qrels.tsv", "q1\td1\tnan", "entier"),
    ],
)
def test_a_malformed_line_is_told_with_its_number(beir_folder, name, line, why):
    path = beir_folder / name
    path.write_text(path.read_text(encoding="utf-8") + "\n" + line + "\n", encoding="utf-8")
    number = len(path.read_text(encoding="utf-8").splitlines())
    with pytest.raises(EvaluationSetError) as caught:
        read_set(beir_folder)
    assert f"ligne {number} " in caught.value.message
    assert why in caught.value.message
    assert caught.value.remedy


def test_bytes_that_are_not_utf8_are_told(beir_folder):
    (beir_folder / "queries.jsonl").write_bytes('{"id": "q1", "text": "âge"}\n'.encode("latin-1"))
    with pytest.raises(EvaluationSetError, match=r"ligne 1 .*UTF-8"):
        read_set(beir_folder)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(beir_folder, name):
    (beir_folder / name).unlink()
    with pytest.raises(EvaluationSetError) as caught:
        read_set(beir_folder)
    assert name in caught.value.message


def test_a_set_without_any_relevant_document_is_refused(beir_folder):
    (beir_folder / "qrels.tsv").write_text("q1\td1\t0\n")
    with pytest.raises(EvaluationSetError, match="pertinent"):
        read_set(beir_folder)


def test_a_sample_follows_its_seed(beir_folder):
    beir = read_set(beir_folder)
    drawn = beir.sample(2, seed=3)
    assert list(drawn.queries) == list(beir.sample(2, seed=3).queries)
    assert len(drawn.queries) == 2
    assert drawn.queries.keys() == drawn.qrels.keys()
    assert any(
        drawn.queries.keys() != beir.sample(2, seed=seed).queries.keys() for seed in range(20)
    )


@given(st.lists(st.floats(-1e6, 1e6, width=32), max_size=30))
def test_scores_of_a_run_decrease_in_single_precision(scores):
    fixed = np.array(strictly_decreasing(scores), dtype=np.float32)
    assert (np.diff(fixed) < 0).all()


def test_scores_already_in_order_are_left_alone():
    assert strictly_decreasing([3.5, 1.25, -2.0]) == [3.5, 1.25, -2.0]


def test_a_run_keeps_its_order_once_read_again(tmp_path):
    path = tmp_path / "runs" / "jeu.trec"
    write_run(path, {"q1": [("b", 1.0), ("a", 1.0), ("c", 5.0)]}, tag="essai")
    lines = [line.split() for line in path.read_text().splitlines()]
    assert [line[:4] for line in lines] == [
        ["q1", "Q0", "b", "1"],
        ["q1", "Q0", "a", "2"],
        ["q1", "Q0", "c", "3"],
    ]
    scores = np.array([line[4] for line in lines], dtype=np.float32)
    assert (np.diff(scores) < 0).all()


def test_an_identifier_with_a_space_cannot_be_written(tmp_path):
    with pytest.raises(EvaluationSetError, match="espace"):
        write_run(tmp_path / "run", {"q1": [("a b", 1.0)]}, tag="essai")


def test_a_run_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "fichier").write_text("")
    with pytest.raises(StorageError, match="ne peut pas être écrit"):
        write_run(tmp_path / "fichier" / "run", {"q1": [("a", 1.0)]}, tag="essai")

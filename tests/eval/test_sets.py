"""A question set is validated, and its test half is read by reports only, under watch."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from assistant.errors import StorageError
from eval.sets import (
    FOLDER,
    KINDS,
    Place,
    Question,
    SetInvalidError,
    SetNotFoundError,
    TestHalfError,
    add_split,
    chosen_split,
    load,
    read_lines,
    readings,
    test_journal,
)

LINE = {
    "id": "q1",
    "question": "Quel est le montant ?",
    "kind": "nombre",
    "split": "dev",
    "file": "ami.pdf",
    "page": 1,
    "facts": ["2 M€"],
}


@pytest.fixture
def write(tmp_path: Path):
    def written(*lines: dict[str, object] | str) -> Path:
        path = tmp_path / "jeu.jsonl"
        texts = [one if isinstance(one, str) else json.dumps(one) for one in lines]
        path.write_text("\n".join(texts), encoding="utf-8")
        return path

    return written


def test_tuning_cannot_read_the_test_half(tmp_path: Path) -> None:
    assert {one.split for one in load("demo", "dev")} == {"dev"}
    with pytest.raises(TestHalfError, match="rapport"):
        load("demo", "test")
    with pytest.raises(TestHalfError):
        load("demo", "test", purpose="report")
    with pytest.raises(TestHalfError):
        load("demo", "test", journal=tmp_path / "journal.jsonl")
    assert readings(tmp_path / "journal.jsonl") == []


def test_each_reading_of_the_test_half_is_written_down(tmp_path: Path) -> None:
    journal = test_journal(tmp_path)
    for by in ("assistant evaluer", "porte"):
        questions = load("demo", "test", purpose="report", journal=journal, by=by)
    assert {one.split for one in questions} == {"test"}
    first, second = readings(journal)
    assert (first["by"], second["by"]) == ("assistant evaluer", "porte")
    assert first["set"] == "demo"
    assert first["questions"] == len(questions)
    assert first["code_sha256"] == second["code_sha256"]
    load("demo", "dev", purpose="report", journal=journal)
    assert len(readings(journal)) == 2


def test_a_line_cut_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text('{"by": "un"}\n{"by": "de', encoding="utf-8")
    assert readings(journal) == [{"by": "un"}]


def test_a_report_without_its_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evaluation").write_text("")
    with pytest.raises(StorageError, match="journal"):
        load("demo", "test", purpose="report", journal=test_journal(tmp_path))


def test_a_script_reads_the_test_half_only_when_told_it_is_for_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import eval.sets

    settings = eval.sets.load_settings().model_copy(update={"index_dir": tmp_path})
    monkeypatch.setattr(eval.sets, "load_settings", lambda: settings)
    parser = argparse.ArgumentParser()
    add_split(parser)
    assert chosen_split(parser.parse_args([]), "titres", by="x") == "dev"
    with pytest.raises(TestHalfError):
        chosen_split(parser.parse_args(["--split", "test"]), "titres", by="x")
    assert chosen_split(parser.parse_args(["--split", "test", "--rapport"]), "titres", by="x")
    assert [one["set"] for one in readings(test_journal(tmp_path))] == ["titres"]


@pytest.mark.parametrize("path", sorted(Path(FOLDER).parent.glob("*.py")), ids=lambda p: p.stem)
def test_no_script_reads_the_test_half_of_a_set_by_itself(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 'load(name, "test")' not in text
    assert '"reel", "test"' not in text and '"demo", "test"' not in text
    if path.stem != "sets":
        assert 'choices=("dev", "test")' not in text, "use add_split and chosen_split"


def test_a_file_of_ones_own_is_a_set(write) -> None:
    (question,) = load(write(LINE), "dev")
    assert question.gold == (Place(file="ami.pdf", page=1),)
    with pytest.raises(SetNotFoundError, match="autre"):
        load("autre", "dev")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"page": None}, "vont ensemble"),
        ({"file": None, "page": None}, "sans réponse"),
        ({"pages": [2, 3]}, "l'une des"),
        ({"facts": [" "]}, "vide"),
        ({"split": "val"}, "split\u00a0: valeur impossible"),
        ({"question": ""}, "question\u00a0: texte vide"),
        ({"auteur": "moi"}, "auteur\u00a0: champ inconnu"),
        ({"page": 0}, "page\u00a0: valeur impossible"),
    ],
)
def test_a_wrong_line_is_told_in_french_with_its_number(write, change, said) -> None:
    with pytest.raises(SetInvalidError) as caught:
        load(write(LINE, LINE | {"id": "q2"} | change), "dev")
    assert "jeu.jsonl, ligne 2" in caught.value.message
    assert said in caught.value.message


def test_what_is_no_json_and_what_is_written_twice_are_told(write) -> None:
    with pytest.raises(SetInvalidError, match="JSON"):
        load(write("{"), "dev")
    with pytest.raises(SetInvalidError, match="déjà pris"):
        load(write(LINE, LINE), "dev")


def test_gold_is_every_page_that_answers() -> None:
    question = Question(
        **LINE | {"pages": (1, 4), "also": (Place(file="b.pdf", page=2),)}  # type: ignore[arg-type]
    )
    assert [(one.file, one.page) for one in question.gold] == [
        ("ami.pdf", 1),
        ("ami.pdf", 4),
        ("b.pdf", 2),
    ]
    assert question.is_gold("ami.pdf", 4)
    assert not question.is_gold("b.pdf", 1)
    absent = Question(id="a", question="?", kind="absent", split="dev", also=question.also)
    assert not absent.is_gold("b.pdf", 2)


@pytest.mark.parametrize("name", ["demo", "reel"])
def test_our_sets_follow_the_schema(name: str) -> None:
    questions = read_lines(FOLDER / f"{name}.jsonl", Question)
    assert {one.kind for one in questions} <= set(KINDS)

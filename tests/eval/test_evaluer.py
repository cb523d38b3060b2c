"""`assistant evaluer JEU`, as an evaluator types it, over a small index with the words' model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from tests.conftest import WordHashEmbedder
from tests.test_cli import built  # noqa: F401 (the same small index)

LINES = [
    {"id": "m-1", "question": "Quel est le montant du financement par projet ?", "kind": "nombre",
     "split": "dev", "file": "ami.pdf", "page": 1, "facts": ["20 000 euros"]},
    {"id": "m-2", "question": "Quelle est la date limite de soumission ?", "kind": "date",
     "split": "dev", "file": "ami.pdf", "page": 1, "facts": ["31 juillet 2025"]},
    {"id": "m-3", "question": "Que dit le guide ?", "kind": "lexical",
     "split": "dev", "file": "guide.pdf", "page": 1},
]  # fmt: skip


@pytest.fixture
def evaluate(tmp_path, built, monkeypatch):  # noqa: F811
    import assistant.index.embedding as embedding

    monkeypatch.setattr(embedding, "open_embedding", lambda *_, **__: WordHashEmbedder())
    shutil.copytree(built / "index", tmp_path / "index")
    (tmp_path / "maison.jsonl").write_text(
        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in LINES), encoding="utf-8"
    )

    def run(*arguments):
        words = [str(one) for one in arguments]
        return CliRunner().invoke(app, ["evaluer", *words, "--index", str(tmp_path / "index")])

    return run


def said(done):
    return json.loads(done.stdout.splitlines()[-1])


def test_one_s_own_questions_from_asking_to_the_checked_report(evaluate, tmp_path):
    questions, folder, key = tmp_path / "maison.jsonl", tmp_path / "rapport", tmp_path / "c.pem"
    first = evaluate(questions, "--nom", "avant", "--json")
    assert first.exit_code == 0, first.output
    assert "guide.pdf" in first.stderr
    assert said(first)["run"]["state"] == "complet"
    assert said(first)["figures"]["overall"]["facts"]["count"] == 2
    assert said(first)["gate"] is None
    assert CliRunner().invoke(app, ["evaluer", "cle", str(key)]).exit_code == 0
    again = evaluate(
        questions, "--comparer", "dernier", "--rapport", folder, "--signer", key, "--json"
    )
    assert again.exit_code == 0, again.output
    assert said(again)["comparison"]["same_questions"] == 2
    assert said(again)["comparison"]["changed"] == []
    assert (folder / "rapport.html").is_file()
    checked = evaluate("--verifier", folder, "--cle", tmp_path / "c.pub.pem")
    assert checked.exit_code == 0, checked.output
    assert "tel qu" in checked.stdout
    (folder / "rapport.md").write_text("Tout est parfait.", encoding="utf-8")
    assert evaluate("--verifier", folder).exit_code == 1
    listed = evaluate("--liste", "--json").stdout.splitlines()
    assert [json.loads(line)["name"] for line in listed] == ["", "avant"]
    exported = tmp_path / "evaluation.json"
    assert evaluate("exporter", "dernier", exported).exit_code == 0
    assert evaluate("supprimer", "dernier").exit_code == 0
    assert evaluate("importer", exported).stdout.strip() == json.loads(listed[0])["id"]
    assert evaluate("rapport", "dernier", tmp_path / "autre").exit_code == 0


def test_the_exit_status_is_that_of_the_gate(evaluate, tmp_path):
    thresholds = tmp_path / "seuils.toml"
    for least, status in ((0.0, 0), (1.01, 1)):
        thresholds.write_text(f'[maison.dev.minimum]\n"facts" = {least}\n', encoding="utf-8")
        # A document of the set is missing: that alone keeps the gate shut.
        done = evaluate(tmp_path / "maison.jsonl", "--seuils", thresholds)
        assert done.exit_code == 1
        assert "absents" in done.stderr
        whole = tmp_path / "maison-entier.jsonl"
        whole.write_text(
            "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in LINES[:2]),
            encoding="utf-8",
        )
        thresholds.write_text(
            f'["maison-entier".dev.minimum]\n"facts" = {least}\n', encoding="utf-8"
        )
        assert evaluate(whole, "--seuils", thresholds).exit_code == status


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["absent.jsonl"], "n'existe pas"),
        (["demo"], "Aucun document du jeu"),
        (["demo", "--mode", "generative"], "llm_url"),
        (["demo", "--comparer", "20200101"], "Aucune évaluation"),
        (["demo", "--seuils", "absent.toml"], "ne peut pas être lu"),
        (["--verifier", "nulle-part"], "manifeste.json"),
        (["rapport", "inconnu", "dossier"], "Aucune évaluation"),
    ],
)
def test_what_cannot_be_done_is_told_in_french(evaluate, arguments, told):
    done = evaluate(*arguments)
    assert done.exit_code == 1
    assert told.replace(" ", " ") in done.stderr.replace("\u00a0", " ")
    assert "Traceback" not in done.output


def test_a_wrong_line_of_one_s_own_set_is_told_with_its_number(evaluate, tmp_path):
    wrong = tmp_path / "faux.jsonl"
    wrong.write_text(json.dumps(LINES[0]) + '\n{"id": "x"}\n', encoding="utf-8")
    done = evaluate(wrong)
    assert done.exit_code == 1
    assert "ligne 2" in done.stderr


def test_the_sets_are_part_of_an_installed_package():
    import tomllib

    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["eval"]
    found = {path.name for pattern in patterns for path in (root / "eval").glob(pattern)}
    assert found >= {"demo.jsonl", "reel.jsonl", "seuils.toml", "reference-demo.json"}

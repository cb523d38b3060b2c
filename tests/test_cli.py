"""The command line, as a person or a script uses it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from assistant.cli import app

runner = CliRunner()


@pytest.fixture
def index(tmp_path, make_pdf, embedder, monkeypatch):
    """A small index, and the stand-in model wherever a command opens one."""
    import assistant.index.embedding as embedding

    monkeypatch.setattr(embedding, "open_embedding", lambda *_, **__: embedder)
    monkeypatch.setenv("ASSISTANT_INDEX_DIR", str(tmp_path / "index"))
    from assistant.settings import load_settings

    load_settings.cache_clear()
    make_pdf(
        tmp_path / "corpus" / "ami.pdf",
        [
            [
                "Appel a manifestation d'interet sur le temps de travail",
                "Le montant du financement pourra aller jusqu'a 20 000 euros par projet.",
                "La date limite de soumission est fixee au 31 juillet 2025.",
            ]
        ],
    )
    result = runner.invoke(app, ["ingerer", str(tmp_path / "corpus")])
    assert result.exit_code == 0, result.output
    yield tmp_path / "index"
    load_settings.cache_clear()


def ask(*arguments):
    return runner.invoke(app, list(arguments))


def test_help_lists_the_commands_in_french():
    result = ask("--help")
    assert result.exit_code == 0
    for command in ("ingerer", "demander", "chercher", "demarrer", "corpus", "diagnostic"):
        assert command in result.output


def test_help_imports_no_heavy_library():
    heavy = ["torch", "sentence_transformers", "gradio", "llama_index", "faiss", "fastapi"]
    code = (
        "import sys; from typer.testing import CliRunner; from assistant.cli import app;"
        "CliRunner().invoke(app, ['--help']);"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "[]"


def test_an_answer_for_a_person_names_its_page(index):
    result = ask("demander", "Quel est le montant du financement par projet ?")
    assert result.exit_code == 0
    assert "20 000 euros" in result.output
    assert "ami.pdf" in result.output
    assert "[1]" in result.output


def test_an_answer_for_a_script_follows_the_contract(index):
    result = ask("demander", "Quel est le montant du financement par projet ?", "--json")
    answer = json.loads(result.stdout)
    assert {"question", "mode", "abstained", "sentences", "sources", "index_generation"} <= set(
        answer
    )
    citation = answer["sentences"][0]["citations"][0]
    assert citation["file"] == "ami.pdf"
    assert citation["page"] == 1
    assert citation["boxes"]
    assert citation["end"] > citation["start"]


def test_many_questions_give_one_line_each(index, tmp_path):
    questions = tmp_path / "questions.txt"
    questions.write_text("Quel montant ?\n\nQuelle date limite ?\n", encoding="utf-8")
    result = ask("demander", "--fichier", str(questions), "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["question"] for line in lines] == ["Quel montant ?", "Quelle date limite ?"]


def test_an_absent_subject_is_refused_honestly(index):
    result = ask("demander", "Quelle est la recette du cassoulet toulousain ?")
    assert result.exit_code == 0
    assert "Non trouvé dans le corpus" in result.output


def test_search_explains_itself(index):
    result = ask("chercher", "montant du financement", "--json", "--limite", "1")
    found = json.loads(result.stdout)["results"]
    assert found[0]["file"] == "ami.pdf"
    assert found[0]["explain"]["terms"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["demander", ""], "La question est vide"),
        (["demander", "  … ?! "], "La question est vide"),
        (["demander", "mot " * 5000], "20000 caractères"),
        (["demander", "montant", "--document", "absent.pdf"], "Aucun document indexé"),
        (["demander", "montant", "--type", "roman"], "n'existe pas"),
        (["ingerer", "/dossier/absent"], "n'existe pas"),
        (["demander", "--fichier", "/absent.txt"], "ne peut pas être lu"),
    ],
)
def test_a_bad_call_is_told_in_french_with_a_remedy(index, arguments, message):
    result = ask(*arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "→" in result.stderr
    assert "Traceback" not in result.output


def test_without_an_index_the_remedy_is_to_build_one(tmp_path):
    result = ask("demander", "montant", "--index", str(tmp_path / "absent"))
    assert result.exit_code == 1
    assert "assistant ingerer" in result.stderr
    assert not (tmp_path / "absent").exists()


def test_the_ledger_accounts_for_every_page(index):
    state = json.loads(ask("corpus", "etat", "--json", "--pages").stdout)
    assert state["pages"] == state["pages_text"] == 1
    assert state["files"][0]["ledger"][0]["status"] == "text"


def test_ingestion_reports_one_json_object_a_file(index, tmp_path):
    (tmp_path / "corpus" / "vide.pdf").write_bytes(b"")
    result = ask("ingerer", str(tmp_path / "corpus"), "--json")
    assert result.exit_code == 0
    reports = {line["file"]: line for line in map(json.loads, result.stdout.splitlines())}
    assert reports["ami.pdf"]["status"] == "unchanged"
    assert reports["vide.pdf"]["status"] == "refused"
    assert reports["vide.pdf"]["reason"]

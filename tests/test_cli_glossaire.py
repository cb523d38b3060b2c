"""`assistant glossaire …`, as a person or a script uses it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.cli_glossaire import sense_text
from assistant.index.glossary_book import Place, SenseView

runner = CliRunner()


@pytest.fixture
def run(tmp_path):
    def call(*arguments):
        return runner.invoke(app, ["glossaire", *arguments, "--index", str(tmp_path)])

    return call


def test_a_sigle_is_added_found_withdrawn_and_restored(run):
    assert (
        "OTSIS – outil de suivi (saisi par vous)"
        in run("ajouter", "OTSIS", "outil de suivi").stdout
    )
    (line,) = run("chercher", "otsis", "--json").stdout.splitlines()
    assert json.loads(line)["senses"][0]["text"] == "outil de suivi"
    assert "retiré" in run("retirer", "OTSIS").stdout
    assert run("retablir", "OTSIS").exit_code == 0
    assert run("chercher", "OTSIS").exit_code == 1


def test_one_more_sense_or_another_one(run):
    run("ajouter", "SAS", "sas d’entrée")
    assert run("chercher", "SAS").stdout.count("saisi par vous") == 2
    run("ajouter", "SAS", "sas d’entrée", "--remplacer")
    assert run("chercher", "SAS").stdout.count("saisi par vous") == 1


def test_the_list_is_one_object_a_line(run):
    lines = run("lister", "--json").stdout.splitlines()
    assert len(lines) > 100
    assert all(json.loads(line)["sigle"] for line in lines)
    assert "SAS – service d'accès aux soins (liste courante)" in run("lister", "accès").stdout


@pytest.mark.parametrize(
    "arguments",
    [("chercher", "XQZW"), ("retirer", "XQZW"), ("retablir", "SAS"), ("ajouter", "S", "x")],
)
def test_errors_say_what_to_do(run, arguments):
    result = run(*arguments)
    assert result.exit_code == 1
    assert "Erreur" in result.stderr
    assert "→" in result.stderr


def test_a_sense_names_its_first_pages():
    places = [Place(document_id="d", file="srs.pdf", page=page) for page in (12, 13, 14, 15)]
    sense = SenseView(text="service", origin="corpus", used=False, count=4, places=places)
    assert sense_text(sense) == (
        "service (srs.pdf, p.\u00a012\u202f; srs.pdf, p.\u00a013\u202f; srs.pdf, p.\u00a014…)"
        " [non utilisé]"
    )

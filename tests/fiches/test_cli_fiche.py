"""`assistant fiche "…"` and `assistant fiches …`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.fiches.editing import FieldEdit
from assistant.fiches.model import Fiche
from assistant.fiches.store import FILE, FicheStore
from assistant.settings import load_settings
from tests.fiches.samples import a_fiche
from tests.test_cli import built, index  # noqa: F401 - fixtures

runner = CliRunner()
TITLE = "Optimiser le temps de travail des soignants"


@pytest.fixture
def store(tmp_path: Path) -> FicheStore:
    found = FicheStore(tmp_path / FILE)
    found.add(a_fiche("Prévoir les lits", axis="5"), "Anne")
    found.add(a_fiche(), "Ben")
    return found


def run(*arguments: object, typed: str = "") -> tuple[int, str, str]:
    done = runner.invoke(app, [str(one) for one in arguments], input=typed)
    return done.exit_code, done.stdout, done.stderr


def fiches(store: FicheStore, *arguments: object, typed: str = "") -> tuple[int, str, str]:
    return run("fiches", *arguments, "--index", store.path.parent, typed=typed)


def test_fiches_are_listed_and_filtered(store: FicheStore) -> None:
    code, shown, _ = fiches(store, "liste")
    assert code == 0
    assert [line.split("  ")[-1] for line in shown.splitlines()] == [
        "Aide à la planification des équipes soignantes",
        "Prévoir les lits",
    ]
    _, found, _ = fiches(store, "liste", "lits", "--axe", "5", "--auteur", "anne", "--json")
    (line,) = [Fiche.model_validate_json(line) for line in found.splitlines()]
    assert line.request.title == "Prévoir les lits"
    assert "Aucune fiche" in fiches(store, "liste", "--etat", "validee")[2]
    assert "Aucune fiche" in fiches(store, "liste", "--sans-echeance-passee")[2]
    assert fiches(store, "liste", "--etat", "perdue")[0] == 2


def test_a_fiche_is_shown_by_the_start_of_its_identifier(store: FicheStore) -> None:
    one = store.list()[0]
    store.set_field(one.id, "suite", FieldEdit(typed=["Décider."]), revision=1, author="Chloé")
    code, shown, _ = fiches(store, "montrer", one.id[:8], "--historique")
    assert code == 0
    text = " ".join(shown.split())
    assert "Aide à la planification" in text
    assert "EFF_3 – intitulé non connu" in text
    assert "date limite : 31/07/2025 ; échéance passée" in text.replace("\u202f", " ")
    assert "srs-exemple.pdf, p. 3" in text
    assert "Chloé : saisie – Suite proposée" in text
    assert fiches(store, "montrer", "inconnue")[0] == 1
    assert json.loads(fiches(store, "montrer", one.id, "--json")[1])["revision"] == 2


def test_a_fiche_goes_out_and_comes_back(store: FicheStore, tmp_path: Path) -> None:
    one = store.list()[0]
    path = tmp_path / "sortie" / "fiche.json"
    path.parent.mkdir()
    assert fiches(store, "exporter", one.id[:8], path)[0] == 0
    assert fiches(store, "supprimer", one.id[:8], typed="n\n")[0] == 1
    assert fiches(store, "supprimer", one.id[:8], "--oui")[0] == 0
    assert store.count() == 1
    code, shown, said = fiches(store, "importer", path, "--auteur", "Anne")
    assert (code, shown.split()[0]) == (0, one.id)
    assert "non vérifié" in said  # this index has no document at all
    assert store.get(one.id).request == one.request
    path.write_text('{"schema_version": 3}')
    code, _, said = fiches(store, "importer", path)
    assert code == 1 and "format 3" in said
    assert "ne peut pas être lu" in fiches(store, "importer", tmp_path / "absent.json")[2]
    code, _, said = fiches(store, "exporter", one.id, tmp_path / "fiche.exe")
    assert code == 1 and ".odt" in said


def test_a_grid_is_checked_before_it_serves(tmp_path: Path) -> None:
    code, shown, _ = run("fiche", "--verifier")
    assert code == 0
    assert "9 axes" in shown and "EFF_3" in shown
    wrong = tmp_path / "grille.toml"
    wrong.write_text('id = "x"\ncouleur = "bleu"\n', encoding="utf-8")
    code, _, said = run("fiche", "--grille", wrong, "--verifier")
    assert code == 1 and "n’est pas valide" in said
    assert "n’est pas lisible" in run("fiche", "--grille", tmp_path / "absente", "--verifier")[2]


def test_a_store_switched_off_is_said(store: FicheStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_FICHES", "false")
    load_settings.cache_clear()
    try:
        code, _, said = fiches(store, "liste")
    finally:
        monkeypatch.undo()
        load_settings.cache_clear()
    assert code == 1 and "ASSISTANT_FICHES" in said


def test_a_fiche_is_drafted_from_the_corpus_and_kept(
    index: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    out = tmp_path / "fiche.docx"
    code, shown, said = run(
        "fiche", TITLE, "--besoin", "Trop d’heures.", "--sortie", out, "--garder", "--json"
    )
    assert code == 0, said
    made = Fiche.model_validate_json(shown)
    assert made.request.need == "Trop d’heures."
    assert out.read_bytes().startswith(b"PK")
    # Every statement of the corpus is its quote; what nothing fills has its question.
    for field in made.fields:
        assert field.status == "documente" or field.question
        for one in field.statements:
            assert one.origin != "corpus" or one.citations
    windows = [one for field in made.fields for one in field.windows]
    assert all(one.state == "passe" for one in windows if one.deadline)
    _, listed, _ = run("fiches", "liste", "--json")
    assert Fiche.model_validate_json(listed) == made
    code, _, said = run("fiches", "rafraichir", made.id[:8], "--appliquer")
    assert code == 0 and "Aucune preuve n'a changé" in said
    code, text, _ = run("fiche", TITLE)
    assert code == 0 and "Fiches proches" in text and made.id[:8] in text


def test_a_title_that_cannot_be_is_said() -> None:
    code, _, said = run("fiche", "ab")
    assert code == 1 and "titre" in said
    code, _, said = run("fiche", TITLE, "--sortie", "fiche.exe")
    assert code == 1 and ".docx" in said


def test_a_file_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    taken = tmp_path / "prise.docx"
    taken.write_text("les mots de quelqu’un")
    for path, said in (
        (taken, "--remplacer"),
        (tmp_path / "absent" / "fiche.docx", "n'existe pas"),
        (tmp_path / "fiche.exe", "ne dit pas le format"),
    ):
        code, _, error = run("fiche", "Prévoir les lits", "--sortie", path)
        assert code == 1 and said in error
    assert taken.read_text() == "les mots de quelqu’un"

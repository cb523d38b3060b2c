"""The command line, as a person or a script uses it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from assistant.audit.store import FILE, AuditLog
from assistant.cli import app
from tests.conftest import WordHashEmbedder
from tests.indexing import ingest_here

runner = CliRunner()


LINES = [
    "Appel a manifestation d'interet sur le temps de travail",
    "Le montant du financement pourra aller jusqu'a 20 000 euros par projet.",
    "La date limite de soumission est fixee au 31 juillet 2025.",
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A small corpus and its index, read once for all tests."""
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    from assistant.index.reading import ReadLimits

    folder = tmp_path_factory.mktemp("modele")
    (folder / "corpus").mkdir()
    document = canvas.Canvas(str(folder / "corpus" / "ami.pdf"), invariant=1)
    for row, line in enumerate(LINES):
        document.drawString(72, 760 - 16 * row, line)
    document.save()
    limits = ReadLimits(max_bytes=50 << 20, max_pages=500, timeout_s=60, memory_mb=3000)
    ingest_here(
        folder / "index", [folder / "corpus"], embedder=WordHashEmbedder, limits=limits, workers=1
    )
    return folder


@pytest.fixture
def index(tmp_path, built, embedder, monkeypatch):
    """A small index, and the stand-in model wherever a command opens one."""
    import assistant.index.embedding as embedding
    from assistant.index.catalogue import Catalogue
    from assistant.settings import load_settings

    monkeypatch.setattr(embedding, "open_embedding", lambda *_, **__: embedder)
    monkeypatch.setenv("ASSISTANT_INDEX_DIR", str(tmp_path / "index"))
    load_settings.cache_clear()
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    with Catalogue(tmp_path / "index" / "catalogue.sqlite").transaction() as connection:
        connection.execute(
            "UPDATE files SET path = replace(path, ?, ?), root = replace(root, ?, ?)",
            (str(built), str(tmp_path)) * 2,
        )
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
    assert ask("chercher", "financement").exit_code == 0
    # What is asked on the command line is written down as what is asked elsewhere.
    written = [one.event for one in AuditLog(index / FILE).entries()]
    assert [(one.action, one.person) for one in written] == [
        ("question", "local"),
        ("recherche", "local"),
    ]


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


def test_filters_are_obeyed_repeated_and_counted(index):
    question = "Quel est le montant du financement par projet ?"
    kept = ask("demander", question, "--type", "ami", "--type", "prs", "--document", "ami.pdf")
    assert "20 000 euros" in kept.output
    left_out = ask("demander", question, "--type", "prs")
    assert "Aucun passage dans ce filtre (type PRS / SRS)" in left_out.output
    assert "hors filtre" in left_out.output
    found = ask("chercher", question, "--type", "prs")
    assert "hors filtre" in found.output
    undated = json.loads(ask("chercher", question, "--depuis", "2024", "--json").stdout)
    assert undated["results"] == []
    assert undated["filters"]["missing"] == {"date": 1}


def test_a_filter_read_in_the_question_can_be_refused(index):
    question = "Selon ami.pdf, quel est le montant du financement par projet ?"
    # One document only: a filter would leave nothing out, so none is read.
    answer = json.loads(ask("demander", question, "--json").stdout)
    assert answer["filters"]["recognised"] == []
    refused = ask("demander", question, "--sans-filtre-reconnu", "--json")
    assert json.loads(refused.stdout)["filters"]["proposed"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["demander", ""], "La question est vide"),
        (["demander", "  … ?! "], "La question est vide"),
        (["demander", "mot " * 5000], "20000 caractères"),
        (["demander", "montant", "--document", "absent.pdf"], "Aucun document indexé"),
        (["demander", "montant", "--type", "roman"], "n’existe pas"),
        (["chercher", "montant", "--region", "Atlantide"], "Atlantide"),
        (["demander", "montant", "--depuis", "hier"], "n’est pas comprise"),
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


def test_a_document_is_taken_out_of_the_index(index, tmp_path):
    refused = runner.invoke(app, ["corpus", "retirer", "ami.pdf"], input="n\n")
    assert refused.exit_code == 1
    taken = ask("corpus", "retirer", "ami.pdf", "--oui")
    assert taken.exit_code == 0, taken.output
    assert "le fichier reste dans son dossier" in taken.stdout
    assert (tmp_path / "corpus" / "ami.pdf").exists()
    assert json.loads(ask("corpus", "etat", "--json").stdout)["documents"] == 0
    assert "ami.pdf" in ask("corpus", "reprendre").stdout
    assert "Aucun document" in ask("corpus", "retirer", "ami.pdf", "--oui").stderr


# --- The ledger --------------------------------------------------------------------------------


def ledger(*arguments, columns="80"):
    return runner.invoke(app, ["corpus", "etat", *arguments], env={"COLUMNS": columns})


def test_the_ledger_holds_in_eighty_columns_and_says_everything_in_french(index, tmp_path):
    (tmp_path / "corpus" / "vide.pdf").write_bytes(b"")
    shutil.copy(tmp_path / "corpus" / "ami.pdf", tmp_path / "corpus" / "copie.pdf")
    ask("ingerer", str(tmp_path / "corpus"))
    result = ledger()
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    for said in ("ami.pdf", "Refusé", "Même contenu que ami.pdf", "1 document(s), 1 pages"):
        assert said in result.stdout
    assert "ami.pdf, p. 1\u00a0: texte," in ledger("--pages").stdout


def test_a_content_with_two_names_is_counted_once(index, tmp_path):
    shutil.copy(tmp_path / "corpus" / "ami.pdf", tmp_path / "corpus" / "copie.pdf")
    ask("ingerer", str(tmp_path / "corpus"))
    state = json.loads(ledger("--json").stdout)
    assert (state["pages"], state["documents"], state["duplicates"]) == (1, 1, 1)
    files = {entry["file"]: entry for entry in state["files"]}
    assert files["ami.pdf"]["other_names"] == ["copie.pdf"]
    assert files["copie.pdf"]["duplicate_of"] == "ami.pdf"


def test_an_unreadable_page_is_named_with_its_remedy(index):
    from assistant.index.catalogue import Catalogue

    catalogue = Catalogue(index / "catalogue.sqlite")
    with catalogue.transaction() as connection:
        connection.execute("UPDATE pages SET status = 'unreadable', label = 'iv'")
    shown = ledger().stdout
    assert "1 page(s) illisible(s)" in shown
    assert "ami.pdf\u00a0: p. iv" in shown
    assert "tesseract-ocr-fra" in shown


def test_the_confidence_of_recognised_pages_is_shown(index):
    from assistant.index.catalogue import Catalogue

    with Catalogue(index / "catalogue.sqlite").transaction() as connection:
        connection.execute("UPDATE pages SET status = 'ocr', confidence = 0.914")
    assert "Confiance de l’OCR\u00a0: 91\u00a0%" in ledger().stdout
    page = json.loads(ledger("--json", "--pages").stdout)["files"][0]["ledger"][0]
    assert (page["status"], page["confidence"], page["passages"] > 0) == ("ocr", 0.914, True)


@pytest.mark.parametrize("title", ["=1+1", "+33 1", "-5 %", "@SOMME(A1)", " =cmd|' /C calc'!A0"])
def test_no_cell_of_the_csv_is_a_formula(index, title):
    ask("corpus", "decrire", "ami.pdf", "--titre", title)
    rows = list(csv.DictReader(io.StringIO(ledger("--csv", "-").stdout), delimiter=";"))
    assert rows[0]["fichier"] == "ami.pdf"
    assert rows[0]["titre"] == f"'{title.strip()}"


def test_the_csv_opens_in_a_spreadsheet(index, tmp_path):
    target = tmp_path / "couverture.csv"
    assert ledger("--csv", str(target), "--pages").exit_code == 0
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(target.read_text("utf-8-sig")), delimiter=";")
    assert (row["fichier"], row["page"], row["etat"]) == ("ami.pdf", "1", "texte")
    refused = ledger("--csv", str(tmp_path / "absent" / "x.csv"))
    assert refused.exit_code == 1
    assert "ne peut pas être écrit" in refused.stderr


# --- What the user says ------------------------------------------------------------------------


def test_a_document_is_described_by_its_reader(index, tmp_path):
    result = ask(
        *("corpus", "decrire", "ami.pdf", "--titre", "AMI  temps de travail", "--editeur", "DGOS"),
        *("--type", "ami", "--region", "Bretagne", "--date", "31/07/2025", "--version", "2"),
    )
    assert result.exit_code == 0, result.stderr
    assert "Titre\u00a0: AMI temps de travail (indiqué par vous)" in result.stdout
    assert "assistant ingerer" in result.stdout, "a new title must be indexed"
    (tmp_path / "corpus" / "ami.pdf").rename(tmp_path / "corpus" / "renomme.pdf")
    ask("ingerer", str(tmp_path / "corpus"))
    (entry,) = json.loads(ledger("--json").stdout)["files"]
    assert entry["file"] == "renomme.pdf"
    assert entry["title"] == "AMI temps de travail"
    assert (entry["region"], entry["date"], entry["version"]) == ("Bretagne", "2025-07-31", "2")
    found = ask("chercher", "montant", "--json")
    assert json.loads(found.stdout)["results"][0]["document"] == "AMI temps de travail"

    cleared = json.loads(ask("corpus", "decrire", "renomme.pdf", "--effacer", "--json").stdout)
    assert cleared["edited"] == []
    assert cleared["region"] is None


def test_an_empty_value_says_there_is_none(index):
    ask("corpus", "decrire", "ami.pdf", "--date", "2025")
    shown = json.loads(ask("corpus", "decrire", "ami.pdf", "--date", "", "--json").stdout)
    assert shown["date"] is None
    assert shown["edited"] == ["date"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.pdf"], "Aucun document indexé"),
        (["ami.pdf", "--type", "roman"], "n’existe pas"),
        (["ami.pdf", "--date", "31/02/2025"], "n’est pas comprise"),
        (["ami.pdf", "--date", "hier"], "n’est pas comprise"),
        (["ami.pdf", "--titre", " "], "Le titre est vide"),
        (["ami.pdf", "--titre", "a" * 301], "301 caractères"),
    ],
)
def test_a_value_that_cannot_be_kept_is_refused(index, arguments, message):
    result = ask("corpus", "decrire", *arguments)
    assert result.exit_code == 1
    assert message in result.stderr


def test_versions_are_listed_forced_and_cut(index, tmp_path, make_pdf):
    make_pdf(tmp_path / "corpus" / "reglement.pdf", [["Reglement interieur", "Article premier"]])
    ask("ingerer", str(tmp_path / "corpus"))
    assert "n’en remplace un autre" in ask("corpus", "versions").stdout
    forced = ask("corpus", "versions", "--lier", "ami.pdf", "reglement.pdf")
    assert "est remplacé par reglement.pdf" in forced.stdout
    assert "décidé par vous" in forced.stdout
    assert "Remplacé par reglement.pdf" in ledger(columns="120").stdout
    answer = json.loads(
        ask("demander", "Quel est le montant du financement par projet ?", "--json").stdout
    )
    assert any("reglement.pdf" in note for note in answer["notes"])

    circle = ask("corpus", "versions", "--lier", "reglement.pdf", "ami.pdf")
    assert circle.exit_code == 1
    assert "--delier" in circle.stderr
    cut = ask("corpus", "versions", "--delier", "ami.pdf", "reglement.pdf", "--json")
    assert json.loads(cut.stdout)["cut"] is True
    assert json.loads(ledger("--json").stdout)["files"][0]["superseded_by"] is None
    same = ask("corpus", "versions", "--lier", "ami.pdf", "ami.pdf")
    assert same.exit_code == 1


def test_a_removed_file_is_listed_and_taken_back(index, tmp_path):
    from assistant.index.catalogue import Catalogue

    assert "Aucun fichier" in ask("corpus", "reprendre").output
    document_id = json.loads(ask("corpus", "etat", "--json").stdout)["files"][0]["document_id"]
    Catalogue(index / "catalogue.sqlite").exclude(document_id)
    assert json.loads(ask("ingerer", str(tmp_path / "corpus"), "--json").stdout or "{}") == {}
    assert "retiré(s) de l’index par vous" in ledger().output
    assert "ami.pdf" in ask("corpus", "reprendre").output
    assert ask("corpus", "reprendre", "absent.pdf").exit_code == 1
    assert "assistant ingerer" in ask("corpus", "reprendre", "ami.pdf").output
    again = json.loads(ask("ingerer", str(tmp_path / "corpus"), "--json").stdout)
    assert (again["file"], again["status"]) == ("ami.pdf", "indexed")

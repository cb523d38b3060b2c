"""The follow-up handed over: documents, spreadsheet, command line, HTTP."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from assistant.api.app import create_app
from assistant.cli import app
from assistant.errors import InvalidFormatError
from assistant.settings import Settings, load_settings
from assistant.suivi.export import COLUMNS, export_follow_up
from assistant.suivi.followup import follow_up
from assistant.suivi.model import FollowUp
from tests.conftest import WordHashEmbedder
from tests.suivi.minutes import Shelf, Writer, shelf

TODAY = date(2031, 7, 15)
BASE = "http://127.0.0.1:7860"
runner = CliRunner()


def minutes(day: str, due: str, state: str) -> Writer:
    written = Writer(f"Compte rendu du comité Données du {day}").heading("Décisions")
    written.items(f"Le comité valide le plan du {day}.").heading("Plan d’actions")
    return written.table(
        ("Action", "Pilote", "Échéance", "État"),
        ("Rédiger la charte d’usage", "Mme Morel", due, state),
        ("=2+2 ; | <b>ouvrir</b> _le_ guichet", "", "", ""),
    )


def two() -> dict[str, Writer]:
    return {
        "a": minutes("3 mars 2031", "30/06/2031", "En cours"),
        "b": minutes("4 juin 2031", "10/07/2031", "En cours"),
    }


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return shelf(tmp_path_factory.mktemp("copil"), **two())


@pytest.fixture(scope="module")
def follow(engine: Shelf) -> FollowUp:
    return follow_up(engine, today=TODAY)


def test_the_json_is_the_model_and_reads_back(follow: FollowUp) -> None:
    assert FollowUp.model_validate_json(export_follow_up(follow, "json")) == follow


def test_the_table_opens_in_a_spreadsheet_and_computes_nothing(follow: FollowUp) -> None:
    text = export_follow_up(follow, "csv").decode("utf-8-sig")
    header, first, second = csv.reader(io.StringIO(text), delimiter=";")
    row = dict(zip(header, first, strict=True))
    assert tuple(header) == COLUMNS
    assert (row["Pilote"], row["Échéance"], row["Dernier jour"], row["En retard"]) == (
        "Mme Morel",
        "10/07/2031",
        "10/07/2031",
        "oui",
    )
    assert second[2].startswith("'=2+2")


def test_the_document_cites_every_line(follow: FollowUp) -> None:
    text = export_follow_up(follow, "md").decode()
    signed = export_follow_up(follow, "md", organisation="ARS Essai").decode()
    assert ("ARS Essai" in signed, "ARS Essai" in text) == (True, False)
    assert "| Ligne | Pilote | Échéance | État | Source |" in text
    assert "Échéance déplacée" in text and "échéance passée" in text
    assert "30/06/2031" in text and "10/07/2031" in text
    assert "b.docx" in text and "non dit" in text
    assert "[^1]:" in text and "<b>" not in text.replace("\\<b\\>", "")


@pytest.mark.parametrize("format_", ["docx", "odt"])
def test_office_files_hold_the_table_and_its_notes(follow: FollowUp, format_: str) -> None:
    with zipfile.ZipFile(io.BytesIO(export_follow_up(follow, format_))) as archive:
        body = archive.read("word/document.xml" if format_ == "docx" else "content.xml").decode()
    assert "Rédiger la charte d’usage" in body and "Mme Morel" in body


def test_the_pdf_is_one(follow: FollowUp) -> None:
    assert export_follow_up(follow, "pdf").startswith(b"%PDF-")


def test_another_format_is_refused_with_those_there_are(follow: FollowUp) -> None:
    with pytest.raises(InvalidFormatError) as error:
        export_follow_up(follow, "exe")
    assert "csv" in error.value.remedy


# Over HTTP


class Served(Shelf):
    """What the application asks of an engine besides its documents."""

    ready = True

    def seen_by(self, groups: frozenset[str] | None) -> Served:
        return self


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("copil-http")
    engine = Served()
    for name, written in two().items():
        engine.add(written.save(folder / f"{name}.docx"), kind="copil")
    settings = Settings(index_dir=folder / "index")  # type: ignore[call-arg]
    application = create_app(engine, settings)  # type: ignore[arg-type]
    with TestClient(application, base_url=BASE, raise_server_exceptions=False) as found:
        yield found


def test_the_follow_up_is_served_with_its_citations(client: TestClient) -> None:
    answer = client.get("/v1/copil", params={"aujourdhui": "2031-07-15"})
    assert answer.status_code == 200
    found = FollowUp.model_validate(answer.json())
    assert [one.late for one in found.tracks] == [True, False]
    assert {one.kind for one in found.comparisons[0].changes} >= {"date_deplacee", "decidee"}
    only = client.get("/v1/copil", params={"fichier": ["a.docx"]}).json()
    assert [one["file"] for one in only["meetings"]] == ["a.docx"]


def test_the_follow_up_is_exported_over_http(client: TestClient) -> None:
    answer = client.get("/v1/copil/export", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="suivi-copil.csv"' in answer.headers["content-disposition"]
    assert "Rédiger la charte" in answer.content.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("path", "parameters", "status", "code"),
    [
        ("/v1/copil", {"fichier": "absent.pdf"}, 404, "document_inconnu"),
        ("/v1/copil", {"aujourdhui": "hier"}, 422, "requete_invalide"),
        ("/v1/copil/export", {"format": "exe"}, 422, "requete_invalide"),
    ],
)
def test_errors_are_problems_one_can_act_upon(
    client: TestClient, path: str, parameters: dict[str, str], status: int, code: str
) -> None:
    answer = client.get(path, params=parameters)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


# On the command line


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from assistant.index.pipeline import ingest
    from assistant.index.reading import ReadLimits

    folder = tmp_path_factory.mktemp("index-copil")
    (folder / "corpus").mkdir()
    for name, written in two().items():
        written.save(folder / "corpus" / f"{name}.docx")
    limits = ReadLimits(max_bytes=50 << 20, max_pages=500, timeout_s=60, memory_mb=3000)
    ingest(
        folder / "index", [folder / "corpus"], embedder=WordHashEmbedder, limits=limits, workers=1
    )
    return folder / "index"


def run(index: Path, *arguments: str) -> tuple[int, str, str]:
    load_settings.cache_clear()
    done = runner.invoke(app, ["copil", *arguments, "--index", str(index)])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_tells_where_actions_stand_and_what_changed(index: Path) -> None:
    code, shown, _ = run(index, "--au", "15/07/2031")
    assert code == 0
    plain = " ".join(shown.replace("\u00a0", " ").replace("\u202f", " ").split())
    assert "pilote : Mme Morel ; échéance : 10/07/2031 ; état : En cours" in plain
    assert "ÉCHÉANCE PASSÉE" in plain
    assert "30/06/2031 [a.docx, § 2] → 10/07/2031 [b.docx, § 2]" in plain
    assert "Décision prise : Le comité valide le plan du 4 juin 2031." in plain


def test_the_command_writes_json_on_one_line_and_a_file(index: Path, tmp_path: Path) -> None:
    path = tmp_path / "suivi.csv"
    code, shown, told = run(index, "a.docx", "--json", "--sortie", str(path))
    assert code == 0 and str(path) in told.replace("\n", "")
    (line,) = shown.splitlines()
    assert [one["file"] for one in json.loads(line)["meetings"]] == ["a.docx"]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["absent.pdf"], 1, "absent.pdf"),
        (["--sortie", "suivi.exe"], 1, ".docx"),
        (["--au", "hier"], 2, "--au"),
    ],
)
def test_the_command_fails_in_french(
    index: Path, arguments: list[str], code: int, told: str
) -> None:
    found, _, errors = run(index, *arguments)
    assert found == code and told in errors

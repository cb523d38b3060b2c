"""`assistant journal`, and what the diagnosis says of a service."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant import diagnostic_operations as checks
from assistant.access.keys import KeyStore
from assistant.access.model import Role
from assistant.audit.model import Action, Event
from assistant.audit.store import FILE, AuditLog, now
from assistant.cli import app
from assistant.settings import Settings
from tests.audit.test_chain import an_event

FORMULA = "=CMD|' /C calc'!A0"


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    found = AuditLog(tmp_path / FILE)
    found.write(Event(Action.UPLOAD, now(), "cle:a", "cle", details={"fichier": FORMULA}))
    found.write(Event(Action.REFUSED, now(), FORMULA, "aucun", outcome="403"))
    return found


def run(log: AuditLog, *arguments: str) -> tuple[int, str]:
    command = ["journal", arguments[0], "--index", str(log.path.parent), *arguments[1:]]
    result = CliRunner().invoke(app, command)
    return result.exit_code, result.output


def test_a_sound_log_says_what_to_note_and_a_broken_one_fails(log: AuditLog) -> None:
    code, said = run(log, "verifier")
    head = log.verify().head
    assert code == 0 and "2 entrées, chaîne intacte" in said and f"2:{head.hash}" in said
    assert run(log, "verifier", "--temoin", f"2:{head.hash}")[0] == 0
    assert run(log, "verifier", "--temoin", f"2:{'0' * 64}")[0] == 1
    assert run(log, "verifier", "--temoin", "n'importe quoi")[0] == 2
    with closing(sqlite3.connect(log.path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER nothing_changes")
        connection.execute("UPDATE entries SET person = 'x' WHERE sequence = 1")
    code, said = run(log, "verifier", "--json")
    assert code == 1 and "L’entrée 1 a été modifiée" in json.loads(said)["fautes"][0]
    assert checks.check_journal(settings(log)).severity == "erreur"


def test_entries_are_listed_and_chosen(log: AuditLog) -> None:
    assert "Document chargé : ok" in run(log, "lister")[1]
    assert "Document" not in run(log, "lister", "--action", "acces_refuse")[1]
    assert run(log, "lister", "--avant", "2020-01-01")[1] == ""
    assert run(log, "lister", "--action", "inconnue")[0] == 2


def test_an_export_holds_no_formula_and_is_written_down(log: AuditLog, tmp_path: Path) -> None:
    table, lines = tmp_path / "journal.csv", tmp_path / "journal.jsonl"
    assert run(log, "exporter", str(table))[0] == 0
    assert table.stat().st_mode & 0o077 == 0
    content = table.read_text(encoding="utf-8-sig")
    assert ";'=CMD" in content.replace('"', "") and ";=CMD" not in content.replace('"', "")
    assert run(log, "exporter", str(lines))[0] == 0
    read = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert [one["action"] for one in read] == ["document_charge", "acces_refuse", "export"]
    assert run(log, "exporter", "journal.xls")[0] == 1


def test_a_purge_is_asked_and_the_rest_still_verifies(log: AuditLog) -> None:
    old = AuditLog(log.path.with_name("ancien") / FILE)
    old.write(an_event(1, at="2020-01-01T00:00:00.000000+00:00"))
    old.write(an_event(2))
    assert run(old, "purger", "--jours", "30")[0] == 1  # nobody answered
    assert "1 entrées effacées" in run(old, "purger", "--jours", "30", "--oui")[1]
    assert run(old, "verifier")[0] == 0


# The diagnosis


def settings(log: AuditLog, **options: object) -> Settings:
    return Settings(  # type: ignore[call-arg]
        index_dir=log.path.parent, uploads_dir=log.path.parent / "depots", **options
    )


def test_what_an_administrator_must_mend_is_told_with_its_remedy(log: AuditLog) -> None:
    plain = settings(log)
    every = (
        *(checks.check_journal, checks.check_permissions, checks.check_listening),
        *(checks.check_clock, checks.check_access, checks.check_uploads, checks.check_schemas),
    )
    assert [check(plain).severity for check in every] == ["ok"] * len(every)

    log.path.chmod(0o644)
    assert FILE in checks.check_permissions(plain).message
    log.path.chmod(0o600)

    (log.path.parent / "depots").mkdir()
    (log.path.parent / "depots" / "attend.pdf").write_bytes(b"%PDF")
    assert checks.check_uploads(plain).severity == "attention"

    os.utime(log.path, (time.time() + 86_400,) * 2)
    assert checks.check_clock(plain).severity == "attention"

    (log.path.parent / "fiches.sqlite").write_bytes(b"ceci n'est pas une base de donnees" * 40)
    told = checks.check_schemas(plain)
    assert told.severity == "erreur" and "fiches.sqlite" in told.message and told.remedy


def test_keys_and_addresses_are_looked_at_together(log: AuditLog) -> None:
    with_keys = settings(log, sign_in="cles")
    keys = KeyStore(log.path.parent)
    made, _ = keys.create("Ada", Role.READER)
    assert checks.check_access(with_keys).severity == "ok"
    keys.create("Ben", Role.READER, days=1)
    assert "expirent sous 14 jours" in checks.check_access(with_keys).message
    for one in keys.list():
        keys.revoke(one.id)
    assert checks.check_access(with_keys).severity == "erreur"
    assert made.id
    assert checks.check_journal(with_keys).severity == "attention"  # no key seals it
    open_to_all = settings(log).model_copy(update={"host": "0.0.0.0"})
    assert checks.check_listening(open_to_all).severity == "erreur"


def test_a_model_whose_files_changed_is_told(log: AuditLog, tmp_path: Path) -> None:
    (tmp_path / "modele").mkdir()
    (tmp_path / "modele" / "poids").write_bytes(b"autre chose")
    listed = {"files": {"poids": {"sha256": "0" * 64}}}
    (tmp_path / "modele" / "manifest.json").write_text(json.dumps(listed))
    told = checks.check_model_files(settings(log, embedding_model=tmp_path / "modele"))
    assert told.severity == "erreur" and "poids" in told.message

"""`assistant conversations …` and `assistant demander --exporter`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.conversations.models import Conversation
from assistant.conversations.store import FILE, ConversationStore
from assistant.model import Answer
from assistant.settings import load_settings
from tests.conversations.examples import an_answer
from tests.test_cli import built, index  # noqa: F401 - fixtures

runner = CliRunner()


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    found = ConversationStore(tmp_path / FILE)
    for question in ("Quel soutien ?", "Quelle échéance ?"):
        found.add_turn(found.create().id, an_answer(question))
    return found


def run(store: ConversationStore, *arguments: str, typed: str = "") -> tuple[int, str]:
    folder = ["--index", str(store.path.parent)]
    done = runner.invoke(app, ["conversations", *arguments, *folder], input=typed)
    return done.exit_code, done.output


def test_conversations_are_listed_and_searched(store: ConversationStore) -> None:
    code, shown = run(store, "lister")
    assert code == 0
    assert "Quelle échéance ?" in shown.splitlines()[0]
    _, found = run(store, "lister", "soutien échéance", "--json")
    (line,) = [json.loads(line) for line in found.splitlines()]
    assert line["title"] == "Quelle échéance ?"
    assert "Aucune conversation" in run(store, "lister", "zzz")[1]


def test_a_conversation_is_exported_by_the_start_of_its_identifier(
    store: ConversationStore, tmp_path: Path
) -> None:
    latest = store.list()[0].id
    path = tmp_path / "échange.json"
    code, shown = run(store, "exporter", latest[:8], str(path))
    assert code == 0
    found = Conversation.model_validate_json(path.read_text(encoding="utf-8"))
    assert found.id == latest
    # Without the index that it came from, nothing proves it any more.
    assert found.turns[0].doubts
    assert "à revérifier" in shown
    code, shown = run(store, "exporter", latest, str(tmp_path / "x.exe"))
    assert code == 1 and ".docx" in shown
    code, shown = run(store, "exporter", "inconnue", str(path))
    assert code == 1 and "n'existe pas" in shown
    code, shown = run(store, "exporter", latest, str(tmp_path / "absent" / "x.md"))
    assert code == 1 and "ne peut pas être écrit" in shown


def test_deleting_asks_first(store: ConversationStore) -> None:
    latest = store.list()[0].id
    assert run(store, "supprimer", latest, typed="n\n")[0] == 1
    assert store.count() == 2
    assert run(store, "supprimer", latest, typed="o\ny\n")[0] == 0
    assert store.count() == 1
    assert run(store, "supprimer")[0] == 2
    assert run(store, "purger", "--jours", "30", "--oui")[1].startswith("0 conversation")
    assert run(store, "supprimer", "--toutes", "--oui")[1].startswith("1 conversation")
    assert store.count() == 0


def test_a_store_switched_off_is_said(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_CONVERSATIONS", "false")
    load_settings.cache_clear()
    code, shown = run(store, "lister")
    load_settings.cache_clear()
    assert code == 1 and "ne sont pas gardées" in shown


def test_an_answer_is_exported_when_asked(index: Path, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "réponse.json"
    question = "Quel est le montant du financement par projet ?"
    done = runner.invoke(app, ["demander", question, "--exporter", str(path)])
    assert done.exit_code == 0, done.output
    assert Answer.model_validate_json(path.read_text(encoding="utf-8")).question == question
    word = tmp_path / "réponse.docx"
    assert runner.invoke(app, ["demander", question, "--exporter", str(word)]).exit_code == 0
    assert word.read_bytes().startswith(b"PK")
    # The format is refused before the question is asked.
    refused = runner.invoke(app, ["demander", question, "--exporter", str(tmp_path / "x.exe")])
    assert refused.exit_code == 1
    listed = tmp_path / "q.txt"
    listed.write_text("a\nb\n", encoding="utf-8")
    several = ["demander", "--fichier", str(listed), "--exporter", str(path)]
    assert runner.invoke(app, several).exit_code == 2

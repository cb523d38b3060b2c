"""What readers said of answers becomes questions that an evaluator may take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.conversations.opinions import Opinion, OpinionReader
from assistant.conversations.store import FILE, ConversationStore
from eval.candidates import candidates, key_of
from eval.question_rules import checked
from tests.api.fake import FakeEngine

SOUTIEN = "Quel soutien par projet ?"


@pytest.fixture
def opinions(tmp_path: Path) -> list[Opinion]:
    engine, store = FakeEngine(tmp_path), ConversationStore(tmp_path / FILE)
    said = [
        (SOUTIEN, "faux", "Le montant a changé."),
        ("quel SOUTIEN par projet", "utile", ""),
        ("Où joindre Mme Durand, 03 80 11 22 33 ?", "incomplet", "Voir a.b@ars.fr"),
        ("Quand déposer les dossiers ?", None, ""),
    ]
    conversation = store.create().id
    for question, verdict, comment in said:
        number = store.add_turn(conversation, engine.ask(question))
        if verdict:
            store.put_feedback(conversation, number, verdict, comment)  # type: ignore[arg-type]
    return OpinionReader(tmp_path / FILE).opinions()


def test_only_judged_exchanges_are_read_and_writings_merged(opinions: list[Opinion]) -> None:
    contact, soutien = candidates(opinions)
    assert soutien.verdicts == {"faux": 1, "utile": 1}
    assert soutien.comments == ("Le montant a changé.",)
    # Useful comes first: its page is the one proposed, as the question of that reader.
    assert soutien.question == "quel SOUTIEN par projet"
    assert (soutien.values["file"], soutien.values["page"]) == ("ami essai.pdf", 1)
    assert any("pas d’accord" in one for one in soutien.cautions)
    kept = checked({**soutien.values, "id": "x", "split": "dev"})
    assert kept.source == "avis"
    assert contact.values["kind"] == "absent"
    assert "une adresse électronique, un numéro de téléphone, un nom" in contact.cautions[0]
    assert checked({**contact.values, "id": "x", "split": "dev"}).file is None


def test_a_decision_holds_until_somebody_judges_again(opinions: list[Opinion]) -> None:
    now = datetime.now(UTC)
    decided = {key_of(SOUTIEN): now + timedelta(seconds=1)}
    assert len(candidates(opinions, decided=decided)) == 1
    decided = {key_of(SOUTIEN): now - timedelta(days=1)}
    assert len(candidates(opinions, decided=decided)) == 2


def test_a_question_already_in_the_set_says_so(opinions: list[Opinion]) -> None:
    known = [checked({"id": "q-7", "split": "dev", "kind": "absent", "question": SOUTIEN})]
    assert [one.known_as for one in candidates(opinions, known=known)] == [None, "q-7"]


def test_what_was_answered_from_a_document_one_may_not_see_is_left_out(tmp_path: Path) -> None:
    engine, store = FakeEngine(tmp_path), ConversationStore(tmp_path / FILE)
    answer = engine.ask("Quel soutien l’AMI d’essai accorde-t-il par projet ?")
    made = store.create()
    store.put_feedback(made.id, store.add_turn(made.id, answer), "faux", "Réservé")
    reader = OpinionReader(tmp_path / FILE)
    cited = answer.sentences[0].citations[0].document_id
    assert len(reader.opinions({cited})) == len(reader.opinions()) == 1
    assert reader.opinions({"un autre"}) == []

"""The « Évaluation » tab without a browser: what it shows, what its forms write."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.conversations.store import FILE as CONVERSATIONS
from assistant.conversations.store import ConversationStore
from assistant.settings import Settings
from eval.agreement import agreement
from eval.background import Following
from eval.desk import EvaluationDesk, page_policy
from eval.question_rules import QuestionInvalidError, checked
from eval.sets import Place
from tests.api.fake import HOSTILE_FILE, FakeEngine
from tests.ui.test_rendering import Parsed
from ui.evaluation import answers, question_form, questions, readers, runs
from ui.evaluation.views import agreement_html, expected_html, progress_html

ASKED = {
    "question": "Quel soutien par projet ?",
    "kind": "liste",
    "split": "dev",
    "file": "ami essai.pdf",
    "page": 1,
    "pages": (1, 2),
    "facts": ("40 000 euros", "midi|12 h"),
    "items": ("un", "deux"),
    "also": (Place(file="autre.pdf", page=3),),
    "history": ("Qui finance ?",),
    "note": "<b>remarque</b>",
}


@pytest.fixture
def desk(tmp_path: Path) -> EvaluationDesk:
    settings = Settings(index_dir=tmp_path)  # type: ignore[call-arg]
    return EvaluationDesk(FakeEngine(tmp_path), settings)  # type: ignore[arg-type]


def test_the_form_of_a_question_goes_there_and_back() -> None:
    question = checked({**ASKED, "id": "q"})
    values = question_form.values_of(*question_form.form_of(question))
    assert checked({**values, "id": "q"}) == question
    assert question_form.values_of(*question_form.form_of(None))["split"] is None
    with pytest.raises(QuestionInvalidError, match="numéro de page"):
        question_form.values_of("Q ?", "date", "", "a.pdf", "trois", "", "", "", "", "")
    with pytest.raises(QuestionInvalidError, match="une page"):
        question_form.values_of("Q ?", "date", "", "a.pdf", "3", "", "", "guide", "", "")


def test_foreign_text_never_becomes_markup(desk: EvaluationDesk) -> None:
    hostile = checked({**ASKED, "id": "q", "file": HOSTILE_FILE, "facts": ["<script>x</script>"]})
    for html in (
        expected_html(hostile, {HOSTILE_FILE: "b" * 16}),
        questions.findings_of(desk, dict(hostile)),
        agreement_html(agreement({"a": "juste"}, {"a": "faux"}), "<script>", "<svg>"),
    ):
        assert not {"script", "svg"} & set(Parsed(html).tags)


def test_a_supplied_set_offers_no_writing_and_says_what_to_do(desk: EvaluationDesk) -> None:
    supplied = next(one.name for one in desk.sets.names() if not one.own)
    *_, add, why = questions.listing(desk, supplied)
    assert not add.visible
    assert "copiez-le d’abord" in why
    *_, add, why = questions.listing(desk, desk.sets.create("essai", ()))
    assert add.visible
    assert why == ""


def test_progress_says_how_much_is_left() -> None:
    assert progress_html(None) == ""
    shown = Parsed(progress_html(Following("r", 30, 150, 200.0, False))).text
    assert "30 questions posées sur 150, encore 3\u00a0min environ." in shown
    assert "fermer cette page" in shown
    assert "Arrêt demandé" in progress_html(Following("r", 30, 150, None, True))


def test_a_run_is_read_filtered_and_judged(desk: EvaluationDesk) -> None:
    assert runs.shown(desk, None, None)[0] == runs.NOTHING_YET
    assert answers.shown(desk, None, None)[0] == answers.NO_RUN
    assert answers.listing(desk, None, answers.ALL, "")[0] == ""
    desk.sets.create("essai", [])
    desk.sets.put("essai", {**ASKED, "facts": ["40 000 euros"], "items": (), "history": ()})
    desk.sets.put("essai", {"question": "Quel projet ?", "kind": "absent", "split": "dev"})
    run = desk.start("essai", "dev", "extractive", "<i>Essai</i>", by="essai")
    desk.background.wait(30)
    figures, compared, links, *_ = runs.shown(desk, run.id, None)
    assert "Réponses justes" in figures
    assert "&lt;i&gt;Essai" in figures
    assert compared == ""
    assert f"/v1/evaluations/{run.id}/rapport/rapport.html" in links
    assert [rank for rank, *_ in answers.kept(desk, run.id, answers.ALL, "")] == [1, 2]
    [(rank, asked, verdict)] = answers.kept(desk, run.id, answers.WRONG, "")
    assert (rank, verdict.outcome) == (2, "réponse à tort")
    desk.annotations.put(run.id, asked.question.id, "Anne", "faux")
    assert [one[0] for one in answers.kept(desk, run.id, answers.TO_READ, " Anne ")] == [1]
    assert "Non" not in answers.shown(desk, run.id, asked.question.id)[0]
    assert "deux personnes" in answers.people_of(desk, run.id, None, None)[2]
    other = desk.start("essai", "dev", "extractive", "", by="essai")
    desk.background.wait(30)
    assert desk.previous(desk.runs.get(other.id)) == desk.runs.get(run.id)
    assert "Aucune question n’a changé d’issue" in runs.shown(desk, other.id, run.id)[1]
    desk.delete(desk.runs.get(run.id))
    assert desk.annotations.of_run(run.id) == []


def test_what_readers_judged_is_offered_with_its_page(desk: EvaluationDesk, tmp_path: Path) -> None:
    assert "viendront ici" in readers.listing(desk, None)[0]
    store = ConversationStore(tmp_path / CONVERSATIONS)
    conversation = store.create().id
    number = store.add_turn(conversation, desk.engine.ask("Quel soutien par projet ?"))
    store.put_feedback(conversation, number, "faux", "<b>Non</b>")
    [candidate] = readers.found_of(desk, None)
    assert readers.candidate_label(candidate) == "Quel soutien par projet ? — faux"
    about, sources, _, question, kind, *_ = readers.shown(desk, None, candidate.key)
    assert "&lt;b&gt;Non" in about
    assert "Voir la page 1" in sources
    assert (question, kind) == ("Quel soutien par projet ?", "lexical")
    desk.annotations.decide(candidate.key, accepted=False)
    assert readers.found_of(desk, None) == []


def test_a_report_keeps_its_own_policy_and_is_never_framed() -> None:
    carried = (
        '<meta http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;; '
        'script-src &#x27;sha256-x&#x27;">'
    )
    assert "script-src 'sha256-x'; frame-ancestors 'none'" in page_policy(carried)
    assert page_policy("<html>").startswith("default-src 'none'")

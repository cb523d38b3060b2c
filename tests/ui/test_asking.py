"""A question under way: shown as it comes, stopped for good, and every error told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.model import Answer, AnswerEvent
from tests.api.fake import FakeEngine
from tests.ui.test_rendering import Parsed
from ui import asking
from ui.asking import Progress, Stop, UnderWay, answering

QUESTION = "Quel soutien, dossiers déposés et consignes ?"


class SlowStream:
    """An answer whose end waits to be allowed, or given up."""

    def __init__(self, answer: Answer, *, concludes: bool) -> None:
        self.closed = threading.Event()
        self._answer = answer
        self._concludes = concludes

    def __iter__(self) -> Iterator[AnswerEvent]:
        yield AnswerEvent(event="sources", sources=self._answer.sources)
        yield AnswerEvent(event="sentence", sentence=self._answer.sentences[0])
        assert self.closed.wait(30)
        if self._concludes:
            notes = ["Réponse interrompue : la suite est faite d’extraits."]
            whole = self._answer.model_copy(update={"notes": notes})
            yield AnswerEvent(event="answer", answer=whole)

    def close(self) -> None:
        self.closed.set()


class SlowEngine(FakeEngine):
    """Writes one sentence, then takes for ever."""

    concludes = True

    def stream(self, question: str, **options: Any) -> SlowStream:  # type: ignore[override]
        self.last = SlowStream(self.ask(question, **options), concludes=self.concludes)
        return self.last


def stopped_after(engine: SlowEngine, sentence: str, **options: Any) -> list[Progress]:
    """Every state of an answer that is stopped once a sentence is on the screen."""
    stop, seen = Stop(), []
    for progress in answering(engine, QUESTION, stop=stop, **options):
        seen.append(progress)
        if sentence in progress.shown[1].split("class='en-cours'")[0]:
            stop.request()
    return seen


def test_what_is_verified_is_shown_before_the_end(tmp_path: Path) -> None:
    engine = SlowEngine(tmp_path)
    *drafts, last = stopped_after(engine, "40 000", mode="generative")
    # Extracts at once, then what the model writes above them, then the whole answer.
    assert "En attendant, ce que disent les documents" in drafts[0].shown[1]
    assert "Le modèle local rédige" in Parsed(drafts[0].shown[1]).text
    assert not any(draft.over or draft.answered for draft in drafts)
    assert "AMI d’essai" in Parsed(drafts[-1].shown[2]).text
    assert last.over and last.answered
    assert "En attendant" not in last.shown[1]


def test_stopping_closes_the_engine_and_keeps_its_conclusion(tmp_path: Path) -> None:
    engine = SlowEngine(tmp_path)
    last = stopped_after(engine, "40 000", mode="generative")[-1]
    assert engine.last.closed.is_set()
    assert last.answered
    assert "Réponse interrompue" in Parsed(last.shown[1]).text


def test_an_engine_that_ends_without_a_word_leaves_the_verified_sentences(tmp_path: Path) -> None:
    engine = SlowEngine(tmp_path)
    engine.concludes = False
    last = stopped_after(engine, "40 000")[-1]
    shown = Parsed(last.shown[1]).text
    assert last.over and not last.answered
    assert "seules les phrases déjà vérifiées" in shown
    assert "40 000 euros" in shown
    assert "3 mars 2031" not in shown


def test_an_engine_that_does_not_stop_is_no_longer_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "GRACE_S", 0.2)
    engine, stop, done = FakeEngine(tmp_path), Stop(), threading.Event()

    def stuck(*_: Any, **__: Any) -> Answer:
        stop.request()
        done.wait(30)
        raise AssertionError("never read")

    *_, last = answering(engine, QUESTION, stop=stop, within=stuck)
    done.set()
    assert "rien n’avait encore été vérifié" in Parsed(last.shown[1]).text
    assert stop.abandoned


def test_an_extractive_answer_that_comes_after_the_stop_is_not_kept(tmp_path: Path) -> None:
    engine, stop, kept = FakeEngine(tmp_path), Stop(), []

    def within(question: str, ask: asking.Ask) -> Answer:
        stop.request()
        kept.append(ask(question))
        return kept[-1]

    *_, last = answering(engine, QUESTION, stop=stop, within=within)
    assert kept == []
    assert not last.answered
    assert "Réponse interrompue" in last.shown[1]


def test_a_tab_has_one_question_at_a_time_and_stops_its_own_only() -> None:
    tabs = UnderWay()
    first, other = tabs.begin("a"), tabs.begin("b")
    second = tabs.begin("a")
    assert first.requested and first.unseen
    tabs.stop("a")
    assert second.requested and not second.unseen
    assert not other.requested
    tabs.end("b", other)
    tabs.stop("b")
    assert not other.requested


def test_an_unexpected_error_becomes_a_sentence(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path)
    engine.failure = ZeroDivisionError("secret interne")
    *_, last = answering(engine, "Quel soutien ?")
    assert "erreur inattendue" in last.shown[1]
    assert "secret" not in last.shown[1]
    assert last.report is None


def test_an_error_on_the_way_is_told_even_after_a_sentence(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path)
    engine.failure_midway = OSError("disque")
    *_, last = answering(engine, "Quel soutien ?")
    assert last.over and not last.answered
    assert "erreur inattendue" in last.shown[1]


def test_empty_and_endless_questions_are_explained(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path)
    *_, last = answering(engine, " ")
    assert "La question est vide." in last.shown[1]
    *_, last = answering(engine, "é" * 20_000)
    assert "20000" in last.shown[1]
    assert len(last.shown[1]) < 2_000

"""The gate: what it asks, and that each deliberate break turns it red."""

from __future__ import annotations

import pytest

from eval import gate
from eval.figures import NAMES, measure
from eval.records import Figure, RunState
from eval.runner import run_set
from eval.runs import RunStore
from tests.eval import examples
from tests.eval.moteur import Moteur, conditions, questions


@pytest.fixture
def ask(tmp_path):
    store = RunStore(tmp_path / "evaluations.sqlite")

    def run(fault="", asked=None):
        asked = asked or questions()
        kept = run_set(Moteur(fault), asked, store, conditions=conditions(asked))
        return kept, measure(store.asked(kept.id))

    return run


def shipped():
    found = gate.load_thresholds("demo", "test")
    assert found is not None
    return found


def test_the_shipped_thresholds_name_figures_that_exist_and_their_reference():
    found = shipped()
    for names in (found.minimum, found.maximum, found.recul):
        assert set(names) <= set(NAMES)
    assert found.minimum
    assert found.recul
    assert found.reference_path is not None
    reference = gate.load_reference(found.reference_path)
    assert (reference.set, reference.split) == ("demo", "test")
    # A reference below its own thresholds would be a gate that nobody can pass.
    assert all(reference.figures[name].value >= least for name, least in found.minimum.items())
    assert gate.load_thresholds("demo", "dev") is None


FAULTS = {
    "classement": {"page@1", "page@5", "recall@5"},
    "sans_citation": {"citation_recall", "page_accuracy"},
    "mauvaise_page": {"unverified", "page_accuracy"},
    "refuse_toujours": {"facts", "abstention_precision"},
    "refuse_jamais": {"abstention_recall"},
}


def test_a_sound_engine_passes(ask, tmp_path):
    run, figures = ask()
    path = tmp_path / "reference.json"
    gate.write_reference(path, run, figures)
    thresholds = shipped().model_copy(update={"recul": {"right": 0.0, "risk_area": 0.0}})
    # No list and no other kind in the small set: what is not measured cannot pass.
    thresholds = thresholds.model_copy(
        update={"minimum": {k: v for k, v in thresholds.minimum.items() if k != "items"}}
    )
    result = gate.judge(figures, thresholds, gate.load_reference(path), run=run)
    assert result.passed, [check.said for check in result.checks if not check.passed]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_deliberate_break_turns_the_gate_red(ask, fault):
    """Retriever, citations, abstention: broken, the shipped thresholds catch each."""
    run, figures = ask(fault)
    result = gate.judge(figures, shipped(), run=run)
    failed = {check.name for check in result.checks if not check.passed and check.kind == "seuil"}
    assert not result.passed
    assert failed >= FAULTS[fault]


def test_a_regression_is_told_with_both_values(ask, tmp_path):
    run, figures = ask()
    path = tmp_path / "reference.json"
    gate.write_reference(path, run, figures)
    thresholds = gate.Thresholds(recul={"page@1": 0.05, "risk_full": 0.05})
    _, worse = ask("classement")
    found = gate.judge(worse, thresholds, gate.load_reference(path)).checks
    assert [(check.name, check.kind, check.passed) for check in found] == [
        ("page@1", "regression", False),
        ("risk_full", "regression", True),
    ]
    assert "contre 1,000 à la référence" in found[0].said


def test_what_is_not_measured_does_not_pass(ask):
    _, figures = ask()
    for wanted in (
        {"minimum": {"items": 0.0}},
        {"maximum": {"inconnu": 1.0}},
        {"recul": {"items": 1}},
    ):
        result = gate.judge(figures, gate.Thresholds(**wanted))
        assert not result.passed
        assert "non mesuré" in result.checks[0].said


def test_a_partial_run_or_another_set_proves_nothing(ask, tmp_path):
    run, figures = ask()
    path = tmp_path / "reference.json"
    gate.write_reference(path, run, figures)
    reference = gate.load_reference(path)
    partial = run.model_copy(update={"done": 3, "state": RunState.INTERRUPTED})
    assert not gate.judge(figures, gate.Thresholds(), reference, run=partial).passed
    with pytest.raises(gate.ThresholdsError, match="partielle"):
        gate.write_reference(path, partial, figures)
    other, figures = ask(asked=questions(12))
    result = gate.judge(figures, gate.Thresholds(), reference, run=other)
    assert [check.name for check in result.checks if not check.passed] == ["jeu"]
    lost = conditions(questions(), settings={"documents_absents": ["ami.pdf"]})
    left = run.model_copy(update={"conditions": lost})
    result = gate.judge(figures, gate.Thresholds(), run=left)
    assert "ami.pdf" in result.checks[-1].said
    assert not result.passed


def test_a_hair_is_no_regression():
    figures = measure([examples.asked()]).model_copy(
        update={"overall": {"facts": Figure(name="facts", value=0.8 - 1e-12, count=3)}}
    )
    assert gate.judge(figures, gate.Thresholds(minimum={"facts": 0.8})).passed
    assert not gate.judge(figures, gate.Thresholds(minimum={"facts": 0.81})).passed


@pytest.mark.parametrize(
    "text", ["[demo.test", "[demo.test]\nmini = 3", "demo = 3", '[demo.test.minimum]\nfacts="x"']
)
def test_a_wrong_file_of_thresholds_is_told_in_french(tmp_path, text):
    path = tmp_path / "seuils.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(gate.ThresholdsError, match="comporte une erreur"):
        gate.load_thresholds("demo", "test", path)
    with pytest.raises(gate.ThresholdsError, match="ne peut pas être lu"):
        gate.load_thresholds("demo", "test", tmp_path / "absent.toml")


@pytest.mark.modele
def test_the_real_retriever_shuffled_turns_the_gate_red(tmp_path):
    """The demonstration index as `lancer.py` leaves it, then with its ranking turned round."""
    from assistant.engine import Assistant
    from assistant.errors import IndexMissingError
    from assistant.settings import load_settings
    from eval.sets import load

    settings = load_settings()
    if not settings.embedding_model.is_dir():
        pytest.skip("le modèle de recherche n’est pas sur cette machine")
    try:
        engine = Assistant.open(settings)
    except IndexMissingError:
        pytest.skip("le corpus de démonstration n’est pas chargé")
    files = {document.file for document in engine.documents()}
    asked = [one for one in load("demo", "dev") if one.file in files][:5]
    if not asked:
        pytest.skip("l’index n’est pas celui de la démonstration")
    store = RunStore(tmp_path / "evaluations.sqlite")

    def figures():
        run = run_set(engine, asked, store, conditions=conditions(asked))
        return measure(store.asked(run.id))

    thresholds = gate.Thresholds(minimum={"page@5": 0.8, "recall@5": 0.7})
    assert gate.judge(figures(), thresholds).passed
    retriever = engine._opened.search
    search = retriever.search
    retriever.search = lambda *one, **more: search(*one, **more)[::-1]  # type: ignore[method-assign]
    assert not gate.judge(figures(), thresholds).passed

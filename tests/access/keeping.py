"""What is kept of documents that are not for everyone: fiches, evaluations, question sets."""

from __future__ import annotations

from typing import Any

from assistant.access.engine import for_caller
from assistant.fiches.model import Similar
from assistant.fiches.store import open_store as open_fiches
from assistant.model import Citation
from assistant.settings import Settings
from eval.desk import EvaluationDesk
from eval.question_rules import checked
from eval.questionnaires import QuestionnaireStore
from eval.records import Asked, RankedPage, RunState
from eval.sets import Question
from tests.access.visible import Place
from tests.fiches.samples import a_fiche, typed

GUIDE, SECRET = "ouverts/guide.pdf", "copil/copil-zibeline.pdf"


def settings_of(here: Place) -> Settings:
    return Settings(index_dir=here.folder)  # type: ignore[call-arg]


def desk_of(here: Place) -> EvaluationDesk:
    return EvaluationDesk(for_caller(here.assistant), settings_of(here))


def quote(here: Place, name: str, words: str) -> Citation:
    """A citation of a page of this index."""
    document = here.assistant.document(here.id_of(name))
    text = here.assistant.page(document.id, 1).text
    start = text.index(words)
    return Citation(
        file=document.file,
        document=document.metadata.title,
        document_id=document.id,
        page=1,
        page_label="1",
        quote=words,
        start=start,
        end=start + len(words),
    )


def fiche_quoting(here: Place, title: str, *cited: Citation, similar: Any = ()) -> str:
    """A kept fiche whose need is these quotes and nothing else; its identifier."""
    drafted = a_fiche(title, filled=False, levels={}, similar=list(similar), notes=[])
    said = [
        typed(one.quote).model_copy(
            update={"origin": "corpus", "kind": "extract", "citations": [one]}
        )
        for one in cited
    ]
    fields = [
        one.model_copy(update={"statements": said}) if one.key == "besoin" else one
        for one in drafted.fields
    ]
    store = open_fiches(settings_of(here))
    assert store is not None
    return store.add(drafted.model_copy(update={"fields": fields}), "M. Essai").id


def a_question(number: int, file: str, fact: str) -> Question:
    return checked(
        {
            "id": f"q-{number}",
            "split": "dev",
            "question": "Quel est le budget ?",
            "kind": "nombre",
            "file": file,
            "page": 1,
            "facts": [fact],
        }
    )


def three_runs(here: Place) -> tuple[str, str, str]:
    """A run of what everybody sees, one of the commands that asked of everything, and one that
    says which document it left out.
    """
    desk = desk_of(here)
    questions = [a_question(1, GUIDE, "120 000"), a_question(2, SECRET, "987 654")]
    started = []
    for asked in (questions[:1], questions):
        started.append(desk.background.start("essai", "dev", asked))
        desk.background.wait(60)
    run, mixed = started
    answer = here.assistant.ask("Quel est le budget de Zibeline ?")
    whole = desk.runs.start(run.conditions, 1)
    ranking = (RankedPage(file=SECRET, page=1, score=1.0),)
    said = Asked(question=questions[0], answer=answer, ranking=ranking, wall_ms=1)
    desk.runs.record(whole.id, [(0, said)])
    desk.runs.finish(whole.id, RunState.COMPLETE)
    return run.id, whole.id, mixed.id


def two_fiches(here: Place) -> tuple[str, str]:
    """A fiche that quotes an open document and names the other one, which quotes a secret."""
    secret = fiche_quoting(here, "Suivi de Zibeline", quote(here, "zibeline.pdf", "987 654 euros"))
    alike = [Similar(id=secret, title="Suivi de Zibeline", share=0.9)]
    budget = quote(here, "guide.pdf", "120 000 euros")
    return fiche_quoting(here, "Accueil des urgences", budget, similar=alike), secret


def two_sets(here: Place) -> tuple[str, str]:
    """A set of questions of the house on an open document, and one on a secret."""
    sets = QuestionnaireStore(here.folder)
    sets.create("ouvert", [a_question(1, GUIDE, "120 000")])
    sets.create("comite", [a_question(1, SECRET, "987 654")])
    return "ouvert", "comite"

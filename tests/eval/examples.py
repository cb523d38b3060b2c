"""Questions asked once, as small as they come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from assistant.model import Answer, Citation, ModelIds, Sentence, Source
from eval.records import Asked, Conditions, RankedPage, Run, RunState
from eval.sets import Question

TOTAL = "L’AMI est doté d’un montant total de 2 millions d’euros."
CAP = "Le financement pourra aller jusqu’à 20 000 euros par projet."


def question(identifier: str = "q1", **changed: Any) -> Question:
    """A question about `TOTAL`, page 1 of `ami.pdf`."""
    fields: dict[str, Any] = {
        "question": "Quel est le montant de l’AMI ?",
        "kind": "nombre",
        "split": "dev",
        "file": "ami.pdf",
        "page": 1,
        "facts": ("2 M€",),
    }
    return Question(id=identifier, **fields | changed)


def absent(identifier: str = "a1", **changed: Any) -> Question:
    """A question that the corpus does not answer."""
    return Question(
        **{"id": identifier, "question": "Qui ?", "kind": "absent", "split": "dev"} | changed
    )


def cite(quote: str, page: int = 1, file: str = "ami.pdf") -> Citation:
    """A citation of a whole sentence."""
    return Citation(
        file=file,
        document="AMI",
        document_id=file,
        page=page,
        page_label=str(page),
        quote=quote,
        start=0,
        end=len(quote),
    )


def extract(text: str = TOTAL, page: int = 1, file: str = "ami.pdf", **changed: Any) -> Sentence:
    """An extract with its citation."""
    fields = {"text": text, "kind": "extract", "citations": [cite(text, page, file)]}
    return Sentence(**fields | changed)


def ranked(*places: tuple[str, int]) -> tuple[RankedPage, ...]:
    """A ranking, best first."""
    return tuple(
        RankedPage(file=file, page=page, score=1.0 - rank / 100)
        for rank, (file, page) in enumerate(places)
    )


def asked(
    about: Question | None = None,
    sentences: Sequence[Sentence] = (),
    *,
    abstained: bool = False,
    ranking: Sequence[tuple[str, int]] = (("ami.pdf", 1), ("ami.pdf", 2)),
    confidence: float = 0.8,
    **changed: Any,
) -> Asked:
    """A question answered; by default rightly, with `TOTAL`."""
    about = about or question()
    shown = list(sentences) or ([] if abstained else [extract()])
    answer = Answer(
        question=about.question,
        abstained=abstained,
        confidence=confidence,
        sentences=shown,
        sources=[
            Source(
                rank=rank,
                file=file,
                document="AMI",
                document_id=file,
                kind="ami",
                page=page,
                page_label=str(page),
                section=[],
                excerpt="",
                score=1.0,
                passage_id=f"p{rank}",
            )
            for rank, (file, page) in enumerate(ranking[:5], start=1)
        ],
        index_generation="g",
        models=ModelIds(embedding="e"),
    )
    fields = {"question": about, "answer": answer, "ranking": ranked(*ranking), "wall_ms": 100.0}
    return Asked(**fields | changed)


def failed(about: Question | None = None) -> Asked:
    """A question whose asking failed."""
    return Asked(question=about or question(), answer=None, error="Trop long.", wall_ms=9000.0)


def run(identifier: str = "r1", **changed: Any) -> Run:
    """A finished run."""
    conditions: dict[str, Any] = {
        "set": "demo",
        "split": "dev",
        "questions_sha256": "q",
        "corpus_sha256": "c",
        "index_generation": "g",
        "index_sha256": "i",
        "models": {"embedding": "e"},
        "prompts_sha256": "p",
        "settings": {"threads": 2},
        "code_version": "1",
        "code_sha256": "s",
        "machine": {"cores": 2},
    }
    return Run(
        id=identifier,
        started_at=datetime(2025, 1, 1, tzinfo=UTC),
        state=RunState.COMPLETE,
        conditions=Conditions(**conditions | changed),
        questions=1,
        done=1,
    )

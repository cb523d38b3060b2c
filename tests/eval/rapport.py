"""Runs made up for the tests of the report: small, hostile, or large."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache

from assistant.model import Answer, Citation, ModelIds, Sentence, Source
from eval.records import Asked, Conditions, RankedPage, Run, RunState
from eval.sets import Question

HOSTILE = (
    "</title></style></script><script>window.piege=1</script>"
    "<img src=x onerror=window.piege=1>\" onmouseover='window.piege=1' "
    "](javascript:piege) | \u202etxt.exe"
)


def run(questions: int, *, split: str = "dev", name: str = "demo", **more: object) -> Run:
    conditions = Conditions(
        set=name,
        split=split,
        questions_sha256="a" * 64,
        corpus_sha256="b" * 64,
        index_generation="g-1",
        index_sha256="c" * 64,
        models={"embedding": "encodeur", "reranker": ""},
        prompts_sha256="d" * 64,
        settings={"top_k": 8, "rerank": True},
        code_version="0.9.0",
        code_sha256="e" * 64,
        machine={"cores": 2},
    )
    values: dict[str, object] = {
        "id": "r-2",
        "started_at": datetime(2026, 11, 22, 12, 15, tzinfo=UTC),
        "state": RunState.COMPLETE,
        "conditions": conditions,
        "questions": questions,
        "done": questions,
        "memory_peak_mb": 1234.0,
        **more,
    }
    return Run(**values)


def citation(text: str, *, file: str = "ami.pdf", page: int = 1) -> Citation:
    return Citation(
        file=file,
        document="Appel à manifestation d’intérêt",
        document_id="d-" + file,
        page=page,
        page_label=str(page),
        quote=text,
        start=0,
        end=len(text),
    )


def asked(
    number: int,
    *,
    text: str = "Le montant est de 20 000 euros.",
    fact: str = "20 000",
    question: str = "Quel montant ?",
    kind: str = "nombre",
    page: int = 1,
    file: str = "ami.pdf",
    abstained: bool = False,
) -> Asked:
    """A question whose answer cites page `page`; the gold page is the first of `file`."""
    cited = citation(text, file=file, page=page)
    answer = Answer(
        question=question,
        abstained=abstained,
        reason="Rien de sûr." if abstained else None,
        confidence=0.2 if abstained else 0.5 + number % 5 / 10,
        sentences=[] if abstained else [Sentence(text=text, kind="extract", citations=[cited])],
        sources=[
            Source(
                rank=1,
                file=file,
                document=cited.document,
                document_id=cited.document_id,
                kind="ami",
                page=page,
                page_label=str(page),
                section=[],
                excerpt=text,
                score=1.0,
                passage_id="p",
            )
        ],
        index_generation="g-1",
        models=ModelIds(embedding="encodeur"),
    )
    return Asked(
        question=Question(
            id=f"q-{number:03}",
            question=question,
            kind=kind,
            split="dev",
            file=file,
            page=1,
            facts=(fact,),
        ),
        answer=answer,
        ranking=(
            RankedPage(file=file, page=page, score=2.0),
            RankedPage(file=file, page=page + 1, score=1.0),
        ),
        wall_ms=80.0 + number,
        first_ms=None if abstained else 60.0 + number,
    )


def failed(number: int) -> Asked:
    return Asked(question=asked(number).question, answer=None, error="Index occupé.", wall_ms=5.0)


@cache
def _drawn() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (800, 1132), "white").save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def picture(document_id: str, page: int, spans: object) -> bytes:
    """A page as any engine gives it: a PNG wider than the report shows."""
    return _drawn()

"""A fiche of a few lines over the documents of the fake engine, in place of a real draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from assistant.fiches.matrix import place
from assistant.fiches.method import Method
from assistant.fiches.model import (
    Choice,
    Fiche,
    FicheField,
    Request,
    Score,
    Similar,
    Statement,
    Window,
)
from assistant.model import Citation, ModelIds
from tests.api.fake import AMI, HOSTILE, FakeEngine


def extract(citation: Citation, **more: Any) -> Statement:
    return Statement(
        text=citation.quote, origin="corpus", kind="extract", citations=[citation], **more
    )


def draft_sample(
    request: Request,
    method: Method,
    engine: FakeEngine,
    *,
    portfolio: Sequence[Fiche] = (),
    today: date,
    author: str | None = None,
    mode: str = "extractive",
) -> Fiche:
    """The same signature as `assistant.fiches.drafting.draft_fiche`."""
    engine = getattr(engine, "whole", engine)  # behind what limits it to its caller
    proof, hostile = engine._citation(AMI, 1), engine._citation(HOSTILE, 0)
    filled: dict[str, dict[str, Any]] = {
        "intitule": {
            "status": "documente",
            "statements": [Statement(text=request.title, origin="saisie", kind="typed")],
        },
        "axe": {"status": "partiel", "choices": _axes(method)},
        "besoin": {"status": "documente", "statements": [extract(proof)]},
        "fonctions": {
            "status": "partiel",
            "choices": [
                Choice(code=one.code, label=one.label, share=0.5, chosen=rank == 1)
                for rank, one in enumerate(method.functions)
            ],
        },
        "donnees": {"status": "partiel", "statements": [extract(hostile, scope="general")]},
        "impacts": {"status": "a_completer", "scores": _scores(method, "impact")},
        "efforts": {"status": "a_completer", "scores": _scores(method, "effort")},
        "matrice": {"status": "a_completer", "position": place([], method)},
        "financement": {
            "status": "partiel",
            "windows": [
                Window(
                    title="AMI d’essai",
                    per_project="40 000 euros au plus",
                    deadline=date(2025, 7, 31),
                    state="passe",
                    citations=[proof],
                ),
                Window(title="Guichet permanent", state="ouvert", citations=[proof]),
            ],
        },
    }
    fields = []
    for spec in method.fields:
        content: dict[str, Any] = {"status": "a_completer", **filled.get(spec.key, {})}
        question = None if content["status"] == "documente" else spec.question
        fields.append(FicheField(key=spec.key, label=spec.label, question=question, **content))
    now = datetime.now(UTC)
    similar = [Similar(id=one.id, title=one.request.title, share=0.8) for one in portfolio[:1]]
    return Fiche(
        request=request,
        method=method.identity,
        fields=fields,
        created=now,
        updated=now,
        author=author,
        today=today,
        index_generation="essai-1",
        models=ModelIds(embedding="modele-essai"),
        similar=similar,
        notes=["Remarque d’essai."],
    )


def _axes(method: Method) -> list[Choice]:
    shares = {method.axes[4].code: 0.7, method.axes[7].code: 0.2}
    return [
        Choice(
            code=one.code,
            label=one.label,
            share=shares.get(one.code, 0.0),
            words=["afflux"] if rank == 4 else [],
            chosen=rank == 4,
        )
        for rank, one in enumerate(method.axes)
    ]


def _scores(method: Method, side: Any) -> list[Score]:
    return [Score(code=one.code, label=one.label, side=side) for one in method.criteria_of(side)]

"""The end of a fiche: documents cited, what was not found, and what it was made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assistant.exports.answer import place_of
from assistant.exports.document import Block, Paragraph, Run, Table
from assistant.fiches.model import STATUS_LABELS, Fiche, FicheField
from assistant.fiches.shown import cited, lacking
from assistant.language.typography import typeset
from assistant.model import Citation, Document

_Uses = Sequence[tuple[FicheField, Citation]]


def evidence_blocks(
    fiche: Fiche, sources: str, documents: Mapping[str, Document]
) -> Iterator[Block]:
    """Documents cited, then what was not found, with the questions to ask.

    Args:
        fiche: the fiche.
        sources: key of the field of sources, which is not itself a gap.
        documents: documents by identifier, to say what their pages are; may miss some.
    """
    found: dict[str, list[tuple[FicheField, Citation]]] = {}
    for field, citation in cited(fiche):
        found.setdefault(citation.document_id, []).append((field, citation))
    if found:
        yield Table(
            header=("Document", "Endroits cités", "Champs"),
            rows=tuple(_source(uses, documents) for uses in found.values()),
            caption="Documents cités",
            widths=(3.0, 1.6, 3.4),
        )
    else:
        yield Paragraph((Run("Aucun document n’est cité."),))
    missing = [one for one in lacking(fiche) if one.key != sources]
    if missing:
        yield Table(
            header=("Champ", "Statut", "Question à poser"),
            rows=tuple(
                (
                    (Run(one.label),),
                    (Run(STATUS_LABELS[one.status]),),
                    (Run(typeset(one.question or "")),),
                )
                for one in missing
            ),
            caption="Ce qui n’a pas été trouvé, ou seulement en partie",
            widths=(2.2, 1.2, 4.6),
        )


def _source(uses: _Uses, documents: Mapping[str, Document]) -> tuple[tuple[Run, ...], ...]:
    first = uses[0][1]
    labels = dict(sorted({one.page: one.page_label for _, one in uses}.items()))
    places = [place_of(first.document_id, one, documents) for one in labels.values()]
    fields = dict.fromkeys(field.label for field, _ in uses)
    return (
        (Run(f"{first.document} ({first.file})"),),
        (Run(", ".join(places)),),
        (Run(", ".join(fields)),),
    )


def trace(fiche: Fiche) -> list[str]:
    """What the fiche was made with, a line each, in French."""
    lines = [
        f"Fiche {fiche.id or 'non enregistrée'}, révision {fiche.revision}.",
        f"Grille {fiche.method.id}, version {fiche.method.version}, empreinte {fiche.method.hash}.",
        f"Génération de l’index : {fiche.index_generation}.",
        f"Modèle de représentation : {fiche.models.embedding}.",
    ]
    if fiche.models.reranker:
        lines.append(f"Modèle de réordonnancement : {fiche.models.reranker}.")
    lines.append(
        f"Modèle de rédaction : {fiche.models.llm}."
        if fiche.models.llm
        else "Aucun texte généré : les extraits sont repris mot pour mot."
    )
    return [typeset(line) for line in lines]

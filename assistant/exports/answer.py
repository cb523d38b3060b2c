"""An answer with its proofs, as a document to hand over or to archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Final, Literal

from assistant.errors import InvalidFormatError
from assistant.exports.document import (
    Block,
    ExportDocument,
    Heading,
    Items,
    Paragraph,
    Run,
    Table,
)
from assistant.language.typography import place_mark, typeset
from assistant.model import Answer, Citation, Document, Sentence

Format = Literal["docx", "pdf", "md", "json"]

MEDIA_TYPES: Final[dict[Format, str]] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
}

_NOTE_CHARS: Final = 400
"""Characters of a quote repeated in a footnote; the extract itself is always whole."""


def export_answer(
    answer: Answer,
    format_: str,
    *,
    documents: Mapping[str, Document] | None = None,
    made: datetime | None = None,
) -> bytes:
    """Write an answer with its citations.

    Args:
        answer: as the assistant gave it, or as a conversation kept it.
        format_: « docx », « pdf », « md » or « json ».
        documents: documents by identifier, to say what their pages are; may miss some.
        made: when the document is made; now when `None`.

    Raises:
        InvalidFormatError: another format.
    """
    writers: dict[str, Callable[[ExportDocument], bytes]] = {
        "docx": _docx,
        "pdf": _pdf,
        "md": _markdown,
    }
    if format_ == "json":
        return (answer.model_dump_json(indent=1) + "\n").encode()
    if format_ not in writers:
        raise InvalidFormatError(
            f"Le format « {format_[:20]} » n'existe pas.",
            f"Formats possibles\u00a0: {', '.join(MEDIA_TYPES)}.",
        )
    return writers[format_](answer_document(answer, documents or {}, made or datetime.now()))


def answer_document(
    answer: Answer, documents: Mapping[str, Document], made: datetime
) -> ExportDocument:
    """Lay an answer out: what was asked, what was found, where, and how."""
    shown = [sentence for sentence in answer.sentences if sentence.role != "near"]
    near = [sentence for sentence in answer.sentences if sentence.role == "near"]
    blocks: list[Block] = [Heading("Question"), Paragraph((Run(answer.question),))]
    blocks.append(Heading("Réponse"))
    if answer.abstained:
        blocks.append(Paragraph((Run(answer.reason or "Non trouvé dans le corpus.", strong=True),)))
    blocks += _grouped(shown, documents)
    if near:
        blocks += [Heading("Autres extraits proches", 2), *_grouped(near, documents)]
    if answer.notes:
        blocks += [Heading("Remarques"), Items(tuple((Run(note),) for note in answer.notes))]
    if answer.sources:
        blocks += [Heading("Pages consultées"), _sources(answer, documents)]
    blocks += [Heading("Traçabilité"), Items(tuple((Run(line),) for line in _trace(answer)))]
    return ExportDocument(
        title="Réponse de l’assistant",
        subject="Chaque extrait est repris mot pour mot du document cité en note."
        if answer.mode == "extractive"
        else "Phrases rédigées par un modèle local, vérifiées sur les extraits cités en note.",
        blocks=tuple(blocks),
        made=made,
        footer="Assistant – réponse et citations vérifiées",
    )


def _grouped(sentences: list[Sentence], documents: Mapping[str, Document]) -> Iterator[Block]:
    """Consecutive list items make one list; every other sentence is a paragraph."""
    for listed, run in groupby(sentences, key=lambda one: one.role in ("list_item", "near")):
        lines = [(_run(sentence, documents),) for sentence in run]
        if listed:
            yield Items(tuple(lines))
        else:
            yield from (Paragraph(line) for line in lines)


def _run(sentence: Sentence, documents: Mapping[str, Document]) -> Run:
    # A template (« Échéance : ») names the extract below, which carries the proof.
    if sentence.kind == "template":
        return Run(sentence.text, strong=True)
    notes = tuple(dict.fromkeys(_note(one, documents) for one in sentence.citations))
    return Run(sentence.text, notes, quote=sentence.kind == "extract")


def _note(citation: Citation, documents: Mapping[str, Document]) -> str:
    quote = " ".join(citation.quote.split())
    if len(quote) > _NOTE_CHARS:
        quote = quote[:_NOTE_CHARS].rsplit(" ", 1)[0] + " …"
    place = _place(citation.document_id, citation.page_label, documents)
    # The quote keeps its own spaces.
    return f"{citation.document} ({citation.file}), {place}\u00a0: «\u00a0{quote}\u00a0»"


def _place(document_id: str, label: str, documents: Mapping[str, Document]) -> str:
    document = documents.get(document_id)
    return place_mark(label, document.metadata.unit if document else "page")


def _sources(answer: Answer, documents: Mapping[str, Document]) -> Table:
    return Table(
        header=("Rang", "Document", "Endroit", "Section"),
        rows=tuple(
            (
                (Run(str(source.rank)),),
                (Run(f"{source.document} ({source.file})"),),
                (Run(_place(source.document_id, source.page_label, documents)),),
                (Run(" › ".join(source.section)),),
            )
            for source in answer.sources
        ),
        caption="Pages consultées, de la plus proche à la moins proche de la question",
        widths=(0.6, 3.4, 1.0, 3.0),
    )


def _trace(answer: Answer) -> list[str]:
    mode = (
        "extractive (aucun texte généré)"
        if answer.mode == "extractive"
        else f"rédigée par le modèle local « {answer.models.llm} », vérifiée phrase par phrase"
    )
    lines = [
        f"Réponse {mode}.",
        f"Confiance : {round(answer.confidence * 100)} %.",
        f"Génération de l’index : {answer.index_generation}.",
        f"Modèle de représentation : {answer.models.embedding}.",
    ]
    if answer.models.reranker:
        lines.append(f"Modèle de réordonnancement : {answer.models.reranker}.")
    return [typeset(line) for line in lines]


def _docx(document: ExportDocument) -> bytes:
    from assistant.exports.docx import docx

    return docx(document)


def _pdf(document: ExportDocument) -> bytes:
    from assistant.exports.pdf import pdf

    return pdf(document)


def _markdown(document: ExportDocument) -> bytes:
    from assistant.exports.markdown import markdown

    return markdown(document).encode()

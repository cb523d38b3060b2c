"""An answer with its proofs, as a document to hand over or to archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
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
from assistant.generation.differing import standing
from assistant.language.typography import place_mark, typeset
from assistant.model import Answer, Citation, Differing, Document, Sentence

Format = Literal["docx", "odt", "pdf", "md", "json"]

MEDIA_TYPES: Final[dict[Format, str]] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
}

_NEAR: Final = {
    False: "Autres extraits proches",
    True: "Ce qui s’en approche, sans répondre à la question",
}
"""Title of the extracts that come near, by whether the answer is a refusal."""
_NOTE_CHARS: Final = 400
"""Characters of a quote repeated in a footnote; the extract itself is always whole."""


def export_answer(
    answer: Answer,
    format_: str,
    *,
    documents: Mapping[str, Document] | None = None,
    made: datetime | None = None,
    doubtful: Mapping[int, str] | None = None,
    organisation: str = "",
) -> bytes:
    """Write an answer with its citations.

    Args:
        answer: as the assistant gave it, or as a conversation kept it.
        format_: « docx », « odt », « pdf », « md » or « json ».
        documents: documents by identifier, to say what their pages are; may miss some.
        made: when the document is made; now when `None`.
        doubtful: rank of a sentence, from 0 → why its proof does not hold any more.
        organisation: whose document it is, said at its foot; nobody's when empty.

    Raises:
        InvalidFormatError: another format.
    """
    if format_ == "json":
        return (answer.model_dump_json(indent=1) + "\n").encode()
    return write(
        format_,
        lambda: answer_document(answer, documents or {}, made or datetime.now(), doubtful or {}),
        organisation,
    )


def write(format_: str, document: Callable[[], ExportDocument], organisation: str = "") -> bytes:
    """Write a document in one of the formats that have pages or lines, with whose it is.

    Raises:
        InvalidFormatError: another format.
    """
    writers: dict[str, Callable[[ExportDocument], bytes]] = {
        "docx": _docx,
        "odt": _odt,
        "pdf": _pdf,
        "md": _markdown,
    }
    if format_ not in writers:
        raise InvalidFormatError(
            f"Le format « {format_[:20]} » n'existe pas.",
            f"Formats possibles\u00a0: {', '.join(MEDIA_TYPES)}.",
        )
    made = document()
    if organisation:
        made = replace(made, footer=f"{organisation} – {made.footer}")
    return writers[format_](made)


def answer_document(
    answer: Answer,
    documents: Mapping[str, Document],
    made: datetime,
    doubtful: Mapping[int, str] | None = None,
) -> ExportDocument:
    """Lay an answer out: what was asked, what was found, where, and how."""
    return ExportDocument(
        title="Réponse de l’assistant",
        subject="Chaque extrait est repris mot pour mot du document cité en note."
        if answer.mode == "extractive"
        else "Phrases rédigées par un modèle local, vérifiées sur les extraits cités en note.",
        blocks=tuple(answer_blocks(answer, documents, doubtful=doubtful or {})),
        made=made,
        footer="Assistant – réponse et citations vérifiées"
        if not doubtful
        else "Assistant – réponse dont des citations sont à revérifier",
    )


def answer_blocks(
    answer: Answer,
    documents: Mapping[str, Document],
    *,
    doubtful: Mapping[int, str],
    level: int = 1,
) -> list[Block]:
    """What an answer is made of, for a document of its own or a part of one.

    Args:
        answer: the answer.
        documents: documents by identifier; may miss some.
        doubtful: rank of a sentence → why its proof does not hold any more.
        level: level of its headings.
    """
    marked = {id(answer.sentences[rank]): why for rank, why in doubtful.items()}
    shown = [sentence for sentence in answer.sentences if sentence.role != "near"]
    near = [sentence for sentence in answer.sentences if sentence.role == "near"]
    blocks: list[Block] = [Heading("Question", level), Paragraph((Run(answer.question),))]
    if answer.understood:
        understood = typeset(f"Question comprise : « {answer.understood} »")
        blocks.append(Paragraph((Run(understood),)))
    blocks.append(Heading("Réponse", level))
    if marked:
        blocks.append(Paragraph((Run(_doubtful(len(marked)), strong=True),)))
    if answer.abstained:
        blocks.append(Paragraph((Run(answer.reason or "Non trouvé dans le corpus.", strong=True),)))
    blocks += _grouped(shown, documents, marked)
    for one in answer.differing:
        blocks += _differing(one, documents, level)
    if near:
        blocks += [
            Heading(_NEAR[answer.abstained], level + 1),
            *_grouped(near, documents, marked),
        ]
    if answer.notes:
        notes = Items(tuple((Run(note),) for note in answer.notes))
        blocks += [Heading("Remarques", level), notes]
    if answer.sources:
        blocks += [Heading("Pages consultées", level), _sources(answer, documents)]
    trace = Items(tuple((Run(line),) for line in _trace(answer)))
    return [*blocks, Heading("Traçabilité", level), trace]


def _differing(
    differing: Differing, documents: Mapping[str, Document], level: int
) -> Iterator[Block]:
    """Values that the sources give differently, side by side with their proofs."""
    yield Heading("Valeurs différentes selon les sources", level + 1)
    yield Table(
        header=(differing.attribute, "Portée", "Document", "Date et version"),
        rows=tuple(
            (
                (Run(one.value, (footnote(one.citation, documents),)),),
                (Run(one.scope),),
                (Run(f"{one.citation.document} ({one.citation.file})"),),
                (Run(", ".join(standing(one))),),
            )
            for one in differing.values
        ),
        caption="Chaque valeur est reprise telle que le document l’écrit",
        widths=(1.6, 2.4, 2.4, 1.6),
    )
    if differing.remark:
        yield Paragraph((Run(differing.remark),))


def _doubtful(count: int) -> str:
    named = "1 phrase" if count == 1 else f"{count} phrases"
    return typeset(f"À revérifier : la preuve de {named} ne se retrouve plus dans le corpus.")


def _grouped(
    sentences: list[Sentence], documents: Mapping[str, Document], marked: Mapping[int, str]
) -> Iterator[Block]:
    """Consecutive list items make one list; every other sentence is a paragraph."""
    for listed, run in groupby(sentences, key=lambda one: one.role in ("list_item", "near")):
        lines = [_runs(sentence, documents, marked.get(id(sentence))) for sentence in run]
        if listed:
            yield Items(tuple(lines))
        else:
            yield from (Paragraph(line) for line in lines)


def _runs(
    sentence: Sentence, documents: Mapping[str, Document], doubt: str | None
) -> tuple[Run, ...]:
    # A template (« Échéance : ») names the extract below, which carries the proof.
    if sentence.kind == "template":
        run = Run(sentence.text, strong=True)
    else:
        notes = tuple(dict.fromkeys(footnote(one, documents) for one in sentence.citations))
        run = Run(sentence.text, notes)
    if doubt is None:
        return (run,)
    return run, Run(typeset(f" [À revérifier : {doubt}]"), strong=True)


def footnote(citation: Citation, documents: Mapping[str, Document]) -> str:
    """Say a proof in one line: document, file, place, and the quote (its start when long)."""
    quote = " ".join(citation.quote.split())
    if len(quote) > _NOTE_CHARS:
        quote = quote[:_NOTE_CHARS].rsplit(" ", 1)[0] + " …"
    place = place_of(citation.document_id, citation.page_label, documents)
    # The quote keeps its own spaces.
    return f"{citation.document} ({citation.file}), {place}\u00a0: «\u00a0{quote}\u00a0»"


def place_of(document_id: str, label: str, documents: Mapping[str, Document]) -> str:
    """Say where in a document: « p. 3 », « diapo 4 »; a page when the document is not given."""
    document = documents.get(document_id)
    return place_mark(label, document.metadata.unit if document else "page")


def _sources(answer: Answer, documents: Mapping[str, Document]) -> Table:
    return Table(
        header=("Rang", "Document", "Endroit", "Section"),
        rows=tuple(
            (
                (Run(str(source.rank)),),
                (Run(f"{source.document} ({source.file})"),),
                (Run(place_of(source.document_id, source.page_label, documents)),),
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


def _odt(document: ExportDocument) -> bytes:
    from assistant.exports.odt import odt

    return odt(document)


def _pdf(document: ExportDocument) -> bytes:
    from assistant.exports.pdf import pdf

    return pdf(document)


def _markdown(document: ExportDocument) -> bytes:
    from assistant.exports.markdown import markdown

    return markdown(document).encode()

"""A fiche as a document: what it says, on what proof, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from assistant.exports.answer import MEDIA_TYPES, footnote, write
from assistant.exports.document import (
    Block,
    ExportDocument,
    Heading,
    Items,
    Paragraph,
    Picture,
    Run,
    Table,
)
from assistant.fiches.charts import matrix_svg, matrix_text
from assistant.fiches.export_evidence import evidence_blocks, trace
from assistant.fiches.matrix import number
from assistant.fiches.method import Method
from assistant.fiches.model import (
    ORIGIN_LABELS,
    STATE_LABELS,
    STATUS_LABELS,
    Choice,
    Fiche,
    FicheField,
    Origin,
    Position,
    Score,
    Statement,
    Window,
)
from assistant.fiches.shown import (
    WINDOW_LABELS,
    choices_of,
    coded,
    counts_of,
    criterion_name,
    day,
    level_name,
    named,
    plural,
    position_of,
    quadrant_of,
    retained,
    title_of,
)
from assistant.language.typography import typeset
from assistant.model import Citation, Document

__all__ = ["MEDIA_TYPES", "Documents", "export_fiche", "fiche_blocks", "fiche_document"]

Documents = Mapping[str, Document]

_NOT_SAID: Final = "non précisé"
_RUNNERS_UP: Final = 2
_ORIGINS: Final = {
    "extract": "extrait mot pour mot",
    "generated": "phrase rédigée par un modèle local et vérifiée sur l’extrait cité",
}
"""What is said of a statement beside its origin, by its kind."""
_GENERAL: Final = "cadre général, qui ne parle pas de ce cas d’usage en particulier"


def export_fiche(
    fiche: Fiche,
    format_: str,
    *,
    method: Method | None = None,
    documents: Documents | None = None,
    made: datetime | None = None,
    organisation: str = "",
) -> bytes:
    """Write a fiche with its proofs.

    Args:
        fiche: as drafted or as kept.
        format_: « docx », « odt », « pdf », « md » or « json »; the last one is the fiche itself,
            that `Fiche.model_validate_json` reads again.
        method: its grid, for the meaning of the notes and for grids that rename the fields.
        documents: documents by identifier, to say what their pages are; may miss some.
        made: when the document is made; now when `None`.
        organisation: whose document it is, said at its foot; nobody's when empty.

    Raises:
        InvalidFormatError: another format.
    """
    if format_ == "json":
        return (fiche.model_dump_json(indent=1) + "\n").encode()
    return write(
        format_,
        lambda: fiche_document(fiche, made or datetime.now(), method, documents or {}),
        organisation,
    )


def fiche_document(
    fiche: Fiche, made: datetime, method: Method | None = None, documents: Documents | None = None
) -> ExportDocument:
    """Lay a fiche out as a document of its own."""
    return ExportDocument(
        title=title_of(fiche, method),
        subject=f"Fiche cas d’usage IA, {STATE_LABELS[fiche.state]}, révision {fiche.revision} "
        f"du {day(fiche.updated)}",
        blocks=tuple(fiche_blocks(fiche, method=method, documents=documents)),
        made=made,
        footer=f"Fiche cas d’usage IA – {STATE_LABELS[fiche.state]} – révision {fiche.revision}",
    )


def fiche_blocks(
    fiche: Fiche,
    *,
    level: int = 1,
    method: Method | None = None,
    documents: Documents | None = None,
) -> list[Block]:
    """What a fiche is made of, for a document of its own or a part of one.

    Args:
        fiche: the fiche.
        level: level of its headings; its title is left to the caller.
        method: its grid, when known.
        documents: documents by identifier; may miss some.
    """
    writer = _Writer(fiche, level, method, documents or {})
    return list(writer.blocks())


class _Writer:
    """Writes one fiche: what every part needs, said once."""

    def __init__(
        self, fiche: Fiche, level: int, method: Method | None, documents: Documents
    ) -> None:
        self._fiche = fiche
        self._level = level
        self._method = method
        self._documents = documents
        kinds = {one.kind: one.key for one in method.fields} if method else {}
        self._sources = kinds.get("sources", "sources")

    def blocks(self) -> Iterator[Block]:
        yield Heading("Synthèse", self._level)
        yield self._summary()
        yield from self._request()
        yield from self._remarks()
        for rank, field in enumerate(self._fiche.fields, start=1):
            yield Heading(f"{rank}. {field.label}", self._level)
            yield from self._field(field)
        if all(one.key != self._sources for one in self._fiche.fields):
            yield Heading("Sources, et ce qui n’a pas été trouvé", self._level)
            yield from evidence_blocks(self._fiche, self._sources, self._documents)
        yield Heading("Traçabilité", self._level)
        yield Items(tuple((Run(line),) for line in trace(self._fiche)))

    # --- Before the fields ---------------------------------------------------------------

    def _summary(self) -> Table:
        fiche, method = self._fiche, self._method
        counts = counts_of(fiche)
        position = position_of(fiche)
        lines = {
            "État": STATE_LABELS[fiche.state],
            "Axe": named(choices_of(fiche, "axe", method)) or "aucun axe retenu",
            "Fonctions d’IA": named(choices_of(fiche, "fonctions", method)) or "aucune retenue",
            "Position dans la matrice": quadrant_of(position) if position else "non calculée",
            "Champs": ", ".join(
                f"{STATUS_LABELS[status]} : {count}" for status, count in counts.items()
            ),
            "Auteur": fiche.author or _NOT_SAID,
            "Créée, mise à jour": f"{day(fiche.created)}, {day(fiche.updated)}",
            "Échéances comparées au": day(fiche.today),
            "Méthode": f"{fiche.method.title} (version {fiche.method.version})",
        }
        return _pairs("Synthèse de la fiche", ("Élément", "Valeur"), lines)

    def _request(self) -> Iterator[Block]:
        asked = self._fiche.request
        lines = {
            "Titre demandé": asked.title,
            "Besoin": asked.need,
            "Service": asked.service,
            "Contraintes": asked.constraints,
        }
        if any((asked.need, asked.service, asked.constraints)):
            yield Heading("Demande", self._level)
            for name, text in lines.items():
                if text:
                    yield _labelled(name, text)

    def _remarks(self) -> Iterator[Block]:
        notes = [*self._fiche.notes]
        notes += [
            f"Fiche proche dans le portefeuille : « {one.title} » "
            f"(ressemblance {round(100 * one.share)} %)."
            for one in self._fiche.similar
        ]
        if notes:
            yield Heading("Remarques", self._level)
            yield Items(tuple((Run(typeset(note)),) for note in notes))

    # --- A field -------------------------------------------------------------------------

    def _field(self, field: FicheField) -> Iterator[Block]:
        yield self._standing(field)
        yield from self._choices(field.choices)
        # The field of sources is told by its tables, with more than its computed lines.
        told = field.key == self._sources
        yield from self._statements(
            [one for one in field.statements if not (told and one.origin == "calcule")]
        )
        yield from self._scores(field.scores)
        yield from self._position(field.position)
        yield from self._windows(field.windows)
        if field.key == self._sources:
            yield from evidence_blocks(self._fiche, self._sources, self._documents)
        if field.question and field.status != "documente":
            yield _labelled("Question à poser", field.question)

    def _standing(self, field: FicheField) -> Paragraph:
        """Status, origins and last writer, in words."""
        origins = ", ".join(ORIGIN_LABELS[one] for one in _origins(field))
        said = f". Origine : {origins}." if origins else "."
        if not origins and field.key != self._sources:
            said = ". Rien n’a été trouvé dans les documents, ni saisi."
        if field.author:
            said += f" Dernière écriture : {field.author}"
            said += f", le {day(field.updated)}." if field.updated else "."
        status = typeset(f"Statut : {STATUS_LABELS[field.status]}")
        return Paragraph((Run(status, strong=True), Run(typeset(said))), with_next=True)

    def _choices(self, choices: Sequence[Choice]) -> Iterator[Block]:
        kept = retained(choices)
        if choices and not kept:
            yield Paragraph((Run("Aucun choix retenu."),))
        if kept:
            yield Items(tuple(_choice(one) for one in kept))
        others = [one for one in choices if not one.chosen and one.share > 0][:_RUNNERS_UP]
        if others:
            said = ", ".join(
                f"{coded(one.code, one.label)} ({round(100 * one.share)} %)" for one in others
            )
            yield _labelled("Envisagé ensuite", said)

    def _statements(self, statements: Sequence[Statement]) -> Iterator[Block]:
        lines = tuple(self._statement(one) for one in statements)
        if len(lines) == 1:
            yield Paragraph(lines[0])
        elif lines:
            yield Items(lines)

    def _statement(self, statement: Statement) -> tuple[Run, ...]:
        notes = self._notes(statement.citations)
        # What a document says keeps its own spaces; only the quotation marks are ours.
        text = statement.text.strip()
        shown = f"«\u00a0{text}\u00a0»" if statement.kind == "extract" else text
        about = [ORIGIN_LABELS[statement.origin]]
        about += [_ORIGINS[statement.kind]] if statement.kind in _ORIGINS else []
        about += [_GENERAL] if statement.scope == "general" else []
        runs = [Run(shown, notes), Run(typeset(f" ({' ; '.join(about)})"))]
        if statement.remark:
            runs.append(Run(typeset(f" Remarque : {statement.remark}"), strong=True))
        return tuple(runs)

    def _notes(self, citations: Sequence[Citation]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(footnote(one, self._documents) for one in citations))

    def _scores(self, scores: Sequence[Score]) -> Iterator[Block]:
        if not scores:
            return
        yield Table(
            header=("Critère", "Note", "Origine", "Preuves ou arguments"),
            rows=tuple(
                (
                    (Run(criterion_name(one)),),
                    (Run(level_name(one, self._method)),),
                    (Run(ORIGIN_LABELS[one.origin] if one.origin else "–"),),
                    (Run(plural(len(one.statements), "énoncé", "énoncés")),),
                )
                for one in scores
            ),
            caption="Notes par critère ; les preuves suivent",
            widths=(3.4, 2.4, 1.0, 1.4),
        )
        for one in scores:
            if one.statements:
                yield Heading(criterion_name(one), self._level + 1)
                yield from self._statements(one.statements)

    def _position(self, position: Position | None) -> Iterator[Block]:
        if position is None:
            return
        yield Picture(
            svg=matrix_svg([self._fiche], legend=False),
            caption="Place de la fiche dans la matrice",
            alt=matrix_text([self._fiche]),
        )
        sides = (
            ("Impact", position.impact, position.impact_low, position.impact_high),
            ("Effort", position.effort, position.effort_low, position.effort_high),
        )
        yield Table(
            header=("Côté", "Moyenne des notes", "Au plus bas", "Au plus haut"),
            rows=tuple(
                tuple(
                    (Run(text),)
                    for text in (
                        name,
                        "aucune note" if point is None else number(point),
                        number(low),
                        number(high),
                    )
                )
                for name, point, low, high in sides
            ),
            caption="Position en chiffres, de 0 (faible) à 1 (fort)",
        )
        yield _labelled("Quadrant", quadrant_of(position))
        if len(position.quadrants) > 1:
            yield _labelled("Quadrants possibles", " / ".join(position.quadrants))
        yield _labelled("Calcul", position.formula)

    def _windows(self, windows: Sequence[Window]) -> Iterator[Block]:
        if not windows:
            return
        yield Table(
            header=("Guichet", "Montant", "Par projet", "Taux", "Date limite", "État"),
            rows=tuple(
                (
                    self._window(one),
                    (Run(one.amount or _NOT_SAID),),
                    (Run(one.per_project or _NOT_SAID),),
                    (Run(one.rate or _NOT_SAID),),
                    (Run(day(one.deadline) if one.deadline else _NOT_SAID),),
                    (Run(WINDOW_LABELS[one.state], strong=one.state == "passe"),),
                )
                for one in windows
            ),
            caption=f"Guichets de financement, état au {day(self._fiche.today)}",
            widths=(2.7, 1.5, 1.4, 1.5, 1.3, 1.2),
        )
        remarks = [(one.title, one.remark) for one in windows if one.remark]
        if remarks:
            yield Items(
                tuple((Run(title, strong=True), Run(f"\u00a0: {said}")) for title, said in remarks)
            )

    def _window(self, window: Window) -> tuple[Run, ...]:
        named_here = " (nomme ce cas d’usage)" if window.scope == "sujet" else ""
        return Run(window.title, self._notes(window.citations)), Run(named_here)


def _origins(field: FicheField) -> list[Origin]:
    """Origins of all that a field shows, also of the proofs of a criterion not yet noted."""
    proofs = [one.origin for score in field.scores for one in score.statements]
    return list(dict.fromkeys([*field.origins, *proofs]))


def _choice(choice: Choice) -> tuple[Run, ...]:
    said = f" ({ORIGIN_LABELS[choice.origin]}"
    if choice.origin == "calcule":
        said += f", indice {round(100 * choice.share)} %"
    if choice.words:
        said += ", d’après " + ", ".join(f"« {word} »" for word in choice.words)
    return Run(coded(choice.code, choice.label), strong=True), Run(typeset(f"{said})"))


def _labelled(name: str, text: str) -> Paragraph:
    return Paragraph((Run(f"{name}\u00a0: ", strong=True), Run(typeset(text))))


def _pairs(caption: str, header: tuple[str, str], lines: Mapping[str, str]) -> Table:
    return Table(
        header=header,
        rows=tuple(
            ((Run(name, strong=True),), (Run(typeset(text)),)) for name, text in lines.items()
        ),
        caption=caption,
        widths=(2.4, 5.6),
    )

"""Fiches made by hand, as drafting and people would leave them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from assistant.errors import DocumentNotFoundError
from assistant.fiches.matrix import place
from assistant.fiches.method import load_method
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
from assistant.fiches.shown import cited
from assistant.generation.rereading import GetPage
from assistant.model import Citation, ModelIds, Page, PageStatus

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)
METHOD = load_method()

NEED = (
    "Les plannings des équipes soignantes sont refaits chaque semaine à la main, cœur du problème."
)

CALL = "Dotation de 2 M€, 20 000 € par projet, candidature avant le 31 juillet 2025."
GRANT = "Aide de 50 %, dépôt jusqu’au 1er mars 2027."


def citation(quote: str, page: int = 3, file: str = "srs-exemple.pdf") -> Citation:
    return Citation(
        file=file,
        document="Schéma régional d’exemple" if file.startswith("srs") else "AMI d’exemple",
        document_id=file,
        page=page,
        page_label=str(page),
        quote=quote,
        start=0,
        end=len(quote),
    )


def extract(text: str, page: int = 3, *, general: bool = False, remark: str | None = None):
    return Statement(
        text=text,
        origin="corpus",
        kind="extract",
        citations=[citation(text, page)],
        scope="general" if general else "sujet",
        remark=remark,
    )


def typed(text: str) -> Statement:
    return Statement(text=text, origin="saisie", kind="typed")


def choices(entries, chosen: set[str], words: list[str]) -> list[Choice]:
    ordered = sorted(entries, key=lambda one: one.code not in chosen)
    share = 1 / (len(ordered) + 2)
    return [
        Choice(
            code=one.code,
            label=one.label,
            share=share * 3 if rank == 0 else share,
            words=words if one.code in chosen else [],
            chosen=one.code in chosen,
        )
        for rank, one in enumerate(ordered)
    ]


def windows() -> list[Window]:
    return [
        Window(
            title="AMI « Temps de travail » d’exemple",
            amount="2 M€",
            per_project="20 000 €",
            deadline=date(2025, 7, 31),
            state="passe",
            scope="sujet",
            remark="Réservé aux établissements d’exemple.",
            citations=[citation(CALL, 1, "ami-exemple.pdf")],
        ),
        Window(
            title="AAP d’exemple",
            rate="50 %",
            deadline=date(2027, 3, 1),
            state="ouvert",
            citations=[citation(GRANT, 2, "ami-exemple.pdf")],
        ),
        Window(title="Fonds d’exemple", citations=[citation("Un fonds existe.", 9)]),
    ]


def scores(levels: dict[str, str]) -> list[Score]:
    """Notes of every criterion of the grid; one of a person, the others argued by an extract."""
    found = []
    for one in METHOD.criteria:
        level = levels.get(one.code)
        by_hand = one.code == "EFF_1"
        proof = typed("Avis du cadre de santé.") if by_hand else extract(f"Preuve de {one.code}.")
        found.append(
            Score(
                code=one.code,
                label=one.label,
                side=one.side,
                level=level,
                origin=("saisie" if by_hand else "corpus") if level else None,
                statements=[proof] if level else [],
            )
        )
    return found


def a_fiche(
    title: str = "Aide à la planification des équipes soignantes",
    *,
    levels: dict[str, str] | None = None,
    axis: str | None = "8",
    filled: bool = True,
    **changes: object,
) -> Fiche:
    """A fiche in which every kind of content stands once.

    Args:
        title: what was typed.
        levels: code of a criterion → code of its level.
        axis: axis retained, none when `None`.
        filled: whether the corpus gave anything; without, every text field is to complete.
        changes: other attributes of the fiche.
    """
    given = {"IMP_1": "moyen", "IMP_2": "fort", "EFF_1": "faible"} if levels is None else levels
    notes = scores(given)
    by_kind = {
        "titre": {"statements": [typed(title)], "status": "documente"},
        "axe": {
            "choices": choices(METHOD.axes, {axis} if axis else set(), ["planification", "équipes"])
        },
        "fonctions": {
            "choices": choices(METHOD.functions, {"predictive", "prescriptive"}, ["planification"])
        },
        "impacts": {"scores": [one for one in notes if one.side == "impact"]},
        "efforts": {"scores": [one for one in notes if one.side == "effort"]},
        "matrice": {"position": place(notes, METHOD)},
        "financement": {"windows": windows() if filled else [], "status": "partiel"},
    }
    by_key = {
        "besoin": {"statements": [extract(NEED), typed("Constat du CHU d’exemple.")]},
        "alignement": {
            "statements": [
                extract(
                    "Développer l’intelligence artificielle dans les établissements.",
                    12,
                    general=True,
                    remark="L’échéance est passée.",
                )
            ],
            "status": "partiel",
        },
    }
    fields = []
    for spec in METHOD.fields:
        content = by_kind.get(spec.kind) or (by_key.get(spec.key) if filled else None)
        content = {"status": "documente", **content} if content else {"status": "a_completer"}
        question = None if content["status"] == "documente" else spec.question
        if spec.key == "besoin" and filled:
            content |= {"author": "Mme Lefèvre", "updated": AT}
        fields.append(FicheField(key=spec.key, label=spec.label, question=question, **content))
    fiche = Fiche(
        id="f1",
        revision=3,
        request=Request(title=title, need="Trop d’heures supplémentaires.", service="Médecine"),
        method=METHOD.identity,
        fields=fields,
        created=AT,
        updated=AT,
        author="M. Garçon",
        today=TODAY,
        index_generation="g1",
        models=ModelIds(embedding="e5-small"),
        similar=[Similar(id="f0", title="Planification des soins", share=0.82)],
        notes=["Le corpus ne dit rien des logiciels de planning."],
    )
    return fiche.model_copy(update=changes)


def the_longest_fiche() -> Fiche:
    """Every text field with twenty statements of two thousand characters."""
    long = ("Œuvre d’équipe à l’hôpital, où chaque soignant reçoit « son » planning\u00a0; " * 40)[
        :2000
    ]
    fiche = a_fiche("Prévoir " + "l’organisation des équipes " * 7)
    fields = [
        one.model_copy(
            update={
                "statements": [
                    extract(f"Début {rank}. {long[:1970]} Fin {rank}.", rank + 1)
                    for rank in range(20)
                ],
                "question": "Quelle question poser\u00a0? " * 20,
            }
        )
        if one.key in {"besoin", "donnees", "risques", "suite"}
        else one.model_copy(
            update={"windows": [w.model_copy(update={"title": long[:600]}) for w in one.windows]}
        )
        for one in fiche.fields
    ]
    return fiche.model_copy(update={"fields": fields})


def pages_of(*fiches: Fiche) -> GetPage:
    """A corpus whose pages hold what some fiches quote, a quote a line."""
    texts: dict[tuple[str, int], dict[str, None]] = {}
    for fiche in fiches:
        for _, one in cited(fiche):
            texts.setdefault((one.document_id, one.page), {})[one.quote] = None

    def page(document_id: str, number: int) -> Page:
        if (document_id, number) not in texts:
            raise DocumentNotFoundError("Ce document n’est pas dans le corpus.")
        text = "\n".join(texts[document_id, number])
        return Page(number, str(number), 595, 842, PageStatus.TEXT, text)

    return page


def nowhere(document_id: str, number: int) -> Page:
    """A corpus without any document."""
    raise DocumentNotFoundError("Ce document n’est pas dans le corpus.")

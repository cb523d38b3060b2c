"""An answer being made: what is already verified, and what is still awaited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant.language.typography import typeset
from assistant.model import Answer, Document, Sentence, Source
from ui.rendering.fragments import fragment, text
from ui.rendering.references import Reference, cards_of, numbered
from ui.rendering.sentences import folded, paragraphs
from ui.rendering.sources import panel_html

WRITING = typeset(
    "Le modèle local rédige la réponse : chaque phrase s’affiche une fois vérifiée. "
    "« Arrêter » garde ce qui l’est déjà."
)
GOES_ON = "La suite arrive…"
INTERRUPTED_BARE = typeset(
    "Réponse interrompue à votre demande : rien n’avait encore été vérifié. Cet échange n’est pas "
    "enregistré."
)
INTERRUPTED_PARTLY = typeset(
    "Réponse interrompue à votre demande : seules les phrases déjà vérifiées sont affichées. Cet "
    "échange n’est pas enregistré."
)


@dataclass(slots=True)
class Draft:
    """What is known of an answer before its end; every sentence of it is verified.

    Attributes:
        question: as typed.
        sentences: those shown so far, in order.
        sources: the pages found.
        extracts: while a model writes, what the documents say, shown in the meantime.
    """

    question: str
    sentences: list[Sentence] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    extracts: Answer | None = None

    def pages(self, documents: Mapping[str, Document]) -> list[Reference]:
        """Its pages, numbered so that those of the extracts keep their numbers to the end."""
        waiting = self.extracts.sentences if self.extracts else []
        known = self.extracts.sources if self.extracts else []
        return numbered([*waiting, *self.sentences], [*self.sources, *known], documents)


def draft_html(draft: Draft, documents: Mapping[str, Document], *, stopped: bool = False) -> str:
    """A draft in the place of the answer.

    Args:
        draft: what is known.
        documents: the documents by identifier; may miss some.
        stopped: whether nothing more will come.
    """
    cards = cards_of(draft.pages(documents))
    extracts = draft.extracts.sentences if draft.extracts else []
    extracts = [one for one in extracts if one.role != "near"]
    written = "".join(folded(draft.sentences, cards, name_extracts=bool(extracts)))
    title = f"<h2 class='question-posee'>{text(draft.question.strip())}</h2>"
    waiting = (
        "<details class='en-attendant' open><summary>En attendant, ce que disent les documents"
        f"</summary>{''.join(paragraphs(extracts, cards))}</details>"
        if extracts
        else ""
    )
    if stopped:
        line = text(INTERRUPTED_PARTLY if written or extracts else INTERRUPTED_BARE)
        body = f"<div class='texte-reponse'>{written}</div>" if written else ""
        return fragment(title, f"<div class='interrompue'><p>{line}</p></div>", body, waiting)
    line = f"<p class='en-cours'>{text(WRITING if extracts else GOES_ON)}</p>"
    return fragment(title, f"<div class='texte-reponse'>{written}{line}</div>", waiting)


def draft_sources_html(draft: Draft, documents: Mapping[str, Document]) -> str:
    """The sources panel of a draft."""
    return panel_html(draft.question, draft.pages(documents), documents)

"""What the screens do with fiches: draft, find, change, follow. The rules are elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, cast

from assistant.access import current
from assistant.access.cited import kept_back
from assistant.access.model import Permission
from assistant.engine_port import Engine
from assistant.errors import AssistantError
from assistant.fiches.asking import read_request
from assistant.fiches.errors import FichesOffError, InvalidEditError
from assistant.fiches.listing import FicheFilter
from assistant.fiches.locking import EDITABLE
from assistant.fiches.method import load_method
from assistant.fiches.model import Fiche
from assistant.fiches.store import FicheStore, open_store
from assistant.model import Document, Mode
from assistant.settings import Settings
from ui.conversations import told
from ui.rendering import Fragment, fragment

if TYPE_CHECKING:
    from assistant.fiches.port import FicheEngine
    from assistant.fiches.refresh import Change

_NAME_PLACE = "en haut de cet onglet"
NAME_MISSING = InvalidEditError(
    "Votre nom manque.", f"Écrivez-le {_NAME_PLACE}\u00a0: il sera gardé dans l’historique."
)
LISTED = 200
"""Fiches listed and drawn at once; a search narrows the others."""


def to_name(html: str) -> Fragment:
    """What is said, leading to the box of the name where it asks for it."""
    link = f"<a href='#fiche-auteur'>{_NAME_PLACE}</a>"
    return fragment(html.replace(_NAME_PLACE, link))


def refusal(error: AssistantError) -> Fragment:
    """An error under the buttons of the tab."""
    return to_name(told(error)) if error is NAME_MISSING else told(error)


class Desk:
    """The fiches of an index, as the screens use them."""

    def __init__(self, assistant: Engine, settings: Settings) -> None:
        """Bind to the engine, the grid and the kept fiches.

        Raises:
            MethodError: the grid of the settings is not valid.
        """
        self.assistant = assistant
        self.method = load_method(settings.fiche_method)
        self.opened = open_store(settings, kept_back(assistant))

    @property
    def store(self) -> FicheStore:
        """The kept fiches.

        Raises:
            FichesOffError: none is kept.
        """
        if self.opened is None:
            raise FichesOffError(
                "Les fiches ne sont pas gardées : l’administrateur l’a choisi.",
                "Demandez-lui d’activer l’option « fiches ».",
            )
        return self.opened

    @property
    def _engine(self) -> FicheEngine:
        # The engine of the screens is the one drafting asks; its protocol here names less.
        return cast("FicheEngine", self.assistant)

    def documents(self) -> Mapping[str, Document]:
        """Documents by identifier."""
        return {document.id: document for document in self.assistant.documents()}

    def editable(self, fiche: Fiche) -> bool:
        """Whether the person may change the fields of a fiche here."""
        kept = self.opened is not None and bool(fiche.id) and fiche.state in EDITABLE
        return kept and current.person().may(Permission.WRITE_FICHES)

    def draft(
        self,
        title: str,
        need: str,
        service: str,
        constraints: str,
        author: str | None,
        mode: Mode = "extractive",
    ) -> Fiche:
        """Draft a fiche, and keep it when fiches are kept.

        `generative` has the local model phrase what the extracts say, each sentence verified.

        Raises:
            InvalidRequestError: the title is too short or too long.
        """
        from assistant.fiches.drafting import draft_fiche

        asked = read_request(title, need, service, constraints)
        portfolio = self.opened.list(FicheFilter(limit=None)) if self.opened else []
        fiche = draft_fiche(
            asked,
            self.method,
            self._engine,
            portfolio=portfolio,
            today=date.today(),
            author=author or None,
            mode=mode,
        )
        return self.opened.add(fiche, author) if self.opened else fiche

    def refresh(
        self, fiche: Fiche, author: str | None
    ) -> tuple[Fiche, Sequence[Change], Sequence[str]]:
        """Search again for the proofs of a kept fiche.

        Returns:
            The fiche, what changed, and the keys of the fields left because somebody changed
            them meanwhile.
        """
        from assistant.fiches.refresh import refresh

        new, changes = refresh(fiche, self.method, self._engine, today=date.today())
        kept, left = self.store.apply(fiche.id, new, revision=fiche.revision, author=author)
        return kept, changes, left

    def listed(self, chosen: FicheFilter) -> list[Fiche]:
        """Kept fiches, the last changed first; none when none is kept."""
        return self.opened.list(chosen) if self.opened else []

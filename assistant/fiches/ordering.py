"""A fiche as it is ordered from any interface: drafted beside those kept, then kept if asked."""

from __future__ import annotations

from datetime import date

from assistant.fiches import drafting
from assistant.fiches.listing import FicheFilter
from assistant.fiches.method import Method
from assistant.fiches.model import Fiche, Request
from assistant.fiches.port import FicheEngine
from assistant.fiches.store import FicheStore
from assistant.model import Mode


def order_fiche(
    asked: Request,
    method: Method,
    engine: FicheEngine,
    store: FicheStore | None,
    *,
    keep: bool,
    author: str | None = None,
    mode: Mode = "extractive",
) -> Fiche:
    """Draft a fiche, near-duplicates among those kept pointed out.

    Args:
        asked: title, and what else was typed.
        method: the grid that says the fields.
        engine: the assistant, over its current index.
        store: the fiches kept, if any are.
        keep: whether to keep this one too; needs a store.
        author: who asks for it.
        mode: how it is written.

    Raises:
        StorageError: it cannot be kept.
    """
    fiche = drafting.draft_fiche(
        asked,
        method,
        engine,
        portfolio=store.list(FicheFilter(limit=None)) if store else [],
        today=date.today(),
        author=author,
        mode=mode,
    )
    return store.add(fiche, author) if keep and store else fiche

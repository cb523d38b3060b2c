"""What drafting asks of the assistant; `assistant.engine.Assistant` satisfies it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from assistant.attempt import Attempt
from assistant.fiches.phrasing import Pen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class FicheEngine(Protocol):
    """Retrieval over one generation, vectors of short texts, and who may write."""

    def attempt(self) -> Attempt:
        """Retrieval over the whole corpus."""

    @property
    def pen(self) -> Pen:
        """The local language model, asked only for a written fiche."""

    def embed_alike(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of norm 1 of short texts, float32 [texts, dimension]."""

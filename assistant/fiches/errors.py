"""What may go wrong with kept fiches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.errors import AssistantError

if TYPE_CHECKING:
    from assistant.fiches.model import FicheField


class FicheNotFoundError(AssistantError):
    """No fiche, or no field of it, has this name."""

    code = "fiche_inconnue"


class FichesOffError(AssistantError):
    """The administrator chose to keep no fiche."""

    code = "fiches_desactivees"


class FichesUnreadableError(AssistantError):
    """The file of fiches is damaged or was written by a newer version."""

    code = "fiches_illisibles"


class RevisionNotFoundError(AssistantError):
    """The fiche has no such revision."""

    code = "revision_inconnue"


class RevisionRequiredError(AssistantError):
    """An edit does not say which revision it was made from."""

    code = "revision_requise"


class InvalidFicheError(AssistantError):
    """What is to be imported is no fiche, or is one of another version."""

    code = "fiche_invalide"


class InvalidRequestError(AssistantError):
    """A fiche cannot be drafted from what was typed."""

    code = "demande_invalide"


class InvalidEditError(AssistantError):
    """An edit, a comment or an author that cannot be kept."""

    code = "saisie_invalide"


class FicheLockedError(AssistantError):
    """The fiche is validated or archived: it is not edited as it is."""

    code = "fiche_verrouillee"


class FicheStateError(AssistantError):
    """The fiche cannot go from its state to the one asked for."""

    code = "etat_impossible"


class FicheStaleError(AssistantError):
    """The fiche changed since the revision that somebody decided on."""

    code = "fiche_modifiee"


class FicheConflictError(AssistantError):
    """Somebody else changed the same field since it was read; nothing was written.

    Attributes:
        key: the field.
        revision: the revision the fiche has now.
        base: the field as the person had read it.
        theirs: the field as it is now.
        yours: the field as the refused edit would have made it.
    """

    code = "conflit"

    def __init__(
        self,
        message: str,
        remedy: str,
        *,
        key: str,
        revision: int,
        base: FicheField,
        theirs: FicheField,
        yours: FicheField,
    ) -> None:
        super().__init__(message, remedy)
        self.key, self.revision = key, revision
        self.base, self.theirs, self.yours = base, theirs, yours
        self.details = {
            "key": key,
            "revision": revision,
            "base": base.model_dump(mode="json"),
            "theirs": theirs.model_dump(mode="json"),
            "yours": yours.model_dump(mode="json"),
        }

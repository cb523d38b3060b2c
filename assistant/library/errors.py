"""Why a deposit, or work on the corpus, is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from assistant.errors import AssistantError


class DepositError(AssistantError):
    """Base of the refusals of a file; nothing of it is kept."""

    code = "depot_refuse"


class FileNameError(DepositError):
    """The name cannot be that of a file everywhere, or hides what it is."""

    code = "nom_de_fichier"


class FileFormatError(DepositError):
    """No reader knows this extension, or the content is not what the extension says."""

    code = "format_de_fichier"


class FileTooLargeError(DepositError):
    """The file is larger than the limit."""

    code = "fichier_trop_gros"


class FileEmptyError(DepositError):
    """The file holds nothing."""

    code = "fichier_vide"


class FileDigestError(DepositError):
    """What arrived is not what the sender says they sent."""

    code = "empreinte_differente"


class NameTakenError(DepositError):
    """A file of this name, or of one that looks the same, holds something else.

    Attributes:
        taken: the name already there.
    """

    code = "nom_deja_pris"

    def __init__(self, message: str, remedy: str, *, taken: str) -> None:
        super().__init__(message, remedy)
        self.taken = taken

    @property
    def details(self) -> Mapping[str, object]:  # type: ignore[override]
        """The name already there."""
        return {"nom_existant": self.taken}


class BusyError(DepositError):
    """Too many files are being received at one time."""

    code = "depots_simultanes"
    retryable: ClassVar[bool] = True


class DepositUnknownError(AssistantError):
    """No file of this name was deposited, or it is indexed."""

    code = "depot_inconnu"


class JobUnknownError(AssistantError):
    """No work has this identifier, or it was too long ago."""

    code = "travail_inconnu"


class StoppedError(AssistantError):
    """Somebody stopped the work."""

    code = "travail_arrete"

"""Domain errors: what went wrong, in French, and what the reader can do about it.

These classes know nothing of HTTP or of terminals. Each interface translates them: the
API by class (`api/problems.py`), the command line by exit code. `retryable` tells a caller
whether the same call may succeed later without anybody changing anything, so that no
caller ever matches on message text.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

_CAUSES: Final = {
    errno.ENOSPC: "le disque est plein",
    errno.EDQUOT: "le disque est plein",
    errno.EROFS: "le dossier est en lecture seule",
    errno.EACCES: "les droits ne le permettent pas",
    errno.EPERM: "les droits ne le permettent pas",
    errno.EIO: "le disque est en erreur",
    errno.ENOENT: "le fichier ou le dossier n’existe pas",
    errno.EMFILE: "trop de fichiers sont ouverts",
    errno.EISDIR: "c’est un dossier",
    errno.ENOTDIR: "un élément du chemin n’est pas un dossier",
    errno.EEXIST: "ce nom est déjà pris",
    errno.ENOTEMPTY: "le dossier n’est pas vide",
    errno.ENAMETOOLONG: "le nom est trop long",
    errno.EBUSY: "le fichier ou le dossier est en cours d’utilisation",
    errno.EADDRNOTAVAIL: "cette adresse n’est pas celle de cette machine",
    socket.EAI_NONAME: "ce nom n’est pas connu de cette machine",
}


def is_full(error: OSError) -> bool:
    """Whether an error of the system says that the disk is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def cause(error: Exception) -> str:
    """Why the system, or SQLite, refused, in French; its own words when they are not known here."""
    known = _CAUSES.get(getattr(error, "errno", None) or 0)
    return known or getattr(error, "strerror", None) or str(error) or "erreur du disque"


class AssistantError(Exception):
    """Base of every error a user may see.

    Attributes:
        message: what happened, in French, one sentence.
        remedy: what to do about it, in French, one sentence.
        code: stable identifier of the kind of error, used in JSON output.
        retryable: whether the same call may succeed later unchanged.
        details: what an interface may show besides, as JSON.
    """

    code: ClassVar[str] = "erreur"
    retryable: ClassVar[bool] = False
    details: Mapping[str, object] = {}

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.message = message
        self.remedy = remedy


class InvalidQuestionError(AssistantError):
    """The question is empty, too long or holds nothing that can be searched."""

    code = "question_invalide"


class DocumentNotFoundError(AssistantError):
    """No document has this identifier, or its file has left the disk."""

    code = "document_inconnu"


class PageNotFoundError(AssistantError):
    """The document has no such page."""

    code = "page_inconnue"


class PageImageMissingError(AssistantError):
    """The pages of this document cannot be drawn: its format says no positions."""

    code = "page_sans_image"


class FolderNotFoundError(AssistantError):
    """The folder or file to ingest does not exist or cannot be read."""

    code = "dossier_introuvable"


class EmptyFolderError(AssistantError):
    """The folder holds nothing to read, while the index still holds what came from it."""

    code = "dossier_vide"


class UnreadableFileError(AssistantError):
    """A file cannot be read: damaged, empty, encrypted, too large, not what it claims.

    `code` is overridden per instance so that the ledger can count reasons.
    """

    code = "fichier_illisible"

    def __init__(self, message: str, remedy: str = "", *, code: str = "fichier_illisible") -> None:
        super().__init__(message, remedy)
        self.code = code  # type: ignore[misc]  # narrows the class-level default on purpose

    def __reduce__(self) -> tuple[object, ...]:
        # Crosses a process boundary: the default would lose the keyword-only code.
        return (_rebuild_unreadable, (self.message, self.remedy, self.code))


def _rebuild_unreadable(message: str, remedy: str, code: str) -> UnreadableFileError:
    return UnreadableFileError(message, remedy, code=code)


class IndexMissingError(AssistantError):
    """Nothing has been indexed yet."""

    code = "index_absent"


def no_index(folder: Path) -> IndexMissingError:
    """The error for a folder that holds no index, or that does not exist."""
    return IndexMissingError(
        f"Aucun index dans « {folder} »."
        if folder.is_dir()
        else f"Le dossier d’index « {folder} » n’existe pas.",
        "Vérifiez ce dossier (option --index, ou ASSISTANT_INDEX_DIR), ou chargez d'abord des "
        "documents : assistant ingerer DOSSIER.",
    )


class IndexCorruptError(AssistantError):
    """An index file fails its checksum or cannot be opened."""

    code = "index_corrompu"


class TooManyQuestionsError(AssistantError):
    """Too many questions wait for their answer already."""

    code = "trop_de_questions"
    retryable = True


class IndexLockedError(AssistantError):
    """Another process is writing to this index."""

    code = "index_occupe"
    retryable = True


class ModelMissingError(AssistantError):
    """The embedding model is not on this machine."""

    code = "modele_absent"


class ModelMismatchError(AssistantError):
    """The index was built with another embedding model than the one configured."""

    code = "modele_different"


class ModelServerError(AssistantError):
    """The local language model server is absent, refuses, fails, or takes too long."""

    code = "serveur_modele"
    retryable = True


class PromptError(AssistantError):
    """A file of instructions for the language model is missing or badly formed."""

    code = "consigne"


class StorageError(AssistantError):
    """The disk is full, read-only or failing."""

    code = "stockage"
    retryable = True


class InvalidFormatError(AssistantError):
    """An export was asked for in a format that does not exist."""

    code = "format_inconnu"


class NetworkForbiddenError(AssistantError):
    """Something tried to leave the machine."""

    code = "connexion_interdite"

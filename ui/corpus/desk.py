"""What the « Corpus » tab asks: documents, what was read of them, files refused, sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from assistant.access import current
from assistant.access.model import Permission
from assistant.access.restrictions import RestrictionStore, comparable
from assistant.coverage import document_coverage
from assistant.describing import Said, what_is_said
from assistant.engine_port import Engine
from assistant.errors import AssistantError, IndexMissingError
from assistant.index.catalogue import Catalogue, FileRow
from assistant.library.model import Job
from assistant.model import Document
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.library.desk import Library

_Found = TypeVar("_Found")


class NoLibraryError(AssistantError):
    """This server cannot change its corpus."""

    code = "corpus_fige"


@dataclass(frozen=True, slots=True)
class CorpusDesk:
    """What stands behind the tab.

    Attributes:
        assistant: tells which documents the person may see.
        settings: the options.
        library: changes the corpus; `None` when this server only reads it.
    """

    assistant: Engine
    settings: Settings
    library: Library | None

    def documents(self) -> list[Document]:
        """Documents that the person may see."""
        return self.assistant.documents()

    def coverage(self, document_id: str) -> dict[str, Any] | None:
        """What was read of a document, page by page; `None` when only its counts are known.

        Raises:
            DocumentNotFoundError: there is no such document for this person.
        """
        document = self.assistant.document(document_id)
        return self._known(lambda catalogue: document_coverage(catalogue, document))

    def said(self, document_id: str) -> Said | None:
        """Where the description of a document comes from.

        Raises:
            DocumentNotFoundError: there is no such document for this person.
        """
        self.assistant.document(document_id)
        return self._known(lambda catalogue: what_is_said(catalogue, document_id))

    def restricted_to(self, document: Document) -> list[str]:
        """Groups that alone may see a document; empty when everybody may, or for a reader."""
        if not current.person().may(Permission.MANAGE_CORPUS):
            return []
        files = self._known(Catalogue.files) or []
        paths = {comparable(one.path) for one in files if one.document_id == document.id}
        rules = RestrictionStore(self.settings.index_dir).list()
        found = {group for one in rules if one.names(document.id, paths) for group in one.groups}
        return sorted(found)

    def refused(self) -> list[FileRow]:
        """Files that could not be read."""
        files = self._known(Catalogue.files) or []
        return [one for one in files if one.document_id is None]

    def deposited(self, file: FileRow) -> bool:
        """Whether a file was added from this tab or the API, rather than read in a folder."""
        return self.library is not None and Path(file.path).parent == self.library.depot.folder

    def places(self, document_id: str) -> tuple[list[str], list[str]]:
        """Names of the files of a document: those that were deposited, those of a folder."""
        files = [
            one for one in self._known(Catalogue.files) or [] if one.document_id == document_id
        ]
        return (
            [one.name for one in files if self.deposited(one)],
            [one.name for one in files if not self.deposited(one)],
        )

    def waiting(self) -> list[str]:
        """Names of the files that were deposited and that no work is indexing."""
        if self.library is None or not current.person().may(Permission.MANAGE_CORPUS):
            return []
        return [one.name for one in self.library.pending()]

    def source_titles(self) -> set[tuple[str, str]]:
        """Title and publisher of the official sources that the corpus holds."""
        found = self._known(Catalogue.descriptions) or {}
        return {
            (said["source"].get("title", ""), said["source"].get("publisher", ""))
            for said in found.values()
            if "source" in said
        }

    def managed(self) -> Library:
        """What changes the corpus, for whoever may.

        Raises:
            ForbiddenError: the person may not.
            NoLibraryError: nobody may, on this server.
        """
        current.require(Permission.MANAGE_CORPUS)
        if self.library is None:
            raise NoLibraryError(
                "Ce serveur ne peut pas modifier le corpus.",
                "Utilisez la commande : assistant ingerer DOSSIER.",
            )
        return self.library

    def job(self) -> Job | None:
        """The work under way, or the last one; `None` for whoever does not manage the corpus."""
        if self.library is None or not current.person().may(Permission.MANAGE_CORPUS):
            return None
        return self.library.job()

    def _known(self, ask: Callable[[Catalogue], _Found]) -> _Found | None:
        try:
            return ask(Catalogue(self.settings.index_dir / "catalogue.sqlite"))
        except IndexMissingError:
            return None

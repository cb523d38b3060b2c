"""Taking back a file that was removed from the index and stayed in its folder."""

from __future__ import annotations

from pathlib import Path

from assistant.errors import DocumentNotFoundError
from assistant.index.catalogue import Catalogue, ExcludedFile


def excluded_files(index_dir: Path) -> list[ExcludedFile]:
    """Files that the user removed from the index and that stay on the disk, by name.

    Raises:
        IndexMissingError: nothing has been indexed yet.
    """
    return Catalogue(index_dir / "catalogue.sqlite").excluded()


def readmit(index_dir: Path, name: str) -> list[ExcludedFile]:
    """Let a content come back at the next ingestion, under all its names.

    Args:
        index_dir: folder of the index.
        name: the path of a file, its name as it is shown, the end of that, or the identifier
            that its document had.

    Returns:
        The files that may come back.

    Raises:
        DocumentNotFoundError: no removed file has this name, or several have.
        IndexMissingError: nothing has been indexed yet.
    """
    catalogue = Catalogue(index_dir / "catalogue.sqlite")
    rows = catalogue.excluded()
    resolved = str(Path(name).resolve())
    for found in (
        {row.document_id for row in rows if name in (row.name, row.document_id)},
        {row.document_id for row in rows if row.path == resolved},
        {row.document_id for row in rows if Path(row.name).name == name},
    ):
        if len(found) == 1:
            document_id = found.pop()
            catalogue.readmit(document_id=document_id)
            return [row for row in rows if row.document_id == document_id]
        if found:
            raise DocumentNotFoundError(
                f"Plusieurs fichiers retirés s’appellent «\u00a0{name[:120]}\u00a0».",
                "Donnez le chemin complet du fichier.",
            )
    raise DocumentNotFoundError(
        f"Aucun fichier retiré de l’index ne s’appelle «\u00a0{name[:120]}\u00a0».",
        "Consultez la liste\u00a0: assistant corpus reprendre.",
    )

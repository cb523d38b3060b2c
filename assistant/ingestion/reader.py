"""Reading a file, whatever its format: recognised by its content, refused clearly.

Safe to call in a spawned process: arguments and results are picklable, and nothing is kept
between two calls.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from assistant.errors import UnreadableFileError
from assistant.model import ReadDocument

_HEAD_BYTES: Final = 4096
_PDF_WINDOW: Final = 1024
"""The signature of a PDF may come after some junk, within its first kibibyte."""

_OTHER_FORMATS: Final = {".docx", ".pptx", ".odt", ".odp", ".md", ".txt", ".html", ".htm"}


def read_file(path: Path, *, max_bytes: int, max_pages: int) -> ReadDocument:
    """Read a document.

    Args:
        path: the file.
        max_bytes: larger files are refused.
        max_pages: longer documents are refused.

    Raises:
        UnreadableFileError: with code `vide`, `pas_un_pdf`, `chiffre`, `endommage`,
            `trop_gros`, `trop_de_pages` or `format`.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise UnreadableFileError(
            f"Le fichier « {path.name} » ne peut pas être ouvert.",
            "Vérifiez qu’il existe encore et que vous avez le droit de le lire.",
            code="endommage",
        ) from error
    if size == 0 or not head.strip(b"\x00 \t\r\n"):
        raise UnreadableFileError(
            f"Le fichier « {path.name} » est vide.",
            "Téléchargez-le de nouveau.",
            code="vide",
        )
    if size > max_bytes:
        raise UnreadableFileError(
            f"Le fichier « {path.name} » pèse {size / 1e6:.0f} Mo, plus que la limite de "
            f"{max_bytes / 1e6:.0f} Mo.",
            "Découpez ou allégez le document, ou augmentez ASSISTANT_MAX_FILE_MB.",
            code="trop_gros",
        )
    if b"%PDF-" in head[:_PDF_WINDOW]:
        from assistant.ingestion.readers.pdf import read_pdf

        return read_pdf(path, max_pages=max_pages)
    if path.suffix.casefold() == ".pdf":
        _refuse_false_pdf(path, head)
    raise UnreadableFileError(
        f"Le format du fichier « {path.name} » n’est pas pris en charge.",
        "Exportez-le en PDF, puis relancez l’ingestion."
        if path.suffix.casefold() in _OTHER_FORMATS
        else "Seuls les fichiers PDF sont lus.",
        code="format",
    )


def _refuse_false_pdf(path: Path, head: bytes) -> None:
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml", b"<head", b"<!--")):
        raise UnreadableFileError(
            f"Le fichier « {path.name} » est une page web enregistrée sous un nom de PDF.",
            "Ouvrez l’adresse d’origine et enregistrez le document lui-même.",
            code="pas_un_pdf",
        )
    raise UnreadableFileError(
        f"Le fichier « {path.name} » n’est pas un PDF, malgré son extension.",
        "Téléchargez-le de nouveau ou demandez un nouvel exemplaire.",
        code="pas_un_pdf",
    )

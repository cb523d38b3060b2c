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

_MARKUP: Final = (b"<!doctype html", b"<html", b"<?xml", b"<head", b"<!--")
_WEB_SUFFIXES: Final = frozenset({".html", ".htm", ".xhtml"})
_MARKDOWN_SUFFIXES: Final = frozenset({".md", ".markdown"})
_TEXT_SUFFIXES: Final = frozenset({".txt", ".text", ""})

READ_FORMATS: Final = "PDF, DOCX, PPTX, ODT, ODP, HTML, Markdown et texte"

_EXPORT: Final = "Exportez-le en PDF, puis relancez l’ingestion."
_OTHERS: Final[tuple[tuple[bytes, str, str], ...]] = (
    (
        b"\x89PNG",
        "est une image",
        "Convertissez-le en PDF : ses pages seront lues par reconnaissance optique.",
    ),
    (
        b"\xff\xd8\xff",
        "est une image",
        "Convertissez-le en PDF : ses pages seront lues par reconnaissance optique.",
    ),
    (
        b"GIF8",
        "est une image",
        "Convertissez-le en PDF : ses pages seront lues par reconnaissance optique.",
    ),
    (
        b"II*\x00",
        "est une image",
        "Convertissez-le en PDF : ses pages seront lues par reconnaissance optique.",
    ),
    (
        b"MM\x00*",
        "est une image",
        "Convertissez-le en PDF : ses pages seront lues par reconnaissance optique.",
    ),
    (b"{\\rtf", "est au format RTF", "Enregistrez-le en .docx ou en PDF, et relancez."),
    (b"\x1f\x8b", "est une archive", "Extrayez-en les documents, puis relancez l’ingestion."),
    (b"7z\xbc\xaf", "est une archive", "Extrayez-en les documents, puis relancez l’ingestion."),
    (b"Rar!", "est une archive", "Extrayez-en les documents, puis relancez l’ingestion."),
)
"""Other contents worth naming: first bytes, what the file is, what to do."""

_ARCHIVES: Final = {
    "classeur": ("est un classeur", _EXPORT),
    "livre": ("est un livre numérique", _EXPORT),
    "zip": ("est une archive", "Extrayez-en les documents, puis relancez l’ingestion."),
}


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
        head = _head(path)
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
    return _read_other(path, head, max_pages)


def has_page_images(path: Path) -> bool:
    """Whether the pages of a file can be drawn: only those of a PDF can.

    Raises:
        OSError: the file cannot be read.
    """
    return b"%PDF-" in _head(path)[:_PDF_WINDOW]


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _read_other(path: Path, head: bytes, max_pages: int) -> ReadDocument:
    from assistant.ingestion.readers import archive, encoding

    if head.startswith(archive.OLE_MAGIC):
        raise archive.refuse_ole(path)
    if head.startswith(archive.ZIP_MAGIC):
        return _read_archive(path, max_pages)
    for magic, what, remedy in _OTHERS:
        if head.startswith(magic):
            raise _unsupported(path, what, remedy)
    suffix = path.suffix.casefold()
    if encoding.looks_like_text(head):
        start = encoding.decode(head)[0].lstrip("\ufeff \t\r\n")[:1024].lower().encode()
        if start.startswith(_MARKUP) and (b"<html" in start or suffix in _WEB_SUFFIXES):
            from assistant.ingestion.readers.html import read_html

            return read_html(path, max_pages=max_pages)
        if suffix in _WEB_SUFFIXES:
            from assistant.ingestion.readers.html import read_html

            return read_html(path, max_pages=max_pages)
        if suffix in _MARKDOWN_SUFFIXES:
            from assistant.ingestion.readers.markdown import read_markdown

            return read_markdown(path, max_pages=max_pages)
        if suffix in _TEXT_SUFFIXES:
            from assistant.ingestion.readers.text import read_text

            return read_text(path, max_pages=max_pages)
    raise _unsupported(path, "", f"Formats lus : {READ_FORMATS}.")


def _read_archive(path: Path, max_pages: int) -> ReadDocument:
    from assistant.ingestion.readers.archive import open_archive

    archive = open_archive(path)
    match archive.kind:
        case "docx":
            from assistant.ingestion.readers.docx import read_docx

            return read_docx(path, archive, max_pages=max_pages)
        case "pptx":
            from assistant.ingestion.readers.pptx import read_pptx

            return read_pptx(path, archive, max_pages=max_pages)
        case "odt":
            from assistant.ingestion.readers.odt import read_odt

            return read_odt(path, archive, max_pages=max_pages)
        case "odp":
            from assistant.ingestion.readers.odp import read_odp

            return read_odp(path, archive, max_pages=max_pages)
    raise _unsupported(path, *_ARCHIVES[archive.kind])


def _unsupported(path: Path, what: str, remedy: str) -> UnreadableFileError:
    reason = (
        f"Le fichier « {path.name} » {what} : ce format n’est pas lu."
        if what
        else f"Le format du fichier « {path.name} » n’est pas pris en charge."
    )
    return UnreadableFileError(reason, remedy, code="format")


def _refuse_false_pdf(path: Path, head: bytes) -> None:
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_MARKUP):
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

"""Opening a PDF that may be damaged, encrypted, endless or hostile.

Everything here either opens the file or says in one French sentence why not. What a file can
do to the process once open (time, memory, crashes) is bounded by `assistant.index.workers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from assistant.errors import UnreadableFileError

MAX_PAGE_WORDS: Final = 40_000
"""Beyond this many words a page is a trap or a machine's listing: a dense A0 poster holds
fewer, and the layout of so many words would take the time of the whole file."""

_HEAD_BYTES: Final = 1024
"""The signature of a PDF may come after some junk, within its first kibibyte."""

_TAIL_BYTES: Final = 4096


def is_pdf(path: Path, max_bytes: int) -> bool:
    """Whether a file is worth opening as a PDF: signed as one, and not too large."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        return b"%PDF-" in head and path.stat().st_size <= max_bytes
    except OSError:
        return False


def open_pdf(path: Path, password: str | None = None) -> Any:
    """Open a PDF with pdfium; the caller holds `LOCK` and closes it.

    Args:
        path: the file.
        password: user password; when `None`, those of the configuration are tried.

    Raises:
        UnreadableFileError: `chiffre` or `endommage`.
    """
    return unlock_pdf(path, password)[0]


def unlock_pdf(path: Path, password: str | None = None) -> tuple[Any, str | None]:
    """Open a PDF like `open_pdf`, and tell which password opened it (`None`: none needed).

    Raises:
        UnreadableFileError: `chiffre` or `endommage`.
    """
    known: Sequence[str] = _configured_passwords() if password is None else (password,)
    for attempt in (None, *known):
        try:
            return pdfium.PdfDocument(path, password=attempt), attempt
        except pdfium.PdfiumError as error:
            code = pdfium_c.FPDF_GetLastError()
            if code != pdfium_c.FPDF_ERR_PASSWORD and "assword" not in str(error):
                raise UnreadableFileError(
                    f"Le fichier « {path.name} » est endommagé : il ne peut pas être ouvert.",
                    "Téléchargez-le de nouveau ou demandez un nouvel exemplaire.",
                    code="endommage",
                ) from error
    if known:
        message = (
            f"Le fichier « {path.name} » est protégé par un mot de passe, qui n’est aucun de ceux "
            "de la configuration."
        )
    else:
        message = f"Le fichier « {path.name} » est protégé par un mot de passe."
    raise UnreadableFileError(
        message,
        "Enregistrez-en une copie sans mot de passe, ou ajoutez son mot de passe à "
        "ASSISTANT_PDF_PASSWORDS, puis relancez l’ingestion.",
        code="chiffre",
    )


def _configured_passwords() -> tuple[str, ...]:
    from assistant.settings import load_settings

    return tuple(secret.get_secret_value() for secret in load_settings().pdf_passwords)


def count_pages(document: Any, path: Path, max_pages: int) -> int:
    """Number of pages of an open PDF.

    Raises:
        UnreadableFileError: `endommage` (none) or `trop_de_pages`.
    """
    count = len(document)
    if count == 0:
        raise UnreadableFileError(
            f"Le fichier « {path.name} » ne contient aucune page lisible.",
            "Demandez un nouvel exemplaire du document.",
            code="endommage",
        )
    if count > max_pages:
        raise UnreadableFileError(
            f"Le fichier « {path.name} » compte {count} pages, plus que la limite de {max_pages}.",
            "Découpez le document ou augmentez ASSISTANT_MAX_PAGES.",
            code="trop_de_pages",
        )
    return count


def file_warnings(path: Path, password: str | None) -> list[str]:
    """What the ledger must say of a file that opened all the same."""
    warnings: list[str] = []
    if password is not None:
        warnings.append(
            "Le fichier est protégé : il a été ouvert avec un mot de passe de la configuration."
        )
    if _is_truncated(path):
        warnings.append(
            "La fin du fichier manque : le document a été réparé, des pages peuvent être perdues."
        )
    return warnings


def _is_truncated(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        tail = file.read()
    return b"%%EOF" not in tail and b"startxref" not in tail

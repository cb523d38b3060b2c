"""Whether a file is what its name says; who reads it and what it holds come later.

A damaged or protected PDF passes: only its reading can say so, and says what to do.
"""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Final

from assistant.ingestion.readers import archive, encoding
from assistant.library.errors import FileEmptyError, FileFormatError

_HEAD_BYTES: Final = 4096
_PDF_WINDOW: Final = 1024
_OFFICE: Final = frozenset({".docx", ".pptx", ".odt", ".odp"})
_AGAIN: Final = "Vérifiez le fichier, ou enregistrez-le de nouveau depuis le logiciel d’origine."


def check_content(path: Path, name: str) -> None:
    """Check the first bytes of a received file against its name.

    Args:
        path: where it was received.
        name: the name it was sent under.

    Raises:
        FileEmptyError: it holds nothing.
        FileFormatError: it is not what its extension says.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    shown = f"Le fichier «\u00a0{name[:80]}\u00a0»"
    if not head.strip(b"\x00 \t\r\n"):
        raise FileEmptyError(f"{shown} est vide.", "Téléchargez-le de nouveau, puis déposez-le.")
    suffix = PurePath(name).suffix.lower()
    if suffix == ".pdf":
        if b"%PDF-" not in head[:_PDF_WINDOW]:
            raise FileFormatError(f"{shown} n’est pas un PDF, malgré son extension.", _AGAIN)
    elif suffix in _OFFICE:
        _check_office(path, head, suffix, shown)
    elif (
        b"%PDF-" in head[:_PDF_WINDOW]
        or head.startswith(archive.ZIP_MAGIC)
        or not encoding.looks_like_text(head)
    ):
        raise FileFormatError(f"{shown} n’est pas du texte, malgré son extension.", _AGAIN)


def _check_office(path: Path, head: bytes, suffix: str, shown: str) -> None:
    if head.startswith(archive.OLE_MAGIC):
        refusal = archive.refuse_ole(path)
        if refusal.code == "chiffre":
            raise FileFormatError(
                f"{shown} est protégé par un mot de passe.",
                "Enregistrez-en une copie sans mot de passe, puis déposez-la.",
            )
        raise FileFormatError(
            f"{shown} est dans un ancien format de bureautique, qui n’est pas lu.",
            "Ouvrez-le puis enregistrez-le en PDF, en .docx ou en .pptx, et déposez-le.",
        )
    # Opening the archive is for the reading process, whose memory is bounded.
    if not head.startswith(archive.ZIP_MAGIC):
        raise FileFormatError(
            f"{shown} n’est pas un document {suffix}, malgré son extension.", _AGAIN
        )

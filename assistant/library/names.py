"""Names of deposited files: the same file under every system, and no name that deceives."""

from __future__ import annotations

import unicodedata
from typing import Final

from assistant.language.typography import inert
from assistant.library.errors import FileFormatError, FileNameError

MAX_CHARACTERS: Final = 180
MAX_BYTES: Final = 240
"""Most systems stop at 255 bytes; the name of the file being received is a little longer."""

EXTENSIONS: Final = frozenset(
    {
        ".pdf",
        ".docx",
        ".pptx",
        ".odt",
        ".odp",
        ".html",
        ".htm",
        ".xhtml",
        ".md",
        ".markdown",
        ".txt",
        ".text",
    }
)
"""Those that the readers know."""

_FORBIDDEN: Final = frozenset('/\\<>:"|?*')
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
)
"""Names that Windows gives to devices, whatever the extension."""

_RENAME: Final = "Renommez le fichier, puis déposez-le de nouveau."


def safe_name(name: str) -> str:
    """The name a file is kept under: as given, its accents composed.

    Raises:
        FileNameError: it is no name, hides characters, or no system would keep it.
        FileFormatError: no reader knows its extension.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        raise FileNameError("Le nom du fichier n’est pas de l’Unicode valide.", _RENAME) from None
    if "\ufffd" in name:  # what a decoder puts in the place of what it could not read
        raise FileNameError("Le nom du fichier contient un caractère illisible.", _RENAME)
    text = unicodedata.normalize("NFC", name)
    if not text.strip():
        raise FileNameError("Le fichier n’a pas de nom.", "Donnez-lui un nom, puis déposez-le.")
    if len(text) > MAX_CHARACTERS or len(text.encode()) > MAX_BYTES:
        raise FileNameError(
            f"Le nom du fichier est trop long\u00a0: {len(text)} caractères, pour une limite de "
            f"{MAX_CHARACTERS} ({MAX_BYTES} octets).",
            _RENAME,
        )
    shown = inert(text)[:80]
    for char in text:
        # Controls, text direction marks, invisible characters, surrogates, line separators.
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
            raise FileNameError(
                f"Le nom du fichier contient un caractère invisible (U+{ord(char):04X}).", _RENAME
            )
        if char in _FORBIDDEN:
            raise FileNameError(
                f"Le nom «\u00a0{shown}\u00a0» contient «\u00a0{char}\u00a0», qu’un nom de fichier "
                "ne peut pas contenir partout.",
                _RENAME,
            )
    if text[0] in ".-~" or text[0].isspace() or text[-1] == "." or text[-1].isspace():
        raise FileNameError(
            f"Le nom «\u00a0{shown}\u00a0» commence ou finit par un caractère refusé (point, "
            "tiret, tilde ou espace).",
            _RENAME,
        )
    stem, dot, extension = text.rpartition(".")
    if text.split(".")[0].strip().casefold() in _DEVICES:
        raise FileNameError(
            f"«\u00a0{shown}\u00a0» est un nom réservé par Windows.",
            _RENAME,
        )
    if f"{dot}{extension}".lower() not in EXTENSIONS or not stem:
        raise FileFormatError(
            f"Le format du fichier «\u00a0{shown}\u00a0» n’est pas lu.",
            "Formats lus\u00a0: PDF, DOCX, PPTX, ODT, ODP, HTML, Markdown et texte. Enregistrez "
            "le document sous l’un d’eux.",
        )
    return text


def alike(name: str) -> str:
    """What two names that a reader or a system may take for one another share."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())

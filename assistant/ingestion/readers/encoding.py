"""Characters of a text file whose encoding nothing states for certain."""

from __future__ import annotations

import codecs
import re
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS: Final = re.compile("[\u0000-\u0008\u000e-\u001a\u001c-\u001f]")
LOSSY: Final = (
    "L’encodage du fichier est inconnu : des caractères peuvent être remplacés par « � »."
)
WINDOWS: Final = "Fichier lu en Windows-1252 : il n’est pas en UTF-8."


def decode(content: bytes, declared: str | None = None) -> tuple[str, list[str]]:
    """Decode text: byte order mark, then UTF-8, then what it declares, then Windows-1252.

    Args:
        content: the whole file.
        declared: encoding the file says it has, if it says.

    Returns:
        The text, and French warnings for the ledger.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            text = content.decode(name, "replace")
            return text, [LOSSY] if "\ufffd" in text else []
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    if declared:
        try:
            known = codecs.lookup(declared).name
            # Browsers read « iso-8859-1 » as Windows-1252 too: curly quotes are there.
            name = "cp1252" if known in {"iso8859-1", "ascii"} else known
            if name != "utf-8":
                return content.decode(name), []
        except (LookupError, UnicodeDecodeError):
            pass
    if _damaged_utf8(content):
        return content.decode("utf-8", "replace"), [LOSSY]
    try:
        return content.decode("cp1252"), [WINDOWS]
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), [LOSSY]


def _damaged_utf8(content: bytes) -> bool:
    """Whether it is UTF-8 but for a few bytes: whole sequences are no accident."""
    text = content.decode("utf-8", "ignore")
    wide = sum(char > "\x7f" for char in text)
    lost = len(content) - len(text.encode("utf-8"))
    return wide > 3 * lost


def looks_like_text(head: bytes) -> bool:
    """Whether the first bytes of a file are text in some encoding."""
    if head.startswith(tuple(mark for mark, _ in _MARKS)):
        return True
    try:
        # The last character may be cut.
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        text = head.decode("cp1252", "replace")
    strange = len(_CONTROLS.findall(text)) + text.count("\ufffd")
    return "\0" not in text and strange <= 0.01 * len(text)

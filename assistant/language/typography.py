"""French typography of what we write ourselves; quotes are never touched."""

from __future__ import annotations

import re

NBSP = "\u00a0"
THIN = "\u202f"
"""Narrow non-breaking space: the one of French before « ; ? ! »."""

_THIN_BEFORE = re.compile(r" (?=[;?!])")
_BEFORE = re.compile(r" (?=[:»%€])")
_AFTER = re.compile(r"(?<=«) ")


def place_name(number: int, label: str, unit: str = "page") -> str:
    """A page as its reader finds it: « page 3 », « diapositive 4 », « section § 2 ».

    Args:
        number: physical number, from 1.
        label: printed label, or anchor of a section (« § 2 »).
        unit: what the pages of the document are: `page`, `slide` or `section`.
    """
    if unit == "section":
        return f"section\u00a0{label}"
    name = "diapositive" if unit == "slide" else "page"
    if not label or label == str(number):
        return f"{name}\u00a0{number}"
    rank = "1re" if number == 1 else f"{number}e"
    return f"{name}\u00a0{label} ({rank} du fichier)"


def place_mark(label: str, unit: str = "page") -> str:
    """The same in short, after the title of a document: « p. 3 », « diapo 4 », « § 2 »."""
    if unit == "section":
        return label
    return f"diapo\u00a0{label}" if unit == "slide" else f"p.\u00a0{label}"


def typeset(text: str) -> str:
    """Put the non-breaking spaces of French: narrow before « ; ? ! », plain elsewhere.

    Messages are written with ordinary spaces, which are easier to read and search in the code.
    Text already escaped for HTML stays sound: no entity holds a space.
    """
    return _AFTER.sub(NBSP, _BEFORE.sub(NBSP, _THIN_BEFORE.sub(THIN, text)))


# Escape sequences (ECMA-48) whole, then any other control; marks that turn the writing round.
_CONTROLS = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*"
    "(?:\x07|\x1b\\\\|\x9c)?|\x1b[ -/]*[0-~]?"
    "|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e0fff]"
)


def inert(text: str) -> str:
    """Give foreign text without what a terminal would obey: colours, titles, moves, links.

    A file name, a title or a page may hold escape sequences; line feeds and tabulations stay.
    """
    return _CONTROLS.sub("", text)

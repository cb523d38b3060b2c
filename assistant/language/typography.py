"""French typography of what we write ourselves; quotes are never touched."""

from __future__ import annotations

import re

NBSP = "\u00a0"
THIN = "\u202f"
"""Narrow non-breaking space: the one of French before « ; ? ! »."""

_THIN_BEFORE = re.compile(r" (?=[;?!])")
_BEFORE = re.compile(r" (?=[:»%€])")
_AFTER = re.compile(r"(?<=«) ")


def typeset(text: str) -> str:
    """Put the non-breaking spaces of French: narrow before « ; ? ! », plain elsewhere.

    Messages are written with ordinary spaces, which are easier to read and search in the code.
    Text already escaped for HTML stays sound: no entity holds a space.
    """
    return _AFTER.sub(NBSP, _BEFORE.sub(NBSP, _THIN_BEFORE.sub(THIN, text)))

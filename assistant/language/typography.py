"""French typography of what we write ourselves; quotes are never touched."""

from __future__ import annotations

import re

_BEFORE = re.compile(r" (?=[:;?!»%€])")
_AFTER = re.compile(r"(?<=«) ")


def typeset(text: str) -> str:
    """Put non-breaking spaces before « : ; ? ! % € » and inside quotation marks."""
    return _AFTER.sub("\u00a0", _BEFORE.sub("\u00a0", text))

"""Text that an office or web file holds but does not show: what its readers have in common.

A file of words says how its text looks: unlike a page, it is not drawn to see what shows. The
rule is the same: what a person who opens the file normally does not see is not read, and the
ledger says so; where the file leaves a doubt (a picture may lie under white words), the text
is kept.
"""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "Le fichier contient du texte masqué : il n’est pas lu."
HIDDEN_SLIDE: Final = "Diapositive masquée pendant la présentation : son texte n’est ni lu ni cité."
HIDDEN_SHAPES: Final = (
    "Texte caché : cette diapositive porte du texte qui ne se voit pas ; il n’est ni lu ni cité."
)

SMALLEST: Final = 2.0
"""Points: type as small or smaller is not read by anyone."""

_NEAR: Final = 40
"""Largest difference of channels between two colours that hide one another."""

_MANY_MARKS: Final = 8
"""Marks without a drawing beyond which a text hides something; a flag emoji has six."""

# Tags, variation selectors, fillers, and controls of direction or of joining: none is drawn.
NOT_DRAWN: Final = re.compile(
    "[\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
# Spelling needs these two in some scripts and in emoji: they stay, `display_text` drops them.
_SPELLING: Final = "\u200c\u200d"
_OVERRIDE: Final = re.compile("\u202e([^\u202c\n]*)\u202c?")


def matches(colour: int, background: int) -> bool:
    """Whether a colour hides on another, both 0xRRGGBB."""
    return all(
        abs((colour >> shift & 255) - (background >> shift & 255)) <= _NEAR for shift in (16, 8, 0)
    )


def drawn_text(text: str) -> str:
    """Give what is drawn of a text: its marks without a drawing go, in the order they give.

    A right-to-left override (U+202E) makes a viewer draw letters and figures backwards: what
    is read is what is seen (« 000 009 » is shown as « 900 000 »).
    """
    if text.isascii():
        return text
    text = _OVERRIDE.sub(lambda found: found[1][::-1], text)
    return NOT_DRAWN.sub(lambda found: found[0] if found[0] in _SPELLING else "", text)


def hides_marks(text: str) -> bool:
    """Whether a text holds so many marks without a drawing that they may spell something."""
    if text.isascii():
        return False
    return sum(mark not in _SPELLING for mark in NOT_DRAWN.findall(text)) > _MANY_MARKS

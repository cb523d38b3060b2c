"""How French documents number their sections, and what a title never looks like."""

from __future__ import annotations

import re
from typing import Final

from assistant.language.words import MONTH_PATTERN

_SECTION: Final = re.compile(
    r"^(?:(?P<decimal>\d{1,2}(?:\.\d{1,2}){1,4})\.?[):]?\s"
    r"|(?P<mixed>(?:[IVX]{1,5}|[A-Z])(?:\.\d{1,2}){1,3})\.?[):]?\s"
    r"|(?P<single>\d{1,2})\s?[.)/–-]\s"
    r"|(?P<roman>[IVX]{1,5})\s?[.)/–-]\s?|(?P<letter>[A-Z])[.)]\s"
    r"|(?P<word>chapitre|partie|titre|section|annexe|axe|objectif|fiche|module|volet|orientation"
    r"|priorité|mesure|action|étape|article|enjeu|engagement|levier|pilier|chantier|phase)\s+"
    r"(?:n°\s?)?(?:\d+|[IVX]+|[A-H])\b)",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    rf"^(?:[\w’' -]{{2,40}},\s*)?(?:le\s+)?(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi"
    rf"|dimanche)\s+)?(?:\d{{1,2}}(?:er)?\s+)?(?:{MONTH_PATTERN})\s+\d{{4}}\s*$"
    r"|^(?:le\s+)?\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\s*$",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"https?:|www\.|\S@\S|\b\w+\.(?:fr|com|org|eu)\b", re.IGNORECASE)


def section_number(text: str) -> re.Match[str] | None:
    """Numbering a title starts with (« 3.2.4. », « 1) », « Objectif 5 », « II.1. »), if any.

    Named groups say which: `decimal`, `mixed`, `single`, `roman`, `letter` or `word`.
    """
    match = _SECTION.match(text)
    if match is None:
        return None
    if match["roman"] and not match["roman"].isupper():
        return None
    if match["decimal"] and not re.match(r"[^\W\d]|[«“\"(]", text[match.end() :].lstrip()):
        return None
    if match["decimal"] and text[match.end() :].lstrip()[:1].islower():
        return None
    return match


def numbering_depth(text: str) -> int:
    """Depth that a decimal numbering states (« 3.2.4. » is 3), 0 without one."""
    match = section_number(text)
    if match is None:
        return 0
    number = match["decimal"] or match["mixed"]
    return number.count(".") + 1 if number else 0


def fold_title(text: str) -> str:
    """Letters and digits of a title, for comparing an outline entry with a line."""
    return re.sub(r"\W+", "", text).casefold()


def bare_title(text: str) -> str:
    """Folded title without its numbering."""
    match = section_number(text)
    return fold_title(text[match.end() :] if match and not match["word"] else text)


def is_capitals(text: str) -> bool:
    """Whether a text is set in capitals: six letters at least, most of its characters."""
    letters = [char for char in text if char.isalpha()]
    written = sum(not char.isspace() for char in text)
    upper = sum(char.isupper() for char in letters)
    return len(letters) >= 6 and upper > 0.85 * len(letters) and 2 * len(letters) > written


def has_words(text: str) -> bool:
    """Whether a text has three letters at least."""
    return sum(char.isalpha() for char in text) >= 3


def is_reference(text: str) -> bool:
    """Whether a short text is a date or an address, which never titles a section."""
    return bool(_DATE.match(text) or _ADDRESS.search(text))

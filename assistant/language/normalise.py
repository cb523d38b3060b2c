"""From the raw text of a page to what is shown, and to what is compared.

Three forms, from the closest to the page to the farthest:

- `display_text` is what a reader sees: same words, one line, repaired hyphenation;
- `fold` forgets case, accents and typography: two spellings of one word meet there;
- `squash` keeps letters and digits only: two layouts of one sentence meet there.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from assistant.language.words import words

CUT_MARKS = "\u0002\ufffe\u00ad"
"""Characters that stand for an end-of-line hyphen: PDFium's two marks and the soft hyphen."""

_LIGATURES = {
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
}

_APOSTROPHES = "\u2019\u2018\u02bc\u2032\u00b4\u0060\uff07\u201b"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u2043"

_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f"
    "\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")

# PDFium gives the same mark for the hyphen of a cut word (« évalua-⏎tion ») and for the one
# of a compound that ends a line (« médico-⏎social »). These open or close compounds:
_COMPOUND_FIRST = words(
    "e m non sous sur semi demi mi quasi vice ex inter intra extra pluri multi infra supra trans "
    "pre post co anti auto bio cyber medico socio psycho neuro cardio gyneco chirurgico technico "
    "politico economico juridico administratif rendez compte comptes chef chefs mise prise lui "
    "elle elles eux moi toi soi nous vous celui celle ceux celles peut c est dire dix vingt trente "
    "quarante cinquante soixante quatre cent plate porte mot mots lieu au avant apres contre "
    "entre bien mal tout tous haut hauts bas basse grand grande petit petite saint sainte franco "
    "aide mal cas point outre par la premier tele savoir demie masseur masseurs"
)
_COMPOUND_LAST = words(
    "meme memes ci la etre dire vous nous il elle ils elles on je tu ce moi toi lui leur y en de "
    "a du sur sous les france social sociale sociaux sociales dessous dessus apres"
)
_FIRST_IN_O = re.compile(r"(?!(?:ap|re|im)pro$|(?:in|re)tro$|contro$).{3,}o$", re.IGNORECASE)
# What can only be the end of a word: the hyphen before it is the printer's.
_TAIL = re.compile(r"[bcdfghjklmnprstv]{0,2}(?:e?ments?|tions?|sions?)$")

_BREAK = re.compile(
    rf"(?P<left>[^\W\d_]*)(?P<mark>[ \t]*[{CUT_MARKS}]+\s*|(?<=\w)[-\u2010\u2011][ \t]*\r?\n\s*)"
    r"(?P<right>[^\W\d_]*)"
)
_IN_ADDRESS = re.compile(r"(?:https?:|www\.|@)\S*$")


def _mend(match: re.Match[str]) -> str:
    """Decide what a hyphen at the end of a line was: spelling, kept, or a cut, removed."""
    left, mark, right = match["left"], match["mark"], match["right"]
    hyphen = f"{left}-{right}"
    marked = any(char in CUT_MARKS for char in mark)
    before = match.string[max(0, match.start() - 80) : match.start("mark")]
    after = match.string[match.end("mark") : match.end("mark") + 1]
    if not (before[-1:].isalnum() and after.isalnum()):
        return left + right if marked else match[0]
    if "\u00ad" in mark or (_TAIL.match(right) and left.islower()):
        return left + right
    proper = right[:1].isupper() or (len(left) > 1 and left.isupper())
    if not marked or not left or not right or proper or _IN_ADDRESS.search(before):
        return hyphen
    compound = fold(left) in _COMPOUND_FIRST or fold(right) in _COMPOUND_LAST
    # « médico- », « franco- », « socio- »: first parts in -o of whole words.
    compound = compound or (_FIRST_IN_O.match(left) is not None)
    return hyphen if compound else left + right


_BULLET = re.compile(
    r"^\s*(?:(?:[•‣▪▫■□●○◦◆◇❖➢➤►▶▸➔→⇒✓✔✗·∙⁃\uf000-\uf0ff]\s*)+"
    r"|(?:[-–—*]\s+)|o\s+(?=[A-ZÀ-ÖØ-Þ]))+"
)
_SPACES = re.compile(r"\s+")


def strip_bullet(text: str) -> str:
    """Remove the list marks that open `text`; numbers (« 1. ») stay: they are read."""
    return _BULLET.sub("", text, count=1)


@lru_cache(maxsize=65536)
def display_text(raw: str) -> str:
    """Give the text a reader sees for a stretch of raw page text.

    White space becomes single spaces, cut words are joined, ligatures are spelt out, the
    opening list mark and invisible characters go. Words are never changed, added or moved.

    Args:
        raw: a slice of the raw text of a page.

    Returns:
        The same words on one line, without surrounding space.
    """
    text = raw
    if not text.isascii():
        for ligature, letters in _LIGATURES.items():
            if ligature in text:
                text = text.replace(ligature, letters)
    if "\n" in text or any(mark in text for mark in CUT_MARKS):
        text = _BREAK.sub(_mend, text)
    text = _INVISIBLE.sub("", text)
    text = strip_bullet(text)
    if not text.isascii():
        text = _PRIVATE_USE.sub(" ", text)
    return _SPACES.sub(" ", text).strip()


_FOLD_TABLE = str.maketrans(
    {
        "œ": "oe",
        "Œ": "oe",
        "æ": "ae",
        "Æ": "ae",
        **dict.fromkeys(_APOSTROPHES, "'"),
        **dict.fromkeys(_HYPHENS, "-"),
        **dict.fromkeys(CUT_MARKS, None),
    }
)


# Marks of the Latin, Greek and Cyrillic scripts; in others, marks are letters.
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")


def fold(text: str) -> str:
    """Forget case, accents and typographic variants.

    Compatibility decomposition (Unicode NFKD), lower case, combining marks removed, « œ »
    spelt out, every apostrophe as `'` and every dash as `-`. White space is left alone.
    """
    # The same words and sentences are folded again and again.
    return _fold_short(text) if len(text) <= 400 else _fold(text)


def _fold(text: str) -> str:
    if text.isascii():
        return text.translate(_FOLD_TABLE).lower()
    text = unicodedata.normalize("NFKD", text.translate(_FOLD_TABLE)).casefold()
    # Case folding may itself give accented letters: decompose again before dropping marks.
    text = unicodedata.normalize("NFKD", text).translate(_FOLD_TABLE)
    return _MARKS.sub("", text)


_fold_short = lru_cache(maxsize=65536)(_fold)


_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def squash(text: str) -> str:
    """Keep folded letters and digits only, separated by single spaces.

    Two texts with the same squashed form hold the same words in the same order, whatever
    their line breaks, punctuation, accents or case. Hyphenation must be repaired first
    (`display_text`).
    """
    return _NOT_ALPHANUMERIC.sub(" ", fold(text)).strip()

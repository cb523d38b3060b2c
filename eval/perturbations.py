"""What happens to a question under hurried fingers: seeded, independent of what mends it."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

from assistant.language.normalise import fold
from assistant.language.words import ELISIONS, STOP_WORDS

_ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn")
_WORD = re.compile(r"[^\W\d_]+")
_SOUNDS = (
    ("ph", "f"),
    ("f", "ph"),
    ("th", "t"),
    ("qu", "k"),
    ("ss", "s"),
    ("nn", "n"),
    ("mm", "m"),
    ("tt", "t"),
    ("ll", "l"),
    ("rr", "r"),
    ("y", "i"),
    ("ai", "é"),
    ("eau", "o"),
    ("au", "o"),
    ("en", "an"),
    ("an", "en"),
    ("ç", "ss"),
    ("tion", "sion"),
    ("h", ""),
)


def _neighbours() -> dict[str, str]:
    """Keys beside each letter on a French keyboard: same row, and the row above or below."""
    places = {
        letter: (column, row)
        for row, letters in enumerate(_ROWS)
        for column, letter in enumerate(letters)
    }
    found: dict[str, str] = {}
    for letter, (column, row) in places.items():
        found[letter] = "".join(
            other
            for other, (there, line) in places.items()
            if other != letter and abs(there - column) <= 1 and abs(line - row) <= 1
        )
    return found


_NEIGHBOURS = _neighbours()


def without_accents(text: str) -> str:
    """The same text typed without any accent; « œ » becomes « oe »."""
    bare = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFD", bare)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def upper_case(text: str) -> str:
    """The same text in capitals, accents kept."""
    return text.upper()


def upper_case_without_accents(text: str) -> str:
    """The same text in capitals as most keyboards give them."""
    return without_accents(text).upper()


def lower_case(text: str) -> str:
    """The same text without any capital: sigles and names included."""
    return text.lower()


def without_joints(text: str) -> str:
    """Apostrophes and hyphens typed as spaces."""
    return re.sub(r"(?<=\w)[-‐‑'’](?=\w)", " ", text)


def glued_joints(text: str) -> str:
    """Apostrophes and hyphens not typed at all (« lhôpital », « esanté »)."""
    return re.sub(r"(?<=[^\W\d_])[-‐‑'’](?=[^\W\d_])", "", text)


def _accent(word: str, dice: random.Random) -> str:
    marked = [at for at, char in enumerate(word) if fold(char) != char.lower()]
    if not marked:
        return word
    at = dice.choice(marked)
    letter = without_accents(word[at])
    wrong = {"e": "éèê", "a": "àâ", "o": "ô", "u": "ùû", "i": "îï"}.get(letter, "")
    return word[:at] + dice.choice([letter, *wrong.replace(word[at], "")]) + word[at + 1 :]


def _neighbour(word: str, dice: random.Random) -> str:
    at = dice.randrange(len(word))
    near = _NEIGHBOURS.get(fold(word[at]))
    return word[:at] + dice.choice(near) + word[at + 1 :] if near else word


def _inserted(word: str, dice: random.Random) -> str:
    at = dice.randrange(len(word))
    near = _NEIGHBOURS.get(fold(word[at]))
    return word[: at + 1] + dice.choice(near) + word[at + 1 :] if near else word


def _doubled(word: str, dice: random.Random) -> str:
    at = dice.randrange(len(word))
    return word[: at + 1] + word[at:]


def _dropped(word: str, dice: random.Random) -> str:
    at = dice.randrange(len(word))
    return word[:at] + word[at + 1 :]


def _swapped(word: str, dice: random.Random) -> str:
    at = dice.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _sound(word: str, dice: random.Random) -> str:
    low = word.lower()
    possible = [(old, new) for old, new in _SOUNDS if old in low]
    if not possible:
        return word
    old, new = dice.choice(possible)
    at = low.index(old)
    return word[:at] + new + word[at + len(old) :]


TYPOS: dict[str, Callable[[str, random.Random], str]] = {
    "voisine": _neighbour,
    "intruse": _inserted,
    "doublée": _doubled,
    "oubliée": _dropped,
    "inversées": _swapped,
    "accent": _accent,
    "son": _sound,
}
"""One wrong, extra, doubled, missing, swapped letter, accent or spelling by ear."""


def one_typo(text: str, seed: object, kind: str | None = None) -> str:
    """The same text with one typing error in one of its content words.

    Args:
        text: a question.
        seed: with the text, decides of the word and of the error.
        kind: a key of `TYPOS`, « collé » (a space not typed) or « sigle » (a letter of a
            sigle); `None` draws one of them all but « sigle ».
    """
    dice = random.Random(f"{seed} {text}")  # noqa: S311  # reproducible, not secret
    words = [
        match
        for match in _WORD.finditer(text)
        if len(match[0]) >= 4
        and fold(match[0]) not in STOP_WORDS | ELISIONS
        and match[0].isupper() == (kind == "sigle")
    ]
    kinds = list(TYPOS) if kind == "sigle" else [kind] if kind else [*TYPOS, "collé"]
    for _ in range(30):
        if not words:
            return text
        match, chosen = dice.choice(words), dice.choice(kinds)
        if chosen == "collé":
            end = match.end()
            if text[end : end + 1] == " " and text[end + 1 : end + 2].isalpha():
                return text[:end] + text[end + 1 :]
            continue
        wrong = TYPOS[chosen](match[0], dice)
        if match[0].isupper():
            wrong = wrong.upper()
        if wrong != match[0]:
            return text[: match.start()] + wrong + text[match.end() :]
    return text

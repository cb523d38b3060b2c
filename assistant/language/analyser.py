"""From French text to index terms: one analyser for passages and for questions.

Two writings that a professional takes for the same thing give the same terms: accents and
case, elisions, hyphens (« e-santé », « esante », « e santé »), inflections, plural sigles,
amounts (« 2 M€ », « deux millions d'euros ») and dates (« 31/07/2025 », « 31 juillet 2025 »).

Folding comes before stemming: the stemmer's rules for accents would otherwise part a word
from its unaccented typing (measured on professional questions, folded then stemmed also
retrieves better than stemmed alone).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import Stemmer

from assistant.language.normalise import fold
from assistant.language.quantities import (
    NUMBER_WORDS,
    DateFound,
    Quantity,
    read_date,
    read_month,
    read_number,
    read_number_words,
)
from assistant.language.words import (
    COMPOUND_PREFIXES,
    MONTHS,
    STOP_WORDS,
    WHOLE_WORDS,
    words,
)

ANALYSER_VERSION = 2
"""Changes with the terms: derived files made by another version are built again."""

_LETTERS = r"A-Za-zªµºÀ-ÖØ-öø-ʯ\u0300-\u036fͰ-ϿЀ-ӿḀ-ỿﬀ-ﬆ"
# A sigle with a number (« S3.0 », « IMP_1 », « N2 »), a word, a number, or a foreign letter.
_TOKEN = re.compile(rf"[{_LETTERS}]+(?:_?\d+(?:[.,]\d+)*[{_LETTERS}]*)?|\d+|[^\W\d_]+")
_ELIDED = re.compile(r"\s?['’ʼ‘´`]")
_JOINED_E = re.compile(rf"(?:\s?[-‐‑–]\s*|[ \u00a0\u202f])(?=[{_LETTERS}]{{3}})")
_HYPHEN = re.compile(rf"[-‐‑](?=[{_LETTERS}]{{3}})")
_WORD = re.compile(rf"[{_LETTERS}]+")
_ARTICLE = re.compile(r"\.?\s?(?P<number>\d{1,5}(?:-\d+)*)(?!\d)")
_ARTICLE_CODE = re.compile(r"[LRD]\d{3,5}")
_DIGITS_UNIT = re.compile(rf"(?P<unit>[{_LETTERS}]+\d?)")
_UNITS_AFTER_NUMBER = words("h min mn s j km m m2 m3 mg g kg ml cl l k ko mo go to ans an mois")

_stemmers = threading.local()


def _stemmer() -> Stemmer.Stemmer:
    # A Snowball stemmer keeps state between calls: one per thread.
    stemmer: Stemmer.Stemmer | None = getattr(_stemmers, "french", None)
    if stemmer is None:
        stemmer = Stemmer.Stemmer("french")
        _stemmers.french = stemmer
    return stemmer


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Give the index term of one word, whatever its case, accents and number.

    Words of up to three letters stay whole: they are sigles more often than inflections. A
    final « s » goes before stemming, because Snowball takes « crédit » for a verb form but
    not « crédits ». What else we change of Snowball was measured on BM25 alone: participles
    in « -ée », feminines in « -ière » and verbs in « -ent » are left as they are, because
    bringing them back to one form lost on one set what it won on another.
    """
    folded = fold(word)
    if len(folded) <= 3 or not folded.isalpha():
        return folded
    if folded.endswith("s") and not folded.endswith("ss") and any(c in "aeiouy" for c in folded):
        folded = folded[:-1]
    if folded in WHOLE_WORDS:
        return folded
    if folded.endswith("fier") and len(folded) >= 7:
        folded = folded[:-1]  # « identifier » meets « identifié » and « identification »
    elif folded.endswith("trice") and len(folded) >= 8:
        folded = f"{folded[:-4]}eur"  # « directrice » meets « directeur »
    return str(_stemmer().stemWord(folded)) if len(folded) > 3 else folded


def analyse(text: str) -> list[str]:
    """Turn a text into its index terms, in order.

    Args:
        text: display text of a passage, or a question.

    Returns:
        Terms, repeated as often as they occur.
    """
    return [term for term, _, _ in _terms(text)]


def analyse_with_offsets(text: str) -> list[tuple[str, int, int]]:
    """Turn a text into its index terms with their place.

    Several terms may share one place: « 31 juillet 2025 » gives the date, its month and its
    parts.

    Args:
        text: any text; offsets refer to it as given.

    Returns:
        `(term, start, end)` in order of place.
    """
    return list(_terms(text))


# Words whose meaning depends on what stands around them.
_SPECIAL = NUMBER_WORDS | frozenset(MONTHS) | COMPOUND_PREFIXES | {"l", "r", "d"}
_VOWEL_LETTERS = frozenset("AÀYÔO")


@lru_cache(maxsize=200_000)
def _plain(token: str) -> tuple[str, ...] | None:
    """Terms of a token that needs no context; `None` when it does."""
    folded = fold(token)
    if folded in _SPECIAL or token[0].isdigit() or len(folded) == 1:
        return None
    if any(char.isdigit() for char in folded):
        return None if _ARTICLE_CODE.fullmatch(token) else (folded.replace("_", ""),)
    if folded in STOP_WORDS:
        # « SI » in a sentence is a sigle, « si » is not: let the context tell.
        return None if token.isupper() and len(token) in (2, 3) else ()
    if len(token) > 2 and token[-1] == "s" and token[:-1].isupper():
        return (folded[:-1],) if len(folded) > 3 or folded[:-1] not in STOP_WORDS else ()
    return (stem(token),)


_Located = Sequence[tuple[str, int, int]]


def _terms(text: str) -> _Located:
    # One question reads the blocks it ranks again to explain their rank; a page is read once.
    return _terms_of_block(text) if len(text) <= _BLOCK else _located(text)


def _located(text: str) -> _Located:
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        composed, places = _compose(text)
        return [(term, places[a], places[b]) for term, a, b in _scan(composed)]
    return _scan(text)


_BLOCK = 1000
_terms_of_block = lru_cache(maxsize=2048)(_located)


def _compose(text: str) -> tuple[str, list[int]]:
    """Compose each letter with its marks; give the original offset of every character."""
    pieces: list[str] = []
    places: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and unicodedata.combining(text[end]):
            continue
        piece = unicodedata.normalize("NFC", text[start:end])
        pieces.append(piece)
        places.extend([start] * len(piece))
        start = end
    places.append(len(text))
    return "".join(pieces), places


def _scan(text: str) -> list[tuple[str, int, int]]:
    terms: list[tuple[str, int, int]] = []
    shouting = is_shouting(text)
    position = 0
    search = _TOKEN.search
    while match := search(text, position):
        token, start, position = match[0], match.start(), match.end()
        plain = _plain(token)
        if plain is not None:
            found: Sequence[str] = plain
        else:
            found, position = _in_context(text, token, start, position, shouting)
        for term in found:
            if term:  # a mark without its letter folds to nothing
                terms.append((term, start, position))
    return terms


_LATIN = [chr(code) for code in range(0x250)]
_DROP_LOWER = str.maketrans("", "", "".join(char for char in _LATIN if char.islower()))
_DROP_UPPER = str.maketrans("", "", "".join(char for char in _LATIN if char.isupper()))


def is_shouting(text: str) -> bool:
    """Tell whether a text is written in capitals, where case says nothing of sigles."""
    sample = text[:400]
    # Deleting letters is done in C: this runs for every text that is analysed.
    lower = len(sample) - len(sample.translate(_DROP_LOWER))
    upper = len(sample) - len(sample.translate(_DROP_UPPER))
    return lower * 3 < upper


def _in_context(  # noqa: PLR0911  # one return per kind of token
    text: str, token: str, start: int, end: int, shouting: bool
) -> tuple[list[str], int]:
    """Terms of a token read with what follows it, and where reading resumes."""
    if token[0].isdigit():
        return _number_terms(text, start, end)
    folded = fold(token)
    if article := _ARTICLE_CODE.fullmatch(token) and _ARTICLE.match(text, start + 1):
        return [f"{folded[0]}{article['number']}"], article.end()
    if len(folded) == 1:
        return _letter_terms(text, token, folded, start, end, shouting)
    quantity = read_number_words(text, start) if folded in NUMBER_WORDS else None
    if quantity is not None:
        return _quantity_terms(quantity), quantity.end
    month = read_month(text, start) if folded in MONTHS else None
    if month is not None:
        return _date_terms(month), month.end
    if folded in COMPOUND_PREFIXES and (hyphen := _HYPHEN.match(text, end)):
        second = _WORD.match(text, hyphen.end())
        assert second is not None  # the look-ahead of _HYPHEN saw it
        return [stem(folded + second[0])], hyphen.end()
    if folded in STOP_WORDS:
        return ([] if shouting or not token.isupper() else [folded]), end
    return [stem(token)], end


def _letter_terms(
    text: str, token: str, folded: str, start: int, end: int, shouting: bool
) -> tuple[list[str], int]:
    if _ELIDED.match(text, end):
        return [], end
    if folded in {"e", "m"}:
        joint = _JOINED_E.match(text, end) if folded == "e" else _HYPHEN.match(text, end)
        if joint and not text[start - 1 : start].isalpha():
            second = _WORD.match(text, joint.end())
            assert second is not None  # the look-ahead saw it
            if fold(second[0]) not in STOP_WORDS:
                return [stem(folded + second[0])], second.end()
    if folded in {"l", "r", "d"} and token.isupper():
        article = _ARTICLE.match(text, end)
        if article:
            return [f"{folded}{article['number']}"], article.end()
    sigle = token.isupper() and token not in _VOWEL_LETTERS and not shouting
    return ([folded] if sigle else []), end


def _number_terms(text: str, start: int, end: int) -> tuple[list[str], int]:
    found = read_date(text, start)
    if found is not None:
        return _date_terms(found), found.end
    quantity = read_number(text, start)
    if quantity is None:  # digits outside ASCII
        return [fold(text[start:end])], end
    terms, end = _quantity_terms(quantity), quantity.end
    unit = _DIGITS_UNIT.match(text, end)
    if unit and unit["unit"] not in _UNITS_AFTER_NUMBER:
        # « 3D », « 5G »: one word.
        return [terms[0] + fold(unit["unit"])], unit.end()
    return terms, end


def _quantity_terms(quantity: Quantity) -> list[str]:
    return [quantity.value, quantity.unit] if quantity.unit else [quantity.value]


def _date_terms(found: DateFound) -> list[str]:
    terms = [found.iso] if found.year else []
    if found.day and found.year:
        terms.append(f"{found.year:04d}-{found.month:02d}")
    if found.day:
        terms.append(str(found.day))
    terms.append(stem(_MONTH_NAMES[found.month]))
    if found.year:
        terms.append(str(found.year))
    return terms


_MONTH_NAMES = {number: name for name, number in reversed(MONTHS.items())}

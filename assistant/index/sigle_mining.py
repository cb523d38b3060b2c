"""Definitions of sigles, found in the texts that give them.

A text defines a sigle when its words spell it: « Service d'Accès aux Soins (SAS) », « SAS
(service d'accès aux soins) », « CPTS : communautés professionnelles… », a row of a table of
sigles. Precision comes first: wherever the form is not enough, every word that counts must
give its first letter. Only inside a glossary, where the form is proof by itself, is a looser
likeness accepted (« ADEME », « Inserm »).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from assistant.language.normalise import fold
from assistant.model import Block, BlockKind, Passage

_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset(
    {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "n", "ou"}
    | {"par", "pour", "qu", "s", "sur", "un", "une", "dans", "avec", "sous", "à", "entre"}
    | {"of", "the", "and", "for", "to", "in", "on", "by"}
)
_MAX_WORDS = 16
_MAX_EXPANSION = 160
_MAX_COST = 3.0

# One sigle as it is written; `is_sigle` then looks at its letters.
_TOKEN = r"(?:[A-ZÀ-Þ]\.){2,8}[A-ZÀ-Þ]?|[^\W_][\w.&'’\-]{0,14}[^\W_]"  # noqa: S105  # no secret
_QUOTES = '«»“”"\u00a0\u202f *'
_NO_QUOTES = str.maketrans("", "", '«»“”"*')
_BRACKETED = re.compile(
    rf"\(\s*(?:ou|dite?s?|ci-après|ci-après dénommée?s?|en abrégé)?[{_QUOTES}]*"
    rf"(?P<sigle>{_TOKEN})[{_QUOTES}]*\)"
)
_BEFORE_BRACKET = re.compile(
    rf"(?<![\w.\-])(?P<sigle>{_TOKEN})\s*\(\s*(?P<inside>[^()]{{5,160}})\)"
)
_OPENING = re.compile(
    rf"^[{_QUOTES}]*(?:(?:les?|la)\s+|l['’])?(?P<sigle>{_TOKEN})"
    r"[\s\u00a0\u202f*»]*(?P<mark>[:=–—]|-(?=\s))\s*(?P<after>\S.{4,400})",
    re.DOTALL,
)
_LISTED = re.compile(rf"(?<![\w.\-])(?P<sigle>{_TOKEN})\s*(?:[:=–—-]\s*)?(?=\S)")
_STOPS = re.compile(r"[;:!?()\[\]•\n\t|]|\.(?=\s|$)|\s[–—-]\s")
_CUT = re.compile(r"[,;:.!?()\[\]•\n|]|\s[–—-]\s")
_GLOSSARY = re.compile(r"\b(?:glossaire|lexique|sigles?|acronymes?|abreviations?)\b")
_SIGLE_HEADER = re.compile(r"\b(?:sigles?|acronymes?|abreviations?)\b")
_ELIDED = re.compile(r"^(?:[dlnDLN]|[Qq]u)['’](?=\w{2})")
_ROMAN = re.compile(r"[IVXLC]+\.?")


@dataclass(frozen=True, slots=True)
class Definition:
    """A place where a text says what a sigle stands for.

    Attributes:
        sigle: as written, dots and plural mark removed.
        expansion: as written, on one line.
        document_id, page: where; empty and 0 when a bare text was searched.
    """

    sigle: str
    expansion: str
    document_id: str = ""
    page: int = 0


def find_in_passages(passages: Iterable[Passage]) -> Iterator[Definition]:
    """Every definition of passages, with its place.

    Args:
        passages: in the order in which places should be listed.
    """
    for passage in passages:
        listed = bool(_GLOSSARY.search(fold(" / ".join(passage.section[-2:]))))
        for block in passage.blocks:
            page = block.spans[0].page if block.spans else 0
            for sigle, expansion in _in_block(block, listed):
                yield Definition(sigle, expansion, passage.document_id, page)


def find_in_text(text: str) -> Iterator[Definition]:
    """Every definition of a text, line by line."""
    for line in text.split("\n"):
        for sigle, expansion in _in_line(line, listed=False):
            yield Definition(sigle, expansion)


def sigle_key(written: str) -> str:
    """The form under which a sigle is filed: « GHTs », « G.H.T. » and « ght » give « ght »."""
    return fold(plain_sigle(written))


def plain_sigle(written: str) -> str:
    """A sigle without the dots between its letters nor the « s » of its plural."""
    bare = _ELIDED.sub("", written.strip(_QUOTES))
    if "." in bare.rstrip("."):
        bare = bare if any(char.isdigit() for char in bare) else bare.replace(".", "")
    bare = bare.strip(".-'’&").replace("’", "'")
    if len(bare) > 2 and bare[-1] == "s" and bare[:-1].isupper():
        bare = bare[:-1]
    return bare


def is_sigle(written: str, *, titled: bool = False) -> bool:
    """Whether a token is written as a sigle: two capitals at least, two letters in five.

    Args:
        written: one token.
        titled: accept a capital followed by small letters too (« Ehpad »).
    """
    bare = plain_sigle(written)
    letters = [char for char in bare if char.isalnum()]
    if "_" in bare:  # the name of a column or of a variable
        return False
    capitals = sum(char.isupper() for char in bare)
    figures = sum(char.isdigit() for char in bare)
    if not 2 <= len(letters) <= 12 or not capitals or _ROMAN.fullmatch(bare):
        return False
    if figures and (bare[0].isdigit() or figures > 2 or figures >= len(letters)):
        return False
    if capitals + figures >= 2 and 5 * (capitals + figures) >= 2 * len(letters):
        return True
    return titled and len(bare) >= 4 and bare[0].isupper() and bare.isalpha()


def _in_block(block: Block, listed: bool) -> Iterator[tuple[str, str]]:
    if block.kind is BlockKind.TABLE_ROW and block.cells:
        first, *rest = block.cells
        headed = bool(_SIGLE_HEADER.search(fold(first.header)))
        found = rest and _of_cells(first.text, rest[0].text, loose=headed or listed)
        if found:
            yield from found
            rest = rest[1:]
        for cell in (first, *rest):
            yield from _in_line(cell.text, listed=False)
    else:
        yield from _in_line(block.text, listed=listed)


def _of_cells(name: str, said: str, *, loose: bool) -> list[tuple[str, str]]:
    """A row whose first cell is a sigle, or two for two names (« AOC / AOP »)."""
    names = [part.strip() for part in name.split("/")]
    texts = [part.strip() for part in said.split("/")]
    if len(names) != len(texts):
        texts, loose = [said] * len(names), False
    found: list[tuple[str, str]] = []
    for part, text in zip(names, texts, strict=True):
        if is_sigle(part, titled=loose) and " " not in part:
            expansion = _exact(part, text) or (_likely(part, text) if loose else None)
            if expansion := expansion or _prefix(part, text):
                found.append((plain_sigle(part), expansion))
    return found


def _in_line(text: str, *, listed: bool) -> Iterator[tuple[str, str]]:
    for match in _BRACKETED.finditer(text):
        if is_sigle(match["sigle"], titled=True):
            titled = not is_sigle(match["sigle"])
            expansion = _suffix(match["sigle"], text[: match.start()], strict=titled)
            if expansion:
                yield plain_sigle(match["sigle"]), expansion
    for match in _BEFORE_BRACKET.finditer(text):
        if is_sigle(match["sigle"], titled=True):
            titled = not is_sigle(match["sigle"])
            inside = match["inside"]
            expansion = _exact(match["sigle"], inside, strict=titled)
            if expansion := expansion or _prefix(match["sigle"], inside, strict=titled):
                yield plain_sigle(match["sigle"]), expansion
    opening = _OPENING.match(text)
    if opening and is_sigle(opening["sigle"], titled=listed):
        expansion = _prefix(opening["sigle"], opening["after"])
        if not expansion and listed:
            expansion = _likely(opening["sigle"], opening["after"])
        if expansion:
            yield plain_sigle(opening["sigle"]), expansion
            return
    if listed:
        for match in _LISTED.finditer(text):
            if is_sigle(match["sigle"]) and (
                expansion := _prefix(match["sigle"], text[match.end() :])
            ):
                yield plain_sigle(match["sigle"]), expansion


def _suffix(sigle: str, before: str, *, strict: bool = False) -> str | None:
    """The last words of `before` that spell the sigle best, as written."""
    start = max(0, len(before) - _MAX_EXPANSION - 40)
    for stop in _STOPS.finditer(before, start):
        start = stop.end()
    words = list(_WORD.finditer(before, start))[-_MAX_WORDS:]
    return _cheapest(
        sigle, before, (words[-size:] for size in range(2, len(words) + 1)), strict=strict
    )


def _exact(sigle: str, inside: str, *, strict: bool = False) -> str | None:
    """All of a bracket or of a cell, or all of it up to a mark, when it spells the sigle."""
    ends = [len(inside), *(stop.start() for stop in _CUT.finditer(inside))]
    for end in ends[:4]:
        words = list(_WORD.finditer(inside, 0, end))
        if 2 <= len(words) <= _MAX_WORDS:
            found = _cheapest(sigle, inside, [words], strict=strict)
            if found:
                return found
    return None


def _prefix(sigle: str, after: str, *, strict: bool = False) -> str | None:
    """The first words of `after` that spell the sigle best, as written."""
    stop = _STOPS.search(after)
    words = list(_WORD.finditer(after, 0, stop.start() if stop else len(after)))[:_MAX_WORDS]
    return _cheapest(
        sigle, after, (words[:size] for size in range(2, len(words) + 1)), strict=strict
    )


def _cheapest(
    sigle: str, text: str, candidates: Iterable[Sequence[re.Match[str]]], *, strict: bool
) -> str | None:
    """The candidate that spells the sigle with the fewest liberties; the first of equals."""
    best: Sequence[re.Match[str]] | None = None
    lowest = 0.5 if strict else _MAX_COST
    for words in candidates:
        folded = tuple(fold(word[0]) for word in words)
        if folded[0] in _SMALL or folded[-1] in _SMALL:
            continue
        if sum(word not in _SMALL for word in folded) < 2 or sigle_key(sigle) in folded:
            continue
        joined = tuple(
            place > 0 and text[words[place - 1].end() : word.start()] in "-‐‑"
            for place, word in enumerate(words)
        )
        cost = min(
            (_cost(letters, folded, joined) for letters in _readings(sigle)),
            default=float("inf"),
        )
        if cost < lowest or (cost == lowest and best is None):
            best, lowest = words, cost
    if best is None:
        return None
    if best[-1][0].isdigit() and sigle.isalpha():  # the mark of a footnote
        best = best[:-1]
    said = text[best[0].start() : best[-1].end()]
    return " ".join(said.translate(_NO_QUOTES).split())


def _readings(sigle: str) -> Iterator[str]:
    """Letters a sigle asks for; a figure repeats its letter (« S3 ») or stands for itself."""
    letters = "".join(char for char in sigle_key(sigle) if char.isalnum())
    yield letters
    if figure := re.search(r"[2-4]", letters):
        before, after = letters[: figure.start()], letters[figure.end() :]
        times = int(figure[0]) - 1
        yield before + after
        yield before + before[-1:] * times + after
        yield before + after[:1] * times + after


@lru_cache(maxsize=4096)
def _cost(letters: str, words: tuple[str, ...], joined: tuple[bool, ...]) -> float:
    """Liberties taken when the initials of words spell letters; infinite when they do not.

    A small word may be left out, and may give its letter for half a liberty. A word may give
    two to four of its first letters (« COPIL », « Inserm »), one liberty each. The second part
    of a compound (« médico-social ») may be left out for half of one; any other word but the
    first, for one, when the sigle has four letters or more (« ANAP »).
    """
    impossible = float("inf")
    if len(letters) < 2:
        return impossible
    omission = 1.0 if len(letters) >= 4 else impossible

    @cache
    def rest(position: int, index: int) -> float:
        if index == len(words):
            return 0.0 if position == len(letters) else impossible
        word, small = words[index], words[index] in _SMALL
        if small:
            best = rest(position, index + 1)
        elif index:
            best = (0.5 if joined[index] else omission) + rest(position, index + 1)
        else:
            best = impossible
        for taken in range(1, min(4, len(word)) + 1):
            if not letters.startswith(word[:taken], position):
                break
            liberties = (taken - 1.0) + (0.5 if small else 0.0)
            best = min(best, liberties + rest(position + taken, index + 1))
        return best

    return rest(0, 0)


def _likely(sigle: str, after: str) -> str | None:
    """What a glossary says of a sigle whose letters come in order in it, from the first one.

    Only for a line or a row whose place in a glossary is already proof.
    """
    cut = _STOPS.search(after)
    said = " ".join((after[: cut.start()] if cut else after).split()).strip(" ,.")
    words = [fold(word) for word in _WORD.findall(said)]
    content = [word for word in words if word not in _SMALL]
    letters = next(_readings(sigle))
    if not 2 <= len(content) <= _MAX_WORDS or len(said) > _MAX_EXPANSION:
        return None
    if content[0][0] != letters[0] or letters in words:
        return None
    remaining = iter("".join(words))
    if not all(letter in remaining for letter in letters):
        return None
    return said

"""Where French sentences begin and end, without being fooled by abbreviations."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.language.normalise import fold
from assistant.language.words import words

# Abbreviations that a sentence may not end with: what follows belongs to them.
_NEVER_FINAL = words(
    "art al m mm mme mlle mgr dr drs pr prs me st ste cf p pp ex n no nos num vol chap fig tab "
    "tabl par sect ann env av bd fg tel fax ref réf resp dir dept dep cd arr coll ed eds "
    "i.e e.g c.-à-d c.a.d v vs ch mr mrs ph j.o b.o"
)
# Abbreviations that often close a sentence: a capital letter after them decides.
_MAYBE_FINAL = words("etc min max env hab jr sr cie ltd inc h")

_CANDIDATE = re.compile(r"[.!?…]+(?:[ \u00a0\u202f]?[»”\"’)\]])*(?=\s|$)|[.!?…]+(?=[«“])")
_WORD_BEFORE = re.compile(r"[\w.'’&-]*$")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\s*")
_BULLET_LINE = re.compile(
    r"\n[ \t]*(?=[•‣▪▫■□●○◦◆◇❖➢➤►▶▸➔⇒✓✔\uf000-\uf0ff]|[-–—*][ \t]+\S|\d{1,2}[.)][ \t]+[A-ZÀ-ÖØ-Þ«])"
)
# Words that open a sentence and never follow an initial.
_OPENERS = words(
    "le la les un une des il elle ils elles ce cet cette ces dans pour en on nous vous sur par "
    "avec sans ainsi mais or donc car si selon afin chaque tout toute tous toutes leur leurs son "
    "sa ses notre nos votre vos au aux du de"
)
_ENUMERATION = re.compile(r"\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4}")
_OPENING = " \t\r\n\u00a0\u202f«“\"(['‘"


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Cut a text into sentences.

    A line break is white space unless it opens a list item or follows a blank line, so the
    text may come straight from a PDF. Offsets leave surrounding white space out; every
    character that is not white space belongs to exactly one sentence.

    Args:
        text: raw or display text, of one block or several.

    Returns:
        Half-open `(start, end)` offsets, in order.
    """
    units = {0}
    units.update(match.end() for match in _BLANK_LINE.finditer(text))
    units.update(match.end() for match in _BULLET_LINE.finditer(text))
    cuts = units | {len(text)}
    last_cut = 0
    opened = sorted(units)
    for match in _CANDIDATE.finditer(text):
        while opened and opened[0] <= match.start():
            last_cut = max(last_cut, opened.pop(0))
        if _ends_sentence(text, match.start(), match.end(), last_cut):
            cuts.add(match.end())
            last_cut = match.end()
    spans: list[tuple[int, int]] = []
    ordered = sorted(cuts)
    for start, end in pairwise(ordered):
        piece = text[start:end]
        left = len(piece) - len(piece.lstrip())
        right = len(piece.rstrip())
        if left < right:
            spans.append((start + left, start + right))
    return spans


def _ends_sentence(text: str, mark: int, end: int, unit_start: int) -> bool:
    """Tell whether the punctuation at `mark` closes a sentence."""
    following = text[end : end + 40].lstrip(_OPENING)
    if not following:
        return True
    glued = not text[end : end + 1].isspace() and text[end : end + 1] not in "«“"
    # A small letter goes on with the sentence, even after « ! », « ? » or « … ».
    if glued or following[0].islower():
        return False
    if text[mark:end].rstrip('»”"’)] \u00a0\u202f') != ".":
        return True
    word = _WORD_BEFORE.search(text[max(0, mark - 40) : mark])
    token = word.group() if word else ""
    # « 1. Contexte »: the number announces, it does not conclude.
    line_start = text.rfind("\n", 0, mark) + 1
    announces = not text[max(line_start, unit_start) : mark - len(token)].strip()
    if announces and _ENUMERATION.fullmatch(token):
        return False
    return not _goes_on(re.split(r"['’]", token.lower())[-1], following)


def _goes_on(before: str, following: str) -> bool:
    """Tell whether `before`, an abbreviation, belongs with `following`."""
    if before in _NEVER_FINAL:
        return True
    if before in _MAYBE_FINAL:
        return not following[0].isupper()
    if len(before) == 1 and before.isalpha():
        # An initial (« J. Dupont ») or an article (« L. 1434-2 »), unless what follows can
        # only open a sentence (« vitamine C. Elle … »).
        opener = re.split(r"\W", following, maxsplit=1)[0]
        return not (fold(opener) in _OPENERS or following[1:2] in "'’")
    return False

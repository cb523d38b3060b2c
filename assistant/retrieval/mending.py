"""A question as its reader meant to type it.

Words that neither the corpus nor French knows are replaced by what they most likely stand
for: a missing apostrophe (« lhôpital ») or space (« accèsaux soins ») put back, or the
closest known word. What is embedded has its accents back too, and loses its capitals when
all of it is in capitals: vectors, unlike terms, tell « sante » and « SANTÉ » from « santé ».
A word that is right is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property

from assistant.index.lexical import LexicalIndex
from assistant.language.analyser import analyse, is_shouting, stem
from assistant.language.forms import WordForms, french, letters
from assistant.language.normalise import fold
from assistant.language.quantities import NUMBER_WORDS
from assistant.language.words import COMPOUND_PREFIXES, ELISIONS, MONTHS, STOP_WORDS
from assistant.retrieval.spelling import Speller

_WORD = re.compile(r"[^\W\d_]+")
_BEFORE_DIGIT = re.compile(r"[_\d]")
_ALWAYS_KNOWN = STOP_WORDS | NUMBER_WORDS | COMPOUND_PREFIXES | ELISIONS | frozenset(MONTHS)
_ELIDED = re.compile(r"(?P<head>[cdjlmnst]|qu|jusqu|lorsqu|puisqu)(?P<rest>[aeiouyh].+)")
_GLUED_SIGLE = re.compile(r"(?P<head>[dlnsDLNS]|[qQ]u)(?P<rest>[AEIOUYH][A-Z]+s?)")
_GLUED_AFTER = re.compile(r"(?P<head>[a-zà-öø-ÿœ]{2,})(?P<rest>[A-Z]{2,}s?)")
_ASKED = tuple(
    re.compile(rf"(?P<verb>.{{2,}}){joint}(?P<who>ils?|elles?|on|je|nous|vous|ce)")
    for joint in ("t", "")
)
_LOST_APOSTROPHE = re.compile(
    r"(?<!\w)(?P<head>[dlnsjmt]|qu|c(?= (?:est|était|étaient)\b)) "
    r"(?=(?P<rest>[aeiouyhàâéèêëîïôœ]\w+))",
    re.IGNORECASE,
)
_INFLECTIONS = (("ees", "e"), ("ee", "e"), ("ieres", "ier"), ("iere", "ier"), ("ent", "er"))
"""Forms that the stemmer leaves apart: « stockées » and « stocker », « financent »."""
_SHORTEST = 4
_NAMED = 0.2
"""A word seen more often than this in small letters is no proper name."""
_RARE = 0.05
"""A spelling seen less often than this, among those of its word, is a spelling mistake."""


@dataclass(slots=True)
class Mended:
    """A question put right.

    Attributes:
        text: the question with its typing errors mended; the question itself without any.
        dense: the text to embed.
        corrections: mistyped term → term searched instead.
    """

    text: str
    dense: str
    corrections: dict[str, str] = field(default_factory=dict)


class Mender:
    """Puts questions right with the words of one generation."""

    def __init__(
        self,
        lexical: LexicalIndex,
        sigles: Collection[str],
        others: Callable[[], WordForms] = french,
    ) -> None:
        """Bind a corpus.

        Args:
            lexical: its terms, and the spellings of its words when the index kept them.
            sigles: terms that are right though the corpus may lack them.
            others: right words that the corpus may lack.
        """
        self._lexical = lexical
        self._frequencies = lexical.vocabulary()
        self._sigles = sigles
        self._others = others

    @cached_property
    def _corpus(self) -> WordForms:
        if self._lexical.forms is not None:
            return self._lexical.forms
        # An index made before spellings were kept: its terms stand for its words.
        return WordForms.of({term: n for term, n in self._frequencies.items() if term.isalpha()})

    @cached_property
    def _speller(self) -> Speller:
        return Speller(self._corpus, self._others)

    def mend(self, question: str) -> Mended:
        """Put a question right."""
        shouting = is_shouting(question)
        question = _with_apostrophes(question, shouting)
        said: list[str] = []
        meant: list[str] = []
        corrections: dict[str, str] = {}
        end = 0
        for match in _WORD.finditer(question):
            between = question[end : match.start()]
            said.append(between)
            meant.append(between)
            typed, end = match[0], match.end()
            right = self._glued_sigle(typed)
            if right is None and self._is_doubtful(question, match, shouting):
                right = self._repair(question, match, shouting)
            if right is None:
                said.append(self._inflected(typed))
                meant.append(self._as_written(typed, shouting))
            else:
                corrections |= self._change(typed, right)
                said.append(right.upper() if shouting else right)
                meant.append(right)
        said.append(question[end:])
        meant.append(question[end:])
        return Mended("".join(said), "".join(meant), corrections)

    # Typing errors

    def _is_doubtful(self, question: str, match: re.Match[str], shouting: bool) -> bool:
        """Whether nobody knows this word."""
        typed = match[0]
        key = letters(typed)
        if len(key) < _SHORTEST or key != fold(typed) or key in _ALWAYS_KNOWN:
            return False
        if _BEFORE_DIGIT.match(question, match.end()):
            return False  # « IMP_1 »: a reference, not a word
        if key in self._corpus or key in self._sigles or stem(typed) in self._sigles:
            return False
        if _is_sigle(typed) and not shouting:
            return True  # a sigle: « GARDES » is not « garde »
        return stem(typed) not in self._frequencies and key not in self._others()

    def _repair(self, question: str, match: re.Match[str], shouting: bool) -> str | None:
        """What to write instead of a word that nobody knows; `None` to leave it."""
        typed = match[0]
        key = letters(typed)
        if _is_sigle(typed) and not shouting:
            near = self._speller.closest(key, self._context(question, typed), foreign=False)
            written = self._written(near) if near else ""
            return written if _is_sigle(written) else None
        if found := self._unglued(key):
            return found
        near = self._speller.closest(key, self._context(question, typed))
        if near is None:
            return None
        written = self._written(near)
        named = typed[:1].isupper() and match.start() > 0 and not shouting
        # A name that the corpus lacks must not become a common word.
        return written if written[:1].isupper() or not named else None

    def _glued_sigle(self, typed: str) -> str | None:
        """« dIA » for « d’IA », « direQVCT » for « dire QVCT »."""
        if typed.isupper() or typed.islower() or letters(typed) in self._sigles:
            return None
        for pattern, joint in ((_GLUED_SIGLE, "’"), (_GLUED_AFTER, " ")):
            glued = pattern.fullmatch(typed)
            if glued and stem(glued["rest"]) in self._frequencies:
                head = fold(glued["head"])
                if joint == "’" or head in _ALWAYS_KNOWN or head in self._speller:
                    return f"{glued['head']}{joint}{glued['rest']}"
        return None

    def _unglued(self, key: str) -> str | None:
        """The words run together in a mistyped one, if they are all known."""
        for pattern, joint in zip(_ASKED, ("-t-", "-"), strict=True):
            asked = pattern.fullmatch(key)
            if asked and (asked["verb"] in STOP_WORDS or asked["verb"] in self._speller):
                return f"{self._written(asked['verb'])}{joint}{asked['who']}"
        elided = _ELIDED.fullmatch(key)
        rest = elided["rest"] if elided else ""
        # Short words of French are too many: « sané » is not « s’âne ».
        whole = self._corpus if len(rest) < 6 else self._speller
        if elided and (rest in self._sigles or (len(rest) > 2 and rest in whole)):
            return f"{elided['head']}’{self._written(rest)}"
        best: tuple[int, str] | None = None
        for cut in range(2, len(key) - 1):
            left, right = key[:cut], key[cut:]
            counts = []
            for part in (left, right):
                if part in STOP_WORDS and len(part) > 1:
                    counts.append(10**6)
                elif len(part) >= _SHORTEST and part in self._corpus:
                    counts.append(self._corpus.count(part))
            if len(counts) == 2 and min(counts) < 10**6:
                found = (min(counts), f"{self._written(left)} {self._written(right)}")
                best = max(best, found) if best else found
        return best[1] if best else None

    def _context(self, question: str, typed: str) -> Callable[[str], float]:
        """How well a word goes with the others: the best passage that holds it with them."""
        others = dict.fromkeys(analyse(question.replace(typed, " ")), 1.0)
        scores = self._lexical.scores(others)
        most = float(scores.max(initial=0.0)) or 1.0

        def judge(key: str) -> float:
            rows = self._lexical.rows(stem(key))
            return float(scores[rows].max(initial=0.0)) / most

        return judge

    def _change(self, typed: str, right: str) -> dict[str, str]:
        """Terms of a mistyped word → the rarest term of what is searched instead."""
        wrong = analyse(typed.lower())
        terms = [term for term in analyse(right) if term in self._frequencies]
        if not terms:
            return {}
        best = min(terms, key=lambda term: self._frequencies[term])
        return {term: best for term in wrong if term != best}

    def _inflected(self, typed: str) -> str:
        """A right word, or another form of it when the corpus has only that one."""
        key = letters(typed)
        if len(key) < 6 or stem(typed) in self._frequencies:
            return typed
        for ending, other in _INFLECTIONS:
            form = key.removesuffix(ending) + other
            if key.endswith(ending) and stem(form) in self._frequencies:
                return form.upper() if typed.isupper() else form
        return typed

    # Spellings

    def _spellings(self, key: str) -> dict[str, int]:
        """Spellings of a word, those in capitals counting only if there are no others."""
        found = self._corpus.spellings(key) or self._others().spellings(key)
        small = {written: count for written, count in found.items() if not written.isupper()}
        if sum(small.values()) * 2 < sum(found.values()) and len(key) <= 8:
            return found  # a sigle
        return small or found

    def _written(self, key: str) -> str:
        """The usual spelling of a word; in small letters when it is not always a name."""
        found = self._spellings(key)
        usual = next(iter(found), key)
        small = found.get(usual.lower(), 0)
        return usual.lower() if small > _NAMED * sum(found.values()) else usual

    def _as_written(self, typed: str, shouting: bool) -> str:
        """A right word with the accents that the corpus, or French, gives it."""
        key = letters(typed)
        if not shouting and (len(key) < 3 or key != fold(typed)):
            return typed
        found = self._spellings(key)
        if not found:
            return typed.lower() if shouting else typed
        if shouting:
            return self._written(key)
        own = sum(count for written, count in found.items() if written.lower() == typed.lower())
        if own > _RARE * sum(found.values()):
            return typed
        usual = next(iter(found)).lower()
        if typed.isupper():
            return usual.upper()
        return usual[:1].upper() + usual[1:] if typed[:1].isupper() else usual


def _is_sigle(word: str) -> bool:
    return sum(char.isupper() for char in word) >= 2


def _with_apostrophes(question: str, shouting: bool) -> str:
    """« cas d usage » with its apostrophe; a lone capital letter may be a name (« axe D »)."""

    def put(match: re.Match[str]) -> str:
        head, rest = match["head"], fold(match["rest"])
        if head.isupper() and len(head) == 1 and not shouting:
            return match[0]
        lettered = fold(head) in {"d", "l", "m", "n", "s", "t"} and rest in {
            "et",
            "ou",
            "est",
            "en",
        }
        return match[0] if lettered else f"{head}’"  # « hépatite d et e »

    return _LOST_APOSTROPHE.sub(put, question)

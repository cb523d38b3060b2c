"""What a question leaves unsaid: pronouns without a noun, ellipses, missing subjects."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Literal

from assistant.generation.phrases import (
    ARTICLES,
    DETERMINING,
    INVERTED_THIRD,
    WH,
    Phrase,
    Token,
    is_verb,
)
from assistant.language.analyser import analyse
from assistant.language.normalise import fold
from assistant.language.words import words

Unsaid = Literal["bare", "ellipsis", "facet", "noun", "pronoun"]
"""A question word alone; a phrase led by a preposition or a name; a side of a subject; a common
noun; a pronoun."""

_LONGEST_FRAGMENT = 6
"""Words that carry meaning in an ellipsis, at most: beyond, it says what it is about."""


class Asked(Phrase):
    """The question typed, without the word that ties it to what precedes (« et »)."""

    def __init__(self, text: str, known: Collection[str]) -> None:
        opener = _OPENER.match(text)
        self.opened = opener is not None
        super().__init__(text[opener.end() :] if opener else text, known)

    @property
    def first(self) -> Token | None:
        """Its first word."""
        return next((token for token in self.tokens if token.word), None)

    @property
    def clause(self) -> bool:
        """Whether it is a question with its own question word or verb."""
        folded = self.folded
        return (
            any(t.folded in WH - {"ou", "que", "qu'"} for t in self.tokens)
            or _CLAUSE.search(folded) is not None
            or any(is_verb(t) for t in self.tokens)
        )


_OPENER = re.compile(
    r"(?:et alors|et sinon|et|mais|puis|alors|ok|d['’]accord|sinon|du coup|donc)\b[\s,]*(?=\w|«)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"^(?:o[uù] |que |qu'|est-ce |peut-on|doit-on|faut-il|y a-t-il|a-t-on|c'est|ca |cela |"
    r"existe|cite|citer|donne|donner|liste|lister|explique|decris|presente|resume|rappelle|"
    r"developpe|precise|je |on |nous |il |elle |ils |elles )"
)

_IMPERSONAL = re.compile(
    r"^(?:faut|faudra|faudrait|existe|existent|agit|convient|suffit|reste|arrive|semble|importe|"
    r"passe|y-a)-"
)
_WEATHER = re.compile(r"quel temps f(?:ait|era|erait)-")
_BEING = re.compile(r"^(?:est|sont|etait|etaient|sera|seront|serait|fut|furent)-")
_IMPERSONAL_BEING = re.compile(r"^[a-z]+-(?:ce|il) (?:[a-z-]+ ){1,4}?(?:de |d'|que |qu')")
_IMPERSONAL_IL = re.compile(
    r"^il (?:ne |n'|s')?(?:y |faut|se passe|existe|agit|convient|suffit|reste|arrive|importe|"
    r"est (?:\w+ )?(?:de|d'|que|qu')\b)"
)
CLITIC = re.compile(
    # « Qui le finance » : after « qui », an article would open nothing.
    r"^(?P<wh>qui) (?P<clitic>le|la|les|l'|lui|leur|en|y)(?: |(?<=')) ?(?P<verb>(?!a-t-)\w+)"
)
_CLITIC_INFINITIVE = re.compile(
    r"\b(?:comment|ou|quand|pourquoi|combien|peut-on|doit-on|faut-il|puis-je|pouvons-nous|"
    r"est-il \w+ (?:de|d')|qui (?:peut|doit|va))\s"
    r"(?:ne )?(?:le |la |les |l'|lui |leur |en |y |s'y |s'en )\w+(?:er|ir|re|oir)"
    r"(?= ?[?.!]*$| (?:a|au|aux|avec|pour|dans|en|sans|avant|apres) )"
)
_CLITIC_OTHER = re.compile(
    r"^(?:comment|ou|quand|pourquoi|combien|que|qui|jusqu'ou)\b(?: (?:ne|n'))? (?:en|y) "
    r"(?!a-t-)(?:est|sont|faut|fait|sera|ont|a|peut|\w+(?:er|ir|re|oir)\b|\w+-(?:t-)?\w+)"
)
_VAGUE = re.compile(
    r"\b(?:celui|celle|ceux|celles)-(?:ci|la)\b|\bce derniere?\b|\bcette derniere\b|\bces dernier"
    r"|\b(?:le|la|les) memes?\b[ ?]*$|\bdedans\b|\bla-dedans\b|\bla-dessus\b|\ba ce sujet\b"
    r"|^(?:celui|celle|ceux|celles) "
)
_DEICTIC = words("annee mois semaine jour soir matin fois moment assistant corpus")


def dependence(asked: Asked) -> Unsaid | None:
    """What a question leaves unsaid, as a key of `_REWRITERS`; `None` when nothing."""
    subjects = asked.subjects()
    content = [token for token in asked.tokens if asked.is_content(token)]
    dated = bool(asked.dates)
    if not content or _BARE.fullmatch(asked.folded):
        return "ellipsis" if asked.opened and dated else "bare"
    if not asked.clause:
        return _fragment_kind(asked, content, subjects)
    if _unresolved(asked):
        return "pronoun"
    if asked.anchors:
        return None
    if not [t for t in subjects if not _generic_verb(asked, t)] or (
        asked.opened and len(subjects) <= 2
    ):
        return "facet"
    return None


_BARE = re.compile(
    r"(?:(?:pendant|depuis|en|pour|a partir de) )?(?:combien de (?:temps|fois|jours|mois|ans)|"
    r"quelle (?:date|duree|annee)|quel (?:jour|prix|montant|delai))[ ?]*"
)


def _generic_verb(asked: Asked, token: Token) -> bool:
    """Whether a word is an infinitive right after « qui peut », « comment » (« répondre »)."""
    at = asked.tokens.index(token)
    before = asked.tokens[at - 1].folded if at else ""
    return bool(re.search(r"(?:er|ir|re|oir)$", token.folded)) and before in {
        *("peut", "doit", "comment", "pour", "quand", "s'", "ou"),
        *("peut-on", "doit-on", "faut-il"),
    }


def _fragment_kind(
    asked: Asked, content: Sequence[Token], subjects: Sequence[Token]
) -> Unsaid | None:
    """Of a question without verb nor question word: an ellipsis, or keywords of their own."""
    words_ = len(content)
    led = asked.first is not None and asked.first.folded in LEADS
    if asked.opened and words_ <= _LONGEST_FRAGMENT:
        if asked.is_facet(content[0]) and not led and not asked.codes:
            return None if asked.anchors else "facet"
        if led or asked.anchors or asked.dates:
            return "ellipsis"
        return "noun"
    if led and words_ <= 2 and (asked.dates or len(asked.tokens) <= words_ + 4):
        return "ellipsis"
    if not subjects and words_ <= 3 and asked.tokens[0].folded in ARTICLES:
        return "facet"
    return None


LEADS = words("pour en dans a au aux chez sur avec depuis selon sans entre apres avant du des de")


def _unresolved(asked: Asked) -> bool:
    """Whether a pronoun stands for something that the question does not name."""
    folded = asked.folded
    if _VAGUE.search(folded) or CLITIC.match(folded) or _CLITIC_OTHER.match(folded):
        return True
    if (found := _CLITIC_INFINITIVE.search(folded)) and not analyse(folded[: found.start()]):
        return True
    if any(_hangs(asked, at) for at in range(len(asked.tokens))):
        return True
    return folded.startswith("est-ce ") and not asked.subjects() and not asked.anchors


def _hangs(asked: Asked, at: int) -> bool:
    """Whether the word at `at` is a pronoun, or alike, that nothing of the question explains."""
    word = asked.tokens[at].folded
    following = asked.tokens[at + 1] if at + 1 < len(asked.tokens) else None
    noun = following is not None and asked.is_content(following)
    if INVERTED_THIRD.search(word):
        return not _inverted_explained(asked, at)
    if word in {"il", "elle", "ils", "elles"}:
        rest = asked.folded[_place(asked, at) :]
        before = asked.tokens[at - 1].folded if at else ""
        there_is = at > 1 and asked.tokens[at - 2].folded in {"a", "y"} and before.startswith("t")
        impersonal = _IMPERSONAL_IL.match(rest) is not None or there_is
        return not impersonal and not _owner(asked, at)
    if word in {"ca", "cela", "ceci"} or (word == "c'" and at == 0):
        return not _named_later(asked, at) and not _antecedent(asked, at)
    if word in {"son", "sa", "ses"}:
        return noun and not _owner(asked, at)
    if word in {"leur", "leurs"}:
        return noun and not _owner(asked, at) and not _subjects_before(asked, at)
    return (
        word in {"ce", "cet", "cette", "ces"}
        and following is not None
        and noun
        and following.folded not in _DEICTIC
        and not _others_named(asked, at + 1)
        and _subjects_before(asked, at) <= 1
    )


def _inverted_explained(asked: Asked, at: int) -> bool:
    """Whether « -il », « -elle » after a verb repeats a noun, or stands for nothing."""
    word = asked.tokens[at].folded
    if _IMPERSONAL.match(word) or _WEATHER.match(asked.folded) or _antecedent(asked, at):
        return True
    if word.startswith("a-") and at and asked.tokens[at - 1].folded in {"y", "n'y"}:
        return True
    if not _BEING.match(word):
        return False
    rest = asked.folded[_place(asked, at) :]
    # « Pourquoi est-il important de… »; « quel calendrier est-il prévu ».
    wh = asked.first is not None and asked.first.folded.startswith("quel") and at > 1
    return _IMPERSONAL_BEING.match(rest) is not None or wh


def _subjects_before(asked: Phrase, at: int) -> int:
    """How many words that say what a question is about come before the token `at`."""
    start = asked.tokens[at].start
    return sum(token.start < start for token in asked.subjects())


def _place(asked: Phrase, at: int) -> int:
    """Where a token stands in the folded text."""
    return len(" ".join([*fold(asked.text[: asked.tokens[at].start]).split(), ""]).lstrip())


def _named_later(asked: Phrase, at: int) -> bool:
    """Whether what « c'est », « ça » stand for comes after (« c'est quoi le ROR »)."""
    return any(asked.is_content(t) and not asked.is_facet(t) for t in asked.tokens[at + 1 :])


def _others_named(asked: Phrase, head: int) -> bool:
    """Whether a name other than the noun of « ce dispositif » says what the question is about."""
    token = asked.tokens[head]
    return any(not start <= token.start < end for start, end in asked.anchors)


def _antecedent(asked: Phrase, at: int) -> bool:
    """Whether a noun phrase before the token `at` can be what a pronoun stands for."""
    before = asked.tokens[:at]
    start = asked.tokens[at].start
    if any(end <= start for _, end in asked.anchors):
        return True
    for rank, token in enumerate(before):
        if token.text in {",", ":"} and any(asked.is_content(t) for t in before[:rank]):
            return True
        following = asked.tokens[rank + 1] if rank + 1 < at else None
        if following is None or not (asked.is_content(following) or following.folded == "autres"):
            continue
        governed = rank > 0 and before[rank - 1].folded in _GOVERNING
        if token.folded in DETERMINING and not governed:
            return True
    return False


def _owner(asked: Phrase, at: int) -> bool:
    """Whether something before « son », « leur » can own: also « quels établissements »."""
    pairs = zip(asked.tokens[:at], asked.tokens[1:at], strict=False)
    return _antecedent(asked, at) or any(
        word.folded.startswith("quel") and asked.is_content(noun) for word, noun in pairs
    )


_GOVERNING = words("de d' a en dans sur pour par avec")

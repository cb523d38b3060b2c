"""What takes the place of what: « et pour les urgences ? » in the question before it."""

from __future__ import annotations

import re

from assistant.generation.phrases import (
    ARTICLES,
    CALL,
    CONTRACTED,
    DETERMINING,
    OF,
    Phrase,
    Token,
    head_kind,
    noun_phrases,
)
from assistant.generation.unsaid import LEADS, Asked
from assistant.language.analyser import stem
from assistant.language.words import words

_END = re.compile(r"(?:[\s?!…]|(?<![A-Z])\.)+$")


def unended(text: str) -> str:
    """A question without its final mark; the dot of « A.V.E.C. » is none."""
    return _END.sub("", text).lstrip()


def led(asked: Asked) -> tuple[str, str]:
    """The preposition that opens an ellipsis, folded, and the phrase it leads."""
    body = unended(asked.text)
    first = asked.tokens[0]
    if first.folded in LEADS and first.folded not in CONTRACTED:
        return first.folded, body[first.end :].strip()
    if first.folded in CONTRACTED:
        lead = "a" if first.folded in {"au", "aux"} else "de"
        return lead, f"{CONTRACTED[first.folded]} {body[first.end :].strip()}"
    return "", body


def slot(asked: Asked, past: Phrase) -> tuple[int, int] | None:
    """Bounds, in the tokens of the past question, of what an ellipsis replaces."""
    nouns = [t for t in asked.tokens if asked.is_content(t)]
    for code in asked.codes:
        shape = re.sub(r"\d.*", "", code.text)
        same = [t for t in past.codes if re.sub(r"\d.*", "", t.text) == shape] or past.codes
        if same:
            at = past.tokens.index(same[0])
            # « l'axe A4 » by « A5 »: the noun stays; by « l'axe A5 »: it comes along.
            alone = len(nouns) == 1
            return (at, at + 1) if alone else past.extent(at)
    head = nouns[0]
    found = same_head(head, past, asked)
    if found is not None:
        return found
    kind = head_kind(head)
    if kind is not None:
        for at, token in enumerate(past.tokens):
            if past.is_content(token) and head_kind(token) == kind and not _asks(past, at):
                return _from_head(past, at, asked)
    lead, _ = led(asked)
    return governed(past, lead) or _modifier(past, kind)


def _asks(past: Phrase, at: int) -> bool:
    """Whether a noun is what the question asks for (« quel axe »): nothing takes its place."""
    return any(
        token.folded.startswith("quel") or token.folded == "combien"
        for token in past.tokens[max(0, at - 2) : at]
    )


def same_head(head: Token, past: Phrase, asked: Phrase) -> tuple[int, int] | None:
    """The phrase of the past question with the same first noun (« l'axe 3 », « l'axe 2 »)."""
    for at, token in enumerate(past.tokens):
        if not token.quoted and token.word and stem(token.text) == stem(head.text):
            return _from_head(past, at, asked)
    return None


def _from_head(past: Phrase, at: int, asked: Phrase) -> tuple[int, int]:
    """The phrase a noun opens, its article included.

    « La lettre E » takes the place of « la lettre V » only, not of « du guide » that follows;
    the name of a call is replaced whole.
    """
    _, last = past.extent(at)
    if head_kind(past.tokens[at]) != CALL and not any(t.folded in OF for t in asked.tokens):
        for rank in range(at + 1, last):
            article = past.tokens[rank + 1].folded if rank + 1 < last else ""
            word = past.tokens[rank].folded
            if word in {"du", "des"} or (word in OF and article in {"la", "l'", "les"}):
                last = rank
                break
    first = at
    if at and past.tokens[at - 1].folded in ARTICLES | CONTRACTED.keys() | DETERMINING:
        first -= 1
    return first, last


PLACES = words("a au aux dans en chez sur")


def governed(past: Phrase, lead: str) -> tuple[int, int] | None:
    """The last phrase led by the same preposition, or by another of place, with it.

    « De » ties too many things together to tell anything.
    """
    if lead in {"", "de"}:
        return None
    forms = PLACES if lead in PLACES else {lead}
    for at in range(len(past.tokens) - 1, 0, -1):
        token = past.tokens[at]
        if token.folded in forms and at + 1 < len(past.tokens):
            first = at
            noun = next(
                (i for i in range(at + 1, len(past.tokens)) if past.is_content(past.tokens[i])),
                None,
            )
            if noun is not None and noun - at <= 3:
                _, last = past.extent(noun)
                return first, last
    return None


def _modifier(past: Phrase, kind: int | None) -> tuple[int, int] | None:
    """What tells the subject of the past question from its like: « l'AMI **temps de travail** »."""
    for first, last in noun_phrases(past):
        if _asks(past, first):
            continue
        heads = [i for i in range(first, last) if head_kind(past.tokens[i]) is not None]
        whole = heads and any(
            start <= past.tokens[heads[0]].start and end > past.tokens[heads[0]].end
            for start, end in past.anchors
        )
        # The noun may be part of the name (« Challenge Prévention »): it goes with it.
        if heads and heads[0] + 1 < last and kind is None and not whole:
            at = heads[0] + 1
            if past.tokens[at].folded in OF and at + 1 < last:
                at += 1
            return at, last
        return first, last
    return None


def replaced(past: Phrase, first: int, last: int, lead: str, rest: str) -> str:
    """The past question with other words in a slot, articles and prepositions agreed."""
    head = past.tokens[first]
    before = past.text[: head.start].rstrip()
    after = _END.sub("", past.text[past.tokens[last - 1].end :])
    joint = past.tokens[first - 1].folded if first else ""
    if head.folded in PLACES | {"pour", "avec", "depuis", "selon"} and lead:
        rest = f"{lead} {rest}" if lead != "a" else f"à {rest}"
    elif lead == "pour" and (head.folded in {"du", "des"} or joint in {"de", "d'", "du", "des"}):
        # « La relève du Challenge » by « pour Impact IA ».
        if head.folded not in {"du", "des"}:
            before = past.text[: past.tokens[first - 1].start].rstrip()
        rest = f"pour {rest}"
    elif lead == "pour" and not past.named(first, last).startswith(_ARTICLE_OPENINGS):
        rest = f"pour {rest}"
    elif head.folded in CONTRACTED:
        # « du guichet » by « l'AMI »: « de l'AMI ».
        rest = f"{'à' if head.folded in {'au', 'aux'} else 'de'} {rest}"
    elif joint in {"de", "d'", "a"}:
        before = past.text[: past.tokens[first - 1].start].rstrip()
        rest = f"{'à' if joint == 'a' else 'de'} {rest}"
    glue = "" if before.endswith(("'", "’")) else " "
    return f"{before}{glue}{_contracted(rest)}{after}".strip()


_ARTICLE_OPENINGS = ("le ", "la ", "les ", "l'", "l’", "un ", "une ")
_CONTRACTIONS = re.compile(r"^(de|à) (les?) ")
_CONTRACTED_FORM = {"de le": "du", "de les": "des", "à le": "au", "à les": "aux"}


def _contracted(text: str) -> str:
    """Put a preposition and its article in one word: « de le guichet », « du guichet »."""
    text = _CONTRACTIONS.sub(lambda found: f"{_CONTRACTED_FORM[f'{found[1]} {found[2]}']} ", text)
    return re.sub(r"^de (?=[aeiouyàâéèêîôû])", "d’", text)


def around(past: Phrase, first: int, last: int) -> str:
    """What stays of the past question around a slot."""
    before = past.text[: past.tokens[first].start].strip()
    after = past.text[past.tokens[last - 1].end :].strip("?!. \u00a0\u202f")
    return f"{before} … {after}".strip(" …") if after else before

"""Follow-up questions rewritten so that they stand alone.

« Et pour les urgences ? », « qui le finance ? » mean nothing to a search engine. Rules on the
words of the question find what it leaves unsaid, and take it from the questions before it and
from the names of the answer. Nothing is invented: every word of a rewriting that carries meaning
was typed by the reader or cited to them. A question that stands alone is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from assistant.generation.phrases import CALL, OF, WH, Phrase, Token, head_kind, noun_phrases
from assistant.generation.question import Expected, understand
from assistant.generation.slots import (
    PLACES,
    around,
    governed,
    led,
    replaced,
    same_head,
    slot,
    unended,
)
from assistant.generation.unsaid import CLITIC, Asked, Unsaid, dependence
from assistant.language.analyser import stem
from assistant.language.entities import find_names
from assistant.language.normalise import fold
from assistant.language.quantities import NUMBER_WORDS
from assistant.language.typography import THIN
from assistant.language.words import words
from assistant.model import Answer

LOOK_BACK = 4
"""Turns looked at, from the latest, for a subject."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier exchange of a conversation.

    Attributes:
        question: as typed.
        understood: as rewritten, if it was.
        answer: what was answered, if it is known.
    """

    question: str
    understood: str | None = None
    answer: Answer | None = None

    @property
    def asked(self) -> str:
        """The question that was searched."""
        return self.understood or self.question


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A question as it will be searched.

    Attributes:
        text: the question, rewritten or not.
        changed: whether it was.
        kept: what was taken from earlier turns, as written there.
        may_stand: whether the question as typed is worth asking too, when this one finds nothing.
    """

    text: str
    changed: bool = False
    kept: tuple[str, ...] = ()
    may_stand: bool = False


def rewrite(
    question: str, history: Sequence[Turn], *, known: Collection[str] = frozenset()
) -> Rewritten:
    """Make a follow-up stand alone.

    Args:
        question: as typed.
        history: earlier turns of the conversation, the oldest first.
        known: folded sigles and names of the corpus, recognised in lower case too.

    Returns:
        The same question when it stands alone, or when nothing before it says what it is about.
    """
    text = question.strip()
    if not history or not any(char.isalnum() for char in text):
        return Rewritten(text)
    asked = Asked(text, known)
    kind = dependence(asked)
    if kind is None:
        return Rewritten(text)
    context = _context(history, known)
    if context is None:
        return Rewritten(text)
    made = _REWRITERS[kind](asked, context)
    if made is None or " ".join(fold(made.text).split()) == " ".join(fold(text).split()):
        return Rewritten(text)
    # « Combien de projets ont été retenus ? » is of the call that was asked about, and perhaps of
    # nothing else that was.
    of_call = context.head is not None and head_kind(context.head) == CALL
    own = kind == "facet" and asked.clause and not asked.opened
    return replace(made, may_stand=own and not of_call)


def depends(question: str, *, known: Collection[str] = frozenset()) -> bool:
    """Whether a question may lean on an earlier one; `rewrite` leaves any other as it is.

    Args:
        question: as typed.
        known: as for `rewrite`.
    """
    text = question.strip()
    return any(char.isalnum() for char in text) and dependence(Asked(text, known)) is not None


@dataclass(frozen=True, slots=True)
class _Context:
    """What earlier turns say the conversation is about.

    Attributes:
        last: the latest question, whatever it names.
        asked: the latest question that names its subject.
        topic: that subject, with its article.
        named: whether the topic is a thing in particular (« l'AMI »), and not a plain noun
            (« établissements », of « combien d'établissements »).
        head: its first noun.
        answered: names of the answer that the question asked for.
        title: title of the document the last answer came from.
    """

    last: Phrase
    asked: Phrase
    topic: str
    named: bool
    head: Token | None
    answered: tuple[str, ...]
    title: str


def _context(history: Sequence[Turn], known: Collection[str]) -> _Context | None:
    """Find the subject of a conversation, from its latest turn."""
    title = _title(history[-1])
    latest = Phrase(history[-1].asked, known)
    for turn in reversed(history[-LOOK_BACK:]):
        phrase = Phrase(turn.asked, known)
        for first, last in noun_phrases(phrase):
            head = next((t for t in phrase.tokens[first:last] if phrase.is_content(t)), None)
            topic = phrase.named(first, last)
            named = _DETERMINED.match(fold(topic)) is not None or any(
                phrase.in_anchor(token) for token in phrase.tokens[first:last]
            )
            return _Context(latest, phrase, topic, named, head, _answered(turn), title)
    if title:
        return _Context(latest, latest, f"« {title} »", True, None, (), title)
    return None


_DETERMINED = re.compile(r"(?:(?:le|la|les|ce|cet|cette|ces|notre|nos|votre|vos) |l['’])")


def _title(turn: Turn) -> str:
    answer = turn.answer
    if answer is None or answer.abstained:
        return ""
    cited = [citation for sentence in answer.sentences for citation in sentence.citations]
    return cited[0].document if cited else ""


_NAMES = (Expected.WHO, Expected.PERSON)


def _answered(turn: Turn) -> tuple[str, ...]:
    """The name that a question asked for (« qui », « comment s'appelle »), once answered."""
    answer = turn.answer
    if answer is None or answer.abstained or not answer.sentences:
        return ()
    asks = understand(turn.asked).expected in _NAMES or _NAMING.search(fold(turn.asked))
    if not asks:
        return ()
    said = Phrase(answer.sentences[0].text)
    already = fold(turn.asked)
    names = [said.text[start:end] for start, end in said.anchors if said.text[start] in '«“"']
    names += [one.text for one in find_names(said.text)]
    fresh = [name for name in names if fold(name).strip("«» ") not in already]
    return tuple(fresh[:1])


_NAMING = re.compile(
    r"comment s'appelle|quel(?:le)? est le nom|\bquel(?:le)?s? (?:outil|logiciel|plateforme|"
    r"messagerie|application|service|projet|dossier|etablissement|hopital|clinique|personne|organisme)\b"
)

# How each kind of follow-up is completed.


def _pronoun(asked: Asked, context: _Context) -> Rewritten | None:
    """« Qui le finance ? » → « Qui finance l'AMI … ? »."""
    body = _body(asked)
    topic, kept = _subject(context)
    clitic = CLITIC.match(asked.folded)
    if clitic and clitic["clitic"] in {"le", "la", "les", "l'"} and len(asked.tokens) <= 6:
        at = 1  # « qui », then the pronoun
        if asked.tokens[at].folded == clitic["clitic"]:
            head, tail = asked.tokens[0].text, body[asked.tokens[at].end :].strip()
            return _made(f"{head} {tail} {topic}", kept)
    shown = _demonstrative(asked)
    if shown is not None:
        first, noun = shown
        if context.head is not None and stem(noun.text) == stem(context.head.text):
            # Whatever qualified the noun stays: « ce projet pilote ».
            return _made(f"{body[: asked.tokens[first].start]}{topic}{body[noun.end :]}", kept)
        if noun.folded in _DOCUMENTS and context.title:
            return _made(f"{body}, « {context.title} »", (context.title,))
    return _made(f"{body}, {topic}", kept)


_DOCUMENTS = words(
    "document texte guide communique notice note fiche bulletin rapport schema tableau support"
)


def _demonstrative(asked: Asked) -> tuple[int, Token] | None:
    for at, token in enumerate(asked.tokens[:-1]):
        noun = asked.tokens[at + 1]
        if token.folded in {"ce", "cet", "cette", "ces"} and asked.is_content(noun):
            return at, noun
    return None


def _facet(asked: Asked, context: _Context) -> Rewritten | None:
    """« Et la date limite ? » → « La date limite de l'AMI … ? »."""
    if asked.clause and not asked.opened and not context.named:
        # « Quels sont les critères de sélection ? » gains nothing from « établissements ».
        return None
    complement = "" if asked.clause else _complement(context)
    if complement:
        return _made(f"{_body(asked)} {complement}", (complement,))
    topic, kept = _subject(context)
    return _made(f"{_body(asked)}, {topic}", kept)


def _complement(context: _Context) -> str:
    """What follows the side asked for: « Quel est le montant **de l'AMI … ?** »; empty if none."""
    past = context.asked
    at = next(
        (
            i
            for i, token in enumerate(past.tokens)
            if past.is_content(token) and token.folded not in NUMBER_WORDS
        ),
        None,
    )
    if at is None or at > _FRAME_WORDS:
        return ""
    start = at
    while at < len(past.tokens) and (
        past.is_facet(past.tokens[at]) or past.tokens[at].folded == "par"
    ):
        at += 1
    if at == start or at >= len(past.tokens):
        return ""
    rest = unended(past.text[past.tokens[at].start :])
    named = context.head is not None and context.head.start >= past.tokens[at].start
    return rest if named and past.tokens[at].folded in OF | PLACES | {"pour"} else ""


_FRAME_WORDS = 5
"""Words of « Quels sont les sept », at most, before the side asked for."""


def _bare(asked: Asked, context: _Context) -> Rewritten | None:
    """« Pourquoi ? », « depuis quand ? »: the previous question under another question word."""
    body = _body(asked)
    past = _without_question_words(context.last) or _without_question_words(context.asked)
    if not past:
        return None
    which = _WHICH.fullmatch(fold(body))
    if which and not _DETERMINED.match(fold(past)):
        # « Combien de projets… », « lesquels ? »: « Quels projets… ».
        return _made(f"{which['det']} {past}", (past,))
    kept = (past, *context.answered)
    whole = f"{body} {past}" if any(t.folded in WH for t in asked.tokens) else f"{body}, {past}"
    return _made(", ".join([whole, *context.answered]), kept)


_WHICH = re.compile(r"(?:le|la|les)(?P<det>quel(?:le)?s?)")
_FRAME = re.compile(
    r"^(?:(?:a|de|depuis|jusqu'a|par|avec|pour|sur|dans|en) )?(?:"
    r"quel(?:le)?s? (?:est|sont|etait|etaient|sera|seront) (?=(?:le |la |les |l'))"
    r"|qu'est-ce (?:que|qu') (?:c'est (?:que|qu') )?|qu'est-ce qu'|c'est quoi "
    r"|est-ce que |est-ce qu'"
    r"|(?:qui|quand|ou|comment|combien|pourquoi|que|quoi) (?:d'|de )?|qu'"
    r"|quel(?:le)?s? )"
)


def _without_question_words(phrase: Phrase) -> str:
    """A question without what asks: « Quel est le montant ? » → « le montant »."""
    if not phrase.tokens:
        return ""
    text = unended(phrase.text)
    frame = _FRAME.match(phrase.folded)
    if not frame:
        return _lowered(text, phrase)
    # Folded letters and typed ones go together word by word.
    skipped = len(re.findall(r"[^\W_]+", frame[0]))
    found = list(re.finditer(r"[^\W_]+", text))
    return text[found[skipped].start() :] if skipped < len(found) else ""


def _lowered(text: str, phrase: Phrase) -> str:
    """A sentence put inside another loses its capital, unless it opens with a name."""
    opening = phrase.tokens[0]
    if phrase.in_anchor(opening) or opening.text.isupper():
        return text
    return text[:1].lower() + text[1:]


def _noun(asked: Asked, context: _Context) -> Rewritten | None:
    """« Et les dépenses ? »: another side of a named subject, or another thing of its kind."""
    head = next((t for t in asked.tokens if asked.is_content(t)), None)
    if head is not None and same_head(head, context.asked, asked) is not None:
        return _ellipsis(asked, context)
    return _facet(asked, context) if context.asked.anchors else _ellipsis(asked, context)


def _ellipsis(asked: Asked, context: _Context) -> Rewritten | None:
    """« Et pour les urgences ? »: what is named takes the place of what is of the same kind."""
    lead, rest = led(asked)
    # « Quel budget pour 2027 ? » names no subject, and « et pour les urgences ? » still follows it.
    past = context.last if governed(context.last, lead) is not None else context.asked
    if asked.dates:
        return _with_date(asked, past)
    place = slot(asked, past)
    text = unended(past.text)
    if place is None:
        return _made(f"{text}, {_body(asked)}", (text,))
    first, last = place
    return _made(replaced(past, first, last, lead, rest), (around(past, first, last),))


def _with_date(asked: Asked, past: Phrase) -> Rewritten:
    """« Et en 2024 ? »: a date by a date, or added."""
    text = unended(past.text)
    if not past.dates:
        return _made(f"{text}, {_body(asked)}", (text,))
    start, end = past.dates[0]
    new = asked.dates[0]
    return _made(
        f"{past.text[:start]}{asked.text[new[0] : new[1]]}{past.text[end:]}", (past.text[:start],)
    )


def _subject(context: _Context) -> tuple[str, tuple[str, ...]]:
    """The subject of the conversation as words to add: the name answered, then the topic."""
    kept = (*context.answered, context.topic)
    return ", ".join(kept), kept


def _body(asked: Phrase) -> str:
    """A question without its opening tie nor its final mark."""
    return unended(asked.text)


def _made(text: str, kept: Sequence[str]) -> Rewritten:
    text = unended(text).strip(" ,")
    text = f"{text[:1].upper()}{text[1:]}{THIN}?"
    return Rewritten(text, True, tuple(part for part in kept if part))


_REWRITERS: dict[Unsaid, Callable[[Asked, _Context], Rewritten | None]] = {
    "pronoun": _pronoun,
    "facet": _facet,
    "bare": _bare,
    "noun": _noun,
    "ellipsis": _ellipsis,
}

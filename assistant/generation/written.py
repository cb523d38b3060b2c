"""What a language model wrote, read as it comes: sentences, cleaned of what is not one.

Nothing here decides that a sentence is true: it is made fit to be checked, or refused because
no check could make it fit to be shown (another language, our own instructions, a link).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from assistant.language.normalise import display_text, squash
from assistant.language.sentences import split_sentences
from assistant.language.typography import typeset
from assistant.language.words import words

MAX_SENTENCE_CHARS = 600
"""A sentence longer than this is a paragraph: no passage proves it as a whole."""

_MAX_TEXT = 60_000
_MAX_SENTENCE = 3_000


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as the model gave it, with the numbers of the passages it claims to use."""

    text: str
    sources: tuple[int, ...] = ()


_THOUGHT = re.compile(r"\s*<(think|thinking|reasoning)>.*?</\1>", re.DOTALL)
_THINKING = re.compile(r"\s*<(?:think|thinking|reasoning)>")
_FENCE = re.compile(r"\s*```(?:json)?\s*")
_JSON_START = re.compile(r"\s*(?:\{|\[\s*\{)")
_PHRASE = re.compile(
    r"\"(?:texte|text|phrase)\"\s*:\s*(?P<text>\"(?:[^\"\\]|\\.){0,3000}\")\s*"
    r"(?P<after>,?\s*\"sources\"\s*:\s*\[(?P<sources>[^\]]{0,200})\]|\}"
    r"|,\s*(?:[\[{]|\"(?!sources\")\w+\"))?",
    re.DOTALL,
)
_ENDED = re.compile(r"[.!?»\])][*_`]*$")
_UNFINISHED = re.compile(r"\"(?:texte|text|phrase)\"\s*:\s*\"")
_NUMBERS = re.compile(r"\d{1,4}")
_MARK = (
    r"(?:passages?|sources?|documents?|extraits?|doc|réf\.?|n°)?"
    r"[\d\s,;–-]{0,40}\d[\d\s,;–-]{0,40}"
)
_CITATION = re.compile(
    rf"\s*(?:\[\s*{_MARK}\]|【[^】]{{0,40}}】"
    rf"|\(\s*(?:cf\.?|voir)?\s*(?:le |les )?(?:passages?|sources?|extraits?)\s[\d\s,;et–-]*\)"
    rf"|\(\s*(?:cf\.?|voir)?\s*(?:p\.|pages?)\s?[\d\s,;et–-]*\))",
    re.IGNORECASE,
)


class PhraseReader:
    """Cuts a text that arrives in pieces into sentences, each given once and whole.

    Understands the JSON asked for, complete or not, fenced or not, and plain text with
    « [1] » marks. What was cut in the middle is left out: half a sentence may say the contrary
    of the whole.

    Attributes:
        cut: whether something was left out because it was not whole.
    """

    def __init__(self) -> None:
        self.cut = False
        self._text = ""
        self._at = 0
        self._json: bool | None = None

    def feed(self, piece: str) -> list[Written]:
        """Take a piece; gives the sentences it completes."""
        if len(self._text) < _MAX_TEXT:
            self._text += piece
        return self._read(last=False)

    def finish(self) -> list[Written]:
        """Give what is left at the end."""
        found = self._read(last=True)
        rest = self._text[self._at :]
        self.cut = bool(_UNFINISHED.search(rest)) if self._json else bool(rest.strip())
        return found

    def _read(self, *, last: bool) -> list[Written]:
        if self._json is None and not self._opened(last):
            return []
        return self._read_json(last) if self._json else self._read_plain(last)

    def _opened(self, last: bool) -> bool:
        """Find out the form of the text, once enough of it has come."""
        if _THINKING.match(self._text):
            thought = _THOUGHT.match(self._text)
            if thought is None:
                return False
            self._at = thought.end()
        if fence := _FENCE.match(self._text, self._at):
            self._at = fence.end()
        opening = self._text[self._at :].lstrip()
        # « < », « ` » or « [ » alone may be the beginning of a thought, of a fence, of a list.
        if not opening or (not last and opening[0] in "<`[" and len(opening) < 12):
            return False
        self._json = bool(_JSON_START.match(self._text, self._at))
        return True

    def _read_json(self, last: bool) -> list[Written]:
        found = []
        while match := _PHRASE.search(self._text, self._at):
            if not match["after"] and not last:
                break
            self._at = match.end()
            try:
                text = json.loads(match["text"], strict=False)
            except ValueError:
                continue
            sources = tuple(int(one) for one in _NUMBERS.findall(match["sources"] or ""))
            found += _sentences(str(text), sources)
        return found

    def _read_plain(self, last: bool) -> list[Written]:
        late = re.search(r"\{\s*\"phrases\"", self._text[self._at :])
        if late:
            self._at += late.start()
            self._json = True
            return self._read_json(last)
        base, rest = self._at, self._text[self._at :]
        # A model that writes plain text begins a line for each item.
        cuts = [
            (line.start() + start, line.start() + end)
            for line in re.finditer(r"[^\n]+", rest)
            for start, end in split_sentences(line[0])
        ]
        # The last one may go on, or be followed by its « [1] ».
        kept = cuts if last else cuts[:-1]
        if last and kept and not _ENDED.search(rest[: kept[-1][1]]):
            kept = kept[:-1]
        found: list[Written] = []
        for start, end in kept:
            # « Voici la réponse : » announces, it does not answer.
            if not rest[start:end].rstrip().endswith(":"):
                found += _sentences(rest[start:end], ())
            self._at = base + end
        return found


def _sentences(text: str, sources: tuple[int, ...]) -> list[Written]:
    """One sentence each, with the marks found in it."""
    found = []
    for start, end in split_sentences(text):
        said = text[start : min(end, start + _MAX_SENTENCE)]
        marked = tuple(
            int(number) for mark in _CITATION.findall(said) for number in _NUMBERS.findall(mark)
        )
        found.append(Written(said, tuple(dict.fromkeys((*sources, *marked)))))
    return found


_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_TAG = re.compile(r"</?[A-Za-z|!][^<>]{0,300}>")
_EMPHASIS = re.compile(r"\*\*|__|`+|(?<!\w)\*(?=\w)|(?<=\w)\*(?!\w)")
_HEAD = re.compile(r"^\s*(?:#+\s*|>\s*|\d{1,2}[.)]\s+(?=[^\W\d_])|[-–—*•]\s+)+")


def clean(text: str) -> str:
    """A sentence without what a model adds around it: marks, images, tags, layout.

    Links keep their words. Numbers of passages are removed because they are not proofs: ours
    are computed.
    """
    text = display_text(text)
    text = _CITATION.sub("", _LINK.sub(r"\1", _IMAGE.sub("", text)))
    text = _HEAD.sub("", _EMPHASIS.sub("", _TAG.sub("", text)))
    text = re.sub(r"\s+([.,])", r"\1", " ".join(text.split())).strip()
    if text and text[-1].isalnum():
        text += "."
    return typeset(text[:1].upper() + text[1:])


_ENGLISH = words(
    "the of and is are was were to for with this that by from which will be has have not "
    "it its their an as at or can should would answer passage question"
)
_FRENCH = words(
    "le la les un une des du de et est sont pour avec ce cette ces par qui que sur dans au aux "
    "il elle leur se sa son ou en d l a ne pas plus"
)


def unfit(text: str, instructions: str) -> str:  # noqa: PLR0911  # one return per reason
    """Why a cleaned sentence cannot be shown, whatever the documents say; empty when it can.

    Args:
        text: what `clean` gave.
        instructions: what the model was told, which it must not repeat.
    """
    if not any(char.isalpha() for char in text):
        return "vide"
    if len(text) > MAX_SENTENCE_CHARS:
        return "trop longue"
    if text.rstrip("\u202f\u00a0 »").endswith("?"):
        return "une question"
    if "<" in text or "{" in text or "![" in text:
        return "un code"
    said = squash(text).split()
    english = sum(word in _ENGLISH for word in said)
    if english >= 2 and english > sum(word in _FRENCH for word in said):
        return "une autre langue"
    if _repeats(said, instructions):
        return "les consignes"
    return ""


_RUN = 5
_REPEATED = 0.5


def _repeats(said: list[str], instructions: str) -> bool:
    """Tell whether half of the runs of five words come from the instructions."""
    runs = [" ".join(said[start : start + _RUN]) for start in range(len(said) - _RUN + 1)]
    if not runs:
        return False
    told = f" {squash(instructions)} "
    return sum(f" {run} " in told for run in runs) >= _REPEATED * len(runs)

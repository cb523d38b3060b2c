"""What a line says of its own action: number, owner, due date, state.

Only what is written and named is read: a label (« Pilote : … »), a turn of phrase that names the
role (« portée par … », « avant le … »), or brackets that close an order (« Rédiger la charte
(ARS, 30/09/2025) »). A name or a date that merely stands in the line is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assistant.language.normalise import strip_bullet
from assistant.model import Span
from assistant.suivi import wordings
from assistant.suivi.dates import find_moments, last_day
from assistant.suivi.folded import Folded, folded
from assistant.suivi.model import Due, Extract, State, StateKind
from assistant.suivi.proof import Proof
from assistant.suivi.wordings import opens_with_infinitive, state_kind

_FULL_STOP: Final = r"(?<!\b[a-z])(?<!\bmm)(?<!\bdr)(?<!\bpr)(?<!\bst)\.(?= |$)"
"""The end of a sentence; « M. Petit » does not end at its civility."""
_VALUE_END: Final = re.compile(
    rf"[;)\]|•]| [–—-] |{_FULL_STOP}|,\s*(?=\d|(?:echeance|delai|pilote|porteur|responsable|etat"
    r"|statut|avant|pour le|d'ici|au plus tard|date)\b)|\s+(?=(?:echeances?|delais?|etat|statut"
    r"|avancement|pilotes?|porteurs?|responsables?) ?:)"
)
_BY_END: Final = re.compile(
    rf"[;,:)\]|•]| [–—-] |{_FULL_STOP}| (?:pour|afin|dans|qui|avec|depuis|lors|sur|avant|en"
    r"|d'ici|au plus tard|a partir|doit|doivent|est|sont|sera|seront)\b"
)
_BRACKETS: Final = re.compile(r"[(\[]([^()\[\]]{2,80})[)\]]\s*[.;]?\s*$")
_BRACKET_PARTS: Final = re.compile(r"[^,;]+")
_DASH: Final = re.compile(r" (?:-|\|) ")
_TAIL_PART: Final = re.compile(r"(?: [:–—-]|[:→⇒]) ?(?=[^:–—→⇒]{2,60}$)|=> ?(?=[^=]{2,60}$)")
_PERSON: Final = r"(?:m\.|mm\.|mme|mmes|mlle|dr|drs|pr|prs|me|professeure?|docteure?)\.? "
_BODY: Final = (
    r"(?:l'|la |le |les )?(?:ars|grades?|chu|chru|chr|ch|ght|gip|gcs|urps|cpts|dgos|dns|ans|anap"
    r"|dsi|dim|dac|gt"
    r"|ephad|ehpad|epsm|cpam|dd|dt|rssi|dpo|ehesp|anfh|direction|delegation|cellule|secretariat"
    r"|service"
    r"|departement|equipe|groupe|observatoire)\b"
)
_ACTOR: Final = re.compile(rf"^(?:{_PERSON}|{_BODY})")
_ACTOR_FIRST: Final = re.compile(
    rf"^(?P<who>(?:{_PERSON}|{_BODY})[^:;.]{{0,60}}?|ars|grades?) ?: (?=\S)"
)
_PRONOUN: Final = re.compile(r"^(?:il|elle|ils|elles|on|nous|ce|cela|qui|chacun|tous|il est)\b")
_MOST_WORDS: Final = 12
_BEFORE_DATE: Final = re.compile(
    r"(?:(?:le|la|fin|mi|debut|courant|mois de|debut du|lundi|mardi|mercredi|jeudi|vendredi"
    r"|samedi)[ -])*"
)
"""What may stand between « avant le » and its date (« avant le vendredi … »)."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What a line says; each part is cited by itself."""

    number: Extract | None = None
    owner: Extract | None = None
    due: Due | None = None
    state: State | None = None


class LineReader:
    """Reads the fields of one line, which stands on one span."""

    def __init__(self, proof: Proof, span: Span, coloured: Sequence[Span] = ()) -> None:
        """Fold the line once."""
        self._proof = proof
        self._span = span
        self._coloured = coloured
        self._raw = proof.raw(span)
        # What display leaves out at the start of a line: its bullet.
        self._lead = len(self._raw) - len(strip_bullet(self._raw).lstrip())
        self.line: Folded = folded(self._raw[self._lead :])

    def fields(self, *, decision: bool = False) -> Fields:
        """Everything that the line says of itself."""
        return Fields(self.number(decision=decision), self.owner(), self.due(), self.state())

    def number(self, *, decision: bool = False) -> Extract | None:
        """« A3 », « Action 12 », « D2 »; the rank of an item in its list is not a number."""
        pattern = wordings.DECISION_NUMBER if decision else wordings.ACTION_NUMBER
        match = self.line.search(pattern)
        if match is None:
            return None
        group = "n" if match["n"] else "m"
        return self._part(*match.span(group))

    def owner(self) -> Extract | None:
        """Who does it, if the line names the role."""
        text = self.line.text
        if match := wordings.OWNER_LABEL.search(text):
            return self._value(match.end(), _VALUE_END)
        if match := wordings.OWNER_BY.search(text):
            return self._value(match.end(), _BY_END)
        if (match := _ACTOR_FIRST.match(text)) and opens_with_infinitive(text[match.end() :]):
            return self._part(*match.span("who"))
        if match := wordings.CHARGED.search(text):
            start = max(text.rfind(mark, 0, match.start()) + 1 for mark in ";:")
            if rank := re.match(r"\s*\d{1,3}[.)]\s+", text[start : match.start()]):
                start += rank.end()
            who = text[start : match.start()].strip()
            if who and len(who.split()) <= 8 and not _PRONOUN.match(who):
                return self._part(start, match.start())
        aside = self._aside()
        for start, end in aside:
            if len(aside) > 1 and _ACTOR.match(text[start:end].strip()):
                return self._part(start, end)
        return None

    def due(self) -> Due | None:
        """When it is due, if the line says that its date is that."""
        text = self.line.text
        if match := wordings.DUE_LABEL.search(text):
            found = self._value(match.end(), _VALUE_END)
            return None if found is None else as_due(found)
        moments = find_moments(text, years=False)
        for match in wordings.DUE_BY.finditer(text):
            for moment in moments:
                between = text[match.end() : moment.start]
                if moment.end > match.end() and _BEFORE_DATE.fullmatch(between):
                    found = self._part(moment.start, moment.end)
                    return None if found is None else as_due(found)
        for start, end in self._aside():
            if moments and _is_all_date(text[start:end]):
                found = self._part(start, end)
                return None if found is None else as_due(found)
        return None

    def state(self) -> State | None:
        """How far it is, if the line ends with it or labels it."""
        text = self.line.text
        if match := wordings.STATE_LABEL.search(text):
            found = self._value(match.end(), _VALUE_END)
            return None if found is None else as_state(found)
        places = self._aside(any_line=True)
        if match := _TAIL_PART.search(text):
            places.append((match.end(), len(text)))
        for start, end in places:
            if (kind := state_kind(text[start:end])) != "autre":
                part = self._part(start, end)
                return None if part is None else as_state(part, kind)
        return None

    def _aside(self, *, any_line: bool = False) -> list[tuple[int, int]]:
        """What closes an order without being part of it, in the folded line.

        The parts of its last brackets (« Rédiger la charte (ARS, 30/09/2025) »), or what dashes set
        apart at its end (« Rédiger la charte – ARS – 30/09/2025 »).
        """
        text = self.line.text
        if not (any_line or opens_with_infinitive(text)):
            return []
        if match := _BRACKETS.search(text):
            return [
                (match.start(1) + part.start(), match.start(1) + part.end())
                for part in _BRACKET_PARTS.finditer(match[1])
            ]
        dashes = [*_DASH.finditer(text)]
        ends = [*(dash.start() for dash in dashes[1:]), len(text)]
        return [(dash.end(), end) for dash, end in zip(dashes, ends, strict=False)]

    def _value(self, start: int, until: re.Pattern[str]) -> Extract | None:
        stop = until.search(self.line.text, start)
        end = stop.start() if stop else len(self.line.text)
        if not self.line.text[start:end].strip():
            return None
        if len(self.line.text[start:end].split()) > _MOST_WORDS:
            return None
        return self._part(start, end)

    def _part(self, start: int, end: int) -> Extract | None:
        if start >= end:
            return None
        first, last = self.line.raw(start, end)
        offset = self._span.start + self._lead
        return self._proof.part(
            Span(self._span.page, offset + first, offset + last), self._coloured
        )


def as_due(extract: Extract) -> Due:
    """A due date from the words that say it."""
    return Due(text=extract.text, citations=extract.citations, last=last_day(extract.text))


def as_state(extract: Extract, kind: StateKind | None = None) -> State:
    """A state from the words that say it."""
    return State(
        text=extract.text, citations=extract.citations, kind=kind or state_kind(extract.text)
    )


def heading_fields(
    proof: Proof, spans: Sequence[Span], coloured: Sequence[Span] = ()
) -> tuple[Extract | None, State | None]:
    """Owner and state that a heading or an introduction gives to everything below it."""
    if not spans:
        return None, None
    reader = LineReader(proof, spans[0], coloured)
    owner = None
    if match := wordings.OWNER_BY.search(reader.line.text) or wordings.OWNER_LABEL.search(
        reader.line.text
    ):
        owner = reader._value(match.end(), _BY_END)
    found = wordings.heading_state(reader.line.text)
    if found is None:
        return owner, None
    kind, match_ = found
    part = reader._part(*match_.span())
    return owner, None if part is None else as_state(part, kind)


def _is_all_date(text: str) -> bool:
    moments = find_moments(text)
    if not moments:
        return False
    left = text[: moments[0].start] + text[moments[-1].end :]
    return not re.sub(r"\b(?:le|la|au|du|pour|fin|avant|d'ici|echeance)\b|[\W_]", "", left)

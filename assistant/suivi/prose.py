"""Decisions, actions, points, participants and next meeting, read in lists and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from assistant.language.normalise import display_text, fold
from assistant.language.sentences import split_sentences
from assistant.model import BlockKind, Span
from assistant.suivi import wordings
from assistant.suivi.attendance import attendance, column_names, presences
from assistant.suivi.coming import NEXT, announces_next, names_next
from assistant.suivi.fields import Fields, LineReader, heading_fields
from assistant.suivi.lines import TITLES, Line
from assistant.suivi.model import (
    Action,
    Decision,
    Extract,
    Participant,
    Point,
    Rhythm,
    State,
)
from assistant.suivi.proof import Proof
from assistant.suivi.wordings import opens_with_infinitive, topic

_NEAR: Final = 120
"""Characters before a turn of phrase that may change its meaning."""
_DEEP: Final = 40
"""Words of the longest item that is one action; beyond, it is a text."""
_PLAIN_LABEL: Final = re.compile(
    r"^(?:pilotes?|porteurs?|responsables?|referente?s?|resp\.?|echeances?|delais?|date limite"
    r"|etat|statut"
    r"|avancement) ?:"
)
_ACTIONS_TOO: Final = re.compile(r"\bactions?\b")
_ACTION_CHECK: Final = re.compile(r"\bactions?\b|\bsuivante?s?\b|\bci-(?:dessous|apres)\b")


@dataclass
class ProseResult:
    """What the lists and sentences of a document hold."""

    decisions: list[Decision] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    participants: list[Participant] = field(default_factory=list)
    rhythm: list[Rhythm] = field(default_factory=list)
    next_lines: list[Extract] = field(default_factory=list)
    goals: list[str] = field(default_factory=list)
    echoes: set[tuple[Span, ...]] = field(default_factory=set)


class ProseReader:
    """Walks the lines of one document once."""

    def __init__(self, proof: Proof, lines: Sequence[Line], used: set[tuple[Span, ...]]) -> None:
        """Prepare.

        Args:
            proof: proves what is found.
            lines: of the document.
            used: spans of the rows that the tables gave already.
        """
        self._proof = proof
        self._lines = lines
        self._used = used
        self.result = ProseResult()
        self._goals = {
            _bare(line.text)
            for line in lines
            if line.block.kind is BlockKind.LIST_ITEM and line.topic == "goals"
        }
        self._listed = {
            line.section
            for line in lines
            if line.block.kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW)
        }
        self._open: tuple[Line, int] | None = None
        self._decided = False
        self._people: tuple[str, ...] = ()

    def read(self) -> ProseResult:
        """Read every line."""
        for line in self._lines:
            if line.spans in self._used:
                continue
            if line.block.kind in TITLES:
                self._open, self._decided, self._people = None, False, ()
                continue
            if self._decided and _PLAIN_LABEL.match(fold(line.text).strip()):
                self._decision_detail(line)
                continue
            self._decided = False
            self._line(line)
        return self.result

    def _line(self, line: Line) -> None:
        under = self._topic(line)
        row = line.block.kind is BlockKind.TABLE_ROW
        if under == "participants" or _presence_line(line):
            self._participant(line)
            return
        if row or under == "agenda":
            return
        self._rhythm(line)
        if under == "next":
            self._next(line)
            return
        decided = self._decisions(line, under)
        if under == "decisions" and (decided or self._announces(line)):
            return
        if announces_next(line) or (under == "actions" and names_next(line)):
            self._next(line)
            return
        if under == "actions" and not decided:
            self._action(line)
        else:
            self._charged(line)
        self._point(line, under)

    def _topic(self, line: Line) -> str:
        """What a line is; under « Décisions et actions », its own words tell which."""
        under = line.topic
        if under != "decisions" or self._announces(line):
            return under
        text = fold(line.text)
        both = any(
            topic(one) == "decisions" and _ACTIONS_TOO.search(fold(one))
            for one in (*line.section[-1:], *(leader.text for leader in line.leaders))
        )
        ordered = both and (opens_with_infinitive(line.text) or self._is_detail(line))
        return "actions" if wordings.ACTION_OPENS.match(text) or ordered else under

    # Decisions

    def _decisions(self, line: Line, under: str) -> bool:
        """Decisions of a line; whether there was one."""
        item = line.block.kind is BlockKind.LIST_ITEM
        if under == "decisions" and not self._announces(line):
            reader = self._reader(line)
            number = reader.number(decision=True)
            if (item and not self._is_detail(line)) or number is not None:
                self._add_decision(line, line.spans, reader, "liste" if item else "phrase")
                return True
            if not item and line.section not in self._listed:
                self._add_decision(line, line.spans, reader, "phrase")
                return True
        if self._announces(line):
            return False
        found = False
        for span in self._sentences(line):
            raw = self._shown(span)
            if is_decision(raw):
                # A line is cited whole when the sentence is all of it.
                spans = line.spans if len(raw) >= 0.9 * _length(line.spans) else (span,)
                reader = LineReader(self._proof, span, line.block.coloured)
                self._add_decision(line, spans, reader, "phrase")
                found = True
        return found

    def _add_decision(
        self, line: Line, spans: Sequence[Span], reader: LineReader, form: str
    ) -> None:
        text = self._proof.extract(spans, line.block.coloured)
        if text is None:
            return
        fields = reader.fields(decision=True)
        self.result.decisions.append(
            Decision(
                key=self._key(spans[0]),
                text=text,
                number=fields.number,
                owner=fields.owner,
                due=fields.due,
                form="liste" if form == "liste" else "phrase",
                section=list(line.section),
            )
        )
        self._open, self._decided = None, True

    def _decision_detail(self, line: Line) -> None:
        """A label under a decision: who carries it out, until when."""
        decision = self.result.decisions[-1]
        found = self._reader(line).fields()
        self.result.decisions[-1] = decision.model_copy(
            update={"owner": decision.owner or found.owner, "due": decision.due or found.due}
        )

    # Actions

    def _action(self, line: Line) -> None:
        item = line.block.kind is BlockKind.LIST_ITEM
        if self._open is not None and self._is_detail(line):
            self._detail(line)
            return
        self._open = None
        if item:
            if self._announces(line) or len(line.text.split()) > _DEEP:
                return
            if self._echoes_goal(line):
                self.result.echoes.add(line.spans)
                return
            self._add_action(line, line.spans, "liste")
            return
        if line.leads and self._announces(line):
            return
        for span in self._sentences(line):
            raw = self._shown(span)
            reader = LineReader(self._proof, span, line.block.coloured)
            ordered = opens_with_infinitive(raw) and not _ACTION_CHECK.search(fold(raw))
            if ordered or reader.number() is not None or wordings.CHARGED.search(fold(raw)):
                self._add_action(line, (span,), "phrase")

    def _charged(self, line: Line) -> None:
        """A sentence that gives somebody work, under any heading."""
        if self._open is not None and self._is_detail(line):
            self._detail(line)
            return
        self._open = None
        for span in self._sentences(line):
            text = fold(self._shown(span))
            if wordings.CHARGED.search(text) and not is_decision(text):
                reader = LineReader(self._proof, span, line.block.coloured)
                if reader.owner() is not None:
                    self._add_action(line, (span,), "phrase")

    def _add_action(self, line: Line, spans: Sequence[Span], form: str) -> None:
        text = self._proof.extract(spans, line.block.coloured)
        if text is None:
            return
        fields = self._inherited(line, self._reader(line, spans).fields())
        self.result.actions.append(
            Action(
                key=self._key(spans[0]),
                text=text,
                number=fields.number,
                owner=fields.owner,
                due=fields.due,
                state=fields.state,
                form="liste" if form == "liste" else "phrase",
                section=list(line.section),
            )
        )
        self._open = (line, len(self.result.actions) - 1)

    def _inherited(self, line: Line, fields: Fields) -> Fields:
        """Complete what a line says with what its leaders and its heading say of all."""
        above: list[tuple[Sequence[Span], Sequence[Span]]] = [
            (leader.spans, leader.block.coloured)
            for leader in reversed(line.leaders)
            if topic(leader.text) == "actions" or leader.block.kind is BlockKind.LIST_INTRO
        ]
        above += [
            (heading.spans, heading.coloured)
            for heading in reversed(line.headings)
            if line.section and heading.text == line.section[-1]
        ]
        owner: Extract | None = fields.owner
        state: State | None = fields.state
        for spans, coloured in above:
            said_owner, said_state = heading_fields(self._proof, spans, coloured)
            owner = owner or said_owner
            state = state or said_state
        return replace(fields, owner=owner, state=state)

    def _detail(self, line: Line) -> None:
        """A line under an action: its owner, its date, its state, or a precision."""
        assert self._open is not None
        rank = self._open[1]
        action = self.result.actions[rank]
        found = self._reader(line).fields()
        changes: dict[str, object] = {}
        if _PLAIN_LABEL.match(fold(line.text)):
            changes = {
                name: value
                for name in ("owner", "due", "state")
                if (value := getattr(found, name)) is not None
            }
        text = self._proof.extract(line.spans, line.block.coloured)
        if text is not None:
            changes["details"] = [*action.details, text]
        self.result.actions[rank] = action.model_copy(update=changes)

    def _is_detail(self, line: Line) -> bool:
        """Whether a line stands under the action or decision opened before it."""
        if _PLAIN_LABEL.match(fold(line.text).strip()):
            return True
        if self._open is None:
            return False
        owner = self._open[0]
        return any(leader.spans == owner.spans for leader in line.leaders)

    def _announces(self, line: Line) -> bool:
        """Whether a line only announces what stands under it."""
        if not line.leads:
            return False
        text = fold(line.text)
        if line.block.kind is BlockKind.LIST_ITEM:
            return bool(topic(line.text)) or text.rstrip().endswith(":")
        return not any(
            opens_with_infinitive(self._shown(span))
            and not _ACTION_CHECK.search(fold(self._shown(span)))
            for span in self._sentences(line)
        )

    def _echoes_goal(self, line: Line) -> bool:
        """Whether an item only repeats an objective listed elsewhere: it titles a roadmap."""
        text = _bare(line.text)
        return len(text) >= 12 and any(
            goal == text or goal.startswith(text) or text.startswith(goal)
            for goal in self._goals
            if len(goal) >= 12
        )

    # The rest

    def _participant(self, line: Line) -> None:
        if self._announces(line) or re.fullmatch(r"[\W_]*\w*[\W_]*", fold(line.text)):
            return
        if names := column_names(line):
            self._people = names
            return
        above = [presences(one.text) for one in line.leaders[-1:]]
        headed = presences(line.section[-1]) if line.section else set()
        for spans, own in attendance(line, self._proof, self._people):
            kinds = own or (above[0] if above and above[0] else headed)
            extract = self._proof.extract(spans, line.block.coloured)
            if extract is not None:
                self.result.participants.append(
                    Participant(
                        text=extract,
                        presence=next(iter(kinds)) if len(kinds) == 1 else "non_dit",
                    )
                )

    def _next(self, line: Line) -> None:
        spans: Sequence[Span] = line.spans
        if line.block.kind is BlockKind.PARAGRAPH and line.topic != "next":
            spans = [
                span for span in self._sentences(line) if NEXT.search(fold(self._proof.raw(span)))
            ][:1]
        extract = self._proof.extract(spans, line.block.coloured) if spans else None
        if extract is not None:
            self.result.next_lines.append(extract)

    def _point(self, line: Line, under: str) -> None:
        text = fold(line.text)
        if self._announces(line):
            return
        if under == "attention" or wordings.ATTENTION.match(text):
            kind = "attention"
        elif under == "proposition" or wordings.PROPOSAL.match(text):
            kind = "proposition"
        else:
            return
        extract = self._proof.extract(line.spans, line.block.coloured)
        if extract is not None:
            self.result.points.append(Point(text=extract, kind=kind))

    def _rhythm(self, line: Line) -> None:
        for span in self._sentences(line):
            reader = LineReader(self._proof, span, line.block.coloured)
            text = reader.line.text
            for months, pattern in wordings.RHYTHM:
                for match in pattern.finditer(text):
                    if not wordings.COMMITTEE.search(
                        text, max(0, match.start() - _NEAR), match.start()
                    ):
                        continue
                    extract = self._proof.extract([span], line.block.coloured)
                    if extract is not None:
                        self.result.rhythm.append(
                            Rhythm(text=extract.text, citations=extract.citations, months=months)
                        )
                    break

    def _sentences(self, line: Line) -> Iterator[Span]:
        for span in line.spans:
            for start, end in split_sentences(self._proof.raw(span)):
                yield Span(span.page, span.start + start, span.start + end)

    def _shown(self, span: Span) -> str:
        return display_text(self._proof.raw(span))

    def _reader(self, line: Line, spans: Sequence[Span] = ()) -> LineReader:
        return LineReader(self._proof, (spans or line.spans)[0], line.block.coloured)

    def _key(self, span: Span) -> str:
        return f"{self._proof.document.id}:{span.page}:{span.start}"


def is_decision(raw: str) -> bool:
    """Whether a sentence says that the committee decides, or has just decided, something."""
    text = re.sub(r"\s+", " ", fold(raw)).strip()
    if text.endswith("?"):
        return False
    for match in wordings.DECIDES.finditer(text):
        start = match.start("who") if match["who"] else match.start()
        if not wordings.NOT_DECIDED.search(text[max(0, start - _NEAR) : start]):
            return True
    return False


def _presence_line(line: Line) -> bool:
    return bool(
        re.match(
            r"(?:(?:etaient |sont )?(?:presente?s?|excusee?s?|absente?s?)|participants?"
            r"|presents et "
            r"excuses)\s?:",
            fold(line.text),
        )
    )


def _bare(text: str) -> str:
    return re.sub(r"^(?:\d{1,2}|[a-z])[.)]\s*", "", fold(text)).strip(" .;,")


def _length(spans: Sequence[Span]) -> int:
    return sum(span.end - span.start for span in spans)

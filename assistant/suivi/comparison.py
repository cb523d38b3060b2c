"""What changes from one meeting to the next, and where each action stands at last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from assistant.language.normalise import squash
from assistant.language.typography import typeset
from assistant.suivi.matching import best_pairs, likeness, wording
from assistant.suivi.model import (
    CHANGE_LABELS,
    ENDED,
    Action,
    Change,
    ChangeKind,
    Comparison,
    Due,
    Extract,
    Meeting,
    State,
    Track,
)

_ORDER: Final = tuple(CHANGE_LABELS)
_DECIDES: Final = 0.6
"""Likeness above which a decision is taken to settle an action or proposal made before."""


@dataclass
class _Trail:
    """Mentions of one action: (rank of the meeting, mention), the oldest first."""

    mentions: list[tuple[int, Action]] = field(default_factory=list)

    @property
    def last(self) -> Action:
        return self.mentions[-1][1]

    @property
    def seen(self) -> int:
        return self.mentions[-1][0]

    @property
    def owner(self) -> Extract | None:
        return next((one.owner for _, one in reversed(self.mentions) if one.owner), None)

    @property
    def due(self) -> Due | None:
        return next((one.due for _, one in reversed(self.mentions) if one.due), None)

    @property
    def state(self) -> State | None:
        return next((one.state for _, one in reversed(self.mentions) if one.state), None)

    @property
    def number(self) -> Extract | None:
        return next((one.number for _, one in reversed(self.mentions) if one.number), None)


def compare(meetings: Sequence[Meeting], today: date) -> tuple[list[Track], list[Comparison]]:
    """Follow the actions of one committee.

    Args:
        meetings: of this committee, the oldest first.
        today: what due dates are compared with.

    Returns:
        Every action in its last known state, in the order they appeared, and what changes
        between two meetings that follow each other, the last ones first.
    """
    trails: list[_Trail] = []
    comparisons: list[Comparison] = []
    for rank, meeting in enumerate(meetings):
        found = _extend(trails, rank, meeting.actions)
        if rank:
            # Once a later meeting has spoken, what counts is what was late on that day.
            day = today if rank == len(meetings) - 1 else _day(meeting) or today
            changes = _changes(trails, rank, meetings[rank - 1], meeting, found, day)
            comparisons.append(
                Comparison(
                    previous=meetings[rank - 1].document_id,
                    current=meeting.document_id,
                    committee=meeting.committee,
                    changes=sorted(changes, key=lambda one: _ORDER.index(one.kind)),
                )
            )
    latest = len(meetings) - 1
    return [_track(trail, latest, meetings, today) for trail in trails], comparisons[::-1]


def _extend(trails: list[_Trail], rank: int, actions: Sequence[Action]) -> dict[str, _Trail]:
    """Put the actions of a meeting on the trails they go on; the trail of each, by its key."""
    found: dict[str, _Trail] = {}
    for trail_rank, action_rank in best_pairs([trail.last for trail in trails], actions):
        found[actions[action_rank].key] = trails[trail_rank]
    for action in actions:
        trail = found.setdefault(action.key, _Trail())
        if not trail.mentions:
            trails.append(trail)
        trail.mentions.append((rank, action))
    return found


def _day(meeting: Meeting) -> date | None:
    """The day of a meeting; `None` when it is not known to the day."""
    try:
        return date.fromisoformat(meeting.date.iso) if meeting.date else None
    except ValueError:
        return None


def is_late(due: Due | None, state: State | None, today: date) -> bool:
    """Whether a due date has passed and nothing written says the action ended."""
    if due is None or due.last is None or (state is not None and state.kind in ENDED):
        return False
    return due.last < today


def _track(trail: _Trail, latest: int, meetings: Sequence[Meeting], today: date) -> Track:
    last = trail.last
    return Track(
        committee=meetings[latest].committee,
        text=last.text,
        number=trail.number,
        owner=trail.owner,
        due=trail.due,
        state=trail.state,
        late=is_late(trail.due, trail.state, today),
        mentioned=trail.seen == latest,
        mentions=[one.key for _, one in trail.mentions],
    )


def _changes(
    trails: Sequence[_Trail],
    rank: int,
    previous: Meeting,
    current: Meeting,
    found: dict[str, _Trail],
    today: date,
) -> list[Change]:
    changes: list[Change] = []
    for action in current.actions:
        trail = found[action.key]
        if len(trail.mentions) == 1:
            changes.append(Change(kind="nouvelle", text=action.text))
        elif trail.mentions[-2][0] == rank:
            continue
        else:
            changes += _differences(trail, rank)
        if is_late(trail.due, trail.state, today):
            changes.append(
                Change(
                    kind="en_retard",
                    text=action.text,
                    after=_plain(trail.due),
                    remark="L’échéance est passée et rien ne dit l’action faite.",
                )
            )
    for trail in trails:
        if trail.seen == rank - 1:
            changes.append(_gone(trail, today))
    return [*changes, *_decided(previous, current), *_rhythm(previous, current)]


def _differences(trail: _Trail, rank: int) -> list[Change]:
    """What differs between the last two mentions of an action."""
    before_rank, before = trail.mentions[-2]
    after = trail.last
    earlier = _Trail(trail.mentions[:-1])
    changes: list[Change] = []

    def add(kind: ChangeKind, old: Extract | None, new: Extract | None, remark: str = "") -> None:
        changes.append(
            Change(
                kind=kind,
                text=after.text,
                before=_plain(old),
                after=_plain(new),
                remark=typeset(remark),
            )
        )

    if before_rank < rank - 1:
        add("reapparue", before.text, after.text, "Le compte rendu précédent n’en parlait pas.")
    if after.state is not None and _differs(earlier.state, after.state):
        add("faite" if after.state.kind == "fait" else "etat_change", earlier.state, after.state)
    if after.due is not None and earlier.due is not None and _moved(earlier.due, after.due):
        add("date_deplacee", earlier.due, after.due)
    if after.owner is not None and earlier.owner is not None and _other(earlier.owner, after.owner):
        add("pilote_change", earlier.owner, after.owner)
    if likeness(wording(before), wording(after)) < 1:
        add("libelle_change", before.text, after.text)
    return changes


def _plain(extract: Extract | None) -> Extract | None:
    """The words alone: a change shows what was written, not what was read in it."""
    if extract is None:
        return None
    return Extract(text=extract.text, citations=extract.citations)


def _differs(before: State | None, after: State) -> bool:
    """Whether a state is news; a state outside the families is compared by its words."""
    if before is None:
        return True
    if before.kind != after.kind:
        return True
    return after.kind == "autre" and squash(before.text) != squash(after.text)


def _moved(before: Due, after: Due) -> bool:
    if before.last is not None and after.last is not None:
        return before.last != after.last
    return squash(before.text) != squash(after.text)


def _other(before: Extract, after: Extract) -> bool:
    """Whether two owners differ: « Sophie Marchetti » and « S. Marchetti (e-Rives) » do not."""
    one, other = (set(squash(item.text).split()) for item in (before, after))
    one, other = ({word for word in words if len(word) > 2} or words for words in (one, other))
    return not (one <= other or other <= one)


def _gone(trail: _Trail, today: date) -> Change:
    last = trail.last
    remark = "Le compte rendu suivant n’en parle plus."
    if trail.state is not None and trail.state.kind in ENDED:
        remark += " Elle était dite terminée, abandonnée ou en place."
    elif is_late(trail.due, trail.state, today):
        remark += " Son échéance est passée."
    return Change(
        kind="disparue",
        text=last.text,
        before=_plain(trail.state or trail.due),
        remark=typeset(remark),
    )


def _decided(previous: Meeting, current: Meeting) -> list[Change]:
    """Decisions of a meeting that the one before had not taken, and what they settle."""
    repeated = {j for _, j in best_pairs(previous.decisions, current.decisions)}
    proposed = [
        *(action.text for action in previous.actions),
        *(point.text for point in previous.points if point.kind == "proposition"),
    ]
    changes = []
    for rank, decision in enumerate(current.decisions):
        if rank in repeated:
            continue
        said = wording(decision)
        settled = max(proposed, key=lambda one: likeness(one.text, said), default=None)
        if settled is not None and likeness(settled.text, said) < _DECIDES:
            settled = None
        changes.append(Change(kind="decidee", text=decision.text, before=settled))
    return changes


def _rhythm(previous: Meeting, current: Meeting) -> list[Change]:
    before, after = previous.rhythm[-1:], current.rhythm[-1:]
    if not before or not after or before[0].months == after[0].months:
        return []
    now = Extract(text=after[0].text, citations=after[0].citations)
    return [
        Change(
            kind="rythme_change",
            text=now,
            before=_plain(before[0]),
            after=now,
        )
    ]

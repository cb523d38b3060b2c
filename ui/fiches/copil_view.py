"""The follow-up of committees as HTML, every line with its proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.fiches.shown import day
from assistant.language.typography import NBSP, typeset
from assistant.model import Citation
from assistant.suivi.model import (
    CHANGE_LABELS,
    STATE_LABELS,
    Action,
    Addition,
    Comparison,
    Decision,
    Extract,
    FollowUp,
    Meeting,
    State,
    Track,
)
from ui.fiches.parts import Documents
from ui.fiches.portfolio_view import FORMATS, export_links
from ui.rendering import fragment, french_date, plural, text
from ui.rendering.references import Cards, Reference, cards_of, numbered
from ui.rendering.sentences import marks, with_marks
from ui.rendering.sources import panel_html


def _pages(found: FollowUp, documents: Documents) -> list[Reference]:
    return numbered((), (), documents, compared=_cited(found))


def _cited(found: FollowUp) -> Iterator[Citation]:
    """Every citation shown, in the order of reading."""
    for one in _extracts(found):
        yield from one.citations


def _extracts(found: FollowUp) -> Iterator[Extract]:
    for track in found.tracks:
        yield from _of(track)
    for comparison in found.comparisons:
        for change in comparison.changes:
            yield from (one for one in (change.text, change.before, change.after) if one)
    for meeting in found.meetings:
        for decision in meeting.decisions:
            yield from _of(decision)
        for action in meeting.actions:
            yield from _of(action)
            yield from action.details
        yield from (one.line for one in meeting.additions)
        yield from (one.text for one in meeting.points)
        yield from meeting.next.lines if meeting.next else ()
        yield from (one.heading for one in meeting.unreadable)


def _of(one: Action | Decision | Track) -> Iterator[Extract]:
    yield one.text
    state = None if isinstance(one, Decision) else one.state
    yield from (part for part in (one.number, one.owner, one.due, state) if part)


def follow_html(found: FollowUp, documents: Documents) -> str:
    """What is followed, what changed, then each meeting, the last first."""
    cards = cards_of(_pages(found, documents))
    notes = "".join(f"<li>{text(typeset(note))}</li>" for note in found.notes)
    read = plural(len(found.meetings), "compte rendu lu", "comptes rendus lus")
    followed = plural(len(found.tracks), "action suivie", "actions suivies")
    return fragment(
        f"<h2 class='titre-fiche' tabindex='-1'>Suivi au {day(found.today)}</h2>",
        f"<p class='faits' role='status'>{read} · {followed}</p>",
        _exports(found) if found.meetings else "",
        f"<div class='remarques'><h3>À savoir</h3><ul>{notes}</ul></div>" if notes else "",
        _tracks(found.tracks, cards),
        *(_comparison(one, found, cards) for one in found.comparisons if one.changes),
        *(_meeting(one, cards) for one in reversed(found.meetings)),
    )


def _exports(found: FollowUp) -> str:
    """Links that save the same follow-up."""
    query = [("fichier", one.file) for one in found.meetings] if len(found.committees) == 1 else []
    return f"<p>Exporter ce suivi{NBSP}:</p>" + export_links(
        "/v1/copil/export", query, {**FORMATS, "csv": "CSV"}, "suivi du comité"
    )


def follow_sources_html(found: FollowUp, documents: Documents) -> str:
    """The pages cited by a follow-up."""
    return panel_html("", _pages(found, documents), documents)


def _said(one: Extract, cards: Cards) -> str:
    return with_marks(one.text, marks(one.citations, cards))


def _tracks(tracks: Sequence[Track], cards: Cards) -> str:
    items = "".join(f"<li>{_track(one, cards)}</li>" for one in tracks)
    if not items:
        return ""
    return f"<h3>Actions suivies, dans leur dernier état connu</h3><ul class='enonces'>{items}</ul>"


def _track(one: Track, cards: Cards) -> str:
    facts = [f"pilote{NBSP}: {text(one.owner.text)}"] if one.owner else []
    facts += [f"échéance{NBSP}: {text(one.due.text)}"] if one.due else []
    facts += [f"état{NBSP}: {_state(one.state)}"] if one.state else []
    facts += [] if one.mentioned else ["n’est plus mentionnée"]
    late = (
        " <span class='echeance passe'><span aria-hidden='true'>✕</span> échéance passée</span>"
        if one.late
        else ""
    )
    said = " · ".join(facts) or "ni pilote, ni échéance, ni état écrit"
    return f"{_said(one.text, cards)} <span class='nature'>{said}</span>{late}"


def _state(state: State) -> str:
    """The state in our words; in those of the minutes when none of ours says the same."""
    return text(state.text) if state.kind == "autre" else STATE_LABELS[state.kind]


def _comparison(one: Comparison, found: FollowUp, cards: Cards) -> str:
    before, after = found.meeting(one.previous), found.meeting(one.current)
    items = ""
    for change in one.changes:
        sides = ""
        if change.before and change.after:
            sides = f"<br>{_said(change.before, cards)} → {_said(change.after, cards)}"
        remark = (
            f"<br><span class='faits'>{text(typeset(change.remark))}</span>"
            if change.remark
            else ""
        )
        items += (
            f"<li><b>{CHANGE_LABELS[change.kind]}</b>{NBSP}: {_said(change.text, cards)}"
            f"{sides}{remark}</li>"
        )
    return f"<h3>Ce qui change, de {_named(before)} à {_named(after)}</h3><ul>{items}</ul>"


def _named(meeting: Meeting) -> str:
    when = french_date(meeting.date.iso) if meeting.date else ""
    return f"«{NBSP}{text(meeting.document)}{NBSP}»{f' ({text(when)})' if when else ''}"


def _meeting(one: Meeting, cards: Cards) -> str:
    parts = [
        _list("Décisions", [_line(item, cards) for item in one.decisions]),
        _list("Actions", [_line(item, cards) for item in one.actions]),
        _list(
            "Ajouts marqués dans le document", [_addition(item, cards) for item in one.additions]
        ),
        _list(
            "Points d’attention et propositions", [_said(item.text, cards) for item in one.points]
        ),
        _list(
            "Prochaine séance", [_said(line, cards) for line in one.next.lines] if one.next else []
        ),
        _list(
            "Illisible",
            [
                f"{_said(item.heading, cards)}{NBSP}: {text(typeset(item.reason))}"
                for item in one.unreadable
            ],
        ),
    ]
    notes = "".join(f"<p class='faits'>{text(typeset(note))}</p>" for note in one.notes)
    body = "".join(parts) or "<p class='discret'>Ni décision ni action lisible.</p>"
    return f"<h3>{_named(one)}</h3>{notes}{body}"


def _list(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    listed = "".join(f"<li>{item}</li>" for item in items)
    return f"<h4>{title} ({len(items)})</h4><ul class='enonces'>{listed}</ul>"


def _line(one: Action | Decision, cards: Cards) -> str:
    facts = []
    if one.owner:
        facts.append(f"pilote{NBSP}: {text(one.owner.text)}")
    if one.due:
        facts.append(f"échéance{NBSP}: {text(one.due.text)}")
    if isinstance(one, Action) and one.state:
        facts.append(f"état{NBSP}: {text(one.state.text)}")
    details = (
        "".join(f"<li>{_said(item, cards)}</li>" for item in one.details)
        if isinstance(one, Action)
        else ""
    )
    said = _said(one.text, cards)
    said += f" <span class='nature'>{' · '.join(facts)}</span>" if facts else ""
    return said + (f"<ul>{details}</ul>" if details else "")


def _addition(one: Addition, cards: Cards) -> str:
    if one.whole:
        return _said(one.line, cards)
    marked = ", ".join(f"«{NBSP}{text(part.text)}{NBSP}»" for part in one.marked)
    return f"{_said(one.line, cards)} <span class='nature'>ajouté{NBSP}: {marked}</span>"

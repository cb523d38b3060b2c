"""What happened to a fiche, as HTML: revisions, comments, differences, conflicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from assistant.fiches.errors import FicheConflictError
from assistant.fiches.history import Comment, FieldChange, Revision
from assistant.fiches.method import Method
from assistant.fiches.model import STATE_LABELS, STATUS_LABELS, FicheField
from assistant.fiches.shown import criterion_name, day, level_name, named
from assistant.language.typography import NBSP, typeset
from ui.fiches.parts import window_state
from ui.rendering import fragment, plural, text

KINDS: Mapping[str, str] = {
    "creation": "rédigée",
    "import": "importée",
    "saisie": "modifiée",
    "automatique": "modifiée (enregistrement automatique)",
    "etat": "changée d’état",
    "rafraichissement": "preuves rafraîchies",
}


def moment(at: datetime) -> str:
    """A day and an hour, on the clock of this machine."""
    local = at.astimezone()
    return f"{day(local)} à {local:%H}{NBSP}h{NBSP}{local:%M}"


def history_html(
    revisions: Sequence[Revision], comments: Sequence[Comment], labels: Mapping[str, str]
) -> str:
    """Revisions, the last first, then what was said.

    Args:
        revisions: the first one first.
        comments: the first one first.
        labels: names of the fields by key.
    """
    items = "".join(_revision(one) for one in reversed(revisions))
    said = "".join(comment_html(one, labels) for one in reversed(comments))
    return fragment(
        f"<ol class='revisions' reversed>{items}</ol>",
        f"<h3 class='sous-titre'>Commentaires</h3><ul class='commentaires'>{said}</ul>"
        if said
        else "",
    )


def _revision(one: Revision) -> str:
    changed = ", ".join(text(change.label) for change in one.changes)
    why = f"<br>«{NBSP}{text(one.comment)}{NBSP}»" if one.comment else ""
    return (
        f"<li><b>Révision {one.number}</b>, {KINDS[one.kind]} par "
        f"{text(one.author or 'une personne non nommée')}, {moment(one.at)}"
        f"{f'{NBSP}: {changed}' if changed else ''}{why}</li>"
    )


def comment_html(one: Comment, labels: Mapping[str, str]) -> str:
    """A comment, who said it and of what."""
    about = labels.get(one.key, "toute la fiche")
    return (
        f"<li><b>{text(one.author or 'Sans nom')}</b>, {moment(one.at)} ({text(about)}){NBSP}: "
        f"{text(one.text)}</li>"
    )


def comments_html(comments: Sequence[Comment], key: str) -> str:
    """What was said of one field."""
    found = [one for one in comments if one.key == key]
    if not found:
        return ""
    items = "".join(comment_html(one, {key: "ce champ"}) for one in found)
    return fragment(
        f"<h3 class='sous-titre'>{plural(len(found), 'commentaire')}</h3><ul>{items}</ul>"
    )


def diff_html(changes: Sequence[FieldChange], older: int, newer: int, method: Method) -> str:
    """What changed from a revision to another, before beside after."""
    title = f"<h3 class='sous-titre'>De la révision {older} à la révision {newer}</h3>"
    if not changes:
        return fragment(title, "<p>Rien n’a changé.</p>")
    parts = "".join(
        _sides(
            4,
            text(one.label),
            ("Avant", _part(one.before, method)),
            ("Après", _part(one.after, method)),
        )
        for one in changes
    )
    return fragment(title, parts)


def conflict_html(error: FicheConflictError, method: Method) -> str:
    """Both texts side by side; nothing of either is lost."""
    who = error.theirs.author or "une autre personne"
    return fragment(
        f"<div class='erreur' role='alert'><p><b>{text(typeset(error.message))}</b></p></div>",
        _sides(
            3,
            text(error.yours.label),
            ("Votre version", field_said(error.yours, method)),
            (f"Version enregistrée par {text(who)}", field_said(error.theirs, method)),
        ),
    )


def _sides(level: int, title: str, left: tuple[str, str], right: tuple[str, str]) -> str:
    return (
        f"<div class='cote-a-cote'><h{level}>{title}</h{level}>"
        f"<div><p class='faits'>{left[0]}</p>{left[1]}</div>"
        f"<div><p class='faits'>{right[0]}</p>{right[1]}</div></div>"
    )


def _part(part: Any, method: Method) -> str:
    """A part of a fiche in words, whether a field or an attribute of the whole."""
    if part is None:
        return "<p class='discret'>absent</p>"
    if isinstance(part, dict) and "key" in part and "statements" in part:
        try:
            return field_said(FicheField.model_validate(part), method)
        except ValidationError:
            return "<p class='discret'>illisible</p>"
    if isinstance(part, str):
        return f"<p>{text(STATE_LABELS.get(part, part))}</p>"
    if isinstance(part, dict):
        said = [str(value) for value in part.values() if value]
    elif isinstance(part, list):
        said = [str(one.get("title", one)) if isinstance(one, dict) else str(one) for one in part]
    else:
        said = [str(part)]
    return _items(said) or "<p class='discret'>vide</p>"


def field_said(field: FicheField, method: Method) -> str:
    """What a field says, without its proofs."""
    lines = [named(field.choices)] if any(one.chosen for one in field.choices) else []
    lines += [one.text for one in field.statements]
    for score in field.scores:
        if score.level is None and not score.statements:
            continue
        lines.append(f"{criterion_name(score)}{NBSP}: {level_name(score, method)}")
        lines += [f"– {one.text}" for one in score.statements]
    lines += [field.position.formula] if field.position else []
    windows = "".join(
        f"<li>{text(one.title)} {window_state(one.state)}</li>" for one in field.windows
    )
    body = _items(lines) + (f"<ul>{windows}</ul>" if windows else "")
    return (
        f"{body or '<p class=discret>vide</p>'}"
        f"<p class='faits'>Statut{NBSP}: {STATUS_LABELS[field.status]}</p>"
    )


def _items(lines: Sequence[str]) -> str:
    items = "".join(f"<li>{text(one)}</li>" for one in lines)
    return f"<ul>{items}</ul>" if items else ""

"""Pieces of a fiche as HTML: a field, what it says, on what proof, and what is missing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence

from assistant.fiches.charts import matrix_svg, matrix_text
from assistant.fiches.matrix import number
from assistant.fiches.method import Method
from assistant.fiches.model import (
    ORIGIN_LABELS,
    STATUS_LABELS,
    Choice,
    Fiche,
    FicheField,
    Position,
    Score,
    Statement,
    Status,
    Window,
)
from assistant.fiches.shown import (
    WINDOW_LABELS,
    cited,
    coded,
    criterion_name,
    day,
    lacking,
    level_name,
    retained,
)
from assistant.language.typography import NBSP, typeset
from assistant.model import Citation, Document
from ui.rendering import page_name, text
from ui.rendering.references import Cards
from ui.rendering.sentences import marks, with_marks

STATUS_ICONS: Mapping[Status, str] = {"documente": "✓", "partiel": "◐", "a_completer": "○"}
_WINDOW_ICONS = {"ouvert": "✓", "passe": "✕", "inconnu": "?"}
_RUNNERS_UP = 2
_KINDS = {
    "extract": "mot pour mot",
    "generated": "rédigé par le modèle local, vérifié",
}
Documents = Mapping[str, Document]


def status_html(status: Status) -> str:
    """A status in words, after an icon that its colour repeats."""
    return (
        f"<span class='statut {status}'><span aria-hidden='true'>{STATUS_ICONS[status]}</span> "
        f"{STATUS_LABELS[status]}</span>"
    )


def command(name: str, value: str, label: str, about: str, style: str = "commande") -> str:
    """A link that `assistant.js` turns into a command; `about` is only heard."""
    return (
        f"<a class='{style}' href='#fiche:{name}:{text(value)}'>{text(label)}"
        f"<span class='hors-ecran'>{NBSP}: {text(about)}</span></a>"
    )


def picture(drawing: str, described: str) -> str:
    """A drawing of ours, said in words; it is scrolled on a narrow screen."""
    data = b64encode(drawing.encode()).decode()
    return (
        "<div class='defilable dessin' tabindex='0' role='group' aria-label='Dessin'>"
        f"<img src='data:image/svg+xml;base64,{data}' alt='{text(described)}'></div>"
    )


def field_html(
    fiche: Fiche,
    field: FicheField,
    rank: int,
    cards: Cards,
    documents: Documents,
    method: Method | None,
    *,
    editable: bool,
) -> str:
    """One field under its heading.

    Args:
        fiche: the whole fiche.
        field: one of its fields.
        rank: its number, from 1.
        cards: the numbered pages of the fiche.
        documents: by identifier; may miss some.
        method: the grid, for the kind of the field and the meaning of the notes.
        editable: whether it may be changed.
    """
    spec = next((one for one in method.fields if one.key == field.key), None) if method else None
    kind = spec.kind if spec else ""
    body = [
        _choices(field.choices),
        _statements(field.statements, cards),
        _scores(field.scores, cards, method),
        _position(fiche, field.position),
        _windows(field.windows, fiche, cards),
        _evidence(fiche, field, cards, documents) if kind == "sources" else "",
    ]
    noted = any(one.statements for one in field.scores)
    if kind != "sources" and not field.origins and not noted:
        body.append("<p class='discret'>Non trouvé dans les documents.</p>")
    if field.position is not None and editable:
        body.append(_noting(fiche))
    if field.question and field.status != "documente":
        body.append(
            f"<p class='a-demander'><b>Question à poser{NBSP}:</b> {text(typeset(field.question))}"
            "</p>"
        )
    can = editable and field.position is None
    edit = command("modifier", field.key, "Modifier", field.label) if can else ""
    return (
        f"<section class='champ {field.status}' id='champ-{text(field.key)}'>"
        f"<div class='champ-tete'><h3>{rank}. {text(field.label)}</h3>"
        f"{status_html(field.status)}{edit}</div>{_standing(field)}{''.join(body)}</section>"
    )


def _standing(field: FicheField) -> str:
    """Where the content comes from and who wrote last."""
    said = []
    if field.origins:
        names = ", ".join(ORIGIN_LABELS[one] for one in field.origins)
        said.append(f"Origine{NBSP}: {names}")
    if field.author:
        when = f", {day(field.updated)}" if field.updated else ""
        said.append(f"dernière écriture{NBSP}: {text(field.author)}{when}")
    return f"<p class='faits'>{' · '.join(said)}</p>" if said else ""


def _choices(choices: Sequence[Choice]) -> str:
    if not choices:
        return ""
    kept = retained(choices)
    items = "".join(
        f"<li><b>{text(coded(one.code, one.label))}</b> <span class='nature'>"
        f"{_choice_origin(one)}</span></li>"
        for one in kept
    )
    others = [one for one in choices if not one.chosen and one.share > 0][:_RUNNERS_UP]
    next_ = ", ".join(
        f"{text(coded(one.code, one.label))} ({round(100 * one.share)}{NBSP}%{_led(one)})"
        for one in others
    )
    return (f"<ul>{items}</ul>" if items else "<p>Aucun choix retenu.</p>") + (
        f"<p class='faits'>Envisagé ensuite{NBSP}: {next_}</p>" if next_ else ""
    )


def _choice_origin(choice: Choice) -> str:
    if choice.origin == "saisie":
        return "choisi par une personne"
    if choice.origin == "corpus":
        return f"nommé par le document cité{_led(choice)}"
    return f"proposé par calcul, indice {round(100 * choice.share)}{NBSP}%{_led(choice)}"


def _led(choice: Choice) -> str:
    """The words that led to a choice."""
    if not choice.words:
        return ""
    words = ", ".join(f"«{NBSP}{text(word)}{NBSP}»" for word in choice.words)
    return f", d’après {words}"


def _statements(statements: Sequence[Statement], cards: Cards) -> str:
    items = "".join(f"<li>{statement_html(one, cards)}</li>" for one in statements)
    return f"<ul class='enonces'>{items}</ul>" if items else ""


def statement_html(one: Statement, cards: Cards) -> str:
    """A statement, its numbered proofs, where it comes from and our remark."""
    paragraphs = [part for part in one.text.strip().split("\n") if part.strip()]
    *first, last = paragraphs or [one.text]
    said = "<br>".join(
        [*(text(part) for part in first), with_marks(last, marks(one.citations, cards))]
    )
    origin = ", ".join(
        [ORIGIN_LABELS[one.origin], *([_KINDS[one.kind]] if one.kind in _KINDS else [])]
    )
    general = " <span class='cadre'>cadre général</span>" if one.scope == "general" else ""
    remark = (
        f"<br><span class='remarque'><b>Remarque{NBSP}:</b> {text(typeset(one.remark))}</span>"
        if one.remark
        else ""
    )
    return f"{said} <span class='nature'>{origin}</span>{general}{remark}"


def _scores(scores: Sequence[Score], cards: Cards, method: Method | None) -> str:
    items = "".join(
        f"<li><h4>{text(criterion_name(one))}</h4><p>{_level(one, method)}{_no_proof(one)}</p>"
        f"{_statements(one.statements, cards)}</li>"
        for one in scores
    )
    return f"<ul class='criteres'>{items}</ul>" if items else ""


def _level(score: Score, method: Method | None) -> str:
    if score.level is None:
        return f"Note{NBSP}: <span class='discret'>non noté</span>"
    origin = f" <span class='nature'>{ORIGIN_LABELS[score.origin]}</span>" if score.origin else ""
    return f"Note{NBSP}: <b>{text(level_name(score, method))}</b>{origin}"


def _no_proof(score: Score) -> str:
    if score.statements:
        return ""
    said = "aucune preuve trouvée" if score.level is None else "sans argument"
    return f"<span class='discret'> · {said}</span>"


def _position(fiche: Fiche, position: Position | None) -> str:
    if position is None:
        return ""
    sides = (
        ("Impact attendu", position.impact, position.impact_low, position.impact_high),
        ("Effort requis", position.effort, position.effort_low, position.effort_high),
    )
    rows = "".join(
        f"<tr><th scope='row'>{name}</th><td>{'aucune note' if at is None else number(at)}</td>"
        f"<td>{number(low)}</td><td>{number(high)}</td></tr>"
        for name, at, low, high in sides
    )
    where = text(" / ".join(position.quadrants)) or "aucun"
    several = len(position.quadrants) > 1
    # With no note at all the box is the whole square: the words say it better.
    unknown = position.impact is None and position.effort is None
    drawn = "" if unknown else picture(matrix_svg([fiche], legend=False), matrix_text([fiche]))
    return (
        f"{drawn}<table class='valeurs'>"
        "<caption>Position en chiffres, de 0 (faible) à 1 (fort)</caption>"
        "<thead><tr><th scope='col'>Côté</th><th scope='col'>Moyenne</th>"
        "<th scope='col'>Au plus bas</th><th scope='col'>Au plus haut</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        f"<p>{'Quadrants possibles' if several else 'Quadrant'}{NBSP}: {where}.</p>"
        f"<p class='faits'>Calcul{NBSP}: {text(position.formula)}</p>"
    )


def _noting(fiche: Fiche) -> str:
    """Where the notes are given that the position is made of: it cannot be changed itself."""
    links = [
        command("modifier", one.key, one.label, one.label) for one in fiche.fields if one.scores
    ]
    if not links:
        return ""
    return f"<p>La position se calcule{NBSP}: donnez les notes dans {' ou '.join(links)}.</p>"


def _windows(windows: Sequence[Window], fiche: Fiche, cards: Cards) -> str:
    if not windows:
        return ""
    rows = "".join(_window(one, cards) for one in windows)
    return (
        "<div class='defilable' tabindex='0' role='group' aria-label='Guichets'>"
        f"<table class='valeurs'><caption>Guichets, état au {day(fiche.today)}</caption><thead><tr>"
        "<th scope='col'>Guichet</th><th scope='col'>Montant et taux</th>"
        f"<th scope='col'>Échéance</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _window(one: Window, cards: Cards) -> str:
    amounts = [
        f"{name}{NBSP}: {text(value)}"
        for name, value in (
            ("Enveloppe", one.amount),
            ("Par projet", one.per_project),
            ("Taux", one.rate),
        )
        if value
    ]
    general = "<span class='cadre'>cadre général</span>" if one.scope == "general" else ""
    remark = f"<span class='faits'>{text(typeset(one.remark))}</span>" if one.remark else ""
    deadline = f"{day(one.deadline)}<br>" if one.deadline else ""
    return (
        f"<tr><th scope='row'>{with_marks(one.title, marks(one.citations, cards))}"
        f"{remark}{general}</th>"
        f"<td>{'<br>'.join(amounts) or '<span class=discret>non précisé</span>'}</td>"
        f"<td>{deadline}{window_state(one.state)}</td></tr>"
    )


def window_state(state: str) -> str:
    """Whether a window is open or past, in words after an icon."""
    return (
        f"<span class='echeance {state}'><span aria-hidden='true'>{_WINDOW_ICONS[state]}</span> "
        f"{WINDOW_LABELS[state]}</span>"
    )


def _evidence(fiche: Fiche, own: FicheField, cards: Cards, documents: Documents) -> str:
    """Documents cited, then what was not found."""
    found: dict[str, list[tuple[FicheField, Citation]]] = {}
    for field, citation in cited(fiche):
        found.setdefault(citation.document_id, []).append((field, citation))
    rows = "".join(_source(uses, cards, documents) for uses in found.values())
    sources = (
        "<table class='valeurs'><caption>Documents cités</caption><thead><tr>"
        "<th scope='col'>Document</th><th scope='col'>Pages</th><th scope='col'>Champs</th>"
        f"</tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else "<p>Aucun document n’est cité.</p>"
    )
    missing = [one for one in lacking(fiche) if one.key != own.key]
    items = "".join(
        f"<li>{status_html(one.status)} <b>{text(one.label)}</b>{NBSP}: "
        f"{text(typeset(one.question or ''))}</li>"
        for one in missing
    )
    return sources + (
        f"<p><b>Ce qui n’a pas été trouvé, ou seulement en partie</b></p><ul>{items}</ul>"
        if items
        else ""
    )


def _source(uses: Sequence[tuple[FicheField, Citation]], cards: Cards, documents: Documents) -> str:
    first = uses[0][1]
    by_page: dict[int, list[Citation]] = {}
    for _, citation in uses:
        by_page.setdefault(citation.page, []).append(citation)
    document = documents.get(first.document_id)
    unit = document.metadata.unit if document else "page"
    places = ", ".join(
        f"{page_name(page, proofs[0].page_label, unit)}{NBSP}{marks(proofs, cards)}"
        for page, proofs in sorted(by_page.items())
    )
    fields = ", ".join(text(label) for label in _unique(field.label for field, _ in uses))
    return f"<tr><th scope='row'>{text(first.document)}</th><td>{places}</td><td>{fields}</td></tr>"


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))

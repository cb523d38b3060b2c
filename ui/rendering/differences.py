"""Values that documents give differently, side by side; none is said to be the right one."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.language.typography import NBSP
from assistant.model import Differing, DifferingValue, Document
from ui.rendering.fragments import french_date, text
from ui.rendering.references import Cards
from ui.rendering.sentences import mark


def differing_html(one: Differing, cards: Cards, documents: Mapping[str, Document]) -> str:
    """A table of values: what each holds for, and the page it stands on.

    Args:
        one: the values and what they are values of.
        cards: the numbered pages, those of the values included.
        documents: the documents by identifier; may miss some.
    """
    scoped = any(value.scope for value in one.values)
    scope = "<th scope='col'>Ce qu’elle concerne</th>" if scoped else ""
    rows = "".join(_row(value, cards, documents, scoped=scoped) for value in one.values)
    remark = f"<p class='discret'>{text(one.remark)}</p>" if one.remark else ""
    return (
        "<div class='ecarts'><table class='valeurs'>"
        f"<caption>Les sources diffèrent{NBSP}: {text(one.attribute)}</caption>"
        f"<thead><tr><th scope='col'>Valeur</th>{scope}<th scope='col'>Source</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{remark}</div>"
    )


def _row(
    value: DifferingValue, cards: Cards, documents: Mapping[str, Document], *, scoped: bool
) -> str:
    citation = value.citation
    link = mark(cards[citation.document_id, citation.page], [citation])
    document = documents.get(citation.document_id)
    known = value.date or (document.metadata.date if document else None)
    facts = [text(french_date(known))] if known else []
    if value.version:
        facts.append(f"version{NBSP}{text(value.version)}")
    if value.superseded_by:
        facts.append(f"<b>remplacé par «{NBSP}{text(value.superseded_by)}{NBSP}»</b>")
    elif value.newest:
        facts.append("<b>le plus récent</b>")
    scope = text(value.scope) or "<span class='discret'>non précisé</span>"
    return (
        f"<tr><th scope='row'>{text(value.value)}</th>{f'<td>{scope}</td>' if scoped else ''}"
        f"<td>{text(citation.document)} {link}"
        f"<span class='faits'>{' · '.join(facts)}</span></td></tr>"
    )

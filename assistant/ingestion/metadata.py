"""What is known of a document: title, publisher, kind, region, date, version.

Conservative on purpose: a filter built on a wrong value hides the right document, so
nothing is said unless the file, its first page or its name says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from assistant.ingestion.dates import find_date, find_version
from assistant.ingestion.places import find_publisher, find_region, first_match, fold
from assistant.ingestion.titles import document_title, readable_name
from assistant.model import BlockKind, DocumentMetadata, Page

__all__ = ["document_metadata", "readable_name"]

_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("copil", r"\bcopil\b|comite de pilotage|compte[ -]rendu|releve de (?:decisions|conclusions)"),
    ("communique", r"communique(?: de presse)?\b|dossier de presse"),
    (
        "ami",
        r"appels? a manifestations? d.?interets?|\bami\b|appels? a projets?|\baap\b"
        r"|appels? a candidatures?",
    ),
    (
        "prs",
        r"\bsrs\b|\bprs\b|schemas? regiona(?:l|ux) de sante|projets? regiona(?:l|ux) de sante"
        r"|\bpraps\b",
    ),
    (
        "strategie",
        r"strategie nationale|feuille de route|\bplan national|doctrine du numerique"
        r"|ma sante 2022|strategie d.acceleration|strategie intelligence artificielle",
    ),
    ("methode", r"\bmethod(?:e|ologie|ologique)\b|cas d.?usage"),
    ("guide", r"\bguides?\b|recommandations?\b|referentiel\b|fiche pratique"),
)
_NAMED_LINE: Final = re.compile(
    r"(?:communique|dossier) de presse|compte[ -]rendu|releve de (?:decisions|conclusions)"
    r"|appel a (?:manifestation|projet|candidature)|schema regional de sante"
    r"|projet regional de sante|guide (?:pratique|methodologique|d')|strategie nationale"
    r"|feuille de route|comite de pilotage"
)
"""How a line of the first page names the kind of its document: by beginning with it."""


def document_metadata(
    path: Path, info: Mapping[str, str], pages: tuple[Page, ...]
) -> DocumentMetadata:
    """Gather what the file, its first pages and its name say.

    Args:
        path: the file; only its name is used.
        info: document information by lower-case key.
        pages: pages as read.
    """
    title = document_title(path, info, pages)
    name = fold(re.sub(r"[-_.]+", " ", path.stem))
    first = fold(_first_text(pages))
    head = f"{fold(title)} \n {name}"
    lines = _first_lines(pages)
    return DocumentMetadata(
        title=title,
        publisher=find_publisher(head, first, fold(info.get("author", "")), list(map(fold, lines))),
        kind=first_match(_KINDS, head) or _named_kind(lines) or "autre",
        region=find_region(head, first.replace("\n", " ")),
        date=find_date(path, title, lines),
        version=find_version(path, [title, *lines]),
    )


def _first_text(pages: tuple[Page, ...]) -> str:
    """Body and furniture of the first page with text, at most 1500 characters."""
    for page in pages[:3]:
        if len(page.text) >= 20:
            return page.text[:1500]
    return ""


def _first_lines(pages: tuple[Page, ...]) -> list[str]:
    """Printed lines of the first page with text, furniture included, tables left out."""
    for page in pages[:3]:
        if len(page.text) < 20:
            continue
        if not page.blocks:
            return page.text.split("\n")
        return [
            line
            for block in page.blocks
            if block.kind is not BlockKind.TABLE_ROW
            for span in block.spans
            for line in page.text[span.start : span.end].split("\n")
        ]
    return []


def _named_kind(lines: list[str]) -> str | None:
    """Kind named by one of the first lines."""
    for line in lines[:25]:
        folded = fold(line)
        if len(folded.split()) <= 12 and _NAMED_LINE.match(folded):
            return first_match(_KINDS, folded)
    return None

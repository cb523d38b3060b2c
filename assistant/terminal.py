"""Answers and results laid out for a terminal, in plain text."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping

from assistant.language.typography import place_mark, typeset
from assistant.model import Answer, Explanation, SearchResult
from assistant.retrieval.explain import also_text, suite_text


def answer_text(answer: Answer, units: Mapping[str, str] | None = None) -> str:
    """An answer with numbered citations, then its sources.

    Args:
        answer: the answer.
        units: what the pages of each document are, by identifier; pages when it is missing.
    """
    units = units or {}
    lines: list[str] = [""]
    numbers: dict[tuple[str, int], int] = {}
    labels: dict[tuple[str, int], str] = {}
    if answer.mode == "generative":
        lines += ["Rédigé par un modèle de langue local, vérifié phrase par phrase :", ""]
    if answer.abstained:
        lines += _wrap(answer.reason or "Non trouvé dans le corpus.")
    near = False
    for sentence in answer.sentences:
        if sentence.role == "near" and not near:
            near = True
            lines += ["", "Autres extraits proches :"]
        marks = []
        for citation in sentence.citations:
            key = (citation.document_id, citation.page)
            numbers.setdefault(key, len(numbers) + 1)
            place = place_mark(citation.page_label, units.get(citation.document_id, "page"))
            labels[key] = f"{citation.document}, {place} ({citation.file})"
            mark = f"[{numbers[key]}]"
            if mark not in marks:
                marks.append(mark)
        bullet = "• " if sentence.role == "list_item" else "- " if near else ""
        shown = (
            sentence.text if sentence.kind == "template" else f"{sentence.text} {''.join(marks)}"
        )
        lines += _wrap(f"{bullet}{shown}", indent="  " if bullet else "")
    if numbers:
        lines += ["", "Sources citées :"]
        for key, number in numbers.items():
            lines += _wrap(f"[{number}] {labels[key]}", indent="    ")
    elif answer.sources:
        lines += ["", "Pages les plus proches :"]
        for source in answer.sources[:5]:
            place = place_mark(source.page_label, units.get(source.document_id, "page"))
            lines += _wrap(f"- {source.document}, {place} ({source.file})", indent="  ")
    lines += [f"\n{note}" for note in answer.notes]
    return "\n".join(lines) + "\n"


def results_text(
    results: list[SearchResult], *, explain: bool, units: Mapping[str, str] | None = None
) -> str:
    """Ranked passages, with the reasons of their rank when asked; `units` as above."""
    units = units or {}
    lines: list[str] = []
    for found in results:
        section = " › ".join(found.section)
        unit = units.get(found.document_id, "page")
        place = place_mark(found.page_label, unit)
        lines.append(f"{found.rank}. {found.document}, {place} ({found.file})")
        if section:
            lines += _wrap(section, indent="   ", first="   ")
        lines += _wrap(textwrap.shorten(found.text, 280, placeholder=" …"), "   ", "   ")
        if explain:
            lines += _wrap(typeset("Pourquoi ?"), first="   ")
            for reason in found.explain.reasons:
                lines += _wrap(reason, indent="     ", first="   - ")
        else:
            lines += [
                line
                for said in _standing(found.explain, unit)
                for line in _wrap(said, "   ", "   ")
            ]
    return "\n".join(lines) if lines else "Aucun passage."


def _standing(explained: Explanation, unit: str) -> list[str]:
    """What a reader must know of a result without asking: replaced, repeated, cut."""
    said = []
    if explained.version:
        said.append(f"Version antérieure, remplacée par {explained.version.file}.")
    if explained.aussi:
        said.append(f"Même texte, {also_text(explained.aussi)}.")
    if explained.suite:
        shown = suite_text(explained.suite, unit)
        said.append(f"{shown[0].upper()}{shown[1:]}.")
    return said


def _wrap(text: str, indent: str = "", first: str = "") -> list[str]:
    width = min(100, shutil.get_terminal_size((100, 24)).columns)
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=indent) or [""]

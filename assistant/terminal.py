"""Answers and results laid out for a terminal, in plain text."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping

from assistant.generation.differing import standing
from assistant.language.typography import inert, place_mark, typeset
from assistant.model import Answer, Differing, Explanation, SearchResult
from assistant.retrieval.explain import also_text, suite_text

_NEAR = {
    False: "Autres extraits proches\u00a0:",
    True: "Ce qui s’en approche, sans répondre à la question\u00a0:",
}
"""Title of the extracts that come near, by whether the answer is a refusal."""


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
            lines += ["", _NEAR[answer.abstained]]
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
    for one in answer.differing:
        lines += ["", *_differing(one, units)]
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
    return inert("\n".join(lines) + "\n")


def _differing(differing: Differing, units: Mapping[str, str]) -> list[str]:
    """Values that the sources give differently, one under the other."""
    lines = [typeset(f"Valeurs différentes selon les sources ({differing.attribute.lower()}) :")]
    for one in differing.values:
        citation = one.citation
        place = place_mark(citation.page_label, units.get(citation.document_id, "page"))
        said = f"{one.value} ({one.scope})" if one.scope else one.value
        about = [f"{citation.document}, {place}", *standing(one)]
        lines += _wrap(f"• {said} — {' ; '.join(about)}", indent="  ")
    if differing.remark:
        lines += _wrap(differing.remark)
    return lines


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
    return inert("\n".join(lines)) if lines else "Aucun passage."


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
    text = inert(text)  # before lines are measured
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=indent) or [""]

"""Answers and results laid out for a terminal, in plain text."""

from __future__ import annotations

import shutil
import textwrap

from assistant.model import Answer, SearchResult


def answer_text(answer: Answer) -> str:
    """An answer with numbered citations, then its sources."""
    lines: list[str] = [""]
    numbers: dict[tuple[str, int], int] = {}
    labels: dict[tuple[str, int], str] = {}
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
            labels[key] = f"{citation.document}, p. {citation.page_label} ({citation.file})"
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
            lines += _wrap(
                f"- {source.document}, p. {source.page_label} ({source.file})", indent="  "
            )
    lines += [f"\n{note}" for note in answer.notes]
    return "\n".join(lines) + "\n"


def results_text(results: list[SearchResult], *, explain: bool) -> str:
    """Ranked passages, with the reasons of their rank when asked."""
    lines: list[str] = []
    for found in results:
        section = " › ".join(found.section)
        lines.append(f"{found.rank}. {found.document}, p. {found.page_label} ({found.file})")
        if section:
            lines += _wrap(section, indent="   ", first="   ")
        lines += _wrap(textwrap.shorten(found.text, 280, placeholder=" …"), "   ", "   ")
        if explain:
            reasons = ", ".join(f"{name} : {value}" for name, value in found.explain.items())
            lines += _wrap(f"({reasons})", indent="   ", first="   ")
    return "\n".join(lines) if lines else "Aucun passage."


def _wrap(text: str, indent: str = "", first: str = "") -> list[str]:
    width = min(100, shutil.get_terminal_size((100, 24)).columns)
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=indent) or [""]

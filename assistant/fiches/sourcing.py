"""What a fiche says of its sources: documents cited with their pages, and what none fills."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.fiches.model import FicheField, Statement


def sources_of(fields: Sequence[FicheField]) -> list[Statement]:
    """Documents cited with their pages, then the fields that nothing fills.

    Args:
        fields: those of the fiche, in order; the field of sources itself may be among them.
    """
    pages: dict[tuple[str, str], set[int]] = {}
    for field in fields:
        said = [*field.statements, *(one for score in field.scores for one in score.statements)]
        proofs = [one.citations for one in said] + [one.citations for one in field.windows]
        for citations in proofs:
            for citation in citations:
                pages.setdefault((citation.document, citation.file), set()).add(citation.page)
    lines = [
        f"{title} ({file}), p.\u00a0{', '.join(str(page) for page in sorted(numbers))}"
        for (title, file), numbers in sorted(pages.items())
    ]
    missing = [one.label for one in fields if one.status == "a_completer"]
    if missing:
        lines.append(f"Non trouvé dans les documents\u00a0: {', '.join(missing)}.")
    return [Statement(text=line, origin="calcule", kind="template") for line in lines]

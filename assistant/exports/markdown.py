"""Markdown writer: CommonMark with footnotes and tables (GitHub's, Pandoc's)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.exports.document import (
    Block,
    ExportDocument,
    Heading,
    Items,
    Paragraph,
    Picture,
    Run,
    plain,
)

# Every ASCII mark that could open a construct; a text of a document must stay a text.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&^$])")
_LINE_START = re.compile(r"^(\s*)([-+=>]|\d+[.)])(?=\s|$)")


def markdown(document: ExportDocument) -> str:
    """Write a document as Markdown.

    Returns:
        Text whose marks are all ours: what documents and readers typed is escaped.
    """
    notes: list[str] = []
    parts = [f"# {escape(document.title)}"]
    if document.subject:
        parts.append(escape(document.subject))
    parts += [_block(block, notes) for block in document.blocks]
    if document.made is not None:
        parts.append(f"_Document produit le {document.made:%d/%m/%Y à %H:%M}._")
    if document.footer:
        parts.append(f"_{escape(document.footer)}_")
    parts += [f"[^{number}]: {escape(note)}" for number, note in enumerate(notes, start=1)]
    return "\n\n".join(parts) + "\n"


def _block(block: Block, notes: list[str]) -> str:
    if isinstance(block, Heading):
        return f"{'#' * min(block.level + 1, 6)} {escape(block.text)}"
    if isinstance(block, Paragraph):
        return line_safe(_runs(block.runs, notes))
    if isinstance(block, Items):
        return "\n".join(f"- {line_safe(_runs(item, notes))}" for item in block.items)
    if isinstance(block, Picture):
        # One file of plain text: what the picture shows is said, not shown.
        return f"**{escape(block.caption)}**\n\n{line_safe(escape(block.alt))}"
    rows = [" | ".join(escape(name) for name in block.header)]
    rows.append(" | ".join("---" for _ in block.header))
    rows += [" | ".join(_runs(cell, notes) or " " for cell in row) for row in block.rows]
    return f"**{escape(block.caption)}**\n\n" + "\n".join(f"| {row} |" for row in rows)


def _runs(runs: Sequence[Run], notes: list[str]) -> str:
    written = []
    for run in runs:
        text = escape(run.text)
        if run.strong and (bare := text.strip()):
            before, after = text[: text.index(bare[0])], text[len(text.rstrip()) :]
            text = f"{before}**{bare}**{after}"  # a space within the marks would undo them
        written.append(text)
        for note in run.notes:
            notes.append(note)
            written.append(f"[^{len(notes)}]")
    return "".join(written)


def escape(text: str) -> str:
    """A text of a document or of a reader, that nothing will read as marks."""
    return _SPECIAL.sub(r"\\\1", plain(text))


def line_safe(line: str) -> str:
    """Keep the start of an escaped line from opening a list or a rule."""
    return _LINE_START.sub(
        lambda found: (
            f"{found[1]}{found[2][:-1]}\\{found[2][-1]}"
            if len(found[2]) > 1
            else f"{found[1]}\\{found[2]}"
        ),
        line,
    )

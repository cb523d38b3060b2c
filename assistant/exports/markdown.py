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
    parts = [f"# {_escape(document.title)}"]
    if document.subject:
        parts.append(_escape(document.subject))
    parts += [_block(block, notes) for block in document.blocks]
    if document.made is not None:
        parts.append(f"_Document produit le {document.made:%d/%m/%Y à %H:%M}._")
    if document.footer:
        parts.append(f"_{_escape(document.footer)}_")
    parts += [f"[^{number}]: {_escape(note)}" for number, note in enumerate(notes, start=1)]
    return "\n\n".join(parts) + "\n"


def _block(block: Block, notes: list[str]) -> str:
    if isinstance(block, Heading):
        return f"{'#' * min(block.level + 1, 6)} {_escape(block.text)}"
    if isinstance(block, Paragraph):
        return _line_safe(_runs(block.runs, notes))
    if isinstance(block, Items):
        return "\n".join(f"- {_line_safe(_runs(item, notes))}" for item in block.items)
    if isinstance(block, Picture):
        # One file of plain text: what the picture shows is said, not shown.
        return f"**{_escape(block.caption)}**\n\n{_line_safe(_escape(block.alt))}"
    rows = [" | ".join(_escape(name) for name in block.header)]
    rows.append(" | ".join("---" for _ in block.header))
    rows += [" | ".join(_runs(cell, notes) or " " for cell in row) for row in block.rows]
    return f"**{_escape(block.caption)}**\n\n" + "\n".join(f"| {row} |" for row in rows)


def _runs(runs: Sequence[Run], notes: list[str]) -> str:
    written = []
    for run in runs:
        text = _escape(run.text)
        if run.strong and (bare := text.strip()):
            before, after = text[: text.index(bare[0])], text[len(text.rstrip()) :]
            text = f"{before}**{bare}**{after}"  # a space within the marks would undo them
        written.append(text)
        for note in run.notes:
            notes.append(note)
            written.append(f"[^{len(notes)}]")
    return "".join(written)


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", plain(text))


def _line_safe(line: str) -> str:
    """Keep the start of a line from opening a list or a rule."""
    return _LINE_START.sub(
        lambda found: (
            f"{found[1]}{found[2][:-1]}\\{found[2][-1]}"
            if len(found[2]) > 1
            else f"{found[1]}\\{found[2]}"
        ),
        line,
    )

"""PDF writer: tagged, PDF/UA-1, French, set by Typst.

Typst comes as a package that works offline, with its fonts. The content goes to the template
as data: nothing in it is ever read as Typst markup.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from assistant.exports.document import (
    Block,
    ExportDocument,
    Heading,
    Items,
    Paragraph,
    Picture,
    Run,
    holds_together,
    plain,
)

_TEMPLATE: Final = Path(__file__).with_name("document.typ")


def pdf(document: ExportDocument) -> bytes:
    """Write a document as an accessible PDF (PDF/UA-1: tags, language, title)."""
    import typst

    data = {
        "title": plain(document.title),
        "subject": plain(document.subject),
        "footer": plain(document.footer),
        "made": f"{document.made:%d/%m/%Y à %H:%M}" if document.made else "",
        "blocks": [_block(block) for block in document.blocks],
    }

    def compiled(**standard: Any) -> bytes:
        made: bytes = typst.compile(
            _TEMPLATE,
            root=_TEMPLATE.parent,
            format="pdf",
            # Machines differ in what they have: only the fonts of the package are used.
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            timestamp=int(document.made.timestamp()) if document.made else 0,
            **standard,
        )
        return made

    try:
        return compiled(pdf_standards=["ua-1"])
    except typst.TypstError:
        # PDF/UA refuses a file with a character that its fonts cannot draw (another script, an
        # emoji). Better a tagged PDF that shows a box there than none.
        return compiled()


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {
            "kind": "heading",
            "text": plain(block.text),
            "level": min(block.level, 4),
            "new_page": block.new_page,
        }
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "runs": _runs(block.runs)}
    if isinstance(block, Items):
        return {"kind": "items", "items": [_runs(item) for item in block.items]}
    if isinstance(block, Picture):
        return {
            "kind": "picture",
            "svg": block.svg,
            "caption": plain(block.caption),
            "alt": plain(block.alt),
        }
    return {
        "kind": "table",
        "caption": plain(block.caption),
        "header": [plain(name) for name in block.header],
        "widths": list(block.widths) or [1.0] * len(block.header),
        "rows": [
            {"cells": [_runs(cell) for cell in row], "whole": holds_together(row)}
            for row in block.rows
        ],
    }


def _runs(runs: Sequence[Run]) -> list[dict[str, Any]]:
    return [
        {
            "text": plain(run.text),
            "notes": [plain(note) for note in run.notes],
            "strong": run.strong,
        }
        for run in runs
    ]

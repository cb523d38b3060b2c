"""The coverage ledger: what was read of each file, page by page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from assistant.index.catalogue import Catalogue


def corpus_state(index_dir: Path, *, pages: bool = False) -> dict[str, Any]:
    """State of every file the catalogue knows, refused ones included.

    Args:
        index_dir: folder of the index.
        pages: add one entry per page.

    Raises:
        IndexMissingError: nothing has been indexed yet.
    """
    catalogue = Catalogue(index_dir / "catalogue.sqlite")
    documents = catalogue.documents()
    files = []
    for row in catalogue.files():
        entry: dict[str, Any] = {
            "file": row.name,
            "document_id": row.document_id,
            "status": "indexed" if row.document_id else "refused",
            "reason": row.reason,
        }
        if row.document_id:
            statuses, passages, warnings = catalogue.document_summary(row.document_id)
            metadata = documents[row.document_id].metadata
            entry |= {
                "title": metadata.title,
                "publisher": metadata.publisher,
                "kind": metadata.kind,
                "date": metadata.date,
                "pages": sum(statuses.values()),
                "pages_text": statuses.get("text", 0),
                "pages_ocr": statuses.get("ocr", 0),
                "pages_empty": statuses.get("empty", 0),
                "pages_unreadable": statuses.get("unreadable", 0),
                "passages": passages,
                "warnings": list(warnings),
            }
            if pages:
                entry["ledger"] = [
                    {
                        "page": page["number"],
                        "label": page["label"],
                        "status": page["status"],
                        "characters": page["characters"],
                        "warnings": json.loads(page["warnings"]),
                    }
                    for page in catalogue.page_ledger(row.document_id)
                ]
        files.append(entry)
    totals = {
        name: sum(entry.get(name, 0) for entry in files)
        for name in (
            "pages",
            "pages_text",
            "pages_ocr",
            "pages_empty",
            "pages_unreadable",
            "passages",
        )
    }
    return {
        "files": files,
        "documents": len({entry["document_id"] for entry in files if entry["document_id"]}),
        "refused": sum(entry["status"] == "refused" for entry in files),
        **totals,
    }


def print_state(state: dict[str, Any]) -> None:
    """Print the ledger as a table."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Couverture du corpus")
    for heading in ("Fichier", "Titre"):
        table.add_column(heading, overflow="fold")
    for heading in ("Pages", "Texte", "OCR", "Vides", "Illisibles", "Passages"):
        table.add_column(heading, justify="right")
    for entry in state["files"]:
        if entry["status"] == "refused":
            # Text, not str: a file name must not be read as markup.
            table.add_row(Text(entry["file"]), Text(f"Refusé : {entry['reason']}", style="red"))
            continue
        cells = (
            str(entry[name])
            for name in (
                "pages",
                "pages_text",
                "pages_ocr",
                "pages_empty",
                "pages_unreadable",
                "passages",
            )
        )
        table.add_row(Text(entry["file"]), Text(entry["title"]), *cells)
    console = Console()
    console.print(table)
    for entry in state["files"]:
        for page in entry.get("ledger", []):
            notes = " ".join(page["warnings"])
            console.print(
                f"{entry['file']} p. {page['label']} : {page['status']}, "
                f"{page['characters']} caractères. {notes}",
                highlight=False,
                markup=False,
            )
    if state["pages_unreadable"]:
        console.print(
            f"{state['pages_unreadable']} page(s) illisible(s) : installez Tesseract et son "
            "français (tesseract-ocr, tesseract-ocr-fra), puis relancez l'ingestion.",
            style="yellow",
            highlight=False,
        )

"""The coverage ledger: what was read of each file, page by page."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from assistant.exports.spreadsheet import inert_cell
from assistant.index.catalogue import Catalogue
from assistant.language.typography import inert
from assistant.model import Document, Passage

STATUS_LABELS: Final = {
    "text": "texte",
    "ocr": "OCR",
    "empty": "vide",
    "unreadable": "illisible",
}
UNREADABLE_REMEDY: Final = (
    "Pour les lire, installez Tesseract et son français (tesseract-ocr, tesseract-ocr-fra), "
    "puis relancez l’ingestion. Une page abîmée demande un nouvel exemplaire du document."
)
_COUNTS: Final = (
    "pages",
    "pages_text",
    "pages_ocr",
    "pages_empty",
    "pages_unreadable",
    "passages",
)


def corpus_state(index_dir: Path, *, pages: bool = False) -> dict[str, Any]:
    """State of every file the catalogue knows, refused ones included.

    A content that has several names is counted once: its other names are listed with
    `duplicate_of`, and without counts.

    Args:
        index_dir: folder of the index.
        pages: add one entry per page.

    Raises:
        IndexMissingError: nothing has been indexed yet.
    """
    catalogue = Catalogue(index_dir / "catalogue.sqlite")
    documents = catalogue.documents()
    files: list[dict[str, Any]] = []
    for row in catalogue.files():
        entry: dict[str, Any] = {
            "file": row.name,
            "document_id": row.document_id,
            "status": "indexed" if row.document_id else "refused",
            "reason": row.reason,
            "reason_code": row.reason_code,
        }
        document = documents.get(row.document_id or "")
        if document is not None:
            entry |= _described(document, documents)
            if document.path == row.path:
                entry |= _read(catalogue, document, pages=pages)
            else:
                entry["duplicate_of"] = document.file
        files.append(entry)
    for entry in files:
        if "duplicate_of" not in entry and entry["document_id"]:
            entry["other_names"] = [
                other["file"]
                for other in files
                if other["document_id"] == entry["document_id"] and other is not entry
            ]
    return {
        "files": files,
        "documents": len({entry["document_id"] for entry in files if entry["document_id"]}),
        "refused": sum(entry["status"] == "refused" for entry in files),
        "duplicates": sum("duplicate_of" in entry for entry in files),
        "excluded": [
            {"file": row.name, "document_id": row.document_id} for row in catalogue.excluded()
        ],
        **{name: sum(entry.get(name, 0) for entry in files) for name in _COUNTS},
    }


def document_coverage(catalogue: Catalogue, document: Document) -> dict[str, Any]:
    """What was read of one document: its counts, its remarks, and one entry a page."""
    return _read(catalogue, document, pages=True)


def _described(document: Document, documents: dict[str, Document]) -> dict[str, Any]:
    metadata = document.metadata
    newer = documents.get(document.superseded_by or "")
    older = documents.get(document.supersedes or "")
    return {
        "title": metadata.title,
        "publisher": metadata.publisher,
        "kind": metadata.kind,
        "region": metadata.region,
        "date": metadata.date,
        "version": metadata.version,
        "unit": metadata.unit,
        "superseded_by": newer.file if newer else None,
        "supersedes": older.file if older else None,
    }


def _read(catalogue: Catalogue, document: Document, *, pages: bool) -> dict[str, Any]:
    statuses, passages, warnings = catalogue.document_summary(document.id)
    ledger = [dict(page) for page in catalogue.page_ledger(document.id)]
    entry: dict[str, Any] = {
        "pages": sum(statuses.values()),
        "pages_text": statuses.get("text", 0),
        "pages_ocr": statuses.get("ocr", 0),
        "pages_empty": statuses.get("empty", 0),
        "pages_unreadable": statuses.get("unreadable", 0),
        "passages": passages,
        "characters": sum(page["characters"] for page in ledger),
        "ocr_confidence": document.ocr_confidence,
        "warnings": list(warnings),
        "unreadable": [page["label"] for page in ledger if page["status"] == "unreadable"],
    }
    if pages:
        held = _passages_by_page(catalogue.passages_of(document.id))
        entry["ledger"] = [
            {
                "page": page["number"],
                "label": page["label"],
                "status": page["status"],
                "characters": page["characters"],
                "passages": held[page["number"]],
                "confidence": page["confidence"],
                "warnings": json.loads(page["warnings"]),
            }
            for page in ledger
        ]
    return entry


def _passages_by_page(passages: Iterable[Passage]) -> Counter[int]:
    """Number of passages that stand on each page, wholly or in part."""
    held: Counter[int] = Counter()
    for passage in passages:
        held.update(passage.pages)
    return held


# --- For a spreadsheet -----------------------------------------------------------------------

_FILE_COLUMNS: Final = {
    "fichier": "file",
    "etat": "status",
    "motif": "reason",
    "titre": "title",
    "editeur": "publisher",
    "type": "kind",
    "region": "region",
    "date": "date",
    "version": "version",
    "remplace_par": "superseded_by",
    "remplace": "supersedes",
    "double_de": "duplicate_of",
    "pages": "pages",
    "texte": "pages_text",
    "ocr": "pages_ocr",
    "vides": "pages_empty",
    "illisibles": "pages_unreadable",
    "confiance_ocr": "ocr_confidence",
    "passages": "passages",
    "caracteres": "characters",
    "remarques": "warnings",
}
_PAGE_COLUMNS: Final = {
    "page": "page",
    "numero_imprime": "label",
    "etat": "status",
    "caracteres": "characters",
    "passages": "passages",
    "confiance_ocr": "confidence",
    "remarques": "warnings",
}
_SHOWN_STATUS: Final = {**STATUS_LABELS, "indexed": "lu", "refused": "refusé"}


def state_csv(state: dict[str, Any], *, pages: bool = False) -> str:
    """The ledger as CSV, one line a file or one a page, ready for a French spreadsheet.

    Args:
        state: what `corpus_state` gave, with its pages when `pages` is set.
        pages: one line a page.
    """
    output = io.StringIO()
    # A French spreadsheet takes the comma for a decimal sign and the semicolon for a separator.
    writer = csv.writer(output, delimiter=";", lineterminator="\r\n")
    if pages:
        writer.writerow(["fichier", *_PAGE_COLUMNS])
        for entry in state["files"]:
            for page in entry.get("ledger", []):
                cells = [page[name] for name in _PAGE_COLUMNS.values()]
                writer.writerow([_cell(entry["file"]), *map(_cell, cells)])
    else:
        writer.writerow(_FILE_COLUMNS)
        for entry in state["files"]:
            writer.writerow([_cell(entry.get(name)) for name in _FILE_COLUMNS.values()])
    return output.getvalue()


def _cell(value: object) -> str:
    """A cell as a French spreadsheet reads it; text is never a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}".replace(".", ",")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        value = " ".join(str(item) for item in value)
    return inert_cell(_SHOWN_STATUS.get(str(value), str(value)))


# --- For a person ----------------------------------------------------------------------------


def print_state(state: dict[str, Any]) -> None:
    """Print the ledger as a table that holds in 80 columns."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title="Couverture du corpus", box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1), show_lines=True
    )
    table.add_column("Document", overflow="fold", ratio=1, min_width=28)
    for heading in ("Pages", "Texte", "OCR", "Vides", "Illis.", "Pass."):
        table.add_column(heading, justify="right", no_wrap=True)
    for entry in state["files"]:
        # Text, not str: a file name must not be read as markup.
        name = Text(inert(entry["file"]), style="bold")
        if entry["status"] == "refused":
            name.append(f"\nRefusé\u00a0: {inert(entry['reason'])}", style="red")
            table.add_row(name, *[""] * 6)
            continue
        if "duplicate_of" in entry:
            name.append(f"\nMême contenu que {inert(entry['duplicate_of'])}", style="dim")
            table.add_row(name, *[""] * 6)
            continue
        for note in _notes(entry):
            name.append(f"\n{inert(note)}", style="not bold dim")
        counts = [str(entry[count]) for count in _COUNTS]
        row = [
            Text(value, style="red" if k == 4 and value != "0" else "")
            for k, value in enumerate(counts)
        ]
        table.add_row(name, *row)
    console = Console()
    console.print(table)
    _print_pages(console, state)
    console.print(_summary(state), highlight=False, markup=False)
    _print_unreadable(console, state)


def _notes(entry: dict[str, Any]) -> list[str]:
    said = [entry["title"]] if entry["title"] != entry["file"] else []
    details = [
        f"version {entry['version']}" if entry["version"] else "",
        "/".join(reversed(entry["date"].split("-"))) if entry["date"] else "",
    ]
    if any(details):
        said.append(", ".join(filter(None, details)))
    if entry["superseded_by"]:
        said.append(f"Remplacé par {entry['superseded_by']}")
    if entry["supersedes"]:
        said.append(f"Remplace {entry['supersedes']}")
    if entry["ocr_confidence"] is not None:
        said.append(f"Confiance de l’OCR\u00a0: {100 * entry['ocr_confidence']:.0f}\u00a0%")
    return [*said, *(f"Remarque\u00a0: {warning}" for warning in entry["warnings"])]


def _print_pages(console: Any, state: dict[str, Any]) -> None:
    for entry in state["files"]:
        for page in entry.get("ledger", []):
            parts = [
                STATUS_LABELS[page["status"]],
                f"{page['characters']} caractères",
                f"{page['passages']} passage(s)",
            ]
            if page["confidence"] is not None:
                parts.append(f"confiance {100 * page['confidence']:.0f}\u00a0%")
            notes = " ".join(page["warnings"])
            console.print(
                inert(
                    f"{entry['file']}, p. {page['label']}\u00a0: {', '.join(parts)}. {notes}"
                ).rstrip(),
                highlight=False,
                markup=False,
            )


def _summary(state: dict[str, Any]) -> str:
    parts = [
        f"{state['documents']} document(s)",
        f"{state['pages']} pages dont {state['pages_text']} en texte, "
        f"{state['pages_ocr']} par OCR, {state['pages_empty']} vides et "
        f"{state['pages_unreadable']} illisibles",
    ]
    if state["duplicates"]:
        parts.append(f"{state['duplicates']} fichier(s) en double")
    if state["refused"]:
        parts.append(f"{state['refused']} fichier(s) refusé(s)")
    if state["excluded"]:
        parts.append(
            f"{len(state['excluded'])} fichier(s) retiré(s) de l’index par vous "
            "(assistant corpus reprendre)"
        )
    return f"{', '.join(parts)}."


def _print_unreadable(console: Any, state: dict[str, Any]) -> None:
    if not state["pages_unreadable"]:
        return
    console.print(
        f"{state['pages_unreadable']} page(s) illisible(s), absentes des réponses\u00a0:",
        style="yellow",
        highlight=False,
    )
    for entry in state["files"]:
        if entry.get("unreadable"):
            console.print(
                f"  {inert(entry['file'])}\u00a0: p. {_ranges(entry['unreadable'])}",
                highlight=False,
                markup=False,
            )
    console.print(UNREADABLE_REMEDY, style="yellow", highlight=False)


def _ranges(labels: list[str]) -> str:
    """« 1, 3-5 » when the labels are numbers, the labels themselves otherwise."""
    if not all(label.isdecimal() for label in labels):
        return ", ".join(labels)
    runs: list[list[int]] = []
    for number in map(int, labels):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)

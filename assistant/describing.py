"""What a user says of documents: their metadata, and which version replaces which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from assistant.errors import AssistantError, DocumentNotFoundError
from assistant.index.catalogue import Catalogue
from assistant.index.described import describe
from assistant.index.descriptions import FIELDS, merge
from assistant.index.versions import choose_link
from assistant.language.typography import inert
from assistant.model import KIND_LABELS, Document, DocumentMetadata

_LABELS: Final = {
    "title": "Titre",
    "publisher": "Éditeur",
    "kind": "Type",
    "region": "Région",
    "date": "Date",
    "version": "Version",
}
_MAX: Final = 300
REBUILD: Final = (
    "Relancez «\u00a0assistant ingerer\u00a0» pour que la recherche tienne compte du nouveau titre."
)


class DescriptionError(AssistantError):
    """A value given for a document cannot be kept."""

    code = "description"


@dataclass(frozen=True, slots=True)
class Described:
    """A document after the user spoke of it.

    Attributes:
        document: as it is now shown.
        said: all that the user says of it, by field.
        stale: whether its new title is still to be indexed.
    """

    document: Document
    said: Mapping[str, str]
    stale: bool

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        metadata = asdict(self.document.metadata)
        return {
            "document_id": self.document.id,
            "file": self.document.file,
            **{field: metadata[field] for field in FIELDS},
            "edited": sorted(self.said),
            "reindex": self.stale,
        }

    def text(self) -> str:
        """Lines for a person."""
        metadata = asdict(self.document.metadata)
        lines = [self.document.file]
        for field, label in _LABELS.items():
            value = metadata[field]
            if field == "kind":
                value = KIND_LABELS[value]
            mark = " (indiqué par vous)" if field in self.said else ""
            lines.append(f"  {label}\u00a0: {value or '–'}{mark}")
        if self.stale:
            lines.append(REBUILD)
        return inert("\n".join(lines))


def find_document(catalogue: Catalogue, name: str) -> Document:
    """The document a name designates: identifier, file name, path, or end of a path.

    Raises:
        DocumentNotFoundError: none, or several.
    """
    documents = catalogue.documents()
    if name in documents:
        return documents[name]
    rows = [(row, row.document_id) for row in catalogue.files() if row.document_id]
    resolved = str(Path(name).resolve())
    for found in (
        {key for row, key in rows if resolved == row.path or name == row.name},
        {key for row, key in rows if Path(row.name).name == name},
        {key for _, key in rows if len(name) >= 6 and key.startswith(name)},
    ):
        if len(found) == 1:
            return documents[found.pop()]
        if found:
            raise DocumentNotFoundError(
                f"Plusieurs documents s’appellent «\u00a0{name[:120]}\u00a0».",
                "Donnez le chemin complet du fichier ou l’identifiant du document.",
            )
    raise DocumentNotFoundError(
        f"Aucun document indexé ne s’appelle «\u00a0{name[:120]}\u00a0».",
        "Consultez la liste des documents\u00a0: assistant corpus etat.",
    )


def describe_document(
    index_dir: Path, name: str, changes: Mapping[str, str], *, clear: bool = False
) -> Described:
    """Keep what the user says of a document; nothing to keep only shows it.

    Args:
        index_dir: folder of the index.
        name: see `find_document`.
        changes: values by field; an empty one says that there is none.
        clear: forget first what was said before.

    Raises:
        DocumentNotFoundError: no such document.
        DescriptionError: a value cannot be kept.
    """
    catalogue = Catalogue(index_dir / "catalogue.sqlite")
    before = find_document(catalogue, name)
    values = {field: checked(field, value) for field, value in changes.items()}
    said = describe(catalogue, before.id, values, clear=clear)
    after = catalogue.documents()[before.id]
    return Described(after, said, after.metadata.title != before.metadata.title)


@dataclass(frozen=True, slots=True)
class Said:
    """Where what is shown of a document comes from.

    Attributes:
        user: values that the user gave, by field.
        source: values of the list of public sources, by field.
        read: metadata as they would be without the word of the user.
    """

    user: Mapping[str, str]
    source: Mapping[str, str]
    read: DocumentMetadata

    def kept(self, values: Mapping[str, str]) -> dict[str, str]:
        """Values that a user must be the one to say: those that nothing else already says."""
        known = asdict(self.read)
        return {field: value for field, value in values.items() if value != (known[field] or "")}


def what_is_said(catalogue: Catalogue, document_id: str) -> Said | None:
    """What was read of a document's description, and what was said of it; `None` if unknown."""
    rows = catalogue.rows(
        "SELECT title, publisher, kind, region, date, version, unit FROM documents WHERE id = ?",
        (document_id,),
    )
    if not rows:
        return None
    said = catalogue.descriptions().get(document_id, {})
    source = said.get("source", {})
    return Said(said.get("user", {}), source, merge(DocumentMetadata(**dict(rows[0])), source, {}))


def checked(field: str, value: str) -> str:
    """A value as it is kept: spaces and dates written one way.

    Raises:
        DescriptionError: it cannot be kept.
    """
    text = " ".join(value.split())
    if any(not char.isprintable() for char in text):
        raise DescriptionError("Cette valeur contient des caractères invisibles.", "Retapez-la.")
    if len(text) > _MAX:
        raise DescriptionError(
            f"Cette valeur compte {len(text)} caractères.", f"La limite est de {_MAX}."
        )
    if field == "title" and not text:
        raise DescriptionError("Le titre est vide.", "Donnez un titre, ou utilisez --effacer.")
    if field == "kind" and text not in KIND_LABELS:
        raise DescriptionError(
            f"Le type «\u00a0{text[:40]}\u00a0» n’existe pas.",
            f"Types possibles\u00a0: {', '.join(KIND_LABELS)}.",
        )
    return _iso_date(text) if field == "date" and text else text


def _iso_date(text: str) -> str:
    french = re.fullmatch(r"(?:(\d{1,2})/)?(\d{1,2})/((?:19|20)\d\d)", text)
    if french is not None:
        day, month, year = french.groups()
        text = f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")
    parts = re.fullmatch(r"((?:19|20)\d\d)(?:-(\d\d)(?:-(\d\d))?)?", text)
    try:
        if parts is None:
            raise ValueError
        date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1))
    except ValueError:
        raise DescriptionError(
            f"La date «\u00a0{text[:40]}\u00a0» n’est pas comprise.",
            "Écrivez 2025, 2025-07, 2025-07-08 ou 08/07/2025.",
        ) from None
    return text


# --- Versions --------------------------------------------------------------------------------


def decide_link(index_dir: Path, older: str, newer: str, *, cut: bool) -> None:
    """Record that a document replaces another, or that the two are distinct.

    Args:
        index_dir: folder of the index.
        older: the older document; see `find_document`.
        newer: the newer one.
        cut: keep them apart.

    Raises:
        DocumentNotFoundError: no such document.
        DescriptionError: the two are one document, or the link would make a circle.
    """
    catalogue = Catalogue(index_dir / "catalogue.sqlite")
    first, second = find_document(catalogue, older), find_document(catalogue, newer)
    if first.id == second.id:
        raise DescriptionError(
            "Ces deux noms désignent le même contenu.", "Donnez deux documents différents."
        )
    if not cut and _leads_to(catalogue, second.id, first.id):
        raise DescriptionError(
            f"«\u00a0{second.file}\u00a0» est déjà plus ancien que «\u00a0{first.file}\u00a0».",
            "Défaites d’abord ce lien avec --delier.",
        )
    choose_link(catalogue, first.id, second.id, cut=cut)


def _leads_to(catalogue: Catalogue, start: str, end: str) -> bool:
    """Whether following the user's own links from a document leads to another."""
    following: dict[str, str] = {
        row["older"]: row["newer"]
        for row in catalogue.rows(
            "SELECT older, newer FROM version_links WHERE origin = 'user' AND NOT cut"
        )
    }
    seen: set[str] = set()
    while start in following and start not in seen:
        seen.add(start)
        start = following[start]
        if start == end:
            return True
    return False


def list_versions(index_dir: Path) -> list[dict[str, Any]]:
    """Every link between two versions, the user's decisions to keep apart included."""
    catalogue = Catalogue(index_dir / "catalogue.sqlite")
    documents = catalogue.documents()
    links = []
    for row in catalogue.rows("SELECT * FROM version_links"):
        if row["older"] not in documents or row["newer"] not in documents:
            continue
        links.append(
            {
                "older": _side(documents[row["older"]]),
                "newer": _side(documents[row["newer"]]),
                "similarity": row["similarity"],
                "decided_by": "vous" if row["origin"] == "user" else "comparaison",
                "cut": bool(row["cut"]),
            }
        )
    return sorted(links, key=lambda link: (link["cut"], link["newer"]["file"]))


def _side(document: Document) -> dict[str, str | None]:
    return {
        "document_id": document.id,
        "file": document.file,
        "title": document.metadata.title,
        "version": document.metadata.version,
        "date": document.metadata.date,
    }


def versions_text(links: list[dict[str, Any]]) -> str:
    """Lines for a person."""
    if not links:
        return "Aucun document du corpus n’en remplace un autre."
    lines = []
    for link in links:
        first, second = _named(link["older"]), _named(link["newer"])
        if link["cut"]:
            lines.append(f"{first}\n  est distinct de {second} (décidé par vous)")
            continue
        share = link["similarity"]
        how = "décidé par vous" if share is None else f"{share:.0%} du texte en commun"
        lines.append(f"{first}\n  est remplacé par {second} ({how.replace('%', chr(0xA0) + '%')})")
    return inert("\n".join(lines))


def _named(side: Mapping[str, str | None]) -> str:
    said = [f"version {side['version']}" if side["version"] else "", side["date"] or ""]
    details = ", ".join(filter(None, said))
    return f"{side['file']} [{details}]" if details else str(side["file"])

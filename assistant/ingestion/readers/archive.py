"""Office files are ZIP archives: opened under bounds, before any library touches them.

A few kilobytes may announce gigabytes. Sizes are checked as the archive declares them:
`zipfile` never gives more than a member declares. XML that declares entities is refused:
no office suite writes any, and they only serve to read other files or to exhaust memory.
"""

from __future__ import annotations

import mmap
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assistant.errors import UnreadableFileError

MAX_MEMBERS: Final = 20_000
MAX_UNCOMPRESSED: Final = 1 << 30
"""Bytes of a whole archive once uncompressed."""
MAX_XML: Final = 200 << 20
"""Bytes of its largest XML part: a tree takes several times as much memory."""
MAX_RATIO: Final = 150
"""Office XML shrinks ten to forty times; only made-up data shrinks much more."""
RATIO_FROM: Final = 10 << 20
"""Bytes below which the ratio says nothing."""

OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

_MAIN_TYPES: Final = (
    ("wordprocessingml", "docx"),
    ("ms-word", "docx"),
    ("presentationml", "pptx"),
    ("ms-powerpoint", "pptx"),
    ("spreadsheetml", "classeur"),
    ("ms-excel", "classeur"),
)
_ODF_TYPES: Final = (
    (b"application/vnd.oasis.opendocument.text", "odt"),
    (b"application/vnd.oasis.opendocument.presentation", "odp"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "classeur"),
    (b"application/epub+zip", "livre"),
)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that passed the checks.

    Attributes:
        kind: `docx`, `pptx`, `odt`, `odp`, `classeur`, `livre`, or `zip` for any other one.
        macros: whether it holds programs.
    """

    path: Path
    kind: str
    names: frozenset[str]
    macros: bool

    def read(self, name: str) -> bytes:
        """Content of a member.

        Raises:
            UnreadableFileError: `endommage`.
        """
        try:
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(name)
        except (zipfile.BadZipFile, zlib.error, OSError, KeyError, EOFError) as error:
            raise damaged(self.path) from error


def open_archive(path: Path) -> Archive:
    """Check an archive and find what it is.

    Raises:
        UnreadableFileError: `endommage`, `chiffre` or `trop_gros`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if any(member.flag_bits & 1 for member in members):
                raise encrypted(path)
            _check_sizes(path, members)
            names = frozenset(member.filename for member in members)
            kind = _kind(archive, names)
            if kind in {"docx", "pptx", "odt", "odp"}:
                _check_xml(path, archive, members)
            if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read(
                "META-INF/manifest.xml"
            ):
                raise encrypted(path)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        OSError,
        EOFError,
        ValueError,
    ) as error:
        raise damaged(path) from error
    macros = any(
        name.endswith("vbaProject.bin") or name.startswith(("Basic/", "Scripts/")) for name in names
    )
    return Archive(path, kind, names, macros)


def _check_sizes(path: Path, members: list[zipfile.ZipInfo]) -> None:
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    largest = max(
        (member.file_size for member in members if member.filename.endswith((".xml", ".rels"))),
        default=0,
    )
    if (
        len(members) > MAX_MEMBERS
        or total > MAX_UNCOMPRESSED
        or largest > MAX_XML
        or (total > RATIO_FROM and total > MAX_RATIO * packed)
    ):
        raise UnreadableFileError(
            f"Le fichier « {path.name} » se décompresse en {total / 1e6:.0f} Mo répartis en "
            f"{len(members)} éléments : c’est plus que ce qu’un document peut contenir.",
            "N’ouvrez pas ce fichier s’il vient d’une source inconnue ; sinon, exportez-le en PDF.",
            code="trop_gros",
        )


def _check_xml(path: Path, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    for member in members:
        if not member.filename.endswith((".xml", ".rels")):
            continue
        with archive.open(member) as stream:
            # A document type stands before the first element.
            head = stream.read(4096).replace(b"\0", b"")
        if b"<!ENTITY" in head or (b"<!DOCTYPE" in head and b"[" in head.split(b"<!DOCTYPE")[1]):
            raise UnreadableFileError(
                f"Le fichier « {path.name} » déclare des entités XML, ce qu’aucune suite "
                "bureautique ne fait : il a été modifié pour nuire ou abîmé.",
                "Demandez un nouvel exemplaire du document.",
                code="endommage",
            )


def _kind(archive: zipfile.ZipFile, names: frozenset[str]) -> str:
    if "mimetype" in names:
        declared = archive.read("mimetype")[:200].strip()
        for prefix, kind in _ODF_TYPES:
            if declared.startswith(prefix):
                return kind
    if "[Content_Types].xml" in names:
        types = archive.read("[Content_Types].xml").decode("utf-8", "replace")
        for piece in types.split('ContentType="')[1:]:
            declared_type = piece.split('"', 1)[0]
            if not declared_type.endswith(".main+xml"):
                continue
            for fragment, kind in _MAIN_TYPES:
                if fragment in declared_type:
                    return kind
    return "zip"


def parse_xml(path: Path, content: bytes) -> Any:
    """Parse a part: no network, no entity, no DTD.

    Raises:
        UnreadableFileError: `endommage`.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise damaged(path) from error


def refuse_ole(path: Path) -> UnreadableFileError:
    """Say what an OLE container is: an encrypted document, or one of the old formats."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            return encrypted(path)
        old = next(
            (
                name
                for stream, name in (
                    ("WordDocument", "Word (.doc)"),
                    ("PowerPoint Document", "PowerPoint (.ppt)"),
                    ("Workbook", "Excel (.xls)"),
                    ("__substg1.0_", "Outlook (.msg)"),
                )
                if content.find(stream.encode("utf-16-le")) >= 0
            ),
            None,
        )
    if old is None:
        return UnreadableFileError(
            f"Le format du fichier « {path.name} » n’est pas pris en charge.",
            "S’il s’agit d’un document, enregistrez-le en PDF, et relancez l’ingestion.",
            code="format",
        )
    return UnreadableFileError(
        f"Le fichier « {path.name} » est dans un ancien format de {old}, qui n’est pas lu.",
        "Ouvrez-le puis enregistrez-le en PDF, en .docx ou en .pptx, et relancez l’ingestion.",
        code="format",
    )


def encrypted(path: Path) -> UnreadableFileError:
    """The refusal of a file under a password."""
    return UnreadableFileError(
        f"Le fichier « {path.name} » est protégé par un mot de passe.",
        "Enregistrez-en une copie sans mot de passe, puis relancez l’ingestion.",
        code="chiffre",
    )


def damaged(path: Path) -> UnreadableFileError:
    """The refusal of a file that cannot be opened."""
    return UnreadableFileError(
        f"Le fichier « {path.name} » est endommagé : il ne peut pas être ouvert.",
        "Téléchargez-le de nouveau ou demandez un nouvel exemplaire.",
        code="endommage",
    )


MACROS: Final = "Le fichier contient des macros : elles sont ignorées."

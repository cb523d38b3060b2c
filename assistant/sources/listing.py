"""The list of public sources (`corpus/catalogue.toml`), and the files that come from it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from assistant.errors import AssistantError
from assistant.ingestion.places import REGIONS, first_match, fold
from assistant.model import KIND_LABELS
from assistant.sources.lockfile import Lock

_REQUIRED: Final = ("id", "title", "publisher", "kind", "url", "format")
_PLAIN_NAMES: Final = re.compile(r"(?:download|file|document|fichier|index|view|media)\d*$")


class SourceListError(AssistantError):
    """The list of sources is absent, ill-formed, or holds no such source."""

    code = "catalogue_sources"


@dataclass(frozen=True, slots=True)
class Source:
    """A public document and where it is said to be.

    Attributes:
        id: short identifier (« src001 »).
        kind: a key of `KIND_LABELS`.
        url: its address, which nobody has checked.
        format: « pdf » or « html », as the list says; the server may send something else.
        year: year of publication, when known.
        official: whether the publisher itself gives it.
    """

    id: str
    title: str
    publisher: str
    kind: str
    url: str
    format: str
    year: int | None = None
    region: str | None = None
    official: bool = False
    licence: str = ""
    note: str = ""

    @property
    def host(self) -> str:
        """Host name of its address, in lower case."""
        return (urlsplit(self.url).hostname or "").lower()

    @property
    def stem(self) -> str:
        """File name without extension: that of the address when it says something."""
        name = _address_name(self.url)
        if name:
            # Composed letters, and nothing a file system could refuse or take for a folder.
            plain = unicodedata.normalize("NFC", Path(name).stem)
            return re.sub(r"[^\w.() -]+", "-", plain)[:120].strip(" .")
        return f"{self.id}-{re.sub(r'[^a-z0-9]+', '-', fold(self.title)).strip('-')[:80]}"

    def description(self) -> dict[str, str]:
        """What the list says of the document, by field of its metadata.

        « autre » only says that no kind suits, and some titles were deduced: both are left
        to the reader.
        """
        said = {"publisher": self.publisher}
        if not self.note.startswith("Titre déduit"):
            said["title"] = self.title
        if self.kind != "autre":
            said["kind"] = self.kind
        if self.region:
            said["region"] = first_match(REGIONS, fold(self.region)) or self.region
        if self.year:
            said["date"] = str(self.year)
        return said


def load_sources(path: Path) -> list[Source]:
    """Read the list of sources.

    Raises:
        SourceListError: absent, ill-formed, or two sources share an identifier.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("source", [])
    except OSError as error:
        raise SourceListError(
            f"La liste des sources « {path} » ne peut pas être lue.",
            "Donnez son chemin avec --catalogue FICHIER.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceListError(
            f"La liste des sources « {path} » est mal écrite ({error}).",
            "Corrigez-la : une table [[source]] par document.",
        ) from error
    sources = [_source(entry, path) for entry in entries]
    seen: set[str] = set()
    for source in sources:
        if source.id in seen:
            raise SourceListError(
                f"Deux sources de « {path} » portent l’identifiant « {source.id} ».",
                "Donnez à chacune le sien.",
            )
        seen.add(source.id)
    return sources


def _source(entry: Mapping[str, Any], path: Path) -> Source:
    missing = [field for field in _REQUIRED if not isinstance(entry.get(field), str)]
    if missing or entry["kind"] not in KIND_LABELS or not re.fullmatch(r"[\w-]+", entry["id"]):
        wrong = ", ".join(missing) or "id ou kind"
        raise SourceListError(
            f"Une source de « {path} » est incomplète ou fausse (champ {wrong}).",
            f"Champs attendus : {', '.join(_REQUIRED)}.",
        )
    known = {field: entry[field] for field in Source.__dataclass_fields__ if field in entry}
    return Source(**known)


def choose(sources: Sequence[Source], wanted: Sequence[str]) -> list[Source]:
    """Sources by identifier, in the order asked for.

    Raises:
        SourceListError: there is no such source.
    """
    by_id = {source.id: source for source in sources}
    unknown = [name for name in wanted if name not in by_id]
    if unknown:
        raise SourceListError(
            f"Aucune source ne porte l’identifiant {', '.join(f'« {name} »' for name in unknown)}.",
            "Consultez la liste : assistant corpus sources.",
        )
    return [by_id[name] for name in dict.fromkeys(wanted)]


def known_source(sources: Sequence[Source]) -> Callable[[Path, str], dict[str, str]]:
    """A function telling what the list says of a file, given its path and its SHA-256.

    A file is recognised by its content when it was downloaded from the list, otherwise by the
    name its address gives it.
    """
    by_id = {source.id: source for source in sources}
    names: dict[str, list[Source]] = {}
    for source in sources:
        name = _address_name(source.url)
        if name:
            for shown in {name, f"{source.stem}{Path(name).suffix}"}:
                names.setdefault(shown, []).append(source)

    @lru_cache(maxsize=64)
    def downloaded(folder: Path) -> dict[str, str]:
        return Lock.load(folder).hashes()

    def find(path: Path, sha256: str) -> dict[str, str]:
        source = by_id.get(downloaded(path.parent).get(sha256, ""))
        if source is None:
            same = names.get(path.name.casefold(), [])
            source = same[0] if len(same) == 1 else None
        return source.description() if source else {}

    return find


def _address_name(url: str) -> str:
    """File name an address ends with, in lower case; empty when it is a mere « download »."""
    name = Path(unquote(urlsplit(url).path)).name.casefold()
    stem, dot, extension = name.rpartition(".")
    if not dot or extension not in {"pdf", "docx", "pptx", "odt", "odp"}:
        return ""
    return "" if len(stem) < 8 or _PLAIN_NAMES.match(stem) else name

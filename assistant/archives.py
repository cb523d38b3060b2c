"""The file of a backup: a plain tar whose last member lists the others and their checksums.

Neither compressed nor sparse: what it unpacks to is never larger than itself. Nothing of an
archive is believed before the whole of it has been read once.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from assistant.errors import AssistantError, cause

FORMAT: Final = 1
MANIFEST: Final = "manifeste.json"
SETTINGS: Final = "reglages/assistant.toml"
ROOTS: Final = ("index", "documents", "depots")
"""Folders an archive may hold, beside the settings."""

_MOST_FILES: Final = 500_000
_LONGEST_MANIFEST: Final = 256 << 20
_BLOCK: Final = 1 << 20


class ArchiveError(AssistantError):
    """The file is no backup, is damaged, or holds what no backup holds."""

    code = "sauvegarde_refusee"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive: its size in bytes, its SHA-256, its time in nanoseconds, its mode."""

    size: int
    sha256: str
    mtime_ns: int
    mode: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself.

    Attributes:
        assistant: version of the software that wrote it.
        created: when, in UTC, ISO 8601.
        generation: generation of the index it holds, if any.
        roots: where each folder was on the machine it comes from.
        files: what it holds, by path.
    """

    assistant: str
    created: str
    generation: str | None
    roots: dict[str, str]
    files: dict[str, Entry] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(entry.size for entry in self.files.values())


class Writer:
    """Adds files to an archive, computing their checksums as they are read."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self.files: dict[str, Entry] = {}

    def add(self, path: Path, name: str) -> None:
        """Add a file, as it is when it is read.

        Raises:
            OSError: it cannot be read whole, or the disk refuses.
        """
        with path.open("rb") as stream:
            member = self._archive.gettarinfo(arcname=name, fileobj=stream)
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            hashed = _Hashed(stream)
            self._archive.addfile(member, hashed)
            facts = path.stat()
            self.files[name] = Entry(
                member.size, hashed.digest.hexdigest(), facts.st_mtime_ns, member.mode & 0o777
            )

    def close(self, manifest: Manifest) -> None:
        """Add the list of the files, last."""
        said = {"format": FORMAT, **asdict(manifest)}
        content = json.dumps(said, ensure_ascii=False, indent=1).encode()
        member = tarfile.TarInfo(MANIFEST)
        member.size = len(content)
        member.mode = 0o600
        self._archive.addfile(member, io.BytesIO(content))


class _Hashed(io.RawIOBase):
    """A file read through a checksum."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self.digest.update(block)
        return block


def check(path: Path) -> Manifest:
    """Read an archive whole and compare it with what it says of itself.

    Raises:
        ArchiveError: it is damaged, incomplete, of a later version, or holds a link, a path that
            leads elsewhere or anything that no backup holds.
    """
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    with _reading(path) as archive:
        for member in archive:
            if manifest is not None or len(found) >= _MOST_FILES:
                raise _hostile("elle contient plus que sa liste ne dit")
            if member.name == MANIFEST and _is_plain(member):
                manifest = _manifest(archive, member)
                continue
            _check_member(member)
            if member.name in found:
                raise _hostile(f"« {member.name} » y est deux fois")
            digest = sha256()
            for block in _blocks(archive, member):
                digest.update(block)
            found[member.name] = (member.size, digest.hexdigest())
    if manifest is None:
        raise ArchiveError(
            f"La sauvegarde « {path} » est incomplète.", "Reprenez-en une copie entière."
        )
    if found != {name: (one.size, one.sha256) for name, one in manifest.files.items()}:
        raise ArchiveError(
            f"La sauvegarde « {path} » est endommagée : ses sommes de contrôle ne correspondent "
            "pas.",
            "Reprenez-en une autre copie, ou une sauvegarde antérieure.",
        )
    return manifest


def unpack(path: Path, manifest: Manifest, root: str, target: Path) -> None:
    """Write one folder of an archive that has been checked.

    Args:
        path: the archive.
        manifest: what `check` returned.
        root: which folder of `ROOTS`.
        target: where it goes; created, must not exist.

    Raises:
        ArchiveError: the archive changed since it was checked.
        OSError: the disk refuses.
    """
    target.mkdir(parents=True)
    with _reading(path) as archive:
        for member in archive:
            entry = manifest.files.get(member.name)
            if entry is None or not member.name.startswith(f"{root}/"):
                continue
            _check_member(member)
            place = target / member.name.partition("/")[2]
            place.parent.mkdir(parents=True, exist_ok=True)
            digest = sha256()
            descriptor = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                for block in _blocks(archive, member):
                    digest.update(block)
                    stream.write(block)
                stream.flush()
                os.fsync(stream.fileno())
            if digest.hexdigest() != entry.sha256:
                raise ArchiveError(f"La sauvegarde « {path} » a changé pendant sa lecture.")
            place.chmod(entry.mode & 0o777 | 0o600)
            # Times are part of what an index trusts: see `generations`.
            os.utime(place, ns=(entry.mtime_ns, entry.mtime_ns))


def read_text(path: Path, name: str) -> str:
    """Text of one small file of an archive that has been checked."""
    with _reading(path) as archive:
        for member in archive:
            if member.name == name:
                _check_member(member)
                return b"".join(_blocks(archive, member)).decode("utf-8")
    return ""


@contextmanager
def _reading(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as archive:
            yield archive
    except tarfile.TarError as error:
        raise ArchiveError(
            f"« {path} » n'est pas une sauvegarde, ou elle est incomplète.",
            "Donnez un fichier écrit par « assistant sauvegarder », copié en entier.",
        ) from error
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise ArchiveError(
            f"« {path} » ne peut pas être lu ({cause(error)}).",
            "Vérifiez le chemin et les droits.",
        ) from error


def _blocks(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    stream = archive.extractfile(member)
    assert stream is not None  # a regular file
    left = member.size
    while left:
        block = stream.read(min(left, _BLOCK))
        if not block:
            raise tarfile.ReadError("unexpected end of data")
        left -= len(block)
        yield block


def _is_plain(member: tarfile.TarInfo) -> bool:
    """Whether a member is an ordinary file: no link, no device, no hole."""
    return member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()


def _check_member(member: tarfile.TarInfo) -> None:
    """Refuse whatever `assistant sauvegarder` does not write.

    Raises:
        ArchiveError: a link, a device, a path that leads elsewhere, a hidden file.
    """
    name = member.name
    parts = PurePosixPath(name).parts
    if not _is_plain(member):
        raise _hostile(f"« {name} » n'est pas un fichier ordinaire")
    known = name == SETTINGS or (len(parts) > 1 and parts[0] in ROOTS)
    odd = "\\" in name or ":" in name or "\0" in name or name != "/".join(parts)
    if not known or odd or any(part.startswith(".") for part in parts):
        raise _hostile(f"« {name} » mène hors de ce qu'elle peut contenir")


def _manifest(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Manifest:
    if member.size > _LONGEST_MANIFEST:
        raise _hostile("sa liste de fichiers est démesurée")
    try:
        said: dict[str, Any] = json.loads(b"".join(_blocks(archive, member)))
        if said.pop("format") > FORMAT:
            raise ArchiveError(
                "Cette sauvegarde vient d'une version plus récente du logiciel "
                f"({said.get('assistant', '?')}).",
                "Mettez d'abord l'assistant à jour.",
            )
        files: Mapping[str, Mapping[str, Any]] = said.pop("files")
        return Manifest(**said, files={name: Entry(**one) for name, one in files.items()})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveError(
            "La liste des fichiers de cette sauvegarde est illisible.",
            "Reprenez-en une autre copie.",
        ) from error


def _hostile(why: str) -> ArchiveError:
    return ArchiveError(
        f"Cette sauvegarde est refusée : {why}.",
        "Rien n'a été changé. Vérifiez d'où elle vient avant toute autre chose.",
    )

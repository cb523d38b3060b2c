"""Fetching public documents, politely: the only part of the project that uses the network.

One request at a time, robots.txt obeyed, a pause between two requests to a host, an honest
User-Agent. What arrives is not believed: its size, its first bytes and its announced type are
checked, and a file takes its name only once complete. An interrupted download resumes where
it stopped if the server still has the same document (`If-Range`, RFC 9110, section 13.1.5).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

import httpx

from assistant import __version__
from assistant.egress import install
from assistant.errors import AssistantError, NetworkForbiddenError, cause
from assistant.sources.addresses import AddressPolicy
from assistant.sources.listing import Source
from assistant.sources.lockfile import NAME, Lock, LockFileError, Record
from assistant.sources.robots import MAX_BYTES, NOTHING_ALLOWED, Robots, parse

AGENT: Final = "assistant-strategie-sante"
USER_AGENT: Final = f"{AGENT}/{__version__} (telechargement manuel de documents publics)"

MAX_REDIRECTS: Final = 5
ATTEMPTS: Final = 3
PAUSE_S: Final = 1.0
"""Least time between two requests to one host, in seconds."""
MAX_PAUSE_S: Final = 30.0
"""A host may ask for longer pauses, up to this."""
MAX_FILE_S: Final = 1800.0
"""A server that sends a byte now and then must not hold the command for ever."""
_CHUNK: Final = 1 << 16
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})

Status = Literal["telecharge", "deja_la", "echec"]


class DownloadError(AssistantError):
    """A document could not be fetched, or what came is not the document."""

    code = "telechargement"


class _TryAgainError(Exception):
    """Something that may work in a moment."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a source: one line a source."""

    id: str
    status: Status
    message: str
    file: str | None = None
    octets: int = 0
    sha256: str | None = None


@dataclass(slots=True)
class _Host:
    """What is known of a host during one command."""

    last: float = 0.0
    robots: Robots | None = None


@dataclass(slots=True)
class Downloader:
    """Fetches sources into a folder.

    Attributes:
        folder: where documents and their record go; it must exist.
        policy: the addresses that may be reached.
        max_bytes: larger documents are refused.
        proxy: address of the organisation's proxy, which then resolves the names itself.
        overwrite: fetch again a document whose file was changed since.
        sleep, clock: replaced in tests.
    """

    folder: Path
    policy: AddressPolicy
    max_bytes: int
    proxy: str | None = None
    overwrite: bool = False
    pause_s: float = PAUSE_S
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _hosts: dict[str, _Host] = field(default_factory=dict)

    def fetch(self, source: Source) -> Outcome:
        """Bring one source here, or say why not; only a full disk stops the command.

        Raises:
            LockFileError: the record of the folder cannot be read or written.
        """
        lock = Lock.load(self.folder)
        try:
            present = self._present(lock, source)
            if present is not None:
                return present
            with self._client() as client:
                return self._fetch(client, lock, source)
        except LockFileError:
            raise
        except AssistantError as error:
            return Outcome(source.id, "echec", f"{error.message} {error.remedy}".strip())
        except OSError as error:
            return Outcome(source.id, "echec", f"Écriture impossible\u00a0: {cause(error)}.")

    def _present(self, lock: Lock, source: Source) -> Outcome | None:
        """The file already here, its content checked; `None` when it must be fetched."""
        found = lock.of_source(source.id)
        if found is None or not (self.folder / found[0]).is_file():
            return None
        name, record = found
        with (self.folder / name).open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        if sha256 == record.sha256:
            return Outcome(
                source.id, "deja_la", "Déjà là, empreinte vérifiée.", name, record.octets, sha256
            )
        if self.overwrite:
            return None
        raise DownloadError(
            f"Le fichier «\u00a0{name}\u00a0» a changé depuis son téléchargement.",
            "Déplacez-le pour le garder, ou confirmez avec --remplacer.",
        )

    def _client(self) -> httpx.Client:
        return httpx.Client(
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(30.0, connect=15.0),
            follow_redirects=False,
            trust_env=False,
            proxy=self.proxy,
        )

    def _fetch(self, client: httpx.Client, lock: Lock, source: Source) -> Outcome:
        part = self.folder / f"{source.stem}.{source.id}.part"
        for attempt in range(1, ATTEMPTS + 1):
            try:
                kind = self._receive(client, lock, source, part)
                break
            except (httpx.TransportError, _TryAgainError) as error:
                if attempt == ATTEMPTS:
                    raise DownloadError(
                        f"Téléchargement interrompu\u00a0: {_reason(error)}.",
                        "Relancez la commande\u00a0: elle reprendra où elle s’est arrêtée.",
                    ) from error
                wait = error.after if isinstance(error, _TryAgainError) else 0.0
                self.sleep(min(max(wait, 2.0**attempt), MAX_PAUSE_S))
        return self._keep(lock, source, part, kind)

    def _receive(self, client: httpx.Client, lock: Lock, source: Source, part: Path) -> str:
        """Fill the unfinished file to its end; the extension its content asks for."""
        headers = {"Accept": "application/pdf, text/html;q=0.8, */*;q=0.5"}
        state = lock.unfinished.get(source.id, {})
        validator = state.get("validateur", "")
        offset = part.stat().st_size if part.is_file() else 0
        if offset and validator and state.get("url") == source.url:
            headers |= {"Range": f"bytes={offset}-", "If-Range": validator}
        else:
            offset = 0
        with self._open(client, source.url, headers) as response:
            if response.status_code == 416:
                part.unlink(missing_ok=True)
                raise _TryAgainError("la reprise a été refusée")
            if response.status_code == 206 and not _continues(response, offset):
                part.unlink(missing_ok=True)
                raise _TryAgainError("la reprise ne commence pas au bon endroit")
            if response.status_code not in (200, 206):
                raise _http_error(response)
            if response.status_code == 200:
                offset = 0
            lock.unfinished[source.id] = {
                "url": source.url,
                "validateur": _validator(response),
                "etag": response.headers.get("etag", ""),
                "last_modified": response.headers.get("last-modified", ""),
            }
            lock.save()
            self._write(response, part, offset)
            announced = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return _check(part, source, announced)

    def _write(self, response: httpx.Response, part: Path, offset: int) -> None:
        length = response.headers.get("content-length", "")
        expected = offset + int(length) if length.isdecimal() else None
        if expected is not None and expected > self.max_bytes:
            raise self._too_large(part)
        received, started = offset, self.clock()
        with part.open("r+b" if offset else "wb") as stream:
            stream.seek(offset)
            stream.truncate()
            for chunk in response.iter_raw(_CHUNK):
                received += len(chunk)
                if received > self.max_bytes:
                    raise self._too_large(part)
                if self.clock() - started > MAX_FILE_S:
                    raise DownloadError(
                        "Le serveur est trop lent.",
                        "Relancez plus tard\u00a0: la suite sera reprise.",
                    )
                stream.write(chunk)
        if expected is not None and received < expected:
            raise _TryAgainError(f"{received} octets reçus sur {expected}")

    def _too_large(self, part: Path) -> DownloadError:
        part.unlink(missing_ok=True)
        return DownloadError(
            f"Le document dépasse la limite de {self.max_bytes >> 20} Mo.",
            "Augmentez ASSISTANT_MAX_FILE_MB si ce document est bien celui que vous voulez.",
        )

    def _keep(self, lock: Lock, source: Source, part: Path, extension: str) -> Outcome:
        """Give a complete file its name, and record it."""
        name = f"{source.stem}{extension}"
        owner = lock.documents.get(name)
        target = self.folder / name
        # Somebody's own file, or that of another source, is never overwritten.
        if target.exists() and (owner is None or owner.id != source.id):
            name = f"{source.stem}-{source.id}{extension}"
            target = self.folder / name
        with part.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            os.fsync(stream.fileno())
        part.replace(target)
        state = lock.unfinished.pop(source.id, {})
        octets = target.stat().st_size
        lock.documents[name] = Record(
            source.id,
            source.url,
            sha256,
            octets,
            datetime.now(UTC).isoformat(timespec="seconds"),
            state.get("etag", ""),
            state.get("last_modified", ""),
        )
        lock.save()
        return Outcome(source.id, "telecharge", "Téléchargé.", name, octets, sha256)

    # Requests

    @contextmanager
    def _open(
        self, client: httpx.Client, url: str, headers: dict[str, str]
    ) -> Iterator[httpx.Response]:
        """Answer to a GET, redirections followed one by one and checked."""
        previous: str | None = None
        for _ in range(MAX_REDIRECTS + 1):
            host = self.policy.check(url, after=previous)
            self._obey_robots(client, url, host)
            with self._request(client, url, headers, host) as response:
                if not response.is_redirect:
                    yield response
                    return
                location = response.headers.get("location", "")
            previous, url = url, urljoin(url, location)
        raise DownloadError(
            f"Plus de {MAX_REDIRECTS} redirections à la suite.",
            "Ouvrez l’adresse dans un navigateur et corrigez la liste des sources.",
        )

    @contextmanager
    def _request(
        self, client: httpx.Client, url: str, headers: dict[str, str], host: str
    ) -> Iterator[httpx.Response]:
        """One request, after the pause this host deserves, to its checked addresses only."""
        state = self._hosts.setdefault(_origin(url), _Host())
        pause = max(self.pause_s, min(state.robots.delay if state.robots else 0.0, MAX_PAUSE_S))
        wait = state.last + pause - self.clock() if state.last else 0.0
        if wait > 0:
            self.sleep(wait)
        guard = install()
        with ExitStack() as stack:
            name = urlsplit(self.proxy).hostname or "" if self.proxy else host
            stack.enter_context(guard.allowing([name]))
            reach = AddressPolicy(frozenset([name]), local=True) if self.proxy else self.policy
            # Only these numbers may be connected to: a name that changes its mind is refused.
            stack.enter_context(guard.allowing(reach.resolve(name)))
            try:
                yield stack.enter_context(client.stream("GET", url, headers=headers))
            except NetworkForbiddenError as error:
                raise DownloadError(
                    f"«\u00a0{host}\u00a0» a changé d’adresse pendant la demande.", "Relancez."
                ) from error
            finally:
                state.last = self.clock()

    def _obey_robots(self, client: httpx.Client, url: str, host: str) -> None:
        state = self._hosts.setdefault(_origin(url), _Host())
        if state.robots is None:
            state.robots = self._robots(client, f"{_origin(url)}/robots.txt", host)
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not state.robots.allows(path):
            raise DownloadError(
                f"Le site «\u00a0{host}\u00a0» ne souhaite pas que ce document soit téléchargé "
                "par un programme (robots.txt).",
                "Ouvrez l’adresse dans un navigateur et enregistrez le document.",
            )

    def _robots(self, client: httpx.Client, url: str, host: str) -> Robots:
        """Rules of a host: none when it has none, all refused when it cannot say (RFC 9309)."""
        for _ in range(MAX_REDIRECTS + 1):
            with self._request(client, url, {}, host) as response:
                if response.is_redirect:
                    previous, url = url, urljoin(url, response.headers.get("location", ""))
                    host = self.policy.check(url, after=previous)
                    continue
                if response.status_code >= 500:
                    return NOTHING_ALLOWED
                if response.status_code != 200:
                    return Robots()
                content = b""
                for chunk in response.iter_raw(_CHUNK):
                    content += chunk
                    if len(content) > MAX_BYTES:
                        break
                return parse(content[:MAX_BYTES].decode("utf-8", "replace"), AGENT)
        return Robots()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _validator(response: httpx.Response) -> str:
    """A strong validator, the only kind `If-Range` accepts."""
    etag: str = response.headers.get("etag", "")
    if etag and not etag.startswith("W/"):
        return etag
    return "" if etag else str(response.headers.get("last-modified", ""))


def _continues(response: httpx.Response, offset: int) -> bool:
    return str(response.headers.get("content-range", "")).startswith(f"bytes {offset}-")


def _http_error(response: httpx.Response) -> Exception:
    code = response.status_code
    if code in _AGAIN:
        after = response.headers.get("retry-after", "")
        return _TryAgainError(f"le serveur répond {code}", float(after) if after.isdecimal() else 0)
    if code in (404, 410):
        return DownloadError(
            f"Le document n’est plus à cette adresse (réponse {code}).",
            "Cherchez-le sur le site de l’éditeur et corrigez la liste des sources.",
        )
    if code in (401, 403):
        return DownloadError(
            f"Le site refuse de donner ce document à un programme (réponse {code}).",
            "Ouvrez l’adresse dans un navigateur et enregistrez le document.",
        )
    return DownloadError(f"Le serveur répond {code}.", "Relancez plus tard.")


def _check(part: Path, source: Source, announced: str) -> str:
    """Extension of a complete file, from its first bytes; what it claims must agree.

    Raises:
        DownloadError: a web page instead of a PDF, or a content nobody can read.
    """
    with part.open("rb") as stream:
        head = stream.read(2048)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    page = start.startswith((b"<!doctype html", b"<html", b"<head", b"<!--", b"<?xml"))
    if b"%PDF-" in head[:1024] and not page:
        # « octet-stream » and a missing type are common; « text/html » contradicts the content.
        if announced.startswith(("text/html", "image/", "audio/", "video/")):
            part.unlink()
            raise DownloadError(f"Le serveur annonce «\u00a0{announced}\u00a0» et envoie un PDF.")
        return ".pdf"
    wanted = urlsplit(source.url).path.casefold().endswith(".pdf") or source.format == "pdf"
    if page and not wanted and announced in ("text/html", "application/xhtml+xml", ""):
        return ".html"
    part.unlink()
    if page or announced.startswith("text/html"):
        raise DownloadError(
            "Le serveur envoie une page web au lieu du document PDF.",
            "Ouvrez l’adresse dans un navigateur\u00a0: le document a sans doute changé de place.",
        )
    if not head:
        raise DownloadError("Le serveur envoie un document vide.", "Relancez plus tard.")
    raise DownloadError(
        f"Le contenu reçu n’est pas un PDF (type annoncé\u00a0: {announced or 'aucun'}).",
        "Ouvrez l’adresse dans un navigateur pour voir ce qu’elle donne.",
    )


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError):
        return "la connexion au serveur a échoué"
    if isinstance(error, httpx.TimeoutException):
        return "le serveur ne répond plus"
    if isinstance(error, httpx.RemoteProtocolError):
        return "le serveur a coupé avant la fin"
    return str(error) or type(error).__name__


def prepare_folder(folder: Path) -> None:
    """Make sure documents can be written into a folder.

    Raises:
        DownloadError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{NAME}.essai"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise DownloadError(
            f"Le dossier «\u00a0{folder}\u00a0» n’est pas accessible en écriture.",
            "Choisissez-en un autre avec --vers DOSSIER.",
        ) from error

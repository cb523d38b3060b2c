"""The administrator's own sigles: added, corrected or withdrawn, whatever the corpus says.

They live in one small file at the root of the index, which no ingestion touches. It may be
edited by hand; a running server sees its changes at the next question.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError, IndexLockedError, StorageError, cause
from assistant.index.sigle_mining import plain_sigle, sigle_key

logger = logging.getLogger("assistant.index")

FILE = "glossaire.json"
FORMAT = 1
MAX_SENSES = 5
MAX_SIGLE = 20
MAX_TEXT = 200
_MAX_BYTES = 4 << 20
_WAIT_S = 5


class InvalidSigleError(AssistantError):
    """A sigle or what it stands for cannot be filed."""

    code = "sigle_invalide"


class UnknownSigleError(AssistantError):
    """Nobody knows this sigle."""

    code = "sigle_inconnu"


class OwnGlossaryError(AssistantError):
    """The file of the administrator's sigles cannot be understood."""

    code = "glossaire_illisible"


@dataclass(frozen=True, slots=True)
class OwnSigle:
    """A decision of the administrator.

    Attributes:
        sigle: as written.
        senses: what it stands for, the usual sense first; empty when withdrawn.
    """

    sigle: str
    senses: tuple[str, ...] = ()

    @property
    def withdrawn(self) -> bool:
        """Whether the sigle must not be expanded at all."""
        return not self.senses


Decisions = Mapping[str, OwnSigle]
"""Key of a sigle → what the administrator decided."""


def overlay(glossary: Mapping[str, list[str]], decisions: Decisions) -> dict[str, list[str]]:
    """A glossary once the administrator has had the last word."""
    made = {key: senses for key, senses in glossary.items() if key not in decisions}
    made.update({key: list(said.senses) for key, said in decisions.items() if not said.withdrawn})
    return made


class OwnSigles:
    """The decisions of one index, read again when their file changes.

    Safe to share between threads: a reading replaces the whole mapping at once.
    """

    def __init__(self, index_dir: Path) -> None:
        """Bind to an index; its file may not exist."""
        self.path = index_dir / FILE
        self._seen: tuple[int, int, int] | None = None
        self._decisions: Decisions = {}

    def decisions(self) -> Decisions:
        """Current decisions, the same object as long as the file does not change.

        Raises:
            OwnGlossaryError: the file is not what it should be.
        """
        seen = self._stamp()
        if seen != self._seen:
            self._decisions = _read(self.path) if seen else {}
            self._seen = seen
        return self._decisions

    def serving(self) -> Decisions:
        """Current decisions; the last good ones when the file is damaged, which is logged."""
        try:
            return self.decisions()
        except AssistantError as error:
            self._seen = self._stamp()  # said once, not at each question
            logger.warning("%s %s", error.message, error.remedy)
            return self._decisions

    def put(self, sigle: str, senses: Sequence[str]) -> OwnSigle:
        """File a sigle with its senses, instead of any earlier decision about it.

        Raises:
            InvalidSigleError: the sigle or a sense cannot be filed.
            OwnGlossaryError: the file is damaged; nothing is written.
            IndexLockedError: another process is writing the file.
            StorageError: the disk refuses.
        """
        made = OwnSigle(_checked_sigle(sigle), _checked_senses(sigle, senses))
        self._change(lambda decisions: {**decisions, sigle_key(made.sigle): made})
        return made

    def add(self, sigle: str, sense: str, others: Sequence[str] = ()) -> OwnSigle:
        """File one more sense of a sigle, after those it has.

        Args:
            sigle: as written.
            sense: what it stands for too.
            others: its present senses, when the administrator has decided nothing yet.

        Raises:
            As `put`.
        """
        made = OwnSigle(_checked_sigle(sigle), _checked_senses(sigle, [sense]))
        key = sigle_key(made.sigle)

        def change(decisions: Decisions) -> dict[str, OwnSigle]:
            before = decisions[key].senses if key in decisions else tuple(others)
            senses = [*(text for text in before if text != made.senses[0]), made.senses[0]]
            return {**decisions, key: replace(made, senses=_checked_senses(sigle, senses))}

        return self._change(change)[key]

    def withdraw(self, sigle: str) -> OwnSigle:
        """Decide that a sigle is not expanded, whatever the corpus says.

        Raises:
            As `put`.
        """
        made = OwnSigle(_checked_sigle(sigle))
        self._change(lambda decisions: {**decisions, sigle_key(made.sigle): made})
        return made

    def forget(self, sigle: str) -> bool:
        """Forget the decision about a sigle; whether there was one.

        Raises:
            As `put`.
        """
        key = sigle_key(_checked_sigle(sigle))
        known = key in self.decisions()
        self._change(
            lambda decisions: {name: made for name, made in decisions.items() if name != key}
        )
        return known

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _change(self, change: Callable[[Decisions], Mapping[str, OwnSigle]]) -> Decisions:
        with _locked(self.path):
            made = change(_read(self.path) if self.path.exists() else {})
            _write(self.path, made)
        return made


def _checked_sigle(sigle: str) -> str:
    bare = plain_sigle(" ".join(sigle.split()))
    key = sigle_key(bare)
    if not key or len(bare) > MAX_SIGLE or not any(char.isalpha() for char in key):
        raise InvalidSigleError(
            f"« {sigle.strip()[:40]} » n’est pas un sigle.",
            f"Donnez de 2 à {MAX_SIGLE} caractères, dont une lettre : par exemple « SAS ».",
        )
    if len(key) < 2 or any(not (char.isalnum() or char in " -'&/.") for char in bare):
        raise InvalidSigleError(
            f"« {sigle.strip()[:40]} » n’est pas un sigle.",
            "Un sigle se compose de lettres, de chiffres, et au besoin de tirets ou de points.",
        )
    return bare


def _checked_senses(sigle: str, senses: Sequence[str]) -> tuple[str, ...]:
    texts = tuple(dict.fromkeys(" ".join(text.split()).strip(' «»"“”') for text in senses))
    if not texts or not all(texts):
        raise InvalidSigleError(
            f"Le développement de « {sigle.strip()[:40]} » est vide.",
            "Écrivez ce que le sigle veut dire : par exemple « service d’accès aux soins ».",
        )
    if len(texts) > MAX_SENSES:
        raise InvalidSigleError(
            f"Le sigle « {sigle.strip()[:40]} » aurait {len(texts)} sens.",
            f"Gardez-en {MAX_SENSES} au plus.",
        )
    for text in texts:
        if len(text) > MAX_TEXT or not any(char.isalpha() for char in text):
            raise InvalidSigleError(
                f"« {text[:40]} » n’est pas un développement de sigle.",
                f"Écrivez quelques mots, {MAX_TEXT} caractères au plus.",
            )
        if not text.isprintable():
            raise InvalidSigleError(
                "Le développement contient un caractère invisible.", "Saisissez-le de nouveau."
            )
    return texts


def _read(path: Path) -> Decisions:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("too large")
        table: Any = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(table, dict) or table.get("format") != FORMAT:
            raise ValueError("format")
        found: dict[str, OwnSigle] = {}
        for sigle, senses in table["sigles"].items():
            if not isinstance(senses, list) or not all(isinstance(text, str) for text in senses):
                raise ValueError(f"senses of {sigle}")
            checked = _checked_senses(sigle, senses) if senses else ()
            found[sigle_key(sigle)] = OwnSigle(_checked_sigle(sigle), checked)
        return found
    except OSError as error:
        raise StorageError(
            f"Le glossaire « {path} » ne peut pas être lu ({cause(error)}).",
            "Vérifiez les droits de ce fichier.",
        ) from error
    except (ValueError, KeyError, AttributeError, InvalidSigleError) as error:
        reason = f" ({error.message})" if isinstance(error, InvalidSigleError) else ""
        raise OwnGlossaryError(
            f"Le glossaire « {path} » n’a pas la forme attendue{reason}.",
            "Corrigez ce fichier, ou déplacez-le : vos sigles seront alors à saisir de nouveau.",
        ) from error


def _write(path: Path, decisions: Decisions) -> None:
    """Replace the file at once: a reader sees the old one or the new one."""
    text = json.dumps(
        {
            "format": FORMAT,
            "sigles": {made.sigle: list(made.senses) for _, made in sorted(decisions.items())},
        },
        ensure_ascii=False,
        indent=1,
    )
    temporary = path.with_name(f".{FILE}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(
            f"Le glossaire « {path} » ne peut pas être écrit ({cause(error)}).",
            "Vérifiez les droits du dossier et la place disponible ; rien n’a été changé.",
        ) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the file for a change; another process waits a few seconds, then is told."""
    from filelock import FileLock, Timeout

    lock = FileLock(path.with_name(f".{FILE}.lock"), timeout=_WAIT_S)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise IndexLockedError(
            "Le glossaire est en cours de modification par un autre programme.",
            "Réessayez dans quelques secondes.",
        ) from error
    except OSError as error:
        raise StorageError(
            f"Le dossier d’index « {path.parent} » n’est pas accessible en écriture.",
            "Vérifiez ses droits, ou choisissez un autre dossier avec --index.",
        ) from error
    try:
        yield
    finally:
        lock.release()

"""The house's own question sets: JSON lines under the index folder, written by evaluators.

The sets shipped with the software are read-only, so that two houses speak of the same figures;
a set of the house may begin as a copy of their `dev` half.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from assistant.access.cited import Restricting, Unseen, kept_back, nothing
from assistant.errors import AssistantError, IndexLockedError, StorageError, cause
from assistant.model import Document
from eval import sets
from eval.question_rules import (
    QuestionInvalidError,
    check_together,
    checked,
    free_id,
    lighter_half,
)
from eval.sets import Place, Question, SetNotFoundError, Split, read_lines

SUBFOLDER: Final = Path("evaluation") / "questions"
_MAX_BYTES: Final = 32 << 20
_WAIT_S: Final = 5
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class UnknownQuestionError(AssistantError):
    """The set has no such question."""

    code = "question_inconnue"


class ReadOnlySetError(AssistantError):
    """The set is shipped with the software."""

    code = "jeu_en_lecture_seule"


class QuestionChangedError(AssistantError):
    """Somebody else changed the question since it was read."""

    code = "question_modifiee"


@dataclass(frozen=True, slots=True)
class SetInfo:
    """A question set and what it holds.

    Attributes:
        own: whether it is the house's, and may be changed.
        dev, test: number of questions of each half.
    """

    name: str
    own: bool
    dev: int
    test: int


class Corpus(Restricting, Protocol):
    """The engine as the sets see it."""

    def documents(self) -> list[Document]:
        """The documents that the person served may see."""


class QuestionnaireStore:
    """The question sets of one index. Safe to share between threads and processes."""

    def __init__(self, index_dir: Path, corpus: Corpus | None = None) -> None:
        """Bind to an index; nothing is written before the first set.

        Args:
            index_dir: where the index lives.
            corpus: as the person served sees it: a set of the house that names a document kept
                from them does not exist for them, facts included. All are seen by default.
        """
        self.index_dir = index_dir
        self.folder = index_dir / SUBFOLDER
        self._corpus = corpus

    # Reading

    def names(self) -> list[SetInfo]:
        """Every set, those of the house first; a damaged one has no question to show."""
        return [*map(self._info, self._own()), *map(self._info, shipped())]

    def is_own(self, name: str) -> bool:
        """Whether a set is the house's.

        Raises:
            SetNotFoundError: no set has this name.
        """
        if name in shipped():
            return False
        if (
            _NAME.fullmatch(name) is None
            or not self.path(name).is_file()
            or self._kept_from(name, self._unseen())
        ):
            raise SetNotFoundError(
                f"Aucun jeu de questions ne s’appelle « {name[:60]} ».",
                "Consultez la liste des jeux.",
            )
        return True

    def path(self, name: str) -> Path:
        """Where a set of the house stands, or would."""
        return self.folder / f"{name}.jsonl"

    def read(self, name: str, split: Split | None = None) -> list[Question]:
        """Questions of a set, in their order.

        Of a set shipped with the software, only the `dev` half is ever shown: who has seen the
        `test` half tunes on it without meaning to.

        Raises:
            SetNotFoundError: no set has this name.
            SetInvalidError: the file is damaged.
            StorageError: the disk refuses.
        """
        if not self.is_own(name):
            return [] if split == "test" else sets.load(name, "dev")
        try:
            found = read_lines(self.path(name), Question)
        except OSError as error:
            raise _refused(self.path(name), error) from error
        return [one for one in found if split is None or one.split == split]

    def to_ask(self, name: str, split: Split, *, by: str) -> list[Question]:
        """Questions of one half, for a run; a reading of the `test` half is written down.

        Raises:
            As `read`.
        """
        return sets.load(
            self.path(name) if self.is_own(name) else name,
            split,
            purpose="report",
            journal=sets.test_journal(self.index_dir),
            by=by,
        )

    def get(self, name: str, question_id: str) -> Question:
        """One question.

        Raises:
            UnknownQuestionError: the set has no such question.
            As `read`.
        """
        for question in self.read(name):
            if question.id == question_id:
                return question
        raise _unknown(name, question_id)

    def _own(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        unseen = self._unseen()
        return sorted(
            path.stem
            for path in self.folder.glob("*.jsonl")
            if _NAME.fullmatch(path.stem) and not self._kept_from(path.stem, unseen)
        )

    def _unseen(self) -> Unseen:
        return nothing() if self._corpus is None else kept_back(self._corpus)()

    def _kept_from(self, name: str, unseen: Unseen) -> bool:
        """Whether a set names a document kept from the person served; a damaged one may."""
        if not unseen:
            return False
        try:
            found = read_lines(self.path(name), Question)
        except (OSError, AssistantError):
            return True
        return any(place.file in unseen.files for one in found for place in _places(one))

    def _named_are_seen(self, questions: Iterable[Question]) -> None:
        """Refuse names that the person served cannot check: kept from them or unknown, alike.

        Raises:
            QuestionInvalidError: there is one.
        """
        if self._corpus is None or not self._unseen():
            return
        seen = {document.file for document in self._corpus.documents()}
        for question in questions:
            for place in _places(question):
                if place.file not in seen:
                    raise QuestionInvalidError(
                        f"Le document « {place.file} » n’est pas dans le corpus.",
                        "Nommez un document tel que la liste des documents l’écrit.",
                    )

    def _info(self, name: str) -> SetInfo:
        own = name not in shipped()
        try:
            halves = _halves(_text(self.path(name) if own else sets.FOLDER / f"{name}.jsonl"))
        except AssistantError:
            halves = (0, 0)
        return SetInfo(name, own, *halves)

    # Writing

    def create(self, name: str, questions: Sequence[Question] = ()) -> str:
        """Begin a set; gives its name, tidied.

        Raises:
            QuestionInvalidError: the name or a question cannot be kept.
            StorageError: the disk refuses.
            IndexLockedError: another program is writing.
        """
        tidy = tidy_name(name)
        if tidy in shipped() or self.path(tidy).exists():
            raise QuestionInvalidError(
                f"Un jeu de questions s’appelle déjà « {tidy} ».", "Choisissez un autre nom."
            )
        self._change(tidy, lambda _: [checked(dict(one)) for one in questions], new=True)
        return tidy

    def put(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        replacing: str | None = None,
        seen: Question | None = None,
    ) -> Question:
        """Add a question, or replace one; gives it as kept.

        Args:
            name: a set of the house.
            values: fields of the question; without `id`, it receives the next free one, and
                without `split`, it goes to the lighter half.
            replacing: identifier of the question it replaces; its place is kept.
            seen: the question as it was when its correction began.

        Raises:
            QuestionInvalidError: the question cannot be kept.
            QuestionChangedError: it is no longer what was seen.
            UnknownQuestionError, SetNotFoundError, ReadOnlySetError: where it should go.
            StorageError, IndexLockedError: the disk refuses, or another program is writing.
        """
        kept: list[Question] = []

        def change(questions: list[Question]) -> list[Question]:
            named = dict(values)
            named["id"] = named.get("id") or replacing or free_id(name, questions)
            named["split"] = named.get("split") or lighter_half(questions, named.get("kind", ""))
            made = checked(named)
            kept.append(made)
            if replacing is None:
                return [*questions, made]
            rank = _rank(name, questions, replacing)
            if seen is not None and questions[rank] != seen:
                raise QuestionChangedError(
                    f"La question « {replacing} » a été modifiée entre-temps.",
                    "Relisez-la, puis reportez votre correction.",
                )
            return [*questions[:rank], made, *questions[rank + 1 :]]

        self._change(name, change)
        return kept[-1]

    def remove(self, name: str, question_id: str) -> None:
        """Delete a question.

        Raises:
            As `put`.
        """

        def change(questions: list[Question]) -> list[Question]:
            rank = _rank(name, questions, question_id)
            return [*questions[:rank], *questions[rank + 1 :]]

        self._change(name, change)

    def replace(self, name: str, questions: Sequence[Question]) -> None:
        """Give a set other questions, all at once.

        Raises:
            As `put`.
        """
        made = [checked(dict(one)) for one in questions]
        self._change(name, lambda _: made)

    def delete(self, name: str) -> None:
        """Delete a set of the house, with its questions.

        Raises:
            SetNotFoundError, ReadOnlySetError: which cannot be deleted.
            StorageError, IndexLockedError: the disk refuses, or another program is writing.
        """
        self._writable(name)
        with self._locked():
            try:
                self.path(name).unlink(missing_ok=True)
            except OSError as error:
                raise _refused(self.path(name), error) from error

    def _writable(self, name: str) -> None:
        if not self.is_own(name):
            raise ReadOnlySetError(
                f"Le jeu « {name} » est fourni avec le logiciel : il ne se modifie pas.",
                "Copiez-le dans un jeu à vous, puis modifiez la copie.",
            )

    def _change(
        self, name: str, change: Callable[[list[Question]], list[Question]], *, new: bool = False
    ) -> None:
        with self._locked():
            if new:
                before = []
            else:
                self._writable(name)
                before = self.read(name)
            made = change(before)
            check_together(made)
            self._named_are_seen(made)
            _write(self.path(name), "".join(f"{line_of(one)}\n" for one in made))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder / ".questions.lock", timeout=_WAIT_S)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout as error:
            raise IndexLockedError(
                "Les jeux de questions sont en cours de modification par un autre programme.",
                "Réessayez dans quelques secondes.",
            ) from error
        except OSError as error:
            raise _refused(self.folder, error) from error
        try:
            yield
        finally:
            lock.release()


def shipped() -> list[str]:
    """Names of the question sets that come with the software."""
    return [name for name in ("demo", "reel") if (sets.FOLDER / f"{name}.jsonl").is_file()]


def tidy_name(name: str) -> str:
    """A name as it is kept: « Mon jeu » is `mon-jeu`.

    Raises:
        QuestionInvalidError: nothing is left of it, or it is too long.
    """
    from assistant.language.normalise import squash

    tidy = squash(name).replace(" ", "-")
    if _NAME.fullmatch(tidy) is None:
        raise QuestionInvalidError(
            f"« {name.strip()[:60]} » n’est pas un nom de jeu.",
            "Donnez 40 caractères au plus : lettres, chiffres et tirets.",
        )
    return tidy


def line_of(question: Question) -> str:
    """A question as a line of its file: what it does not say is left out."""
    return question.model_dump_json(exclude_defaults=True)


def _places(question: Question) -> tuple[Place, ...]:
    return (*question.gold, *question.also)


def _rank(name: str, questions: Sequence[Question], question_id: str) -> int:
    for rank, one in enumerate(questions):
        if one.id == question_id:
            return rank
    raise _unknown(name, question_id)


def _unknown(name: str, question_id: str) -> UnknownQuestionError:
    return UnknownQuestionError(
        f"Le jeu « {name} » n’a pas de question « {question_id[:80]} ».",
        "Rechargez la liste : elle a pu être supprimée.",
    )


def _halves(text: str) -> tuple[int, int]:
    """Questions of each half, counted without reading them further."""
    lines = [line for line in text.splitlines() if line.strip()]
    test = sum(bool(re.search(r'"split":\s*"test"', line)) for line in lines)
    return len(lines) - test, test


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise QuestionInvalidError(
                f"Le jeu de questions « {path} » est trop gros.", "Répartissez ses questions."
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionInvalidError(
            f"Le jeu de questions « {path} » n’est pas en UTF-8.",
            "Corrigez ce fichier, ou mettez-le de côté.",
        ) from error
    except OSError as error:
        raise _refused(path, error) from error


def _write(path: Path, text: str) -> None:
    """Replace the file at once: a reader sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"Le jeu de questions « {path} » n’est pas accessible ({cause(error)}).",
        "Vérifiez les droits du dossier et la place disponible ; rien n’a été changé.",
    )

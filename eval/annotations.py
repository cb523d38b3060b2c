"""What annotators say of the answers of a run, in one SQLite file beside the runs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, cast

from assistant.errors import AssistantError
from assistant.settings import Settings
from assistant.sqlite_file import Migrations, SqliteFile

FILE: Final = Path("evaluation") / "annotations.sqlite"
MAX_NAME: Final = 80
MAX_COMMENT: Final = 2_000

Mark = Literal["juste", "incomplet", "faux"]
MARKS: Final[dict[Mark, str]] = {"juste": "Juste", "incomplet": "Incomplet", "faux": "Faux"}

_MIGRATIONS: Final[Migrations] = (
    (
        """
        CREATE TABLE annotations (
            run_id TEXT NOT NULL,
            question_id TEXT NOT NULL,
            annotator TEXT NOT NULL,
            mark TEXT NOT NULL,
            comment TEXT NOT NULL,
            at REAL NOT NULL,
            PRIMARY KEY (run_id, question_id, annotator)
        )
        """,
        # What became of a candidate question: no word of it, only a digest.
        """
        CREATE TABLE decided (
            candidate TEXT PRIMARY KEY,
            accepted INTEGER NOT NULL,
            at REAL NOT NULL
        )
        """,
    ),
)


class AnnotationInvalidError(AssistantError):
    """A judgement without a name, or too long."""

    code = "annotation_non_recevable"


class AnnotationsUnreadableError(AssistantError):
    """The file is damaged or was written by a newer version."""

    code = "annotations_illisibles"


@dataclass(frozen=True, slots=True)
class Annotation:
    """What somebody says of one answer."""

    question_id: str
    annotator: str
    mark: Mark
    comment: str
    at: datetime


class AnnotationStore(SqliteFile):
    """The annotations of one index. Safe to share between threads and processes.

    Every method raises `StorageError` when the disk refuses and `AnnotationsUnreadableError` when
    the file is damaged.
    """

    migrations = _MIGRATIONS
    refusal = "Les annotations ne peuvent pas être enregistrées ou lues"
    unreadable = AnnotationsUnreadableError
    subject = "Le fichier des annotations"
    consequence = "Les évaluations elles-mêmes n’en dépendent pas."

    def put(
        self, run_id: str, question_id: str, annotator: str, mark: Mark, comment: str = ""
    ) -> Annotation:
        """Keep what somebody says of an answer; it replaces what the same person said before.

        Raises:
            AnnotationInvalidError: no name, an unknown word, or too many characters.
        """
        name, comment, now = annotator_name(annotator), comment.strip(), time.time()
        if mark not in MARKS:
            raise AnnotationInvalidError(
                f"« {str(mark)[:40]} » n’est pas un avis.", "Choisissez juste, incomplet ou faux."
            )
        if len(comment) > MAX_COMMENT:
            raise AnnotationInvalidError(
                f"Le commentaire dépasse {MAX_COMMENT} caractères.", "Raccourcissez-le."
            )
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO annotations VALUES (?, ?, ?, ?, ?, ?)",
                (run_id, question_id, name, mark, comment, now),
            )
        return Annotation(question_id, name, mark, comment, datetime.fromtimestamp(now, UTC))

    def remove(self, run_id: str, question_id: str, annotator: str) -> bool:
        """Take back what somebody said of an answer; whether there was anything."""
        if not self.path.exists():
            return False
        with self._writing() as connection:
            gone = connection.execute(
                "DELETE FROM annotations WHERE run_id = ? AND question_id = ? AND annotator = ?",
                (run_id, question_id, annotator.strip()),
            ).rowcount
        self._empty_log()
        return gone > 0

    def of_run(self, run_id: str) -> list[Annotation]:
        """All annotations of a run, by question, then by name."""
        if not self.path.exists():
            return []
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT * FROM annotations WHERE run_id = ? ORDER BY question_id, annotator",
                (run_id,),
            ).fetchall()
        return [
            Annotation(
                row["question_id"],
                row["annotator"],
                cast("Mark", row["mark"]),
                row["comment"],
                datetime.fromtimestamp(row["at"], UTC),
            )
            for row in rows
        ]

    def delete_run(self, run_id: str) -> int:
        """Delete the annotations of a run, for good; returns how many."""
        if not self.path.exists():
            return 0
        with self._writing() as connection:
            gone = connection.execute(
                "DELETE FROM annotations WHERE run_id = ?", (run_id,)
            ).rowcount
        self._empty_log()
        return gone

    # Candidate questions

    def decide(self, candidate: str, *, accepted: bool) -> None:
        """Remember that a candidate was taken or refused."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO decided VALUES (?, ?, ?)",
                (candidate, accepted, time.time()),
            )

    def decided(self) -> dict[str, datetime]:
        """When each candidate was last decided about."""
        if not self.path.exists():
            return {}
        with self._reading() as connection:
            rows = connection.execute("SELECT candidate, at FROM decided").fetchall()
        return {row["candidate"]: datetime.fromtimestamp(row["at"], UTC) for row in rows}


def open_annotations(settings: Settings) -> AnnotationStore:
    """The annotations of an index."""
    return AnnotationStore(settings.index_dir / FILE)


def annotator_name(name: str) -> str:
    """A name as it is kept.

    Raises:
        AnnotationInvalidError: it is empty or too long.
    """
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > MAX_NAME:
        raise AnnotationInvalidError(
            "L’annotation n’a pas de nom." if not tidy else "Le nom est trop long.",
            f"Écrivez votre nom ou vos initiales, {MAX_NAME} caractères au plus.",
        )
    return tidy


def marks_of(annotations: Sequence[Annotation]) -> Mapping[str, Mapping[str, Mark]]:
    """Word by answer, by annotator, names in alphabetical order."""
    by_name: dict[str, dict[str, Mark]] = {}
    for one in sorted(annotations, key=lambda item: item.annotator.casefold()):
        by_name.setdefault(one.annotator, {})[one.question_id] = one.mark
    return by_name

"""Runs kept in one SQLite file beside the index: each answer is written as soon as it is given.

A killed run is therefore found again as far as it went. What is kept is what figures are computed
from (`eval.records`), in JSON, one row a question.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.access.cited import KeptBack, Unseen, cited, nothing
from assistant.errors import AssistantError
from assistant.sqlite_file import SqliteFile
from eval.questionnaires import shipped
from eval.records import Asked, Conditions, Run, RunState

if TYPE_CHECKING:
    from assistant.settings import Settings

FILE: Final = "evaluations.sqlite"
LATEST: Final = "dernier"
"""Stands for the identifier of the latest run."""

_MIGRATIONS: Final = (
    (
        "CREATE TABLE runs (id TEXT PRIMARY KEY, name TEXT NOT NULL, started TEXT NOT NULL,"
        " finished TEXT, state TEXT NOT NULL, key TEXT NOT NULL, set_name TEXT NOT NULL,"
        " conditions TEXT NOT NULL, questions INTEGER NOT NULL, memory_mb REAL)",
        "CREATE INDEX runs_by_key ON runs (key)",
        "CREATE INDEX runs_by_start ON runs (started)",
        "CREATE TABLE asked (run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,"
        " position INTEGER NOT NULL, question_id TEXT NOT NULL, asked TEXT NOT NULL,"
        " PRIMARY KEY (run_id, position))",
        "CREATE UNIQUE INDEX asked_by_question ON asked (run_id, question_id)",
    ),
)
_SELECT: Final = (
    "SELECT r.*, (SELECT COUNT(*) FROM asked a WHERE a.run_id = r.id) AS done FROM runs r"
)


class RunNotFoundError(AssistantError):
    """No run has this identifier."""

    code = "evaluation_inconnue"


class RunsUnreadableError(AssistantError):
    """The file of runs is damaged or was written by a newer version."""

    code = "evaluations_illisibles"


class RunInvalidError(AssistantError):
    """A file does not hold a run, or a run that cannot be taken in."""

    code = "evaluation_invalide"


class RunBusyError(AssistantError):
    """Another process is asking the questions of this run."""

    code = "evaluation_en_cours"
    retryable = True


class Exported(BaseModel):
    """A whole run, as one JSON file holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = 1
    run: Run
    asked: tuple[Asked, ...]


def folder_of(settings: Settings) -> Path:
    """Where evaluations are kept for an index."""
    return settings.index_dir / "evaluation"


def store_of(settings: Settings, unseen: KeptBack = nothing) -> RunStore:
    """The runs over an index, as the person served may see them."""
    return RunStore(folder_of(settings) / FILE, unseen)


class RunStore(SqliteFile):
    """The runs over one index. Safe to share between threads and processes."""

    migrations = _MIGRATIONS
    refusal = "Les évaluations ne peuvent pas être enregistrées ou lues"
    unreadable = RunsUnreadableError
    subject = "Le fichier des évaluations"
    consequence = "Les réponses n'en dépendent pas."

    def __init__(self, path: Path, unseen: KeptBack = nothing) -> None:
        """Bind to a file.

        Args:
            path: the SQLite file.
            unseen: documents kept from the person served: a run that quotes one, ranks its
                pages, asks about one or says that it left one out, does not exist for them.
        """
        super().__init__(path)
        self._unseen = unseen
        self._quoting: dict[tuple[str, int], tuple[frozenset[str], frozenset[str]]] = {}

    def _connect(self) -> sqlite3.Connection:
        """Open the file, up to date, as the person served may see it."""
        connection = super()._connect()
        unseen = self._unseen()
        if unseen:
            try:
                self._restrict(connection, unseen)
            except BaseException:
                connection.close()
                raise
        return connection

    def _restrict(self, connection: sqlite3.Connection, unseen: Unseen) -> None:
        """Put before the table of the runs those that somebody may see, under the same name."""
        counts = connection.execute("SELECT run_id, COUNT(*) AS done FROM asked GROUP BY run_id")
        hidden = set()
        for row in counts.fetchall():
            key = (row["run_id"], row["done"])
            if key not in self._quoting:
                said = connection.execute("SELECT asked FROM asked WHERE run_id = ?", key[:1])
                self._quoting[key] = _quoted(one["asked"] for one in said)
            documents, ranked = self._quoting[key]
            if documents & unseen.documents or ranked & unseen.files:
                hidden.add(row["run_id"])
        for row in connection.execute("SELECT id, set_name, conditions FROM runs").fetchall():
            # The questions shipped with the software are no secret, nor what they are about.
            if row["set_name"] not in shipped() and _left_out(row["conditions"]) & unseen.files:
                hidden.add(row["id"])
        connection.create_function("is_seen", 1, lambda run_id: run_id not in hidden)
        connection.execute("CREATE TEMP VIEW runs AS SELECT * FROM main.runs WHERE is_seen(id)")

    # Writing

    def start(self, conditions: Conditions, total: int, name: str = "") -> Run:
        """Begin a run of `total` questions.

        Raises:
            StorageError: the disk refuses.
            RunsUnreadableError: the file is damaged.
        """
        now = datetime.now(UTC)
        # The date first, so that identifiers sort by time; then what tells two runs apart.
        run = Run(
            id=f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}",
            name=name.strip(),
            started_at=now,
            state=RunState.RUNNING,
            conditions=conditions,
            questions=total,
            done=0,
        )
        with self._writing() as connection:
            _insert(connection, run)
        return run

    def record(self, run_id: str, found: Sequence[tuple[int, Asked]]) -> None:
        """Keep questions asked; asked again, the later answer replaces the earlier one.

        Args:
            run_id: the run.
            found: places of the questions in their set, from 0, and what asking gave.

        Raises:
            RunNotFoundError: no such run; it was deleted meanwhile.
            StorageError: the disk refuses.
        """
        with self._writing() as connection:
            self._row(connection, run_id)
            connection.executemany(
                "INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?)",
                [(run_id, at, one.question.id, one.model_dump_json()) for at, one in found],
            )

    def finish(self, run_id: str, state: RunState, memory_peak_mb: float | None = None) -> Run:
        """Say how a run ended; the largest memory of its sessions is kept.

        Raises:
            RunNotFoundError: no such run.
        """
        now = datetime.now(UTC).isoformat()
        with self._writing() as connection:
            self._row(connection, run_id)
            connection.execute(
                "UPDATE main.runs SET state = ?, finished = ?,"
                " memory_mb = NULLIF(MAX(COALESCE(memory_mb, 0), ?), 0) WHERE id = ?",
                (
                    state.value,
                    None if state is RunState.RUNNING else now,
                    memory_peak_mb or 0,
                    run_id,
                ),
            )
        return self.get(run_id)

    def rename(self, run_id: str, name: str) -> Run:
        """Call a run otherwise."""
        with self._writing() as connection:
            self._row(connection, run_id)
            connection.execute("UPDATE main.runs SET name = ? WHERE id = ?", (name.strip(), run_id))
        return self.get(run_id)

    def delete(self, run_id: str) -> None:
        """Delete a run and its answers, for good.

        Raises:
            RunNotFoundError: no such run.
        """
        with self._writing() as connection:
            self._row(connection, run_id)
            connection.execute("DELETE FROM main.runs WHERE id = ?", (run_id,))
        self._empty_log()

    # Reading

    def list(self, set_name: str | None = None, *, limit: int = 50, offset: int = 0) -> list[Run]:
        """Runs, the latest first.

        Args:
            set_name: those of this question set only.
            limit: how many at most.
            offset: how many to skip.
        """
        if not self.path.exists():
            return []
        where, values = (" WHERE r.set_name = ?", [set_name]) if set_name is not None else ("", [])
        with self._reading() as connection:
            rows = connection.execute(
                f"{_SELECT}{where} ORDER BY r.started DESC, r.id DESC LIMIT ? OFFSET ?",
                (*values, limit, offset),
            ).fetchall()
        return [self._run(row) for row in rows]

    def count(self, set_name: str | None = None) -> int:
        """Number of runs that `list` would give without a limit."""
        if not self.path.exists():
            return 0
        where, values = (" WHERE set_name = ?", [set_name]) if set_name is not None else ("", [])
        with self._reading() as connection:
            found = connection.execute(f"SELECT COUNT(*) FROM runs{where}", values).fetchone()  # noqa: S608
        return int(found[0])

    def get(self, run_id: str) -> Run:
        """One run, by its identifier, the beginning of it, or `LATEST`.

        Raises:
            RunNotFoundError: none, or several, have this beginning.
        """
        if not self.path.exists():
            raise _unknown(run_id)
        with self._reading() as connection:
            if run_id == LATEST:
                rows = connection.execute(f"{_SELECT} ORDER BY r.started DESC, r.id DESC LIMIT 1")
            else:
                rows = connection.execute(
                    f"{_SELECT} WHERE substr(r.id, 1, ?) = ? ORDER BY length(r.id) LIMIT 2",
                    (len(run_id), run_id),
                )
            found = rows.fetchall()
        if not found or not run_id:
            raise _unknown(run_id)
        if len(found) > 1 and found[0]["id"] != run_id:
            raise RunNotFoundError(
                f"Plusieurs évaluations commencent par « {run_id} ».",
                "Donnez l'identifiant entier ; « assistant evaluer --liste » les montre.",
            )
        return self._run(found[0])

    def asked(self, run_id: str) -> Sequence[Asked]:
        """Questions asked so far, in the order of the set."""
        with self._reading() as connection:
            self._row(connection, run_id)
            rows = connection.execute(
                "SELECT asked FROM asked WHERE run_id = ? ORDER BY position", (run_id,)
            ).fetchall()
        try:
            return [Asked.model_validate_json(row["asked"]) for row in rows]
        except ValidationError as error:
            raise self._damaged() from error

    def asked_ids(self, run_id: str) -> set[str]:
        """Identifiers of the questions asked so far."""
        with self._reading() as connection:
            rows = connection.execute("SELECT question_id FROM asked WHERE run_id = ?", (run_id,))
            return {row["question_id"] for row in rows}

    def resumable(self, conditions: Conditions) -> Run | None:
        """The latest run of equal conditions that did not end and that nobody is asking."""
        if not self.path.exists():
            return None
        with self._reading() as connection:
            rows = connection.execute(
                f"{_SELECT} WHERE r.key = ? AND r.state <> ? ORDER BY r.started DESC",
                (conditions.key, RunState.COMPLETE.value),
            ).fetchall()
        for row in rows:
            try:
                with self.holding(row["id"]):
                    return self._run(row)
            except RunBusyError:
                continue
        return None

    # Exchange

    def export(self, run_id: str) -> str:
        """A whole run as JSON, which `load` takes in elsewhere."""
        run = self.get(run_id)
        return exported(run, self.asked(run.id))

    def load(self, text: str) -> Run:
        """Take in a run that was exported; its identifier is kept.

        Raises:
            RunInvalidError: this is no run, or one that is here already with other answers.
        """
        found = read_exported(text)
        held = json.loads(exported(found.run, found.asked))
        with self._writing() as connection:
            row = connection.execute(f"{_SELECT} WHERE r.id = ?", (found.run.id,)).fetchone()
            if row is None:
                _insert(connection, found.run)
                connection.executemany(
                    "INSERT INTO asked VALUES (?, ?, ?, ?)",
                    [
                        (found.run.id, at, one.question.id, one.model_dump_json())
                        for at, one in enumerate(found.asked)
                    ],
                )
        if row is not None and json.loads(self.export(found.run.id)) != held:
            raise RunInvalidError(
                f"L'évaluation « {found.run.id} » est déjà là, avec un autre contenu.",
                "Supprimez celle qui est là avant d'importer l'autre.",
            )
        return self.get(found.run.id)

    # One process at a time

    @contextmanager
    def holding(self, run_id: str) -> Iterator[None]:
        """Keep other processes from asking the questions of a run; a killed process lets go.

        Raises:
            RunBusyError: another one holds it.
        """
        from filelock import FileLock, Timeout

        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path.with_name(f"{run_id}.verrou"))
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise RunBusyError(
                f"L'évaluation « {run_id} » est en cours dans un autre programme.",
                "Attendez qu'elle se termine.",
            ) from error
        try:
            yield
        finally:
            lock.release()
            if os.name != "nt":
                Path(lock.lock_file).unlink(missing_ok=True)

    def _row(self, connection: sqlite3.Connection, run_id: str) -> sqlite3.Row:
        row = connection.execute(f"{_SELECT} WHERE r.id = ?", (run_id,)).fetchone()
        if row is None:
            raise _unknown(run_id)
        return row  # type: ignore[no-any-return]

    def _run(self, row: sqlite3.Row) -> Run:
        try:
            return Run(
                id=row["id"],
                name=row["name"],
                started_at=row["started"],
                finished_at=row["finished"],
                state=RunState(row["state"]),
                conditions=Conditions.model_validate_json(row["conditions"]),
                questions=row["questions"],
                done=row["done"],
                memory_peak_mb=row["memory_mb"],
            )
        except (ValidationError, ValueError) as error:
            raise self._damaged() from error


def exported(run: Run, asked: Sequence[Asked]) -> str:
    """A run and its answers as JSON, one answer a line."""
    head = json.dumps(run.model_dump(mode="json"), ensure_ascii=False, indent=1)
    lines = ",\n".join(one.model_dump_json() for one in asked)
    return f'{{"format": 1,\n"run": {head},\n"asked": [\n{lines}\n]}}\n'


def read_exported(text: str) -> Exported:
    """Read what `exported` wrote.

    Raises:
        RunInvalidError: this is no run.
    """
    try:
        found = Exported.model_validate_json(text)
    except ValidationError as error:
        raise RunInvalidError(
            "Ce fichier n'est pas une évaluation exportée.",
            "Exportez-la par : assistant evaluer exporter RUN FICHIER.",
        ) from error
    identifiers = {one.question.id for one in found.asked}
    if found.format != 1 or {len(identifiers), found.run.done} != {len(found.asked)}:
        raise RunInvalidError(
            "Cette évaluation exportée est incomplète, ou d'une version plus récente.",
            "Exportez-la de nouveau, ou mettez le logiciel à jour.",
        )
    return found


def _quoted(said: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Documents that answers quote, and names of the files that rankings and questions name."""
    documents: set[str] = set()
    files: set[str] = set()
    for one in said:
        documents |= cited(one)
        read = json.loads(one)
        asked = read.get("question", {})
        named = [*read.get("ranking", ()), *asked.get("also", ()), asked]
        files.update(place["file"] for place in named if place.get("file"))
    return frozenset(documents), frozenset(files)


def _left_out(conditions: str) -> frozenset[str]:
    """Names of the files whose questions a run did not ask."""
    settings = json.loads(conditions).get("settings", {})
    return frozenset(settings.get("documents_absents", ()))


def _insert(connection: sqlite3.Connection, run: Run) -> None:
    connection.execute(
        "INSERT INTO main.runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run.id,
            run.name,
            run.started_at.isoformat(),
            run.finished_at.isoformat() if run.finished_at else None,
            run.state.value,
            run.conditions.key,
            run.conditions.set,
            run.conditions.model_dump_json(),
            run.questions,
            run.memory_peak_mb,
        ),
    )


def _unknown(run_id: str) -> RunNotFoundError:
    return RunNotFoundError(
        f"Aucune évaluation ne s'appelle « {run_id} ».",
        "« assistant evaluer --liste » les montre.",
    )

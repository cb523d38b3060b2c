"""BEIR-style sets: `corpus.jsonl`, `queries.jsonl`, `qrels.tsv`; and TREC run files.

What is read is what the community writes: `id` or `_id`, an optional title, judgements with
or without a header, in three columns (BEIR) or four (TREC), compressed by gzip or not. A line
that cannot be understood stops the reading; what is understood but odd (a repeated document,
a judgement on a document that is not there) is counted, and told with the figures.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from assistant.errors import AssistantError, StorageError, cause

_EXPECTED = "Un jeu au format BEIR a trois fichiers : corpus.jsonl, queries.jsonl et qrels.tsv."


class EvaluationSetError(AssistantError):
    """A set cannot be read: a file is missing, or a line is malformed."""

    code = "jeu_invalide"


@dataclass(frozen=True, slots=True)
class BeirDocument:
    """A document of the corpus; `title` may be empty."""

    id: str
    title: str
    text: str


@dataclass(slots=True)
class Remarks:
    """What was read, and what is odd about it: nothing is dropped without being counted.

    Attributes:
        documents, queries, judgements: read and kept.
        empty_documents: neither title nor text; kept, and never found.
        repeated_documents, repeated_queries: identifier already read; the first one is kept.
        same_text_documents: same text as an earlier document under another identifier; kept.
        empty_queries: no text; kept.
        repeated_judgements: pair already judged; the highest relevance is kept.
        judgements_on_unknown_documents: kept: such a document counts as not found, as
            trec_eval does.
        judgements_on_unknown_queries: left out, there is nothing to ask.
        queries_without_relevant: asked of nobody: no figure is defined for them.
    """

    documents: int = 0
    queries: int = 0
    judgements: int = 0
    empty_documents: int = 0
    repeated_documents: int = 0
    same_text_documents: int = 0
    empty_queries: int = 0
    repeated_queries: int = 0
    repeated_judgements: int = 0
    judgements_on_unknown_documents: int = 0
    judgements_on_unknown_queries: int = 0
    queries_without_relevant: int = 0

    def as_dict(self) -> dict[str, int]:
        """Counts by name."""
        return asdict(self)


@dataclass(slots=True)
class BeirSet:
    """A set once read.

    Attributes:
        name: name of its folder.
        documents: in the order of the file.
        queries: text by identifier, of every query that can be measured.
        qrels: relevance by document, by query; the same keys as `queries`.
    """

    name: str
    folder: Path
    documents: list[BeirDocument]
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]
    remarks: Remarks = field(default_factory=Remarks)

    def sample(self, count: int | None, seed: int) -> BeirSet:
        """The same set with `count` of its queries, drawn at random; all when `None`."""
        if count is None or count >= len(self.queries):
            return self
        kept = set(random.Random(seed).sample(sorted(self.queries), count))  # noqa: S311
        return BeirSet(
            self.name,
            self.folder,
            self.documents,
            {name: text for name, text in self.queries.items() if name in kept},
            {name: judged for name, judged in self.qrels.items() if name in kept},
            self.remarks,
        )


def read_set(folder: Path) -> BeirSet:
    """Read a set.

    Raises:
        EvaluationSetError: a file is missing, a line is malformed (its number is told), or no
            query has a relevant document.
    """
    if not folder.is_dir():
        raise EvaluationSetError(f"Le dossier «\u00a0{folder}\u00a0» n'existe pas.", _EXPECTED)
    remarks = Remarks()
    documents = _documents(_find(folder, "corpus.jsonl"), remarks)
    queries = _queries(_find(folder, "queries.jsonl"), remarks)
    known = {document.id for document in documents}
    qrels = _judgements(_qrels_file(folder), queries, known, remarks)
    measured = {name: text for name, text in queries.items() if _relevant(qrels.get(name, {}))}
    remarks.queries_without_relevant = len(queries) - len(measured)
    if not measured:
        raise EvaluationSetError(
            f"Aucune question de «\u00a0{folder.name}\u00a0» n'a de document pertinent.",
            "Vérifiez que les identifiants de qrels.tsv sont ceux de queries.jsonl.",
        )
    return BeirSet(
        folder.resolve().name,
        folder,
        documents,
        measured,
        {name: qrels[name] for name in measured},
        remarks,
    )


def _relevant(judged: Mapping[str, int]) -> bool:
    return any(relevance > 0 for relevance in judged.values())


def _documents(path: Path, remarks: Remarks) -> list[BeirDocument]:
    documents: list[BeirDocument] = []
    known: set[str] = set()
    texts: set[int] = set()
    for number, record in _records(path):
        identifier = _identifier(record, path, number)
        if identifier in known:
            remarks.repeated_documents += 1
            continue
        known.add(identifier)
        document = BeirDocument(
            identifier,
            _text(record, "title", path, number, required=False),
            _text(record, "text", path, number),
        )
        if not f"{document.title}{document.text}".strip():
            remarks.empty_documents += 1
        fingerprint = hash((document.title, document.text))
        remarks.same_text_documents += fingerprint in texts
        texts.add(fingerprint)
        documents.append(document)
    if not documents:
        raise EvaluationSetError(f"«\u00a0{path}\u00a0» ne contient aucun document.", _EXPECTED)
    remarks.documents = len(documents)
    return documents


def _queries(path: Path, remarks: Remarks) -> dict[str, str]:
    queries: dict[str, str] = {}
    for number, record in _records(path):
        identifier = _identifier(record, path, number)
        if identifier in queries:
            remarks.repeated_queries += 1
            continue
        queries[identifier] = _text(record, "text", path, number)
        remarks.empty_queries += not queries[identifier].strip()
    remarks.queries = len(queries)
    return queries


def _judgements(
    path: Path, queries: Mapping[str, str], documents: set[str], remarks: Remarks
) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    header_may_follow = True
    for number, line in _lines(path):
        first, header_may_follow = header_may_follow, False
        fields = line.split("\t") if "\t" in line else line.split()
        fields = [item.strip() for item in fields]
        if len(fields) == 4:
            del fields[1]  # TREC has a second column that nobody uses
        if len(fields) != 3 or not fields[0] or not fields[1]:
            raise _malformed(
                path, number, "trois colonnes sont attendues (question, document, note)"
            )
        query, document, score = fields
        relevance = _integer(score)
        if relevance is None:
            if first:
                continue  # a header
            raise _malformed(
                path, number, f"la note «\u00a0{score[:40]}\u00a0» n'est pas un entier"
            )
        if query not in queries:
            remarks.judgements_on_unknown_queries += 1
            continue
        judged = qrels.setdefault(query, {})
        if document in judged:
            remarks.repeated_judgements += 1
            judged[document] = max(judged[document], relevance)
            continue
        judged[document] = relevance
        remarks.judgements += 1
        remarks.judgements_on_unknown_documents += document not in documents
    return qrels


def _integer(text: str) -> int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() else None


def _qrels_file(folder: Path) -> Path:
    for name in ("qrels.tsv", "qrels/test.tsv"):
        for candidate in (folder / name, folder / f"{name}.gz"):
            if candidate.is_file():
                return candidate
    others = sorted((folder / "qrels").glob("*.tsv"))
    if len(others) == 1:
        return others[0]
    found = (
        f" («\u00a0qrels\u00a0» contient\u00a0: {', '.join(path.name for path in others)})"
        if others
        else ""
    )
    raise EvaluationSetError(
        f"Il n'y a ni qrels.tsv ni qrels/test.tsv dans «\u00a0{folder}\u00a0»{found}.", _EXPECTED
    )


def _find(folder: Path, name: str) -> Path:
    for candidate in (folder / name, folder / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    raise EvaluationSetError(f"Il n'y a pas de {name} dans «\u00a0{folder}\u00a0».", _EXPECTED)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their number from 1."""
    try:
        with cast(
            "IO[bytes]", gzip.open(path) if path.suffix == ".gz" else path.open("rb")
        ) as stream:
            for number, raw in enumerate(stream, start=1):
                try:
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                except UnicodeDecodeError as error:
                    raise _malformed(path, number, "elle n'est pas en UTF-8") from error
                if line.strip():
                    yield number, line
    except (OSError, EOFError) as error:
        raise EvaluationSetError(
            f"«\u00a0{path}\u00a0» ne peut pas être lu ({error}).",
            "Vérifiez le fichier et les droits.",
        ) from error


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _lines(path):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _malformed(path, number, "ce n'est pas du JSON") from error
        if not isinstance(record, dict):
            raise _malformed(path, number, "un objet JSON est attendu")
        yield number, record


def _identifier(record: Mapping[str, Any], path: Path, number: int) -> str:
    value = record.get("id", record.get("_id"))
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
        raise _malformed(
            path, number, "il n'y a pas d'identifiant («\u00a0id\u00a0» ou «\u00a0_id\u00a0»)"
        )
    return str(value).strip()


def _text(
    record: Mapping[str, Any], key: str, path: Path, number: int, *, required: bool = True
) -> str:
    value = record.get(key)
    if value is None and (not required or key in record):
        return ""
    if not isinstance(value, str):
        raise _malformed(path, number, f"le champ «\u00a0{key}\u00a0» n'est pas un texte")
    return value


def _malformed(path: Path, number: int, why: str) -> EvaluationSetError:
    return EvaluationSetError(
        f"La ligne {number} de «\u00a0{path}\u00a0» est mal formée\u00a0: {why}.",
        "Corrigez ou retirez cette ligne, puis relancez.",
    )


def strictly_decreasing(scores: Sequence[float]) -> list[float]:
    """Scores in single precision, each below the one before.

    trec_eval sorts a run again by score, in single precision, and orders ties by document
    identifier: equal or badly ordered scores would change the ranking that is measured.
    """
    fixed: list[float] = []
    for score in scores:
        value = np.float32(score)
        if fixed and not value < np.float32(fixed[-1]):
            value = np.nextafter(np.float32(fixed[-1]), np.float32(-np.inf))
        fixed.append(float(value))
    return fixed


def write_run(path: Path, rankings: Mapping[str, Sequence[tuple[str, float]]], *, tag: str) -> None:
    """Write a TREC run: `query Q0 document rank score tag`, one line a document.

    Raises:
        EvaluationSetError: an identifier holds white space, which this format cannot say.
        StorageError: the file cannot be written.
    """
    for name in {*rankings, *(name for found in rankings.values() for name, _ in found)}:
        if len(name.split()) != 1:
            raise EvaluationSetError(
                f"L'identifiant «\u00a0{name}\u00a0» contient une espace\u00a0: "
                "un fichier de résultats TREC ne peut pas le dire.",
                "Renommez-le dans le jeu, ou relancez sans --run.",
            )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
            for query, ranking in rankings.items():
                scores = strictly_decreasing([score for _, score in ranking])
                for rank, (document, _) in enumerate(ranking, start=1):
                    stream.write(f"{query} Q0 {document} {rank} {scores[rank - 1]:.9g} {tag}\n")
    except OSError as error:
        raise StorageError(
            f"Le fichier «\u00a0{path}\u00a0» ne peut pas être écrit ({cause(error)}).",
            "Vérifiez le dossier, les droits et la place.",
        ) from error

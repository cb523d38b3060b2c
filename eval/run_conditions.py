"""Under which conditions a question set is asked: digests of all that decides of an answer."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from eval.conditions import machine, version_of
from eval.records import Conditions
from eval.sets import Question, Split, code_digest

if TYPE_CHECKING:
    from assistant.engine import Assistant
    from assistant.settings import Settings

_WRITTEN: Final = ("llm_context_tokens", "llm_max_tokens")
"""Settings that change a written answer."""
_LIBRARIES: Final = ("numpy", "faiss-cpu", "PyStemmer", "onnxruntime", "pypdfium2")


def conditions_of(
    settings: Settings,
    engine: Assistant,
    *,
    set_name: str,
    split: Split,
    questions: Sequence[Question],
    mode: Literal["extractive", "generative"] = "extractive",
    workers: int = 2,
    left_out: Sequence[str] = (),
) -> Conditions:
    """Conditions of a run about to start.

    Args:
        settings: those the engine was opened with.
        engine: what will be asked.
        set_name: name of the question set.
        split: half that is asked.
        questions: to ask, in order.
        mode: how answers are made.
        workers: questions asked at the same time; they change times, not answers.
        left_out: files whose questions are not asked, as they are not indexed.
    """
    import assistant

    generation = str(engine.status()["generation"])
    manifest = _manifest(settings.index_dir, generation)
    models = {"embedding": f"{settings.embedding_model.name} {manifest.get('model', '')}".strip()}
    if settings.reranker_model is not None:
        models["reranker"] = (
            f"{settings.reranker_model.name} {_digest_of_folder(settings.reranker_model)}"
        )
    said: dict[str, Any] = {"max_question_chars": settings.max_question_chars}
    if left_out:
        said["documents_absents"] = sorted(left_out)
    if mode == "generative":
        models["language"] = settings.llm_model or "annoncé par le serveur"
        said |= {name: getattr(settings, name) for name in _WRITTEN}
    return Conditions(
        set=set_name,
        split=split,
        questions_sha256=questions_digest(questions),
        corpus_sha256=_digest(sorted(document.id for document in engine.documents())),
        index_generation=generation,
        index_sha256=_digest(_index_parts(manifest)),
        models=models,
        prompts_sha256=_digest_of_folder(settings.prompts_dir),
        settings=said,
        mode=mode,
        code_version=assistant.__version__,
        code_sha256=code_digest(),
        machine=machine()
        | {
            "workers": workers,
            "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
            "libraries": {name: version_of(name) for name in _LIBRARIES},
        },
    )


def indexed(
    questions: Sequence[Question], files: Collection[str]
) -> tuple[list[Question], list[str]]:
    """Questions whose documents are in the index, and the documents that are not.

    A question that the corpus does not answer is always kept.

    Args:
        questions: of a set.
        files: names of the indexed files.
    """
    kept, absent = [], set()
    for question in questions:
        if not question.answerable or any(place.file in files for place in question.gold):
            kept.append(question)
        elif question.file is not None:
            absent.add(question.file)
    return kept, sorted(absent)


def questions_digest(questions: Sequence[Question]) -> str:
    """SHA-256 of questions with their gold, in order."""
    return _digest(question.model_dump_json(exclude_defaults=True) for question in questions)


def _manifest(index_dir: Path, generation: str) -> dict[str, Any]:
    own = Path("generations", generation, "manifest.json")
    # That of a view (`assistant.index.views`) stands in the folder of the view.
    for path in [index_dir / own, *index_dir.glob(f"vues/*/{own.as_posix()}")]:
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        return found
    return {}


def _index_parts(manifest: dict[str, Any]) -> list[str]:
    """What tells two generations apart, and not when nor where they were made."""
    files = {name: _sha256(entry) for name, entry in manifest.get("files", {}).items()}
    return [f"{name} {digest}" for name, digest in sorted(files.items())]


def _sha256(entry: Any) -> str:
    return str(entry["sha256"] if isinstance(entry, dict) else entry)


def _digest(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _digest_of_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            with path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()

"""Question sets: one JSON object a line, validated when read.

Every set has two halves. Rules and thresholds are chosen on `dev`; `test` is read by reports
only, and every reading of it is written in a journal that a report shows: an evaluator sees how
often the half that no choice was to be made on has been looked at.
"""

from __future__ import annotations

import hashlib
import json
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.errors import AssistantError, StorageError
from assistant.settings import load_settings

FOLDER = Path(__file__).parent / "questions"

Split = Literal["dev", "test"]
Purpose = Literal["tuning", "report"]

KINDS: dict[str, str] = {
    "lexical": "mots de la page",
    "paraphrase": "autres mots",
    "sigle": "sigle",
    "faute": "faute de frappe",
    "liste": "liste",
    "tableau": "tableau",
    "nombre": "nombre",
    "date": "date",
    "definition": "définition",
    "comparaison": "comparaison",
    "qui": "qui",
    "oui_non": "oui ou non",
    "suite": "suite de conversation",
    "absent": "réponse absente",
    "piege": "piège",
}
"""Kinds of our own sets, with their French names, in the order of the report."""


class TestHalfError(AssistantError):
    """The test half was asked for by something that is not a report."""

    __test__ = False  # not a test, whatever pytest makes of its name
    code = "moitie_test"


class SetNotFoundError(AssistantError):
    """No question set has this name."""

    code = "jeu_inconnu"


class SetInvalidError(AssistantError):
    """A line of a question set does not follow the schema."""

    code = "jeu_invalide"


class Place(BaseModel):
    """A page of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    page: int = Field(ge=1)


class Question(BaseModel):
    """A question with its gold pages and facts.

    Attributes:
        id: unique in its set.
        question: as a professional would type it.
        kind: what makes it hard, a key of `KINDS` in our own sets.
        split: half it belongs to.
        file, page: a page that answers. `file` is `None` when the corpus does not answer: the
            right answer is then a refusal.
        pages: all pages of `file` that answer, when there are several; `page` is one of them.
        facts: short texts that a right answer holds, all of them (see `eval.facts`); `a|b` when
            either will do.
        items: those of a list, in the same way.
        also: pages of other files that answer too. Of a question without an answer, pages that
            say that the thing is unknown or that its premise is wrong: an answer that cites
            nothing else is as right as a refusal.
        history: questions asked before it in the conversation (`suite`), the oldest first.
        standalone: the same question as a person would ask it alone (`suite`).
        note: remark in French.
        source: where the question comes from, when it was not written for the set: « avis » for
            the feedback of a user.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    kind: str
    split: Split
    file: str | None = None
    page: int | None = Field(default=None, ge=1)
    pages: tuple[int, ...] = ()
    facts: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    also: tuple[Place, ...] = ()
    history: tuple[str, ...] = ()
    standalone: str = ""
    note: str = ""
    source: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.file is None) != (self.page is None):
            raise ValueError("« file » et « page » vont ensemble")
        if self.file is None and (self.pages or self.facts or self.items):
            raise ValueError("une question sans réponse n'a ni pages, ni faits, ni éléments")
        if self.pages and self.page not in self.pages:
            raise ValueError("« page » est l'une des « pages »")
        if any(not text.strip(" |") for text in (*self.facts, *self.items, *self.history)):
            raise ValueError("un fait, un élément ou une question précédente est vide")
        return self

    @property
    def answerable(self) -> bool:
        """Whether the corpus holds the answer."""
        return self.file is not None

    @property
    def gold(self) -> tuple[Place, ...]:
        """All pages that answer, `page` first; none when the corpus does not answer."""
        if self.file is None or self.page is None:
            return ()
        own = [Place(file=self.file, page=page) for page in (self.page, *self.pages)]
        return tuple(dict.fromkeys([*own, *self.also]))

    def is_gold(self, file: str, page: int) -> bool:
        """Whether this page answers."""
        return Place(file=file, page=page) in self.gold


Line = TypeVar("Line", bound=BaseModel)


def set_path(name: str | Path) -> Path:
    """File of a set: one of ours by its name, or any file.

    Raises:
        SetNotFoundError: there is no such file.
    """
    ours = FOLDER / f"{name}.jsonl"
    path = ours if ours.is_file() else Path(name)
    if not path.is_file():
        raise SetNotFoundError(
            f"Le jeu de questions « {name} » n'existe pas.",
            "Donnez le nom d'un jeu fourni (demo, reel) ou le chemin d'un fichier JSONL.",
        )
    return path


def read_lines(path: Path, model: type[Line]) -> list[Line]:
    """All lines of a set, both halves: for what writes or checks a set, not for what asks it.

    Raises:
        SetInvalidError: a line does not follow the schema, or an identifier is repeated.
    """
    lines: list[Line] = []
    known: set[str] = set()
    try:
        texts = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise SetInvalidError(
            f"Le fichier {path.name} n'est pas du texte en UTF-8.", "Enregistrez-le en UTF-8."
        ) from error
    for number, text in enumerate(texts, start=1):
        if not text.strip():
            continue
        try:
            line = model.model_validate_json(text)
        except ValidationError as error:
            raise _invalid(path, number, said(error)) from error
        identifier = str(getattr(line, "id", number))
        if identifier in known:
            raise _invalid(path, number, f"l'identifiant « {identifier} » est déjà pris")
        known.add(identifier)
        lines.append(line)
    return lines


def _invalid(path: Path, number: int, cause: str) -> SetInvalidError:
    return SetInvalidError(
        f"{path.name}, ligne {number}\u00a0: {cause}.",
        "Corrigez cette ligne\u00a0; eval/questions/README.md décrit les champs.",
    )


_SAID = {
    "missing": "il manque",
    "extra_forbidden": "champ inconnu",
    "json_invalid": "ce n'est pas du JSON",
    "literal_error": "valeur impossible",
    "string_too_short": "texte vide",
}


def said(error: ValidationError) -> str:
    """What is wrong with a line, in French."""
    causes = []
    for item in error.errors():
        place = ".".join(str(part) for part in item["loc"])
        if item["type"] == "value_error":
            cause = str(item["ctx"]["error"])
        else:
            cause = _SAID.get(item["type"], "valeur impossible")
        causes.append(f"{place}\u00a0: {cause}" if place else cause)
    return " ; ".join(causes)


def load(
    name: str | Path,
    split: Split,
    *,
    purpose: Purpose = "tuning",
    journal: Path | None = None,
    by: str = "",
) -> list[Question]:
    """Questions of one half of a set.

    Args:
        name: of one of our sets, without its extension, or the path of a file.
        split: the half; it must be named.
        purpose: `test` is for reports only.
        journal: where a reading of the test half is written (`test_journal`).
        by: who reads it, a script or a command.

    Raises:
        TestHalfError: the test half, and the purpose is no report, or it has no journal.
        StorageError: the journal cannot be written.
        SetNotFoundError: no such set.
        SetInvalidError: a line does not follow the schema, or an identifier is repeated.
    """
    path = set_path(name)
    questions = [one for one in read_lines(path, Question) if one.split == split]
    open_half(path.stem, split, len(questions), purpose=purpose, journal=journal, by=by)
    return questions


def open_half(
    name: str,
    split: Split,
    count: int | None,
    *,
    purpose: Purpose = "tuning",
    journal: Path | None = None,
    by: str = "",
) -> None:
    """Refuse the test half to what is no report; write down the others' reading of it.

    Raises:
        TestHalfError: the test half, and the purpose is no report, or it has no journal.
        StorageError: the journal cannot be written.
    """
    if split == "dev":
        return
    if purpose != "report" or journal is None:
        raise TestHalfError(
            f"La moitié « test » du jeu « {name} » ne se lit que pour un rapport.",
            "Réglez sur la moitié « dev » ; pour un rapport, lancez « assistant evaluer ».",
        )
    reading = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "set": name,
        "by": by,
        "questions": count,
        "code_sha256": code_digest(),
    }
    try:
        journal.parent.mkdir(parents=True, exist_ok=True)
        with journal.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(reading, ensure_ascii=False) + "\n")
    except OSError as error:
        raise StorageError(
            f"Le journal des lectures de la moitié « test » ne peut pas être écrit ({journal}).",
            "Vérifiez les droits d'écriture du dossier de l'index et la place sur le disque.",
        ) from error


def add_split(parser: ArgumentParser) -> None:
    """Options of a script that reads one half: the development one, or the other for a report."""
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument(
        "--rapport",
        action="store_true",
        help="lit la moitié « test » pour un rapport ; cette lecture est inscrite au journal",
    )


def chosen_split(arguments: Namespace, name: str, *, by: str) -> Split:
    """The half asked for by these options, once allowed and written down.

    Raises:
        TestHalfError: the test half, without `--rapport`.
        StorageError: the journal cannot be written.
    """
    split: Split = arguments.split
    if split == "test":
        purpose: Purpose = "report" if arguments.rapport else "tuning"
        journal = test_journal(load_settings().index_dir)
        open_half(name, split, None, purpose=purpose, journal=journal, by=by)
    return split


def test_journal(index_dir: Path) -> Path:
    """Where the readings of the test half are written, beside the runs."""
    return index_dir / "evaluation" / "lectures-test.jsonl"


test_journal.__test__ = False  # type: ignore[attr-defined]


def readings(journal: Path) -> list[dict[str, Any]]:
    """Readings of the test half, the oldest first; a line cut by a crash is left out."""
    try:
        lines = journal.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def code_digest() -> str:
    """Digest of the sources of `assistant` and `eval`, question sets left out."""
    root = FOLDER.parents[1]
    total = hashlib.sha256()
    for folder in ("assistant", "eval"):
        sources = (path for path in (root / folder).rglob("*") if path.suffix in {".py", ".toml"})
        for path in sorted(sources):
            total.update(str(path.relative_to(root)).encode())
            total.update(path.read_bytes())
    return total.hexdigest()

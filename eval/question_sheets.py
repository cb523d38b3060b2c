"""Question sets as tables that evaluators correct: CSV and XLSX, written and read back the same.

A cell that holds several texts separates them by « ; ». Whatever a spreadsheet would take for a
formula is kept as text by an apostrophe, which reading takes away.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from assistant.errors import UnreadableFileError
from assistant.exports.spreadsheet import Sheet, Value, csv_bytes, inert_cell, xlsx_bytes
from assistant.language.normalise import squash
from assistant.language.typography import typeset
from eval.question_rules import (
    MAX_QUESTIONS,
    QuestionInvalidError,
    check_together,
    checked,
    free_id,
    lighter_half,
    place_of,
)
from eval.sets import KINDS, Place, Question

Format = Literal["csv", "xlsx"]
FORMATS: Final[dict[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FAULTS_TOLD: Final = 20
"""Lines at fault that one message names."""

_COLUMNS: Final[dict[str, str]] = {
    "id": "Identifiant",
    "question": "Question",
    "kind": "Nature",
    "split": "Moitié",
    "file": "Document",
    "page": "Page",
    "pages": "Toutes ses pages",
    "facts": "Faits attendus",
    "items": "Éléments attendus",
    "also": "Autres documents",
    "history": "Questions précédentes",
    "standalone": "Question complétée",
    "note": "Remarque",
    "source": "Provenance",
}
_WIDTHS: Final = (14, 60, 20, 8, 34, 7, 12, 40, 40, 34, 34, 34, 40, 12)
_FIELDS: Final = {squash(title): field for field, title in _COLUMNS.items()} | {
    squash(field): field for field in _COLUMNS
}
_KIND_KEYS: Final = {squash(label): key for key, label in KINDS.items()} | {
    squash(key): key for key in KINDS
}
_HALVES: Final = {"dev": "dev", "reglage": "dev", "test": "test"}
_MAX_COLUMNS: Final = 100


def write_sheet(questions: Sequence[Question], name: Format, *, title: str) -> bytes:
    """A set as a table, one question a line, its two halves together."""
    header = tuple(_COLUMNS.values())
    rows = tuple(tuple(_cell(one, field) for field in _COLUMNS) for one in questions)
    if name == "csv":
        return csv_bytes(header, rows)
    return xlsx_bytes([Sheet("Questions", header, rows, _WIDTHS)], title=title)


def read_sheet(content: bytes, name: str, known: Sequence[Question] = ()) -> list[Question]:
    """Questions of a table, every one checked.

    Args:
        content: a CSV or XLSX file; columns are known by their titles, in any order.
        name: of the set, for the identifiers that are missing.
        known: questions already there: new identifiers and halves take them into account.

    Raises:
        QuestionInvalidError: nothing can be read, or some lines are at fault: the message names
            them, `details["lines"]` too.
    """
    made: list[Question] = []
    faults: list[str] = []
    for number, cells in _rows(content):
        try:
            values = _values(cells)
            before = [*known, *made]
            values["id"] = values.get("id") or free_id(name, before)
            values["split"] = values.get("split") or lighter_half(before, values["kind"])
            made.append(checked(values))
        except QuestionInvalidError as error:
            faults.append(typeset(f"Ligne {number} : {error.message}"))
        except ValueError as error:
            faults.append(typeset(f"Ligne {number} : {error}"))
    if faults:
        raise _at_fault(faults)
    if not made:
        raise QuestionInvalidError(
            "Le tableau ne contient aucune question.",
            f"Il lui faut au moins les colonnes {_titles(('question', 'kind'))}.",
        )
    check_together(made)
    return made


def merged(known: Sequence[Question], read: Iterable[Question]) -> list[Question]:
    """A set once a table is read into it: same identifiers replaced, others added at its end."""
    by_id = {one.id: one for one in known}
    by_id.update({one.id: one for one in read})
    return list(by_id.values())


# Writing


def _cell(question: Question, field: str) -> Value:
    value: Any = getattr(question, field)
    if field == "page":
        return question.page
    if field == "kind":
        return KINDS.get(question.kind, question.kind)
    if field == "also":
        value = tuple(f"{one.file} p. {one.page}" for one in question.also)
    if isinstance(value, tuple):
        return _guarded(" ; ".join(_escaped(str(one)) for one in value))
    return _guarded(value or "")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;")


def _guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula; `_bare` gives it back as it was."""
    return f"'{text}" if _is_formula(text.lstrip("'")) else text


def _bare(text: str) -> str:
    return text[1:] if text.startswith("'") and _is_formula(text.lstrip("'")) else text


def _is_formula(text: str) -> bool:
    return inert_cell(text) != text


# Reading


def _values(cells: Mapping[str, str]) -> dict[str, Any]:
    """Fields of a question from the cells of its line.

    Raises:
        ValueError: a cell cannot be read; the message is French.
    """
    values: dict[str, Any] = {}
    for field, cell in cells.items():
        if not cell:
            continue
        if field == "kind":
            values[field] = _KIND_KEYS.get(squash(cell), cell)
        elif field == "split":
            values[field] = _half(cell)
        elif field == "page":
            values[field] = _page(cell)
        elif field == "pages":
            values[field] = tuple(map(_page, _parts(cell)))
        elif field == "also":
            values[field] = tuple(map(_place, _parts(cell)))
        elif field in {"facts", "items", "history"}:
            values[field] = tuple(_parts(cell))
        else:
            values[field] = cell
    return {"kind": "", **values}


def _parts(cell: str) -> list[str]:
    parts = re.findall(r"(?:\\.|[^;\\])+", cell)
    return [re.sub(r"\\(.)", r"\1", part.strip(" ")) for part in parts if part.strip(" ")]


def _half(cell: str) -> str:
    half = _HALVES.get(squash(cell))
    if half is None:
        raise ValueError(f"la moitié « {cell[:40]} » n’est ni « dev » ni « test ».")
    return half


def _page(cell: str) -> int:
    try:
        page = int(cell)
    except ValueError:
        page = 0
    if page < 1:
        raise ValueError(f"« {cell[:40]} » n’est pas un numéro de page.") from None
    return page


def _place(cell: str) -> Place:
    try:
        return place_of(cell)
    except ValueError:
        raise ValueError(
            f"« {cell[:60]} » ne dit pas une page ; écrivez par exemple « guide.pdf p. 3 »."
        ) from None


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Lines of a table with their numbers, cells by field; empty lines are left out."""
    lines = _xlsx_lines(content) if content.startswith(b"PK") else _csv_lines(content)
    fields: list[str | None] | None = None
    for number, cells in lines:
        texts = [_bare(one.strip(" ")) for one in cells]
        if not any(texts):
            continue
        if fields is None:
            fields = _fields_of(texts)
            continue
        if number > 2 * MAX_QUESTIONS:
            raise QuestionInvalidError(
                "Le tableau compte trop de lignes.", f"Gardez-en {MAX_QUESTIONS} au plus."
            )
        yield (
            number,
            {field: text for field, text in zip(fields, texts, strict=False) if field is not None},
        )


def _fields_of(titles: Sequence[str]) -> list[str | None]:
    fields = [_FIELDS.get(squash(title)) for title in titles]
    missing = [name for name in ("question", "kind") if name not in fields]
    if missing:
        raise QuestionInvalidError(
            f"La première ligne du tableau ne nomme pas : {_titles(missing)}.",
            "Exportez un jeu pour voir les colonnes attendues, puis complétez-le.",
        )
    return fields


def _titles(fields: Iterable[str]) -> str:
    return ", ".join(f"« {_COLUMNS[field]} »" for field in fields)


def _csv_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What a French spreadsheet writes when nobody chooses.
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise QuestionInvalidError(
            "Ce fichier n’est ni un tableau CSV ni un classeur XLSX.",
            "Enregistrez votre tableau sous l’un de ces deux formats.",
        )
    first = text.lstrip("\ufeff\r\n").partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        line = 1
        for cells in reader:
            yield line, cells[:_MAX_COLUMNS]
            line = reader.line_num + 1
    except csv.Error as error:
        raise QuestionInvalidError(
            f"Le tableau ne peut pas être lu après la ligne {reader.line_num}.",
            "Une cellule y est trop longue, ou ses guillemets ne se ferment pas.",
        ) from error


def _xlsx_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    import openpyxl

    from assistant.ingestion.readers.archive import open_archive

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "questions.xlsx"
        path.write_bytes(content)
        try:
            if open_archive(path).kind != "classeur":
                raise _not_a_workbook()
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        except UnreadableFileError as error:
            raise QuestionInvalidError(error.message, error.remedy) from error
        except QuestionInvalidError:
            raise
        except Exception as error:
            # The library tells a damaged workbook by whatever fails first in it.
            raise _not_a_workbook() from error
        try:
            sheet = book.worksheets[0]
            # What the file says of its size may be a million empty lines.
            sheet.reset_dimensions()
            rows = islice(sheet.iter_rows(values_only=True), 2 * MAX_QUESTIONS + 1)
            for number, cells in enumerate(rows, start=1):
                yield number, [_text(one) for one in cells[:_MAX_COLUMNS]]
        except QuestionInvalidError:
            raise
        except Exception as error:
            raise _not_a_workbook() from error
        finally:
            book.close()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return f"{value:%d/%m/%Y}"
    return str(value)


def _not_a_workbook() -> QuestionInvalidError:
    return QuestionInvalidError(
        "Ce classeur ne peut pas être lu : il est abîmé, ou d’un autre format.",
        "Enregistrez-le de nouveau au format XLSX, ou au format CSV.",
    )


def _at_fault(faults: Sequence[str]) -> QuestionInvalidError:
    told = faults[:FAULTS_TOLD]
    more = len(faults) - len(told)
    rest = (
        f" Et {more} autre{'s' if more > 1 else ''} ligne{'s' if more > 1 else ''}." if more else ""
    )
    error = QuestionInvalidError(
        f"{' '.join(told)}{rest}", "Rien n’a été importé : corrigez ces lignes, puis recommencez."
    )
    error.details = {"lines": list(told)}
    return error

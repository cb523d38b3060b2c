"""Question sets of the house: written, corrected, exchanged as tables, checked on the corpus."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.exports.spreadsheet import csv_bytes
from eval import sets
from eval.gold_check import check_gold
from eval.question_rules import QuestionInvalidError, checked
from eval.question_sheets import FORMATS, merged, read_sheet, write_sheet
from eval.questionnaires import (
    QuestionChangedError,
    QuestionnaireStore,
    ReadOnlySetError,
    UnknownQuestionError,
)
from eval.sets import Place, Question, SetInvalidError, SetNotFoundError
from tests.api.fake import FakeEngine

ASKED = {
    "question": "Quel est le soutien par projet ?",
    "kind": "nombre",
    "file": "ami essai.pdf",
    "page": 1,
    "facts": ["40 000 euros"],
}


def made(**changes: Any) -> Question:
    return checked({"id": "jeu-001", "split": "dev", **ASKED, **changes})


@pytest.fixture
def store(tmp_path: Path) -> QuestionnaireStore:
    return QuestionnaireStore(tmp_path)


def test_a_set_is_written_corrected_and_deleted(store: QuestionnaireStore) -> None:
    assert store.create("Mon jeu d’été") == "mon-jeu-d-ete"
    name = "mon-jeu-d-ete"
    first = store.put(name, ASKED)
    assert (first.id, first.split) == (f"{name}-001", "dev")
    # The halves of a kind stay balanced.
    second = store.put(name, {**ASKED, "question": "  Combien\n par projet ? "})
    assert (second.split, second.question) == ("test", "Combien par projet ?")
    better = store.put(name, {**ASKED, "split": "dev", "facts": ["40 000"]}, replacing=first.id)
    assert store.read(name) == [better, second]
    assert better.id == first.id
    with pytest.raises(QuestionChangedError):
        store.put(name, {**ASKED, "split": "dev"}, replacing=first.id, seen=first)
    store.remove(name, first.id)
    assert [one.id for one in store.read(name)] == [second.id]
    with pytest.raises(UnknownQuestionError):
        store.get(name, first.id)
    told = store.names()[0]
    assert (told.name, told.own, told.dev, told.test) == (name, True, 0, 1)
    store.delete(name)
    with pytest.raises(SetNotFoundError):
        store.read(name)


def test_a_half_is_given_to_a_run_and_its_reading_is_written_down(
    store: QuestionnaireStore,
) -> None:
    store.create("jeu", [made(id="a"), made(id="b", split="test")])
    assert [one.id for one in store.to_ask("jeu", "test", by="essai")] == ["b"]
    [reading] = sets.readings(sets.test_journal(store.index_dir))
    assert (reading["set"], reading["by"], reading["questions"]) == ("jeu", "essai", 1)


def test_shipped_sets_are_read_only_and_their_test_half_stays_unseen(
    store: QuestionnaireStore,
) -> None:
    shown = store.read("demo")
    assert shown
    assert {one.split for one in shown} == {"dev"}
    assert store.read("demo", "test") == []
    for change in (
        lambda: store.put("demo", ASKED),
        lambda: store.remove("demo", shown[0].id),
        lambda: store.replace("demo", []),
        lambda: store.delete("demo"),
    ):
        with pytest.raises(ReadOnlySetError):
            change()
    with pytest.raises(QuestionInvalidError):
        store.create("demo")
    assert store.create("copie", shown) == "copie"
    assert store.read("copie") == shown


@pytest.mark.parametrize("name", ["../demo", "a/b", "", ".", "é" * 50, "x\0y"])
def test_a_name_never_leads_elsewhere(store: QuestionnaireStore, name: str) -> None:
    with pytest.raises(SetNotFoundError):
        store.read(name)


def test_a_damaged_line_is_named(store: QuestionnaireStore) -> None:
    store.create("jeu", [made()])
    path = store.path("jeu")
    path.write_text(path.read_text() + '{"id": "x"}\n', encoding="utf-8")
    with pytest.raises(SetInvalidError, match="ligne 2"):
        store.read("jeu")
    assert store.names()[0].name == "jeu"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"question": "  "}, "vide"),
        ({"kind": "autre"}, "n’existe pas"),
        ({"page": None}, "sans sa page"),
        ({"page": 0}, "page"),
        ({"file": None, "page": None, "facts": []}, "absente"),
        ({"kind": "absent"}, "absente"),
        ({"file": None, "page": None, "kind": "absent"}, "ni faits"),
        ({"kind": "suite"}, "précédente"),
        ({"facts": ["x" * 501]}, "fait"),
        ({"note": "x" * 2001}, "remarque"),
        ({"id": "a b"}, "identifiant"),
    ],
)
def test_what_cannot_be_kept_is_told(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(QuestionInvalidError) as caught:
        made(**changes)
    assert said in caught.value.message


# Tables


words = st.text(
    st.sampled_from("aé=+-@;,\\|'\"« »\u00a0\t\n0 ") | st.characters(codec="utf-8"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip(" |\t\n\r\f\v\u00a0") != "")


@st.composite
def questions(draw: st.DrawFn) -> Question:
    values = {
        "id": "q-1",
        "split": draw(st.sampled_from(["dev", "test"])),
        "question": draw(words),
        "kind": draw(st.sampled_from(["suite", "nombre", "piege"])),
        "file": draw(st.sampled_from(["a.pdf", "=b ; c.pdf", "'-é p. 2.pdf"])),
        "page": 3,
        "pages": draw(st.sampled_from([(), (3, 4)])),
        "facts": draw(st.lists(words, max_size=3)),
        "items": draw(st.lists(words, max_size=2)),
        "history": [draw(words)],
        "also": draw(st.lists(st.builds(Place, file=st.just("d;e p. 1.pdf"), page=st.just(7)))),
        "note": draw(words),
    }
    try:
        return checked(values)
    except QuestionInvalidError:
        return made()


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None)
@given(made_up=st.lists(questions(), min_size=1, max_size=4))
def test_a_table_gives_back_what_was_written(name: Any, made_up: list[Question]) -> None:
    asked = [one.model_copy(update={"id": f"q-{at}"}) for at, one in enumerate(made_up)]
    assert read_sheet(write_sheet(asked, name, title="Essai"), "jeu") == asked


@pytest.mark.parametrize("name", FORMATS)
def test_the_shipped_set_goes_there_and_back(name: Any) -> None:
    asked = sets.load("demo", "dev")
    assert read_sheet(write_sheet(asked, name, title="demo"), "demo") == asked


def test_no_spreadsheet_takes_a_cell_for_a_formula() -> None:
    question = made(question="=HYPERLINK(1)", facts=["@cmd"], note="+1")
    written = write_sheet([question], "csv", title="x").decode("utf-8-sig")
    cells = written.splitlines()[1].split(";")
    assert not [one for one in cells if one.startswith(("=", "+", "-", "@"))]
    assert read_sheet(written.encode(), "jeu") == [question]


def test_a_table_typed_by_hand_is_read() -> None:
    typed = (
        "Nature,QUESTION,document,Page,Faits attendus,colonne à nous\r\n"
        "date,Quand déposer ?,ami essai.pdf,1,3 mars 2031 ; midi,x\r\n\r\n"
        "réponse absente,Qui est le préfet ?,,,,\r\n"
    ).encode("cp1252")
    first, second = read_sheet(typed, "jeu", known=[made()])
    assert (first.id, first.facts, first.kind) == ("jeu-002", ("3 mars 2031", "midi"), "date")
    assert (second.kind, second.file) == ("absent", None)
    assert [one.id for one in merged([made()], [first])] == ["jeu-001", "jeu-002"]


def test_lines_at_fault_are_numbered() -> None:
    rows = [("date", "Quand ?", "a.pdf", "zéro"), ("nombre", "", "a.pdf", 1), ("?", "x", "a", 1)]
    with pytest.raises(QuestionInvalidError) as caught:
        read_sheet(csv_bytes(("Nature", "Question", "Document", "Page"), rows), "jeu")
    assert [line.split("\u00a0:")[0] for line in caught.value.details["lines"]] == [  # type: ignore[attr-defined]
        "Ligne 2",
        "Ligne 3",
        "Ligne 4",
    ]
    assert "Rien n’a été importé" in caught.value.remedy


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\1\2", b"PK\x03\x04abc", b"Nature;Question\n", b"autre;chose\n1;2\n", b'"'],
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(QuestionInvalidError):
        read_sheet(content, "jeu")


def test_another_office_file_is_refused() -> None:
    docx = pytest.importorskip("docx")
    stream = io.BytesIO()
    docx.Document().save(stream)
    with pytest.raises(QuestionInvalidError):
        read_sheet(stream.getvalue(), "jeu")


# The corpus


def levels(tmp_path: Path, **changes: Any) -> list[tuple[str, str]]:
    return [
        (one.level, one.text)
        for one in check_gold(made(**changes), FakeEngine(tmp_path))  # type: ignore[arg-type]
    ]


def test_gold_is_compared_with_the_page(tmp_path: Path) -> None:
    assert {level for level, _ in levels(tmp_path)} == {"ok"}
    assert (
        "erreur",
        "«\u00a041 000 euros\u00a0» ne se trouve pas sur la page attendue\u00a0: "
        "reprenez les mots de la page.",
    ) in levels(tmp_path, facts=["41 000 euros"])
    assert levels(tmp_path, file="autre.pdf", facts=[])[0][0] == "erreur"
    assert "en compte 2" in levels(tmp_path, page=9)[0][1]
    # The second page could not be read; the fact stands on the first.
    elsewhere = levels(tmp_path, page=2)
    assert "Aucun texte" in elsewhere[0][1]
    assert "mais à la page 1" in elsewhere[1][1]
    assert levels(tmp_path, facts=[])[-1][0] == "attention"
    absent = levels(tmp_path, kind="absent", file=None, page=None, facts=[])
    assert [level for level, _ in absent] == ["ok"]

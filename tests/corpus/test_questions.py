"""The demonstration questions: each gold page says what the question expects."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pypdf
import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "corpus" / "demo"
LINES = (ROOT / "eval" / "questions" / "demo.jsonl").read_text(encoding="utf-8").splitlines()
QUESTIONS: list[dict[str, Any]] = [json.loads(line) for line in LINES]
FIELDS = ["id", "question", "kind", "split", "file", "page", "facts", "items", "also", "note"]
UNANSWERABLE = {"absent", "piege"}
KINDS = UNANSWERABLE | {
    *("lexical", "paraphrase", "sigle", "faute", "liste", "tableau"),
    *("nombre", "date", "definition", "comparaison", "oui_non"),
}


def fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").replace("œ", "oe"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", plain).lower()


@cache
def pages(file: str) -> tuple[str, ...]:
    texts = [fold(page.extract_text()) for page in pypdf.PdfReader(DEMO / "pdf" / file).pages]
    if not "".join(texts).strip():  # the scanned page: its source says what the picture shows
        source = DEMO / "sources" / Path(file).with_suffix(".md").name
        texts = [fold(source.read_text(encoding="utf-8"))]
    return tuple(texts)


def test_the_set_is_large_and_balanced() -> None:
    assert len(QUESTIONS) >= 150
    assert sum(q["kind"] in UNANSWERABLE for q in QUESTIONS) >= 25
    assert len({q["id"] for q in QUESTIONS}) == len({q["question"] for q in QUESTIONS})
    for kind in KINDS:
        splits = [q["split"] for q in QUESTIONS if q["kind"] == kind]
        assert splits == [("dev", "test")[rank % 2] for rank in range(len(splits))]
        assert len(splits) >= 8


def test_every_demonstration_document_is_asked_about() -> None:
    asked = {q["file"] for q in QUESTIONS if q["file"]}
    assert asked == {path.name for path in (DEMO / "pdf").glob("*.pdf")}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q["id"])
def test_the_gold_page_holds_the_expected_facts(question: dict[str, Any]) -> None:
    assert list(question) == FIELDS
    assert question["kind"] in KINDS
    for other in question["also"]:
        assert 1 <= other["page"] <= len(pages(other["file"]))
    if question["kind"] in UNANSWERABLE:
        assert question["file"] is None and question["page"] is None
        assert question["facts"] == [] and question["items"] == []
        return
    assert question["facts"], "a question that can be answered has at least one expected fact"
    assert bool(question["items"]) == (question["kind"] == "liste")
    gold = pages(question["file"])[question["page"] - 1]
    for fact in question["facts"]:
        assert fold(fact) in gold, fact
    wider = gold + " ".join(pages(other["file"])[other["page"] - 1] for other in question["also"])
    for item in question["items"]:
        assert fold(item) in wider, item

"""Who sees what: somebody of no group gets what an index without the hidden documents gives."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.access.model import Role
from assistant.access.restrictions import RestrictionStore, TargetKind
from assistant.errors import DocumentNotFoundError, InvalidQuestionError
from assistant.index.catalogue import Catalogue
from assistant.model import Filters
from tests.access.visible import COMMITTEE, PUBLIC, SECRETS, MakePdf, Place, place, restricted, tool

NOBODYS: frozenset[str] = frozenset()
QUESTIONS = (
    "Quel est le budget de l'accueil ?",
    "Quel est le budget de l'opération Zibeline ?",
    "Que veut dire PZR ?",
    "Quelle prime pour l'accueil des urgences ?",
    "zibelline des tileuls",
    "Dans le compte rendu du COPIL, quelle décision ?",
    "Que dit copil-zibeline.pdf du budget ?",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, make_pdf: MakePdf) -> Iterator[Place]:
    found = restricted(tmp_path_factory.mktemp("entier"), make_pdf)
    with found.client:
        yield found


@pytest.fixture(scope="module")
def never(tmp_path_factory: pytest.TempPathFactory, make_pdf: MakePdf) -> Iterator[Place]:
    """The index that never had the hidden documents."""
    found = place(tmp_path_factory.mktemp("ouvert"), make_pdf, PUBLIC)
    with found.client:
        yield found


def same(said: Any) -> Any:
    """An answer without what tells two indexes apart: when they were made, and times."""
    text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, sort_keys=True)
    text = re.sub(r"\d{8}T\d{6}\.\d{6}(?:-[0-9a-f]{8})?", "GENERATION", text)
    text = re.sub(r'"(?:timings_ms|created)": ?(?:\{[^}]*\}|\d+|"[^"]*")', "", text)
    return re.sub(r'"(?:id": ?"chatcmpl-[^"]*"|created": ?\d+)', "", text)


ACCEPT = {"accept": "application/json, text/event-stream"}


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/v1/documents", None),
    ("GET", "/v1/filtres", None),
    ("GET", "/v1/sante", None),
    ("GET", "/v1/glossaire", None),
    ("GET", "/v1/glossaire?recherche=zibeline", None),
    ("GET", "/v1/glossaire/PZR", None),
    ("GET", "/v1/copil", None),
    ("GET", "/v1/copil/export?format=csv", None),
    ("GET", "/v1/copil?fichier=copil/copil-zibeline.pdf", None),
    ("GET", "/v1/conversations", None),
    ("GET", "/v1/fiches", None),
    ("POST", "/v1/recherche", {"question": "budget", "file": "copil-zibelin.pdf"}),
    ("POST", "/v1/recherche", {"question": "budget", "filtres": {"kinds": ["copil"]}}),
    *(("POST", "/v1/recherche", {"question": one, "limite": 50}) for one in QUESTIONS),
    *(("POST", "/v1/questions", {"question": one}) for one in QUESTIONS),
    ("POST", "/v1/questions/flux", {"question": QUESTIONS[1]}),
    (
        "POST",
        "/v1/chat/completions",
        {"model": "assistant-extractif", "messages": [{"role": "user", "content": QUESTIONS[1]}]},
    ),
    ("POST", "/mcp", tool("rechercher", question=QUESTIONS[1])),
    ("POST", "/mcp", tool("demander", question=QUESTIONS[1])),
    ("POST", "/mcp", tool("rediger_fiche", titre="Suivre le budget de Zibeline")),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_nothing_tells_that_hidden_documents_exist(
    whole: Place, never: Place, method: str, path: str, body: Any
) -> None:
    found = [
        one.client.request(method, path, json=body, headers=one.key(Role.LEAD) | ACCEPT)
        for one in (whole, never)
    ]
    assert found[0].status_code == found[1].status_code
    assert same(found[0].text) == same(found[1].text)
    # The words of the question come back in the answer: they are the reader's own.
    own = f"{path} {json.dumps(body, ensure_ascii=False)}".lower()
    said = same(found[0].text).lower()  # a time of day may hold the digits of a secret
    assert [one for one in SECRETS if one in said and one not in own] == []


def test_refusing_a_hidden_document_takes_the_same_work(
    whole: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = whole.assistant.seen_by(NOBODYS)
    asked: list[str] = []
    rows = Catalogue.rows
    monkeypatch.setattr(
        Catalogue, "rows", lambda self, sql, *given: asked.append(sql) or rows(self, sql, *given)
    )
    work = []
    for document_id in (whole.id_of("zibeline.pdf"), "0" * 16):
        asked.clear()
        for call in (
            view.document,
            view.passages,
            view.pdf_path,
            view.has_page_images,
            lambda one: view.page(one, 1),
            lambda one: view.page_image(one, 1),
            lambda one: view.attempt().pages.page(one, 1),
        ):
            with pytest.raises(DocumentNotFoundError):
                call(document_id)
        work.append(len(asked))
    assert work[0] == work[1]


@pytest.mark.parametrize(
    ("groups", "seen"),
    [
        ((), {"guide.pdf", "bilan.pdf"}),
        (("rh",), {"guide.pdf", "bilan.pdf"}),
        (("dg",), {"guide.pdf", "bilan.pdf", "copil-zibeline.pdf"}),
        # A document of two rules is for whoever satisfies both.
        (("rh", "direction"), {"guide.pdf", "bilan.pdf", "primes.pdf"}),
        (("rh", "dg"), {"guide.pdf", "bilan.pdf", "primes.pdf", "copil-zibeline.pdf"}),
    ],
)
def test_each_group_sees_its_documents(
    whole: Place, groups: tuple[str, ...], seen: set[str]
) -> None:
    for role in (Role.READER, Role.LEAD, Role.EVALUATOR):
        headers = whole.key(role, *groups)
        listed = whole.client.get("/v1/documents", headers=headers).json()["documents"]
        assert {Path(one["file"]).name for one in listed} == seen
    everything = whole.client.get("/v1/documents", headers=whole.key(Role.ADMINISTRATOR)).json()
    assert len(everything["documents"]) == 4


def test_those_it_is_for_find_and_cite_it(whole: Place) -> None:
    answer = whole.client.post(
        "/v1/questions", json={"question": QUESTIONS[1]}, headers=whole.key(Role.READER, "dg")
    ).json()
    assert "987 654" in answer["sentences"][0]["text"]


def test_no_rule_in_the_way_is_the_engine_itself(whole: Place, never: Place) -> None:
    assert whole.assistant.seen_by(None) is whole.assistant
    assert whole.assistant.seen_by(frozenset({"rh", "dg"})) is whole.assistant
    assert never.assistant.seen_by(NOBODYS) is never.assistant
    assert not (never.folder / "vues").exists()


def test_a_view_embeds_nothing_and_narrows_only(whole: Place) -> None:
    before = len(whole.embedder.embedded)
    view = whole.assistant.seen_by(frozenset({"dg"}))
    assert len(whole.embedder.embedded) == before
    assert view.embedder() is whole.assistant.embedder()
    assert view.seen_by(None) is view
    assert {one.file for one in view.seen_by(NOBODYS).documents()} == {
        "ouverts/guide.pdf",
        "ouverts/bilan.pdf",
    }


def test_a_filter_on_a_hidden_file_is_refused_as_any_unknown_name(whole: Place) -> None:
    view = whole.assistant.seen_by(NOBODYS)
    said = []
    for name in ("copil/copil-zibeline.pdf", "copil/copil-xxxxxxxx.pdf"):
        with pytest.raises((DocumentNotFoundError, InvalidQuestionError)) as refused:
            view.ask("budget", filters=Filters(files=(name,)))
        said.append(str(refused.value).replace(name, ""))
    assert said[0] == said[1]


def test_what_changes_is_honoured_at_the_next_call(tmp_path: Path, make_pdf: MakePdf) -> None:
    here = place(tmp_path, make_pdf, PUBLIC)
    rules, seen = RestrictionStore(here.folder), here.assistant.seen_by

    def names() -> set[str]:
        return {Path(one.file).name for one in seen(NOBODYS).documents()}

    guide = here.id_of("guide.pdf")
    rules.put(TargetKind.DOCUMENT, guide, ["dg"], [str(here.files / "ouverts/guide.pdf")])
    assert names() == {"bilan.pdf"}
    rules.remove(TargetKind.DOCUMENT, guide)
    assert names() == {"bilan.pdf", "guide.pdf"}
    # What comes into a restricted folder is restricted as soon as it is there.
    rules.put(TargetKind.FOLDER, str(here.files / "copil"), ["dg"])
    for name, pages in COMMITTEE.items():
        make_pdf(here.files / name, pages)
    here.ingest()
    assert len(here.assistant.documents()) == 3
    assert names() == {"bilan.pdf", "guide.pdf"}
    # The same content under an open name stays restricted; so it does once it is alone.
    shutil.copy(here.files / "copil/copil-zibeline.pdf", here.files / "ouverts/copie.pdf")
    here.ingest()
    assert names() == {"bilan.pdf", "guide.pdf"}
    # A document that leaves is in no view any more, and its former views leave the disk.
    old = {path.name for path in (here.folder / "vues").iterdir()}
    for _ in range(3):
        (here.files / "ouverts/bilan.pdf").unlink(missing_ok=True)
        make_pdf(here.files / "ouverts/autre.pdf", [[f"Autre texte {_}", "Un texte de plus."]])
        here.ingest()
        assert names() == {"guide.pdf", "autre.pdf"}
    assert not old & {path.name for path in (here.folder / "vues").iterdir()}


def test_a_document_rule_follows_the_file_that_replaces_it(
    tmp_path: Path, make_pdf: MakePdf
) -> None:
    here = place(tmp_path, make_pdf, {**PUBLIC, **COMMITTEE})
    path = here.files / "copil/copil-zibeline.pdf"
    RestrictionStore(here.folder).put(
        TargetKind.DOCUMENT, here.id_of("zibeline.pdf"), ["dg"], [str(path)]
    )
    make_pdf(path, [["COPIL", "Zibeline, deuxième version du compte rendu."]])
    here.ingest()
    assert here.id_of("zibeline.pdf")
    assert len(here.assistant.seen_by(NOBODYS).documents()) == 2


def test_seeing_nothing_is_an_empty_corpus_that_answers(tmp_path: Path, make_pdf: MakePdf) -> None:
    here = place(tmp_path, make_pdf, PUBLIC)
    RestrictionStore(here.folder).put(TargetKind.FOLDER, str(here.files), ["dg"])
    view = here.assistant.seen_by(NOBODYS)
    assert view.documents() == []
    assert view.ask("Quel est le budget de l'accueil ?").abstained
    assert view.find("budget")[0] == []

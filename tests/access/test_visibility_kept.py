"""What is kept (fiches, conversations, evaluations) does not tell what it was drawn from."""

from __future__ import annotations

import re
from typing import Any

import pytest

from assistant.access.current import acting_as
from assistant.access.model import LOCAL, Permission, Person, Role
from eval.asking import NothingToAskError
from eval.runs import RunNotFoundError
from tests.access.keeping import GUIDE, SECRET, a_question, desk_of, fiche_quoting, quote
from tests.access.signed import bearer
from tests.access.visible import SECRETS, Place
from tests.fiches.samples import a_fiche

READER = Person("lecteur", "Mme Essai", Role.READER, means="session")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "?recherche=zibeline",
        "/portefeuille/tableau?format=csv",
        "/portefeuille/matrice",
        "/portefeuille/axes",
    ],
)
def test_lists_counts_and_charts_leave_it_out(
    here: Place, fiches: tuple[str, str], path: str
) -> None:
    found = here.client.get(f"/v1/fiches{path}", headers=here.key(Role.READER))
    assert found.status_code == 200
    assert [one for one in SECRETS if one in found.text.lower()] == []
    if path == "":
        assert found.json()["total"] == 1


def test_a_fiche_that_stays_does_not_name_it(here: Place, fiches: tuple[str, str]) -> None:
    shown = here.client.get(f"/v1/fiches/{fiches[0]}", headers=here.key(Role.READER)).json()
    assert shown["similar"] == []
    committee = here.key(Role.READER, "dg")
    shown = here.client.get(f"/v1/fiches/{fiches[0]}", headers=committee).json()
    assert [one["id"] for one in shown["similar"]] == [fiches[1]]
    assert here.client.get("/v1/fiches", headers=committee).json()["total"] == 2


def test_a_quote_taken_out_still_hides_the_history(here: Place) -> None:
    fiche = fiche_quoting(here, "Autre suivi", quote(here, "zibeline.pdf", "987 654 euros"))
    headers = here.key(Role.LEAD, "dg") | {"If-Match": '"1"'}
    edit = {"typed": ["Un texte."], "keep": [], "author": "M."}
    changed = here.client.patch(f"/v1/fiches/{fiche}/champs/besoin", json=edit, headers=headers)
    assert changed.status_code == 200
    assert "987 654" not in changed.text
    for path in ("", "/historique"):
        address = f"/v1/fiches/{fiche}{path}"
        assert here.client.get(address, headers=here.key(Role.LEAD)).status_code == 404
        assert here.client.get(address, headers=here.key(Role.LEAD, "dg")).status_code == 200
    here.client.delete(f"/v1/fiches/{fiche}", headers=here.key(Role.LEAD, "dg"))


def test_an_import_takes_another_name_than_a_fiche_one_does_not_see(
    here: Place, fiches: tuple[str, str]
) -> None:
    raw = a_fiche("Importée", filled=False, similar=[], notes=[]).model_copy(
        update={"id": fiches[1]}
    )
    made = here.client.post(
        "/v1/fiches/import", content=raw.model_dump_json(), headers=here.key(Role.LEAD)
    )
    assert made.status_code == 201
    assert made.json()["id"] != fiches[1]
    here.client.delete(f"/v1/fiches/{made.json()['id']}", headers=here.key(Role.LEAD))


def test_a_conversation_loses_the_words_of_what_was_closed_since(here: Place) -> None:
    _, secret = here.client.app.state.sign_in.keys.create(  # type: ignore[attr-defined]
        "M. Essai", Role.READER, groups=["dg"]
    )
    headers = {"Authorization": f"Bearer {secret}"}
    kept = here.client.post("/v1/conversations", json={}, headers=headers).json()["id"]
    body = {"question": "Quel est le budget de Zibeline ?", "conversation_id": kept}
    assert "987 654" in here.client.post("/v1/questions", json=body, headers=headers).text
    address = f"/v1/conversations/{kept}"
    assert "987 654" in here.client.get(address, headers=headers).text
    from assistant.access.restrictions import RestrictionStore, TargetKind

    rules, copil = RestrictionStore(here.folder), str(here.files / "copil")
    rules.put(TargetKind.FOLDER, copil, ["direction"])
    try:
        for path in ("", "/export?format=md", "/tours/1/export?format=json"):
            said = here.client.get(f"{address}{path}", headers=headers)
            assert said.status_code == 200
            assert not [
                one for one in ("987 654", "tilleuls", "ournac", "copil-") if one in said.text
            ]
        turn = here.client.get(address, headers=headers).json()["turns"][0]
        assert len(turn["doubts"]) == len(turn["answer"]["sentences"]) > 0
    finally:
        rules.put(TargetKind.FOLDER, copil, ["dg"])


def test_a_run_asks_what_everybody_sees_and_hides_what_it_quotes(
    here: Place, runs: tuple[str, str, str]
) -> None:
    desk = desk_of(here)
    # Whoever starts it, and whatever they see.
    with acting_as(LOCAL):
        run = desk.runs.get(runs[2])
        with pytest.raises(NothingToAskError):
            desk.background.start("essai", "dev", [a_question(2, SECRET, "987 654")])
        assert desk.runs.count() == 3
    assert run.conditions.settings["documents_absents"] == [SECRET]
    assert run.questions == 1
    with acting_as(READER):
        asked = desk.runs.asked(runs[0])
        assert [one.question.id for one in asked] == ["q-1"]
        assert {page.file for page in asked[0].ranking} <= {GUIDE, "ouverts/bilan.pdf"}
        # Neither one that the command line asked of everything, nor one that names what it left.
        assert [one.id for one in desk.runs.list()] == [runs[0]]
        assert desk.runs.count() == 1
        for hidden in runs[1:]:
            with pytest.raises(RunNotFoundError):
                desk.runs.get(hidden)


def test_a_set_of_questions_on_a_hidden_document_is_no_set(
    here: Place, question_sets: tuple[str, str]
) -> None:
    outside, inside = here.key(Role.EVALUATOR), here.key(Role.EVALUATOR, "dg")

    def names(headers: dict[str, str]) -> list[str]:
        listed = here.client.get("/v1/jeux", headers=headers).json()["jeux"]
        return [one["name"] for one in listed if one["own"]]

    assert names(outside) == [question_sets[0]]
    assert set(names(inside)) == set(question_sets)
    # Nor can its name be told from that of a document that does not exist, by writing one.
    said = []
    for file in (SECRET, "copil/copil-xxxxxxxx.pdf"):
        body = a_question(9, file, "x").model_dump(mode="json")
        refused = here.client.post(
            f"/v1/jeux/{question_sets[0]}/questions", json=body, headers=outside
        )
        assert refused.status_code == 422
        said.append(refused.text.replace(file, ""))
    assert said[0] == said[1]


def test_a_key_that_administers_counts_the_documents_it_sees(here: Place) -> None:
    def documents(**options: Any) -> str:
        sign_in = here.client.app.state.sign_in  # type: ignore[attr-defined]
        headers = {"Authorization": bearer(sign_in, Role.ADMINISTRATOR, **options)}
        text = here.client.get("/v1/metriques", headers=headers).text
        assert [one for one in SECRETS if one in text.lower()] == []
        return str(re.search(r"^assistant_index_documents (\S+)", text, re.MULTILINE)[1])  # type: ignore[index]

    assert documents() == "4.0"
    assert documents(scopes=[Permission.ADMINISTER]) == "2.0"

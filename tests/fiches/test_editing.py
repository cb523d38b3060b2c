"""What a person types, keeps, chooses and notes, and what follows from it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from assistant.fiches.asking import read_request
from assistant.fiches.editing import FieldEdit, ScoreEdit, apply_edit
from assistant.fiches.errors import FicheNotFoundError, InvalidEditError, InvalidRequestError
from assistant.fiches.matrix import place
from assistant.fiches.model import Fiche
from tests.fiches.samples import AT, METHOD, NEED, a_fiche, extract


def edited(fiche: Fiche, key: str, **edit: object) -> Fiche:
    return apply_edit(
        fiche,
        key,
        FieldEdit(**edit),  # type: ignore[arg-type]
        METHOD,
        author="Anne",
        now=AT,
    )


def test_what_is_typed_stands_beside_the_extracts_under_its_own_origin() -> None:
    field = edited(a_fiche(), "besoin", typed=["  Autre constat. ", " "]).field("besoin")
    assert [(one.text, one.origin) for one in field.statements] == [
        (NEED, "corpus"),
        ("Autre constat.", "saisie"),
    ]
    assert (field.author, field.updated) == ("Anne", AT)


def test_an_empty_field_becomes_partial_and_documented_when_somebody_says_so() -> None:
    typed = edited(a_fiche(), "suite", typed=["Décider en mars."])
    field = typed.field("suite")
    assert (field.status, bool(field.question)) == ("partiel", True)
    stated = edited(typed, "suite", status="documente")
    assert (stated.field("suite").status, stated.field("suite").question) == ("documente", None)
    # Typing goes on under the decision; emptying the field undoes it.
    assert edited(stated, "suite", typed=["Décider en mai."]).field("suite").status == "documente"
    emptied = edited(stated, "suite", typed=[]).field("suite")
    assert (emptied.status, bool(emptied.question)) == ("a_completer", True)
    with pytest.raises(InvalidEditError, match="vide"):
        edited(a_fiche(), "suite", status="documente")


def test_dropped_proofs_leave_the_field_and_the_list_of_sources() -> None:
    fiche = a_fiche(filled=False, levels={})
    proved = fiche.field("suite").model_copy(
        update={"statements": [extract("Un fait."), extract("Un autre.", 8)], "status": "documente"}
    )
    fields = [proved if one.key == "suite" else one for one in fiche.fields]
    fiche = edited(
        fiche.model_copy(update={"fields": fields}), "suite", typed=["Décider."], keep=[1]
    )

    def sources(one: Fiche) -> str:
        return one.field("sources").statements[0].text

    assert [one.text for one in fiche.field("suite").statements] == ["Un autre.", "Décider."]
    assert fiche.field("suite").status == "documente"
    assert sources(fiche) == "Schéma régional d’exemple (srs-exemple.pdf), p.\u00a08"
    dropped = edited(fiche, "suite", keep=[])
    assert [one.text for one in dropped.field("suite").statements] == ["Décider."]
    assert dropped.field("suite").status == "partiel"
    assert sources(dropped).startswith("Non trouvé dans les documents")
    with pytest.raises(InvalidEditError, match="rang"):
        edited(fiche, "suite", keep=[2])


def test_a_choice_of_a_person_wins_and_says_so() -> None:
    field = edited(a_fiche(), "axe", chosen=["4"]).field("axe")
    (chosen,) = [one for one in field.choices if one.chosen]
    assert (chosen.code, chosen.origin, field.status) == ("4", "saisie", "documente")
    none = edited(a_fiche(), "axe", chosen=[]).field("axe")
    assert not any(one.chosen for one in none.choices)
    several = edited(a_fiche(), "fonctions", chosen=["generative", "agentique"])
    assert sum(one.chosen for one in several.field("fonctions").choices) == 2
    with pytest.raises(InvalidEditError, match="qu’un axe"):
        edited(a_fiche(), "axe", chosen=["1", "2"])
    with pytest.raises(InvalidEditError, match="n’existe pas"):
        edited(a_fiche(), "axe", chosen=["42"])


def test_a_note_moves_the_fiche_in_the_matrix() -> None:
    fiche = a_fiche(levels={})
    assert fiche.field("matrice").position.impact is None
    noted = edited(
        fiche, "impacts", scores=[ScoreEdit(code="IMP_1", level="fort", argument="Mesuré.")]
    )
    score = noted.field("impacts").scores[0]
    assert (score.level, score.origin, score.statements[0].text) == ("fort", "saisie", "Mesuré.")
    scores = [one for field in noted.fields for one in field.scores]
    assert noted.field("matrice").position == place(scores, METHOD)
    assert noted.field("matrice").position.impact == 1.0
    assert (noted.field("impacts").status, noted.field("matrice").status) == ("partiel", "partiel")
    taken = edited(noted, "impacts", scores=[ScoreEdit(code="IMP_1", level=None, argument="")])
    assert taken.field("impacts").scores[0] == fiche.field("impacts").scores[0]
    assert taken.field("matrice").position == fiche.field("matrice").position


def test_a_note_of_the_corpus_that_is_only_argued_stays_that_of_the_corpus() -> None:
    argued = edited(
        a_fiche(), "impacts", scores=[ScoreEdit(code="IMP_1", level="moyen", argument="D’accord.")]
    )
    score = argued.field("impacts").scores[0]
    assert (score.origin, [one.origin for one in score.statements]) == (
        "corpus",
        ["corpus", "saisie"],
    )


@pytest.mark.parametrize(
    ("key", "edit", "said"),
    [
        ("matrice", {"typed": ["Ici."]}, "se calcule"),
        ("impacts", {"scores": [ScoreEdit(code="IMP_1", level="géant")]}, "niveau"),
        ("impacts", {"scores": [ScoreEdit(code="EFF_1", level="fort")]}, "critère"),
        ("intitule", {"typed": []}, "intitulé"),
        ("intitule", {"typed": ["Un", "Deux"]}, "intitulé"),
        ("financement", {"windows": [9]}, "rang"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(key: str, edit: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidEditError, match=said):
        edited(a_fiche(), key, **edit)


def test_a_new_title_is_that_of_the_fiche() -> None:
    fiche = edited(a_fiche(), "intitule", typed=["Prévoir  l’absentéisme"])
    assert fiche.request.title == "Prévoir l’absentéisme"
    assert fiche.field("intitule").status == "documente"


def test_funding_that_does_not_apply_is_left_out() -> None:
    field = edited(a_fiche(), "financement", windows=[1]).field("financement")
    assert [one.title for one in field.windows] == ["AAP d’exemple"]


def test_notes_of_another_grid_are_not_guessed() -> None:
    other = a_fiche().method.model_copy(update={"id": "autre", "title": "Grille de Nièvre"})
    with pytest.raises(InvalidEditError, match="Grille de Nièvre"):
        edited(a_fiche(method=other), "impacts", scores=[ScoreEdit(code="IMP_1", level="fort")])
    assert edited(a_fiche(method=other), "suite", typed=["Oui."]).field("suite").statements


def test_an_unknown_field_and_a_text_that_is_none() -> None:
    with pytest.raises(FicheNotFoundError, match="inconnu"):
        edited(a_fiche(), "inconnu", typed=["Oui."])
    with pytest.raises(ValidationError):
        FieldEdit(typed=["\ud800"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"title": " x "}, "titre de la fiche est vide"),
        ({"title": "é" * 201}, "titre de la fiche est trop long"),
        ({"title": "Prévoir", "need": "é" * 5_001}, "besoin de la fiche est trop long"),
    ],
)
def test_a_request_that_cannot_be_drafted_is_said(asked: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidRequestError, match=said):
        read_request(**asked)
    assert read_request("  Prévoir\n les lits ").title == "Prévoir les lits"

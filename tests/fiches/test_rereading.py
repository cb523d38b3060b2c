"""A fiche that comes from outside is believed on what this corpus confirms."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.fiches.model import UNVERIFIED, Fiche, FicheField, Statement, Window
from assistant.fiches.rereading import reread, unverified_count
from tests.fiches.samples import METHOD, NEED, a_fiche, citation, extract, nowhere, pages_of, typed

PAGE = pages_of(a_fiche())
HONEST = reread(a_fiche(), PAGE, METHOD)


def with_field(key: str, change: Callable[[FicheField], FicheField]) -> Fiche:
    fields = [change(one) if one.key == key else one for one in HONEST.fields]
    return HONEST.model_copy(update={"fields": fields})


def saying(*statements: Statement) -> Fiche:
    return with_field("besoin", lambda one: one.model_copy(update={"statements": statements}))


def remarks(fiche: Fiche, key: str = "besoin") -> list[str | None]:
    return [one.remark for one in fiche.field(key).statements]


def test_what_this_corpus_confirms_comes_in_as_it_is() -> None:
    assert reread(HONEST, PAGE, METHOD) is not HONEST
    assert reread(HONEST, PAGE, METHOD) == HONEST
    assert unverified_count(HONEST) == 0


def test_a_quote_that_moved_on_its_page_is_followed() -> None:
    first = HONEST.field("besoin").statements[0].citations[0]
    moved = extract(NEED).model_copy(
        update={"citations": [first.model_copy(update={"start": 5, "end": 9})]}
    )
    assert reread(saying(moved), PAGE, METHOD).field("besoin").statements[0].citations == [first]


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        (extract("Le CHU gagne trois millions."), "la citation ne se trouve plus sur la page"),
        (
            extract(NEED).model_copy(update={"citations": [citation(NEED, file="absent.pdf")]}),
            "n'est plus dans le corpus",
        ),
        (extract(NEED).model_copy(update={"text": "Autre chose."}), "n'est pas mot pour mot"),
        (
            extract(NEED).model_copy(update={"text": "Tout va bien.", "kind": "template"}),
            "n'est pas mot pour mot",
        ),
        (
            extract(NEED).model_copy(update={"text": "Résumé.", "kind": "generated"}),
            "seules ses citations ont été relues",
        ),
        (Statement(text="Gain : 90 %.", origin="calcule", kind="template"), "calcul"),
    ],
)
def test_a_forged_proof_is_kept_but_said_unverified(forged: Statement, why: str) -> None:
    made = reread(saying(forged), PAGE, METHOD)
    (remark,) = remarks(made)
    assert remark is not None and remark.startswith(UNVERIFIED) and why in remark
    assert made.field("besoin").status == "partiel"
    assert unverified_count(made) == 1
    # Said once, however often it goes round; and somebody's own words are not in question.
    assert reread(made, PAGE, METHOD) == made
    assert remarks(reread(saying(typed("Mon avis.")), PAGE, METHOD)) == [None]


def test_the_mark_goes_where_the_document_is_and_the_other_remark_stays() -> None:
    there = with_field(
        "alignement",
        lambda one: one.model_copy(
            update={
                "statements": [
                    said.model_copy(update={"remark": "L’échéance est passée."})
                    for said in one.statements
                ]
            }
        ),
    )
    without = reread(there, nowhere, METHOD)
    (remark,) = remarks(without, "alignement")
    assert remark is not None and remark.startswith(UNVERIFIED)
    assert remark.endswith("a changé. L’échéance est passée.")
    back = reread(without, PAGE, METHOD)
    assert remarks(back, "alignement") == ["L’échéance est passée."]


def test_a_note_needs_a_proof_that_holds_and_the_place_is_computed_again() -> None:
    made = reread(HONEST, nowhere, METHOD)
    scores = {one.code: one for field in made.fields for one in field.scores}
    assert (scores["IMP_1"].level, scores["IMP_1"].origin) == (None, None)
    assert scores["EFF_1"].level == "faible"  # a person gave it
    assert any("IMP_1" in note for note in made.notes)
    position = made.field("matrice").position
    assert position is not None and position.impact is None


def test_a_place_in_the_matrix_is_not_taken_on_trust() -> None:
    forged = with_field(
        "matrice",
        lambda one: one.model_copy(
            update={"position": one.position and one.position.model_copy(update={"impact": 1.0})}
        ),
    )
    assert forged != HONEST
    made = reread(forged, PAGE, METHOD)
    assert made.field("matrice").position == HONEST.field("matrice").position


@pytest.mark.parametrize("forged", [{"amount": "900 M€"}, {"deadline": "2031-01-01"}])
def test_an_amount_or_a_date_that_no_quote_gives_is_said(forged: dict[str, str]) -> None:
    def change(field: FicheField) -> FicheField:
        windows = [Window.model_validate({**one.model_dump(), **forged}) for one in field.windows]
        return field.model_copy(update={"windows": windows[:1]})

    made = reread(with_field("financement", change), PAGE, METHOD).field("financement")
    (window,) = made.windows
    assert "ne se lit pas dans ses citations" in (window.remark or "")
    assert window.remark is not None and window.remark.endswith("établissements d’exemple.")


def test_a_closed_window_is_not_open_because_a_file_says_so() -> None:
    def reopen(field: FicheField) -> FicheField:
        windows = [one.model_copy(update={"state": "ouvert"}) for one in field.windows]
        return field.model_copy(update={"windows": windows})

    made = reread(with_field("financement", reopen), PAGE, METHOD)
    assert [one.state for one in made.field("financement").windows] == ["passe", "ouvert", "ouvert"]

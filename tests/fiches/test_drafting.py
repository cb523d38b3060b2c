"""A draft says what the corpus proves of this use case, and asks for the rest."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.engine import Assistant
from assistant.fiches.drafting import draft_fiche
from assistant.fiches.method import load_method
from assistant.fiches.model import Fiche, Request, Statement
from assistant.fiches.refresh import verifies
from tests.fiches.corpus import DOCUMENTS, index, opened

ELSEWHERE = """# Schéma régional : axe numérique

## Objectif : transport des prélèvements biologiques

La région constate un problème de délai du transport des prélèvements biologiques.

Les établissements devront aussi former leurs agents à la messagerie.

## Publications

- Guide « Intelligence artificielle et hallucinations : limites et erreurs » 2025

## Contribution à la recherche clinique

- Publications issues du transport des prélèvements biologiques par l'intelligence artificielle
"""
METHOD = load_method()
TODAY = date(2026, 3, 15)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    documents = {**DOCUMENTS, "schema.md": ELSEWHERE}
    return opened(index(tmp_path_factory.mktemp("fiches"), documents))


@pytest.fixture(scope="module")
def fiche(engine: Assistant) -> Fiche:
    return draft(engine, "Aide au tri des déchets de soins")


def draft(engine: Assistant, title: str, need: str = "") -> Fiche:
    return draft_fiche(Request(title=title, need=need), METHOD, engine, today=TODAY)


def said(fiche: Fiche) -> list[Statement]:
    return [
        one
        for field in fiche.fields
        for one in (*field.statements, *(s for score in field.scores for s in score.statements))
    ]


def texts(fiche: Fiche, key: str) -> str:
    return " ".join(one.text for one in fiche.field(key).statements)


def test_every_field_of_the_grid_is_there_in_order(fiche: Fiche) -> None:
    assert [one.key for one in fiche.fields] == [one.key for one in METHOD.fields]
    for field in fiche.fields:
        assert (field.question is None) == (field.status == "documente")


def test_every_statement_of_the_corpus_verifies(fiche: Fiche, engine: Assistant) -> None:
    attempt = engine.attempt()
    cited = [one for one in said(fiche) if one.origin == "corpus"]
    assert len(cited) >= 6
    assert all(verifies(proof, attempt) for one in cited for proof in one.citations)
    windows = fiche.field("financement").windows
    assert all(verifies(proof, attempt) for one in windows for proof in one.citations)


def test_axis_and_functions_stated_by_a_document_win(fiche: Fiche) -> None:
    axis = fiche.field("axe")
    assert [(one.code, one.origin) for one in axis.choices if one.chosen] == [("7", "corpus")]
    assert axis.status == "documente"
    assert axis.statements
    functions = fiche.field("fonctions").choices
    assert {one.code for one in functions if one.chosen} == {"descriptive", "prescriptive"}


def test_the_card_of_another_use_case_is_left_out(fiche: Fiche) -> None:
    assert not any("lecture des candidatures" in one.text for one in said(fiche))
    assert not any("temps de lecture" in one.text for one in said(fiche))


def test_impacts_are_argued_and_never_noted(fiche: Fiche) -> None:
    impacts = fiche.field("impacts")
    noted = [one for score in impacts.scores for one in score.statements]
    # No word ties it to a criterion: it is shown, for the person who notes to file it.
    assert any("piqûres" in one.text for one in impacts.statements)
    assert not any("piqûres" in one.text for one in noted)
    assert all(score.level is None for score in impacts.scores)
    assert impacts.status == "partiel"
    position = fiche.field("matrice").position
    assert position is not None
    assert (position.impact, position.impact_low, position.impact_high) == (None, 0.0, 1.0)


def test_a_figure_is_an_objective(fiche: Fiche) -> None:
    assert "25" in texts(fiche, "objectifs")


def test_what_holds_for_any_use_case_is_partial_and_says_so(fiche: Fiche) -> None:
    field = fiche.field("ethique")
    assert field.status == "partiel"
    assert {one.scope for one in field.statements} == {"general"}
    assert "intelligence artificielle" in texts(fiche, "ethique")


def test_a_title_absent_from_the_corpus_invents_nothing(engine: Assistant) -> None:
    other = draft(engine, "Prédire les chutes en gériatrie")
    assert not any(one.scope == "sujet" for one in said(other) if one.origin == "corpus")
    assert other.field("besoin").status == "a_completer"
    assert other.field("impacts").status == "a_completer"
    assert any("Aucun passage" in note for note in other.notes)
    assert any("autre sujet" in note and "échéance passée" in note for note in other.notes)


def test_a_text_without_ai_on_one_word_of_the_title_is_not_evidence(engine: Assistant) -> None:
    other = draft(engine, "Détecter les tumeurs du foie sur les scanners du territoire")
    assert not any("registre" in one.text for one in said(other))


def test_a_neighbour_that_shares_a_word_is_not_this_use_case(engine: Assistant) -> None:
    other = draft(engine, "Prévenir les piqûres des agents de collecte")
    # The line says it itself; what stands beside it on the card is of the sorting of waste.
    assert not any("DASRI" in one.text for one in said(other))
    assert not any(one.citations for one in other.field("fonctions").statements)


def test_a_text_without_ai_proves_a_need_and_nothing_of_the_project(engine: Assistant) -> None:
    other = draft(engine, "Optimiser le transport des prélèvements biologiques")
    need = texts(other, "besoin")
    assert "problème de délai" in need
    elsewhere = [one for field in other.fields if field.key != "besoin" for one in field.statements]
    assert not any("problème de délai" in one.text for one in elsewhere)


def test_what_explains_a_criterion_of_the_grid_proves_nothing(engine: Assistant) -> None:
    other = draft(engine, "Optimiser le transport des prélèvements biologiques")
    assert not any("Publications issues" in one.text for one in said(other))


def test_a_publication_that_is_only_named_is_to_be_read(engine: Assistant) -> None:
    other = draft(engine, "Prédire les chutes en gériatrie")
    named = [one for one in said(other) if "hallucinations" in one.text]
    assert [(one.remark or "")[:11] for one in named] == ["À consulter"]
    assert named[0] in other.field("sources").statements
    assert other.field("risques").status == "a_completer"


def test_what_was_typed_is_shown_as_typed(engine: Assistant) -> None:
    typed = draft(engine, "Prédire les chutes en gériatrie", need="Douze chutes par mois.")
    (first,) = typed.field("besoin").statements
    assert (first.text, first.origin, first.citations) == ("Douze chutes par mois.", "saisie", [])
    assert typed.field("besoin").status == "partiel"


def test_sources_name_the_documents_and_what_was_not_found(fiche: Fiche) -> None:
    sources = texts(fiche, "sources")
    assert "ami-dechets.md" in sources
    assert "Non trouvé dans les documents" in sources


def test_a_near_duplicate_of_the_portfolio_is_pointed_out(engine: Assistant, fiche: Fiche) -> None:
    kept = fiche.model_copy(update={"id": "abc"})
    far = draft(engine, "Prédire les chutes en gériatrie").model_copy(update={"id": "def"})
    again = draft_fiche(
        Request(title="Améliorer le tri des déchets de soins"),
        METHOD,
        engine,
        portfolio=[kept, far],
        today=TODAY,
    )
    assert [one.id for one in again.similar] == ["abc"]


def test_a_draft_is_a_document_that_reads_back(fiche: Fiche) -> None:
    assert Fiche.model_validate_json(fiche.model_dump_json()) == fiche

"""Which extracts are shown: the closest in meaning, whole, and not what repeats the question."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.generation.evidence import units_of
from assistant.generation.extractive import MAX_CELLS, Selection, nearest, select
from assistant.generation.question import understand
from assistant.generation.scoring import holds_expected, vocabulary
from assistant.generation.units import UnitKind
from assistant.language.normalise import display_text
from assistant.model import BlockKind, Span
from tests.generation.library import INTRO, ITEM, PARAGRAPH, Library


def choose(question, library, *, hits=None) -> Selection:
    asked = understand(question)
    return select(
        asked,
        library.search(question) if hits is None else hits,
        get_page=library.get_page,
        terms=vocabulary(asked, library.idf),
    )


def shown(selection):
    return [piece.text for _, pieces in selection.chosen for piece in pieces]


def written(*content, section=("Projet",), name="d"):
    library = Library()
    library.write(library.document(name, "Support"), section, *content)
    return library


def close(hit, text, cosine, library):
    """The hit as if the question were this close to a text of its page, and far from the rest."""
    page = hit.passage.pages[0]
    raw = library.get_page(hit.document.id, page).text
    start = raw.index(text)
    windows = ((Span(page, 0, len(raw)), 0.80), (Span(page, start, start + len(text)), cosine))
    return replace(hit, explain={"windows": windows})


def test_of_two_sentences_without_the_words_asked_the_closest_in_meaning_comes_first():
    first, second = "Le matériel est neuf.", "La pharmacie prépare les doses la nuit."
    library = written((PARAGRAPH, first), (PARAGRAPH, second))
    [hit] = library.search("robot")
    question = "Que fait un automate le soir ?"
    for said in (first, second):
        found = choose(question, library, hits=[close(hit, said, 0.90, library)])
        best = next(one for one in found.ranked if one.unit.kind is UnitKind.SENTENCE)
        assert (best.unit.text, best.unit.meaning) == (said, 0.90)


def test_a_passage_that_was_not_compared_is_neither_favoured_nor_dismissed():
    library = written((PARAGRAPH, "Le robot range les boîtes."))
    library.write(library.document("autre", "Support"), (), (PARAGRAPH, "Le robot trie le linge."))
    one, other = library.search("robot")
    compared = close(one, one.passage.text, 0.90, library)
    scores = {
        scored.unit.hit.document.id: scored.score
        for scored in choose("Que fait le robot ?", library, hits=[compared, other]).ranked
    }
    alone = {
        scored.unit.hit.document.id: scored.score
        for scored in choose("Que fait le robot ?", library, hits=[one, other]).ranked
    }
    gained = {name: scores[name] - alone[name] for name in scores}
    assert gained[one.document.id] > gained[other.document.id] > 0


def test_a_line_that_only_repeats_the_question_does_not_answer_it():
    answer = "Le rôle du robot de pharmacie est de préparer les doses de la nuit."
    library = written((PARAGRAPH, "Rôle du robot de pharmacie"), (PARAGRAPH, answer))
    assert shown(choose("Quel est le rôle du robot de pharmacie ?", library))[0] == answer


def test_a_sentence_read_in_two_blocks_is_shown_whole_and_does_not_cut_its_list():
    library = written(
        (INTRO, "Les programmes de recherche sont :"),
        (ITEM, "• la recherche clinique (essais, registres"),
        (PARAGRAPH, "et cohortes) ;"),
        (ITEM, "• la recherche infirmière."),
    )
    found = shown(choose("Quels sont les programmes de recherche ?", library))
    assert found == [
        "Les programmes de recherche sont :",
        "la recherche clinique (essais, registres",
        "et cohortes) ;",
        "la recherche infirmière.",
    ]


@pytest.mark.parametrize("following", ["Le suivi est annuel.", "2. un autre point"])
def test_a_paragraph_of_its_own_is_not_taken_for_the_rest_of_an_item(following):
    library = written((ITEM, "• la recherche clinique"), (PARAGRAPH, following))
    units = units_of(library.search("recherche"), library.get_page)
    assert "la recherche clinique" in [unit.text for unit in units]


def test_on_a_card_the_name_is_found_by_the_title_under_it():
    library = written(
        (PARAGRAPH, "Claire Morel"),
        (PARAGRAPH, "Cheffe de projet robot"),
        (PARAGRAPH, "Paul Vidal"),
        (PARAGRAPH, "Responsable des achats"),
    )
    assert "Claire Morel" in shown(choose("Qui est la cheffe de projet robot ?", library))


def test_a_small_table_is_never_cut_in_the_middle_of_a_row():
    library = Library()
    rows = [(f"Fonction {name}", f"question {name}", f"exemple {name}") for name in "abcdef"]
    library.table(library.document("d", "Fonctions"), (), ("Nom", "Question", "Exemple"), *rows)
    found = shown(choose("Quelles sont les six fonctions ?", library))
    assert len(rows) * 3 <= MAX_CELLS
    assert [text for text in found if text.startswith("exemple")] == [row[2] for row in rows]


def test_a_table_that_holds_the_words_here_and_there_is_not_the_list_asked_for():
    question = "Quels sont les risques de l’IA générative ?"
    rows = [("2024", "Loi sur l’IA générative"), ("2025", "Quatre niveaux de risque")]
    flaws = (ITEM, "Un modèle invente."), (ITEM, "Un modèle fuit.")
    library = written(*flaws, section=("IA générative",))
    library.table(library.document("d", "Repères"), (), ("Date", "Texte"), *rows)
    assert shown(choose(question, library))[0] == "Un modèle invente."
    named = Library()
    named.table(named.document("d", "Repères"), (), ("Date", "Risque"), *rows)
    assert shown(choose(question, named))[0] == "2024"


def test_a_short_slide_is_shown_whole_rather_than_one_of_its_lines():
    lines = [
        "Agir de façon autonome pour atteindre un objectif.",
        "Coordonner plusieurs robots dans un circuit complet.",
        "Prévenir la pharmacie quand le stock manque.",
    ]
    library = written(*((PARAGRAPH, line) for line in lines), section=("Ce que peut un robot",))
    assert shown(choose("Que peut faire un robot de pharmacie ?", library)) == lines


def test_what_stands_under_another_number_does_not_answer_and_titles_make_a_list():
    library = Library()
    document = library.document("s", "Schéma régional")
    for number, names in (
        (3, ("offre", "SAS", "soin", "nom")),
        (4, ("cadre", "cyber", "lieu", "argent")),
    ):
        section = ("E-santé", f"3.2.{number + 1} Axe {number} : agir")
        for rank, name in enumerate(names, start=1):
            library.write(
                document,
                (*section, f"Objectif {rank} : {name}"),
                (PARAGRAPH, "L’agence réunit les usagers, les soignants et les élus."),
            )
        items = [(ITEM, f"Objectif {rank} : {name}") for rank, name in enumerate(names, start=1)]
        library.write(document, section, *items)
    library.write(
        document, ("E-santé",), (ITEM, "3.2.4 Axe 3 : agir"), (ITEM, "3.2.5 Axe 4 : agir")
    )
    aims = shown(choose("Quels sont les objectifs de l’axe 4 ?", library))
    assert aims[:2] == ["Objectif 1 : cadre", "Objectif 2 : cyber"]
    axes = shown(choose("Quels sont les axes du schéma ?", library))
    assert axes[:2] == ["3.2.4 Axe 3 : agir", "3.2.5 Axe 4 : agir"]


def test_a_refusal_offers_neither_a_bare_title_nor_the_head_of_a_long_table():
    library = written(
        (ITEM, "Objectif 1 : une gouvernance claire du budget"),
        (PARAGRAPH, "Le budget"),
        section=("Gouvernance",),
    )
    found = choose("Quel est le budget de la gouvernance ?", library)
    assert found.chosen
    assert not nearest(found)
    said = written((PARAGRAPH, "Le budget de la gouvernance est voté chaque année."))
    assert nearest(choose("Quel est le budget de la gouvernance ?", said))
    table = Library()
    rows = [(f"Action {n}", f"Pilote {n}", f"Budget {n}") for n in range(4)]
    table.table(table.document("t", "Plan"), ("Budget",), ("Action", "Pilote", "Budget"), *rows)
    whole = choose("Quelles actions du plan ont un budget ?", table)
    assert not [one for one, _ in nearest(whole) if one.unit.kind is UnitKind.LIST]


def test_what_comes_near_is_offered_only_when_another_passage_scores_nearly_as_well():
    library = written((PARAGRAPH, "Le robot de pharmacie de Dole a coûté plus cher que prévu."))
    question = "Le robot de pharmacie de Dole a-t-il coûté plus cher que prévu ?"
    library.write(library.document("e", "Agenda"), (), (PARAGRAPH, "La journée a lieu à Gray."))
    assert not choose(question, library).near
    rival = "Le robot de pharmacie de Dole a coûté plus cher : 12 jours de travail."
    library.write(library.document("f", "Bilan"), (), (PARAGRAPH, rival))
    found = choose(question, library)
    assert [piece.text for _, pieces in found.near for piece in pieces] == [rival]


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("Le service ouvre le 3 mars 2031.", 1.0),
        ("Le service a ouvert fin 2022.", 0.9),
        ("Avant la fin de l’année 2024, un exercice.", 0.9),
        ("Feuille de route 2031.", 0.6),
        ("10 ans : évaluation complète", 0.4),
        ("Le service est ouvert.", 0.0),
    ],
)
def test_a_date_may_be_a_year_that_says_when_or_a_term(text, strength):
    assert holds_expected(understand("Quand le service ouvre-t-il ?"), text) == strength


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([PARAGRAPH, ITEM, INTRO, BlockKind.HEADING]),
            st.sampled_from(
                ["le robot", "Robot (de nuit", "et la dose)", "Dose :", "• nuit.", "Le soir ?"]
            ),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_however_blocks_are_put_together_each_piece_is_its_span(content):
    library = written(*content)
    for unit in units_of(library.search("robot dose"), library.get_page):
        places = [piece.span for piece in unit.pieces]
        assert len(set(places)) == len(places)
        for piece in unit.pieces:
            raw = library.get_page("d", 1).text[piece.span.start : piece.span.end]
            assert piece.text == display_text(raw)

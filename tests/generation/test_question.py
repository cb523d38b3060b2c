import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import InvalidQuestionError
from assistant.generation.question import Expected, check_question, understand
from assistant.language.analyser import stem


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Quel est le montant maximal par projet ?", Expected.AMOUNT),
        ("Combien coûte une licence ?", Expected.AMOUNT),
        ("À combien s’élève l’enveloppe ?", Expected.AMOUNT),
        ("Quelle est la date limite de dépôt ?", Expected.DATE),
        ("Depuis quand le service existe-t-il ?", Expected.DATE),
        ("quand démarrent les projets", Expected.DATE),
        ("À quelle fréquence le comité se réunit-il ?", Expected.DURATION),
        ("Combien de temps dure l’expérimentation ?", Expected.DURATION),
        ("Combien de projets ont été retenus ?", Expected.COUNT),
        ("Quel pourcentage des coûts est pris en charge ?", Expected.PERCENTAGE),
        ("Qu’est-ce qu’un cas d’usage ?", Expected.DEFINITION),
        ("Que signifie QVCT ?", Expected.DEFINITION),
        ("c’est quoi la télésanté ?", Expected.DEFINITION),
        ("Quels sont les groupes de travail ?", Expected.LIST),
        ("Cite les membres du comité", Expected.LIST),
        ("Les managers doivent-ils être formés ?", Expected.YES_NO),
        ("Est-ce que la formation est financée ?", Expected.YES_NO),
        ("Qui valide les projets ?", Expected.WHO),
        ("Par qui le dispositif est-il piloté ?", Expected.WHO),
        ("À quelle adresse envoyer le dossier ?", Expected.CONTACT),
        ("Comment évaluer l’impact ?", Expected.HOW),
        ("Quelle différence entre solution et projet ?", Expected.COMPARISON),
        ("Que prévoit le plan pour les urgences ?", Expected.OPEN),
    ],
)
def test_the_kind_of_answer_asked_for(question, expected):
    assert understand(question).expected is expected


def test_quand_inside_a_sentence_is_not_a_question_about_time():
    asked = understand("Que fait le service quand un patient arrive ?")
    assert asked.expected is not Expected.DATE


def test_request_words_are_not_searched():
    assert understand("Donne la liste des robots").content_terms == (stem("robots"),)


def test_names_sigles_and_numbers_anchor_the_question():
    anchors = understand("Quel est le budget IA du CHU de Dijon en 2025 ?").anchors
    assert anchors == {"ia", "chu", stem("Dijon"), "2025"}


def test_what_is_counted():
    assert understand("Combien de projets sont financés ?").counted == stem("projet")


@pytest.mark.parametrize("question", ["", "   \n", "?!…", "x" * 2001])
def test_what_cannot_be_searched_is_refused_with_a_remedy(question):
    with pytest.raises(InvalidQuestionError) as caught:
        check_question(question, max_chars=2000)
    assert caught.value.remedy


def test_the_length_limit_is_a_setting():
    with pytest.raises(InvalidQuestionError, match="la limite est de 10 caractères"):
        check_question("Quel est le montant ?", max_chars=10)


@given(st.text(min_size=1, max_size=200))
def test_any_question_is_understood_or_refused(text):
    try:
        asked = understand(check_question(text, max_chars=2000))
    except InvalidQuestionError:
        return
    assert set(asked.content_terms) <= set(asked.terms)

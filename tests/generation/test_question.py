import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import InvalidQuestionError
from assistant.generation.question import Expected, check_question, understand
from assistant.generation.scoring import vocabulary
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
        ("Combien de temps dure l’expérimentation ?", Expected.DURATION),
        ("Combien de projets ont été retenus ?", Expected.COUNT),
        ("Quel pourcentage des coûts est pris en charge ?", Expected.PERCENTAGE),
        ("Qu’est-ce qu’un cas d’usage ?", Expected.DEFINITION),
        ("Que signifie QVCT ?", Expected.DEFINITION),
        ("c’est quoi la télésanté ?", Expected.DEFINITION),
        ("Quels sont les groupes de travail ?", Expected.LIST),
        ("Cite les membres du comité", Expected.LIST),
        ("Quelles dépenses sont éligibles ?", Expected.LIST),
        ("Quels établissements sont éligibles ?", Expected.ELIGIBLE),
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


@pytest.mark.parametrize(
    ("expected", "questions"),
    [
        (
            Expected.FREQUENCY,
            [
                "À quelle fréquence le comité se réunit-il ?",
                "Tous les combien se réunit le comité ?",
                "Combien de fois par an le comité se réunit-il ?",
                "À quel rythme se réunit l’instance ?",
                "Quelle est la périodicité des réunions ?",
            ],
        ),
        (
            Expected.DURATION,
            [
                "Combien de temps dure le projet ?",
                "Quelle est la durée de la convention ?",
                "Pour combien d’années signe-t-on la charte ?",
            ],
        ),
        (
            Expected.DATE,
            [
                "Jusqu’à quand peut-on candidater ?",
                "D’ici quand faut-il répondre ?",
                "congrès à quel date",
                "Avant quand déposer le dossier ?",
            ],
        ),
        (
            Expected.DEFINITION,
            [
                "Définition de la téléexpertise",
                "QVCT, ça veut dire quoi ?",
                "QVCT, ça signifie quoi dans le communiqué ?",
                "Que veut dire le sigle GCS ?",
                "Qu’entend-on par cas d’usage ?",
                "Qu’appelle-t-on un dispositif médical numérique ?",
                "Développez le sigle GCS",
                "Le COSTRA, qu’est-ce que c’est ?",
                "c koi ? cest quoi un entrepot",
                "À quoi correspond le TRL ?",
                "Explique ce qu’est un entrepôt de données",
            ],
        ),
        (
            Expected.ELIGIBLE,
            [
                "Qui peut candidater ?",
                "Qui est éligible à l’appel ?",
                "À qui s’adresse l’appel à projets ?",
                "À quels services s’adresse l’appel ?",
                "Pour qui est prévue cette aide ?",
                "Quels établissements peuvent répondre à l’appel ?",
                "Quels sont les bénéficiaires du dispositif ?",
                "Qui a le droit de demander l’aide ?",
            ],
        ),
        (
            Expected.PERSON,
            [
                "Qui est le directeur général de l’agence ?",
                "Qui est la présidente du comité ?",
                "Comment s’appelle le référent ?",
                "Quel est le nom du responsable du projet ?",
                "Qui préside le comité ?",
            ],
        ),
        (
            Expected.WHO,
            ["Qui pilote le comité ?", "Qui finance l’appel ?", "Quel organisme porte le projet ?"],
        ),
        (
            Expected.PLACE,
            [
                "Où se tient la réunion ?",
                "Dans quelle ville a lieu le congrès ?",
                "À quel endroit se tient le comité ?",
                "Le comité se réunit où ?",
            ],
        ),
        (
            Expected.PURPOSE,
            [
                "Pourquoi l’agence lance-t-elle cet appel ?",
                "Dans quel but l’appel est-il lancé ?",
                "À quoi sert la plateforme ?",
                "Quel est l’objectif du programme ?",
                "Pour quelle raison le dossier a-t-il été écarté ?",
            ],
        ),
        (
            Expected.COMPARISON,
            [
                "Robot+ ou Éco-stock ?",
                "Comparer Robot+ et Éco-stock",
                "Robot+ par rapport à Éco-stock",
                "Que choisir entre Robot+ et Éco-stock ?",
            ],
        ),
        (
            Expected.YES_NO,
            [
                "L’appel est-il ouvert aux cliniques ?",
                "Les conseils viennent-ils du guide ?",
                "Est-ce payant pour un éditeur ?",
                "Faut-il une convention quand on partage des données ?",
            ],
        ),
        (
            Expected.OPEN,
            [
                "Que sont devenus les enjeux 1 et 4 ?",
                "Qu’est-ce que l’appel finance ?",
                "Par quoi faut-il commencer : l’outil ou le besoin ?",
            ],
        ),
        (Expected.COUNT, ["À combien de critères une application doit-elle répondre ?"]),
    ],
)
def test_the_same_kind_under_many_wordings(expected, questions):
    kinds = {question: understand(question).expected for question in questions}
    assert kinds == dict.fromkeys(questions, expected)


@given(
    ask=st.sampled_from(
        ["Qu’est-ce que {}", "C’est quoi {}", "Que signifie {}", "{}, ça veut dire quoi"]
    ),
    thing=st.sampled_from(["le GCS", "la téléexpertise", "un cas d’usage", "l’entrepôt régional"]),
    mark=st.sampled_from(["", " ?", "\u00a0?", " ?!"]),
    shout=st.booleans(),
)
def test_a_definition_is_asked_whatever_the_wording(ask, thing, mark, shout):
    question = ask.format(thing) + mark
    question = question.lower() if shout else question
    assert understand(question).expected is Expected.DEFINITION


@pytest.mark.parametrize(
    ("question", "action"),
    [
        ("Qui pilote le comité ?", "pilote"),
        ("Par qui l’appel est-il financé ?", "finance"),
        ("Qui est chargé de valider les dossiers ?", "valider"),
    ],
)
def test_the_action_of_who(question, action):
    assert understand(question).action == action


@pytest.mark.parametrize(
    ("question", "listed"),
    [
        ("Quels sont les grands axes de la stratégie ?", {"grand", "axe"}),
        ("Cite les objectifs", {"object"}),
        ("Quels sont les objectifs de l’axe 2 ?", {"object"}),
        ("Qui pilote l’axe 2 ?", set()),
    ],
)
def test_what_is_to_be_listed(question, listed):
    assert understand(question).listed == listed


def test_the_verb_of_who_may_apply_weighs_less_than_what_one_applies_for():
    asked = understand("Qui peut candidater à l’appel ?")
    assert asked.implied == {"candidat"}
    weights = vocabulary(asked, lambda _: 1.0).weights
    assert weights["candidat"] < weights["appel"]
    assert not understand("Combien d’équipes ont candidaté ?").implied


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

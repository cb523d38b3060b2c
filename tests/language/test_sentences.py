import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language.sentences import split_sentences


def cut(text):
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "L’art. L. 1434-2 du code s'applique.",
        "Le décret R. 4127-1 en décide.",
        "Le Dr. Dupont et M. Martin ont conclu.",
        "Le lot n° 3. bis est clos.",
        "Des outils, p. ex. un agenda, cf. annexe 2, servent.",
        "Le taux est de 2.5 % en 2024.",
        "Achat, formation, etc. sont couverts.",
        "Elle dit « oui ! vraiment ? » sans rire.",
        "Voir www.sante.gouv.fr pour la suite.",
        "1. Le suivi des mesures du plan.",
        "Le montant est\nde 20 000 €\npar projet.",
    ],
)
def test_these_are_one_sentence(sentence):
    assert cut(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Un. Deux.", ["Un.", "Deux."]),
        ("Un !\nDeux ? Trois…  Quatre", ["Un !", "Deux ?", "Trois…", "Quatre"]),
        ("Achat, etc. Le comité valide.", ["Achat, etc.", "Le comité valide."]),
        ("« Oui. » Il part.", ["« Oui. »", "Il part."]),
        ("Vitamine C. Elle manque.", ["Vitamine C.", "Elle manque."]),
        ("C'est en 2024. 1. Contexte", ["C'est en 2024.", "1. Contexte"]),
        ("Titre\n\nSuite", ["Titre", "Suite"]),
        ("Intro :\n• un\nsuite\n• deux", ["Intro :", "• un\nsuite", "• deux"]),
        ("1. Un\n2. Deux", ["1. Un", "2. Deux"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_where_sentences_end(text, sentences):
    assert cut(text) == sentences


@given(st.text(alphabet=st.sampled_from("ab CDÉé.!?…«» \n•-1’(),")))
def test_every_visible_character_is_in_exactly_one_sentence(text):
    spans = split_sentences(text)
    covered = [offset for start, end in spans for offset in range(start, end)]
    assert covered == sorted(set(covered))
    visible = {offset for offset, char in enumerate(text) if not char.isspace()}
    assert visible <= set(covered)
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)

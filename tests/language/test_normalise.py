import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language.normalise import display_text, fold, squash, strip_bullet

FRENCH = st.text(
    alphabet=st.sampled_from(
        "abcdeéèêàçùœ ’'-–«»\n\t\r.,;:!?0123456789ABCÉ\u00a0\u202fﬁ•\ufffe\u00ad"
    )
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("L’offre   de\nsoins\r\n numérique", "L’offre de soins numérique"),
        ("l’ef\ufb01cience des ﬂux", "l’efficience des flux"),
        ("• la retranscription", "la retranscription"),
        ("\uf0b7 la retranscription", "la retranscription"),
        ("– un tiret de liste", "un tiret de liste"),
        ("• ❖ clinique", "clinique"),
        ("1. Contexte", "1. Contexte"),
        ("30 min – 50 min", "30 min – 50 min"),
        ("a\u200bb\ufeffc", "abc"),
        ("", ""),
    ],
)
def test_what_a_reader_sees(raw, shown):
    assert display_text(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("solutions de e-\nsanté", "solutions de e-santé"),
        ("le secteur médico-\r\nsocial", "le secteur médico-social"),
        ("la période 2025-\n2028", "la période 2025-2028"),
        ("Bourgogne-\nFranche-Comté", "Bourgogne-Franche-Comté"),
        ("des établisse-\nments de santé", "des établissements de santé"),
        # PDFium marks cut words and compounds alike.
        ("d’évalua\ufffetion", "d’évaluation"),
        ("dans le médico\ufffesocial", "dans le médico-social"),
        ("département e\ufffesanté", "département e-santé"),
        ("la Bourgogne\ufffeFranche-Comté", "la Bourgogne-Franche-Comté"),
        ("prise de rendez\ufffevous", "prise de rendez-vous"),
        ("par lui\ufffemême", "par lui-même"),
        ("vingt\ufffequatre heures", "vingt-quatre heures"),
        ("contenu/piece\ufffejointe", "contenu/piecejointe"),
        ("https://x.fr/piece\ufffejointe", "https://x.fr/piece-jointe"),
        ("les tableaux ci\ufffedessous", "les tableaux ci-dessous"),
        ("un savoir\ufffefaire", "un savoir-faire"),
        ("l’appro\ufffevisionnement local", "l’approvisionnement local"),
        ("hospi\u0002\ntalier", "hospitalier"),
        ("hospi\u00adtalier", "hospitalier"),
        ("fin de ligne -\nsuite", "fin de ligne - suite"),
    ],
)
def test_end_of_line_hyphens_are_repaired_with_care(raw, shown):
    assert display_text(raw) == shown


def test_a_bullet_inside_a_sentence_stays():
    assert strip_bullet("IA • santé") == "IA • santé"


@given(FRENCH)
def test_display_is_one_trimmed_line(text):
    shown = display_text(text)
    assert shown == " ".join(shown.split())


@given(FRENCH)
def test_display_never_invents_a_letter(text):
    kept = iter(squash(text.replace("\ufffe", "").replace("\u00ad", "")).replace(" ", ""))
    assert all(letter in kept for letter in squash(display_text(text)).replace(" ", ""))


@given(st.text())
def test_any_text_can_be_shown_folded_and_squashed(text):
    display_text(text)
    assert fold(fold(text)) == fold(text)
    assert squash(squash(text)) == squash(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ÉVALUATION", "evaluation"),
        ("cœur", "COEUR"),
        ("l’IA", "l'ia"),
        ("e‑santé – France", "e-sante - france"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_fold_brings_two_spellings_together(one, other):
    assert fold(one) == fold(other)


def test_squash_keeps_words_only():
    assert squash("L’IA, c’est (très)\n« bien » !") == "l ia c est tres bien"

"""Which words of a sentence are its verbs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.generation.predicates import has_verb, verbs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Les établissements de santé financent l’appel.", ["financent"]),
        ("Le comité est piloté par l’ANAP.", ["piloté"]),
        ("Les dossiers ont été examinés par un comité.", ["examinés"]),
        ("Les équipes peuvent candidater à l’appel.", ["candidater"]),
        ("L’ANAP accompagnera les lauréats et suivra les projets.", ["accompagnera", "suivra"]),
        ("Le guide couvre sept étapes.", ["couvre"]),
        # A noun of the form of a verb comes after a determiner or a preposition.
        ("Le finance et la pilote.", []),
        # These say little: « date limite : 31 juillet » proves « est fixée au 31 juillet ».
        ("La date limite est fixée au 31 juillet.", []),
        ("Le financement des établissements, en particulier pour les patients.", []),
    ],
)
def test_verbs_are_found_by_their_form_and_their_place(text, expected):
    assert [written for _, written in verbs(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Les établissements de santé et médico-sociaux.", False),
        ("Le 31 juillet 2025.", False),
        ("Une aide à la décision, à partir de 2025.", False),
        ("Le financement du patient.", False),
        ("L’aide est versée.", True),
        ("Le projet a un pilote.", True),
    ],
)
def test_a_name_alone_is_told_from_a_sentence(text, expected):
    assert has_verb(text) is expected


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    written = [word for _, word in verbs(text)]
    assert all(word in text for word in written)
    assert has_verb(text) or not written

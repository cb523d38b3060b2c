from hypothesis import given
from hypothesis import strategies as st

from assistant.language.typography import place_mark, place_name, typeset


def test_spaces_that_must_not_break():
    assert typeset("Voir « page » : 3 %, oui ?") == (
        "Voir «\u00a0page\u00a0»\u00a0: 3\u00a0%, oui\u202f?"
    )


def plain(text):
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@given(st.text())
def test_only_spaces_change(text):
    assert plain(typeset(text)) == plain(text)
    assert typeset(typeset(text)) == typeset(text)


def test_a_place_is_named_after_what_it_is():
    assert place_name(3, "3") == "page\u00a03"
    assert place_name(1, "iv") == "page\u00a0iv (1re du fichier)"
    assert place_name(4, "4", "slide") == "diapositive\u00a04"
    assert place_name(2, "§\u00a02", "section") == "section\u00a0§\u00a02"
    marks = [place_mark("4", unit) for unit in ("page", "slide")]
    assert marks == ["p.\u00a04", "diapo\u00a04"]
    assert place_mark("§\u00a02", "section") == "§\u00a02"

from hypothesis import given
from hypothesis import strategies as st

from assistant.language.typography import typeset


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

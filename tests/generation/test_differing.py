"""Values that documents give differently stand side by side; none is said to be right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.generation.differing import dated, standing
from assistant.terminal import answer_text
from tests.generation.library import PARAGRAPH, Library
from tests.generation.test_answer import ask


def shelf(*said, dates=(None, None), supersedes=False):
    """A library with a sentence a document, and its documents by identifier."""
    library = Library()
    documents = {}
    names = ("notice", "annonce", "bilan")
    for name, sentence, date in zip(names, said, (*dates, None), strict=False):
        document = library.document(name, f"{name} du fonds Aurore")
        document = replace(document, metadata=replace(document.metadata, date=date))
        if supersedes and name == "notice":
            document = replace(document, superseded_by="annonce")
        documents[document.id] = document
        library.write(document, (), (PARAGRAPH, sentence))
    library.write(library.document("x", "Autre"), (), (PARAGRAPH, "Les robots avancent."))
    return library, documents


def compared(question, *said, **options):
    library, documents = shelf(*said, **options)
    return ask(question, library=library, documents=documents)


def test_two_amounts_with_what_they_hold_for():
    found = compared(
        "Quel est le montant total du fonds Aurore ?",
        "Le montant total du fonds Aurore atteint 2 millions d’euros.",
        "Le montant total du fonds Aurore atteint 4 M€ pour les deux appels.",
    )
    (one,) = found.differing
    assert (one.attribute, one.kind) == ("Montant", "amount")
    assert [(v.normalised, v.citation.file) for v in one.values] == [
        ("2000000", "notice.pdf"),
        ("4000000", "annonce.pdf"),
    ]
    assert "pour les deux appels" in one.values[1].scope
    assert one.values[1].scope.split(" … ")[-1] in one.values[1].citation.quote
    assert any("valeurs différentes" in note for note in found.notes)


@pytest.mark.parametrize(
    ("question", "first", "second", "values"),
    [
        (
            "À quelle fréquence se réunit le fonds Aurore ?",
            "Le fonds Aurore se réunit chaque trimestre.",
            "Le fonds Aurore se réunit deux fois par an.",
            {"4 par an", "2 par an"},
        ),
        (
            "Quelle est la date limite de dépôt du fonds Aurore ?",
            "La date limite de dépôt du fonds Aurore est le 3 mars 2031.",
            "La date limite de dépôt du fonds Aurore est le 10 mars 2031.",
            {"2031-03-03", "2031-03-10"},
        ),
        (
            "Combien de projets le fonds Aurore soutient-il ?",
            "Le fonds Aurore soutient 12 projets.",
            "Le fonds Aurore soutient 15 projets.",
            {"12", "15"},
        ),
    ],
)
def test_values_of_every_kind(question, first, second, values):
    (one,) = compared(question, first, second).differing
    assert {value.normalised for value in one.values} == values


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("atteint 2 millions d’euros.", "atteint 2 M€."),  # one value, two wordings
        ("atteint 2 millions d’euros.", "atteint 20 000 € par projet."),  # not the same basis
        ("atteint 2 M€.", "atteint 2 M€, au lieu de 3 M€."),  # the former value is set aside
    ],
)
def test_documents_that_agree_are_not_set_apart(first, second):
    start = "Le montant total du fonds Aurore"
    found = compared(
        "Quel est le montant total du fonds Aurore ?", f"{start} {first}", f"{start} {second}"
    )
    assert found.differing == []
    assert not any("valeurs différentes" in note for note in found.notes)


TWICE = (
    "Le montant total du fonds Aurore atteint 2 M€.",
    "Le montant total du fonds Aurore atteint 4 M€.",
)


def test_the_number_of_an_item_counts_nothing():
    found = compared(
        "Combien d’établissements le fonds Aurore soutient-il ?",
        "Le fonds Aurore soutient 12 établissements.",
        "2. Nommer un référent par établissement que le fonds Aurore soutient.",
    )
    assert not found.differing


def test_the_most_recent_document_is_named():
    found = compared(
        "Quel est le montant du fonds Aurore ?", *TWICE, dates=("2030-01", "2031-02-01")
    )
    (one,) = found.differing
    assert {v.citation.file: v.newest for v in one.values} == {
        "notice.pdf": False,
        "annonce.pdf": True,
    }
    assert "annonce.pdf" in one.remark
    assert "1er février 2031" in one.remark


@pytest.mark.parametrize("dates", [("2031", "2031-02-01"), (None, "2031"), ("2031", "2031")])
def test_dates_that_do_not_tell_name_no_document(dates):
    found = compared("Quel est le montant du fonds Aurore ?", *TWICE, dates=dates)
    (one,) = found.differing
    assert not any(value.newest for value in one.values)
    assert one.remark == ""


def test_what_replaces_a_document_is_said():
    found = compared("Quel est le montant du fonds Aurore ?", *TWICE, supersedes=True)
    (one,) = found.differing
    assert {v.citation.file: v.superseded_by for v in one.values} == {
        "notice.pdf": "annonce.pdf",
        "annonce.pdf": None,
    }
    assert "remplacé" in one.remark


def test_the_terminal_shows_them_together():
    found = compared("Quel est le montant du fonds Aurore ?", *TWICE, dates=("2030", "2031"))
    shown = answer_text(found)
    assert "Valeurs différentes selon les sources" in shown
    assert "le plus récent" in shown


@pytest.mark.parametrize(
    ("iso", "said"),
    [("2031-03-01", "1er mars 2031"), ("2031-08", "août 2031"), ("2031", "2031"), ("", "")],
)
def test_partial_dates(iso, said):
    assert dated(iso) == said


@given(
    st.integers(1, 999),
    st.integers(1, 999),
    st.sampled_from(["M€", "k€", "euros", "millions d’euros"]),
)
def test_two_values_differ_when_they_do(first, second, unit):
    said = "Le montant total du fonds Aurore atteint {} {}."
    found = compared(
        "Quel est le montant du fonds Aurore ?", said.format(first, unit), said.format(second, unit)
    )
    assert bool(found.differing) == (first != second)
    for one in found.differing:
        assert all(value.value in value.citation.quote for value in one.values)
        assert all(standing(value) == [] for value in one.values)

"""Filters: what they let through, how a question states them, and what they never hide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import DocumentNotFoundError
from assistant.model import Document, DocumentMetadata, Filters
from assistant.retrieval import filters as filtering
from assistant.retrieval.filter_plan import plan
from assistant.retrieval.filters import UnknownFilterError
from assistant.retrieval.recognition import recognise, unknown_files, without


def document(name, title, kind="autre", publisher=None, region=None, date=None):
    return Document(
        name, f"{name}.pdf", "", DocumentMetadata(title, publisher, kind, region, date), 3
    )


PACA, BFC = "Provence-Alpes-Côte d’Azur", "Bourgogne-Franche-Comté"
CORPUS = [
    document("srs-paca-2023", "Schéma régional de santé", "prs", f"ARS {PACA}", PACA, "2023-10-31"),
    document("srs-bfc-2023", "Projet régional de santé", "prs", f"ARS {BFC}", BFC, "2023"),
    document("copil-juin", "COPIL du 26 juin : relevé", "copil", f"ARS {BFC}", BFC, "2025-06-26"),
    document("cp-ami", "Communiqué : deux AMI lancés", "communique", "ANAP", None, "2025-07"),
    document("ami-ia", "Appel à manifestation d’intérêt IA", "ami", "DGOS", None, "2025-07-08"),
    document("guide-ia", "Guide de l’IA générative", "guide", "HAS", None, "2024-05"),
    document("notes", "Notes de travail"),
]


def names(filters):
    return filtering.allowed(filters, CORPUS)


def test_values_of_a_field_are_alternatives_and_fields_add_up():
    assert names(Filters(kinds=("prs", "ami"))) == {"srs-paca-2023", "srs-bfc-2023", "ami-ia"}
    assert names(Filters(kinds=("prs", "copil"), regions=(BFC,))) == {"srs-bfc-2023", "copil-juin"}
    assert len(names(Filters())) == len(CORPUS)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2025", None, {"copil-juin", "cp-ami", "ami-ia"}),
        ("2025-07", None, {"cp-ami", "ami-ia"}),
        # « juillet 2025 » may be the 20th; the 8th cannot.
        ("2025-07-20", None, {"cp-ami"}),
        (None, "2023-06", {"srs-bfc-2023"}),
        ("2024", "2024", {"guide-ia"}),
    ],
)
def test_a_partial_date_may_be_any_of_its_days(since, until, expected):
    assert names(Filters(since=since, until=until)) == expected


def test_documents_without_the_metadatum_are_outside_and_counted():
    assert filtering.missing(Filters(since="2020"), CORPUS) == {"date": 1}
    # Among the AMI, none lacks a date: the notes are out for another reason.
    assert filtering.missing(Filters(since="2020", kinds=("ami",)), CORPUS) == {}
    assert filtering.missing_notes({"date": 3, "regions": 1}) == [
        "Hors filtre, faute d’indication\u00a0: 3\u00a0documents sans date, "
        "1\u00a0document sans région connue."
    ]


def test_values_are_written_as_the_corpus_writes_them():
    asked = Filters(kinds=("PRS",), publishers=("has",), regions=("bfc",), since="08/07/2025")
    assert filtering.resolve(asked, CORPUS) == Filters(
        kinds=("prs",), publishers=("HAS",), regions=(BFC,), since="2025-07-08"
    )


@pytest.mark.parametrize(
    ("asked", "error", "message", "remedy"),
    [
        (Filters(kinds=("roman",)), UnknownFilterError, "roman", "prs (PRS / SRS)"),
        (Filters(regions=("Bretagn",)), UnknownFilterError, "région", "Bourgogne"),
        (Filters(publishers=("ANAPE",)), UnknownFilterError, "éditeur", "possibles\u00a0: ANAP"),
        (
            Filters(files=("ami.pdf",)),
            DocumentNotFoundError,
            "ami.pdf",
            "proches\u00a0: cp-ami.pdf, ami-ia.pdf",
        ),
        (Filters(since="hier"), UnknownFilterError, "hier", "2025-07"),
        (Filters(since="2025-02-30"), UnknownFilterError, "2025-02-30", "2025-07"),
        (Filters(since="2025", until="2024"), UnknownFilterError, "vide", "antérieure"),
    ],
)
def test_an_unknown_value_is_told_with_the_closest_ones_first(asked, error, message, remedy):
    with pytest.raises(error) as raised:
        filtering.resolve(asked, CORPUS)
    assert message in raised.value.message
    assert remedy in raised.value.remedy


def test_a_kind_that_exists_and_no_document_has_is_no_mistake():
    asked = Filters(kinds=("strategie",))
    assert filtering.resolve(asked, CORPUS) == asked
    assert names(asked) == set()


def test_each_restriction_is_a_chip_that_removes_it():
    chosen = Filters(kinds=("prs", "ami"), since="2024", until="2025-07")
    shown = filtering.chips(chosen)
    assert [chip.label for chip in shown] == [
        "Type\u00a0: PRS / SRS",
        "Type\u00a0: AMI / AAP",
        "Daté de 2024 à juillet 2025",
    ]
    assert shown[0].without == chosen.model_copy(update={"kinds": ("ami",)})
    assert shown[2].without == Filters(kinds=("prs", "ami"))


def test_choices_count_the_documents_of_the_corpus():
    found = filtering.choices(CORPUS)
    assert found["kinds"][0] == filtering.Choice("prs", "PRS / SRS", 2)
    assert [item.value for item in found["years"]] == ["2025", "2024", "2023"]
    assert filtering.unknown_counts(CORPUS) == {"publishers": 1, "regions": 4, "date": 1}


# --- Reading a question ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Que veut dire SAS dans le PRS ?", Filters(kinds=("prs",))),
        ("Qu’a-t-on décidé dans les comptes rendus de COPIL ?", Filters(kinds=("copil",))),
        ("QUE DIT-ON DU BUDGET DANS LE COMMUNIQUÉ", Filters(kinds=("communique",))),
        ("Selon la HAS, que faut-il relire ?", Filters(publishers=("HAS",))),
        (
            "Quels conseils dans le guide de la HAS ?",
            Filters(kinds=("guide",), publishers=("HAS",)),
        ),
        ("Dans l’AMI, quel est le montant maximal ?", Filters(kinds=("ami",))),
        (
            "Quels objectifs dans le schéma régional de PACA ?",
            Filters(kinds=("prs",), regions=(PACA,)),
        ),
        (
            "D’après le document SRS-PACA-2023.pdf, quel est l’objectif ?",
            Filters(files=("srs-paca-2023.pdf",)),
        ),
        (
            "Que prévoit-on dans le schéma régional publié en 2023 ?",
            Filters(kinds=("prs",), since="2023", until="2023"),
        ),
        ("D’après l’ARS BFC, qui préside ?", Filters(publishers=(f"ARS {BFC}",))),
    ],
)
def test_what_a_question_states_without_doubt_is_applied(question, expected):
    assert plan(question, Filters(), CORPUS, recognised=True).applied == expected


@pytest.mark.parametrize(
    "question",
    [
        # What a question is about is no filter.
        "Quel est l’objectif en Bourgogne-Franche-Comté en 2028 ?",
        "Quel budget 2025 ?",
        "Combien de lits ont été fermés en PACA depuis 2020 ?",
        "Quels établissements ont été retenus dans l’AMI temps de travail ?",
        "Qui siège dans le comité de pilotage ?",
        "Quels outils la HAS cite-t-elle ?",
        "À quelle date la HAS a-t-elle publié son guide ?",
        "Combien de cas dans le département ?",
        "Quand la stratégie nationale a-t-elle été présentée ?",
        # No document of the corpus has this value.
        "Selon l’Inserm, combien de cas ?",
        "Que dit-on dans le dossier de presse de 1998 du rapport ?",
    ],
)
def test_in_doubt_nothing_is_applied(question):
    applied = plan(question, Filters(), CORPUS, recognised=True).applied
    assert not applied.regions
    assert not applied.since
    assert not applied.publishers
    assert applied.kinds in {(), ("communique",)}


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("Combien de lits en PACA ?", f"région {PACA}"),
        ("Que s’est-il passé depuis 2024 ?", "daté depuis 2024"),
        ("Quelles structures ont été retenues dans l’AMI ?", "type AMI / AAP"),
    ],
)
def test_in_doubt_the_filter_is_offered(question, label):
    planned = plan(question, Filters(), CORPUS, recognised=True)
    assert not planned.applied
    assert [one.hint.label for one in planned.proposed] == [label]


def test_another_document_that_may_be_meant_is_a_doubt():
    named = [*CORPUS, document("x", "Guide du candidat à l’AMI", "ami", "DGOS")]
    question = "Quels conseils dans le guide ?"
    assert plan(question, Filters(), CORPUS, recognised=True).applied == Filters(kinds=("guide",))
    assert not plan(question, Filters(), named, recognised=True).applied
    undated = [replace(one, metadata=replace(one.metadata, date=None)) for one in CORPUS[:1]]
    question = "Que lit-on dans le schéma régional publié en 2023 ?"
    assert not plan(question, Filters(), [*undated, *CORPUS[1:]], recognised=True).applied.since


def test_what_the_reader_chose_wins_over_what_is_read():
    planned = plan("Que dit-on dans le PRS ?", Filters(kinds=("ami",)), CORPUS, recognised=True)
    assert planned.applied == Filters(kinds=("ami",))
    assert planned.proposed == ()
    assert not plan("Que dit-on dans le PRS ?", Filters(), CORPUS, recognised=False).applied


def test_a_filter_that_nothing_passes_is_not_applied():
    chosen = Filters(publishers=("ANAP",))
    assert plan("Quel montant dans le PRS ?", chosen, CORPUS, recognised=True).applied == chosen


def test_the_words_of_a_filter_are_not_searched():
    question = "D’après le document ami-ia.pdf, quel est le montant ?"
    assert plan(question, Filters(), CORPUS, recognised=True).asked == "quel est le montant ?"
    # Nothing would be left to look for.
    question = "Que dit ami-ia.pdf ?"
    assert plan(question, Filters(), CORPUS, recognised=True).asked == question


def test_a_file_that_is_not_there_is_named_with_the_closest():
    question = "Selon le fichier ami-2.pdf, quel est le montant ?"
    assert unknown_files(question, CORPUS) == ["ami-2.pdf"]
    planned = plan(question, Filters(), CORPUS, recognised=True)
    (note,) = planned.notes(planned.report())
    assert "«\u00a0ami-2.pdf\u00a0»" in note
    assert "«\u00a0ami-ia.pdf\u00a0»" in note


WORDS = ["dans", "selon", "le", "la", "l’", "PRS", "HAS", "COPIL", "PACA", "depuis", "2024"]
OTHERS = ["œuvre", "publiés", "en", "guide", "de", "?", "« »", "ami-ia.pdf", "e\u0301", "\u00a0"]
PIECES = st.lists(st.sampled_from([*WORDS, *OTHERS, "2023-2028"]), max_size=12)


@given(PIECES | st.text(max_size=60).map(lambda text: [text]))
def test_whatever_is_typed_a_filter_quotes_it_and_leaves_documents(pieces):
    question = " ".join(pieces)
    found = recognise(question, CORPUS)
    for one in found:
        assert 0 < len(filtering.allowed(one.filters, CORPUS)) < len(CORPUS)
        assert one.hint.label
    applied = plan(question, Filters(), CORPUS, recognised=True)
    assert filtering.allowed(applied.applied, CORPUS)
    assert len(without(question, applied.recognised)) <= len(question)


@pytest.mark.parametrize(
    "question",
    [
        "Quelles décisions a prises le dernier COPIL ?",
        "Qui était à la dernière réunion du comité de pilotage ?",
        "Que dit le dernier compte rendu ?",
        "Quels projets le COPIL le plus récent a-t-il retenus ?",
    ],
)
def test_the_last_committee_is_the_newest_of_its_minutes(question):
    later = document("copil-octobre", "COPIL du 2 octobre : relevé", "copil", date="2025-10-02")
    planned = plan(question, Filters(), [*CORPUS, later], recognised=True)
    assert planned.applied == Filters(files=("copil-octobre.pdf",))
    assert planned.question == question


def test_which_committee_is_last_is_not_guessed():
    question = "Quelles décisions a prises le dernier COPIL ?"
    data = document("copil-data", "COPIL Données de santé : relevé", "copil", date="2025-11")
    undated = replace(data, metadata=replace(data.metadata, title="COPIL : relevé", date=None))
    assert not plan(question, Filters(), CORPUS, recognised=True).applied  # there is one only
    assert not plan(question, Filters(), [*CORPUS, undated], recognised=True).applied
    planned = plan(question, Filters(), [*CORPUS, data], recognised=True)
    assert not planned.applied  # another committee: offered
    assert [hint.filters.files for hint in planned.proposed] == [("copil-data.pdf",)]

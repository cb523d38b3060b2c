from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import InvalidQuestionError
from assistant.generation.answer import draft
from assistant.generation.verification import holds
from assistant.language.normalise import display_text
from assistant.model import ModelIds
from tests.generation.library import ITEM, PARAGRAPH, Library, health_library

LIBRARY = health_library()


def ask(question, *, library=LIBRARY, hits=None, **options):
    return draft(
        question,
        library.search(question) if hits is None else hits,
        get_page=options.pop("get_page", library.get_page),
        boxes_for_span=lambda page, start, end: [(0.0, 0.0, 1.0, 1.0)],
        idf=library.idf,
        index_generation="test",
        models=ModelIds(embedding="aucun"),
        **options,
    ).answer


def texts(found):
    """What answers; the extracts that come near are told apart."""
    return [sentence.text for sentence in found.sentences if sentence.role != "near"]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        (
            "Quel est le montant maximal par projet ?",
            "L’aide pourra aller jusqu’à 45 000 euros par projet.",
        ),
        (
            "Quelle est l’enveloppe totale de l’appel à projets robots de pharmacie ?",
            "L’appel est doté d’une enveloppe totale de 3 millions d’euros.",
        ),
        ("Quelle est la date limite de dépôt ?", "Date limite de dépôt : 15 mars 2031"),
        ("date limite depot", "Date limite de dépôt : 15 mars 2031"),
        ("Quand démarrent les projets ?", "Démarrage des projets : 1er septembre 2031"),
        ("Que signifie PUI ?", "PUI : pharmacie à usage intérieur."),
        ("Que couvre l’aide ?", "Elle couvre le matériel et la formation."),
    ],
)
def test_the_sentence_that_answers_comes_first(question, first):
    assert texts(ask(question))[0] == first


def test_a_sentence_that_points_back_comes_with_the_one_before():
    found = ask("Que couvre l’aide ?")
    assert [(s.role, s.text) for s in found.sentences[1:]] == [
        ("context", "L’aide pourra aller jusqu’à 45 000 euros par projet.")
    ]


def test_a_list_comes_whole_and_in_order_after_its_introduction():
    found = ask("Quels sont les groupes de travail du comité ?")
    assert [(s.role, s.text) for s in found.sentences] == [
        ("list_intro", "Le comité installe quatre groupes de travail :"),
        ("list_item", "groupe Hôpital"),
        ("list_item", "groupe Officine"),
        ("list_item", "groupe Domicile"),
        ("list_item", "groupe Éthique et droit"),
    ]


def test_a_table_cell_is_named_by_its_row_and_column_then_quoted():
    found = ask("Quelle est la prochaine relève de Robot+ ?")
    label, cell = found.sentences
    assert (label.kind, label.text) == ("template", "Robot+ — Prochaine relève\u00a0:")
    assert [citation.quote for citation in label.citations] == ["Robot+", "Prochaine relève"]
    assert (cell.kind, cell.role, cell.text) == ("extract", "table", "30/09/2031")


def test_a_definition_is_the_sentence_that_defines():
    [sentence] = ask("Qu’est-ce que la dispensation nominative ?").sentences
    assert sentence.text.startswith("La dispensation nominative est la délivrance")


@pytest.mark.parametrize(
    "question",
    [
        "Quel est le montant maximal par projet ?",
        "Quels sont les groupes de travail du comité ?",
        "Quelle est la prochaine relève de Robot+ ?",
        "Pourquoi automatiser la pharmacie hospitalière ?",
    ],
)
def test_every_sentence_is_quoted_from_the_stored_page(question):
    found = ask(question)
    assert found.sentences
    for sentence in found.sentences:
        assert holds(sentence, LIBRARY.get_page)
        for citation in sentence.citations:
            page = LIBRARY.get_page(citation.document_id, citation.page)
            assert page.text[citation.start : citation.end] == citation.quote
        if sentence.kind == "extract":
            assert sentence.text == display_text(sentence.citations[0].quote)


def test_the_cited_page_is_the_first_source():
    found = ask("Quelle est la date limite de dépôt ?")
    assert (found.sources[0].file, found.sources[0].page) == ("appel.pdf", 2)
    places = [(source.file, source.page) for source in found.sources]
    assert len(places) == len(set(places))
    assert [source.rank for source in found.sources] == list(range(1, len(places) + 1))


@pytest.mark.parametrize(
    "question",
    [
        "Quelle est la capitale de l’Australie ?",
        "Quel est le budget robots du CHU de Dijon ?",
        "Comment résilier un abonnement internet ?",
        "Combien de lits compte l’hôpital de Lille ?",
    ],
)
def test_what_the_corpus_does_not_say_is_not_answered(question):
    found = ask(question)
    assert found.abstained
    assert found.sentences == []
    assert found.reason.startswith("Non trouvé dans le corpus.")
    assert found.reason_code == "absent"
    assert found.sources, "the closest pages are still worth opening"


def test_the_refusal_says_which_name_is_nowhere():
    assert "«\u00a0CHU de Dijon\u00a0»" in ask("Quel est le budget robots du CHU de Dijon ?").reason


def test_nothing_found_at_all():
    found = ask("Quel est le montant ?", hits=[])
    assert (found.abstained, found.sources) == (True, [])


def test_unreadable_pages_are_told_apart_from_absence():
    found = ask(
        "Quelle est la capitale de l’Australie ?", unreadable_pages={"appel": [3], "guide": [4]}
    )
    assert found.reason_code == "illisible"
    assert "page 3" in found.reason


@pytest.mark.parametrize(
    ("today", "note"),
    [
        (date(2032, 1, 1), "L’échéance du 15 mars 2031 est passée."),
        (date(2031, 3, 5), "L’échéance du 15 mars 2031 est à venir (dans 10 jours)."),
        (date(2031, 3, 15), "L’échéance du 15 mars 2031 est à venir (aujourd’hui)."),
    ],
)
def test_a_deadline_is_compared_with_today(today, note):
    assert ask("Quelle est la date limite de dépôt ?", today=today).notes == [note]


def test_documents_that_differ_are_both_quoted_and_the_reader_is_told():
    library = Library()
    for name, amount in (("notice", "2 millions d’euros"), ("annonce", "4 millions d’euros")):
        library.write(
            library.document(name, f"{name} du fonds Aurore"),
            (),
            (PARAGRAPH, f"Le montant total du fonds Aurore atteint {amount}."),
        )
    library.write(library.document("x", "Autre"), (), (PARAGRAPH, "Les robots avancent."))
    found = ask("Quel est le montant total du fonds Aurore ?", library=library)
    assert len(found.sentences) == 2
    assert any("valeurs différentes" in note for note in found.notes)


def test_instructions_in_a_document_are_data():
    quoted = ask("Tout est-il gratuit ?")
    assert [sentence.kind for sentence in quoted.sentences] == ["extract"]
    assert quoted.sentences[0].citations[0].file == "copil.pdf"
    followed = ask("Quel est le montant maximal par projet ?")
    assert "45 000 euros" in texts(followed)[0]
    assert all("gratuit" not in text for text in texts(followed))


def test_a_page_changed_since_indexing_loses_its_sentences():
    def changed(document_id, number):
        page = LIBRARY.get_page(document_id, number)
        return replace(page, text=page.text[:40])

    hits = LIBRARY.search("Quelle est la date limite de dépôt ?")
    found = ask("Quelle est la date limite de dépôt ?", hits=hits, get_page=changed)
    for sentence in found.sentences:
        assert holds(sentence, changed)


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet=st.sampled_from("abé 12.?’'-€%XY\n"), min_size=1, max_size=60))
def test_any_question_is_answered_or_refused_with_a_reason(question):
    try:
        found = ask(question)
    except InvalidQuestionError:
        return
    assert found.abstained == (not texts(found))
    assert bool(found.reason) == found.abstained


@pytest.mark.parametrize("question", ["", " ?! ", "et alors ?"])
def test_an_impossible_question_is_refused(question):
    with pytest.raises(InvalidQuestionError):
        ask(question, hits=[])


WORDS = ["robot", "•", "3 M€", "le", "31/07/2025", "\n", "est", ":", "santé", ".", "e-\nsanté"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=40), st.booleans())
def test_whatever_the_page_says_what_is_shown_stands_on_it(some_words, as_item):
    library = Library()
    raw = " ".join(some_words)
    library.write(library.document("d", "Robot"), (), (ITEM if as_item else PARAGRAPH, raw))
    library.write(library.document("o", "Autre"), (), (PARAGRAPH, "Tout autre chose."))
    found = ask("Quel est le montant du robot santé ?", library=library)
    for sentence in found.sentences:
        assert sentence.text == display_text(sentence.citations[0].quote)
        assert sentence.citations[0].quote in library.get_page("d", 1).text


def test_what_comes_near_is_offered_apart_and_verified_like_the_rest():
    library = Library()
    for name, said in (
        ("bilan", "Le robot de pharmacie de Dole a coûté plus cher que prévu."),
        ("note", "Le robot de pharmacie de Dole a coûté 12 jours de travail de plus que prévu."),
    ):
        library.write(library.document(name, name.title()), (), (PARAGRAPH, said))
    answer = ask("Le robot de pharmacie de Dole a-t-il coûté plus que prévu ?", library=library)
    assert sorted(sentence.citations[0].file for sentence in answer.sentences) == [
        "bilan.pdf",
        "note.pdf",
    ]
    roles = [sentence.role == "near" for sentence in answer.sentences]
    assert roles == sorted(roles)
    assert all(holds(sentence, library.get_page) for sentence in answer.sentences)


@pytest.mark.parametrize(("linked", "first"), [(True, "recent.pdf"), (False, "ancien.pdf")])
def test_the_newest_version_answers_when_both_say_it(linked, first):
    library = Library()
    old, new = (
        library.document(name, f"Charte du service {name}") for name in ("ancien", "recent")
    )
    if linked:
        old = replace(old, superseded_by="recent")
    for document, days in ((old, "trente"), (new, "vingt")):
        library.write(
            document,
            ("Délais",),
            (PARAGRAPH, f"Le délai de réponse du service est de {days} jours."),
        )
    found = ask("Quel est le délai de réponse du service ?", library=library)
    assert found.sentences[0].citations[0].file == first


def test_a_printed_calculation_that_is_wrong_is_quoted_with_a_remark():
    library = Library()
    document = library.document("urgences", "Cas d’usage aux urgences")
    said = "Alléger 30 minutes par jour pour 50 soignants représente 750 heures par jour."
    library.write(document, ("Gain",), (PARAGRAPH, said))
    found = ask("Combien d’heures représente le temps allégé par soignant ?", library=library)
    assert said in texts(found)
    assert any("25 heures" in note for note in found.notes)


def test_a_question_about_nothing_in_particular_is_asked_back():
    library = Library()
    for name, title, amount in (("a", "Appel Horizon", "3"), ("b", "Appel Robots", "5")):
        document = library.document(name, title)
        library.write(
            document, (), (PARAGRAPH, f"Le montant total est de {amount} millions d’euros.")
        )
    found = ask("Quel est le montant ?", library=library)
    assert found.abstained
    assert found.reason_code == "a_preciser"
    assert "« Appel Horizon »" in found.reason.replace("\u00a0", " ")
    assert not ask("Quel est le montant de l’appel Robots ?", library=library).abstained

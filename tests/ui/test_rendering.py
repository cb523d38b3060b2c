"""What the screens show: French wording, numbered citations, and no foreign HTML alive."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import InvalidQuestionError
from assistant.language.analyser import analyse
from assistant.model import Answer, Citation, ModelIds, Sentence, Source
from tests.api.fake import AMI, HOSTILE, FakeEngine
from ui import rendering
from ui.rendering import (
    answer_html,
    error_html,
    french_date,
    highlighted,
    history_html,
    number,
    page_name,
    pending_html,
    plural,
    references,
    sources_html,
)

ALLOWED = {"div", "p", "ul", "li", "a", "span", "h2", "h3", "b", "br", "mark", "details", "summary"}


class Parsed(HTMLParser):
    """Tags, attributes and text of a fragment, as a browser would see them."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(fragment)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def links(self) -> list[str]:
        return [value for name, value in self.attributes if name == "href"]


def citation(quote: str, *, page: int = 1, start: int = 0, document_id: str = AMI) -> Citation:
    return Citation(
        file="ami.pdf",
        document="AMI d’essai",
        document_id=document_id,
        page=page,
        page_label=str(page),
        quote=quote,
        start=start,
        end=start + len(quote),
        boxes=[(72.0, 310.4, 400.0, 322.0)],
    )


def answer(*sentences: Sentence, **fields: object) -> Answer:
    base: dict[str, object] = {
        "question": "Quel soutien ?",
        "abstained": not sentences,
        "confidence": 0.8,
        "sentences": list(sentences),
        "index_generation": "g",
        "models": ModelIds(embedding="m"),
    }
    return Answer.model_validate(base | fields)


def extract(quote: str, *citations: Citation, role: str = "answer") -> Sentence:
    return Sentence.model_validate(
        {"text": quote, "kind": "extract", "citations": list(citations), "role": role}
    )


def test_each_cited_page_has_one_number_in_reading_order() -> None:
    shown = answer(
        extract("a", citation("a", page=4)),
        extract("b", citation("b", page=2)),
        extract("c", citation("c", page=4, start=50)),
    )
    pages = references(shown)
    assert [(item.page, item.number, len(item.citations)) for item in pages] == [
        (4, 1, 2),
        (2, 2, 1),
    ]
    links = Parsed(answer_html(shown)).links
    assert links == [
        f"/v1/documents/{AMI}/pages/4/image?debut=0&fin=1#y=310",
        f"/v1/documents/{AMI}/pages/2/image?debut=0&fin=1#y=310",
        f"/v1/documents/{AMI}/pages/4/image?debut=50&fin=51#y=310",
    ]
    # The card of a page highlights everything the answer took from it.
    card = Parsed(sources_html(shown, {})).links[0]
    assert card == f"/v1/documents/{AMI}/pages/4/image?debut=0&fin=1&debut=50&fin=51#y=310"


def test_lists_stay_lists() -> None:
    shown = answer(
        extract("Trois axes", citation("x"), role="list_intro"),
        extract("un", citation("x"), role="list_item"),
        extract("deux", citation("x"), role="list_item"),
        extract("Fin.", citation("x")),
    )
    html = answer_html(shown)
    assert html.count("<ul>") == html.count("</ul>") == 1
    assert html.index("Trois") < html.index("<ul>") < html.index("deux") < html.index("</ul>")
    assert html.index("</ul>") < html.index("Fin.")


def test_a_number_stays_with_the_last_word_unless_it_is_endless() -> None:
    html = answer_html(answer(extract("Un mot.", citation("x"))))
    assert "Un <span class='colle'>mot.\u00a0<a class='renvoi'" in html
    assert "colle" not in answer_html(answer(extract("x" * 80, citation("x"))))


def test_the_label_of_a_table_introduces_its_cells() -> None:
    label = extract("Montant — ligne A :", citation("x"), role="table")
    shown = answer(
        label.model_copy(update={"kind": "template"}),
        extract("40 000 €", citation("x"), role="table"),
    )
    html = answer_html(shown)
    # A lone cell reads on the line of its label, and one number proves both.
    assert "<span class='intitule'>Montant — ligne A :</span> 40 000" in html
    assert html.count("class='renvoi'") == 1
    assert "<ul>" not in html
    several = answer(*shown.sentences, extract("50 000 €", citation("x"), role="table"))
    html = answer_html(several)
    assert html.index("<p class='intitule'>") < html.index("<ul><li>40 000")


def test_extracts_that_come_near_are_folded_after_the_answer() -> None:
    shown = answer(
        extract("La réponse.", citation("x")),
        extract("Un autre extrait.", citation("y", page=7), role="near"),
    )
    html = answer_html(shown)
    folded = html[html.index("<details") : html.index("</details>")]
    assert "Ce qui s’en approche (1\u00a0extrait)</summary>" in folded
    assert "Un autre" in folded and "La réponse" not in folded
    # What is only near is not counted among what the answer cites.
    assert "1\u00a0page citée" in html
    assert "<details" not in answer_html(answer(extract("La réponse.", citation("x"))))


def test_a_refusal_offers_what_comes_near_and_says_it_is_no_answer() -> None:
    near = extract("Le dispositif existe.", citation("y", page=7), role="near")
    html = answer_html(answer(near, abstained=True, reason="Rien sur le montant."))
    assert html.index("Non trouvé dans le corpus") < html.index("<details")
    folded = html[html.index("<details") :]
    assert "Ce n’est pas une réponse\u00a0:" in folded
    assert "Le dispositif" in folded
    assert Parsed(folded).links == [f"/v1/documents/{AMI}/pages/7/image?debut=0&fin=1#y=310"]
    assert "texte-reponse" not in html


def test_a_long_answer_is_folded_after_its_beginning_and_nothing_is_lost() -> None:
    items = [f"Axe numéro {rank}." for rank in range(1, 19)]
    shown = answer(*(extract(item, citation("x"), role="list_item") for item in items))
    html = answer_html(shown)
    before, after = html.split("<details class='suite'>")
    assert before.count("<li>") == 10
    assert "Afficher plus (8\u00a0autres phrases)" in after
    assert [item for item in items if item not in Parsed(html).text] == []
    assert html.count("<ul>") == html.count("</ul>") == 2


def test_a_short_rest_is_not_worth_a_click_and_no_introduction_is_cut_from_its_list() -> None:
    def shown(count: int) -> str:
        return answer_html(answer(*(extract("Oui.", citation("x")) for _ in range(count))))

    assert "Afficher plus" not in shown(12)
    assert "Afficher plus (3" in shown(13)
    sentences = [extract("Oui.", citation("x")) for _ in range(9)]
    sentences.append(extract("Quatre groupes :", citation("x"), role="list_intro"))
    sentences += [extract("groupe", citation("x"), role="list_item") for _ in range(4)]
    before, after = answer_html(answer(*sentences)).split("<details class='suite'>")
    assert "Quatre groupes" in after and "Quatre groupes" not in before


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["answer", "context", "list_intro", "list_item", "table"]),
            st.integers(1, 400),
        ),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=60)
def test_folding_keeps_every_sentence_once_and_in_order(parts: list[tuple[str, int]]) -> None:
    said = [
        extract(f"n{rank}n " + "x" * length, citation("x"), role=role)
        for rank, (role, length) in enumerate(parts)
    ]
    html = answer_html(answer(*said))
    places = [html.index(f"n{rank}n ") for rank in range(len(said))]
    assert places == sorted(places)
    assert html.count("<ul>") == html.count("</ul>")
    assert html.count("<details") == html.count("</details>")


def test_values_that_differ_stand_side_by_side_above_the_extracts() -> None:
    def value(said: str, **fields: object) -> dict[str, object]:
        return {"value": said, "normalised": said, "citation": citation(said), **fields}

    differing = {
        "attribute": "Montant",
        "kind": "amount",
        "values": [
            value("2 M€", scope="pour un AMI", date="2025-07", superseded_by="<b>neuf.pdf"),
            value("4 M€", citation=citation("4 M€", page=9), newest=True, version="2.0"),
        ],
        "remark": "Le plus récent n’est pas forcément le bon.",
    }
    shown = answer(extract("2 M€", citation("2 M€")), differing=[differing])
    html = answer_html(shown)
    assert html.index("<table") < html.index("texte-reponse")
    parsed = Parsed(html)
    assert {"table", "caption", "thead", "tbody", "tr", "th", "td"} <= set(parsed.tags)
    assert ("scope", "row") in parsed.attributes
    assert "Les sources diffèrent\u00a0: Montant" in parsed.text
    assert "remplacé par «\u00a0<b>neuf.pdf\u00a0»" in parsed.text
    assert "le plus récent" in parsed.text and "version\u00a02.0" in parsed.text
    assert "juillet 2025" in parsed.text and "non précisé" in parsed.text
    # A page that only the table cites has its number, and its card among the sources.
    assert any("/pages/9/" in link for link in Parsed(sources_html(shown, {})).links)
    bare = [{**one, "scope": ""} for one in differing["values"]]  # type: ignore[union-attr]
    unscoped = answer(extract("2 M€", citation("2 M€")), differing=[{**differing, "values": bare}])
    assert answer_html(unscoped).count("<th scope='col'>") == 2


def test_extracts_among_written_sentences_are_named_as_such() -> None:
    written = Sentence(text="Le soutien est plafonné.", kind="generated", citations=[citation("x")])
    shown = answer(written, extract("40 000 euros.", citation("x")), mode="generative")
    html = answer_html(shown)
    assert html.count("extrait mot pour mot") == 1
    assert html.index("40 000") < html.index("extrait mot pour mot")
    assert "extrait mot pour mot" not in answer_html(answer(extract("a", citation("x"))))


def test_an_interruption_is_said_first_and_once() -> None:
    note = "Réponse interrompue : la suite est faite d’extraits."
    html = answer_html(answer(extract("a", citation("x")), notes=[note, "Autre remarque."]))
    assert html.count("Réponse interrompue") == 1
    assert html.index("Réponse interrompue") < html.index("texte-reponse")
    assert "Autre remarque" in html[html.index("À savoir") :]


def test_not_found_gives_the_reason_and_what_to_try() -> None:
    parsed = Parsed(answer_html(answer(reason="Aucune phrase ne parle de ce sujet.")))
    assert "Non trouvé dans le corpus" in parsed.text
    assert "Aucune phrase ne parle de ce sujet." in parsed.text
    assert parsed.tags.count("li") >= 3
    assert "mot pour mot" not in parsed.text


def test_a_refusal_does_not_say_twice_that_nothing_was_found() -> None:
    reason = "Non trouvé dans le corpus. Les passages ne mentionnent pas « zèbre »."
    html = answer_html(answer(reason=reason, reason_code="absent"))
    assert html.count("Non trouvé dans le corpus") == 1
    assert "<p>Les passages ne mentionnent pas" in html


def test_other_sources_are_told_apart_from_cited_ones(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path)
    shown = engine.ask("Quel soutien par projet ?")
    html = sources_html(shown, {item.id: item for item in engine.documents()})
    parsed = Parsed(html)
    assert html.index("page\u00a01") < html.index("Autres pages proches")
    assert "page\u00a0ii (2e du fichier)" in parsed.text
    assert "AMI / AAP · Agence d’essai · janvier 2031" in parsed.text
    assert "1. Essai › <b>Section</b>" in parsed.text
    assert "mark" in parsed.tags


def test_each_source_says_why_it_is_there_without_a_mouse(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path)
    found = engine.ask("soutien")
    html = sources_html(found, {item.id: item for item in engine.documents()})
    source = next(item for item in found.sources if item.reasons)
    # A native disclosure: reached and opened from the keyboard, its state announced.
    folded = Parsed(html[html.index("<details class='pourquoi'>") : html.index("</details>")])
    assert folded.tags[:2] == ["details", "summary"]
    assert folded.text.startswith("Pourquoi\u202f?")
    assert source.document in folded.text
    assert all(reason in folded.text for reason in source.reasons)
    assert "<i>" not in html
    bare = found.model_copy(update={"sources": [source.model_copy(update={"reasons": []})]})
    assert "pourquoi" not in sources_html(bare, {})


def test_hostile_text_appears_as_text(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path)
    shown = engine.ask("pwned étoile consignes ?")
    assert {item.document_id for item in references(shown)} >= {HOSTILE}
    documents = {item.id: item for item in engine.documents()}
    for html in (
        answer_html(shown),
        sources_html(shown, documents),
        history_html([("<script>x</script>", answer_html(shown), "")]),
    ):
        parsed = Parsed(html)
        assert set(parsed.tags) <= ALLOWED
        assert not [name for name, _ in parsed.attributes if name.startswith("on")]
        assert "<script>" in parsed.text


@settings(deadline=None)
@given(st.text(max_size=120), st.text(max_size=40))
def test_no_text_whatever_becomes_a_tag_or_leaves_its_line(foreign: str, name: str) -> None:
    item = citation("q").model_copy(
        update={"document": foreign, "document_id": name, "quote": foreign}
    )
    source = Source(
        rank=1,
        file=name,
        document=foreign,
        document_id=name,
        kind=name,
        page=2,
        page_label=name,
        section=[foreign],
        excerpt=foreign,
        score=1.0,
        passage_id="p",
        reasons=[foreign],
    )
    shown = answer(extract(foreign, item), question=foreign, notes=[foreign], sources=[source])
    for html in (
        answer_html(shown),
        sources_html(shown, {}),
        answer_html(answer(question=foreign, reason=foreign)),
        error_html(foreign, InvalidQuestionError(foreign, foreign)),
        pending_html(foreign, name),
    ):
        parsed = Parsed(html)
        assert set(parsed.tags) <= ALLOWED
        assert all(link.startswith("/v1/documents/") for link in parsed.links)
        # Markdown ends an HTML block at a blank line: there must be no line at all.
        assert html.startswith("<div")
        assert len(html.splitlines()) == 1


@settings(deadline=None)
@given(st.text(max_size=900), st.integers(20, 400))
def test_an_excerpt_loses_nothing_but_its_ends(excerpt: str, limit: int) -> None:
    html = highlighted(excerpt, set(analyse(excerpt)), limit=limit)
    shown = Parsed(html).text.removeprefix("… ").removesuffix(" …")
    assert len(shown) <= limit
    flat = "".join(char for char in " ".join(excerpt.split()) if char.isprintable())
    assert shown.replace("\u2028", "") in flat or shown == ""


def test_words_of_the_question_are_marked_whatever_their_inflection() -> None:
    html = highlighted("Les projets soutenus.", set(analyse("projet")))
    assert html == "Les <mark>projets</mark> soutenus."


def test_a_long_excerpt_opens_near_the_first_word_found() -> None:
    excerpt = "remplissage " * 100 + "le montant maximal est fixé " + "suite " * 100
    html = highlighted(excerpt, set(analyse("montant maximal")))
    assert html.startswith("… ")
    assert "<mark>montant</mark> <mark>maximal</mark>" in html
    assert html.endswith(" …")


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("2025", "2025"),
        ("2025-07", "juillet 2025"),
        ("2025-07-11", "11\u00a0juillet 2025"),
        ("2025-02-01", "1er\u00a0février 2025"),
        ("2025-13", "2025"),
        ("été 2025", "été 2025"),
        (None, ""),
    ],
)
def test_dates_are_written_in_french(iso: str | None, words: str) -> None:
    assert french_date(iso) == words


def test_numbers_are_written_in_french() -> None:
    assert number(1690) == "1\u202f690"
    assert plural(0, "page") == "0\u00a0page"
    assert plural(2, "page lue", "pages lues") == "2\u00a0pages lues"
    assert page_name(3, "3") == "page\u00a03"
    assert page_name(1, "iv") == "page\u00a0iv (1re du fichier)"


def test_confidence_is_said_in_words() -> None:
    assert rendering.confidence_words(0.9) == "confiance élevée"
    assert "vérifier" in rendering.confidence_words(0.1)


def test_slides_and_sections_are_named_as_such(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path)
    document = engine.document(AMI)
    shown = answer(extract("a", citation("a", page=4)))
    for unit, name, count in (
        ("slide", "diapositive\u00a04", "1\u00a0diapositive citée"),
        ("section", "section\u00a04", "1\u00a0section citée"),
        ("page", "page\u00a04", "1\u00a0page citée"),
    ):
        metadata = replace(document.metadata, unit=unit)
        documents = {AMI: replace(document, metadata=metadata)}
        said = Parsed(answer_html(shown, documents)).text
        assert f"AMI d’essai, {name}" in said
        assert count in said
        assert name in Parsed(sources_html(shown, documents)).text

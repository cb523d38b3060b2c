"""The glossary tab, without a browser."""

from __future__ import annotations

from pathlib import Path

from assistant.index.glossary_book import GlossaryBook, Place, SenseView, SigleView
from assistant.index.own_sigles import FILE
from tests.ui.test_rendering import Parsed
from ui.glossaire import change, glossary_html, show

HOSTILE = "<script>window.__pwned = 1</script>"


def view(*senses: SenseView, withdrawn: bool = False) -> SigleView:
    return SigleView(sigle="SAS", withdrawn=withdrawn, ambiguous=False, senses=list(senses))


def test_each_sense_links_to_the_page_that_defines_it() -> None:
    places = [Place(document_id="abc", file=HOSTILE, page=12)]
    sense = SenseView(text="service d’accès", origin="corpus", used=True, count=1, places=places)
    html = glossary_html([view(sense)])
    parsed = Parsed(html)
    assert "script" not in parsed.tags
    assert f"{HOSTILE}, p.\u00a012" in parsed.text
    assert "/v1/documents/abc/fichier#page=12" in html


def test_what_does_not_serve_is_said_so() -> None:
    sense = SenseView(text=HOSTILE, origin="liste", used=False, count=0, places=[])
    parsed = Parsed(glossary_html([view(sense, withdrawn=True)]))
    assert "Retiré" in parsed.text
    assert "(non utilisé)" in parsed.text
    assert "Liste courante" in parsed.text
    assert "script" not in parsed.tags


def test_the_buttons_change_the_table_and_say_it(tmp_path: Path) -> None:
    book = GlossaryBook(tmp_path)
    assert "à jour" in Parsed(change(book, "ajouter", "OTSIS", "outil de suivi")).text
    assert "outil de suivi" in Parsed(show(book, "otsis")).text
    assert "ne sera plus développé" in Parsed(change(book, "retirer", "OTSIS", "")).text
    assert "Retiré" in Parsed(show(book, "otsis")).text
    assert "oubliée" in Parsed(change(book, "retablir", "OTSIS", "")).text
    assert "Aucun sigle" in Parsed(show(book, "otsis")).text


def test_a_refusal_is_a_sentence(tmp_path: Path) -> None:
    book = GlossaryBook(tmp_path)
    assert "vide" in Parsed(change(book, "ajouter", "OTSIS", "  ")).text
    assert "n’est pas un sigle" in Parsed(change(book, "ajouter", HOSTILE, "x y")).text
    (tmp_path / FILE).write_text("[", encoding="utf-8")
    assert "n’a pas la forme attendue" in Parsed(show(book, "")).text

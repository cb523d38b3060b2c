"""The main path in a real browser: ask, read, check on the page."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.navigateur.parcours import nothing_obeyed, wait_for_image, wait_until_it_fits

pytestmark = pytest.mark.navigateur


def ask(page, question: str) -> None:  # type: ignore[no-untyped-def]
    page.get_by_label("Votre question").fill(question)
    page.get_by_role("button", name="Demander").click()
    page.locator("#reponse .question-posee", has_text=question).wait_for()
    page.locator("#reponse :is(.mode, .absence, .erreur, .interrompue)").first.wait_for()


def yellow(png: bytes) -> int:
    pixels = Image.open(io.BytesIO(png)).convert("RGB")
    return sum(
        count
        for count, (red, green, blue) in pixels.getcolors(1 << 22) or []
        if red > 220 and green > 200 and blue < 140
    )


def test_ask_then_open_the_cited_page_with_its_highlight(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Quel soutien par projet ?")
    assert "40 000 euros" in page.locator("#reponse .texte-reponse").inner_text()
    page.locator("#reponse a.renvoi").click()
    viewer = page.get_by_role("region", name="Page du document")
    viewer.wait_for()
    image = viewer.locator("img")
    wait_for_image(page)
    assert yellow(image.screenshot()) > 500
    # The alternative of the image says what is highlighted.
    assert "40 000 euros" in (image.get_attribute("alt") or "")
    assert viewer.get_by_text("Page 1 sur 2").is_visible()
    # The address of the file opens at the page, in another tab.
    link = viewer.get_by_role("link", name="Ouvrir le PDF à cette page")
    assert (link.get_attribute("href") or "").endswith("/fichier#page=1")
    assert link.get_attribute("target") == "_blank"

    viewer.get_by_role("button", name="Page suivante").click()
    viewer.get_by_text("Page 2 sur 2").wait_for()
    assert "n’a pas pu être lue" in viewer.inner_text()
    assert viewer.get_by_role("button", name="Page suivante").is_disabled()
    viewer.get_by_role("button", name="Page précédente").click()
    viewer.get_by_text("Page 1 sur 2").wait_for()
    wait_for_image(page)
    assert yellow(image.screenshot()) > 500


def test_the_text_of_the_page_marks_the_citation_even_after_an_emoji(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "dossiers déposés ?")
    page.locator("#reponse a.renvoi").click()
    page.get_by_text("Texte de la page").click()
    marked = page.locator("#visionneuse mark").inner_text()
    assert marked == "Les dossiers sont déposés avant le 3 mars 2031 🗓 à midi."


def test_a_slide_without_image_opens_on_its_text(page) -> None:  # type: ignore[no-untyped-def]
    def undrawn(route) -> None:  # type: ignore[no-untyped-def]
        body = route.fetch().json()
        route.fulfill(json=body | {"image": False, "unit": "slide", "label": "5"})

    page.route("**/v1/documents/*/pages/1", undrawn)
    ask(page, "Quel soutien par projet ?")
    page.locator("#reponse a.renvoi").click()
    viewer = page.get_by_role("region", name="Page du document")
    viewer.get_by_text("Diapositive 1 sur 2 (numérotée « 5 »)").wait_for()
    assert "40 000 euros" in viewer.locator("mark").inner_text()
    assert viewer.locator("mark").is_visible()
    assert not viewer.locator("img").is_visible()
    assert not viewer.get_by_role("button", name="Agrandir la page").is_visible()
    link = viewer.get_by_role("link", name="Télécharger le fichier d’origine")
    assert (link.get_attribute("href") or "").endswith("/fichier")
    assert link.get_attribute("download") == ""
    # The next page is drawn: its image comes back.
    viewer.get_by_role("button", name="Page suivante").click()
    wait_for_image(page)
    assert viewer.get_by_role("link", name="Ouvrir le PDF à cette page").is_visible()
    page.unroute("**/v1/documents/*/pages/1")


def test_the_keyboard_alone_does_it_all(page) -> None:  # type: ignore[no-untyped-def]
    page.get_by_label("Votre question").focus()
    page.keyboard.type("Quel soutien par projet ?")
    page.keyboard.press("Enter")
    page.locator("#reponse .texte-reponse").wait_for()
    for _ in range(15):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#reponse a.renvoi')"):
            break
    assert page.evaluate("document.activeElement.matches('#reponse a.renvoi')")
    page.keyboard.press("Enter")
    page.get_by_role("region", name="Page du document").wait_for()
    assert page.evaluate("document.activeElement.closest('#visionneuse') !== null")
    page.keyboard.press("Escape")
    # Back where the reader was.
    assert page.evaluate("document.activeElement.matches('#reponse a.renvoi')")
    assert page.locator("#sources").is_visible()


def test_a_source_card_opens_its_page(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Quel soutien par projet ?")
    cards = page.locator("#sources .source")
    assert cards.count() == 2
    # Anywhere on the card, not only on its title, whose link is stretched over it.
    cards.nth(1).locator(".extrait").click(force=True)
    page.get_by_text("Page 2 sur 2").wait_for()
    page.get_by_role("button", name="Fermer la page").click()
    assert cards.nth(1).is_visible()


def test_not_found_says_so_and_what_to_do(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Inexistant zzz ?")
    shown = page.locator("#reponse").inner_text()
    assert "Non trouvé dans le corpus" in shown
    assert "Aucune phrase du corpus ne répond" in shown
    assert page.locator("#reponse a.renvoi").count() == 0


def test_what_is_new_is_said_aloud_once_without_its_numbers(page) -> None:  # type: ignore[no-untyped-def]
    said = page.locator("#annonces")
    assert said.get_attribute("aria-live") == "polite"
    assert page.locator("#reponse").get_attribute("aria-live") is None
    # What is said replaces what was: everything that passes there is kept.
    page.evaluate(
        """() => {
          const region = document.querySelector("#annonces");
          window.annonces = [];
          new MutationObserver(() => window.annonces.push(region.innerText)).observe(region, {
            childList: true, characterData: true, subtree: true,
          });
        }"""
    )
    ask(page, "Quel soutien par projet ?")
    said.get_by_text("Phrases reprises mot pour mot").wait_for()
    heard = " ".join(page.evaluate("window.annonces")).replace("\u00a0", " ")
    assert "40 000 euros au plus par projet." in heard
    assert "Citation" not in heard


def test_the_rest_of_a_long_answer_opens_by_keyboard_where_the_reader_was(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Quelle longue liste de soutien ?")
    items = page.locator("#reponse .texte-reponse li")
    assert items.count() == 24
    assert sum(item.is_visible() for item in items.all()) == 10
    more = page.locator("#reponse .suite > summary")
    more.focus()
    before = more.bounding_box()
    page.keyboard.press("Enter")
    items.last.wait_for()
    after = more.bounding_box()
    assert before is not None and after is not None
    assert abs(before["y"] - after["y"]) <= 1
    assert page.evaluate("document.activeElement.matches('.suite > summary')")
    assert more.inner_text().startswith("Afficher moins")
    page.keyboard.press("Space")
    items.last.wait_for(state="hidden")
    assert more.inner_text().startswith("Afficher plus (14")


def test_what_comes_near_a_refusal_is_folded_under_it(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Quel soutien proche ?")
    near = page.locator("#reponse .extraits-proches")
    assert not near.locator("p", has_text="40 000 euros").is_visible()
    near.locator("summary").focus()
    page.keyboard.press("Enter")
    near.locator("p", has_text="40 000 euros").wait_for()
    assert "Ce n’est pas une réponse" in near.inner_text()
    near.locator("a.renvoi").first.click()
    page.get_by_text("Page 1 sur 2").wait_for()


@pytest.mark.parametrize("width", [360, 1280])
def test_values_that_differ_are_read_on_any_screen(page, width: int) -> None:  # type: ignore[no-untyped-def]
    page.set_viewport_size({"width": width, "height": 740})
    ask(page, "Les montants de soutien diffèrent ?")
    table = page.get_by_role("table", name="Les sources diffèrent : Montant")
    assert table.get_by_role("row").count() == 3
    assert table.get_by_role("rowheader").all_inner_texts() == [
        "40 000 euros au plus par projet",
        "4 M€",
    ]
    wait_until_it_fits(page)
    box = table.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= width
    table.get_by_role("link").first.click()
    page.get_by_text("Page 1 sur 2").wait_for()


@pytest.mark.parametrize(
    ("question", "message"),
    [("   ", "La question est vide."), ("é" * 20_000, "la limite est de 2000")],
)
def test_bad_questions_get_a_sentence(page, question: str, message: str) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Quel soutien par projet ?")
    page.get_by_label("Votre question").fill(question)
    page.get_by_role("button", name="Demander").click()
    page.locator("#reponse .erreur", has_text=message).wait_for()
    # The answer that was there stays, with its sources and its tools.
    assert page.locator("#reponse .texte-reponse").count() == 1
    assert page.locator("#sources .source").count() >= 1
    assert page.locator("#historique .precedente").count() == 0


def test_earlier_questions_keep_their_proofs(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Quel soutien par projet ?")
    ask(page, "Inexistant zzz ?")
    earlier = page.locator("#historique .precedente")
    assert earlier.count() == 1
    earlier.locator("summary").first.click()
    earlier.locator("a.renvoi").click()
    page.get_by_text("Page 1 sur 2").wait_for()


def test_an_example_question_is_asked_in_one_click(page) -> None:  # type: ignore[no-untyped-def]
    example = page.locator("#exemples button").first
    asked = example.inner_text()
    example.click()
    page.locator("#reponse .question-posee", has_text=asked).wait_for()
    assert page.get_by_label("Votre question").input_value() == asked


def test_hostile_text_stays_text(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "pwned étoile consignes ?")
    answer = page.locator("#reponse .texte-reponse")
    assert "<script>window.__pwned = 1</script>" in answer.inner_text()
    # Neither HTML nor Markdown of a document is obeyed.
    assert "*étoile* $x_1$ `code` &lt;b&gt;" in answer.inner_text()
    assert '<a href="javascript:window.__pwned=1">lien</a> <!-- caché -->' in answer.inner_text()
    page.locator("#reponse a.renvoi").first.click()
    page.get_by_text("Texte de la page").click()
    assert "<img src=x onerror=" in page.locator("#visionneuse .texte-page").inner_text()
    page.get_by_role("tab", name="Corpus").click()
    page.locator("#corpus table").wait_for()
    assert "<script>" in page.locator("#corpus").inner_text()
    assert page.locator(".bloc img, #visionneuse script").count() == 0
    nothing_obeyed(page)


def test_the_page_is_french_in_an_english_browser(page) -> None:  # type: ignore[no-untyped-def]
    assert page.evaluate("document.documentElement.lang") == "fr"
    assert page.title() == "Assistant stratégie santé"
    assert page.get_by_role("tab").all_inner_texts() == [
        "Question",
        "Fiches",
        "Corpus",
        "Évaluation",
        "Glossaire",
        "À propos",
    ]
    shown = page.locator("body").inner_text()
    assert "Gradio" not in shown
    assert "API" not in shown


def test_the_about_tab_states_that_nothing_left(page) -> None:  # type: ignore[no-untyped-def]
    page.get_by_role("tab", name="À propos").click()
    about = page.locator("#a-propos")
    about.get_by_text("Aucune tentative de connexion sortante").wait_for()
    assert "Tesseract" in about.inner_text()


def test_nothing_overflows_from_phone_to_wide_screen(page) -> None:  # type: ignore[no-untyped-def]
    widths = (360, 768, 1920)

    def sized():  # type: ignore[no-untyped-def]
        """Each width in turn, checked in both colour schemes once the caller has looked at it."""
        for width in widths:
            page.set_viewport_size({"width": width, "height": 740})
            yield width
            for scheme in ("dark", "light"):
                page.emulate_media(color_scheme=scheme)
                wait_until_it_fits(page)

    assert list(sized())
    ask(page, "Quel soutien par projet ?")
    assert list(sized())
    page.locator("#reponse a.renvoi").click()
    viewer = page.get_by_role("region", name="Page du document")
    viewer.wait_for()
    for width in sized():
        box = viewer.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    page.keyboard.press("Escape")


def test_the_api_documentation_opens_in_the_browser(page, address: str) -> None:  # type: ignore[no-untyped-def]
    shown = page.context.new_page()
    shown.goto(f"{address}/docs")
    assert shown.get_by_role("heading", name="Poser une question", exact=True).is_visible()
    assert shown.evaluate("document.documentElement.lang") == "fr"
    shown.close()

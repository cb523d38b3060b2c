"""What axe-core finds wrong on every screen, light and dark: nothing. And the keyboard alone.

Its script comes with the `axe-playwright-python` package, when that is installed; nothing of it
is kept here. `ASSISTANT_ARTEFACTS` names a folder where the screens and the keys pressed are
kept; by default they go with the test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from tests.navigateur.parcours import (
    HOSTILE,
    file_chooser,
    nothing_obeyed,
    wait_for_image,
    wait_until_it_fits,
)
from tests.navigateur.test_question import ask

pytestmark = pytest.mark.navigateur

SCREENS = {
    "Question": (),
    "Fiches": ("Rédiger", "Portefeuille", "COPIL"),
    "Corpus": ("Documents",),
    "Évaluation": ("Mesurer", "Réponses", "Questions", "Avis des lecteurs"),
    "Glossaire": (),
    "À propos": (),
}
"""Every tab, with those of its own that are always there."""


@pytest.fixture
def artefacts(tmp_path: Path) -> Path:
    """Folder of what is kept of a run."""
    folder = Path(os.environ.get("ASSISTANT_ARTEFACTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def faults(page, rules: str = "") -> list[str]:  # type: ignore[no-untyped-def]
    """Faults of the whole page: their gravity, their rule and where they are."""
    axe = pytest.importorskip("axe_playwright_python")
    if not page.evaluate("'axe' in window"):
        page.evaluate(resources.files(axe).joinpath("axe.min.js").read_text(encoding="utf-8"))
    only = f", runOnly: ['{rules}']" if rules else ""
    found = page.evaluate(f"axe.run(document, {{ resultTypes: ['violations']{only} }})")
    return [
        f"{one['impact']} {one['id']} : {node['html'][:120]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def both_schemes(page) -> list[str]:  # type: ignore[no-untyped-def]
    """Faults in the light scheme, then those of contrast, which alone change, in the dark one."""
    # A colour that is still on its way from one scheme to the other is none of theirs.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = faults(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.locator("body.dark").wait_for()
    found += [f"dark {fault}" for fault in faults(page, "color-contrast")]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.locator("body:not(.dark)").wait_for()
    return found


def every_screen(page) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """Open each tab and sub-tab; gives a name of file."""
    for tab, parts in SCREENS.items():
        page.get_by_role("tab", name=tab, exact=True).first.click()
        inside = page.locator("#onglets > [role=tabpanel]:visible")
        # What a tab lists is read when it opens.
        page.wait_for_timeout(500)
        found = inside.get_by_role("tab").all_inner_texts()
        assert set(parts) <= set(found)
        for part in found or ("",):
            if part:
                inside.get_by_role("tab", name=part, exact=True).click()
                page.wait_for_timeout(300)
            yield "-".join(filter(None, (tab, part))).lower().replace(" ", "-")


def test_a_fault_is_seen(page) -> None:  # type: ignore[no-untyped-def]
    page.evaluate("document.querySelector('#reponse').append(document.createElement('img'))")
    assert any("image-alt" in fault for fault in faults(page))
    page.evaluate("document.querySelector('#reponse > img').remove()")


def test_no_answer_has_a_fault(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    assert both_schemes(page) == []
    ask(page, "Les montants de soutien diffèrent, longue ?")
    page.locator("#filtres > button").click()
    page.locator("#conversations > button").click()
    page.get_by_label("Chercher dans les conversations").wait_for()
    for summary in page.locator("#reponse details > summary, #exporter summary").all():
        summary.click()
    assert both_schemes(page) == []
    page.locator("#reponse a.renvoi").first.click()
    page.get_by_text("Page 1 sur 2").wait_for()
    assert both_schemes(page) == []
    page.keyboard.press("Escape")
    ask(page, "Quel soutien proche ?")
    page.locator("#reponse .extraits-proches > summary").click()
    assert both_schemes(page) == []


def test_the_english_waiting_text_of_gradio_is_not_read_aloud(page) -> None:  # type: ignore[no-untyped-def]
    hidden = page.locator("[data-testid='status-tracker'].hide")
    assert hidden.count() > 1
    seen = hidden.evaluate_all("all => all.map(one => getComputedStyle(one).visibility)")
    assert set(seen) == {"hidden"}


def test_no_screen_has_a_fault_nor_overflows(open_page, artefacts: Path) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    ask(page, "Quel soutien par projet ?")
    found = []
    for name in every_screen(page):
        for summary in page.locator("#a-propos summary, #licences summary").all():
            if summary.is_visible():
                summary.click()
        found += [f"{name} : {fault}" for fault in both_schemes(page)]
        for width, scheme in ((1280, "light"), (1280, "dark"), (640, "light"), (360, "light")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            wait_until_it_fits(page)
            if width != 640:
                page.screenshot(
                    path=artefacts / f"{name}-{width}-{scheme}.png",
                    full_page=True,
                    animations="disabled",
                )
        page.set_viewport_size({"width": 1280, "height": 800})
    assert found == []
    # What is decorative is not read: the attribute that says so does reach the page.
    assert page.locator(".bloc [aria-hidden='true']").count() > 0
    nothing_obeyed(page)


def test_the_statement_has_no_fault(page, address: str) -> None:  # type: ignore[no-untyped-def]
    shown = page.context.new_page()
    shown.goto(f"{address}/accessibilite")
    assert shown.get_by_role("heading", name="État de conformité").is_visible()
    assert shown.evaluate("document.documentElement.lang") == "fr"
    for scheme in ("light", "dark"):
        shown.emulate_media(color_scheme=scheme)
        assert faults(shown) == []
    shown.set_viewport_size({"width": 320, "height": 700})
    wait_until_it_fits(shown)
    shown.close()


class Keys:
    """A person without a mouse: every step is a key, and is written down."""

    def __init__(self, page, file: Path) -> None:  # type: ignore[no-untyped-def]
        self.page = page
        self.file = file
        self.steps: list[str] = []

    def reach(self, selector: str, *, back: bool = False, at_most: int = 120) -> None:
        """Go on with the tabulation key until what is wanted has the focus, and shows it."""
        key = "Shift+Tab" if back else "Tab"
        here = f"document.activeElement.matches({selector!r})"
        pressed = 0
        while not self.page.evaluate(here):
            assert pressed < at_most, f"{selector} n’est pas atteint ; au clavier : {self.steps}"
            self.page.keyboard.press(key)
            pressed += 1
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert self.page.evaluate(outline) != "none", f"le focus de {selector} ne se voit pas"
        self.note(f"{key} × {pressed} → {self.focused()}")

    def press(self, key: str, what: str) -> None:
        self.page.keyboard.press(key)
        self.note(f"{key} : {what}")

    def write(self, words: str) -> None:
        self.page.keyboard.type(words)
        self.note(f"écrit « {words} »")

    def focused(self) -> str:
        script = (
            "(it => (it.getAttribute('aria-label') || it.labels?.[0]?.innerText"
            " || it.innerText || it.tagName).trim())(document.activeElement)"
        )
        return " ".join(str(self.page.evaluate(script)).split())[:90]

    def note(self, step: str) -> None:
        self.steps.append(step)
        lines = (f"{rank}. {said}\n" for rank, said in enumerate(self.steps, start=1))
        self.file.write_text("".join(lines), encoding="utf-8")


def test_the_keyboard_alone_does_the_main_job(open_page, artefacts: Path) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    keys = Keys(page, artefacts / "parcours-clavier.txt")
    # The screens open on the question, which the keyboard leaves for the very first link.
    keys.reach(".evitement", back=True, at_most=20)
    keys.press("Enter", "aller au contenu")
    keys.reach("#question textarea", at_most=5)
    keys.write(f"Quel soutien {HOSTILE} par projet ?")
    keys.press("Enter", "poser la question")
    page.locator("#reponse .texte-reponse").wait_for()
    keys.reach("#reponse a.renvoi")
    keys.press("Enter", "ouvrir la page citée")
    wait_for_image(page)
    keys.reach("#visionneuse button[aria-label='Agrandir la page']")
    keys.press("Enter", "agrandir")
    image = page.locator("#visionneuse img")
    assert image.evaluate("it => it.style.getPropertyValue('--zoom')") == "140%"
    keys.reach("#visionneuse button[aria-label='Page suivante']", back=True)
    keys.press("Enter", "page suivante")
    page.get_by_text("Page 2 sur 2").wait_for()
    keys.press("Escape", "fermer la page")
    assert page.evaluate("document.activeElement.matches('#reponse a.renvoi')")
    keys.reach("#onglets [data-tab-id='fiches']", back=True)
    keys.press("Enter", "onglet « Fiches »")
    keys.reach("#fiche-intitule textarea")
    keys.write(f"Trier {HOSTILE} les appels")
    keys.reach("#fiche-auteur input")
    keys.write("Anne")
    keys.reach("#rediger")
    keys.press("Enter", "rédiger la fiche")
    page.locator("#fiche .titre-fiche", has_text="les appels").wait_for()
    keys.reach("#fiche-exports a[href*='docx']")
    with page.expect_download() as download:
        keys.press("Enter", "exporter en Word")
    assert download.value.suggested_filename.endswith(".docx")
    keys.reach("#onglets [data-tab-id='corpus']", back=True, at_most=200)
    keys.press("Enter", "onglet « Corpus »")

    def choose() -> None:
        keys.reach("#depot-fichiers", at_most=200)
        keys.press("Space", "choisir des fichiers à ajouter")

    file_chooser(page, choose)
    nothing_obeyed(page)

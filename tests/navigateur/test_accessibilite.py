"""What axe-core finds wrong on every screen, light and dark: nothing.

Its script comes with the `axe-playwright-python` package, when that is installed; nothing of it
is kept here.
"""

from __future__ import annotations

from importlib import resources

import pytest

from tests.navigateur.test_question import ask

axe = pytest.importorskip("axe_playwright_python")

pytestmark = pytest.mark.navigateur


def faults(page) -> list[str]:  # type: ignore[no-untyped-def]
    """Faults of the whole page: their gravity, their rule and where they are."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(resources.files(axe).joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['impact']} {one['id']} : {node['html'][:120]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def test_a_fault_is_seen(page) -> None:  # type: ignore[no-untyped-def]
    page.evaluate("document.querySelector('#reponse').append(document.createElement('img'))")
    assert any("image-alt" in fault for fault in faults(page))
    page.evaluate("document.querySelector('#reponse > img').remove()")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_has_a_fault(open_page, scheme: str) -> None:  # type: ignore[no-untyped-def]
    page = open_page(scheme=scheme)
    assert faults(page) == []
    ask(page, "Les montants de soutien diffèrent, longue ?")
    page.locator("#filtres > button").click()
    page.locator("#conversations > button").click()
    page.get_by_label("Chercher dans les conversations").wait_for()
    for summary in page.locator("#reponse details > summary, #exporter summary").all():
        summary.click()
    assert faults(page) == []
    page.locator("#reponse a.renvoi").first.click()
    page.get_by_text("Page 1 sur 2").wait_for()
    assert faults(page) == []
    page.keyboard.press("Escape")
    ask(page, "Quel soutien proche ?")
    page.locator("#reponse .extraits-proches > summary").click()
    assert faults(page) == []
    for tab in ("Corpus", "Évaluation", "Glossaire", "À propos"):
        page.get_by_role("tab", name=tab).click()
        assert faults(page) == []

"""The main path in a browser, for the tests that choose under which roof it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.navigateur.conftest import CHROMIUM, FLAGS, PATIENCE_MS


def wait_for_image(page: Page) -> None:
    """Wait until the viewer shows its page.

    Not with `wait_for_function`, which evaluates a string in the page: its policy forbids it.
    """
    image = page.locator("#visionneuse img")
    _wait(lambda: bool(image.evaluate("image => image.complete && image.naturalWidth > 0")))


def wait_until_it_fits(page: Page) -> None:
    """Wait until nothing is wider than the window: a page just resized takes a moment."""
    _wait(lambda: page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0)


HOSTILE = '<img src=x onerror="window.__pwned = 1"><!-- x --><svg onload="window.__pwned = 1">'
"""What a person may type where it is shown again, and which must stay text."""


def nothing_obeyed(page: Page) -> None:
    """Neither a script has run nor a tag been made of foreign text, anywhere in the page."""
    assert page.evaluate("window.__pwned") is None
    obeyed = "[onerror], [onload], [href^='javascript:'], [src='x'], .bloc :is(script, svg, iframe)"
    assert [one.evaluate("it => it.outerHTML") for one in page.locator(obeyed).all()] == []


def _wait(reached: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE_MS / 1000
    while not reached():
        assert time.monotonic() < limit, "what is waited for does not come"
        time.sleep(0.05)


def main_path(address: str) -> str:
    """Ask, open the cited page, visit every tab; gives the text of the answer."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.get_by_label("Votre question").fill("Quel soutien par projet ?")
        page.get_by_role("button", name="Demander").click()
        page.locator("#reponse .texte-reponse").wait_for()
        answer = page.locator("#reponse .texte-reponse").inner_text()
        page.locator("#reponse a.renvoi").click()
        wait_for_image(page)
        for tab in ("Corpus", "À propos"):
            page.get_by_role("tab", name=tab).click()
        browser.close()
    return answer


def file_chooser(page: Any, press: Callable[[], None]) -> Any:
    """What opens when a key is pressed on the files' button; again when a redraw took the key."""
    from playwright.sync_api import TimeoutError as Late

    for _ in range(8):
        try:
            with page.expect_file_chooser(timeout=15_000) as chooser:
                press()
        except Late:
            continue
        return chooser.value
    raise AssertionError("Le choix des fichiers ne s’ouvre pas.")

"""The « Corpus » tab in a browser: files are added, described and taken out by who may."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.access.model import Role
from tests.navigateur.conftest import PATIENCE_MS, running
from tests.navigateur.parcours import file_chooser, wait_until_it_fits
from tests.navigateur.serveur_corpus import write_pdf
from tests.navigateur.test_accessibilite import faults

pytestmark = pytest.mark.navigateur

TITLE = "Guide des aides a la telesurveillance"
ADDED = "Compte rendu du comite de pilotage"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of the screens, and the folder of their server."""
    folder = tmp_path_factory.mktemp("corpus")
    with running("tests.navigateur.serveur_corpus", str(folder), "{port}") as address:
        yield address, folder


@pytest.fixture
def signed_in(browser: Any, kept: tuple[str, Path]) -> Iterator[Callable[[Role], Any]]:
    """The « Corpus » tab as a role sees it; checks the console at the end."""
    address, folder = kept
    complaints: list[str] = []
    contexts = []

    def open_(role: Role) -> Any:
        context = browser.new_context(locale="en-US")
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(f"{address}/connexion")
        page.get_by_label("Votre clé d’accès").fill((folder / role.value).read_text())
        page.get_by_role("button", name="Se connecter").click()
        page.get_by_role("button", name="Demander").wait_for()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type in {"error", "warning"} else None
            ),
        )
        page.get_by_role("tab", name="Corpus").click()
        page.locator("#corpus table").wait_for()
        return page

    yield open_
    for context in contexts:
        context.close()
    # Of an ended session, the browser says what the screen does.
    assert [one for one in complaints if "401" not in one] == []


def settled(page: Any, *said: str) -> None:
    """Wait for the end of the work under way, which says all of this."""
    over = page.locator("#corpus-progres:has(.fini)")
    for words in said:
        over = over.filter(has_text=words)
    over.wait_for()


def choose(page: Any, *files: Path) -> None:
    """Choose files with the keyboard alone, from the tab above the place where they go."""
    page.get_by_role("tab", name="Sources officielles").wait_for()

    def press() -> None:
        page.get_by_role("tab", name="Documents", exact=True).focus()
        for _ in range(8):
            page.keyboard.press("Tab")
            if page.locator("#depot-fichiers").evaluate("one => one === document.activeElement"):
                break
        page.keyboard.press("Enter")

    file_chooser(page, press).set_files([str(one) for one in files])


def test_documents_are_added_described_and_taken_out(
    signed_in: Callable[[Role], Any], tmp_path: Path
) -> None:
    page = signed_in(Role.ADMINISTRATOR)
    good, damaged = (tmp_path / f"{name}.pdf" for name in ("cr", "abime"))
    write_pdf(good, ADDED, "Le comite retient trois projets.")
    damaged.write_bytes(good.read_bytes()[:400])
    # As a Mac writes it, accents apart: the server keeps it under the usual form.
    second = tmp_path / unicodedata.normalize("NFD", "synthèse.pdf")
    write_pdf(second, "Appel a projets de teleexpertise")

    choose(page, good, damaged)
    sent = page.locator(".envois li")
    sent.filter(has_text="cr.pdf").get_by_text(re.compile("Reçu|Lu")).wait_for()
    settled(page, "1\u00a0document lu, 1\u00a0fichier refusé", "abime.pdf\u00a0: refusé")
    sent.filter(has_text="cr.pdf").get_by_text("Lu", exact=True).wait_for()
    sent.filter(has_text="abime.pdf").get_by_text("Refusé").wait_for()
    # The list and the filters follow, without a reload.
    page.locator("#corpus a", has_text=ADDED).wait_for()
    page.get_by_role("tab", name="Fichiers refusés").click()
    page.locator("#corpus-refuses li", has_text="abime.pdf").wait_for()
    page.get_by_role("tab", name="Documents", exact=True).click()
    choose(page, second)
    settled(page, "synthèse.pdf")
    sent.nth(2).get_by_text("Lu", exact=True).wait_for()
    page.get_by_role("heading", name=re.compile("^3\\s*documents")).wait_for()

    # As pasted with the mouse: no key is pressed.
    page.get_by_label("Chercher un document").fill("comite")
    page.locator("#corpus tbody tr", has_text="teleexpertise").wait_for(state="detached")
    page.locator("#corpus a", has_text=ADDED).click()
    page.locator("#corpus-document h2", has_text=ADDED).wait_for()
    page.get_by_label("Chercher un document").fill("")
    page.locator("#corpus tbody tr", has_text="teleexpertise").wait_for()
    page.get_by_role("button", name="Corriger la description").click()
    page.locator("#corpus-champ-title textarea").fill("Comité du 3 mars")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.locator("#corpus a", has_text="Comité du 3 mars").wait_for()
    page.locator("#corpus-document", has_text="indiqué par vous").wait_for()
    page.get_by_text("Indiqué par vous. Lu dans le document").wait_for()
    settled(page)

    page.get_by_role("button", name="Retirer du corpus…").click()
    asked = page.locator("#corpus-confirmer")
    asked.get_by_text("Retirer « Comité du 3 mars »").wait_for()
    asked.get_by_text("cr.pdf » est effacé de ce serveur").wait_for()
    asked.get_by_role("button", name="Retirer ce document").click()
    page.get_by_text("Le document est retiré du corpus.").wait_for()
    page.locator("#corpus a", has_text="Comité du 3 mars").wait_for(state="detached")
    assert page.locator("#corpus tbody tr").count() == 2


def test_the_sign_in_page_has_no_fault(browser: Any, kept: tuple[str, Path]) -> None:
    page = browser.new_page(locale="en-US")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{kept[0]}/connexion")
    page.get_by_label("Votre clé d’accès").wait_for()
    assert page.evaluate("document.documentElement.lang") == "fr"
    assert faults(page) == []
    page.get_by_label("Votre clé d’accès").fill("inconnue")
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("alert").wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert faults(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    wait_until_it_fits(page)
    page.close()


def test_a_reader_sees_what_was_read_and_nothing_that_changes_it(
    signed_in: Callable[[Role], Any],
) -> None:
    page = signed_in(Role.READER)
    page.locator("#corpus a", has_text=TITLE).click()
    page.locator("#corpus-document", has_text="2\u00a0pages lues").wait_for()
    for name in ("Ajouter des documents", "Retirer du corpus…", "Fichiers refusés"):
        assert page.get_by_text(name).count() == 0
    assert not page.locator("#depot-fichiers").is_visible()
    assert page.get_by_role("tab", name="Évaluation").count() == 0
    # A session that ends says so, and how to come back to what was typed.
    page.context.clear_cookies()
    page.locator("#corpus a", has_text=TITLE).click()
    page.locator("#session-finie", has_text="Votre session est terminée").wait_for()

"""Written answers in a real browser: the real engine, against a scripted model server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.generation.fake_server import FakeModelServer, Reply, phrases, serving
from tests.navigateur.conftest import pages_in_turn, running, taken

pytestmark = pytest.mark.navigateur

MONEY = "Quel est le montant du financement par projet ?"
TRUE = "Le financement peut atteindre 20 000 euros par projet."
FALSE = "Le comité se réunit chaque lundi à Marseille."
LET_GO_S = 120.0


@pytest.fixture(scope="module")
def written(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, FakeModelServer]]:
    """Address of the screens, and the server of their model."""
    folder = tmp_path_factory.mktemp("redige")
    module = "tests.navigateur.serveur_redige"
    with (
        serving(phrases(TRUE)) as model,
        running(module, str(folder), "{port}", f"{model.url}/v1") as address,
    ):
        yield address, model


@pytest.fixture(scope="module")
def _there() -> Iterator[list[Any]]:
    with pages_in_turn() as opened:
        yield opened


@pytest.fixture
def screens(request, browser, written, _there):  # type: ignore[no-untyped-def]
    """The screens of that server, taken in turn, where extracts are asked for."""
    with taken(request, browser, _there, written[0]) as page:
        page.get_by_label("Extraits").check()
        yield page


def ask_written(page, question: str) -> None:  # type: ignore[no-untyped-def]
    page.get_by_label("Rédigée par le modèle local").check()
    page.locator("#mode-etat", has_text="reformule").wait_for()
    page.get_by_label("Votre question").fill(question)
    page.get_by_role("button", name="Demander").click()


def answered(page):  # type: ignore[no-untyped-def]
    page.locator("#reponse .mode").wait_for()
    return page.locator("#reponse")


def test_the_choice_says_what_it_means_and_is_hidden_without_a_model(  # type: ignore[no-untyped-def]
    page, screens
) -> None:
    assert not page.get_by_text("Forme de la réponse").is_visible()
    page = screens
    assert page.get_by_label("Extraits").is_checked()
    page.get_by_label("Rédigée par le modèle local").check()
    page.locator("#mode-etat", has_text="Modèle joignable").wait_for()
    assert "vérifiée sur les pages" in page.locator("#mode-etat").inner_text()
    page.get_by_label("Extraits").check()
    page.locator("#mode-etat", has_text="mot pour mot").wait_for()


def test_a_written_answer_is_cited_and_tells_what_was_left_out(screens, written) -> None:  # type: ignore[no-untyped-def]
    _, model = written
    model.replies = [phrases(TRUE, FALSE)]
    page = screens
    ask_written(page, MONEY)
    shown = answered(page)
    assert TRUE in shown.locator(".texte-reponse").inner_text()
    assert "Marseille" not in shown.inner_text()
    assert "1 phrase rédigée par le modèle a été écartée" in shown.inner_text()
    assert "Rédigé par le modèle local" in shown.locator(".mode").inner_text()
    shown.locator("a.renvoi").first.click()
    page.get_by_text("Page 1 sur 1").wait_for()
    assert "20 000 euros" in (page.locator("#visionneuse img").get_attribute("alt") or "")


def slow(*texts: str) -> Reply:
    """A reply whose end comes too late for any patience."""
    *first, one, last = phrases(*texts, size=40).pieces
    return Reply([*first, *([" "] * 6000), one, last], pause=0.1)


def test_extracts_are_read_while_the_model_writes_and_stopping_keeps_what_is_proved(  # type: ignore[no-untyped-def]
    screens, written
) -> None:
    _, model = written
    model.replies = [slow(TRUE, FALSE)]
    model.left.clear()
    page = screens
    ask_written(page, MONEY)
    page.locator("#reponse .en-cours").wait_for()
    assert "20 000 euros" in page.locator("#reponse .en-attendant").inner_text()
    page.locator("#reponse .texte-reponse .phrase", has_text=TRUE).wait_for()
    # The page opened from a draft stays open while the model goes on.
    page.locator("#reponse .texte-reponse a.renvoi").click()
    page.get_by_text("Page 1 sur 1").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Arrêter").click()
    shown = answered(page)
    assert "Réponse interrompue" in shown.locator(".interrompue").inner_text()
    assert TRUE in shown.locator(".texte-reponse").inner_text()
    assert "Marseille" not in shown.inner_text()
    assert not page.locator("#arreter").is_visible()
    assert page.evaluate("document.activeElement.matches('#question textarea')")
    # Not only the screen: the model itself was let go.
    assert model.left.wait(LET_GO_S)


def test_leaving_the_page_stops_the_model(open_page, written) -> None:  # type: ignore[no-untyped-def]
    address, model = written
    model.replies = [slow(TRUE, FALSE)]
    model.left.clear()
    page = open_page(at=address)
    ask_written(page, MONEY)
    page.locator("#reponse .texte-reponse .phrase", has_text=TRUE).wait_for()
    page.close()
    assert model.left.wait(LET_GO_S)


def test_a_new_conversation_is_not_written_over_by_the_former_one(screens, written) -> None:  # type: ignore[no-untyped-def]
    _, model = written
    model.replies = [slow(TRUE, FALSE)]
    model.left.clear()
    page = screens
    ask_written(page, MONEY)
    page.locator("#reponse .texte-reponse .phrase", has_text=TRUE).wait_for()
    page.get_by_role("button", name="Nouvelle conversation").click()
    page.locator("#reponse .accueil").wait_for()
    assert model.left.wait(LET_GO_S)
    page.wait_for_timeout(1000)
    assert page.locator("#reponse .accueil").is_visible()


def test_an_absent_model_is_said_and_extracts_answer(screens, written) -> None:  # type: ignore[no-untyped-def]
    """The last of the file: the model does not come back."""
    _, model = written
    model.shutdown()
    model.server_close()
    page = screens
    page.get_by_label("Rédigée par le modèle local").check()
    page.locator("#mode-etat", has_text="Modèle absent").wait_for()
    ask_written(page, MONEY)
    shown = answered(page)
    assert "20 000 euros" in shown.locator(".texte-reponse").inner_text()
    assert "ne répond pas" in shown.inner_text()
    assert "mot pour mot" in shown.locator(".mode").inner_text()

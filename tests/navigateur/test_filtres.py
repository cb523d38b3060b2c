"""Filters in a real browser: chosen, read in the question, removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.navigateur.parcours import wait_until_it_fits
from tests.navigateur.test_question import ask

pytestmark = pytest.mark.navigateur

SUPPORT = "Quel soutien par projet ?"
BOTH = "Quel soutien par projet, avec quelles consignes ?"


@pytest.fixture
def page(page: Any) -> Iterator[Any]:
    """The screens without any filter, their panel folded, before and after."""
    yield page
    page.get_by_role("button", name="Nouvelle conversation").click()
    page.locator("#reponse .accueil").wait_for()
    chips = page.locator("#puces button:visible")
    while left := chips.count():
        chips.first.click()
        chips.nth(left - 1).wait_for(state="hidden")
    if page.locator("#filtres > button.open").count():
        page.locator("#filtres > button").click()


def choose(page, field: str, value: str) -> None:  # type: ignore[no-untyped-def]
    if not page.get_by_label(field, exact=True).is_visible():
        page.locator("#filtres > button").click()
    page.get_by_label(field, exact=True).click()
    page.get_by_role("option", name=value).click()
    page.keyboard.press("Escape")
    page.locator("#puces button:visible").wait_for()


def cited(page) -> list[str]:  # type: ignore[no-untyped-def]
    return page.locator("#sources .source.citee .titre-source").all_inner_texts()


def test_choose_a_filter_then_remove_its_chip(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, BOTH)
    assert len(cited(page)) == 2
    choose(page, "Type de documents", "AMI / AAP (1)")
    ask(page, f"{BOTH} ?")
    assert ["AMI d’essai" in title for title in cited(page)] == [True]
    assert "Recherche limitée à" in page.locator("#reponse").inner_text()
    assert page.get_by_role("button", name="Filtres (1)").is_visible()
    # Removed by the keyboard alone; the same question is asked again, everywhere.
    page.locator("#puces button:visible").focus()
    page.keyboard.press("Enter")
    page.locator("#reponse .portee").wait_for(state="detached")
    page.locator("#sources .source.citee").nth(1).wait_for()
    assert page.locator("#puces button:visible").count() == 0


def test_a_removed_chip_does_not_ask_what_is_still_being_written(page) -> None:  # type: ignore[no-untyped-def]
    choose(page, "Type de documents", "AMI / AAP (1)")
    ask(page, SUPPORT)
    page.get_by_label("Votre question").fill("Quelles consign")
    page.locator("#puces button:visible").click()
    page.locator("#puces button").first.wait_for(state="hidden")
    assert page.locator("#reponse .question-posee").inner_text() == SUPPORT


def test_an_empty_filter_offers_the_whole_corpus(page) -> None:  # type: ignore[no-untyped-def]
    choose(page, "Type de documents", "Comptes rendus et COPIL (1)")
    ask(page, SUPPORT)
    shown = page.locator("#reponse").inner_text()
    assert "Non trouvé dans ce filtre" in shown
    assert "1 hors filtre" in shown
    page.get_by_role("button", name="Chercher dans tout le corpus (1)").click()
    page.locator("#reponse .texte-reponse", has_text="40 000 euros").wait_for()
    assert page.locator("#puces button:visible").count() == 0


def test_a_filter_read_in_the_question_is_shown_and_removable(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, f"Selon l’Agence d’essai, {BOTH[0].lower()}{BOTH[1:]}")
    chip = page.get_by_role("button", name="Lu dans la question : éditeur Agence d’essai")
    chip.wait_for()
    assert len(cited(page)) == 1
    chip.click()
    page.locator("#sources .source.citee").nth(1).wait_for()
    assert not chip.is_visible()


def test_a_doubtful_filter_is_offered_and_becomes_a_chosen_one(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Quel soutien par projet depuis 2030 ?")
    page.get_by_role("button", name="Limiter à : daté depuis 2030").click()
    page.locator("#reponse .portee", has_text="daté depuis 2030").wait_for()
    page.locator("#puces button", has_text="Daté depuis 2030").wait_for()


def test_filters_stay_on_a_phone_screen(page) -> None:  # type: ignore[no-untyped-def]
    page.set_viewport_size({"width": 360, "height": 740})
    choose(page, "Document", "AMI d’essai (ami essai.pdf)")
    ask(page, SUPPORT)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wait_until_it_fits(page)
        box = page.locator("#puces button:visible").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360

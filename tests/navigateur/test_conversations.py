"""Conversations in a real browser: followed, judged, copied, exported, found again, deleted."""

from __future__ import annotations

import json
import re

import pytest

from tests.navigateur.conftest import reload
from tests.navigateur.parcours import wait_until_it_fits
from tests.navigateur.test_question import ask

pytestmark = pytest.mark.navigateur

SUPPORT = "Quel soutien l’AMI d’essai accorde-t-il ?"


def unfold(page) -> None:  # type: ignore[no-untyped-def]
    search = page.get_by_label("Chercher dans les conversations")
    if not search.is_visible():
        page.locator("#conversations > button").click()
    search.wait_for()


def listed(page) -> list[str]:  # type: ignore[no-untyped-def]
    return [item.inner_text() for item in page.locator("#conversations-liste label").all()]


def test_a_follow_up_says_how_it_was_understood_and_can_be_refused(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, SUPPORT)
    assert page.locator("#reponse .comprise").count() == 0
    assert not page.locator("#telle-quelle").is_visible()
    ask(page, "et la date limite ?")
    understood = page.locator("#reponse .comprise")
    understood.wait_for()
    assert "Question comprise" in understood.inner_text()
    assert "AMI" in understood.inner_text()
    page.get_by_role("button", name="Poser la question telle quelle").click()
    page.locator("#telle-quelle").wait_for(state="hidden")
    page.locator("#reponse .attente").wait_for(state="detached")
    assert page.locator("#reponse .comprise").count() == 0
    assert "et la date limite" in page.locator("#reponse .question-posee").inner_text()


def test_an_opinion_and_its_comment_are_kept(page, address: str) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Quel soutien pour cet avis ?")
    page.get_by_role("button", name="Incomplet").click()
    page.locator("#avis-retour", has_text="Avis enregistré").wait_for()
    page.get_by_label("Précisions sur votre avis").fill("Il manque la date.")
    page.locator("#commenter").click()
    page.locator("#avis-commentaire").wait_for(state="hidden")
    found = page.request.get(f"{address}/v1/conversations?recherche=avis").json()
    kept = page.request.get(f"{address}/v1/conversations/{found['conversations'][0]['id']}").json()
    assert kept["turns"][0]["feedback"]["verdict"] == "incomplet"
    assert kept["turns"][0]["feedback"]["comment"] == "Il manque la date."


def test_an_answer_is_copied_with_its_citations(page, address: str) -> None:  # type: ignore[no-untyped-def]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    ask(page, "Quel soutien par projet ?")
    page.get_by_role("button", name="Copier avec citations").click()
    page.get_by_text("Réponse copiée.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Quel soutien par projet ?")
    assert "40 000 euros au plus par projet. [1]" in copied.replace("\u00a0", " ")
    assert "[1] AMI d’essai, page\u00a01" in copied


def test_answers_and_conversations_are_exported(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Quel soutien par projet ?")
    menu = page.locator("#exporter")
    menu.get_by_text("Exporter").click()
    assert menu.get_by_role("link").count() == 10
    with page.expect_download() as download:
        menu.get_by_role("link", name=re.compile("JSON ?, cette réponse")).click()
    saved = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert saved["question"] == "Quel soutien par projet ?"
    with page.expect_download() as download:
        menu.get_by_role("link", name=re.compile("Markdown ?, toute la conv")).click()
    assert download.value.suggested_filename.endswith(".md")


def test_a_reload_shows_the_conversation_again_with_its_proofs(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    ask(page, "Quel soutien rechargé par projet ?")
    ask(page, "Inexistant zzz ?")
    reload(page)
    page.locator("#reponse .question-posee", has_text="Inexistant").wait_for()
    earlier = page.locator("#historique details.precedente")
    earlier.locator("summary").first.click()
    earlier.locator("a.renvoi").first.click()
    page.get_by_text("Page 1 sur 2").wait_for()
    page.keyboard.press("Escape")
    # It goes on where it was, unless the reader begins another one.
    ask(page, "Quel soutien rechargé encore ?")
    assert page.locator("#historique details.precedente").count() == 2
    page.get_by_role("button", name="Nouvelle conversation").click()
    page.locator("#reponse .accueil").wait_for()
    reload(page)
    page.wait_for_timeout(1500)
    assert page.locator("#reponse .accueil").is_visible()


def test_a_conversation_is_found_again_by_its_words(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Quel soutien retrouvé par projet ?")
    ask(page, "Inexistant zzz ?")
    page.get_by_role("button", name="Nouvelle conversation").click()
    page.locator("#reponse .accueil").wait_for()
    unfold(page)
    page.get_by_label("Chercher dans les conversations").fill("retrouvé")
    page.locator("#conversations-liste label").nth(1).wait_for(state="detached")
    chosen = page.locator("#conversations-liste label", has_text="Quel soutien retrouvé")
    chosen.locator("input").check()
    page.locator("#reponse .question-posee", has_text="Inexistant").wait_for()
    earlier = page.locator("#historique details.precedente")
    earlier.locator("summary").first.click()
    earlier.locator("a.renvoi").first.click()
    page.get_by_text("Page 1 sur 2").wait_for()
    page.keyboard.press("Escape")
    page.get_by_label("Chercher dans les conversations").fill("")


def test_a_conversation_is_renamed_begun_anew_and_deleted(page) -> None:  # type: ignore[no-untyped-def]
    ask(page, "Quel soutien à supprimer ?")
    unfold(page)
    page.get_by_label("Titre de la conversation ouverte").fill("Dossier éphémère")
    page.get_by_role("button", name="Renommer").click()
    page.locator("#conversations-retour", has_text="renommée").wait_for()
    renamed = page.locator("#conversations-liste label", has_text="Dossier éphémère")
    renamed.wait_for()
    page.get_by_role("button", name="Nouvelle conversation").click()
    page.locator("#reponse .accueil").wait_for()
    assert page.locator("#historique details").count() == 0
    renamed.locator("input").check()
    page.locator("#reponse .texte-reponse").wait_for()
    page.get_by_role("button", name="Supprimer", exact=True).click()
    assert "Dossier éphémère" in page.locator("#conversation-confirmer").inner_text()
    page.get_by_role("button", name="Annuler").click()
    page.locator("#conversation-confirmer").wait_for(state="hidden")
    page.get_by_role("button", name="Supprimer", exact=True).click()
    page.get_by_role("button", name="Supprimer définitivement").click()
    page.locator("#conversations-retour", has_text="supprimée").wait_for()
    renamed.wait_for(state="detached")
    assert page.locator("#reponse .texte-reponse").count() == 0


def test_conversations_stay_on_a_phone_screen(page) -> None:  # type: ignore[no-untyped-def]
    page.set_viewport_size({"width": 360, "height": 740})
    ask(page, SUPPORT)
    ask(page, "et la date limite ?")
    unfold(page)
    page.locator("#exporter").get_by_text("Exporter").click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wait_until_it_fits(page)

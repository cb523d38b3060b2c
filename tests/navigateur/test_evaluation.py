"""The evaluator's work in a real browser: a set, a run, its figures, its answers judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.navigateur.parcours import HOSTILE, nothing_obeyed

pytestmark = pytest.mark.navigateur


def fill_question(page, text: str, kind: str, fact: str) -> None:  # type: ignore[no-untyped-def]
    page.locator("#question-texte textarea").fill(text)
    choose(page, "#question-nature", kind)
    page.locator("#question-moitie").get_by_label("réglage").check()
    if fact:
        choose(page, "#question-document", "ami essai.pdf")
        page.locator("#question-page input, #question-page textarea").fill("1")
        page.locator("#question-faits textarea").fill(fact)
    page.get_by_role("button", name="Ajouter comme nouvelle").click()
    page.locator("#question-retour", has_text="ajoutée au jeu").wait_for()


def choose(page, where: str, option: str) -> None:  # type: ignore[no-untyped-def]
    page.locator(f"{where} input").click()
    page.locator(f"{where} [role=option]", has_text=option).first.click()


def part(page, name: str) -> None:  # type: ignore[no-untyped-def]
    page.get_by_role("tab", name=name, exact=True).last.click()


def test_a_set_is_written_run_read_judged_and_exchanged(open_page, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    page.get_by_role("tab", name="Évaluation").click()
    part(page, "Questions")
    # A set that comes with the software is not written: no button says otherwise, and why is said.
    page.locator("#question-fourni", has_text="copiez-le d’abord").wait_for()
    assert not page.get_by_role("button", name="Ajouter comme nouvelle").is_visible()
    page.get_by_role("button", name="Créer, copier ou supprimer un jeu").click()
    page.locator("#jeu-nom :is(input, textarea)").fill("Essai")
    page.get_by_role("button", name="Créer un jeu vide").click()
    page.locator("#question-retour", has_text="Jeu «\u00a0essai\u00a0» créé").wait_for()
    fill_question(page, "Quel soutien par projet ?", "Nombre", "41 000 euros")
    # What the page does not hold is said at once, and the page opens beside.
    findings = page.locator("#question-constats")
    findings.get_by_text("ne se trouve pas sur la page attendue").wait_for()
    page.locator("#question-faits textarea").fill("40 000 euros")
    page.get_by_role("button", name="Corriger la question").click()
    findings.get_by_text("se trouve à la page 1").wait_for()
    findings.get_by_role("link", name="Voir la page 1").first.click()
    page.locator("#panneau-questions #visionneuse").get_by_text("Page 1 sur 2").wait_for()
    page.keyboard.press("Escape")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Exporter (CSV)").click()
    table = tmp_path / "jeu.csv"
    text = saved.value.path().read_text(encoding="utf-8-sig")
    hostile = HOSTILE.replace('"', '""')
    more = f';"Qui préside {hostile} le comité xyz\u00a0?";réponse absente;dev' + ";" * 10
    table.write_text(f"{text}{more}\r\n", encoding="utf-8-sig")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("link", name="Importer un tableau").click()
    chosen.value.set_files(table)
    page.get_by_text("Tableau importé\u00a0: 2 questions lues, 2 dans le jeu").wait_for()
    page.locator("#jeu-question label", has_text="comité xyz").wait_for()

    part(page, "Mesurer")
    page.wait_for_timeout(500)  # its lists are drawn again when it opens

    choose(page, "#evaluation-jeu", "essai")
    page.get_by_role("button", name="Lancer l’évaluation").click()
    figures = page.locator("#evaluation-chiffres table")
    figures.wait_for()
    assert "Réponses justes" in figures.inner_text()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Ouvrir le rapport complet").click()
    opened.value.get_by_text("le comité xyz").first.wait_for()
    nothing_obeyed(opened.value)
    opened.value.close()

    part(page, "Réponses")
    # By keyboard: from the list to the answer, its page, and what one says of it.
    page.locator("#annotation-question input").first.focus()
    page.keyboard.press("Space")
    page.locator("#annotation-verdict", has_text="réponse juste").wait_for()
    page.locator("#annotation-reponse a.renvoi").first.focus()
    page.keyboard.press("Enter")
    page.locator("#panneau-annotation #visionneuse").get_by_text("Page 1 sur 2").wait_for()
    page.keyboard.press("Escape")
    for name, mark in (("Anne", "Juste"), ("Bruno", "Faux")):
        page.locator("#annotation-nom :is(input, textarea)").fill(name)
        page.locator("#annotation-avis").get_by_label(mark).check()
        page.get_by_role("button", name="Enregistrer l’avis").click()
        page.locator("#annotation-dits", has_text=name).wait_for()
    page.get_by_role("button", name="Accord entre deux annotateurs").click()
    page.locator("#accord-resultat", has_text="1 réponse en commun").wait_for()
    nothing_obeyed(page)

"""Fiches in a real browser: drafted, checked on their pages, edited by two people, compared."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.navigateur


def draft(page, title: str, name: str = "Anne") -> None:  # type: ignore[no-untyped-def]
    page.get_by_role("tab", name="Fiches").click()
    page.get_by_role("tab", name="Rédiger").click()
    page.get_by_label("Votre nom").fill(name)
    page.get_by_label("Intitulé du cas d’usage").fill(title)
    page.get_by_role("button", name="Rédiger la fiche").click()
    page.locator("#fiche .titre-fiche", has_text=title).wait_for()


def open_kept(page, title: str, name: str) -> None:  # type: ignore[no-untyped-def]
    page.get_by_role("tab", name="Fiches").click()
    page.get_by_label("Votre nom").fill(name)
    page.get_by_role("tab", name="Portefeuille").click()
    page.get_by_role("link", name=title).first.click()
    page.locator("#fiche .titre-fiche", has_text=title).wait_for()


def edit(page, key: str) -> None:  # type: ignore[no-untyped-def]
    """By keyboard: the link, then the form has the focus."""
    page.locator(f"#champ-{key} a.commande").press("Enter")
    page.locator("#fiche-edition-titre h2:focus").wait_for()


def unfold(page, where: str) -> None:  # type: ignore[no-untyped-def]
    """Open what a former test of the same page may have left open."""
    button = page.locator(f"{where} > button")
    if not button.evaluate("it => it.classList.contains('open')"):
        button.click()


def save(page) -> None:  # type: ignore[no-untyped-def]
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.locator("#fiche-edition-retour", has_text="Enregistré").wait_for()


def test_a_drafted_fiche_is_checked_on_its_page_and_completed(page) -> None:  # type: ignore[no-untyped-def]
    draft(page, "Prévoir l’afflux aux urgences")
    assert "à compléter" in page.locator("#champ-risques").inner_text()
    assert "passée" in page.locator("#champ-financement").inner_text()
    page.locator("#champ-besoin a.renvoi").click()
    page.get_by_text("Page 1 sur 2").wait_for()
    assert page.locator("#panneau-fiche #visionneuse").is_visible()
    page.keyboard.press("Escape")
    edit(page, "risques")
    page.get_by_label("Votre texte").fill("Une panne renvoie au papier.")
    save(page)
    field = page.locator("#champ-risques").inner_text()
    assert "Une panne renvoie au papier." in field
    assert "saisie" in field
    edit(page, "impacts")
    strong = page.get_by_label("Fort")
    strong.check()
    strong.hover()
    # What has just been clicked looks chosen, still under the pointer.
    assert strong.evaluate("it => getComputedStyle(it).backgroundColor") != "rgb(255, 255, 255)"
    page.get_by_label("Argument de la note").fill("Mesuré.")
    save(page)
    assert page.locator("#champ-matrice img").count() == 1
    page.get_by_role("button", name="Fermer").click()
    page.locator("#champ-impacts a.commande:focus").wait_for()


def test_a_browser_keeps_the_name_and_never_overwrites_one_being_typed(page) -> None:  # type: ignore[no-untyped-def]
    page.get_by_role("tab", name="Fiches").click()
    page.get_by_label("Votre nom").fill("Anne Martin")
    address, page = page.url, page.context.new_page()
    page.goto(address)
    page.get_by_role("tab", name="Fiches").click()
    assert page.get_by_label("Votre nom").input_value() == "Anne Martin"
    page.get_by_label("Votre nom").fill("Bruno")
    page.get_by_label("Intitulé du cas d’usage").fill("Prévoir les lits d’aval")
    page.get_by_role("button", name="Rédiger la fiche").click()
    page.locator("#fiche .titre-fiche", has_text="Prévoir les lits").wait_for()
    assert page.get_by_label("Votre nom").input_value() == "Bruno"
    page.get_by_role("tab", name="Portefeuille").click()
    assert "Bruno" in page.locator(".portefeuille > li", has_text="lits d’aval").inner_text()
    page.close()


def test_words_save_themselves_and_are_kept_by_the_browser_when_they_cannot(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    draft(page, "Prévoir les sorties d’hospitalisation")
    edit(page, "risques")
    words = page.get_by_label("Votre texte")
    words.press_sequentially("Une panne.")
    # Leaving the box for something else saves it; the box is left as it is.
    page.get_by_label("Votre nom").focus()
    page.locator("#fiche-seul", has_text="Enregistré automatiquement").wait_for()
    page.locator("#champ-risques", has_text="Une panne.").wait_for()
    assert words.input_value() == "Une panne."
    words.press_sequentially(" Et un retour au papier.")
    words.evaluate("box => box.setSelectionRange(3, 3)")
    # Another field is opened: the words are saved first, and nothing is asked.
    page.locator("#champ-suite a.commande").click()
    page.locator("#fiche-edition-titre h2", has_text="Suite").wait_for()
    page.locator("#champ-risques", has_text="retour au papier").wait_for()
    page.locator("#fiche-historique > button").click()
    page.locator("#fiche-revisions").wait_for()
    # One line of history for both, and no conflict with oneself.
    assert page.locator("#fiche-revisions li", has_text="automatique").count() == 1
    edit(page, "risques")
    # The server cannot write them: this browser has them, and leaving asks first.
    page.get_by_label("Votre nom").fill("")
    words.press_sequentially(" Écrit sans nom.")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.locator("#fiche-fermer").click()
    page.locator("#fiche-seul .attention", has_text="Votre nom manque").wait_for()
    page.wait_for_timeout(200)
    assert "n’est pas enregistré" in asked[0]
    kept = words.input_value()
    assert kept.endswith("Écrit sans nom.")
    # The browser is closed on it; the words are offered back.
    address, page = page.url, page.context.new_page()
    page.goto(address)
    open_kept(page, "Prévoir les sorties d’hospitalisation", "Anne")
    edit(page, "risques")
    page.locator(".reprise", has_text="Écrit sans nom.").wait_for()
    page.get_by_role("button", name="Reprendre ces mots").click()
    assert page.get_by_label("Votre texte").input_value() == kept
    save(page)
    assert "Écrit sans nom." in page.locator("#champ-risques").inner_text()
    edit(page, "risques")
    assert page.locator(".reprise").count() == 0


def test_two_people_on_one_field_lose_no_word(page, open_page) -> None:  # type: ignore[no-untyped-def]
    first = page
    draft(first, "Trier les appels du SAMU")
    second = open_page()
    open_kept(second, "Trier les appels du SAMU", "Bruno")
    edit(first, "suite")
    edit(second, "suite")
    first.get_by_label("Votre texte").fill("Décider en mai.")
    save(first)
    second.get_by_label("Votre texte").fill("Décider en juin.")
    second.get_by_role("button", name="Enregistrer", exact=True).click()
    conflict = second.locator("#fiche-conflit .cote-a-cote")
    conflict.wait_for()
    assert "Décider en mai." in conflict.inner_text()
    assert "Décider en juin." in conflict.inner_text()
    assert second.get_by_label("Votre texte").input_value() == "Décider en juin."
    second.get_by_role("button", name="Réunir les deux textes").click()
    second.get_by_role("button", name="Enregistrer", exact=True).wait_for()
    save(second)
    field = second.locator("#champ-suite").inner_text()
    assert "Décider en mai." in field
    assert "Décider en juin." in field


def test_a_fiche_is_reviewed_looked_back_at_exported_and_deleted(page) -> None:  # type: ignore[no-untyped-def]
    draft(page, "Planifier le bionettoyage")
    unfold(page, "#fiche-etat")
    page.get_by_role("button", name="Rafraîchir les preuves").click()
    page.locator("#fiche-retour", has_text="à jour").wait_for()
    page.get_by_role("button", name="Mettre en revue").click()
    page.locator("#fiche-retour", has_text="en revue").wait_for()
    page.get_by_role("button", name="Valider").click()
    page.locator("#fiche-retour", has_text="validée").wait_for()
    # A validated fiche is not edited; the message may come just before the fields are drawn again.
    # A link may stay: the one to a fiche that looks like it.
    page.locator("#fiche a[href^='#fiche:modifier']").first.wait_for(state="detached")
    page.get_by_role("button", name="Rendre au brouillon").click()
    page.locator("#fiche-retour", has_text="commentaire").wait_for()
    unfold(page, "#fiche-historique")
    page.get_by_role("button", name="Comparer").click()
    page.locator("#fiche-diff", has_text="validée").wait_for()
    with page.expect_download() as download:
        page.locator("#fiche-exports").get_by_role("link", name="JSON").click()
    saved = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert saved["state"] == "validee"
    page.get_by_role("tab", name="Portefeuille").click()
    row = page.locator(".portefeuille > li", has_text="bionettoyage")
    row.get_by_role("link", name="Supprimer").click()
    page.locator("#fiche-confirmer", has_text="bionettoyage").wait_for()
    page.get_by_role("button", name="Annuler").last.click()
    page.locator("#fiche-confirmer").wait_for(state="hidden")
    row.get_by_role("link", name="Supprimer").click()
    page.get_by_role("button", name="Supprimer définitivement").last.click()
    row.wait_for(state="detached")
    page.get_by_role("tab", name="Rédiger").click()
    assert page.locator("#fiche .titre-fiche").count() == 0
    # What was exported comes back; what is no fiche is refused in words.
    page.get_by_role("tab", name="Portefeuille").click()
    for content, answer in (
        (b"{}", "Ce n’est pas une fiche"),
        (json.dumps(saved).encode(), None),
    ):
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Importer une fiche").click()
        file = {"name": "fiche.json", "mimeType": "application/json", "buffer": content}
        chooser.value.set_files(file)
        if answer:
            page.locator("#fiche-import-retour .alerte", has_text=answer).wait_for()
    page.locator("#fiche .titre-fiche", has_text="bionettoyage").wait_for()


def test_the_portfolio_is_searched_and_its_files_are_saved(page) -> None:  # type: ignore[no-untyped-def]
    draft(page, "Repérer les chutes à domicile")
    edit(page, "impacts")
    page.get_by_label("Fort").check()
    save(page)
    page.get_by_role("tab", name="Portefeuille").click()
    page.get_by_label("Chercher dans les fiches").fill("chutes")
    page.locator("#portefeuille-liste h2", has_text="1 fiche").wait_for()
    # By keyboard: the bar of an axis narrows the list, the point of a fiche says what it is.
    page.locator("#portefeuille-graphiques .axe-lien").press("Enter")
    page.locator("#portefeuille-liste h2:focus").wait_for()
    page.locator("#portefeuille-graphiques .choisi", has_text="Pilotage").wait_for()
    page.get_by_role("link", name="Montrer tous les axes").click()
    page.locator("#portefeuille-graphiques .choisi").wait_for(state="detached")
    point = page.locator(".plan a")
    bubble = point.locator(".bulle", has_text="chutes")
    assert not bubble.is_visible()
    # The picture may be drawn once more after the list; the focus then starts again.
    for _ in range(60):
        point.focus()
        if bubble.is_visible():
            break
        page.wait_for_timeout(500)
    bubble.wait_for()
    assert "1 critère noté" in bubble.inner_text().replace("\u00a0", " ")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    assert "chutes" in download.value.path().read_text(encoding="utf-8-sig")
    unfold(page, "#portefeuille-dossier")
    with page.expect_download() as download:
        page.locator("#dossier-liens").get_by_role("link", name="Markdown").click()
    assert "chutes" in download.value.path().read_text(encoding="utf-8")
    # On a phone neither the corners nor the words of a point make the plan scroll.
    page.set_viewport_size({"width": 360, "height": 740})
    plan = page.locator(".defilable", has=page.locator(".matrice"))
    assert plan.evaluate("it => it.scrollWidth - it.clientWidth") <= 0
    corners = [one.bounding_box()["height"] for one in page.locator(".coin span").all()]
    assert len(corners) == 8
    assert max(corners) < 25
    page.set_viewport_size({"width": 1280, "height": 720})
    point.press("Enter")
    page.locator("#fiche .titre-fiche", has_text="chutes").wait_for()
    page.get_by_role("tab", name="Portefeuille").click()
    page.get_by_label("Chercher dans les fiches").fill("")


def test_fiches_have_no_fault_and_stay_on_a_phone_screen(page) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("axe_playwright_python")
    from tests.navigateur.test_accessibilite import both_schemes, faults

    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("tab", name="Fiches").click()
    page.get_by_role("tab", name="Rédiger").click()
    unfold(page, "#fiche-precisions")
    draft(page, "Planifier les équipes")
    page.locator("#champ-impacts").wait_for()
    # What was drafted is in sight, though the form above is longer than a phone.
    assert page.locator("#fiche .titre-fiche").bounding_box()["y"] < 740 * 0.65
    for summary in page.locator("#fiche details > summary").all():
        summary.click()
    for key in ("besoin", "impacts", "axe", "fonctions", "financement"):
        edit(page, key)
        assert faults(page) == []
        # The form is read at once, and no part of the fiche widens the whole of it.
        assert page.locator("#fiche-edition-titre h2").bounding_box()["y"] < 200
        assert page.locator("#fiche").evaluate("it => it.scrollWidth - it.clientWidth") <= 0
    for tool in ("#fiche-etat", "#fiche-historique", "#fiche-precisions"):
        unfold(page, tool)
    page.get_by_role("button", name="Comparer").click()
    page.locator("#fiche-diff h3").wait_for()
    assert both_schemes(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator("#champ-besoin a.renvoi").click()
    page.get_by_text("Page 1 sur 2").wait_for()
    assert both_schemes(page) == []
    page.keyboard.press("Escape")
    for tab in ("Portefeuille", "COPIL"):
        page.get_by_role("tab", name=tab, exact=True).click()
        page.wait_for_timeout(500)
        assert both_schemes(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

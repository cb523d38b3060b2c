"""The fiches without a browser: what is shown of them, and what the form of a field writes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from assistant.fiches.errors import FicheConflictError
from assistant.fiches.listing import FicheFilter
from assistant.fiches.model import Fiche, FicheField, Statement
from assistant.fiches.store import FicheStore
from assistant.settings import Settings
from assistant.suivi.model import Action, Extract, FollowUp, Meeting, State, Track
from tests.api.fake import AMI, FakeEngine
from tests.ui.fiche_essai import draft_sample
from tests.ui.test_rendering import Parsed
from ui.fiches import editor, forms, life, portfolio, saving
from ui.fiches.charts_view import charts_html
from ui.fiches.copil_view import follow_html, follow_sources_html
from ui.fiches.desk import Desk
from ui.fiches.forms import Editing, Form
from ui.fiches.history_view import conflict_html, diff_html, history_html
from ui.fiches.portfolio_view import exports_html, list_html, pack_html
from ui.fiches.view import fiche_html, fiche_sources_html


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(FakeEngine(tmp_path), Settings(index_dir=tmp_path))  # type: ignore[call-arg]


@pytest.fixture
def fiche(desk: Desk) -> Fiche:
    with mock.patch("assistant.fiches.drafting.draft_fiche", draft_sample):
        return desk.draft("Prévoir l’afflux aux urgences", "", "", "", "Anne")


def shown(desk: Desk, fiche: Fiche) -> Parsed:
    html = fiche_html(fiche, desk.documents(), desk.method, editable=desk.editable(fiche))
    return Parsed(html)


def test_a_fiche_says_what_is_proved_partial_and_missing(desk: Desk, fiche: Fiche) -> None:
    page = shown(desk, fiche)
    assert "2\u00a0champs documentés" in page.text
    assert "5. Pilotage & Gestion" in page.text
    assert "d’après «\u00a0afflux\u00a0»" in page.text
    assert "Envisagé ensuite\u00a0: 8. Ressources humaines & QVCT (20\u00a0%)" in page.text
    assert "cadre général" in page.text
    assert "passée" in page.text
    assert "31 juillet 2025" in page.text
    assert "Question à poser" in page.text
    assert "intitulé non connu" in page.text
    # What a hostile document says is text, never markup.
    assert "<script>window.__pwned" in page.text
    assert "script" not in page.tags


def test_a_draft_is_phrased_by_the_model_only_when_asked(desk: Desk) -> None:
    asked = []

    def noted(*arguments: Any, mode: str, **more: Any) -> Fiche:
        asked.append(mode)
        return draft_sample(*arguments, **more)

    with mock.patch("assistant.fiches.drafting.draft_fiche", noted):
        desk.draft("Prévoir l’afflux", "", "", "", "Anne")
        desk.draft("Prévoir l’afflux", "", "", "", "Anne", "generative")
    assert asked == ["extractive", "generative"]


def test_citations_open_their_page_as_in_an_answer(desk: Desk, fiche: Fiche) -> None:
    html = fiche_html(fiche, desk.documents(), desk.method)
    assert f"/v1/documents/{AMI}/pages/1/image?debut=" in html
    assert "class='renvoi'" in html
    assert "AMI d’essai" in Parsed(fiche_sources_html(fiche, desk.documents())).text


def test_a_locked_fiche_offers_no_change(desk: Desk, fiche: Fiche) -> None:
    assert "#fiche:modifier:besoin" in fiche_html(fiche, desk.documents(), desk.method)
    moved, _ = life.moved(desk, fiche, "en_revue", "", "Anne")
    moved, said = life.moved(desk, moved, "validee", "", "Anne")
    assert "validée" in said
    html = fiche_html(moved, desk.documents(), desk.method, editable=desk.editable(moved))
    assert "#fiche:modifier" not in html


def test_what_is_typed_is_split_at_blank_lines() -> None:
    assert forms.paragraphs("Un.\r\n\r\n  Deux,\nsuite. \n \n\n") == ["Un.", "Deux,\nsuite."]
    assert forms.paragraphs(" \n\n ") == []


def form_of(field: FicheField, **changed: Any) -> Form:
    """The form as it opens, then what the person changes in it."""
    opened: dict[str, Any] = {
        "keep": [value for _, value in forms.proofs(field)],
        "windows": [value for _, value in forms.windows(field)],
        "axis": next(iter(forms.chosen(field)), forms.NO_AXIS),
        "functions": forms.chosen(field),
        "typed": forms.typed(field),
    }
    return Form(**opened | changed)


@pytest.mark.parametrize("key", ["intitule", "besoin", "donnees", "financement", "suite"])
def test_a_form_left_as_it_is_changes_nothing(fiche: Fiche, key: str) -> None:
    field = fiche.field(key)
    assert forms.edit_of(field, form_of(field), single=False) is None


def test_saving_a_suggested_axis_retains_it(desk: Desk, fiche: Fiche) -> None:
    field = fiche.field("axe")
    edit = forms.edit_of(field, form_of(field), single=True)
    assert edit is not None
    assert edit.chosen == ["5"]
    kept = desk.store.set_field(fiche.id, "axe", edit, revision=1, author="Anne")
    assert kept.field("axe").status == "documente"
    none = forms.edit_of(field, form_of(field, axis=forms.NO_AXIS), single=True)
    assert none is not None
    assert none.chosen == []


def values(form: Form) -> tuple[Any, ...]:
    return (
        *(form.keep, form.windows, form.axis, form.functions, form.criterion),
        *(form.level, form.argument, form.typed, form.status),
    )


def save(desk: Desk, fiche: Fiche, key: str, author: str, **changed: Any) -> saving.Saved:
    field = fiche.field(key)
    editing = Editing(fiche.id, fiche.revision, field)
    return saving.saved(desk, editing, author, values(form_of(field, **changed)))


def test_dropping_an_extract_and_typing_keep_their_origins(desk: Desk, fiche: Fiche) -> None:
    done = save(desk, fiche, "besoin", "Anne", keep=[], typed="Les cadres le demandent.")
    assert done.fiche is not None
    statements = done.fiche.field("besoin").statements
    assert [(one.text, one.origin) for one in statements] == [
        ("Les cadres le demandent.", "saisie")
    ]
    assert "saisie" in shown(desk, done.fiche).text
    assert "dernière écriture\u00a0: Anne" in shown(desk, done.fiche).text


def test_a_note_comes_with_its_argument_and_moves_the_place(desk: Desk, fiche: Fiche) -> None:
    done = save(desk, fiche, "impacts", "Anne", criterion="IMP_2", level="fort", argument="Mesuré.")
    assert done.fiche is not None
    page = shown(desk, done.fiche).text
    assert "Mesuré." in page
    assert done.fiche.field("matrice").position is not None
    assert "IMP_2 1" in page


def test_nobody_saves_without_a_name(desk: Desk, fiche: Fiche) -> None:
    done = save(desk, fiche, "besoin", "  ", typed="Sans nom.")
    assert done.fiche is None
    assert any("Votre nom manque" in str(one) for one in done.updates)
    assert desk.store.get(fiche.id).revision == 1


def test_two_people_lose_no_word(desk: Desk, fiche: Fiche) -> None:
    assert save(desk, fiche, "suite", "Anne", typed="Décider en mai.").fiche is not None
    # Another field goes through, whatever happened to the first one.
    assert save(desk, fiche, "risques", "Bruno", typed="Panne.").fiche is not None
    refused = save(desk, fiche, "suite", "Bruno", typed="Décider en juin.")
    assert refused.fiche is None
    told = " ".join(one for one in refused.updates if isinstance(one, str))
    assert "Décider en mai." in told
    assert "Décider en juin." in told
    moved = refused.updates[-1]
    both = editor.joined(moved, "Décider en juin.")[0]
    assert both == "Décider en mai.\n\nDécider en juin."
    form = form_of(moved.base, typed=both)
    done = saving.saved(desk, moved, "Bruno", values(form))
    assert done.fiche is not None
    assert [one.text for one in done.fiche.field("suite").statements] == [
        "Décider en mai.",
        "Décider en juin.",
    ]


def test_a_dropped_extract_stays_dropped_over_the_version_of_somebody_else(fiche: Fiche) -> None:
    field = fiche.field("besoin")
    written = Statement(text="Ajout d’Anne.", origin="saisie", kind="typed")
    theirs = field.model_copy(update={"statements": [written, *field.statements]})
    moved, form = forms.rebased(Editing("x", 1, field), form_of(field, keep=[]), theirs, 2)
    assert (moved.revision, form.keep) == (2, [])


def test_history_differences_and_conflicts_are_read_in_words(desk: Desk, fiche: Fiche) -> None:
    done = save(desk, fiche, "suite", "<b>Anne</b>", typed="Décider en mai.").fiche
    assert done is not None
    desk.store.comment(fiche.id, "suite", "À relire <i>vite</i>.", "Bruno")
    labels = {one.key: one.label for one in done.fields}
    comments = desk.store.comments(fiche.id)
    history = Parsed(history_html(desk.store.history(fiche.id), comments, labels))
    assert "Révision 2, modifiée par <b>Anne</b>" in history.text
    assert "À relire <i>vite</i>." in history.text
    changes = desk.store.diff(fiche.id, 1, done.revision)
    assert "Décider en mai." in Parsed(diff_html(changes, 1, 2, desk.method)).text
    assert "Rien n’a changé" in Parsed(diff_html([], 1, 1, desk.method)).text
    field = done.field("suite")
    error = FicheConflictError(
        "m", "r", key="suite", revision=2, base=field, theirs=field, yours=field
    )
    assert "Votre version" in Parsed(conflict_html(error, desk.method)).text


def test_the_portfolio_lists_compares_and_exports(desk: Desk, fiche: Fiche) -> None:
    listed = Parsed(list_html([fiche], 1, desk.method))
    assert "1. Prévoir l’afflux aux urgences" in listed.text
    assert "1\u00a0échéance passée" in listed.text
    charts = Parsed(charts_html([fiche], desk.method))
    assert "5. Pilotage & Gestion" in charts.text
    assert "#fiche:axe:5" in charts.links
    assert "#fiche:axe:1" not in charts.links
    # A fiche without notes is told in words, not left out.
    assert "Sans position, faute de notes" in charts.text
    noted = save(desk, fiche, "impacts", "Anne", criterion="IMP_2", level="fort").fiche
    assert noted is not None
    html = charts_html([noted], desk.method, among=[noted, fiche], axis="5")
    assert "class='incertain" in html
    assert "class='boite" in html
    assert "1\u00a0critère noté sur 8" in Parsed(html).text
    assert "Sans position" not in html
    assert "(affiché)" in html
    assert "#fiche:axe:" in Parsed(html).links
    assert f"/v1/fiches/{fiche.id}/export?format=odt" in exports_html(fiche)
    assert "id=a&amp;id=b&amp;format=docx" in pack_html(["a", "b"])
    assert "au moins une fiche" in pack_html([])


def test_a_fiche_is_found_by_its_words_axis_and_state(desk: Desk, fiche: Fiche) -> None:
    def found(*filters: Any) -> str:
        return str(portfolio.updated(desk, *filters)[0])

    assert "afflux" in found("urgences", "", [])
    assert "afflux" in found("", "5", ["brouillon"])
    assert "Aucune fiche" in found("", "1", [])
    assert "Aucune fiche" in found("", "", ["archivee"])


def test_deleting_asks_then_deletes(desk: Desk, fiche: Fiche) -> None:
    assert "afflux" in portfolio.asked(desk, fiche.id)[1]
    assert "supprimée" in portfolio.deleted(desk, fiche.id)[2]
    assert desk.listed(FicheFilter()) == []
    assert "n’existe pas" in portfolio.asked(desk, fiche.id)[2]


def test_without_kept_fiches_a_draft_is_shown_and_not_changed(tmp_path: Path) -> None:
    settings = Settings(index_dir=tmp_path, fiches=False)  # type: ignore[call-arg]
    desk = Desk(FakeEngine(tmp_path), settings)
    with mock.patch("assistant.fiches.drafting.draft_fiche", draft_sample):
        fiche = desk.draft("Prévoir l’afflux", "", "", "", None)
    assert "non enregistrée" in shown(desk, fiche).text
    assert not desk.editable(fiche)
    assert not (tmp_path / "fiches.sqlite").exists()


def test_a_similar_fiche_is_pointed_out(desk: Desk, fiche: Fiche) -> None:
    with mock.patch("assistant.fiches.drafting.draft_fiche", draft_sample):
        twin = desk.draft("Prévoir l’afflux aux urgences adultes", "", "", "", None)
    assert f"#fiche:ouvrir:{fiche.id}" in fiche_html(twin, desk.documents(), desk.method)
    assert isinstance(desk.store, FicheStore)


def test_the_follow_up_of_minutes_cites_every_line(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path)
    line = Extract(text=engine._citation(AMI, 2).quote, citations=[engine._citation(AMI, 2)])
    action = Action(key="a", text=line, form="liste", section=[])
    names = ["participants", "decisions", "additions", "points", "rhythm", "unreadable", "notes"]
    empty: dict[str, Any] = {name: [] for name in names}
    meeting = Meeting(
        file="ami essai.pdf",
        document="COPIL d’essai",
        document_id=AMI,
        unit="page",
        committee=0,
        actions=[action],
        **empty,
    )
    state = State(text=line.text, citations=line.citations, kind="autre")
    track = Track(committee=0, text=line, late=True, mentioned=True, mentions=["a"], state=state)
    found = FollowUp(
        today=date(2031, 4, 1),
        committees=["Essai"],
        meetings=[meeting],
        tracks=[track],
        comparisons=[],
        notes=[],
        index_generation="essai-1",
    )
    documents = {one.id: one for one in engine.documents()}
    html = follow_html(found, documents)
    assert html.count("class='renvoi'") == 2
    assert "échéance passée" in Parsed(html).text
    # A state of no family of ours is said in the words of the minutes.
    assert f"état\u00a0: {line.text}" in Parsed(html).text
    assert "/v1/copil/export?fichier=ami+essai.pdf&amp;format=docx" in html
    assert "AMI d’essai" in Parsed(follow_sources_html(found, documents)).text


def alone(desk: Desk, editing: Editing, author: str, rank: int = 1, **changed: Any) -> Any:
    form = values(form_of(editing.base, **changed))
    return saving.saved_alone(desk, f"{editing.mark}#{rank}", editing, author, form)


def test_a_form_saves_itself_then_is_saved_without_a_conflict(desk: Desk, fiche: Fiche) -> None:
    editing = Editing(fiche.id, 1, fiche.field("suite"))
    first = alone(desk, editing, "Anne", typed="Déci")
    assert "Enregistré automatiquement à" in first.said
    assert "rang-1" in first.said
    second = alone(desk, editing, "Anne", rank=2, typed="Décider en mai.")
    assert second.fiche.revision == 3
    done = saving.saved(desk, editing, "Anne", values(form_of(editing.base, typed="Décider.")))
    assert done.fiche is not None
    assert forms.typed(done.fiche.field("suite")) == "Décider."
    assert [one.number for one in desk.store.history(fiche.id)] == [1, 4]
    # A call that comes late writes nothing over what was asked for.
    assert alone(desk, editing, "Anne", rank=3, typed="Décider en mai.") is None
    assert desk.store.get(fiche.id).revision == 4


def test_what_saves_itself_retains_no_suggestion(desk: Desk, fiche: Fiche) -> None:
    editing = Editing(fiche.id, 1, fiche.field("axe"))
    assert alone(desk, editing, "Anne").fiche is None
    kept = alone(desk, editing, "Anne", typed="À discuter.").fiche
    assert [one.origin for one in kept.field("axe").choices if one.chosen] == ["calcule"]


def test_notes_of_several_criteria_of_one_sitting_are_kept(desk: Desk, fiche: Fiche) -> None:
    editing = Editing(fiche.id, 1, fiche.field("impacts"))
    alone(desk, editing, "Anne", criterion="IMP_1", level="fort", argument="Un.")
    kept = alone(desk, editing, "Anne", rank=2, criterion="IMP_2", level="faible", argument="Deux.")
    levels = {one.code: one.level for one in kept.fiche.field("impacts").scores}
    assert (levels["IMP_1"], levels["IMP_2"]) == ("fort", "faible")
    # The form shows a criterion again as it was left, and what was only chosen is saved too.
    editing.sitting.criterion = "IMP_2"
    assert editor.noted(desk, editing, "IMP_3", "moyen", "")[0].value == forms.NO_LEVEL
    assert editor.noted(desk, editing, "IMP_1", "fort", "")[1].value == "Un."
    form = form_of(editing.base, criterion="IMP_1", level="fort", argument="Un.")
    done = saving.saved(desk, editing, "Anne", values(form)).fiche
    assert done is not None
    levels = {one.code: one.level for one in done.field("impacts").scores}
    assert levels == {"IMP_1": "fort", "IMP_2": "moyen", "IMP_3": "fort", "IMP_4": None}


def test_what_cannot_save_itself_is_said_and_another_form_is_left_alone(
    desk: Desk, fiche: Fiche
) -> None:
    editing = Editing(fiche.id, 1, fiche.field("suite"))
    unnamed = alone(desk, editing, " ", typed="Sans nom.")
    assert unnamed.fiche is None
    assert "Votre nom manque" in Parsed(unnamed.said).text
    save(desk, fiche, "suite", "Bruno", typed="Bruno écrit.")
    refused = alone(desk, editing, "Anne", typed="Anne écrit.")
    assert "Bruno a modifié ce champ" in Parsed(refused.said).text
    other = Editing(fiche.id, 1, fiche.field("risques"))
    form = values(form_of(other.base, typed="Ailleurs."))
    assert saving.saved_alone(desk, f"{other.mark}#1", editing, "Anne", form) is None
    assert forms.typed(desk.store.get(fiche.id).field("suite")) == "Bruno écrit."


def test_an_exported_fiche_comes_back_and_another_file_is_refused(desk: Desk, fiche: Fiche) -> None:
    raw = fiche.model_dump_json()
    desk.store.delete(fiche.id)
    back, message = portfolio.imported(desk, f"1\n{raw}", "Anne")
    assert back is not None
    assert (back.id, "Fiche importée" in message) == (fiche.id, True)
    none, message = portfolio.imported(desk, "2\n{}", "Anne")
    assert none is None
    assert "Ce n’est pas une fiche" in message

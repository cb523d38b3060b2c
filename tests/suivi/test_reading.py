"""How lines, columns, dates and sentences of minutes are read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language.normalise import fold
from assistant.suivi.dates import find_moments, last_day
from assistant.suivi.folded import folded
from assistant.suivi.followup import follow_up
from assistant.suivi.matching import likeness
from assistant.suivi.model import Action, Meeting
from assistant.suivi.prose import is_decision
from assistant.suivi.wordings import column, opens_with_infinitive, state_kind, topic
from tests.suivi.minutes import Shelf, Writer, shelf


@pytest.mark.parametrize(
    ("written", "last"),
    [
        ("31/07/2025", date(2025, 7, 31)),
        ("le vendredi 3 mars 2026", date(2026, 3, 3)),
        ("septembre 2025", date(2025, 9, 30)),
        ("fin février 2028", date(2028, 2, 29)),
        ("1er trimestre 2026", date(2026, 3, 31)),
        ("T4 2031", date(2031, 12, 31)),
        ("2e semestre 2025", date(2025, 12, 31)),
        ("S1-2026", date(2026, 6, 30)),
        ("fin 2026", date(2026, 12, 31)),
        ("31/12/2025 reporté au 31/03/2026", date(2026, 3, 31)),
        ("15 septembre", None),
        ("30/09/2025 puis 15 octobre", None),
        ("à définir", None),
        ("31/02/2026", None),
        ("", None),
    ],
)
def test_a_due_date_is_its_last_day_and_a_year_is_never_guessed(
    written: str, last: date | None
) -> None:
    assert last_day(written) == last


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("N°", "number"),
        ("Actions à mener", "action"),
        ("Tâche", "action"),
        ("Libellé", "thing"),
        ("Pilote(s)", "owner"),
        ("Porteur / Référent", "owner"),
        ("Qui ?", "owner"),
        ("RESPONSABLE", "owner"),
        ("Échéance", "due"),
        ("Pour quand ?", "due"),
        ("Date butoir", "due"),
        ("État d’avancement", "state"),
        ("Statut", "state"),
        ("% réalisé", "state"),
        ("Décisions", "decision"),
        ("Dossiers", ""),
        ("S3.0", ""),
    ],
)
def test_columns_are_known_by_many_names(header: str, role: str) -> None:
    assert column(header) == role


@pytest.mark.parametrize(
    ("heading", "about"),
    [
        ("Relevé de décisions", "decisions"),
        ("3. Décisions du 26 juin 2025", "decisions"),
        ("Le comité décide :", "decisions"),
        ("Plan d’actions mis à jour", "actions"),
        ("Prochaines étapes", "actions"),
        ("Suite des travaux", "actions"),
        ("Points d’attention", "attention"),
        ("Prochaine réunion", "next"),
        ("Date du prochain comité", "next"),
        ("Présents et excusés", "participants"),
        ("Ordre du jour", "agenda"),
        ("Les objectifs, revus en séance", "goals"),
        ("Rendez-vous régionaux", "other"),
        ("Proposition de feuille de route", "roadmap"),
        ("Télémédecine", ""),
    ],
)
def test_headings_say_what_stands_below(heading: str, about: str) -> None:
    assert topic(heading) == about


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Fait", "fait"),
        ("Réalisée le 3 mars", "fait"),
        ("100 %", "fait"),
        ("Non réalisé", "a_faire"),
        ("Pas encore démarré", "a_faire"),
        ("40 %", "en_cours"),
        ("En cours", "en_cours"),
        ("Reporté au 31 mars", "reporte"),
        ("Abandonnée", "abandonne"),
        ("En retard", "en_retard"),
        ("Nouveau", "autre"),
        ("Voir annexe", "autre"),
    ],
)
def test_states_fall_into_families_and_a_negation_is_not_done(written: str, kind: str) -> None:
    assert state_kind(written) == kind


@pytest.mark.parametrize(
    ("sentence", "decides"),
    [
        ("Le comité valide le calendrier.", True),
        ("Le COPIL prend acte des onze projets.", True),
        ("Après débat, le comité de pilotage a retenu le scénario 2.", True),
        ("Il a été décidé de reporter l’ouverture.", True),
        ("Le comité ne valide pas le budget.", True),
        ("Le comité pourrait décider d’un second appel.", False),
        ("Si le comité valide le budget, l’appel ouvrira.", False),
        ("Avant que le comité valide le budget, un point est fait.", False),
        ("Le comité a-t-il validé le budget ?", False),
        ("Le projet valide nos hypothèses.", False),
        ("C’est ce qu’il est convenu d’appeler un entrepôt.", False),
    ],
)
def test_a_decision_is_a_decision_of_the_committee(sentence: str, decides: bool) -> None:
    assert is_decision(sentence) is decides


def test_an_order_opens_with_a_verb_not_with_a_noun_in_er() -> None:
    assert opens_with_infinitive("A1. Rédiger la charte")
    assert opens_with_infinitive("Se coordonner avec les acteurs")
    assert not opens_with_infinitive("Atelier du 3 mars")
    assert not opens_with_infinitive("Cadre de gouvernance")


def read(folder: Path, written: Writer) -> Meeting:
    (meeting,) = follow_up(shelf(folder, a=written), today=date(2031, 1, 1)).meetings
    return meeting


def one_action(folder: Path, line: str) -> Action:
    written = Writer("Comité Données du 3 mars 2031").heading("Actions").items(line)
    (action,) = read(folder, written).actions
    return action


@pytest.mark.parametrize(
    ("line", "owner", "due", "state"),
    [
        ("Rédiger la charte (pilote : M. Petit)", "M. Petit", None, None),
        ("Charte portée par le GRADeS et l’ARS", "GRADeS et l’ARS", None, None),
        ("Rédiger la charte (ARS, 30/09/2031)", "ARS", "30/09/2031", None),
        ("Rédiger la charte – ARS – 30 juin 2031", "ARS", "30 juin 2031", None),
        ("M. Roux : relancer l’éditeur avant le 5 mai 2031", "M. Roux", "5 mai 2031", None),
        ("Charte régionale : en cours", None, None, "en cours"),
        # Names, places and dates that nothing says to be an owner or a due date.
        ("Journée régionale (CHU de Dijon, 13 octobre 2031)", None, None, None),
        ("Congrès à Beaune le 29 mai 2031 (Pr Callier)", None, None, None),
        ("AMI PRESAGE : tester une solution", None, None, None),
        ("Proposer une journée (Hospitalier, Ville, MS)", None, None, None),
        ("Appel pour le projet X du 3 mars 2031", None, None, None),
    ],
)
def test_a_line_gives_only_what_it_names(
    tmp_path: Path, line: str, owner: str | None, due: str | None, state: str | None
) -> None:
    action = one_action(tmp_path, line)
    assert action.text.text == line
    assert (
        action.owner and action.owner.text,
        action.due and action.due.text,
        action.state and action.state.text,
    ) == (owner, due, state)


def test_labels_under_an_action_are_its_own(tmp_path: Path) -> None:
    written = Writer("Comité Données du 3 mars 2031").heading("Actions")
    written.items("Mettre en place le comité éthique", "Pilote : Pr Vidal", "Échéance : mai 2031")
    (action,) = read(tmp_path, written).actions
    assert action.owner is not None and action.owner.text == "Pr Vidal"
    assert action.due is not None and action.due.last == date(2031, 5, 31)


def test_decisions_and_actions_under_one_heading_are_told_apart(tmp_path: Path) -> None:
    written = Writer("Comité Données du 3 mars 2031").heading("Relevé de décisions et d’actions")
    written.items(
        "Décision n° 1 : le périmètre est limité aux CHU.",
        "Action 1 : recenser les entrepôts",
        "Nommer un délégué avant fin mai 2031",
    )
    meeting = read(tmp_path, written)
    assert [one.number and one.number.text for one in meeting.decisions] == ["n° 1"]
    assert [one.text.text[:8] for one in meeting.actions] == ["Action 1", "Nommer u"]


def test_a_table_that_is_not_one_of_actions_gives_none(tmp_path: Path) -> None:
    written = Writer("Comité Données du 3 mars 2031").heading("Financements")
    written.table(
        ("Guichet", "Opérateur", "Prochaine relève"), ("S3.0", "ANS", "30/09/2031")
    ).table(("Appel", "Dossiers", "Retenus"), ("Urgences", "2", "2"))
    meeting = read(tmp_path, written)
    assert meeting.actions == [] and meeting.decisions == []


def test_the_new_date_of_a_table_replaces_the_first(tmp_path: Path) -> None:
    written = Writer("Comité Données du 3 mars 2031").heading("Suivi")
    written.table(
        ("Action", "Pilote", "Échéance initiale", "Nouvelle échéance"),
        ("Recenser les entrepôts", "GRADeS", "30/06/2031", "30/09/2031"),
        ("Nommer un délégué", "ARS", "31/05/2031", ""),
    )
    assert [one.due and one.due.text for one in read(tmp_path, written).actions] == [
        "30/09/2031",
        "31/05/2031",
    ]


def test_a_mark_under_done_says_done_and_axes_are_parts_of_the_plan(tmp_path: Path) -> None:
    written = Writer("Comité Données du 3 mars 2031").heading("Plan d’actions")
    written.heading("Axe 1 : prévenir", 2).items("Former les équipes (fait)")
    written.heading("Rendez-vous", 2).items("12 mars 2031 : exercice régional")
    written.heading("Avancement").table(
        ("Tâches", "Pilote", "Fait ?"),
        ("Recenser les incidents", "ARS", "X"),
        ("Créer une cellule de crise", "GRADeS", "Non"),
    )
    meeting = read(tmp_path, written)
    assert [(one.text.text, one.state and one.state.kind) for one in meeting.actions] == [
        ("Former les équipes (fait)", "fait"),
        ("Recenser les incidents", "fait"),
        ("Créer une cellule de crise", "a_faire"),
    ]


def test_additions_are_the_red_words_and_what_says_so(tmp_path: Path) -> None:
    written = Writer("Comité Données du 3 mars 2031").text("En rouge les ajouts en séance")
    written.heading("Objectifs").items("Former", "Ajout : santé mentale")
    written.red("Ouvrir un guichet").red("et ses annexes", "La charte ")
    meeting = read(tmp_path, written)
    assert [(one.how, one.whole, one.marked[0].text) for one in meeting.additions] == [
        ("mention", True, "Ajout : santé mentale"),
        ("couleur", True, "Ouvrir un guichet"),
        ("couleur", False, "et ses annexes"),
    ]
    assert meeting.additions[1].line.addition


def test_without_a_sentence_that_says_so_red_means_nothing(tmp_path: Path) -> None:
    written = Writer("Comité Données du 3 mars 2031").heading("Objectifs").items("Former")
    assert read(tmp_path, written.red("Ouvrir un guichet")).additions == []


def test_a_roadmap_without_readable_action_is_said_unreadable(tmp_path: Path) -> None:
    written = (
        Writer("Comité Données du 3 mars 2031")
        .heading("Les objectifs")
        .items("Renforcer la connaissance de l’IA", "Assurer une veille régionale")
        .heading("Propositions d’actions")
        .items("Assurer une veille régionale")
        .heading("Divers")
        .text("Rien à signaler.")
    )
    meeting = read(tmp_path, written)
    assert meeting.actions == []
    (unreadable,) = meeting.unreadable
    assert unreadable.heading.text == "Propositions d’actions Assurer une veille régionale"
    assert "image" in unreadable.reason


def test_one_wording_survives_inflexion_not_another_figure() -> None:
    assert likeness("Recenser les projets d’IA", "Recensement des projets d’IA") == 1
    assert likeness("Rédiger la charte", "Ouvrir un guichet") == 0
    assert likeness("médecins coordonnateurs", "médecins coordonnate urs") == 1


@given(st.text(max_size=80))
def test_folding_keeps_the_place_of_every_character(raw: str) -> None:
    found = folded(raw)
    assert len(found.at) == len(found.text) + 1
    assert list(found.at) == sorted(found.at)
    for rank in range(len(found.text)):
        start, end = found.raw(rank, rank + 1)
        assert end - start == 1
        letter = found.text[rank]
        assert letter in fold(raw[start:end]) or (letter == " " and raw[start].isspace())


@given(st.text(alphabet="0123456789 /.-TSmarsfinlejuin2026trimestre1er", max_size=40))
def test_dates_stand_where_they_are_said_to(text: str) -> None:
    ends = 0
    for moment in find_moments(text, years=True):
        assert ends <= moment.start < moment.end <= len(text)
        ends = moment.end


@pytest.mark.parametrize(
    "lines",
    [
        ["Rédiger la charte → Responsable : M. Petit. Échéance : 30 juin 2031"],
        ["Rédiger la charte", "→ Responsable : M. Petit. Échéance : 30 juin 2031"],
        ["1. Rédiger la charte", "→ Responsable : M. Petit", "→ Échéance : 30 juin 2031"],
    ],
)
def test_an_owner_and_a_date_stand_after_an_arrow(tmp_path: Path, lines: list[str]) -> None:
    written = Writer("Comité Données du 3 mars 2031").heading("Relevé d’actions").items(*lines)
    (action,) = read(tmp_path, written).actions
    assert action.owner is not None and action.owner.text == "M. Petit"
    assert action.due is not None and action.due.text == "30 juin 2031"


def test_a_decision_has_its_number_and_what_is_labelled_under_it(tmp_path: Path) -> None:
    written = Writer("Comité Données du 3 mars 2031").heading("Relevé de décisions")
    written.items("Décision 2 : la charte est adoptée.")
    written.heading("Point n° 3 : le guichet").text(
        "Le comité valide le guichet.", "Responsable : M. Petit. Échéance : juin 2031."
    )
    numbered, sentence = read(tmp_path, written).decisions
    assert (numbered.number and numbered.number.text, numbered.owner) == ("2", None)
    assert (sentence.owner and sentence.owner.text) == "M. Petit"
    assert (sentence.due and sentence.due.text) == "juin 2031"


def test_present_and_excused_are_told_apart_on_one_line(tmp_path: Path) -> None:
    written = Writer("Comité Données du 3 mars 2031").heading("Participants")
    written.text(
        "Présents : M. Petit, Mme Roux. Excusés : Dr Vidal.",
        "Absents excusés : Pr Noir",
        "Présents et excusés : M. Blanc, Mme Brun",
    )
    assert [(one.text.text, one.presence) for one in read(tmp_path, written).participants] == [
        ("Présents : M. Petit, Mme Roux.", "present"),
        ("Excusés : Dr Vidal.", "excuse"),
        ("Absents excusés : Pr Noir", "excuse"),
        ("Présents et excusés : M. Blanc, Mme Brun", "non_dit"),
    ]


def test_a_table_of_people_says_who_is_there_by_cells_or_by_columns(tmp_path: Path) -> None:
    written = Writer("Comité Données du 3 mars 2031").heading("Présents et excusés")
    written.table(("Nom", "Structure", "Présence"), ("Dr Vidal", "CHU", "Excusé"))
    written.heading("Participants").table(("Présents", "Excusés"), ("M. Petit", "Pr Noir"))
    assert [(one.text.text, one.presence) for one in read(tmp_path, written).participants] == [
        ("Dr Vidal CHU Excusé", "excuse"),
        ("M. Petit", "present"),
        ("Pr Noir", "excuse"),
    ]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("Prochaine réunion : jeudi 5 juin 2031 · Dijon, salle Darcy", "Dijon, salle Darcy"),
        ("Prochaine réunion : 5 juin 2031 · 14 h · ARS, Besançon", "ARS, Besançon"),
        ("Prochain comité le 5 juin 2031 – Visioconférence", "Visioconférence"),
        ("Prochain comité le 5 juin 2031 de 14 h à 16 h, à Dole", "Dole"),
        # What a mark sets apart may be anything else than a place.
        ("Prochain comité : 5 juin 2031 · Ordre du jour à venir", None),
        ("Prochain comité : 5 juin 2031 – M. Petit", None),
    ],
)
def test_a_place_is_read_after_the_date_when_its_words_say_so(
    tmp_path: Path, line: str, place: str | None
) -> None:
    written = Writer("Comité Données du 3 mars 2031").heading("Prochaine réunion").text(line)
    coming = read(tmp_path, written).next
    assert coming is not None and coming.date is not None
    assert (coming.place and coming.place.text) == place


def test_a_table_without_borders_keeps_owners_dates_and_cells_of_two_lines(tmp_path: Path) -> None:
    canvas = pytest.importorskip("reportlab.pdfgen.canvas").Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Helvetica-Bold", 13)
    canvas.drawString(72, 780, "Plan d'actions du comité du 3 mars 2031")
    canvas.setFont("Helvetica", 10)
    rows = [
        ("Action", "Responsable", "Échéance"),
        ("Rédiger la charte", "M. Petit", "30/06/2031"),
        ("Recenser les entrepôts de", "ARS", "31/07/2031"),
        ("la région",),
        ("Nommer un délégué", "GRADeS"),
    ]
    for rank, row in enumerate(rows):
        for x, text in zip((72, 330, 450), row, strict=False):
            canvas.drawString(x, 750 - 16 * rank, text)
    canvas.save()
    (meeting,) = follow_up(Shelf(tmp_path / "a.pdf", kind="copil"), today=date(2031, 1, 1)).meetings
    assert [
        (one.text.text, one.owner and one.owner.text, one.due and one.due.text)
        for one in meeting.actions
    ] == [
        ("Rédiger la charte", "M. Petit", "30/06/2031"),
        ("Recenser les entrepôts de la région", "ARS", "31/07/2031"),
        ("Nommer un délégué", "GRADeS", None),
    ]

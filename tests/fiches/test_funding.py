"""Calls keep their own amounts, and their deadline is compared with today."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.engine import Assistant
from assistant.fiches.drafting import draft_fiche
from assistant.fiches.method import load_method
from assistant.fiches.model import Request, Window
from tests.fiches.corpus import DOCUMENTS, index, opened

METHOD = load_method()
TABLE = """# Point sur les guichets

| | Guichet Alpha | Prix Bêta |
|---|---|---|
| Opérateur | ANS | Bpifrance |
| Prochaine relève | 30/09/2026 | 16/09/2025 |
| Thématique | Toute thématique | Santé mentale |
| Porteur de projet | ESSMS | Industriels |
| Montant | 300 k€ | 3 M€ |
| Règles de financement | 40 % des coûts | Taux variable |
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    documents = {**DOCUMENTS, "guichets.md": TABLE}
    return opened(index(tmp_path_factory.mktemp("guichets"), documents))


def windows(engine: Assistant, today: date, title: str = "Tri des déchets") -> dict[str, Window]:
    fiche = draft_fiche(Request(title=title), METHOD, engine, today=today)
    return {one.title: one for one in fiche.field("financement").windows}


CALL = "Appel à manifestation d'intérêt : IA et tri des déchets de soins"


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2025, 7, 30), "ouvert"),
        (date(2025, 7, 31), "ouvert"),
        (date(2025, 8, 1), "passe"),
        (date(2026, 11, 22), "passe"),
    ],
)
def test_the_last_day_is_still_open_and_the_next_is_past(
    engine: Assistant, today: date, state: str
) -> None:
    call = windows(engine, today)[CALL]
    assert call.deadline == date(2025, 7, 31)
    assert call.state == state


def test_amounts_of_two_documents_are_never_mixed(engine: Assistant) -> None:
    found = windows(engine, date(2026, 3, 15))
    assert found[CALL].amount == "3 millions d'euros"
    assert found[CALL].per_project == "40 000 euros"
    assert found[CALL].scope == "sujet"
    press = found["Trois AMI pour l'IA : tri des déchets, repas et linge"]
    assert (press.amount, press.per_project) == ("7 millions d'euros", None)


def test_calls_of_a_table_keep_their_columns(engine: Assistant) -> None:
    found = windows(engine, date(2026, 3, 15))
    alpha = found["Guichet Alpha"]
    assert (alpha.amount, alpha.rate) == ("300 k€", "40 % des coûts")
    assert (alpha.deadline, alpha.state) == (date(2026, 9, 30), "ouvert")
    assert alpha.scope == "general"
    assert "ESSMS" in (alpha.remark or "")
    assert "Prix Bêta" not in found


def test_a_call_on_another_subject_is_no_window(engine: Assistant) -> None:
    assert CALL not in windows(engine, date(2026, 3, 15), "Prédire les chutes en gériatrie")

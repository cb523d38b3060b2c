"""Evidence read again: what changed is told, what people wrote is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from assistant.fiches.drafting import draft_fiche
from assistant.fiches.method import load_method
from assistant.fiches.model import Fiche, Request, Statement
from assistant.fiches.refresh import refresh
from tests.fiches.corpus import DOCUMENTS, MAP, index, opened

METHOD = load_method()
BEFORE, AFTER = date(2025, 7, 1), date(2026, 3, 15)
NEW = MAP.replace("Réduction du volume de DASRI (- 25 %)", "Réduction du poids des DASRI (- 31 %)")


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Fiche]:
    folder = tmp_path_factory.mktemp("preuves")
    engine = opened(index(folder, DOCUMENTS))
    request = Request(title="Aide au tri des déchets de soins")
    return folder, draft_fiche(request, METHOD, engine, today=BEFORE)


def edited(fiche: Fiche, key: str, text: str) -> Fiche:
    typed = Statement(text=text, origin="saisie", kind="typed")
    fields = [
        one.model_copy(
            update={
                "statements": [*one.statements, typed],
                "author": "Claire",
                "updated": datetime(2026, 1, 2, tzinfo=UTC),
            }
        )
        if one.key == key
        else one
        for one in fiche.fields
    ]
    return fiche.model_copy(update={"fields": fields})


def test_an_unchanged_corpus_changes_nothing_but_the_deadlines(
    drafted: tuple[Path, Fiche],
) -> None:
    folder, fiche = drafted
    engine = opened(index(folder, DOCUMENTS))
    again, changes = refresh(fiche, METHOD, engine, today=BEFORE)
    assert changes == []
    assert again == fiche
    later, changes = refresh(fiche, METHOD, engine, today=AFTER)
    assert {one.kind for one in changes} == {"echeance_passee"}
    assert all(one.state == "passe" for one in later.field("financement").windows)


def test_a_quote_that_left_its_page_is_told_and_replaced(drafted: tuple[Path, Fiche]) -> None:
    folder, fiche = drafted
    engine = opened(index(folder, {**DOCUMENTS, "cartographie.md": NEW}))
    again, changes = refresh(fiche, METHOD, engine, today=BEFORE)
    kinds = {one.kind for one in changes}
    assert {"preuve_disparue", "preuve_nouvelle"} <= kinds
    objectives = " ".join(one.text for one in again.field("objectifs").statements)
    assert "31 %" in objectives
    assert "25 %" not in objectives


def test_what_somebody_typed_stays_and_new_evidence_is_offered(
    drafted: tuple[Path, Fiche],
) -> None:
    folder, fiche = drafted
    mine = edited(fiche, "objectifs", "Un bac de moins par jour.")
    engine = opened(index(folder, {**DOCUMENTS, "cartographie.md": NEW}))
    again, changes = refresh(mine, METHOD, engine, today=BEFORE)
    field = again.field("objectifs")
    assert "Un bac de moins par jour." in [one.text for one in field.statements]
    assert not any("31 %" in one.text for one in field.statements)
    offered = [one for one in changes if one.kind == "preuve_nouvelle" and not one.applied]
    assert any("31 %" in one.text for one in offered)

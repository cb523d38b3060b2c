"""A citation is shown only when the sentence needs it."""

from __future__ import annotations

from assistant.generation.citing import Citable, places
from assistant.generation.question import understand
from assistant.generation.support import check_support
from assistant.model import Document, DocumentMetadata, Span

CALL = Document("appel", "appel.pdf", "/appel.pdf", DocumentMetadata("Appel IA"), 2)
QUESTION = understand("Que dit le document ?")
INTRO = ((Span(1, 0, 40),), "Chaque lauréat doit remettre à l’agence :")
ITEM = ((Span(1, 41, 70),), "un budget détaillé du projet")
HEADERS = ((Span(1, 200, 207), Span(1, 220, 230)), "Montant — Plannings :")
CELL = ((Span(1, 240, 255),), "20 000 euros")


def citable(*parts, own):
    return Citable(CALL, own, " ".join(text for _, text in parts), parts=parts)


def cited(sentence, *proofs):
    def proves(evidence):
        return check_support(sentence, evidence, question=QUESTION).supported

    assert proves(proofs)
    return [span for _, span in places(proofs, proves)]


def test_the_introduction_of_a_list_is_cited_only_when_the_sentence_uses_it():
    item = citable(INTRO, ITEM, own=ITEM[0][0])
    assert cited("Un budget détaillé du projet.", item) == [*ITEM[0]]
    told = "Chaque lauréat doit remettre à l’agence un budget détaillé du projet."
    assert cited(told, item) == [*ITEM[0], *INTRO[0]]


def test_a_cell_keeps_the_headers_that_say_what_it_is():
    cell = citable(HEADERS, CELL, own=CELL[0][0])
    assert cited("Le montant de Plannings est de 20 000 euros.", cell) == [
        CELL[0][0],
        *HEADERS[0],
    ]


def test_items_told_together_cite_their_introduction_once():
    intro = ((Span(1, 0, 40),), "Les outils attendus sont :")
    texts = ("le repérage des emplois du temps", "la prévision des tensions")
    items = [
        citable(intro, ((Span(1, 50 * rank, 50 * rank + 40),), text), own=Span(1, 50 * rank, 9))
        for rank, text in enumerate(texts, start=1)
    ]
    found = places(items, lambda evidence: all(len(one.parts) == 2 for one in evidence))
    assert [span for _, span in found].count(Span(1, 0, 40)) == 1
    assert len(found) == 3

"""Passages: one section each, lists and tables whole, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.ingestion.chunking import LIST_WORDS, split_passages
from assistant.model import (
    FURNITURE,
    Block,
    BlockKind,
    DocumentMetadata,
    Page,
    PageStatus,
    ReadDocument,
    Span,
)
from tests.ingestion.conftest import read

Spec = tuple[BlockKind, int, str]
P, H, INTRO, L, F, N = (
    BlockKind.PARAGRAPH,
    BlockKind.HEADING,
    BlockKind.LIST_INTRO,
    BlockKind.LIST_ITEM,
    BlockKind.FOOTER,
    BlockKind.FOOTNOTE,
)


def document(*pages: list[Spec], size: tuple[float, float] = (595, 842)) -> ReadDocument:
    read_pages = []
    for number, specs in enumerate(pages, 1):
        raw, blocks = "", []
        for kind, level, text in specs:
            raw += "\n" if raw else ""
            blocks.append(Block(kind, (Span(number, len(raw), len(raw) + len(text)),), text, level))
            raw += text
        read_pages.append(Page(number, str(number), *size, PageStatus.TEXT, raw, (), tuple(blocks)))
    return ReadDocument(DocumentMetadata("Essai"), tuple(read_pages))


def sentence(words: int, tag: str = "mot") -> str:
    return " ".join(f"{tag}{n}" for n in range(words - 1)) + " fin."


def test_the_section_path_follows_the_headings() -> None:
    passages = split_passages(
        document([(H, 1, "1. Cadre"), (H, 2, "1.1 Objet"), (P, 0, sentence(50)),
                  (H, 1, "2. Moyens"), (P, 0, sentence(50))]),
        "d",
    )  # fmt: skip
    assert [passage.section for passage in passages] == [("1. Cadre", "1.1 Objet"), ("2. Moyens",)]
    assert [block.text for block in passages[0].blocks[:2]] == ["1. Cadre", "1.1 Objet"]


def test_a_heading_without_text_is_still_findable() -> None:
    passages = split_passages(
        document([(H, 1, "Annexe A"), (H, 1, "Annexe B"), (P, 0, sentence(30)), (H, 1, "Fin")]), "d"
    )
    assert [passage.section[-1] for passage in passages] == ["Annexe A", "Annexe B", "Fin"]


def test_a_part_slide_gives_its_title_to_the_slides_that_follow() -> None:
    passages = split_passages(
        document([(H, 1, "AXE 5")], [(H, 2, "Actions"), (P, 0, sentence(40))], size=(720, 405)), "d"
    )
    assert [passage.section for passage in passages] == [("AXE 5", "Actions")]


def test_a_list_stays_with_its_introduction() -> None:
    items = [(L, 1, sentence(20, f"i{n}x")) for n in range(10)]
    passages = split_passages(
        document([(P, 0, sentence(160)), (INTRO, 0, "Sont retenus :"), *items]), "d"
    )
    assert [block.kind for block in passages[-1].blocks] == [INTRO, *[L] * 10]


def test_a_very_long_list_is_cut_between_items_with_its_introduction_repeated() -> None:
    items = [(L, 1, sentence(40, f"i{n}x")) for n in range(20)]
    passages = split_passages(document([(INTRO, 0, "Sont retenus :"), *items]), "d")
    assert len(passages) > 1
    assert all(passage.blocks[0].text == "Sont retenus :" for passage in passages)
    assert sum(len(passage.blocks) - 1 for passage in passages) == 20


def test_items_under_a_long_item_keep_it_and_the_introduction() -> None:
    under = [(L, 2, sentence(40, f"i{n}x")) for n in range(12)]
    doc = document([(INTRO, 0, "Sont retenus :"), (L, 1, "Le CHU, pour :"), *under])
    passages = split_passages(doc, "d")
    assert len(passages) > 1
    for passage in passages:
        assert [b.text for b in passage.blocks[:2]] == ["Sont retenus :", "Le CHU, pour :"]


def test_a_long_introduction_repeats_by_its_last_sentence() -> None:
    items = [(L, 1, sentence(60, f"i{n}x")) for n in range(8)]
    intro = f"Contexte {sentence(90)} Sont retenus :"
    passages = split_passages(document([(INTRO, 0, intro), *items]), "d")
    assert [passage.blocks[0].text for passage in passages] == [
        intro, *["Sont retenus :"] * (len(passages) - 1)
    ]  # fmt: skip


def test_a_short_paragraph_between_two_items_does_not_cut_the_list() -> None:
    items = [(L, 1, sentence(40, "a")), (P, 0, sentence(20, "b")), (L, 1, sentence(40, "c"))]
    passages = split_passages(
        document([(P, 0, sentence(150)), (INTRO, 0, "Sont retenus :"), *items]), "d"
    )
    assert [block.kind for block in passages[-1].blocks] == [INTRO, L, P, L]


@pytest.mark.parametrize(
    "intro", ["Le dépôt sert de centralisation pour", "L’approvisionnement repose sur 4 sources."]
)
def test_a_list_may_be_introduced_without_a_colon(intro: str) -> None:
    items = [(L, 1, sentence(15, f"i{n}x")) for n in range(8)]
    passages = split_passages(document([(P, 0, sentence(160)), (P, 0, intro), *items]), "d")
    assert passages[-1].blocks[0].text == intro


def test_a_list_cut_by_a_page_break_is_one_list() -> None:
    passages = split_passages(
        document([(INTRO, 0, "Sont retenus :"), (F, 0, "p. 1")], [(L, 1, "un ;"), (L, 1, "deux.")]),
        "d",
    )
    assert [passage.pages for passage in passages] == [(1, 2)]


def test_a_sentence_cut_by_a_page_break_is_one_block_with_two_spans() -> None:
    passages = split_passages(
        document([(P, 0, "Le comité se réunit"), (F, 0, "1")], [(P, 0, "chaque mois à Dijon.")]),
        "d",
    )
    (block,) = passages[0].blocks
    assert block.text == "Le comité se réunit chaque mois à Dijon."
    assert [span.page for span in block.spans] == [1, 2]


def test_footnotes_come_last_in_the_passage_of_their_page() -> None:
    passages = split_passages(
        document([(P, 0, sentence(30)), (N, 0, "1 Arrêté.")], [(P, 0, sentence(30, "b"))]), "d"
    )
    assert [block.kind for block in passages[0].blocks][-1] is N


def test_a_very_long_paragraph_is_cut_between_sentences() -> None:
    text = " ".join(f"Phrase {n} {sentence(20)}" for n in range(30))
    doc = document([(P, 0, text)])
    passages = split_passages(doc, "d")
    parts = [block for passage in passages for block in passage.blocks]
    assert all(len(block.text.split()) <= LIST_WORDS for block in parts)
    assert all(block.text.startswith("Phrase") and block.text.endswith("fin.") for block in parts)
    raw = doc.pages[0].text
    assert " ".join(raw[b.spans[0].start : b.spans[0].end] for b in parts) == text


def test_identifiers_depend_on_content_and_place_only() -> None:
    doc = document([(H, 1, "Titre"), (P, 0, sentence(30))])
    assert split_passages(doc, "a")[0].id == split_passages(doc, "a")[0].id
    assert split_passages(doc, "a")[0].id != split_passages(doc, "b")[0].id
    assert len(split_passages(doc, "a")[0].id) == 16


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(list(BlockKind)), st.integers(1, 3), st.sampled_from((3, 60, 420))
            ),
            max_size=8,
        ),
        max_size=4,
    )
)
@example([[(BlockKind.LIST_ITEM, 1, 3), (P, 1, 3), (BlockKind.LIST_ITEM, 2, 420)]])
def test_every_block_outside_furniture_is_in_one_passage(
    pages: list[list[tuple[BlockKind, int, int]]],
) -> None:
    doc = document(
        *[[(kind, level, sentence(words, "Mot")) for kind, level, words in page] for page in pages]
    )
    passages = split_passages(doc, "d")
    spans = [s for passage in passages for b in passage.blocks for s in b.spans]
    for page in doc.pages:
        for block in page.blocks:
            (span,) = block.spans
            held = [s for s in spans if s.page == page.number and span.start <= s.start < span.end]
            if block.kind in FURNITURE:
                assert not held
            elif block.kind is INTRO:
                assert held
            else:
                text = " ".join(page.text[s.start : s.end] for s in held)
                # An item is said again, whole, before the parts of what stands under it.
                times = max(1, (len(text) + 1) // (len(block.text) + 1))
                assert times == 1 or block.kind is BlockKind.LIST_ITEM
                assert text == " ".join([block.text] * times)
    assert len({passage.id for passage in passages}) == len(passages)


@pytest.mark.corpus_reel
def test_lists_of_the_real_minutes_keep_their_introduction(real_corpus: Path) -> None:
    doc = read(real_corpus / "seeds" / "ami-ia-gestion-temps-de-travail.pdf")
    for passage in split_passages(doc, "d"):
        first = next(b for b in passage.blocks if b.kind is not H)
        assert first.kind is not L

from dataclasses import replace

from assistant.generation.abstention import DecisionWeights, decide
from assistant.generation.evidence import units_of, worth_reading
from assistant.generation.units import UnitKind, make_piece
from assistant.generation.verification import cite, holds, sentences_of
from assistant.model import Block, BlockKind, Hit, Sentence, Span
from tests.generation.library import ITEM, Library, health_library

LIBRARY = health_library()


def units(library, question="robots"):
    return units_of(library.search(question), library.get_page)


def test_a_passage_found_on_two_pages_is_cut_once():
    hits = LIBRARY.search("robots")
    assert len(units_of([*hits, *hits], LIBRARY.get_page)) == len(units(LIBRARY))


def test_a_list_inside_a_list_is_a_list():
    library = Library()
    document = library.document("d", "Titre")
    passage = library.write(
        document,
        ("Gouvernance",),
        (ITEM, "• Comité trimestriel"),
        (ITEM, "• Groupes à constituer"),
        (ITEM, "• Ville"),
        (ITEM, "• Hôpital"),
        (ITEM, "• Point à trancher"),
    )
    levels = (1, 1, 2, 2, 1)
    nested = replace(
        passage,
        blocks=tuple(
            replace(block, level=level) for block, level in zip(passage.blocks, levels, strict=True)
        ),
    )
    hit = Hit(nested, document, 1.0, nested.blocks[0].spans[0])
    lists = [
        [piece.text for piece in unit.pieces]
        for unit in units_of([hit], library.get_page)
        if unit.kind is UnitKind.LIST
    ]
    assert ["Groupes à constituer", "Ville", "Hôpital"] in lists


def test_a_table_of_contents_is_never_quoted():
    library = Library()
    document = library.document("d", "Titre")
    library.write(
        document, ("Sommaire",), (ITEM, "1. Robots . . . . 3"), (ITEM, "2. Soins . . . . 5")
    )
    [hit] = library.search("robots")
    assert not worth_reading(hit)
    assert not units_of([hit], library.get_page)
    assert worth_reading(LIBRARY.search("robots")[0])


def test_a_sentence_cut_by_a_page_break_is_quoted_on_both_pages():
    library = Library()
    document = library.document("d", "Robots")
    first = library.write(document, (), (BlockKind.PARAGRAPH, "Le robot range les"), page=1)
    second = library.write(document, (), (BlockKind.PARAGRAPH, "médicaments du stock."), page=2)
    spans = (*first.blocks[0].spans, *second.blocks[0].spans)
    block = Block(BlockKind.PARAGRAPH, spans, "Le robot range les médicaments du stock.")
    hit = Hit(replace(first, blocks=(block,)), document, 1.0, spans[0])
    [unit] = units_of([hit], library.get_page)
    assert unit.text == block.text
    shown = sentences_of(hit, unit.pieces, get_page=library.get_page, boxes_for_span=lambda *_: [])
    assert [(s.text, s.citations[0].page) for s in shown] == [
        ("Le robot range les", 1),
        ("médicaments du stock.", 2),
    ]


def test_the_mark_of_a_list_is_left_out_of_the_quote():
    piece = make_piece("  •  Ville\n", 3, 100, "list_item")
    assert piece is not None
    assert (piece.text, piece.span) == ("Ville", Span(3, 105, 110))
    assert make_piece(" •  \n", 3, 100, "list_item") is None


def proof(span):
    document, _ = LIBRARY.passages[0]
    return cite(document, span, get_page=LIBRARY.get_page, boxes_for_span=lambda *_: [])


def test_a_citation_is_read_from_the_stored_page():
    found = proof(Span(1, 0, 19))
    assert found is not None
    assert found.quote == "L’automatisation de"
    assert proof(Span(1, 0, 10**6)) is None
    assert proof(Span(9, 0, 5)) is None
    assert proof(Span(1, 5, 5)) is None


def test_a_sentence_that_is_not_its_quote_does_not_hold():
    citation = proof(Span(1, 0, 19))
    assert citation is not None

    def says(text, kind="extract", citations=None):
        chosen = [citation] if citations is None else citations
        return holds(Sentence(text=text, kind=kind, citations=chosen), LIBRARY.get_page)

    assert says("L’automatisation de")
    assert not says("L’automatisation des")
    assert not says("L’automatisation de", citations=[])
    assert says("Automatisation :", kind="template")
    assert not says("Robotisation :", kind="template")
    forged = citation.model_copy(update={"quote": "La robotisation de x"})
    assert not says("La robotisation de x", citations=[forged])


def test_the_decision_is_monotonic_in_the_evidence():
    weights = DecisionWeights()
    names = [name for name in weights.__dataclass_fields__ if name not in {"bias", "threshold"}]
    nothing = dict.fromkeys(names, 0.0)
    everything = {name: 1.0 if getattr(weights, name) > 0 else 0.0 for name in names}
    low, abstain = decide(nothing)
    high, refuse = decide(everything)
    assert low < 0.05
    assert abstain
    assert high > 0.9
    assert not refuse

"""What the comparison with `pdftotext` counts, on pages whose losses we know."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from assistant.errors import AssistantError
from assistant.ingestion.chunking import split_passages
from assistant.model import Block, BlockKind, DocumentMetadata, Page, PageStatus, ReadDocument, Span
from eval import lecture, ordre

SENTENCE = "Le schéma régional organise les soins de premier recours dans chaque territoire."


def page(*texts: tuple[BlockKind, str], number: int = 1) -> Page:
    raw = ""
    blocks = []
    for kind, text in texts:
        start = len(raw) + (1 if raw else 0)
        raw += f"\n{text}" if raw else text
        blocks.append(Block(kind, (Span(number, start, len(raw)),), text))
    return Page(number, str(number), 595.0, 842.0, PageStatus.TEXT, raw, (), tuple(blocks))


def compare(kept: Page, text: str) -> lecture.PageFigures:
    document = ReadDocument(DocumentMetadata("Essai"), (kept,))
    return lecture.compare_page(kept, split_passages(document, "essai"), text)


def test_a_page_read_whole_has_all_its_windows() -> None:
    figures = compare(page((BlockKind.PARAGRAPH, SENTENCE)), SENTENCE.replace(" de ", "\nde "))
    assert figures.windows == figures.found == 12 - lecture.WINDOW + 1
    assert (figures.lost, figures.cut, figures.invented) == ([], [], [])


def test_lost_glued_and_invented_words_are_told_apart() -> None:
    kept = SENTENCE.replace("schéma ", "").replace("les soins", "lessoins") + " Ajout."
    figures = compare(page((BlockKind.PARAGRAPH, kept)), SENTENCE)
    assert figures.lost == ["schema"]
    assert sorted(figures.cut) == ["les", "soins"]
    assert figures.invented == ["ajout"]
    assert figures.found < figures.windows


def test_typography_and_hyphens_are_not_losses() -> None:
    figures = compare(
        page((BlockKind.LIST_ITEM, "• L’efﬁcience du secteur médico-\nsocial, un enjeu d'avenir")),
        "o L'efficience du secteur médicosocial,\nun enjeu d’avenir",
    )
    assert figures.windows == figures.found > 0


def test_columns_read_across_are_a_miss_but_not_a_loss() -> None:
    left = "Les patients sont orientés par leur médecin traitant vers le réseau"
    right = "Une équipe mobile se déplace au domicile des personnes âgées isolées"
    across = "\n".join(f"{a} {b}" for a, b in zip(left.split(), right.split(), strict=True))
    figures = compare(page((BlockKind.PARAGRAPH, left), (BlockKind.PARAGRAPH, right)), across)
    assert figures.found == 0
    assert figures.lost == figures.cut == []


def test_furniture_and_tables_are_counted_apart() -> None:
    kept = page(
        (BlockKind.HEADER, "Schéma régional de santé de la région des essais"),
        (BlockKind.PARAGRAPH, SENTENCE),
        (BlockKind.TABLE_ROW, "Dispositif Plafond Échéance Montant Taux Durée Porteur Région"),
    )
    figures = compare(kept, kept.text.replace("\n", "\n\n"))
    assert figures.furniture[0] > 0
    assert figures.tables[0] > 0
    assert figures.windows == figures.found == figures.inner_windows
    assert figures.words == 12 + 8


def test_windows_over_two_blocks_are_told_from_those_within_one() -> None:
    kept = page((BlockKind.PARAGRAPH, f"{SENTENCE} {SENTENCE}"))
    figures = compare(kept, f"{SENTENCE}\n\n{SENTENCE}")
    assert figures.inner_windows == 2 * (12 - lecture.WINDOW + 1)
    assert figures.windows == 24 - lecture.WINDOW + 1


def test_the_drawing_of_windows_is_the_same_every_time() -> None:
    document = ReadDocument(
        DocumentMetadata("Essai"),
        tuple(page((BlockKind.PARAGRAPH, SENTENCE), number=number) for number in range(1, 6)),
    )
    texts = [SENTENCE] * 5
    first, pages = lecture.compare_document("essai.pdf", document, texts, sample=10)
    assert first == lecture.compare_document("essai.pdf", document, texts, sample=10)[0]
    assert first.windows == 10
    assert sum(figures.windows > 0 for figures in pages) >= 3


def test_the_worst_pages_come_first() -> None:
    document = ReadDocument(
        DocumentMetadata("Essai"),
        (page((BlockKind.PARAGRAPH, SENTENCE)), page((BlockKind.PARAGRAPH, "Rien."), number=2)),
    )
    total, _ = lecture.compare_document("essai.pdf", document, [SENTENCE, SENTENCE])
    assert [figures.page for figures in total.worst] == [2]
    assert total.share == 0.5
    assert total.coverage == 0.5


def test_without_poppler_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(AssistantError, match="poppler-utils"):
        lecture.pdftotext(tmp_path / "absent.pdf")


def test_pairs_are_scored_by_the_first_place_of_their_anchors() -> None:
    kept = page((BlockKind.PARAGRAPH, "D’abord ceci,"), (BlockKind.PARAGRAPH, "ensuite cela."))
    documents = {"essai.pdf": ReadDocument(DocumentMetadata("Essai"), (kept,))}
    good = ordre.Pair(file="essai.pdf", page=1, before="d'abord ceci", after="ensuite cela")
    wrong = replace_pair(good, before="ensuite cela", after="d'abord ceci")
    lost = replace_pair(good, before="introuvable")
    other = replace_pair(good, file="autre.pdf")
    figures = ordre.score_order([good, wrong, lost, other], documents)
    assert (figures.pairs, figures.kept) == (3, 1)
    assert figures.broken == [wrong, lost]
    assert figures.absent == ["autre.pdf"]


def replace_pair(pair: ordre.Pair, **changes: str) -> ordre.Pair:
    return pair.model_copy(update=changes)


def test_the_labelled_pairs_are_many_and_varied() -> None:
    pairs = ordre.load_pairs()
    assert len(pairs) >= 60
    assert len({(pair.file, pair.page) for pair in pairs}) >= 12
    assert all(1 <= len(lecture.tokens(pair.before)) <= 8 for pair in pairs)
    assert len({pair.model_dump_json() for pair in pairs}) == len(pairs)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (Poppler) est absent")
def test_the_command_reads_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    canvas_module = pytest.importorskip("reportlab.pdfgen.canvas")
    canvas = canvas_module.Canvas(str(tmp_path / "essai.pdf"), pagesize=(595, 842), invariant=1)
    for row in range(6):
        canvas.drawString(60, 700 - 14 * row, SENTENCE)
    canvas.save()
    (tmp_path / "casse.pdf").write_bytes(b"%PDF-1.7\nrien")
    assert lecture.main([str(tmp_path), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert [item["file"] for item in figures["documents"]] == ["essai.pdf"]
    assert figures["documents"][0]["found"] == figures["documents"][0]["windows"] > 50
    assert list(figures["refuses"]) == ["casse.pdf"]


@pytest.mark.corpus_reel
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (Poppler) est absent")
def test_nothing_of_the_seeds_is_lost(real_corpus: Path) -> None:
    from assistant.ingestion.reader import read_file

    for path in sorted((real_corpus / "seeds").glob("*.pdf")):
        document = read_file(path, max_bytes=50_000_000, max_pages=500)
        figures, _ = lecture.compare_document(path.name, document, lecture.pdftotext(path))
        assert figures.inner_share >= 0.995, path.name
        assert figures.coverage >= 0.999, path.name

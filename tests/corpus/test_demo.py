"""The demonstration corpus: reproducible, marked as such, and readable."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pypdf
import pytest

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
DEMO = CORPUS / "demo"
PDFS = sorted((DEMO / "pdf").glob("*.pdf"))
SCANNED = "bulletin-e-sante-mars-2025-numerise.pdf"
KINDS = {"prs", "strategie", "guide", "ami", "copil", "communique", "methode", "autre"}


def text_of(path: Path) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    pytest.importorskip("reportlab", reason="reportlab ne sert qu’à remettre en page les PDF")
    spec = importlib.util.spec_from_file_location("mettre_en_page", DEMO / "mettre_en_page.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rebuilt(script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("pdf")
    script.lay_out_all(folder)
    return folder


def test_every_source_has_its_pdf() -> None:
    sources = {path.stem for path in (DEMO / "sources").glob("*.md")}
    assert {path.stem for path in PDFS} == sources
    assert 10 <= len(sources) <= 12


def test_rebuilding_gives_the_committed_bytes(script: ModuleType, rebuilt: Path) -> None:
    record = tomllib.loads((DEMO / "empreintes.toml").read_text(encoding="utf-8"))
    if script.toolchain() != record["outils"]:
        pytest.skip("autres versions des outils de mise en page que celles d’empreintes.toml")
    for path in PDFS:
        assert (rebuilt / path.name).read_bytes() == path.read_bytes(), path.name


def test_rebuilding_gives_the_committed_text_whatever_the_versions(rebuilt: Path) -> None:
    for path in PDFS:  # white space apart: another version may break lines elsewhere
        again = [page.split() for page in text_of(rebuilt / path.name)]
        assert again == [page.split() for page in text_of(path)], path.name


def test_two_runs_give_the_same_bytes(script: ModuleType, rebuilt: Path, tmp_path: Path) -> None:
    digests = script.lay_out_all(tmp_path)
    assert len(digests) == len(PDFS)
    for name in digests:
        assert (tmp_path / name).read_bytes() == (rebuilt / name).read_bytes()


def test_a_source_that_is_not_marked_is_refused(script: ModuleType, tmp_path: Path) -> None:
    source = DEMO / "sources" / "glossaire-sigles.md"
    unmarked = tmp_path / "glossaire-sigles.md"
    text = source.read_text(encoding="utf-8").replace("demonstration: oui", "demonstration: non")
    unmarked.write_text(text, encoding="utf-8")
    assert script.read_source(source).meta["kind"] == "autre"
    with pytest.raises(script.SourceError, match="demonstration"):
        script.read_source(unmarked)


@pytest.mark.parametrize("path", PDFS, ids=lambda path: path.stem)
def test_pdf_says_it_is_a_demonstration_document(path: Path) -> None:
    reader = pypdf.PdfReader(path)
    assert reader.metadata is not None
    assert (reader.metadata.subject or "").startswith("Document de démonstration")
    assert reader.metadata.title and reader.metadata.author
    assert str(reader.root_object["/Lang"]) == "fr-FR"
    _mark, kind, date = (reader.metadata.keywords or "").split(", ")
    assert kind in KINDS
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date().isoformat() == date
    if path.name != SCANNED:
        for text in text_of(path):
            assert "Document de démonstration" in text


def test_french_characters_read_back_as_they_were_written() -> None:
    ami = text_of(DEMO / "pdf" / "ami-ia-temps-de-travail.pdf")[0]
    assert "jusqu’à 20 000 euros" in " ".join(ami.replace("\u00a0", " ").split())
    assert "AMI « IA et gestion du temps de travail »" in ami.replace("\u00a0", " ")
    everything = "".join("".join(text_of(path)) for path in PDFS)
    for character in "àâçèéêîôûœ€«»’•ÀÉ":
        assert character in everything, character
    assert "\ufffd" not in everything


def test_printed_numbers_differ_from_physical_ones_in_the_regional_scheme() -> None:
    reader = pypdf.PdfReader(DEMO / "pdf" / "srs-hautes-rives-2023-2028-e-sante.pdf")
    assert reader.page_labels == ["i", "ii", "57", "58", "59", "60"]


def test_headings_are_in_the_outline() -> None:
    reader = pypdf.PdfReader(DEMO / "pdf" / "ami-ia-temps-de-travail.pdf")
    first, children = reader.outline
    assert isinstance(first, pypdf.generic.Destination) and isinstance(children, list)
    assert "temps de travail" in str(first.title)
    titles = [child.title for child in children if isinstance(child, pypdf.generic.Destination)]
    assert titles[2] == "3. Financement"


def test_the_table_header_is_repeated_on_its_second_page() -> None:
    pages = text_of(DEMO / "pdf" / "tableau-financements-septembre-2025.pdf")
    assert len(pages) == 2
    for page in pages:
        assert "Prochaine relève" in page


def test_the_scanned_page_holds_a_picture_and_no_text() -> None:
    (page,) = pypdf.PdfReader(DEMO / "pdf" / SCANNED).pages
    assert page.extract_text().strip() == ""
    assert len(page.images) == 1


def test_the_corpus_stays_small() -> None:
    assert sum(path.stat().st_size for path in PDFS) < 1_500_000


class TestTypography:
    def test_plain_text_gets_french_spaces(self, script: ModuleType) -> None:
        assert script.typeset("l'IA : « oui » à 20 000 euros") == (
            "l’IA\u00a0: «\u00a0oui\u00a0» à 20\u00a0000\u00a0euros"
        )

    def test_a_time_and_an_address_keep_their_colon(self, script: ModuleType) -> None:
        assert script.typeset("https://exemple.fr à 8:30") == "https://exemple.fr à 8:30"

    def test_a_date_is_not_taken_for_a_number(self, script: ModuleType) -> None:
        assert script.typeset("le 31 juillet 2025") == "le 31 juillet 2025"

    def test_page_labels_count_from_the_front_matter(self, script: ModuleType) -> None:
        labels = script.Labels(front=2, start=57)
        assert [labels.label(page) for page in (1, 2, 3, 6)] == ["i", "ii", "57", "60"]

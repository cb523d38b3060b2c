"""A fiche leaves whole: every statement with its proof, every gap with its question."""

from __future__ import annotations

import io
import re
import zipfile
from functools import lru_cache
from xml.etree import ElementTree

import pytest
from docx import Document as open_docx
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pypdf import PdfReader

from assistant.errors import InvalidFormatError
from assistant.fiches.export import export_fiche
from assistant.fiches.method import Method
from assistant.fiches.model import Fiche
from tests.exports.test_answer import docx_text, pdf_text
from tests.exports.test_odt import alternatives
from tests.fiches.samples import (
    AT,
    METHOD,
    NEED,
    a_fiche,
    extract,
    the_longest_fiche,
    typed,
)


def flat(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def odt_text(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = ElementTree.fromstring(archive.read("content.xml"))
    lines = [one for one in root.iter() if one.tag.endswith(("}p", "}h"))]
    # A note stands within the line that calls it: its own line comes again, like at the foot.
    for note in root.iter("{urn:oasis:names:tc:opendocument:xmlns:text:1.0}note"):
        for child in list(note):
            note.remove(child)
    return " ".join("".join(one.itertext()) for one in lines)


@lru_cache
def the_longest(format_: str) -> bytes:
    return export_fiche(the_longest_fiche(), format_, made=AT)


def shown(fiche: Fiche, format_: str, method: Method | None = None) -> str:
    """Everything that a reader of the document sees, on one line."""
    return read(export_fiche(fiche, format_, method=method, made=AT), format_)


def read(content: bytes, format_: str) -> str:
    if format_ == "docx":
        return flat(" ".join(docx_text(content)))
    if format_ == "odt":
        return flat(odt_text(content))
    if format_ == "pdf":
        return flat(pdf_text(content))
    return flat(content.decode().replace("\\", "").replace("**", ""))


FORMATS = ("docx", "odt", "pdf", "md")


@pytest.mark.parametrize("format_", FORMATS)
def test_a_reader_finds_what_is_said_and_on_what_proof(format_: str):
    text = shown(a_fiche(), format_, METHOD)
    for said in (
        f"« {NEED} »",
        "(corpus ; extrait mot pour mot)",
        f"Schéma régional d’exemple (srs-exemple.pdf), p. 3 : « {NEED} »",
        "Constat du CHU d’exemple. (saisie)",
        "Dernière écriture : Mme Lefèvre, le 22 novembre 2026.",
        "cadre général, qui ne parle pas de ce cas d’usage en particulier",
        "Remarque : L’échéance est passée.",
        "8. Ressources humaines & QVCT",
        "d’après « planification », « équipes »",
        "EFF_3 – intitulé non connu",
        "Moyen : impact probable, pas encore mesuré dans votre contexte",
        "(IMP_1 0,5 + IMP_2 1) / 2 = 0,75",
        "Guichets de financement, état au 22 novembre 2026",
        "31 juillet 2025",
        "(nomme ce cas d’usage)",
        "AMI « Temps de travail » d’exemple : Réservé aux établissements d’exemple.",
        "Statut : à compléter. Rien n’a été trouvé dans les documents, ni saisi.",
        "Question à poser : Qui former, à quoi, et qui accompagne les équipes ?",
        "Ce qui n’a pas été trouvé, ou seulement en partie",
        "documenté : 7, partiel : 2, à compléter : 12",
        "Fiche proche dans le portefeuille : « Planification des soins » (ressemblance 82 %).",
        "brouillon, révision 3 du 22 novembre 2026",
        "Aucun texte généré",
    ):
        assert said in text, said


@pytest.mark.parametrize("format_", FORMATS)
def test_a_deadline_is_said_open_passed_or_unknown_in_words(format_: str):
    text = shown(a_fiche(), format_)
    rows = text[text.index("Guichets de financement") :]
    assert re.search(r"Temps de travail.*?31 juillet 2025 \W*passée", rows)
    assert re.search(r"AAP d’exemple.*?50 %.*?1er mars 2027 \W*ouverte", rows)
    assert "date limite non trouvée" in rows


def test_json_gives_the_same_fiche_back():
    for fiche in (a_fiche(), a_fiche(filled=False, levels={}, axis=None), the_longest_fiche()):
        assert Fiche.model_validate_json(export_fiche(fiche, "json")) == fiche


def test_a_corrected_title_is_the_title():
    fiche = a_fiche("Planning")
    corrected = fiche.field("intitule").model_copy(update={"statements": [typed("Planifier")]})
    fields = [corrected if one.key == "intitule" else one for one in fiche.fields]
    assert shown(fiche.model_copy(update={"fields": fields}), "md").startswith("# Planifier")


def test_word_has_headings_notes_tables_and_the_text_of_the_picture():
    file = open_docx(io.BytesIO(export_fiche(a_fiche(), "docx", made=AT)))
    headings = [one.text for one in file.paragraphs if one.style.name == "Heading 1"]
    assert [one.split(". ")[0] for one in headings if one[0].isdigit()] == [
        str(rank) for rank in range(1, 22)
    ]
    assert all("w:tblHeader" in table.rows[0]._tr.xml for table in file.tables)
    (picture,) = file.inline_shapes
    assert "impact 0,75" in picture._inline.docPr.get("descr")
    assert picture.width.cm < 17 and picture.height.cm < 21


def test_pdf_is_accessible():
    content = export_fiche(a_fiche(), "pdf", made=AT)
    reader = PdfReader(io.BytesIO(content))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "fr-FR"
    assert b"pdfuaid" in content
    (alternative,) = alternatives(reader)
    assert "impact 0,75" in alternative


@pytest.mark.parametrize("format_", FORMATS)
def test_the_longest_fiche_is_whole(format_: str):
    """Four fields of twenty statements of two thousand characters, titles of six hundred."""
    fiche = the_longest_fiche()
    assert len(fiche.field("besoin").statements[0].text) > 1980
    text = read(the_longest(format_), format_)
    for rank in range(20):
        # Once a field in the text; the note gives the beginning alone.
        assert len(re.findall(rf"Fin {rank}\. »", text)) == 4
        assert len(re.findall(rf"« Début {rank}\.", text)) == 8


def test_no_text_of_the_longest_fiche_leaves_its_page():
    import pypdfium2

    pages = pypdfium2.PdfDocument(the_longest("pdf"))
    for page in pages:
        width, height = page.get_size()
        text = page.get_textpage()
        for rank in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(rank)
            assert left > 50 and right < width - 50
            assert bottom > 20 and top < height - 40


def test_an_empty_fiche_invents_nothing():
    fiche = a_fiche("Rien de connu", filled=False, levels={}, axis=None)
    text = shown(fiche, "md", METHOD)
    assert "Aucun document n’est cité." in text
    assert "Aucun choix retenu." in text
    assert "Impact : aucun critère noté sur 4." in text
    assert "[^" not in text


def test_a_grid_of_its_own_keeps_its_fields_and_its_codes():
    fiche = a_fiche()
    fields = [one for one in fiche.fields if one.key != "sources"]
    text = shown(fiche.model_copy(update={"fields": fields}), "md")
    assert "## Sources, et ce qui n’a pas été trouvé" in text  # even without the field
    assert "| Fort |" in text  # the code serves when the grid is not given


def test_what_people_and_documents_wrote_is_never_markup():
    hostile = "<script>alert(1)</script> [clic](javascript:alert(1)) | a | b"
    fiche = a_fiche(hostile)
    field = fiche.field("besoin").model_copy(
        update={"statements": [extract(hostile), typed(hostile)], "author": hostile}
    )
    fields = [field if one.key == "besoin" else one for one in fiche.fields]
    fiche = fiche.model_copy(update={"fields": fields, "notes": [hostile]})
    html = MarkdownIt("commonmark").enable("table").render(export_fiche(fiche, "md").decode())
    assert "<script" not in html and "<a " not in html
    for format_ in ("docx", "odt", "pdf"):
        assert shown(fiche, format_).count("alert(1)") >= 8


@settings(max_examples=4, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_any_text_can_be_exported(text: str):
    fiche = a_fiche()
    field = fiche.field("suite").model_copy(update={"statements": [typed(text)]})
    fields = [field if one.key == "suite" else one for one in fiche.fields]
    for format_ in FORMATS:
        assert export_fiche(fiche.model_copy(update={"fields": fields}), format_, made=AT)


def test_an_unknown_format_is_refused():
    with pytest.raises(InvalidFormatError, match="n'existe pas"):
        export_fiche(a_fiche(), "exe")

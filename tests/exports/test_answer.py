"""An answer leaves with its proofs, in every format."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime

import pytest
from docx import Document as open_docx
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt
from pypdf import PdfReader

from assistant.errors import InvalidFormatError
from assistant.exports.answer import MEDIA_TYPES, export_answer
from assistant.model import (
    Answer,
    Citation,
    Differing,
    DifferingValue,
    ModelIds,
    Sentence,
    Source,
)

MADE = datetime(2026, 11, 22, 9, 30)


def citation(quote: str, page: int = 1, file: str = "ami.pdf") -> Citation:
    return Citation(
        file=file,
        document="AMI Temps de travail",
        document_id="a",
        page=page,
        page_label=str(page),
        quote=quote,
        start=0,
        end=len(quote),
    )


def an_answer(**changes: object) -> Answer:
    amount = "L’AMI est doté de 2 millions d’euros pour l’œuvre n° 3."
    answer = Answer(
        question="Quel est le montant de l’AMI ?",
        abstained=False,
        confidence=0.93,
        sentences=[
            Sentence(text=amount, kind="extract", citations=[citation(amount)]),
            Sentence(text="Sont éligibles :", kind="extract", citations=[citation("Sont", 2)]),
            Sentence(
                text="les CHU", kind="extract", role="list_item", citations=[citation("les CHU", 2)]
            ),
            Sentence(
                text="les ESPIC",
                kind="extract",
                role="list_item",
                citations=[citation("les ESPIC", 2)],
            ),
        ],
        sources=[
            Source(
                rank=1,
                file="ami.pdf",
                document="AMI Temps de travail",
                document_id="a",
                kind="ami",
                page=1,
                page_label="1",
                section=["3. Financement"],
                excerpt="…",
                score=1.0,
                passage_id="p",
            )
        ],
        notes=["L’échéance du 31 juillet 2025 est passée."],
        index_generation="g1",
        models=ModelIds(embedding="e5-small"),
    )
    return answer.model_copy(update=changes)


def docx_text(content: bytes) -> tuple[str, str]:
    """Body text and footnotes of a Word file."""
    file = open_docx(io.BytesIO(content))
    body = "\n".join(paragraph.text for paragraph in file.paragraphs)
    body += "\n".join(
        cell.text for table in file.tables for row in table.rows for cell in row.cells
    )
    parts = [rel.target_part for rel in file.part.rels.values() if "footnotes" in rel.reltype]
    notes = "".join(etree.fromstring(parts[0].blob).itertext()) if parts else ""
    return body, notes


def pdf_text(content: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split()
    )


def test_word_has_headings_list_table_header_and_footnotes() -> None:
    content = export_answer(an_answer(), "docx", made=MADE, organisation="ARS Essai")
    body, notes = docx_text(content)
    assert "L’AMI est doté de 2 millions d’euros pour l’œuvre n° 3." in body
    assert "AMI Temps de travail (ami.pdf), p.\u00a01\u00a0: «\u00a0L’AMI est doté" in notes
    file = open_docx(io.BytesIO(content))
    styles = [paragraph.style.name for paragraph in file.paragraphs]
    assert styles.count("List Bullet") >= 2
    assert "Heading 1" in styles
    assert "w:tblHeader" in file.tables[0].rows[0]._tr.xml
    assert file.core_properties.language == "fr-FR"
    assert file.sections[0].footer.paragraphs[0].text.startswith("ARS Essai – Assistant")


def test_pdf_is_tagged_french_and_whole() -> None:
    content = export_answer(an_answer(), "pdf", made=MADE)
    root = PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr-FR"
    assert b"pdfuaid" in content  # declares PDF/UA
    text = pdf_text(content)
    assert "L’AMI est doté de 2 millions d’euros pour l’œuvre n° 3." in text
    assert "les ESPIC" in text and "Traçabilité" in text


def test_pdf_is_the_same_when_made_again() -> None:
    assert export_answer(an_answer(), "pdf", made=MADE) == export_answer(
        an_answer(), "pdf", made=MADE
    )


def test_markdown_has_a_footnote_a_citation() -> None:
    text = export_answer(an_answer(), "md", made=MADE, organisation="ARS Essai").decode()
    assert "_ARS Essai – Assistant – " in text
    assert "[^1]" in text and "[^1]: AMI Temps de travail (ami.pdf), p." in text
    assert text.count("\n[^") == 4


def test_json_is_the_public_contract() -> None:
    data = json.loads(export_answer(an_answer(), "json"))
    assert Answer.model_validate(data) == an_answer()


def test_an_abstention_is_exported_with_its_reason() -> None:
    answer = an_answer(abstained=True, sentences=[], reason="Non trouvé dans le corpus.")
    assert "Non trouvé dans le corpus." in docx_text(export_answer(answer, "docx", made=MADE))[0]
    assert "Non trouvé dans le corpus." in pdf_text(export_answer(answer, "pdf", made=MADE))


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(InvalidFormatError, match="n'existe pas"):
        export_answer(an_answer(), "exe")
    assert set(MEDIA_TYPES) == {"docx", "odt", "pdf", "md", "json"}


HOSTILE = [
    '#eval(read("/etc/passwd")) $x$ *gras* _i_ @ref <lien> // commentaire',
    "<script>alert(1)</script> [clic](javascript:alert(1)) ![x](http://exemple.fr/x.png)",
    "| a | b |\n|---|---|\n# Titre\n- item\n1. item",
    "\x00\x07\x0b nul \ud800 demi \ufffe non-caractère \u202e renversé",
    '=HYPERLINK("http://exemple.fr") & < > \' "',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_documents_is_never_read_as_markup(text: str) -> None:
    clean = text.encode("utf-8", "replace").decode()
    answer = an_answer(
        question=text, sentences=[Sentence(text=text, kind="extract", citations=[citation(clean)])]
    )
    page = MarkdownIt("commonmark").enable("table")
    html = page.render(export_answer(answer, "md", made=MADE).decode())
    assert "<script" not in html and "<a " not in html and "<img" not in html
    assert html.count("<h1>") == 1
    words = re.findall(r"[a-zéèà]{4,}", text)
    for shown in (
        docx_text(export_answer(answer, "docx", made=MADE))[0],
        pdf_text(export_answer(answer, "pdf", made=MADE)),
    ):
        assert all(word in shown for word in words)


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_exported(question: str, quote: str) -> None:
    answer = an_answer(
        question=question,
        sentences=[Sentence(text=quote, kind="extract", citations=[citation(quote)])],
    )
    for format_ in ("docx", "odt", "pdf", "md"):
        assert export_answer(answer, format_, made=MADE)


def test_values_that_differ_stand_side_by_side_with_their_proofs():
    values = [
        DifferingValue(
            value=amount,
            normalised=amount,
            scope="pour les deux appels" if rank else "",
            citation=citation(f"Le fonds verse {amount}.", rank + 1, f"{rank}.pdf"),
            date="2031-02-01",
            newest=bool(rank),
        )
        for rank, amount in enumerate(("2 M€", "4 M€"))
    ]
    one = Differing(attribute="Montant", kind="amount", values=values, remark="À vérifier.")
    written = export_answer(an_answer(differing=[one]), "md", made=MADE).decode()
    rows = [line for line in written.splitlines() if line.startswith("| ") and "M€" in line]
    assert [row.split("[^")[0] for row in rows] == ["| 2 M€", "| 4 M€"]
    assert "pour les deux appels" in rows[1]
    assert "1er février 2031, le plus récent" in rows[1]
    assert "Le fonds verse 4 M€." in written
    assert "À vérifier." in written
    for format_ in ("docx", "odt", "pdf"):
        assert export_answer(an_answer(differing=[one]), format_, made=MADE)

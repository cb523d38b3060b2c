"""The portfolio leaves as a table, and as one document for a committee."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from docx import Document as open_docx
from lxml import etree
from pydantic import TypeAdapter
from pypdf import PdfReader

from assistant.errors import InvalidFormatError
from assistant.fiches.model import Fiche
from assistant.fiches.portfolio import copil_pack, portfolio_table
from tests.exports.test_odt import alternatives
from tests.fiches.samples import AT, METHOD, a_fiche, typed

CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def portfolio() -> list[Fiche]:
    return [
        a_fiche(id="f1"),
        a_fiche("Prévoir l’afflux aux urgences", id="f2", axis="5", state="validee"),
        a_fiche("Coder le PMSI", id="f3", axis=None, levels={}, filled=False),
    ]


def table(fiches: list[Fiche]) -> list[dict[str, str]]:
    text = portfolio_table(fiches, "csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def sheets(content: bytes) -> list[list[list[tuple[str, str]]]]:
    """Cells of each sheet, as (type, text); type « n » when the file gives none."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        strings = [
            "".join(one.itertext())
            for one in etree.fromstring(archive.read("xl/sharedStrings.xml")).iter(f"{CELL}si")
        ]
        names = sorted(one for one in archive.namelist() if one.startswith("xl/worksheets/sheet"))
        found = []
        for name in names:
            root = etree.fromstring(archive.read(name))
            assert not list(root.iter(f"{CELL}f"))  # no formula anywhere
            rows = []
            for row in root.iter(f"{CELL}row"):
                cells = []
                for cell in row:
                    kind, value = cell.get("t", "n"), cell.findtext(f"{CELL}v") or ""
                    cells.append((kind, strings[int(value)] if kind == "s" else value))
                rows.append(cells)
            found.append(rows)
    return found


def test_a_french_spreadsheet_reads_the_table():
    content = portfolio_table(portfolio(), "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    first, second, third = table(portfolio())
    assert first["Axe"] == "Ressources humaines & QVCT" and first["Numéro d’axe"] == "8"
    assert first["Fonctions d’IA"] == "Prédictive, Prescriptive"
    assert (first["Impact"], first["Impact au plus haut"]) == ("0,75", "0,875")
    assert first["Prochaine date limite"] == "01/03/2027"
    assert "AMI « Temps de travail » d’exemple (passée)" in first["Guichets"]
    assert second["État"] == "validée"
    assert third["Axe"] == third["Impact"] == third["Guichets"] == ""
    assert third["Champs à compléter"] == "14" and "Données" in third["À compléter"]


@pytest.mark.parametrize("text", ["=1+1", "+33 1", "-2", "@SOMME(A1)", " =A1", "\t=A1", "＝A1"])
def test_no_cell_is_a_formula(text: str):
    fiche = a_fiche("Essai " + text, author=text)
    field = fiche.field("intitule").model_copy(update={"statements": [typed(text)]})
    fiche = fiche.model_copy(update={"fields": [field, *fiche.fields[1:]]})
    (row,) = table([fiche])
    assert row["Auteur"].startswith("'") and row["Titre"].startswith("'")
    whole, _ = sheets(portfolio_table([fiche], "xlsx"))
    assert whole[1][1][0] == "s"  # text, whatever it begins with


def test_the_workbook_has_numbers_dates_and_a_line_a_field():
    whole, fields = sheets(portfolio_table(portfolio(), "xlsx", made=AT))
    header, first, *_ = whole
    by_name = dict(zip([text for _, text in header], first, strict=True))
    assert by_name["Impact"] == ("n", "0.75")
    assert by_name["Prochaine date limite"][0] == "n"  # a date that can be sorted
    assert len(whole) == 4 and len(fields) == 1 + 3 * 21
    contents = [row[5][1] for row in fields[1:] if len(row) > 5]
    assert any("« Les plannings" in one.replace("\u00a0", " ") for one in contents)
    assert any("IMP_1 – Impact métier clinique" in one for one in contents)


def test_a_cell_longer_than_excel_takes_says_it_is_cut():
    long = a_fiche()
    field = long.field("besoin").model_copy(update={"statements": [typed("é" * 19_999)] * 2})
    fields = [field if one.key == "besoin" else one for one in long.fields]
    _, lines = sheets(portfolio_table([long.model_copy(update={"fields": fields})], "xlsx"))
    longest = max((text for row in lines for _, text in row), key=len)
    assert len(longest) < 32_767 and longest.endswith("[…]")


def test_an_empty_portfolio_is_a_header():
    assert table([]) == []
    assert len(sheets(portfolio_table([], "xlsx"))[0]) == 1


def test_the_pack_has_the_charts_their_tables_and_a_page_a_fiche():
    content = copil_pack(portfolio(), "docx", method=METHOD, made=AT, organisation="ARS Essai")
    file = open_docx(io.BytesIO(content))
    assert file.sections[0].footer.paragraphs[0].text.startswith("ARS Essai – ")
    tops = [one for one in file.paragraphs if one.style.name == "Heading 1"]
    assert [one.text for one in tops] == [
        "Contenu",
        "À savoir",
        "Vue d’ensemble",
        "Fiche 1 – Aide à la planification des équipes soignantes",
        "Fiche 2 – Prévoir l’afflux aux urgences",
        "Fiche 3 – Coder le PMSI",
    ]
    assert [bool(one.paragraph_format.page_break_before) for one in tops] == [
        *(False, False, True),
        *(True, True, True),
    ]
    assert len(file.inline_shapes) == 2 + 3
    overview = file.tables[0]
    assert [cell.text for cell in overview.rows[2].cells][:4] == [
        *("2", "Prévoir l’afflux aux urgences", "validée", "5. Pilotage & Gestion"),
    ]
    places = file.tables[1]
    assert places.rows[3].cells[4].text == "non déterminé, faute de notes"
    axes = {row.cells[0].text: row.cells[1].text for row in file.tables[2].rows}
    assert axes["8. Ressources humaines & QVCT"] == axes["Non rattachable"] == "1"


@pytest.mark.parametrize("format_", ["odt", "pdf", "md"])
def test_the_pack_is_written_in_every_format(format_: str):
    content = copil_pack(portfolio(), format_, made=AT)
    if format_ == "md":
        text = content.decode()
        assert text.count("\n## Fiche ") == 3 and "\n### 3. Besoin ou problème" in text
        assert "mentions de guichets dont la date limite est passée" in text
    elif format_ == "pdf":
        reader = PdfReader(io.BytesIO(content))
        told = alternatives(reader)
        assert len(told) == 5 and "Sans fiche" in told[1]
        assert b"pdfuaid" in content
    else:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert sum(one.startswith("Pictures/") for one in archive.namelist()) == 5


def test_json_is_the_list_of_the_fiches():
    content = copil_pack(portfolio(), "json")
    assert TypeAdapter(list[Fiche]).validate_json(content) == portfolio()


def test_a_pack_of_nothing_says_so():
    assert "Aucune fiche n’a été choisie." in copil_pack([], "md").decode()


def test_unknown_formats_are_refused():
    with pytest.raises(InvalidFormatError, match="csv, xlsx"):
        portfolio_table([], "exe")
    with pytest.raises(InvalidFormatError):
        copil_pack([], "exe")

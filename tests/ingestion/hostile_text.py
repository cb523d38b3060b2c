"""Files that say to a reader of files what they do not say to people.

Each builder writes a file that shows `SEEN` and holds `SECRET` somewhere out of sight.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.ingestion.hostile import pages, pdf, stream, text_content
from tests.ingestion.office_files import docx_of, edit_zip, p

SEEN = "Le fonds Boreal est dote de 3 millions pour les projets de la region."
SECRET = "SECRET SERVI"


def _say(text: str = SECRET, y: int = 400, before: bytes = b"", size: int = 11) -> bytes:
    return b" BT %s /F1 %d Tf 72 %d Td (%s) Tj ET " % (before, size, y, text.encode())


def page_pdf(
    content: bytes, *more: bytes, catalog: bytes = b"", resources: bytes = b"", extra: bytes = b""
) -> bytes:
    """A page that shows `SEEN`, then draws `content`; `more` are objects 6, 7…"""
    body = text_content([SEEN]) + b" " + content
    objects = pages([stream(body)], catalog=catalog, extra=extra)
    objects[3] = objects[3].replace(b"/Resources <<", b"/Resources << " + resources)
    return pdf([*objects, *more])


_LAYER = b"<< /Type /OCG /Name (Calque) >>"
_FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
_IN_LAYER = b"/OC /L BDC" + _say() + b"EMC"
_UNICODE = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
    b"1 begincodespacerange <00> <FF> endcodespacerange "
    b"1 beginbfrange <41> <5A> <0041> endbfrange endcmap end end"
)

HIDDEN_PDFS: dict[str, bytes] = {
    "calque éteint": page_pdf(
        _IN_LAYER,
        _LAYER,
        catalog=b"/OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >>",
        resources=b"/Properties << /L 6 0 R >>",
    ),
    "calques éteints d'office": page_pdf(
        _IN_LAYER,
        _LAYER,
        catalog=b"/OCProperties << /OCGs [6 0 R] /D << /BaseState /OFF >> >>",
        resources=b"/Properties << /L 6 0 R >>",
    ),
    "appartenance à un calque éteint": page_pdf(
        _IN_LAYER,
        b"<< /Type /OCMD /OCGs [7 0 R] /P /AllOn >>",
        _LAYER,
        catalog=b"/OCProperties << /OCGs [7 0 R] /D << /OFF [7 0 R] >> >>",
        resources=b"/Properties << /L 6 0 R >>",
    ),
    "appartenance par expression": page_pdf(
        _IN_LAYER,
        b"<< /Type /OCMD /VE [/Not 7 0 R] >>",
        _LAYER,
        catalog=b"/OCProperties << /OCGs [7 0 R] /D << >> >>",
        resources=b"/Properties << /L 6 0 R >>",
    ),
    "formulaire dans un calque éteint": page_pdf(
        b"/X Do",
        stream(_say(), _FORM + b"/O#43 7 0 R"),
        _LAYER,
        catalog=b"/OCProperties << /OCGs [7 0 R] /D << /OFF [7 0 R] >> >>",
        resources=b"/XObject << /X 6 0 R >>",
    ),
    "texte de remplacement": page_pdf(
        b"/Span << /ActualText (%s) >> BDC" % SECRET.encode()
        + _say("Une phrase que tous lisent.")
        + b"EMC"
    ),
    "description d'une image": page_pdf(
        b"/Figure << /Alt (%s) >> BDC 100 100 50 50 re f EMC" % SECRET.encode()
    ),
    "rogné": page_pdf(b"q 500 20 10 10 re W n" + _say() + b"Q"),
    "rogné à rien": page_pdf(b"q 0 0 0 0 re W n" + _say() + b"Q"),
    "rogné par des lettres": page_pdf(
        b"q BT 7 Tr /F1 11 Tf 72 300 Td (AAAA) Tj ET" + _say(before=b"0 Tr") + b"Q"
    ),
    "masque": page_pdf(
        b"q /G gs" + _say() + b"Q",
        stream(b"0 g 0 0 595 842 re f", _FORM + b"/Group << /S /Transparency /CS /DeviceGray >>"),
        resources=b"/ExtGState << /G << /SMask << /S /Luminosity /G 6 0 R >> >> >>",
    ),
    "écrasé": page_pdf(_say(before=b"1 Tz")),
    "aplati": page_pdf(b"q 1 0 0 0.01 0 400 cm" + _say(y=0) + b"Q"),
    "contour blanc": page_pdf(_say(before=b"1 Tr 1 1 1 RG")),
    "lettres vides": page_pdf(
        _say().replace(b"/F1", b"/F3"),
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] "
        b"/CharProcs << /a 7 0 R >> /Encoding << /Differences [%s] >> /FirstChar 65 /LastChar 90 "
        b"/Widths [%s] /ToUnicode 8 0 R >>"
        % (b" ".join(b"%d /a" % code for code in range(65, 91)), b" ".join([b"1"] * 26)),
        stream(b"1 0 d0"),
        stream(_UNICODE),
    ).replace(b"/Font << /F1 3 0 R", b"/Font << /F3 6 0 R /F1 3 0 R"),
    "sous une annotation": page_pdf(
        _say(),
        b"<< /Type /Annot /Subtype /Square /F 4 /Rect [60 390 400 420] /AP << /N 7 0 R >> >>",
        stream(b"0 g 0 0 340 30 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 340 30]"),
        extra=b"/Annots [6 0 R]",
    ),
    "note d'annotation": page_pdf(
        b"",
        b"<< /Type /Annot /Subtype /Text /Rect [72 400 90 418] /Contents (%s) >>" % SECRET.encode(),
        extra=b"/Annots [6 0 R]",
    ),
    "champ caché d'un formulaire": page_pdf(
        b"",
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (%s) /F 2 /Rect [72 400 300 418] >>"
        % SECRET.encode(),
        extra=b"/Annots [6 0 R]",
        catalog=b"/AcroForm << /Fields [6 0 R] /DA (/F1 11 Tf) >>",
    ),
}

SHOWN_PDFS: dict[str, bytes] = {
    "calque allumé": page_pdf(
        b"/OC /L BDC" + _say("Une phrase que tous lisent.") + b"EMC",
        _LAYER,
        catalog=b"/OCProperties << /OCGs [6 0 R] /D << >> >>",
        resources=b"/Properties << /L 6 0 R >>",
    ),
    "remplacement fidèle": page_pdf(
        b"/Span << /ActualText (Une phrase que tous lisent.) >> BDC"
        + _say("Une phrase que tous lisent.")
        + b"EMC"
    ),
    "rogné large": page_pdf(b"q 60 380 400 40 re W n" + _say("Une phrase que tous lisent.") + b"Q"),
    "formulaire transparent": page_pdf(
        b"q /G gs /X Do Q",
        stream(
            _say("Une phrase que tous lisent."),
            _FORM + b"/Group << /S /Transparency /CS /DeviceGray >>",
        ),
        resources=b"/XObject << /X 6 0 R >> /ExtGState << /G << /ca 0.9 >> >>",
    ),
    "surligné": page_pdf(
        _say("Une phrase que tous lisent."),
        b"<< /Type /Annot /Subtype /Highlight /F 4 /Rect [60 390 400 420] /C [1 1 0] "
        b"/QuadPoints [60 420 400 420 60 390 400 390] >>",
        extra=b"/Annots [6 0 R]",
    ),
}

_WORD = p(SEEN)
_NS14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
HIDDEN_WORD: dict[str, str] = {
    "masqué": p(SECRET, run="<w:vanish/>"),
    "blanc": p(SECRET, run='<w:color w:val="FFFFFF"/>'),
    "presque blanc": p(SECRET, run='<w:color w:val="FAFAFA"/>'),
    "couleur de sa trame": p(
        SECRET, run='<w:color w:val="102040"/><w:shd w:val="clear" w:fill="112244"/>'
    ),
    "couleur du surligneur": p(
        SECRET, run='<w:color w:val="FFFF00"/><w:highlight w:val="yellow"/>'
    ),
    "minuscule": p(SECRET, run='<w:sz w:val="2"/>'),
    "écrasé": p(SECRET, run='<w:w w:val="1"/>'),
    "transparent": p(SECRET, run=f"<w14:textFill {_NS14}><w14:noFill/></w14:textFill>"),
    "suppression suivie": f"<w:p><w:del><w:r><w:delText>{SECRET}</w:delText></w:r></w:del></w:p>",
    "suppression mal écrite": f"<w:p><w:del><w:r><w:t>{SECRET}</w:t></w:r></w:del></w:p>",
    "cadre hors de la feuille": p(SECRET, properties='<w:framePr w:x="-20000" w:y="100"/>'),
    "ligne masquée d'un tableau": (
        "<w:tbl><w:tblPr/><w:tr><w:tc><w:p><w:r><w:t>Une phrase.</w:t></w:r></w:p></w:tc></w:tr>"
        f"<w:tr><w:trPr><w:hidden/></w:trPr><w:tc>{p(SECRET)}</w:tc></w:tr></w:tbl>"
    ),
    "code d'un champ": (
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f"<w:r><w:t>{SECRET}</w:t></w:r>"
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>Une phrase.</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    ),
}
_WHITE_WORDS = p("Une phrase que tous lisent.", run='<w:color w:val="FFFFFF"/>')
SHOWN_WORD: dict[str, str] = {
    "blanc sur une cellule foncée": (
        "<w:tbl><w:tblPr/><w:tr><w:tc><w:tcPr><w:shd w:val='clear' w:fill='102040'/></w:tcPr>"
        f"{_WHITE_WORDS}</w:tc></w:tr></w:tbl>"
    ),
    "blanc sur une trame": p(
        "Une phrase que tous lisent.",
        properties='<w:shd w:val="clear" w:fill="102040"/>',
        run='<w:color w:val="FFFFFF"/>',
    ),
    "automatique sur une trame noire": p(
        "Une phrase que tous lisent.",
        properties='<w:shd w:val="clear" w:fill="000000"/>',
        run='<w:color w:val="auto"/>',
    ),
    "champ sans fin": (
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>'
        + p("Une phrase que tous lisent.")
    ),
    "ajout suivi": "<w:p><w:ins><w:r><w:t>Une phrase que tous lisent.</w:t></w:r></w:ins></w:p>",
}


def word(path: Path, hidden: str) -> Path:
    """A Word file of two paragraphs."""
    return docx_of(path, _WORD, hidden)


def slides(path: Path, change: Callable[[Any, Any], None]) -> Path:
    """Two slides; `change` gets the second one and its text box, which holds `SECRET`."""
    import pptx
    from pptx.util import Cm

    deck = pptx.Presentation()
    for text in (SEEN, SECRET):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = f"Titre de {len(text)} signes"
        box = slide.shapes.add_textbox(Cm(2), Cm(8), Cm(15), Cm(2))
        box.text_frame.text = text
    change(slide, box)
    deck.save(str(path))
    return path


def _font(box: Any) -> Any:
    return box.text_frame.paragraphs[0].runs[0].font


def _hide_slide(slide: Any, _: Any) -> None:
    slide.element.set("show", "0")


def _move_off(_: Any, box: Any) -> None:
    box.left = -box.width - 100


def _hide_shape(_: Any, box: Any) -> None:
    box.element.nvSpPr.cNvPr.set("hidden", "1")


def _whiten(_: Any, box: Any) -> None:
    from pptx.dml.color import RGBColor

    _font(box).color.rgb = RGBColor(255, 255, 255)


def _whiten_by_theme(_: Any, box: Any) -> None:
    from pptx.enum.dml import MSO_THEME_COLOR

    _font(box).color.theme_color = MSO_THEME_COLOR.BACKGROUND_1


def _shrink(_: Any, box: Any) -> None:
    from pptx.util import Pt

    _font(box).size = Pt(1)


def _empty_letters(_: Any, box: Any) -> None:
    _font(box).fill.background()


def _hide_title(slide: Any, box: Any) -> None:
    box.text_frame.text = "Une phrase"
    slide.shapes.title.text = SECRET
    slide.shapes.title.element.nvSpPr.cNvPr.set("hidden", "1")


HIDDEN_SLIDES: dict[str, Callable[[Any, Any], None]] = {
    "diapositive masquée": _hide_slide,
    "hors de la diapositive": _move_off,
    "forme masquée": _hide_shape,
    "blanc sur blanc": _whiten,
    "couleur du fond du thème": _whiten_by_theme,
    "un point de haut": _shrink,
    "lettres sans remplissage": _empty_letters,
    "titre masqué": _hide_title,
}


def white_on_dark_box(_: Any, box: Any) -> None:
    """White letters on a filled shape: everybody reads them."""
    from pptx.dml.color import RGBColor

    box.fill.solid()
    box.fill.fore_color.rgb = RGBColor(16, 32, 64)
    _whiten(_, box)


def white_on_dark_slide(slide: Any, box: Any) -> None:
    """White letters on a dark slide."""
    from pptx.dml.color import RGBColor

    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = RGBColor(16, 32, 64)
    _whiten(slide, box)


def white_over_a_shape(slide: Any, box: Any) -> None:
    """White letters over another shape, which is filled."""
    from pptx.util import Cm

    shape = slide.shapes.add_shape(1, Cm(1), Cm(7), Cm(18), Cm(5))
    box.element.addprevious(shape.element)
    _whiten(slide, box)


SHOWN_SLIDES = (white_on_dark_box, white_on_dark_slide, white_over_a_shape)

HIDDEN_ODT: dict[str, str] = {
    "style masqué": '<text:p text:style-name="Cache">{0}</text:p>',
    "blanc": '<text:p><text:span text:style-name="Blanc">{0}</text:span></text:p>',
    "blanc sous un autre style": (
        '<text:p><text:span text:style-name="Blanc"><text:span text:style-name="Gras">{0}'
        "</text:span></text:span></text:p>"
    ),
    "minuscule": '<text:p><text:span text:style-name="Petit">{0}</text:span></text:p>',
    "section masquée": '<text:section text:name="s" text:display="none"><text:p>{0}</text:p>'
    "</text:section>",
    "section sous condition": '<text:section text:name="s" text:display="condition" '
    'text:condition="ooow:1==1" text:is-hidden="true"><text:p>{0}</text:p></text:section>',
    "champ de texte masqué": '<text:p>Une phrase.<text:hidden-text text:is-hidden="true" '
    'text:string-value="{0}">{0}</text:hidden-text></text:p>',
    "champ de paragraphe masqué": '<text:p><text:hidden-paragraph text:is-hidden="true"/>{0}'
    "</text:p>",
    "ligne masquée": "<table:table><table:table-row><table:table-cell><text:p>Une phrase.</text:p>"
    "</table:table-cell></table:table-row><table:table-row table:visibility='collapse'>"
    "<table:table-cell><text:p>{0}</text:p></table:table-cell></table:table-row></table:table>",
    "annotation": "<text:p>Une phrase.<office:annotation><text:p>{0}</text:p></office:annotation>"
    "</text:p>",
    "cadre masqué": '<text:p>Une phrase.<draw:frame draw:display="none"><draw:text-box><text:p>{0}'
    "</text:p></draw:text-box></draw:frame></text:p>",
}
SHOWN_ODT: dict[str, str] = {
    "blanc sur une trame": '<text:p text:style-name="Trame"><text:span text:style-name="Blanc">{0}'
    "</text:span></text:p>",
    "noir dans un paragraphe blanc": '<text:p text:style-name="PBlanc"><text:span '
    'text:style-name="Noir">{0}</text:span></text:p>',
}
_STYLES = (
    '<style:style style:name="Cache" style:family="paragraph"><style:text-properties '
    'text:display="none"/></style:style>'
    '<style:style style:name="PBlanc" style:family="paragraph"><style:text-properties '
    'fo:color="#ffffff"/></style:style>'
    '<style:style style:name="Trame" style:family="paragraph"><style:paragraph-properties '
    'fo:background-color="#102040"/></style:style>'
    + "".join(
        f'<style:style style:name="{name}" style:family="text"><style:text-properties {look}/>'
        "</style:style>"
        for name, look in (
            ("Blanc", 'fo:color="#ffffff"'),
            ("Noir", 'fo:color="#000000"'),
            ("Gras", 'fo:font-weight="bold"'),
            ("Petit", 'fo:font-size="1pt"'),
        )
    )
)


def odt(path: Path, body: str) -> Path:
    """An OpenDocument text of two blocks, with the styles that hide."""
    import odfdo

    document = odfdo.Document("text")
    document.body.clear()
    document.body.append(odfdo.Paragraph("REMPLACER"))
    document.save(str(path))
    return _odf(path, f"<text:p>{SEEN}</text:p>{body}")


def _odf(path: Path, body: str) -> Path:
    def change(name: str, content: bytes) -> bytes:
        if name != "content.xml":
            return content
        text = content.decode("utf-8")
        text, count = re.subn(r"<text:p[^>]*>REMPLACER</text:p>", lambda _: body, text)
        assert count == 1
        automatic = "<office:automatic-styles>"
        if automatic in text:
            return text.replace(automatic, automatic + _STYLES, 1).encode()
        styles = f"{automatic}{_STYLES}</office:automatic-styles>"
        if "<office:automatic-styles/>" in text:
            return text.replace("<office:automatic-styles/>", styles, 1).encode()
        return text.replace("<office:body", f"{styles}<office:body", 1).encode()

    return edit_zip(path, change)


def odp(path: Path, frame: dict[str, str], page: str = "", span: str = "") -> Path:
    """Two slides; the second one holds `SECRET`.

    Args:
        frame: attributes of its frame, over its place and size.
        page: attributes of its page.
        span: style of its words.
    """
    import odfdo

    document = odfdo.Document("presentation")
    document.body.clear()
    first = odfdo.DrawPage("a", name="a")
    first.append(odfdo.Frame.text_frame(SEEN, size=("20cm", "5cm"), position=("2cm", "5cm")))
    second = odfdo.DrawPage("b", name="b")
    second.append(
        odfdo.Frame.text_frame("REMPLACER", size=("20cm", "5cm"), position=("2cm", "5cm"))
    )
    document.body.append(first)
    document.body.append(second)
    document.save(str(path))
    _odf(
        path, f'<text:p><text:span text:style-name="{span or "Gras"}">{SECRET}</text:span></text:p>'
    )

    def change(name: str, content: bytes) -> bytes:
        if name != "content.xml":
            return content
        text = content.decode("utf-8")
        head, mark, tail = text.partition('draw:name="b"')
        if page:
            tail = f" {page}{tail}"
        before, frame_mark, after = tail.partition("<draw:frame")
        inside, closing, rest = after.partition(">")
        for key, value in frame.items():
            inside = re.sub(rf' {key}="[^"]*"', "", inside) + f' {key}="{value}"'
        hidden = (
            '<style:style style:name="dpm" style:family="drawing-page">'
            '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
        )
        whole = head + mark + before + frame_mark + inside + closing + rest
        return whole.replace(
            "<office:automatic-styles>", f"<office:automatic-styles>{hidden}", 1
        ).encode()

    return edit_zip(path, change)


HIDDEN_HTML: dict[str, str] = {
    "display": '<p style="display: none">{0}</p>',
    "display important": '<p style="display:none!important">{0}</p>',
    "visibility": '<p style="visibility:hidden">{0}</p>',
    "hidden": "<p hidden>{0}</p>",
    "aria-hidden": '<p aria-hidden="TRUE">{0}</p>',
    "opacité": '<p style="opacity:0.0">{0}</p>',
    "blanc": '<p style="color:#fff">{0}</p>',
    "blanc par son nom": '<p><font color="White">{0}</font></p>',
    "couleur du fond": '<div style="background:#123456">'
    '<p style="color:rgb(18,52,87)">{0}</p></div>',
    "transparent": '<p style="color:transparent">{0}</p>',
    "taille nulle": '<p style="font-size:0">{0}</p>',
    "un pixel": '<p><span style="font-size:1px">{0}</span></p>',
    "hors de l'écran": '<p style="position:absolute;left:-9999px">{0}</p>',
    "retrait": '<p style="text-indent:-9999px">{0}</p>',
    "rogné": '<p style="position:absolute;clip:rect(0,0,0,0)">{0}</p>',
    "rogné par un chemin": '<p style="clip-path:inset(100%)">{0}</p>',
    "sans hauteur": '<div style="height:0;overflow:hidden"><p>{0}</p></div>',
    "réduit": '<p style="transform:scale(0)">{0}</p>',
    "gabarit": "<template><p>{0}</p></template>",
    "commentaire": "<!-- {0} -->",
    "champ caché": '<form><input type="hidden" value="{0}"></form>',
    "sans script": "<noscript>{0}</noscript>",
    "titre d'un lien": '<p><a href="#" title="{0}">Une phrase.</a></p>',
    "texte d'une image": '<img alt="{0}" src="x.png">',
    "feuille : classe": "<style>p.c{{display:none}}</style><p class='c'>{0}</p>",
    "feuille : identifiant": "<style>#c{{font-size:0px}}</style><p id='c'>{0}</p>",
    "feuille : descendant": "<style>div .c > span{{color:white}}</style>"
    "<div><p class='c'><span>{0}</span></p></div>",
    "feuille : écran": "<style>@media screen{{.c{{visibility:hidden}}}}</style>"
    "<p class='c'>{0}</p>",
    "cellule": "<table><tr><td>Un</td><td style='display:none'>{0}</td></tr>"
    "<tr><td>Deux</td><td>Trois</td></tr></table>",
    "ligne": "<table><tr><td>Un</td></tr><tr hidden><td>{0}</td></tr></table>",
    "élément de liste": "<ul><li>Un</li><li style='display:none'>{0}</li></ul>",
}
SHOWN_HTML: dict[str, str] = {
    "blanc sur un fond": '<div style="background-color:navy"><p style="color:#fff">{0}</p></div>',
    "blanc sur une image": '<div style="background:url(x.png)"><p style="color:#fff">{0}</p></div>',
    "taille rétablie": '<div style="font-size:0"><p style="font-size:14px">{0}</p></div>',
    "règle plus précise": "<style>p.c{{display:block}} div p{{display:none}}</style>"
    "<div><p class='c'>{0}</p></div>",
    "règle d'impression": "<style>@media print{{p{{display:none}}}}</style><p>{0}</p>",
    "règle d'un petit écran": "<style>@media (max-width:600px){{.c{{display:none}}}}</style>"
    "<p class='c'>{0}</p>",
    "règle au survol": "<style>p:hover{{display:none}}</style><p>{0}</p>",
    "corps caché avant un script": "<style>body{{visibility:hidden}}</style><p>{0}</p>",
    "tableau": "<table><tr><th>Nom</th><th>Sens</th></tr><tr><td>Un</td><td>{0}</td></tr></table>",
}


def html(path: Path, body: str) -> Path:
    """A web page of a paragraph, then `body`."""
    path.write_text(
        f"<html><head><title>Fonds</title></head><body><h1>Fonds</h1><p>{SEEN}</p>{body}"
        "</body></html>",
        encoding="utf-8",
    )
    return path

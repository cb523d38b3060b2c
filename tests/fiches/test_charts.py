"""Charts: drawn for everybody, numbers that never hide one another, nothing by colour alone."""

from __future__ import annotations

import io
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from assistant.errors import InvalidFormatError
from assistant.fiches.charts import axes_chart, axis_counts, matrix_chart, matrix_text
from assistant.fiches.drawing import COLOURS, INK, LINE, QUIET, text_width, wrapped
from assistant.fiches.places import spread
from tests.fiches.samples import METHOD, a_fiche

SVG = "{http://www.w3.org/2000/svg}"


def drawn(content: bytes) -> etree._Element:
    return etree.fromstring(content)


def said(root: etree._Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(k * c for k, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(
    ("colour", "least"), [*((c, 4.5) for c in (*COLOURS, INK, QUIET)), (LINE, 3)]
)
def test_colours_stand_out_on_white(colour: str, least: float):
    assert 1.05 / (luminance(colour) + 0.05) >= least


def test_a_noted_fiche_has_a_point_and_the_box_of_its_missing_notes():
    root = drawn(matrix_chart([a_fiche()]))
    point = root.find(f"{SVG}circle")
    box = next(one for one in root.iter(f"{SVG}rect") if one.get("fill-opacity"))
    left, top = float(box.get("x")), float(box.get("y"))
    assert left <= float(point.get("cx")) <= left + float(box.get("width"))
    assert top <= float(point.get("cy")) <= top + float(box.get("height"))
    assert "impact 0,75 (de 0,38 à 0,88)\u202f; effort 0 (de 0 à 0,75)" in said(root)


def test_a_fiche_without_notes_has_no_point():
    root = drawn(matrix_chart([a_fiche(levels={})]))
    assert root.find(f"{SVG}circle") is None
    assert "impact non noté\u202f; effort non noté" in said(root)


def test_a_fiche_noted_on_every_criterion_has_no_box():
    levels = {one.code: "fort" for one in METHOD.criteria}
    root = drawn(matrix_chart([a_fiche(levels=levels)]))
    assert not [one for one in root.iter(f"{SVG}rect") if one.get("fill-opacity")]
    assert "impact 1\u202f; effort 1" in said(root)


def test_a_screen_reader_is_told_everything():
    fiches = [a_fiche("Prévoir <l’afflux> & réguler"), a_fiche("Coder", levels={})]
    for content in (matrix_chart(fiches), axes_chart(fiches)):
        root = drawn(content)
        assert root.get("role") == "img" and root.get("lang") == "fr"
        assert root.get("aria-labelledby").split() == [root[0].get("id"), root[1].get("id")]
        assert root[0].text and root[1].text
    described = drawn(matrix_chart(fiches))[1].text
    assert "1. Prévoir <l’afflux> & réguler\u00a0: impact 0,75" in described
    assert "2. Coder\u00a0: impact non noté" in described


def test_a_portfolio_is_told_by_quadrant():
    text = matrix_text([a_fiche(), a_fiche(), a_fiche(levels={})])
    assert "2\u00a0fiches\u00a0: impact fort, effort faible." in text
    assert "1\u00a0fiche\u00a0: sans point, faute de notes." in text


def test_every_axis_has_a_bar_or_a_zero():
    fiches = [a_fiche(axis="8"), a_fiche(axis="8"), a_fiche(axis="5"), a_fiche(axis=None)]
    counts = axis_counts(fiches)
    assert [count for _, count in counts] == [0, 0, 0, 0, 1, 0, 0, 2, 0, 1]
    assert counts[7][0] == "8. Ressources humaines & QVCT" and counts[-1][0] == "Non rattachable"
    assert axis_counts([], METHOD)[0] == ("1. Innovation médicale", 0)
    bars = list(drawn(axes_chart(fiches)).iter(f"{SVG}rect"))[1:]
    assert len(bars) == 3
    assert float(bars[1].get("width")) == 2 * float(bars[0].get("width"))


def test_png_is_the_same_drawing_at_twice_the_size():
    for chart in (matrix_chart, axes_chart):
        root = drawn(chart([a_fiche()]))
        image = Image.open(io.BytesIO(chart([a_fiche()], "png")))
        assert image.size == (2 * float(root.get("width")), 2 * float(root.get("height")))
        assert image.convert("L").getextrema()[0] < 60  # something dark is drawn


def test_nothing_to_draw_is_said():
    assert "Aucune fiche n’a de position dans la matrice." in said(drawn(matrix_chart([])))
    assert "Aucune fiche." in said(drawn(axes_chart([])))


def test_an_unknown_format_is_refused():
    with pytest.raises(InvalidFormatError, match="svg, png"):
        matrix_chart([], "exe")


def test_no_text_leaves_the_drawing():
    title = "Prévoir " + "l’hospitalisation " * 7 + "W" * 60
    root = drawn(matrix_chart([a_fiche(title)] * 3))
    width, height = float(root.get("width")), float(root.get("height"))
    for one in root.iter(f"{SVG}text"):
        if one.get("transform") is None and one.get("text-anchor") == "start":
            end = float(one.get("x")) + text_width(one.text, float(one.get("font-size")))
            assert end <= width and float(one.get("y")) <= height


AREA = (0.0, 0.0, 590.0, 440.0)
VALUES = st.sampled_from([30.0, 150.0, 295.0, 400.0])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), max_size=60))
def test_numbers_never_overlap(points: list[tuple[float, float]]):
    """Few levels a scale: many fiches share a point."""
    spots = spread(points, radius=11, area=AREA)
    assert len(spots) == len(points)
    for rank, spot in enumerate(spots):
        assert 11 <= spot[0] <= 579 and 11 <= spot[1] <= 429
        assert all(math.dist(spot, other) >= 22 for other in spots[:rank])
    assert not points or spots[0] == points[0]


def test_too_many_for_the_area_are_all_given():
    assert len(spread([(20.0, 20.0)] * 9, radius=11, area=(0, 0, 40, 40))) == 9


@given(st.text(max_size=200), st.integers(1, 4))
def test_lines_hold_in_their_column(text: str, lines: int):
    found = wrapped(text, 120, 13, lines)
    assert 1 <= len(found) <= lines
    assert all(text_width(one, 13) <= 120 for one in found)
    if not found[-1].endswith("…"):
        kept = re.sub(" ", "", "".join(found))
        assert len(kept) <= len(text)

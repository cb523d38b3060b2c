"""In what order a page is read, on the layouts people use."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from assistant.ingestion.layout_types import LayoutWord, Line
from assistant.ingestion.reading_order import build_segments, order_page
from tests.ingestion.conftest import SLIDE, Sheet, read

LEFT = [f"gauche{n} texte courant de la première colonne" for n in range(8)]
RIGHT = [f"droite{n} texte courant de la seconde colonne" for n in range(8)]


def before(text: str, *marks: str) -> bool:
    places = [text.index(mark) for mark in marks]
    return places == sorted(places)


def test_two_columns_under_a_title_are_read_one_after_the_other(
    sheet: Callable[..., Sheet],
) -> None:
    page = sheet()
    page.text(60, 80, "Un titre sur toute la largeur de la page, puis deux colonnes", size=16)
    page.text(60, 130, *LEFT).text(310, 130, *RIGHT)
    text = read(page.save()).pages[0].text
    assert before(text, "Un titre", "gauche0", "gauche7", "droite0", "droite7")


def test_columns_drawn_line_by_line_are_not_glued(sheet: Callable[..., Sheet]) -> None:
    # Printer drivers write across both columns: the drawing order is no help there.
    page = sheet()
    for row, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        page.text(60, 130 + 13 * row, left).text(310, 130 + 13 * row, right)
    text = read(page.save()).pages[0].text
    assert before(text, "gauche0", "gauche7", "droite0", "droite7")


def test_full_width_text_below_two_columns_comes_last(sheet: Callable[..., Sheet]) -> None:
    page = sheet().text(60, 130, *LEFT).text(310, 130, *RIGHT)
    page.text(60, 260, "Ce paragraphe final occupe toute la largeur de la page, sous les colonnes.")
    text = read(page.save()).pages[0].text
    assert before(text, "gauche7", "droite7", "Ce paragraphe final")


def test_cards_drawn_row_by_row_are_read_row_by_row(sheet: Callable[..., Sheet]) -> None:
    page = sheet(SLIDE)
    for name, x, y in (("A", 60, 100), ("B", 300, 100), ("C", 60, 250), ("D", 300, 250)):
        page.text(x, y, f"Carte {name}", f"suite de la carte {name}", size=12)
    text = read(page.save()).pages[0].text
    assert before(text, "Carte A", "Carte B", "Carte C", "Carte D")


def test_titles_of_columns_are_read_with_their_columns(sheet: Callable[..., Sheet]) -> None:
    page = sheet(SLIDE)
    page.text(60, 80, "Constats", size=16).text(400, 80, "Propositions", size=16)
    for x, name in ((60, "constat"), (400, "proposition")):
        for row in range(3):
            page.text(x, 130 + 40 * row, f"{name} {row}", size=11)
    text = read(page.save()).pages[0].text
    assert before(text, "Constats", "constat 2", "Propositions", "proposition 0")


def test_a_frame_is_read_as_a_whole(sheet: Callable[..., Sheet]) -> None:
    page = sheet(SLIDE)
    for x in (50, 380):
        page.canvas.setFillColorRGB(0.9, 0.9, 1)
        page.canvas.rect(x, 405 - 320, 280, 220, fill=1, stroke=0)
    for x, name in ((60, "bleu"), (390, "vert")):
        page.text(x, 130, f"Encadré {name} haut", size=12)
    for x, name in ((60, "bleu"), (390, "vert")):
        page.text(x, 260, f"Encadré {name} bas", size=12)
    text = read(page.save()).pages[0].text
    assert before(
        text, "Encadré bleu haut", "Encadré bleu bas", "Encadré vert haut", "Encadré vert bas"
    )


def test_numbers_in_a_margin_stay_with_their_lines(sheet: Callable[..., Sheet]) -> None:
    page = sheet()
    for row, label in enumerate(("10.01", "10.02", "10.03")):
        page.text(60, 100 + 20 * row, label)
    for row, name in enumerate(("Produits surgelés", "Produits de la mer", "Fruits et légumes")):
        page.text(180, 100 + 20 * row, name)
    text = read(page.save()).pages[0].text
    assert before(text, "10.01", "surgelés", "10.02", "mer", "10.03", "légumes")


@given(
    st.lists(
        st.tuples(
            st.integers(0, 500),
            st.integers(0, 700),
            st.integers(5, 80),
            st.sampled_from((8, 10, 14)),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_no_word_is_lost_nor_repeated(places: list[tuple[int, int, int, int]]) -> None:
    words = [
        LayoutWord(
            f"m{rank}", x, y - 0.8 * size, x + width, y + 0.22 * size, y, size,
            False, False, 0, 0, rank,
        )
        for rank, (x, y, width, size) in enumerate(places)
    ]  # fmt: skip
    ordered = order_page(build_segments(words), [])
    read_words = [word.text for line in ordered if isinstance(line, Line) for word in line.words]
    assert sorted(read_words) == sorted(word.text for word in words)

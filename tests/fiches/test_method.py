"""The method is data: the grids shipped are valid, and a mistake in another is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.fiches.method import DEFAULT, MethodError, load_method

GRIDS = [DEFAULT, *sorted((DEFAULT.parent / "grilles").glob("*.toml"))]


@pytest.mark.parametrize("path", GRIDS, ids=lambda path: path.stem)
def test_every_grid_shipped_is_valid(path: Path) -> None:
    method = load_method(path)
    assert method.axes
    assert method.functions
    assert method.criteria_of("impact")


def test_what_its_source_does_not_give_is_not_invented() -> None:
    method = load_method()
    assert [one.code for one in method.axes] == list("123456789")
    assert len(method.fields) == 21
    unknown = [one.code for one in method.criteria if one.label is None]
    assert unknown == ["EFF_3"]
    assert "5 critères clés" not in DEFAULT.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('code = "2"', 'code = "1"', "code en double"),
        ('scale = "clinique"', 'scale = "absente"', "échelle inconnue"),
        ('kind = "titre"', 'kind = "texte"', "titre"),
        ("[[scales]]", "[[echelles]]", "echelles"),
        ('id = "gcs-houraa"', "id = ", "TOML"),
    ],
)
def test_a_mistake_in_a_grid_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = DEFAULT.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "grille.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(MethodError) as caught:
        load_method(path)
    assert told in str(caught.value)


def test_a_grid_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MethodError, match="n’est pas lisible"):
        load_method(tmp_path / "absente.toml")

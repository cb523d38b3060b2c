"""Names of deposited files: what is kept is harmless on every system and shows what it is."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.library.errors import DepositError
from assistant.library.names import MAX_BYTES, alike, safe_name
from eval.bancs.depots import HOSTILE_NAMES

GOOD = [
    "rapport.pdf",
    "Projet régional de santé 2028 – bilan (v1.2).PDF",
    "Ségur « numérique »\u202f! l’essentiel.docx",
    "notes.md",
    "日本語.txt",
    "rapport.exe.pdf",
    "contrat - pdf.odt",
    "a" * 176 + ".pdf",
]


@pytest.mark.parametrize("name", GOOD)
def test_an_ordinary_name_is_kept_as_it_is(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "rapport\ufffd.pdf"])
def test_a_hostile_name_is_refused_with_a_remedy(name: str) -> None:
    with pytest.raises(DepositError) as refusal:
        safe_name(name)
    assert refusal.value.message and refusal.value.remedy
    assert all(char.isprintable() or char in "\u00a0\u202f" for char in refusal.value.message)


PIECES = (
    st.sampled_from(HOSTILE_NAMES) | st.text(max_size=8) | st.sampled_from(["..", "/", "\\", "\0"])
)


@given(st.lists(PIECES, max_size=4).map("".join), st.sampled_from(["", ".pdf", ".docx", ".txt"]))
def test_whatever_passes_stays_in_its_folder_on_every_system(start: str, extension: str) -> None:
    try:
        kept = safe_name(start + extension)
    except DepositError:
        return
    folder = Path("/depots")
    assert (folder / kept).parent == folder and (folder / kept).name == kept
    assert PureWindowsPath(kept).name == kept and not PureWindowsPath(kept).drive
    assert len(kept.encode()) <= MAX_BYTES
    assert unicodedata.is_normalized("NFC", kept)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in kept)
    assert safe_name(kept) == kept


@given(st.text(min_size=1, max_size=20))
def test_names_that_look_alike_are_told(name: str) -> None:
    assert alike(name) == alike(unicodedata.normalize("NFD", name))
    assert alike("Étude.PDF") == alike("e\u0301tude.pdf")

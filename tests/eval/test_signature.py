"""A signed report: what is changed, removed or added is told, and figures are computed again."""

from __future__ import annotations

import json
import os

import pytest

from eval import signature
from eval.figures import measure
from eval.report import write_report
from tests.eval import examples


@pytest.fixture
def report(tmp_path):
    """A folder as `assistant evaluer --rapport` leaves it, signed or not."""
    asked = [examples.asked(), examples.asked(examples.absent("a1"), abstained=True)]
    run = examples.run().model_copy(update={"questions": 2, "done": 2})
    figures = measure(asked)

    def make(key=None):
        folder = tmp_path / "rapport"
        write_report(folder, run=run, asked=asked, figures=figures)
        signature.sign(folder, run, asked, figures, key=key)
        return folder

    return make


@pytest.fixture
def key(tmp_path):
    private = tmp_path / "cle.pem"
    return private, signature.generate_key(private)


def test_an_untouched_report_is_intact_and_its_figures_agree(report, key):
    folder = report()
    found = signature.verify(folder)
    assert found.passed
    assert found.signature == "absente"
    assert set(found.intact) >= {"rapport.html", "rapport.md", "rapport.json", "passage.json"}
    private, public = key
    folder = report(private)
    assert signature.verify(folder, public).signature == "valide"
    assert signature.verify(folder).signature == "cle_inconnue"
    assert signature.verify(folder).passed


@pytest.mark.parametrize("name", ["rapport.html", "rapport.md", "rapport.json", "passage.json"])
def test_a_changed_figure_is_caught_in_every_file(report, name):
    folder = report()
    text = (folder / name).read_text(encoding="utf-8")
    digit = next(at for at, char in enumerate(text) if char == "1")
    (folder / name).write_text(text[:digit] + "9" + text[digit + 1 :], encoding="utf-8")
    found = signature.verify(folder)
    assert found.altered == (name,)
    assert not found.passed
    assert any(name in line and "modifié" in line for line in found.lines)


def test_files_that_left_or_came_are_told(report):
    folder = report()
    (folder / "rapport.md").unlink()
    (folder / "annexe.html").write_text("Tout va bien.", encoding="utf-8")
    found = signature.verify(folder)
    assert (found.missing, found.added) == (("rapport.md",), ("annexe.html",))
    assert not found.passed


def rehashed(folder):
    """Make the manifest again after a change, as a forger would."""
    path = folder / signature.MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for name in manifest["files"]:
        manifest["files"][name] = signature._sha256(folder / name)
    path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def test_hashes_made_again_do_not_hide_a_figure_from_the_answers(report):
    folder = report()
    path = folder / "rapport.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["figures"]["overall"]["right"]["value"] = 0.123
    path.write_text(json.dumps(told), encoding="utf-8")
    rehashed(folder)
    found = signature.verify(folder)
    assert found.altered == ()
    assert found.figures_agree is False
    assert not found.passed
    path = folder / "passage.json"
    path.write_text(
        path.read_text(encoding="utf-8").replace('"abstained":true', '"abstained":false')
    )
    rehashed(folder)
    assert signature.verify(folder).figures_agree is False


def test_a_forger_without_the_key_is_caught(report, key, tmp_path):
    private, public = key
    folder = report(private)
    rehashed_page = folder / "rapport.html"
    rehashed_page.write_bytes(rehashed_page.read_bytes() + b"<!-- -->")
    rehashed(folder)
    assert signature.verify(folder, public).signature == "invalide"
    other = tmp_path / "autre.pem"
    signature.generate_key(other)
    folder = report(other)
    assert signature.verify(folder, public).signature == "autre_cle"
    folder = report()
    assert signature.verify(folder, public).signature == "invalide"  # the signature was taken off
    folder = report(private)
    (folder / signature.SIGNATURE).write_bytes(b"pas du base64 !")
    assert signature.verify(folder).signature == "invalide"


def test_keys_and_folders_that_are_not(tmp_path, key):
    private, public = key
    with pytest.raises(signature.SignatureError, match="jamais remplacée"):
        signature.generate_key(private)
    if os.name != "nt":
        assert private.stat().st_mode & 0o077 == 0
    for wrong in (public, tmp_path / "absente.pem"):
        with pytest.raises(signature.SignatureError, match="Ed25519"):
            signature.read_private(wrong)
    with pytest.raises(signature.SignatureError, match="Ed25519"):
        signature.read_public(private)
    with pytest.raises(signature.SignatureError, match=r"manifeste\.json"):
        signature.verify(tmp_path)
    for text in ("{", "[]", "{}", '{"format": 1, "files": {}}'):
        (tmp_path / signature.MANIFEST).write_text(text, encoding="utf-8")
        with pytest.raises(signature.SignatureError, match="illisible"):
            signature.verify(tmp_path)

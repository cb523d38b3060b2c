"""What is shown as HTML, and what as text; name, logo and colour of the organisation."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from assistant.api.app import create_app
from assistant.colours import DARK_BACKGROUND, MINIMUM, contrast, readable_on_dark
from assistant.identity import IdentityError, read_identity
from assistant.settings import Settings
from tests.api.fake import FakeEngine
from ui.app import heading
from ui.panel import html_panel
from ui.rendering import Fragment, fragment, text

UI = Path(__file__).resolve().parents[2] / "ui"


def options(**chosen: object) -> Settings:
    return Settings(**chosen)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "[lien](javascript:alert(1))",
        "<div class='bloc'><a href='javascript:alert(1)'>x</a></div>",
        "# titre\n\n<!-- --><svg onload=alert(1)>",
    ],
)
def test_only_a_fragment_is_shown_as_html(hostile: str) -> None:
    shown = html_panel().postprocess(hostile)
    assert isinstance(shown, str)
    assert shown.startswith("<div class='bloc'>")
    assert "\n" not in shown
    assert set(re.findall(r"<[^>]*>", shown)) == {"<div class='bloc'>", "</div>"}


def test_a_fragment_is_shown_as_it_is_even_kept_for_later() -> None:
    made = fragment(f"<p aria-hidden='true'>{text('<b>')}</p>")
    assert html_panel().postprocess(copy.deepcopy(made)) == made
    assert isinstance(made + fragment("x"), Fragment)
    assert isinstance("" + made, Fragment)
    # What is added unescaped takes the whole back to text.
    assert not isinstance(made + "<b>", Fragment)
    assert not isinstance("<b>" + made, Fragment)


def test_no_screen_shows_html_by_another_way() -> None:
    others = re.compile(r"gr\.(Markdown|HTML)\(|sanitize_html")
    found = [
        path.name for path in UI.rglob("*.py") if others.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["panel.py"]


def test_a_colour_too_light_is_refused_with_its_ratio() -> None:
    with pytest.raises(ValidationError, match="contraste de 1,4 pour 1"):
        options(accent="#ffcc00")
    with pytest.raises(ValidationError, match="n'est pas une couleur"):
        options(accent="bleu; } body { display: none")


@pytest.mark.parametrize("accent", ["#000000", "#1c4b78", "#00684a", "#b30000", "#6a00f4"])
def test_an_accepted_colour_is_read_in_both_schemes(accent: str) -> None:
    assert options(accent=accent).accent == accent
    assert contrast(accent, "#ffffff") >= MINIMUM
    assert contrast(readable_on_dark(accent), DARK_BACKGROUND) >= MINIMUM


def test_the_organisation_is_shown_and_its_logo_runs_nothing(tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")
    settings = options(organisation="Agence <b>", logo=logo, accent="#00684a", contact="le service")
    assert "Agence &lt;b&gt;" in heading(read_identity(settings))
    app = create_app(FakeEngine(tmp_path), settings)
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        sent = client.get("/interface/logo")
        assert sent.headers["content-type"] == "image/svg+xml"
        assert sent.headers["content-security-policy"].startswith("default-src 'none'")
        assert "sandbox" in sent.headers["content-security-policy"]
        assert "#00684a" in client.get("/interface/identite.css").text
        statement = client.get("/accessibilite")
        assert "Agence &lt;b&gt;" in statement.text
        assert "le service" in statement.text
        assert "script-src 'none'" in statement.headers["content-security-policy"]


@pytest.mark.parametrize("content", ["<html/>", "<!DOCTYPE x [<!ENTITY a 'b'>]><svg/>", "GIF89a"])
def test_what_is_no_logo_is_refused_when_the_server_starts(tmp_path: Path, content: str) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text(content)
    with pytest.raises(IdentityError, match="ni un PNG ni un SVG"):
        read_identity(options(logo=logo))


def test_nothing_is_added_without_an_organisation(tmp_path: Path) -> None:
    app = create_app(FakeEngine(tmp_path), options())
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        assert client.get("/interface/identite.css").text == ""
        assert client.get("/interface/logo").status_code == 404
    assert "img" not in heading(read_identity(options()))

"""The report of an evaluation in a browser: alone, offline, readable, and nothing in it acts."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.figures import compare, measure
from eval.records import GateCheck, GateResult
from eval.report import write_report
from tests.eval.rapport import HOSTILE, asked, failed, picture, run
from tests.navigateur.test_accessibilite import faults

pytest.importorskip("axe_playwright_python")

pytestmark = pytest.mark.navigateur


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred questions, some hostile, some failed, with pictures and a former run."""
    folder = tmp_path_factory.mktemp("rapport")
    hostile = asked(1, text=HOSTILE, fact=HOSTILE, question=HOSTILE, kind=HOSTILE, page=3)
    questions = [hostile, failed(2), asked(3, abstained=True)]
    questions += [
        asked(
            n, text="Rien." if n % 40 == 0 else "Le montant est de 20 000 euros.", kind=f"g{n % 3}"
        )
        for n in range(4, 301)
    ]
    few = questions[:40]
    lost = {"answer": None, "error": "Délai dépassé."}
    before = [one.model_copy(update=lost) if one.question.id == "q-004" else one for one in few]
    check = GateCheck(
        name="facts", kind="seuil", wanted=0.9, measured=0.5, passed=False, said=HOSTILE
    )
    write_report(
        folder,
        run=run(300),
        asked=questions,
        figures=measure(few),
        comparison=compare(run(40, id="r-1"), before, run(40), few),
        gate=GateResult(passed=False, checks=(check,)),
        page_image=picture,
    )
    return folder / "rapport.html"


@pytest.fixture
def opened(browser, report):  # type: ignore[no-untyped-def]
    """Open the report without a network; nothing else may be asked for, nothing may complain."""
    asked_for: list[str] = []
    complaints: list[str] = []
    contexts = []

    def open_(width: int = 1280, scheme: str = "light", **more: object):  # type: ignore[no-untyped-def]
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, **more
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked_for.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(report.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
    assert {url for url in asked_for if not url.startswith("data:image/webp")} == {report.as_uri()}


def test_the_report_has_no_fault_light_nor_dark(opened) -> None:  # type: ignore[no-untyped-def]
    page = opened()
    page.evaluate(
        "document.querySelectorAll('details.question').forEach((one, n) => n > 3 && one.remove());"
        "document.querySelectorAll('tbody tr:nth-child(n+5)').forEach((one) => one.remove());"
        "document.querySelectorAll('details').forEach((one) => { one.open = true; });"
    )
    assert faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert (
        page.evaluate(
            "axe.run(document, { runOnly: ['color-contrast'] })"
            ".then((found) => found.violations.flatMap((one) => one.nodes.map((n) => n.html)))"
        )
        == []
    )
    assert page.evaluate("window.piege") is None


@pytest.mark.parametrize("width", [640, 360])  # 640 is what 1280 leaves at 200 %
def test_nothing_overflows(opened, width: int) -> None:  # type: ignore[no-untyped-def]
    page = opened(width=width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    outside = page.evaluate(
        "[...document.querySelectorAll('main *')].filter((one) => {"
        "  const box = one.getBoundingClientRect();"
        "  return !one.closest('thead') && box.width > 1 && box.right > innerWidth + 1;"
        "}).map((one) => one.outerHTML.slice(0, 150))"
    )
    assert outside == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_questions_are_filtered_sorted_and_reached(opened) -> None:  # type: ignore[no-untyped-def]
    page = opened()
    page.get_by_label("Résultat", exact=True).select_option("échec")
    assert page.get_by_role("status").inner_text() == "1\u00a0question sur 300"
    assert page.locator("details.question:visible").count() == 1
    page.get_by_label("Résultat", exact=True).select_option("")
    page.get_by_label("Genre", exact=True).select_option("nombre")
    assert page.locator("details.question:visible").count() == 2
    page.get_by_label("Genre", exact=True).select_option("")
    page.get_by_label("Ordre", exact=True).select_option("lenteur")
    assert page.locator("details.question").first.get_attribute("id") == "q-300"
    page.locator("#differences ~ ul a").first.click()
    page.locator("#q-4[open]").wait_for()
    assert page.evaluate("window.piege") is None


def test_the_report_is_read_without_its_script(opened) -> None:  # type: ignore[no-untyped-def]
    page = opened(java_script_enabled=False)
    assert page.locator("details.question").count() == 300
    assert page.get_by_text("La version ne doit pas être publiée").is_visible()
    assert not page.locator("#filtres").is_visible()

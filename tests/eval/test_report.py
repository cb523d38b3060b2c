"""The report says what was measured, in French, and nothing foreign in it acts."""

from __future__ import annotations

import json
import re
from datetime import timedelta, timezone
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt

from eval.figures import compare, measure
from eval.records import Asked, GateCheck, GateResult, RunState
from eval.report import FILES, texts, write_report
from eval.report.charts import bins, recall_curve, risk_curve, told
from eval.report.content import gather
from eval.report.images import WIDTH, lightened, pictures
from tests.eval.rapport import HOSTILE, asked, failed, picture, run


def written(folder: Path, questions: list[Asked], **more: object) -> str:
    ran = more.pop("run", run(len(questions)))
    write_report(folder, run=ran, asked=questions, figures=measure(questions), **more)
    return (folder / "rapport.html").read_text(encoding="utf-8")


def said(page: str) -> str:
    """What a reader reads: no tag, ordinary spaces."""
    tree = html.document_fromstring(page)
    for one in tree.xpath("//script | //style"):
        one.getparent().remove(one)
    return re.sub(r"\s+", " ", tree.text_content())


TABLE = ("table", "thead", "tbody", "tr", "th", "td")

GATE = GateResult(
    passed=False,
    checks=(
        GateCheck(
            name="facts", kind="seuil", wanted=0.9, measured=0.5, passed=False, said="Faits."
        ),
        GateCheck(name="mrr@10", kind="seuil", wanted=0.5, measured=1, passed=True, said="Rang."),
    ),
)


def test_every_file_is_written_and_the_same_run_gives_the_same_files(tmp_path: Path) -> None:
    questions = [asked(1), asked(2, page=4), failed(3)]
    for folder in ("a", "b"):
        done = write_report(
            tmp_path / folder, run=run(3), asked=questions, figures=measure(questions)
        )
        assert [one.name for one in done] == list(FILES)
        assert {one.name for one in (tmp_path / folder).iterdir()} == set(FILES)
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    kept = (tmp_path / "a" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    assert [Asked.model_validate_json(one) for one in kept] == questions
    assert "q-001 0 ami.pdf#p1 1" in (tmp_path / "a" / "jeu.qrels").read_text()


def test_the_verdict_of_the_gate_comes_first_in_one_sentence(tmp_path: Path) -> None:
    page = said(written(tmp_path, [asked(1), asked(2, text="Rien.")], gate=GATE))
    assert "La version ne doit pas être publiée : 1 contrôle échoue." in page
    assert page.index("publiée") < page.index("Échec : Faits.") < page.index("Tenu : Rang.")
    assert page.index("Tenu : Rang.") < page.index("Réponses justes")
    held = GATE.model_copy(update={"passed": True, "checks": GATE.checks[1:]})
    assert "peut être publiée : le seuil est tenu" in said(written(tmp_path, [asked(1)], gate=held))
    assert "Aucun seuil n’a été appliqué" in said(written(tmp_path, [asked(1)]))


def test_questions_to_mend_come_first_and_say_what_happened(tmp_path: Path) -> None:
    questions = [
        asked(1),
        asked(2, text="Le comité se réunit.", question="Et là ?"),
        asked(3, abstained=True, question="Refusée ?"),
        asked(4, page=7, question="Ailleurs ?"),
        failed(5),
    ]
    page = written(tmp_path, questions)
    tree = html.document_fromstring(page)
    shown = [one.get("id") for one in tree.xpath("//details[contains(@class, 'question')]")]
    assert shown == ["q-5", "q-2", "q-3", "q-4", "q-1"]
    opened = [one.get("id") for one in tree.xpath("//details[@open]")]
    assert opened == shown[:-1]
    text = said(page)
    for words in (
        "Échec : Index occupé.",
        "Réponse fausse : bonne page en tête des sources, fait attendu absent",
        "Refus à tort : bonne page en tête des sources, refus alors que le corpus répond",
        "bonne page non trouvée, fait attendu présent, page attendue non citée",
        "Réponse juste : bonne page en tête des sources, fait attendu présent",
    ):
        assert words in text
    short = (tmp_path / "rapport.md").read_text(encoding="utf-8")
    assert "q-002" in short and "q-001" not in short


def test_differences_name_the_questions_won_and_lost(tmp_path: Path) -> None:
    before = [asked(1), asked(2, text="Rien."), asked(3)]
    after = [asked(1), asked(2), asked(3, text="Rien.")]
    compared = compare(run(3, id="r-1"), before, run(3), after)
    page = written(tmp_path, after, comparison=compared)
    assert "1 question gagnée" in said(page) and "1 question perdue" in said(page)
    assert 'href="#q-2"' in page and "aucun chiffre n’a changé au-delà du hasard" in said(page)
    machine = json.loads((tmp_path / "rapport.json").read_text(encoding="utf-8"))
    assert machine["comparison"]["same_questions"] == 3
    assert [one["outcome"] for one in machine["questions"]][2] == "réponse fausse"


def test_foreign_text_is_inert_everywhere(tmp_path: Path) -> None:
    hostile = asked(
        1, text=HOSTILE, fact=HOSTILE, question=HOSTILE, kind=HOSTILE, file=f"{HOSTILE}.pdf", page=3
    )
    other = hostile.model_copy(
        update={"answer": None, "error": HOSTILE, "question": asked(2, question=HOSTILE).question}
    )
    questions = [hostile, other]
    gate = GATE.model_copy(
        update={"checks": (GATE.checks[0].model_copy(update={"said": HOSTILE}),)}
    )
    ran = run(2, name=HOSTILE, id=HOSTILE)
    page = written(
        tmp_path,
        questions,
        run=ran,
        gate=gate,
        comparison=compare(run(2, id=HOSTILE), questions, ran, [other, hostile]),
        page_image=picture,
    )
    tree = html.document_fromstring(page)
    assert len(tree.xpath("//script")) == 1 and len(tree.xpath("//style")) == 1
    assert tree.xpath("//@onerror | //@onmouseover | //@style") == []
    assert all(one.startswith("#") for one in tree.xpath("//@href"))
    assert all(one.startswith("data:image/webp;base64,") for one in tree.xpath("//img/@src"))
    assert "\u202e" not in page
    short = (tmp_path / "rapport.md").read_text(encoding="utf-8")
    shown = html.fragments_fromstring(MarkdownIt("gfm-like", {"linkify": False}).render(short))
    tags = {tag.tag for one in shown if not isinstance(one, str) for tag in one.iter()}
    assert tags <= {"h1", "h2", "h3", "p", "ul", "li", "strong", "em", *TABLE}
    assert len((tmp_path / "jeu.qrels").read_text().splitlines()) == 2


def test_an_empty_run_and_a_run_of_failures_have_a_report(tmp_path: Path) -> None:
    page = said(written(tmp_path, []))
    assert "Aucune question n’a été posée" in page and "non mesuré" in page
    page = said(written(tmp_path, [failed(1), failed(2)]))
    assert "2 questions ont échoué sans réponse : elles comptent comme fausses." in page
    partial = run(9, state=RunState.INTERRUPTED)
    assert "2 questions posées sur 9" in said(written(tmp_path, [asked(1), asked(2)], run=partial))


def test_three_hundred_questions_hold_in_two_megabytes(tmp_path: Path) -> None:
    long = "Le montant est de 20 000 euros, " * 80
    questions = [
        asked(n, text=long if n % 3 else "Rien.", kind=f"genre {n % 9}") for n in range(300)
    ]
    write_report(tmp_path, run=run(300), asked=questions, figures=measure(questions[:9]))
    page = (tmp_path / "rapport.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 2_000_000 and page.count('<details class="question') == 300
    assert "…" in page


def test_pictures_are_light_told_once_and_stay_within_the_budget() -> None:
    data, width, height = lightened(picture("d", 1, ()))
    assert width == WIDTH and 980 < height < 1000 and len(data) < 60_000
    questions = [asked(n, text="Rien.", page=2) for n in range(3)] + [asked(9)]
    content = gather(run(4), questions, measure(questions), None, None, ())
    shown = pictures(content, picture)
    cited = [one[0] for one in shown.by_anchor.values()]
    assert list(shown.by_anchor) == ["q-1", "q-2", "q-3"]  # the right one has none
    assert [bool(one.uri) for one in cited] == [True, False, False]
    assert {one.shown_at for one in cited} == {"q-1"}
    assert [one.cited for one in shown.by_anchor["q-1"]] == [True, False]  # then the gold page
    assert pictures(content, picture, every=True).by_anchor.keys() == {"q-1", "q-2", "q-3", "q-4"}
    assert pictures(content, picture, budget=len(data)).over > 0

    def none(document_id: str, page: int, spans: object) -> bytes:
        raise ValueError("pas une page")

    lost = pictures(content, none)
    assert lost.by_anchor == {} and lost.missing == 2 and "Sans image possible : 2" in lost.said()
    assert pictures(content, None).said() == "Les images des pages n’ont pas été demandées."


def test_numbers_are_written_as_french_writes_them() -> None:
    assert texts.number(0.844) == "0,84" and texts.number(None) == "non\u00a0mesuré"
    assert texts.number(0.004) == "0,004" and texts.number(0.0) == "0,00"
    assert texts.signed(0.031) == "+0,03" and texts.signed(-0.12) == "−0,12"
    assert texts.signed(0.0) == "0,00" and texts.signed(-0.0001) == "0,000"
    assert texts.count(1234) == "1\u202f234" and texts.plural(0, "cas", "cas") == "0\u00a0cas"
    assert texts.chance(0.0001) == "<\u00a00,001" and texts.chance(0.042) == "0,042"
    assert texts.duration(84.2) == "84\u00a0ms" and texts.duration(1240) == "1,2\u00a0s"
    assert texts.percent(0.025) == "2,5\u00a0%" and texts.percent(1.0) == "100\u00a0%"
    when = run(1).started_at
    assert texts.moment(when).endswith("12\u00a0h\u00a015 (UTC)")
    assert texts.moment(when.astimezone(timezone(timedelta(hours=1)))).endswith("(UTC+0100)")


@given(st.text(max_size=60))
def test_no_text_opens_a_tag(text: str) -> None:
    for written_ in (texts.safe(text), texts.breakable(text), texts.digest(text)):
        assert "<" not in written_.replace("<wbr>", "") and '"' not in written_
        assert "'" not in written_


@given(st.lists(st.floats(0.01, 1e6), max_size=80))
def test_every_time_is_in_one_bar(times: list[float]) -> None:
    found = bins(times)
    assert sum(one.count for one in found) == len(times)
    assert all(one.high == two.low for one, two in pairwise(found))
    assert len(found) <= 16


def test_drawings_say_their_numbers() -> None:
    found = measure([asked(1), asked(2, page=4), failed(3)])
    drawn = risk_curve(found.risk_coverage, name="r")
    assert "<desc" in drawn and "100\u00a0%" in drawn
    assert told(()) == [] and risk_curve((), name="r").startswith("<svg")
    curve = recall_curve([(5, found.overall["recall@5"])], name="c")
    assert texts.number(found.overall["recall@5"].value) in curve


def test_tables_keep_their_headers(tmp_path: Path) -> None:
    tree = html.document_fromstring(written(tmp_path, [asked(1), asked(2, text="Rien.")]))
    for table in tree.xpath("//table"):
        assert table.xpath("./caption") and table.xpath("./thead//th[@scope='col']")
        heads = len(table.xpath("./thead//th"))
        assert all(len(row.xpath("./th | ./td")) == heads for row in table.xpath("./tbody/tr"))
        assert table.get("class").startswith("pile") and table.get("role") == "table"

"""Pages to show beside the questions: small pictures, each told once, within a budget."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from eval.report.content import Content, Entry

PageImage = Callable[[str, int, Sequence[tuple[int, int]]], bytes]
"""Gives the image of a page (document, page, spans to highlight); raising means there is none."""

WIDTH: Final = 700
"""Pixels: small print stays readable, a page weighs about 50 kB."""
_HIGHEST: Final = 1400
_QUALITY: Final = 55
BUDGET: Final = 11_000_000
"""Bytes of all the pictures; a third more once written as text, about 15 MB in all."""


@dataclass(frozen=True)
class Picture:
    """A page to show under a question.

    Attributes:
        file, page: which page.
        cited: whether the answer cites it; else it is the page that was expected.
        uri: the picture as a data address; empty when an earlier question shows the same.
        width, height: in pixels.
        shown_at: anchor of the question that shows it.
    """

    file: str
    page: int
    cited: bool
    uri: str
    width: int
    height: int
    shown_at: str


@dataclass
class Pictures:
    """Pictures by anchor of question, and what was left out of the report.

    Attributes:
        missing: pages of which no picture could be made.
        over: pictures left out because the budget was spent.
    """

    by_anchor: dict[str, list[Picture]] = field(default_factory=dict)
    asked_for: bool = False
    every: bool = False
    missing: int = 0
    over: int = 0

    def said(self) -> str:
        """What the report shows of the pages and what it leaves out, in French."""
        if not self.asked_for:
            return "Les images des pages n’ont pas été demandées."
        said = (
            "Les pages citées et attendues sont montrées sous chaque question."
            if self.every
            else "Les pages citées et attendues sont montrées sous les questions à reprendre "
            "seulement."
        )
        said += " Les passages cités y sont surlignés."
        if self.missing:
            said += f" Sans image possible : {self.missing}."
        if self.over:
            said += f" Laissées de côté pour que la page reste légère : {self.over}."
        return said


@dataclass(frozen=True)
class _Wanted:
    document_id: str
    file: str
    page: int
    spans: tuple[tuple[int, int], ...]
    cited: bool


def pictures(
    content: Content, page_image: PageImage | None, *, every: bool = False, budget: int = BUDGET
) -> Pictures:
    """Make the pictures of the questions to mend, the gravest first, then of the others.

    Args:
        content: what the report says.
        page_image: gives a page; without it there is no picture at all.
        every: whether right answers have theirs too.
        budget: bytes of all the pictures together.
    """
    done = Pictures(asked_for=page_image is not None, every=every)
    if page_image is None:
        return done
    known = _documents(content)
    made: dict[tuple[str, int, tuple[tuple[int, int], ...]], Picture | None] = {}
    spent = 0
    for entry in content.failing_first if every else content.failing:
        for wanted in _wanted(entry, known):
            key = (wanted.document_id, wanted.page, wanted.spans)
            if key in made:
                same = made[key]
                if same is not None:
                    _add(done, entry, wanted, "", same.width, same.height, same.shown_at)
                continue
            if spent >= budget:
                done.over += 1
                continue
            try:
                raw = page_image(wanted.document_id, wanted.page, wanted.spans)
                data, width, height = lightened(raw)
            except Exception:  # a missing picture must not lose the report
                done.missing += 1
                made[key] = None
                continue
            if spent + len(data) > budget:
                done.over += 1
                continue
            spent += len(data)
            uri = "data:image/webp;base64," + base64.b64encode(data).decode("ascii")
            made[key] = _add(done, entry, wanted, uri, width, height, entry.anchor)
    return done


def _add(
    done: Pictures, entry: Entry, wanted: _Wanted, uri: str, width: int, height: int, shown_at: str
) -> Picture:
    picture = Picture(wanted.file, wanted.page, wanted.cited, uri, width, height, shown_at)
    done.by_anchor.setdefault(entry.anchor, []).append(picture)
    return picture


def _documents(content: Content) -> dict[str, str]:
    """Identifier of each file that an answer of the run names."""
    known: dict[str, str] = {}
    for entry in content.entries:
        answer = entry.asked.answer
        if answer is not None:
            for source in answer.sources:
                known.setdefault(source.file, source.document_id)
            for citation in entry.cited:
                known.setdefault(citation.file, citation.document_id)
    return known


def _wanted(entry: Entry, known: dict[str, str]) -> list[_Wanted]:
    """First page cited, with its spans, then the page that was expected when it is another."""
    found: list[_Wanted] = []
    answer = entry.asked.answer
    if entry.cited and answer is not None:
        first = entry.cited[0]
        spans = {
            (one.start, one.end)
            for sentence in answer.sentences
            for one in sentence.citations
            if (one.document_id, one.page) == (first.document_id, first.page)
        }
        found.append(
            _Wanted(first.document_id, first.file, first.page, tuple(sorted(spans)), cited=True)
        )
    question = entry.asked.question
    cites_gold = any(question.is_gold(one.file, one.page) for one in entry.cited)
    if question.file in known and question.page is not None and not cites_gold:
        found.append(_Wanted(known[question.file], question.file, question.page, (), cited=False))
    return found


def lightened(raw: bytes) -> tuple[bytes, int, int]:
    """A picture as WebP, no wider than `WIDTH`; bytes, width and height in pixels.

    Raises:
        OSError: it is no picture.
    """
    from PIL import Image

    with Image.open(io.BytesIO(raw)) as read:
        image = read.convert("RGB")
    image.thumbnail((WIDTH, _HIGHEST))
    buffer = io.BytesIO()
    image.save(buffer, format="WEBP", quality=_QUALITY, method=2)
    return buffer.getvalue(), image.width, image.height

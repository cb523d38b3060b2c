"""Pieces of HTML, every piece of foreign text escaped.

What a citation is travels in an ordinary link: `/v1/documents/ID/pages/N/image?debut=…&fin=…#y=…`
opens without any script, and tells `assistant.js` what to show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from assistant.errors import AssistantError
from assistant.language.personal import warning
from assistant.language.typography import NBSP, THIN, place_name, typeset
from assistant.language.words import MONTH_NAMES
from assistant.model import Citation

_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class Fragment(str):
    """HTML made of our own tags and of escaped text: the only kind that the screens show.

    Two of them side by side make one; with any other text they make a mere string.
    """

    __slots__ = ()

    def __add__(self, other: str) -> str:
        joined = str.__add__(self, other)
        return Fragment(joined) if isinstance(other, Fragment) or not other else joined

    def __radd__(self, other: str) -> str:
        return self if not other else str.__add__(other, self)


def fragment(*parts: str) -> Fragment:
    """Join pieces of HTML into one block that Markdown leaves alone.

    A block that starts with `<div` and holds no line break is never parsed as Markdown, so
    asterisks, dollars and underscores of a document stay what they are.
    """
    joined = f"<div class='bloc'>{''.join(parts)}</div>"
    return Fragment(joined.replace("\r", "").replace("\n", " "))


_SPACES = "\n\t\u00a0\u202f\u2009"


def text(value: str) -> str:
    """Escape foreign text, and keep characters that draw outside their line out of the page."""
    plain = value
    for char in _SPACES:
        plain = plain.replace(char, " ")
    # Nearly every text is printable: its characters are then not gone through.
    if not plain.isprintable():
        value = "".join(char for char in value if char.isprintable() or char in _SPACES)
    return escape(value, quote=True)


def number(value: int) -> str:
    """A count as French writes it: « 1 690 »."""
    return f"{value:,}".replace(",", THIN)


def plural(count: int, one: str, many: str | None = None) -> str:
    """A counted noun: « 1 page », « 12 pages » (French puts 0 in the singular)."""
    return f"{number(count)}{NBSP}{one if count < 2 else many or one + 's'}"


def french_date(iso: str | None) -> str:
    """A possibly partial ISO 8601 date in words; what is no such date is shown as it is."""
    if not iso:
        return ""
    match = _ISO_DATE.fullmatch(iso)
    if not match:
        return iso
    year, month, day = match.groups()
    if not month or not 1 <= int(month) <= 12:
        return year
    name = MONTH_NAMES[int(month) - 1]
    if not day:
        return f"{name} {year}"
    return f"{'1er' if int(day) == 1 else int(day)}{NBSP}{name} {year}"


def page_name(page: int, label: str, unit: str = "page") -> str:
    """A page as its reader finds it, escaped: « page iv (4e du fichier) », « diapositive 4 »."""
    return text(place_name(page, label, unit))


def image_link(document_id: str, page: int, citations: Iterable[Citation] = ()) -> str:
    """Address of a rendered page with its citations highlighted.

    The fragment gives the top of the first citation, in points, for the viewer to scroll to.
    """
    spans = sorted({(item.start, item.end) for item in citations})
    query = "&".join(f"debut={start}&fin={end}" for start, end in spans)
    tops = [box[1] for item in citations for box in item.boxes]
    return (
        f"/v1/documents/{quote(document_id, safe='')}/pages/{page}/image"
        + (f"?{query}" if query else "")
        + (f"#y={min(tops):.0f}" if tops else "")
    )


def pdf_link(document_id: str, page: int | None = None) -> str:
    """Address of a document's file, opened at a page."""
    where = f"#page={page}" if page else ""
    return f"/v1/documents/{quote(document_id, safe='')}/fichier{where}"


def error_html(question: str, error: AssistantError) -> str:
    """A domain error in the place of the answer."""
    asked = question.strip()
    title = f"<h2 class='question-posee'>{text(asked[:200])}{'…' if len(asked) > 200 else ''}</h2>"
    return fragment(
        title if asked else "",
        f"<div class='erreur'><p><b>{typeset(text(error.message))}</b></p>",
        f"<p>{typeset(text(error.remedy))}</p></div>",
    )


def pending_html(question: str, message: str) -> str:
    """What is shown while the answer is being sought; a question that names somebody is told."""
    told = warning(question)
    return fragment(
        f"<h2 class='question-posee'>{text(question.strip()[:200])}</h2>",
        f"<div class='interrompue' role='alert'><p>{text(told)}</p></div>" if told else "",
        f"<p class='attente'>{text(message)}</p>",
    )


def history_html(exchanges: Sequence[tuple[str, str, str]]) -> str:
    """Earlier questions, the latest first, each folded with its answer and sources.

    Args:
        exchanges: question, answer fragment and sources fragment of each.
    """
    if not exchanges:
        return ""
    items = (
        f"<details class='precedente'><summary>{text(question)}</summary>{answer}"
        f"<div class='sources-precedentes'>{sources}</div></details>"
        for question, answer, sources in reversed(exchanges)
    )
    return fragment("<h2 class='titre-panneau'>Questions précédentes</h2>", *items)

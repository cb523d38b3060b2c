"""Answers, sources and documents as HTML, every piece of foreign text escaped."""

from ui.rendering.answers import answer_html, confidence_words
from ui.rendering.fragments import (
    Fragment,
    error_html,
    fragment,
    french_date,
    history_html,
    image_link,
    number,
    page_name,
    pdf_link,
    pending_html,
    plural,
    text,
)
from ui.rendering.references import Reference, references
from ui.rendering.sources import highlighted, sources_html

__all__ = [
    "Fragment",
    "Reference",
    "answer_html",
    "confidence_words",
    "error_html",
    "fragment",
    "french_date",
    "highlighted",
    "history_html",
    "image_link",
    "number",
    "page_name",
    "pdf_link",
    "pending_html",
    "plural",
    "references",
    "sources_html",
    "text",
]

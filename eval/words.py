"""Words of a page as two readers are compared on them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from assistant.language.normalise import fold
from assistant.model import Block, Page

_SOFT: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_CUT_WORD: Final = re.compile(r"(?<=\w)[-\u0002\ufffe]\s*\n\s*(?=\w)|(?<=\w)-(?=\w)")
_MARK: Final = re.compile(r"(?<!\S)[o§Øü¾](?=\s|$)", re.MULTILINE)
_NOT_WORD: Final = re.compile(r"[\W_]+")


def solid(text: str) -> str:
    """A text without invisible characters, words cut by a hyphen put together."""
    return _CUT_WORD.sub("", _SOFT.sub("", text))


def tokens(text: str) -> list[str]:
    """Words of a text as they are compared: folded, without hyphens nor list marks."""
    text = fold(_MARK.sub(" ", _SOFT.sub("", text)))
    return _NOT_WORD.sub(" ", _CUT_WORD.sub("", text)).split()


def joined(words: Iterable[str]) -> str:
    """Words as one string with a space at both ends, to look whole words up in it."""
    return f" {' '.join(words)} "


def raw_text(page: Page, block: Block) -> str:
    """Raw text of a block on one page."""
    return "\n".join(
        page.text[span.start : span.end] for span in block.spans if span.page == page.number
    )

"""Tables of contents: lines that send the reader elsewhere and say nothing themselves.

« Objectif 1 : former . . . . 57 » repeats a title and its page. It is found as easily as the text
it announces, and is never worth reading instead of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.language.normalise import fold

_LED = re.compile(r"(?:[.…·_]{4,}|(?:[.…·_]\s){3,})[\s.…·_]*(?:\d{1,4}|[ivxl]{1,6})$")
"""Leaders, then a page number, at the end of a line."""
_NUMBERED = re.compile(r"[^\d\s.,]\D*?\s(\d{1,4})$")
_CONTENTS = re.compile(r"\W*(?:sommaire|tables? des (?:matieres|figures|tableaux|annexes))\W*")
_MIN_ENTRIES = 3


def entries(lines: Sequence[str], title: str = "") -> frozenset[int]:
    """Ranks of the lines that belong to a table of contents.

    An entry ends with leaders and a page number. Without leaders, a page number is told from
    another figure by the title (« Sommaire ») and by its company: three at least, that rise.

    Args:
        lines: lines or paragraphs that follow one another, as read.
        title: the heading above them.
    """
    numbered = {rank for rank, line in enumerate(lines) if line[-1:].isdigit()}
    led = frozenset(
        rank
        for rank, line in enumerate(lines)
        if (rank in numbered or line[-1:] in "ivxl") and _LED.search(line)
    )
    if 2 * len(led) > len(lines):
        # The rest is an entry too long for one line, or the title of the table.
        return frozenset(range(len(lines)))
    if len(numbered) < _MIN_ENTRIES or not _CONTENTS.fullmatch(fold(title)):
        return led
    pages = [int(found[1]) for line in lines if (found := _NUMBERED.search(line))]
    rising = len(pages) >= _MIN_ENTRIES and all(one <= other for one, other in pairwise(pages))
    return frozenset(range(len(lines))) if rising else led

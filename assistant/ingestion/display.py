"""Display text of raw page text, hyphens at line ends included."""

from __future__ import annotations

import re
from typing import Final

from assistant.language.normalise import display_text

_CUT: Final = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_])")


def shown(raw: str) -> str:
    """Text a reader sees for a stretch of raw text whose lines end with line feeds.

    In our raw text a hyphen before a line feed always ends a printed line: it is given to
    `display_text` as the mark of a cut word, which it then mends or keeps (« médico-social »).
    """
    return display_text(_CUT.sub("\u0002\n", raw))

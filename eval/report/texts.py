"""Numbers, dates and foreign text as the report writes them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import escape

from assistant.exports.document import plain
from assistant.generation.differing import dated
from assistant.language.typography import NBSP, THIN, inert, typeset

NOT_MEASURED = f"non{NBSP}mesuré"
MINUS = "−"
_FINE = 0.01
"""Below it, two decimals would say « 0,00 » of what is not zero."""
_HASH = re.compile(r"[0-9a-f]{32,}")


def number(value: float | None) -> str:
    """A share as French writes it: « 0,84 »; three decimals for what two would make zero."""
    if value is None:
        return NOT_MEASURED
    digits = 3 if 0 < abs(value) < _FINE else 2
    written = f"{abs(value):.{digits}f}".replace(".", ",")
    return f"{MINUS}{written}" if value < 0 and written.strip("0,") else written


def percent(share: float) -> str:
    """A share in percent, for the axes of charts: « 40 % », « 2,5 % »."""
    written = f"{share * 100:.1f}".rstrip("0").rstrip(".").replace(".", ",")
    return f"{written}{NBSP}%"


def signed(value: float | None) -> str:
    """A difference: « +0,03 », « −0,12 », « 0,00 »."""
    written = number(value)
    return f"+{written}" if value is not None and value > 0 and written.strip("0,") else written


def interval(low: float | None, high: float | None) -> str:
    """Bounds of an interval: « 0,78 à 0,90 », or « — » when there is none."""
    if low is None or high is None:
        return "—"
    return f"{number(low)} à{NBSP}{number(high)}"


def signed_interval(low: float | None, high: float | None) -> str:
    """Bounds of the interval of a difference, each with its sign."""
    if low is None or high is None:
        return "—"
    return f"{signed(low)} à{NBSP}{signed(high)}"


def chance(p: float | None) -> str:
    """A p value: « 0,042 », « < 0,001 », or « — »."""
    if p is None:
        return "—"
    return f"<{NBSP}0,001" if p < 0.001 else f"{p:.3f}".replace(".", ",")


def count(value: int) -> str:
    """A whole number: « 1 234 »."""
    return f"{value:,}".replace(",", THIN)


def plural(value: int, one: str, many: str | None = None) -> str:
    """A counted noun; French puts 0 in the singular."""
    return f"{count(value)}{NBSP}{one if value < 2 else many or one + 's'}"


def duration(milliseconds: float | None) -> str:
    """A time as one reads it: « 84 ms », « 1,2 s »."""
    if milliseconds is None:
        return NOT_MEASURED
    if milliseconds < 999.5:
        return f"{milliseconds:.0f}{NBSP}ms"
    return f"{milliseconds / 1000:.1f}".replace(".", ",") + f"{NBSP}s"


def moment(when: datetime) -> str:
    """A date with its hour and its zone: « 22 novembre 2026 à 12 h 15 (UTC) »."""
    said = f"{dated(when.date().isoformat())} à{NBSP}{when.hour}{NBSP}h{NBSP}{when.minute:02d}"
    offset = when.utcoffset()
    if offset is None:
        return said
    if offset == timedelta(0):
        return f"{said} (UTC)"
    return f"{said} (UTC{when:%z})".replace("-", MINUS)


def shortened(text: str, most: int) -> str:
    """A text of so many characters at most; what was cut is marked."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def safe(text: str) -> str:
    """Escape foreign text for HTML, without what would draw outside of its line."""
    return escape(plain(inert(text)), quote=True)


def ours(text: str) -> str:
    """Escape a text of ours and put its non-breaking spaces."""
    return escape(typeset(text), quote=False)


def breakable(text: str) -> str:
    """Escape a foreign text; long names and digests may be cut between their parts."""
    return re.sub(r"([-_/.])(?=\w)", r"\1<wbr>", safe(text))


def digest(text: str) -> str:
    """A value of a condition, escaped; a digest may be cut every eight characters."""
    if not _HASH.fullmatch(text):
        return breakable(text)
    return "<wbr>".join(text[at : at + 8] for at in range(0, len(text), 8))

"""Where a meeting is held: read only after its date, and only when the words say a place."""

from __future__ import annotations

import re
from typing import Final

from assistant.language.normalise import fold

_NAME: Final = r"(?P<place>[A-ZÀ-Þ][^\d,.;:()\n·|]{1,60})"
_RIGHT_AFTER: Final = re.compile(rf"\s*,?\s*(?:\(\s*)?à\s+{_NAME}")
_FURTHER: Final = re.compile(rf",?\s+à\s+{_NAME}")
_MARK: Final = re.compile(r"[·|•]|\s[–—-]\s")
_SEGMENT: Final = re.compile(
    r"\s*(?P<place>[^;:()\n·|•]{2,60}?)\s*(?=[;:(\n·|•]|\s[–—-]\s|\.?\s*$)"
)
_TOWN_FIRST: Final = r"(?:[a-z' -]{2,40}, )?"
_PREMISES: Final = (
    r"(?:salles?|amphi\w*|auditorium|siege|locaux|hotel|batiment|campus|mairie|prefecture|palais"
    r"|maison|visio\w*|distanciel|en ligne|teams|zoom)\b"
)
_BODIES: Final = r"(?:ars|chu|chru|chr|ch|ght|gip|gcs|hopital|centre hospitalier|clinique)\b"
_IS_PLACE: Final = re.compile(rf"{_TOWN_FIRST}(?:(?:a |au |en )(?:la |l')?)?{_PREMISES}")
_IS_BODY: Final = re.compile(rf"(?:a |au |aux )?(?:la |l'|le )?{_BODIES}")


def place_after(raw: str, date_end: int, *, coming: bool) -> tuple[int, int] | None:
    """Characters of a place in the rest of the line of a date.

    « à Dijon », or what a mark sets apart and whose words are those of a place (« · salle
    Darcy »). A name set apart by a mark may be anything else: a title, an author.

    Args:
        raw: raw text of the line.
        date_end: where its date ends.
        coming: whether the line announces a meeting to come: « à … » may then stand further, and
            an establishment set apart is where it is held, not who wrote the minutes.
    """
    found = (_FURTHER.search if coming else _RIGHT_AFTER.match)(raw, date_end)
    if found is not None:
        return found.span("place")
    end = raw.find("\n", date_end)
    line_end = end if end >= 0 else len(raw)
    for mark in _MARK.finditer(raw, date_end, line_end):
        segment = _SEGMENT.match(raw, mark.end(), line_end)
        if segment is None:
            continue
        said = fold(segment["place"])
        if _IS_PLACE.match(said) or (coming and _IS_BODY.match(said)):
            return segment.span("place")
    return None

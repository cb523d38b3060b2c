"""Dates and version numbers a document prints about itself.

A document is full of dates that are not its own: those of the law it applies, of the events
it tells. Only a date that stands as a date line (« Rennes, le 11 mars 2020 », « Mise à jour :
juin 2019 »), in the title or in the file name is believed. The dates of the file itself are
not: they say when it was saved, often years after the document or by a conversion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from assistant.ingestion.places import fold
from assistant.language.words import MONTH_NAMES

_MONTHS: Final = {fold(name): rank for rank, name in enumerate(MONTH_NAMES, 1)}
_DAY_NAME: Final = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
_LONG: Final = rf"(?:(?P<d>\d{{1,2}})(?:er)?\s+)?(?P<m>{'|'.join(_MONTHS)})\s+(?P<y>20\d\d)(?!\d)"
_SHORT: Final = r"(?P<d>\d{1,2})\s?[/.]\s?(?P<m>\d{1,2})\s?[/.]\s?(?P<y>20\d\d)(?!\d)"
_ISO: Final = r"(?P<y>20\d\d)[-./](?P<m>0[1-9]|1[0-2])[-./](?P<d>[0-3]\d)(?!\d)"
_MONTH_YEAR: Final = r"(?P<m>0[1-9]|1[0-2])/(?P<y>20\d\d)(?!\d)"
_DATE: Final = tuple(
    re.compile(rf"(?<![\d/.]){pattern}") for pattern in (_ISO, _LONG, _SHORT, _MONTH_YEAR)
)
_SHORT_YEAR: Final = re.compile(r"(?<![\d/.])(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>[0-4]\d)(?![\d/])")
"""A year of two digits is believed after a label only."""
_NAME_DATE: Final = re.compile(
    r"(?<!\d)(?P<y>20\d\d)(?:[-_.]?(?P<m>0[1-9]|1[0-2])(?:[-_.]?(?P<d>[0-3]\d))?)?(?!\d)"
)
_NAME_DATE_REVERSED: Final = re.compile(
    r"(?<!\d)(?P<d>[0-3]\d)[-_. ](?P<m>0[1-9]|1[0-2])[-_. ](?P<y>20\d\d)(?!\d)"
)

_YEAR_LINE: Final = re.compile(
    r"^(?:(?:version|edition)\s*(?:v?[\d.]{1,5})?[\s(–-]*)?(?P<y>20\d\d)\)?$"
)

_LABEL: Final = re.compile(
    r"(?:date de (?:publication|mise a jour|creation|diffusion)|mis(?:e)? a jour(?: le| du| au)?"
    r"|maj\b|publie le|actualise|edition|version|etat au|situation au|arrete au|date\s*:)"
)
_LABEL_REACH: Final = 100
"""Characters a label may stand before its date: « Édition : direction X – juillet 2023 »."""
_FOREIGN: Final = re.compile(
    r"\b(?:arrete|loi|lois|decret|ordonnance|circulaire|instruction|directive|reglement|article"
    r"|code|deliberation|depuis|jusqu|avant|apres|entre|a compter|des le|limite|au plus tard"
    r"|prochaine?|echeance|conforme|licence)\b"
)
_FILLER: Final = re.compile(
    rf"\b(?:le|la|du|au|a|de|en|et|date|publie|publication|mise?|jour|maj|version|edition|etat"
    rf"|situation|fait|document|{_DAY_NAME}|\d+h\d*|h)\b"
)

_VERSION: Final = re.compile(
    r"(?<![\w.])(?:version\s*(?:n\s?[°o]\s?)?:?\s*v?\.?\s?|v\.?\s?)"
    r"(?P<v>\d{1,3}(?:[.]\d{1,3}){0,3}[a-z]?)(?![\w/]|\.\d)(?!\s?(?:" + "|".join(_MONTHS) + "))"
)
_VERSION_YEAR: Final = re.compile(r"^version\s+(?P<v>20\d\d)$")
_NAME_VERSION: Final = re.compile(
    r"(?:^|[\W_])(?:v|version)[-_ .]?(?P<v>\d{1,2}(?:\.\d{1,2}){0,2})(?=$|[\W_])(?!\.\d)"
)
_WORDS_AROUND: Final = 9
"""A line that names the version of its own document says little else."""


def is_date_line(text: str, *, strict: bool = False) -> bool:
    """Whether a line is little more than a date: a place and « le » may come with it.

    Args:
        text: the line.
        strict: accept one word besides the date, or a place before « , le », and no more.
    """
    folded = fold(text)
    match = _find(folded)
    if match is None:
        return bool(re.match(rf"{_DAY_NAME}\b.*\d", folded))
    left = (folded[: match.start()] + " " + folded[match.end() :]).strip()
    others = len(re.findall(r"[^\W\d_]{2,}", _FILLER.sub(" ", left)))
    return others <= (1 if strict and not re.search(r", le $", folded[: match.start()]) else 3)


def without_dates(text: str) -> str:
    """A folded text without its dates, years and version numbers: what two editions share."""
    left = fold(text)
    for pattern in (*_DATE, _VERSION, _NAME_VERSION):
        left = pattern.sub(" ", left)
    left = re.sub(r"(?<!\d)20\d\d(?:\s?[-–/]\s?20\d\d)?(?!\d)", " ", left)
    return re.sub(rf"\b(?:{'|'.join(_MONTHS)}|{_DAY_NAME})\b", " ", left)


def find_date(path: Path, title: str, lines: Iterable[str]) -> str | None:
    """Date of publication or of last update, ISO 8601, possibly partial.

    Args:
        path: the file, for its name.
        title: title of the document.
        lines: printed lines of its first page, tables left out.
    """
    dated: list[str] = []
    previous = ""
    for text in lines:
        line = fold(text)
        match = _find(line)
        labelled = _labelled(line) if len(line.split()) <= 20 else None
        year = _YEAR_LINE.match(line)
        # A sentence cut at the end of a line: « … prévu par l’arrêté / du 17 juillet 2017 ».
        before = " ".join(previous.split()[-3:]) + " " + line[: match.start()] if match else ""
        previous = line
        if _FOREIGN.search(before):
            continue
        if labelled is not None:
            return _iso(labelled)  # an update is newer than anything else on the page
        if match is not None and is_date_line(text):
            dated.append(_iso(match))
        elif year is not None:
            dated.append(year["y"])
    if dated:
        return dated[0]
    folded = fold(title)
    match = _find(folded)
    if match is not None and not _FOREIGN.search(folded[: match.start()]):
        return _iso(match)
    return _name_date(path)


def find_version(path: Path, lines: Iterable[str]) -> str | None:
    """Version a document prints on its first page (« 1.2 »), else in its file name.

    Args:
        path: the file, for its name.
        lines: title and printed lines of its first page, tables left out.
    """
    for text in lines:
        line = re.split(r"(?<=\w)\. (?=\w)", fold(text))[0]
        if len(line.split()) > _WORDS_AROUND + 6:
            continue
        year = _VERSION_YEAR.match(line)
        if year is not None:
            return year["v"]
        match = _VERSION.search(line)
        if match is None or _is_date_part(line, match):
            continue
        around = line[: match.start()] + " " + line[match.end() :]
        own = match.start() == 0 or _GENRE_BEFORE.search(line[: match.start()])
        if own and len(around.split()) <= _WORDS_AROUND + 4:
            return match["v"]
    names = {match["v"] for match in _NAME_VERSION.finditer(fold(path.stem))}
    return names.pop() if len(names) == 1 else None


_GENRE_BEFORE: Final = re.compile(r"[–—|(,;:-]\s*$|^\D{3,90}$")
"""What may stand before a version on its line: the title it belongs to, or a separator."""


def _is_date_part(line: str, match: re.Match[str]) -> bool:
    """« version 8 juillet » and « version 20/06/2023 » give a date, not a version."""
    return bool(re.match(r"\s?(?:er\b|/\d|\.\d{2}\.\d{4})", line[match.end("v") :])) or (
        re.fullmatch(r"20\d\d|\d{2}", match["v"]) is not None
        and re.match(r"\s*[./-]\s*\d", line[match.end("v") :]) is not None
    )


def _labelled(line: str) -> re.Match[str] | None:
    """The date that follows « mise à jour », « version du »… on a folded line."""
    for label in _LABEL.finditer(line):
        after = line[label.end() :]
        match = _find(after) or _SHORT_YEAR.search(after)
        if match is not None and match.start() <= _LABEL_REACH and _valid(match):
            return match
    return None


def _find(folded: str) -> re.Match[str] | None:
    for pattern in _DATE:
        match = pattern.search(folded)
        if match is not None and _valid(match):
            return match
    return None


def _valid(match: re.Match[str]) -> bool:
    groups = match.groupdict()
    month = groups.get("m") or "1"
    rank = _MONTHS.get(month) or int(month)
    return 1 <= rank <= 12 and 1 <= int(groups.get("d") or 1) <= 31


def _iso(match: re.Match[str]) -> str:
    groups = match.groupdict()
    parts = [groups["y"] if len(groups["y"]) == 4 else f"20{groups['y']}"]
    if groups.get("m"):
        parts.append(f"{_MONTHS.get(groups['m']) or int(groups['m']):02d}")
        if groups.get("d"):
            parts.append(f"{int(groups['d']):02d}")
    return "-".join(parts)


def _name_date(path: Path) -> str | None:
    name = fold(path.stem)
    reversed_ = _NAME_DATE_REVERSED.search(name)
    if reversed_ is not None:
        return _iso(reversed_)
    found = _find(re.sub(r"[_-]+", " ", name))
    if found is not None:
        return _iso(found)
    years = list(_NAME_DATE.finditer(name))
    if len(years) == 1 and not re.search(r"20\d\d[-_ ]20\d\d", name):
        return _iso(years[0])
    return None

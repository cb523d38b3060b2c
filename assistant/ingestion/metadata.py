"""What is known of a document: title, publisher, kind, region, date.

Conservative on purpose: a filter built on a wrong value hides the right document, so
nothing is said unless the file, its first page or its name says it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from assistant.model import BlockKind, DocumentMetadata, Page

_NOT_A_TITLE: Final = re.compile(
    r"^(?:microsoft (?:word|powerpoint|excel)\b|présentation powerpoint|powerpoint presentation"
    r"|diapositive \d+|slide \d+|document\d*$|doc\d*$|untitled|sans titre|sans nom|titre$|title$"
    r"|document word|modèle |canevas|print$|about:blank)",
    re.IGNORECASE,
)
_FILE_NAME: Final = re.compile(
    r"\.(?:docx?|pptx?|xlsx?|pdf|indd|odt|odp|qxd|ai)\s*$", re.IGNORECASE
)

_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("copil", r"\bcopil\b|comite de pilotage|compte[ -]rendu|releve de (?:decisions|conclusions)"),
    ("communique", r"communique(?: de presse)?\b|dossier de presse"),
    (
        "ami",
        r"appels? a manifestations? d.?interets?|\bami\b|appels? a projets?|\baap\b"
        r"|appels? a candidatures?",
    ),
    (
        "prs",
        r"\bsrs\b|\bprs\b|schemas? regiona(?:l|ux) de sante|projets? regiona(?:l|ux) de sante"
        r"|\bpraps\b",
    ),
    (
        "strategie",
        r"strategie nationale|feuille de route|\bplan national|doctrine du numerique"
        r"|ma sante 2022|strategie d.acceleration|strategie intelligence artificielle",
    ),
    ("methode", r"\bmethod(?:e|ologie|ologique)\b|cas d.?usage"),
    ("guide", r"\bguides?\b|recommandations?\b|referentiel\b|fiche pratique"),
)

_PUBLISHERS: Final[tuple[tuple[str, str], ...]] = (
    ("HAS", r"\bhas\b|haute autorite de sante"),
    ("ANAP", r"\banap\b|agence nationale de la performance"),
    ("ANS", r"\bans\b(?! la| les| le)|agence du numerique en sante"),
    ("DNS", r"delegation (?:ministerielle )?au numerique en sante"),
    ("DGOS", r"\bdgos\b|direction generale de l.offre de soins"),
    ("Cnam", r"\bcnam\b|caisse nationale d.?(?:e l.)?assurance maladie"),
    ("CNIL", r"\bcnil\b|commission nationale de l.informatique"),
    ("Health Data Hub", r"health data hub|plateforme des donnees de sante"),
    ("DREES", r"\bdrees\b"),
    ("Santé publique France", r"sante publique france"),
)

_REGIONS: Final[tuple[tuple[str, str], ...]] = (
    ("Auvergne-Rhône-Alpes", r"auvergne[- ]rhone[- ]alpes"),
    ("Bourgogne-Franche-Comté", r"bourgogne[- ]franche[- ]comte|\bbfc\b"),
    ("Bretagne", r"\bbretagne\b"),
    ("Centre-Val de Loire", r"centre[- ]val[- ]de[- ]loire"),
    ("Corse", r"\bcorse\b"),
    ("Grand Est", r"\bgrand[- ]est\b"),
    ("Hauts-de-France", r"hauts[- ]de[- ]france"),
    ("Île-de-France", r"ile[- ]de[- ]france"),
    ("Normandie", r"\bnormandie\b"),
    ("Nouvelle-Aquitaine", r"nouvelle[- ]aquitaine"),
    ("Occitanie", r"\boccitanie\b"),
    ("Pays de la Loire", r"pays[- ]de[- ]la[- ]loire"),
    ("Provence-Alpes-Côte d’Azur", r"provence[- ]alpes[- ]cote[- ]d.?azur|\bpaca\b"),
    ("Guadeloupe", r"\bguadeloupe\b"),
    ("Guyane", r"\bguyane\b"),
    ("La Réunion", r"\bla reunion\b"),
    ("Martinique", r"\bmartinique\b"),
    ("Mayotte", r"\bmayotte\b"),
)

_MONTHS: Final = {
    name: rank
    for rank, name in enumerate(
        (
            *("janvier", "fevrier", "mars", "avril", "mai", "juin"),
            *("juillet", "aout", "septembre", "octobre", "novembre", "decembre"),
        ),
        1,
    )
}
_LONG_DATE: Final = re.compile(
    rf"\b(?:(?P<d>\d{{1,2}})(?:er)?\s+)?(?P<m>{'|'.join(_MONTHS)})\s+(?P<y>20\d\d)\b"
)
_SHORT_DATE: Final = re.compile(r"\b(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>20\d\d)\b")
_NAME_DATE: Final = re.compile(
    r"(?<!\d)(?P<y>20\d\d)(?:[-_](?P<m>0[1-9]|1[0-2])(?:[-_](?P<d>[0-3]\d))?)?(?!\d)"
)


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("’", "'").casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def document_metadata(
    path: Path, info: Mapping[str, str], pages: tuple[Page, ...]
) -> DocumentMetadata:
    """Gather what the file, its first pages and its name say.

    Args:
        path: the file; only its name is used.
        info: document information by lower-case key.
        pages: pages as read.
    """
    title = _title(path, info, pages)
    name = _fold(re.sub(r"[-_.]+", " ", path.stem))
    first = _fold(_first_text(pages))
    head = f"{_fold(title)} \n {name}"
    return DocumentMetadata(
        title=title,
        publisher=_publisher(head, first, info),
        kind=_first_match(_KINDS, head) or _first_match(_KINDS, first[:250]) or "autre",
        region=_region(head, first),
        date=_date(path, first, title),
    )


def _first_text(pages: tuple[Page, ...]) -> str:
    """Body and furniture of the first page with text, at most 1500 characters."""
    for page in pages[:3]:
        if len(page.text) >= 20:
            return page.text[:1500].replace("\n", " ")
    return ""


def _title(path: Path, info: Mapping[str, str], pages: tuple[Page, ...]) -> str:
    declared = " ".join(info.get("title", "").split())
    if _is_title(declared, path):
        return declared[:200]
    for page in pages[:3]:
        for block in page.blocks:
            if block.kind is BlockKind.TITLE and 8 <= len(block.text) <= 200:
                return block.text
    for page in pages[:2]:
        headings = [
            block for block in page.blocks if block.kind is BlockKind.HEADING and block.level <= 3
        ]
        for block in headings[:1]:
            if 12 <= len(block.text) <= 160 and not re.match(r"\d|sommaire", block.text, re.I):
                return block.text
    return readable_name(path)


def _is_title(text: str, path: Path) -> bool:
    letters = sum(char.isalpha() for char in text)
    return (
        len(text) >= 6
        and letters >= 5
        and " " in text
        and not _NOT_A_TITLE.match(text)
        and not _FILE_NAME.search(text)
        and "\ufffd" not in text
        and not re.search(r"Ã.|â•|Â ", text)  # UTF-8 read as another encoding
    )


def readable_name(path: Path) -> str:
    """File name as a title: separators become spaces."""
    name = re.sub(r"[_]+|(?<=\D)-(?=\D)|(?<=\w)-(?=\D)|(?<=\D)-(?=\w)", " ", path.stem)
    name = " ".join(name.split())
    return name[:1].upper() + name[1:] if name else path.name


def _first_match(patterns: tuple[tuple[str, str], ...], text: str) -> str | None:
    for value, pattern in patterns:
        if re.search(pattern, text):
            return value
    return None


def _publisher(head: str, first: str, info: Mapping[str, str]) -> str | None:
    author = _fold(info.get("author", ""))
    for text in (head, author):
        agency = re.search(r"\bars\b|agence regionale de sante", text)
        if agency:
            region = _first_match(_REGIONS, text) or _first_match(_REGIONS, first)
            return f"ARS {region}" if region else "ARS"
        found = _first_match(_PUBLISHERS, text)
        if found:
            return found
    if re.search(r"agence regionale de sante|\bars\b", first[:400]):
        region = _first_match(_REGIONS, first[:800])
        return f"ARS {region}" if region else None
    return None


def _region(head: str, first: str) -> str | None:
    for text in (head, first[:600]):
        found = {region for region, pattern in _REGIONS if re.search(pattern, text)}
        if len(found) == 1:
            return found.pop()
        if found:
            return None
    return None


def _date(path: Path, first: str, title: str) -> str | None:
    for text in (_fold(title), first[:500]):
        match = _LONG_DATE.search(text)
        if match is not None:
            month = _MONTHS[match["m"]]
            day = f"-{int(match['d']):02d}" if match["d"] else ""
            return f"{match['y']}-{month:02d}{day}"
        match = _SHORT_DATE.search(text)
        if match is not None and 1 <= int(match["m"]) <= 12 and 1 <= int(match["d"]) <= 31:
            return f"{match['y']}-{int(match['m']):02d}-{int(match['d']):02d}"
    years = list(_NAME_DATE.finditer(path.stem))
    if len(years) == 1:
        return "-".join(part for part in (years[0]["y"], years[0]["m"], years[0]["d"]) if part)
    return None

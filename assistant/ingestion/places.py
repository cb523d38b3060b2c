"""Regions and publishers, as documents write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

REGIONS: Final[tuple[tuple[str, str], ...]] = (
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

PUBLISHERS: Final[tuple[tuple[str, str], ...]] = (
    ("HAS", r"\bhas\b|haute autorite de sante"),
    ("ANAP", r"\banap\b|agence nationale de la performance"),
    ("ANS", r"\bans\b(?! la| les| le)(?<!\d ans)|agence du numerique en sante"),
    ("DNS", r"delegation (?:ministerielle )?au numerique en sante"),
    ("DGOS", r"\bdgos\b|direction generale de l.offre de soins"),
    ("Cnam", r"\bcnam\b|caisse nationale d.?(?:e l.)?assurance maladie"),
    ("CNIL", r"\bcnil\b|commission nationale de l.informatique"),
    ("Health Data Hub", r"health data hub|plateforme des donnees de sante"),
    ("DREES", r"\bdrees\b"),
    ("Santé publique France", r"sante publique france"),
    ("ATIH", r"\batih\b|agence technique de l.information sur l.hospitalisation"),
    ("CNSA", r"\bcnsa\b|caisse nationale de solidarite pour l.autonomie"),
    ("Cour des comptes", r"\bcour des comptes\b"),
    ("Inserm", r"\binserm\b"),
    ("AP-HP", r"\bap-?hp\b|assistance publique.{1,4}hopitaux de paris"),
    ("DGS", r"\bdgs\b|direction generale de la sante"),
    ("DGCS", r"\bdgcs\b|direction generale de la cohesion sociale"),
)

_MINISTRY: Final = re.compile(r"^ministere (?:de la sante|des solidarites et de la sante)\b", re.M)

_TERRITORY: Final = re.compile(
    r"(?:saint[- ](?:martin|barthelemy|pierre[- ]et[- ]miquelon)|iles du nord|france|reunion"
    r"|prefectures?|region|departement|et|de|du|la|les|le|l'|[-–, ])+"
)


def fold(text: str) -> str:
    """Lower case without accents, straight apostrophes."""
    decomposed = unicodedata.normalize("NFD", text.replace("’", "'").casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def first_match(patterns: tuple[tuple[str, str], ...], text: str) -> str | None:
    """Value of the first pattern found in a folded text."""
    for value, pattern in patterns:
        if re.search(pattern, text):
            return value
    return None


def is_place_name(text: str) -> bool:
    """Whether a line holds nothing but names of regions and territories."""
    left = fold(text)
    for _, pattern in REGIONS:
        left = re.sub(pattern, " ", left)
    return not _TERRITORY.sub("", left).strip()


def find_region(head: str, first: str) -> str | None:
    """Region named by the title or the file name, else by the top of the first page.

    Two regions in one text name none: a document that compares them belongs to neither.
    """
    for text in (head, first[:600]):
        found = {region for region, pattern in REGIONS if re.search(pattern, text)}
        if len(found) == 1:
            return found.pop()
        if found:
            return None
    return None


def find_publisher(head: str, first: str, author: str, lines: Sequence[str] = ()) -> str | None:
    """Publisher named by the title or the file name, the author, then the first page's top.

    Args:
        head: folded title and file name.
        first: folded text of the first page.
        author: folded author the file declares.
        lines: folded printed lines of the first page.
    """
    for text in (head, author):
        if re.search(r"\bars\b|agence regionale de sante", text):
            region = first_match(REGIONS, text) or first_match(REGIONS, first)
            return f"ARS {region}" if region else "ARS"
        found = first_match(PUBLISHERS, text)
        if found:
            return found
    top = first[:400]
    if re.search(r"agence regionale de sante|\bars\b", top):
        region = first_match(REGIONS, first[:800])
        return f"ARS {region}" if region else None
    # A line that holds nothing else is a letterhead or a signature.
    alone = {
        name
        for line in lines
        if len(line.split()) <= 6
        for name, pattern in PUBLISHERS
        if re.fullmatch(rf"\W*(?:{pattern})\W*", line)
    }
    if len(alone) == 1:
        return alone.pop()
    return "Ministère de la Santé" if _MINISTRY.search(top) and not alone else None

"""Personal data in what people type: found without ever crying wolf over a decree.

What is looked for has a form of its own (a key, a fixed length, a word before it), because the
questions of this software are full of numbers that are nobody's: SIRET and FINESS numbers,
amounts, decrees, years. A name alone is only taken for one after a civility, and a public office
(« Monsieur le directeur général ») is no name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from assistant.language.typography import typeset
from assistant.language.words import MONTH_PATTERN, words


class Kind(StrEnum):
    """What a piece of text tells about somebody."""

    NIR = "numéro de sécurité sociale"
    PHONE = "numéro de téléphone"
    EMAIL = "adresse électronique"
    BIRTH = "date de naissance"
    PATIENT = "identifiant de patient"
    NAME = "nom de personne"
    IBAN = "numéro de compte bancaire"
    ADDRESS = "adresse postale"


FEMININE: Final = frozenset({Kind.EMAIL, Kind.BIRTH, Kind.ADDRESS})


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of personal data.

    Attributes:
        kind: what it tells.
        start: first character.
        end: the one after the last.
    """

    kind: Kind
    start: int
    end: int


_SPACE: Final = r"[ \u00a0\u202f\u2009]"
_GAP: Final = rf"(?:{_SPACE}|[.\-/])?"
_ALONE: Final = r"(?<![\w.,/+\-])"
_OVER: Final = r"(?![\w]|[.,\-/]\d)"

_NIR: Final = re.compile(
    rf"{_ALONE}[1-478]{_GAP}\d{{2}}{_GAP}(?:0[1-9]|1[0-2]|[2-9]\d){_GAP}"
    rf"(?:\d{{2}}|2[ABab]){_GAP}\d{{3}}{_GAP}\d{{3}}(?:{_GAP}\d{{2}})?{_OVER}"
)
# Numbers of France and its territories; a bare run of ten digits is one too.
_PHONE: Final = re.compile(
    rf"(?<![\w.,/\-])(?:(?:\+|00){_SPACE}?(?:33|262|590|594|596|508|681|687|689)"
    rf"{_GAP}(?:\(0\))?{_GAP}[1-9]|0[1-9])(?:{_GAP}\d{{2}}){{4}}{_OVER}"
)
_EMAIL: Final = re.compile(
    r"(?<![\w.+\-@])[\w+\-]{1,64}(?:\.[\w+\-]{1,64}){0,8}@"
    r"[a-z0-9](?:[a-z0-9\-]{0,62})(?:\.[a-z0-9][a-z0-9\-]{0,62}){0,8}\.[a-z]{2,24}(?![\w@])",
    re.IGNORECASE,
)
_IBAN: Final = re.compile(rf"{_ALONE}[A-Z]{{2}}\d{{2}}(?:{_SPACE}?[A-Z0-9]){{11,30}}(?!\w)")
_DAY: Final = (
    rf"(?:\d{{1,2}}[/.\-]\d{{1,2}}[/.\-](?:\d{{4}}|\d{{2}})|"
    rf"(?:\d{{1,2}}|1er)\s(?:{MONTH_PATTERN})\s\d{{4}})"
)
_BIRTH: Final = re.compile(
    rf"\b(?:né|née|nés|nées|ne|nee)\s(?:le\s)({_DAY})(?!\d)|"
    rf"\b(?:date\sde\snaissance|ddn|d\.d\.n\.)\s?:?\s?(?:est\s|du\s|le\s)?({_DAY})(?!\d)",
    re.IGNORECASE,
)
_PATIENT: Final = re.compile(
    r"\b(?:IPP|INS(?:-C|-NIR)?|NDA|matricule\sINS|(?:numéro|n°|no)\sde\s(?:dossier\s)?patient|"
    r"dossier\spatient)\s?(?:n°|numéro|no)?\s?(?::|=|est)?\s?(?:le\s)?(?:n°\s?)?"
    r"((?=[A-Z0-9\-]*\d{4})[A-Z]{0,3}[\-]?\d[\dA-Z\-]{4,21})(?!\w)",
)
_WORD: Final = r"(?:[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+|[A-ZÀ-ÖØ-Þ]{2,})(?:[-’'](?:[A-ZÀ-ÖØ-Þa-zà-öø-ÿ]+))*"
_PARTICLE: Final = r"(?:(?:de|du|des|la|le|d’|d'|El|Le|La|De|Ben)[^\S\n]?)"
_NAME: Final = re.compile(
    r"(?<!\w)(?:M\.|MM\.|Mme|Mmes|Mlle|Monsieur|Madame|Mademoiselle|Dr|Docteur|Pr|Professeur|"
    r"Me|Maître|(?:(?:le|la|du|de[^\S\n]la|un|une|notre|ce|cette|mon|ma)[^\S\n])?(?:patient|patiente|"
    r"résident|résidente)[^\S\n](?=[A-ZÀ-Þ][\w’'\-]+[^\S\n][A-ZÀ-Þ]))[^\S\n]?"
    rf"((?:[A-ZÀ-Þ]\.[^\S\n]?)?(?:{_PARTICLE}){{0,2}}{_WORD}(?:[^\S\n](?:{_PARTICLE}){{0,2}}{_WORD}){{0,3}})",
)
_STREET: Final = re.compile(
    r"(?<![\w°])\d{1,4}(?:[^\S\n]?(?:bis|ter|quater|[A-D]))?,?[^\S\n]"
    r"(?:rue|avenue|av\.|boulevard|bd|bld|impasse|allée|allées|chemin|place|quai|route|square|"
    r"cours|lotissement|résidence|passage|sentier|ruelle|faubourg)[^\S\n]"
    r"(?:(?:de|du|des|la|le|les|l’|l'|d’|d')[^\S\n]?){0,2}[\w’'\-]{2,}",
    re.IGNORECASE,
)

_OFFICES: Final = words(
    """
    agence ministre ministere directeur directrice president presidente maire prefet prefete
    delegue deleguee secretaire premier premiere general generale ars chu gcs has anap cnil
    administrateur administratrice chef cheffe senateur senatrice depute deputee rapporteur
    hospitalier hospitaliere commission comite conseil monsieur madame
    """
)
"""After a civility, the beginning of an office, or of something that is nobody."""

_PLACES_OF: Final = words(
    "rue avenue boulevard place hopital hopitaux chu clinique centre ehpad lycee faculte"
)
"""« rue du Docteur Roux », « hôpital Docteur Schaffner »: a place, not a person."""


def personal_data(text: str) -> list[Found]:
    """Find personal data, in order, without overlap.

    Args:
        text: as typed.
    """
    found: list[Found] = []
    taken = [False] * len(text)
    for kind, search in _SEARCHES:
        for start, end in search(text):
            if not any(taken[start:end]):
                found.append(Found(kind, start, end))
                taken[start:end] = [True] * (end - start)
    return sorted(found, key=lambda one: one.start)


def masked(text: str) -> str:
    """The same text, each piece of personal data replaced with what it was, in brackets."""
    parts: list[str] = []
    at = 0
    for one in personal_data(text):
        parts += [text[at : one.start], f"[{one.kind}]"]
        at = one.end
    return "".join([*parts, text[at:]])


WARNING: Final = "Votre question semble contenir"
"""How the warning begins: the screens show it above the answer."""


def warning(text: str) -> str:
    """What to tell the person who typed it; empty when there is nothing to tell.

    Args:
        text: as typed.
    """
    kinds = list(dict.fromkeys(one.kind for one in personal_data(text)))
    if not kinds:
        return ""
    named = [f"{'une' if kind in FEMININE else 'un'} {kind}" for kind in kinds]
    listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} et {named[-1]}"
    return typeset(
        f"{WARNING} {listed}. L’assistant n’en a pas besoin : retirez les "
        "données personnelles, et supprimez la conversation si elle a été gardée."
    )


def is_nir(digits: str) -> bool:
    """Whether 15 characters are a social security number: its key is 97 less the rest by 97.

    Corsica's departments 2A and 2B count as 19 and 18 (INSEE).
    """
    plain = digits.upper()
    if len(plain) != 15:
        return False
    body = plain[:13].replace("2A", "19", 1) if plain[5:7] == "2A" else plain[:13]
    body = body.replace("2B", "18", 1) if body[5:7] == "2B" else body
    if not (body.isdecimal() and plain[13:].isdecimal()):
        return False
    return 97 - int(body) % 97 == int(plain[13:])


def is_iban(text: str) -> bool:
    """Whether the key of an account number holds (ISO 13616, modulo 97)."""
    plain = re.sub(r"\s", "", text).upper()
    if not 15 <= len(plain) <= 34 or not plain.isascii() or not plain.isalnum():
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def _nirs(text: str) -> list[tuple[int, int]]:
    spans = []
    for match in _NIR.finditer(text):
        plain = re.sub(r"[^\dABab]", "", match.group())
        if len(plain) == 15 and is_nir(plain):
            spans.append(match.span())
        elif len(plain) == 13 and _said_before(text, match.start(), _NIR_WORDS):
            # Without its key, thirteen digits are anything unless the text says what.
            spans.append(match.span())
    return spans


_NIR_WORDS: Final = re.compile(
    r"(?:sécurité\ssociale|sécu|\bnir\b|\bnss\b|\binsee\b)[^\d]{0,30}$", re.IGNORECASE
)


def _phones(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _PHONE.finditer(text)]


def _emails(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _EMAIL.finditer(text)]


def _ibans(text: str) -> list[tuple[int, int]]:
    spans = []
    for match in _IBAN.finditer(text):
        # The words that follow in capitals are not part of it: the longest end that holds.
        end = match.end()
        while end - match.start() >= 15 and not is_iban(text[match.start() : end]):
            end -= 1
        if end - match.start() >= 15:
            spans.append((match.start(), end))
    return spans


def _births(text: str) -> list[tuple[int, int]]:
    return [match.span(1 if match.group(1) else 2) for match in _BIRTH.finditer(text)]


def _patients(text: str) -> list[tuple[int, int]]:
    return [match.span(1) for match in _PATIENT.finditer(text)]


def _names(text: str) -> list[tuple[int, int]]:
    from assistant.language.normalise import fold

    spans = []
    for match in _NAME.finditer(text):
        first = re.split(r"[\s’'\-]", match.group(1).strip(), maxsplit=1)[0]
        before = re.findall(r"\w+", fold(text[max(0, match.start() - 40) : match.start()]))
        place = [one for one in before[-3:] if one in _PLACES_OF]
        if fold(first) not in _OFFICES and not place:
            spans.append(match.span(1))
    return spans


def _addresses(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _STREET.finditer(text)]


def _said_before(text: str, start: int, named: re.Pattern[str]) -> bool:
    return named.search(text[max(0, start - 60) : start]) is not None


_SEARCHES: Final[Sequence[tuple[Kind, Callable[[str], list[tuple[int, int]]]]]] = (
    (Kind.EMAIL, _emails),
    (Kind.IBAN, _ibans),
    (Kind.NIR, _nirs),
    (Kind.PATIENT, _patients),
    (Kind.PHONE, _phones),
    (Kind.BIRTH, _births),
    (Kind.ADDRESS, _addresses),
    (Kind.NAME, _names),
)

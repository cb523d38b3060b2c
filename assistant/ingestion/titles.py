"""Title of a document: what its cover shows in large type, or what its file declares.

A declared title is often that of the template or of another file (« Fiche GP », « Microsoft
Word – doc1 ») and the largest line of a cover often names the institution. Neither is
believed alone: a declared title must be found again in the first pages, and the lines of the
cover that belong together are put back together.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.ingestion.dates import is_date_line
from assistant.ingestion.places import fold, is_place_name
from assistant.model import BlockKind, Page, PageStatus

MAX_TITLE: Final = 200
"""Characters; a longer run of large type is a page set in large type, not a title."""

_NOT_A_TITLE: Final = re.compile(
    r"^(?:microsoft (?:word|powerpoint|excel)\b|présentation powerpoint|powerpoint presentation"
    r"|diapositive \d+|slide \d+|document\d*$|doc\d*$|untitled|sans titre|sans nom|titre$|title$"
    r"|titre du document|sous-titre|document word|canevas|template\b|print$|about:blank"
    r"|(?:re|tr|rv|fwd?|aw)\s?: |https?:|www\.|file:|\(?unspecified|\(?anonymous)",
    re.IGNORECASE,
)
_FILE_NAME: Final = re.compile(
    r"\.(?:docx?|pptx?|xlsx?|pdf|indd|odt|odp|qxd|ai)\s*$|\w_\w", re.IGNORECASE
)
_FILE_PREFIX: Final = re.compile(r"^(?:\d{1,4}[._-])*\d{1,4}(?:\s*[-–_.)]\s*|\s+)(?=\D)")
_WORD: Final = re.compile(r"[^\W_]{3,}")
_COVER_WORDS: Final = 120
_LINE_WORDS: Final = 16
_PARAGRAPH_WORDS: Final = 30

# Lines of a first page that are never its title.
_INSTITUTION: Final = re.compile(
    r"(?:ministeres?|republique francaise|liberte|egalite|fraternite|agences?|direction|delegation"
    r"|caisse|haute autorite|college|institut|centre (?:national|hospitalier)|groupe(?:ment)? "
    r"(?:hospitalier|de cooperation)|prefet|prefecture|service|pole|assistance publique"
    r"|secretariat|secretaire|union|federation|conseil (?:regional|departemental|national)"
    r"|observatoire|universite|cour des comptes|chu|gcs|ars|sante publique france|health data hub"
    r"|l'assurance maladie|assurance maladie|premier ministre|de la (?:sante|prevention"
    r"|cohesion)|et de la |et des (?:solidarites|familles)|des (?:solidarites|familles)"
    r"|de l'(?:autonomie|agriculture)|cohesion des territoires|transition)\b"
)
_FRONT_MATTER: Final = re.compile(
    r"(?:sommaire|ordre du jour|table des matieres|communique de presse|dossier de presse"
    r"|titre du document|sous-titre|concertation|confidentiel|projet|draft|attention|avec la "
    r"participation|direction de la publication|contact|annexes?$|version\b|statut\b|v ?\d"
    r"|n ?[°o] ?\d+|#\s?\d+|licence|copyright|©|page \d+|rappels?\b|objectifs?\b|introduction$"
    r"|introduction :|contexte$|public cible|a l'attention|mise a jour|objet\s*:)"
)
_ADDRESS: Final = re.compile(
    r"https?:|www\.|@|\b\w+\.(?:gouv\.)?(?:fr|com|org|eu)\b|\b\d{5}\b [A-Z]"
)
_GENRE: Final = re.compile(
    r"(?:guides?|rapport|bilan|charte|webinaire|schema|plan|strategie|feuille de route|fiches?"
    r"|appels?|compte[ -]rendu|releve|note|circulaire|instruction|cahier|convention|bulletin"
    r"|dossier|referentiel|recommandations?|modele|programme|projet regional|doctrine|synthese"
    r"|avis|arrete|decision|formulaire|protocole|annuaire|catalogue|enquete|etude|tableau|liste"
    r"|questionnaire|annexe \d|mode d'emploi|memento|livret|kit|foire aux questions|glossaire)\b"
)
_SALUTATION: Final = re.compile(
    r"^(?:(?:bien )?cher(?:e|s|es)? |madame|monsieur|mesdames|messieurs)[^.\n]{0,60}[,:]?$", re.M
)
_SUBJECT: Final = re.compile(r"^\s*objet\s?: *(?P<subject>\S.{8,160})$", re.I | re.M)
_NUMBERED: Final = re.compile(r"^(?:\d+[.)]|[ivx]+[.)]|[a-z][.)]|partie \d|chapitre|axe \d)", re.I)
_DANGLING: Final = re.compile(r"\b(?:par|avec|de|du|des|la|le|les|pour|et|à|au|aux|en|sur)$", re.I)
_JOINING: Final = re.compile(
    r"^(?:d'|l'|de |du |des |la |le |les |et |à |a |au |aux |en |pour |dans |sur |par |entre |\()"
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a first page as it is printed."""

    text: str
    size: float
    bold: bool
    block: int
    kind: BlockKind


def document_title(path: Path, info: Mapping[str, str], pages: Sequence[Page]) -> str:
    """Best title of a document.

    Args:
        path: the file; its name is the last resort.
        info: document information by lower-case key.
        pages: pages as read.
    """
    declared = " ".join(info.get("title", "").split())[:MAX_TITLE]
    trusted = declared if _is_title(declared) else ""
    cover = _scanned_title(pages) or _cover_title(pages)
    if trusted and (_found_again(trusted, pages) or (cover and _found_in(cover, trusted))):
        # The cover often completes it: « Dispositif X », then « Guide pratique ».
        return cover if cover and _words(trusted) < _words(cover) else trusted
    cleaned = _cleaned(declared)
    return (
        cover
        or trusted
        or (cleaned if _GENRE.match(fold(cleaned)) else "")
        or _modest_title(pages)
        or _first_heading(pages)
        or cleaned
        or readable_name(path)
    )


def readable_name(path: Path) -> str:
    """File name as a title: separators become spaces."""
    name = re.sub(r"[_]+|(?<=\D)-(?=\D)|(?<=\w)-(?=\D)|(?<=\D)-(?=\w)", " ", path.stem)
    name = " ".join(name.split())
    return name[:1].upper() + name[1:] if name else path.name


def _is_title(text: str) -> bool:
    """Whether a declared title reads like one, not like a file name or a template."""
    letters = sum(char.isalpha() for char in text)
    return (
        len(text) >= 6
        and letters >= 5
        and " " in text
        and not _NOT_A_TITLE.match(text)
        and not text.casefold().startswith("modèle ")
        and not _FILE_NAME.search(text)
        and not _FILE_PREFIX.match(text)
        and "\ufffd" not in text
        and not re.search(r"Ã.|â•|Â ", text)  # UTF-8 read as another encoding
    )


def _cleaned(declared: str) -> str:
    """A declared title that looks like a file name, without what makes it one."""
    if declared.casefold().startswith("modèle "):
        return ""
    if _NOT_A_TITLE.match(declared) or re.search(r"\ufffd|Ã.|â•|Â ", declared):
        return ""
    text = re.sub(r"\.(?:docx?|pptx?|xlsx?|pdf|indd|odt|odp|qxd|ai)\s*$", "", declared, flags=re.I)
    text = _FILE_PREFIX.sub("", text.replace("_", " ")).strip(" -–")
    return text if " " in text and sum(map(str.isalpha, text)) >= 8 else ""


def _words(text: str) -> set[str]:
    return set(_WORD.findall(fold(text)))


def _found_in(part: str, whole: str) -> bool:
    wanted = _words(part)
    return len(wanted & _words(whole)) >= 0.8 * len(wanted)


def _found_again(title: str, pages: Sequence[Page]) -> bool:
    """Whether the first pages show most words of a title; true when they show nothing."""
    shown = " ".join(page.text[:4000] for page in pages[:3])
    wanted, seen = _words(title), _words(shown)
    if len(wanted) < 2:  # « Fiche GP »: one word proves nothing
        return not seen or " ".join(fold(title).split()) in " ".join(fold(shown).split())
    return not seen or len(wanted & seen) >= 0.7 * len(wanted)


# --- The cover -----------------------------------------------------------------------------


def _cover_title(pages: Sequence[Page]) -> str:
    """Title printed in large type on the first page that says something."""
    body = _body_size(pages)
    for page in [page for page in pages[:3] if len(page.text.split()) >= 3][:2]:
        title = _large_title(page, body)
        if title:
            return title
        if len(page.text.split()) > 60:
            break  # a page of text, not a cover without words
    return ""


def _scanned_title(pages: Sequence[Page]) -> str:
    """Title of a scanned page of text, by its words: recognised sizes are only rough."""
    for page in pages[:1]:
        if page.status is PageStatus.OCR and len(page.text.split()) > _COVER_WORDS:
            return _modest_title(pages, named_only=True)
    return ""


def _body_size(pages: Sequence[Page]) -> float:
    weights: Counter[float] = Counter()
    for page in pages[:12]:
        for word in page.words:
            weights[round(word.size)] += word.end - word.start
    return weights.most_common(1)[0][0] if weights else 0.0


def _lines(page: Page) -> list[_Line]:
    """Printed lines of a page, in reading order, with their size and weight."""
    lines: list[_Line] = []
    words = sorted(page.words, key=lambda word: word.start)
    starts = [word.start for word in words]
    for index, block in enumerate(page.blocks):
        for span in block.spans:
            raw = page.text[span.start : span.end]
            at = span.start
            for text in raw.split("\n"):
                inside = words[bisect_left(starts, at) : bisect_left(starts, at + len(text))]
                sizes: Counter[float] = Counter()
                for word in inside:
                    sizes[word.size] += word.end - word.start
                size = sizes.most_common(1)[0][0] if sizes else 0.0
                bold = bool(inside) and all(word.bold for word in inside)
                shown = block.text if len(block.spans) == 1 and "\n" not in raw else text
                lines.append(_Line(" ".join(shown.split()), size, bold, index, block.kind))
                at += len(text) + 1
    return lines


def _may_be_title(line: _Line) -> bool:
    folded = fold(line.text)
    long_words = [word for word in re.findall(r"[^\W\d_]+", line.text) if len(word) >= 2]
    return (
        line.kind is not BlockKind.FOOTER
        and sum(map(str.isalpha, line.text)) >= 4
        and bool(long_words)
        and not (_INSTITUTION.match(folded) and ":" not in folded)
        and not _FRONT_MATTER.match(folded)
        and not _ADDRESS.search(line.text)
        and not is_date_line(line.text, strict=True)
        and not is_place_name(line.text)
        and not _NOT_A_TITLE.match(line.text)
    )


def _large_title(page: Page, body: float) -> str:
    """Runs of large lines of a page, joined; empty when nothing stands out."""
    lines = _lines(page)
    if not body or _is_letter(page):
        return ""
    # Recognised words have the height of their letters, which varies along a line.
    slack = 0.7 if page.status is PageStatus.OCR else 0.9
    words = len(page.text.split())
    cover = words <= _COVER_WORDS
    if words > _COVER_WORDS // 2:
        body = max(body, _body_size([page]))
    begun = _text_begins(page, lines)
    large = [
        line
        for k, line in enumerate(lines)
        if line.size >= 1.15 * body
        and _may_be_title(line)
        and (cover or k < begun or (line.size >= 1.6 * body and slack == 0.9))
        # A printed line of many words is set as text, however large.
        and (len(line.text.split()) <= _LINE_WORDS or line.size >= 1.5 * body)
    ]
    if not large:
        return ""
    top = max(line.size for line in large)
    if _is_institution_name(large, top, body):
        top = max(line.size for line in large if not _is_acronym(line.text))
    first = next(k for k, line in enumerate(lines) if line in large and line.size >= slack * top)
    if _NUMBERED.match(lines[first].text) and not cover:
        return ""
    chosen = _around(lines, first, top, body, slack, cover=cover)
    title = _join([lines[k] for k in chosen], slack)
    return title if 6 <= len(title) <= MAX_TITLE + 20 and " " in title else ""


def _text_begins(page: Page, lines: list[_Line]) -> int:
    """Rank of the first line of the first real paragraph; the number of lines if none."""
    for k, line in enumerate(lines):
        block = page.blocks[line.block]
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_INTRO, BlockKind.LIST_ITEM) and (
            len(block.text.split()) >= _PARAGRAPH_WORDS
            and line.size <= 1.1 * min(other.size for other in lines if other.block == line.block)
            and k > 0
        ):
            return k
    return len(lines)


def _is_acronym(text: str) -> bool:
    return len(text.split()) == 1


def _is_institution_name(large: list[_Line], top: float, body: float) -> bool:
    """Whether the largest lines are single words (a logo set in type) beside other titles."""
    biggest = [line for line in large if line.size >= 0.95 * top]
    others = [line for line in large if line.size >= 1.3 * body and not _is_acronym(line.text)]
    return len(biggest) == 1 and _is_acronym(biggest[0].text) and len(others) >= 1


def _around(
    lines: list[_Line], first: int, top: float, body: float, slack: float, *, cover: bool
) -> list[int]:
    """Indices of the lines that make the title with the one at `first`."""
    chosen = [first]
    # What comes just before, nearly as large, opens the title: « Rapport au Parlement ».
    for k in range(first - 1, -1, -1):
        if _may_be_title(lines[k]) and lines[k].size >= 0.75 * top:
            chosen.insert(0, k)
        elif lines[k].size >= 0.75 * top and not is_date_line(lines[k].text, strict=True):
            break
    length = sum(len(lines[k].text) for k in chosen)
    for k in range(first + 1, len(lines)):
        line = lines[k]
        same = line.size >= slack * top
        genre = bool(_GENRE.match(fold(line.text)))
        ratio = 0.5 if genre and cover else 0.68
        fits = (
            line.size >= max(ratio * top, 1.12 * body)
            and len(line.text.split()) <= _LINE_WORDS
            and (cover or genre or same or not _is_section_style(lines, k))
        )
        continues = lines[k - 1].block == line.block and k - 1 in chosen
        if lines[k - 1].block == line.block and k - 1 not in chosen:
            continue  # the rest of a block whose opening is no title
        usable = _may_be_title(line) or (continues and _JOINING.match(fold(line.text)))
        if fits and usable and not _NUMBERED.match(line.text):
            if length + len(line.text) > MAX_TITLE and not (same and length < MAX_TITLE):
                break
            chosen.append(k)
            length += len(line.text)
        elif continues and line.size >= slack * lines[k - 1].size and usable:
            chosen.append(k)
            length += len(line.text)
        elif not cover and line.size <= 1.1 * body and len(line.text.split()) > 6:
            break  # the text begins
    return chosen


def _is_section_style(lines: list[_Line], at: int) -> bool:
    """Whether a line is set like other lines further down: then it heads a section."""
    line = lines[at]
    return any(
        abs(other.size - line.size) < 0.02 * line.size
        and other.bold == line.bold
        and other.block > line.block + 1
        and len(other.text.split()) <= _LINE_WORDS
        for other in lines[at + 1 :]
    )


def _join(lines: list[_Line], slack: float) -> str:
    """Put lines together: a space inside a phrase, a dash between two."""
    while len(lines) > 1 and _DANGLING.search(lines[-1].text):
        lines = lines[:-1]
    parts: list[str] = []
    previous: _Line | None = None
    for line in lines:
        text = _plain(line.text)
        if not text or any(fold(text) == fold(part) for part in parts):
            continue
        if previous is None:
            parts.append(text)
        else:
            alike = slack <= line.size / max(previous.size, 0.1) <= 1 / slack
            phrase = (
                _DANGLING.search(parts[-1])
                or _JOINING.match(fold(text))
                or text[:1].islower()
                or (alike and previous.block == line.block and previous.bold == line.bold)
                or (alike and previous.bold == line.bold and len(parts[-1].split()) == 1)
            )
            if phrase:
                parts[-1] += f" {text}"
            else:
                parts.append(text)
        previous = line
    return " – ".join(parts)


def _plain(text: str) -> str:
    """A line without pictograms, bullets nor calls of footnotes."""
    kept = "".join(
        char
        for char in text
        if char < "\u2190" or unicodedata.category(char) not in {"So", "Co", "Cn"}
    )
    kept = re.sub(r"(?<=[a-zà-ÿ]{4})\d(?=$|[\s,.;:])", "", kept)
    return re.sub(r"\s+(?=[,.])", "", " ".join(kept.split())).strip(" |–—-•")


# --- Second best ---------------------------------------------------------------------------


def _is_letter(page: Page) -> bool:
    return bool(_SALUTATION.search(fold(page.text[:3000])))


def _modest_title(pages: Sequence[Page], *, named_only: bool = False) -> str:
    """Title of a page where nothing is large: a bold or named first line, a letter's subject."""
    for page in [page for page in pages[:2] if len(page.text.split()) >= 3][:1]:
        subject = _SUBJECT.search(page.text[:3000])
        if subject:
            return " ".join(subject["subject"].split())
        if _is_letter(page):
            return ""
        lines = _lines(page)
        for index in dict.fromkeys(line.block for line in lines[:14]):
            own = [line for line in lines if line.block == index]
            text = " ".join(line.text for line in own)
            words = len(text.split())
            named = _GENRE.match(fold(text)) and words >= 3
            marked = not named_only and (
                all(line.bold for line in own) or own[0].kind is BlockKind.TITLE
            )
            if (
                3 <= words <= 30
                and (named or (marked and words <= _LINE_WORDS))
                and all(_may_be_title(line) or is_date_line(line.text) for line in own)
                and not _NUMBERED.match(text)
                and not text.rstrip().endswith((",", ";", "."))
            ):
                return text.rstrip(" :")[:MAX_TITLE]
            if words > 40 or own[0].kind is BlockKind.TABLE_ROW:
                break
    return ""


def _first_heading(pages: Sequence[Page]) -> str:
    """First heading of the first pages that is neither numbered nor front matter."""
    for page in pages[:2]:
        if _is_letter(page):
            return ""
        for block in page.blocks:
            if block.kind not in (BlockKind.TITLE, BlockKind.HEADING) or block.level > 3:
                continue
            line = _Line(block.text, 0.0, False, 0, block.kind)
            if 12 <= len(block.text) <= 160 and _may_be_title(line):
                return "" if _NUMBERED.match(block.text) else block.text
            break
    return ""

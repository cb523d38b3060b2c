"""Filters that the words of a question state: « dans le PRS », « selon la HAS », « en PACA ».

Precise rather than eager. What a question is *about* looks very much like a filter (« quel est
l'objectif en Bretagne en 2028 »), and a wrong filter hides the right page. A filter is `sure`
only when all three hold:

- the wording names where to look: « dans », « selon », « d'après » before a document or its
  publisher, or the name of a file;
- the value belongs to documents present, and to some of them only;
- no other document could be meant: one whose title opens with the same kind of document, names
  the same publisher, or whose region or date is not known.

Anything less is for the reader to choose, and the caller checks the evidence besides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.ingestion.places import PUBLISHERS, REGIONS
from assistant.language.normalise import fold
from assistant.language.words import MONTHS
from assistant.model import Document, FilterHint, Filters
from assistant.retrieval.filters import allowed, dated, describe, narrowed, overlaps

_GENRES: Final[tuple[tuple[str, str], ...]] = (
    (
        "copil",
        r"(?:comptes?[- ]rendus?|releves? de (?:decisions|conclusions)|proces[- ]verba(?:l|ux))"
        r"(?: (?:d'un|des?|du) (?:copil|comites? de pilotage|reunions?|seances?))?",
    ),
    ("communique", r"(?:communiques?|dossiers?) de presse|communiques?"),
    (
        "prs",
        r"prs|srs|praps|schemas? regiona(?:l|ux)(?: de sante)?"
        r"|projets? regiona(?:l|ux) de sante",
    ),
    ("guide", r"guides?|fiches? pratiques?"),
    ("methode", r"fiches? methode|notes? methodologiques?|guides? methodologiques?"),
)
"""Words that can only be a document."""

_PROGRAMMES: Final[tuple[tuple[str, str], ...]] = (
    ("ami", r"ami|aap|appels? a (?:manifestations? d'interets?|projets?|candidatures?)"),
    ("copil", r"copil|comites? de pilotage"),
    ("strategie", r"strategies? nationales?|feuilles? de route"),
    ("guide", r"recommandations?|referentiels?"),
)
"""Words that are a document as much as what it speaks of: « retenus dans l'AMI »."""

_IN: Final = r"\b(?P<frame>dans|selon|d'apres|au vu|a la lecture|a en croire)\s+"
_DET: Final = (
    r"(?P<det>(?:(?:de|a)\s+)?(?:l'|(?:le|la|les|ce|cet|cette|ces|nos|notre|son|sa|ses|leurs?|du|des"
    r"|tous les|toutes les)\s+))"
    r"(?:(?:derniere?|premiere?|nouveau|nouvelle|present|presente|meme)s?\s+)?"
)
_THING: Final = r"(?:documents?|textes?|fichiers?|publications?|rapports?|avis|travaux)"
_OF: Final = (
    r"\s+(?:(?:publie|edite|produit|redige|diffuse|etabli)e?s?\s+par\s+)?"
    r"(?:de\s+|du\s+|des\s+|d')?(?:l'|la\s+|le\s+|les\s+)?"
)
_SAYS: Final = (
    r"\bque\s+(?:disent|dit|ecrit|ecrivent|indique|indiquent|precise|precisent|mentionne"
    r"|mentionnent)\s+"
)
_END: Final = r"(?![\w-]|'\w)"
_YEAR: Final = r"(?P<year>(?:19|20)\d\d)(?!\s?[-–/]\s?\d|\d)"
_ANY_GENRE: Final = "|".join(pattern for _, pattern in (*_GENRES, *_PROGRAMMES)) + f"|{_THING}"
_DATED: Final = re.compile(
    rf"\b(?P<thing>{_ANY_GENRE})\s+(?:\S+\s+){{0,6}}?"
    r"(?:(?:publie|paru|date|edite|sorti|diffuse)e?s?\s+)"
    rf"(?P<way>en|de|depuis|apres|avant|jusqu'en|entre)\s+{_YEAR}"
    r"(?:\s+et\s+(?P<end>(?:19|20)\d\d))?"
)
_OF_YEAR: Final = re.compile(rf"{_IN}{_DET}(?:{_ANY_GENRE})\s+(?:de|depuis)\s+{_YEAR}")
_LOOSE_YEAR: Final = re.compile(
    rf"\b(?:(?:publie|paru|date)e?s?\s+)(?P<way>en|de|depuis|apres|avant)\s+{_YEAR}"
    rf"|\b(?P<since>depuis)\s+(?P<from>(?:19|20)\d\d)(?!\s?[-–/]\s?\d|\d)"
)
_MEETING: Final = r"(?:copil|comites? de pilotage)"
_LATEST: Final = re.compile(
    r"\b(?:le|la|du|au)\s+derniere?\s+(?:"
    rf"(?:(?:compte[- ]rendu|reunion|seance|releve de decisions)\s+d(?:u|'un)\s+)?{_MEETING}"
    rf"|compte[- ]rendu)|{_MEETING}\s+le\s+plus\s+recent{_END}"
)
_SERIES_WORDS: Final = 3
"""First words of a title that tell one committee from another (« COPIL IA en santé n° 2 »)."""
_TITLE_WORDS: Final = 4
"""A title this long, in full after « dans », is no accident."""
_FILE_LIKE: Final = re.compile(
    r"[\w’'()+-][\w.’'()+-]*\.(?:pdf|docx?|odt|pptx?|odp|xlsx?|ods|html?|txt|md|rtf|csv|epub)\b"
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A filter read in a question.

    Attributes:
        filters: the restriction alone.
        words: the words of the question that state it, as typed.
        start, end: where they stand in the question.
        sure: whether it may be applied without asking the reader.
    """

    filters: Filters
    words: str
    start: int
    end: int
    sure: bool

    @property
    def hint(self) -> FilterHint:
        """The same, to be shown."""
        return FilterHint(filters=self.filters, label=describe(self.filters), words=self.words)


def recognise(question: str, documents: Iterable[Document]) -> list[Recognised]:
    """Read the filters that a question states, among the documents present.

    Args:
        question: as typed.
        documents: the corpus; values that none of them has are not recognised.

    Returns:
        At most one filter a field, those that are sure first.
    """
    reader = _Reader(question, list(documents))
    found = [*reader.files()] or [*reader.latest()]
    if not found:
        found += reader.kinds()
        found += reader.publishers()
        found += reader.regions(found)
        found += reader.periods(found)
    kept: list[Recognised] = []
    together = Filters()
    for one in sorted(found, key=lambda item: not item.sure):
        if any(overlaps(other.filters, one.filters) for other in kept):
            continue
        sure = one.sure and bool(reader.allowed(narrowed(together, one.filters)))
        if sure:
            together = narrowed(together, one.filters)
        if sure or reader.restricts(one.filters):
            kept.append(one if sure == one.sure else _unsure(one))
    return kept


def unknown_files(question: str, documents: Iterable[Document]) -> list[str]:
    """File names that a question gives and that no document has."""
    known = {fold(document.file) for document in documents}
    return [
        match[0]
        for match in _FILE_LIKE.finditer(question)
        if not any(name.endswith(fold(match[0])) for name in known)
    ]


def without(question: str, applied: Sequence[Recognised]) -> str:
    """A question without the words that its filters already take into account.

    « D'après le document ami.pdf, quel est le montant ? » looks for the amount, in that file:
    the words of its name would only be missed in the passages.
    """
    kept, cursor = [], 0
    for one in sorted(applied, key=lambda item: item.start):
        kept.append(question[cursor : one.start])
        cursor = max(cursor, one.end)
    rest = re.sub(r"\s+([,.])", r"\1", "".join([*kept, question[cursor:]]))
    return " ".join(rest.split()).strip(" ,;:")


def _series(title: str) -> tuple[str, ...]:
    """What the title of minutes says besides their number and their date, to tell committees."""
    said = (word for word in re.findall(r"[^\W\d_]{2,}", fold(title)) if word not in MONTHS)
    return tuple(said)[:_SERIES_WORDS]


def _unsure(one: Recognised) -> Recognised:
    return Recognised(one.filters, one.words, one.start, one.end, sure=False)


class _Reader:
    """One question, folded with the place of each character kept."""

    def __init__(self, question: str, documents: list[Document]) -> None:
        self.question = unicodedata.normalize("NFC", question)
        self.documents = documents
        pieces = [fold(char) for char in self.question]
        self.folded = "".join(pieces)
        self._origin = [at for at, piece in enumerate(pieces) for _ in piece]
        self._origin.append(len(self.question))

    def allowed(self, filters: Filters) -> set[str]:
        return allowed(filters, self.documents)

    def restricts(self, filters: Filters) -> bool:
        """Whether a filter keeps some documents and leaves others out."""
        return 0 < len(self.allowed(filters)) < len(self.documents)

    def _made(self, filters: Filters, start: int, end: int, *, sure: bool) -> Recognised:
        first, last = self._origin[start], self._origin[end]
        return Recognised(
            filters,
            self.question[first:last].strip(),
            first,
            last,
            sure and self.restricts(filters),
        )

    def files(self) -> Iterator[Recognised]:
        """Names of files, with their extension; without it when no word could be so written."""
        named: dict[str, tuple[int, int]] = {}
        for document in self.documents:
            name = fold(document.file.rsplit("/", 1)[-1])
            stem = name.rsplit(".", 1)[0]
            forms = [re.escape(name)]
            if len(stem) >= 8 and re.search(r"[-_\d]", stem):
                forms.append(re.escape(stem))
            pattern = (
                rf"(?:{_IN}(?:{_DET})?)?(?:\b{_THING}\s+)?[«\"]?\s*"
                rf"(?<![\w.-])(?:{'|'.join(forms)})(?![\w-])\s*[»\"]?"
            )
            title = " ".join(fold(document.metadata.title).split())
            match = re.search(pattern, self.folded)
            if match is None and len(title.split()) >= _TITLE_WORDS:
                match = re.search(
                    rf"{_IN}(?:{_DET})?(?:{_THING}\s+)?[«\"]?\s*{re.escape(title)}(?!\w)\s*[»\"]?",
                    self.folded,
                )
            if match:
                named[document.file] = match.span()
        if named:
            start = min(span[0] for span in named.values())
            end = max(span[1] for span in named.values())
            # Several names: the words between them stay in the question.
            if len(named) > 1:
                start = end
            yield self._made(Filters(files=tuple(named)), start, end, sure=True)

    def latest(self) -> Iterator[Recognised]:
        """« Le dernier COPIL »: the newest minutes; sure when they are all one committee's."""
        match = _LATEST.search(self.folded)
        minutes = [one for one in self.documents if one.metadata.kind == "copil"]
        dates = sorted(((dated(one) or "", one.file) for one in minutes), reverse=True)
        # « 2025 » and « 2025-10 » do not tell which comes last.
        if match is None or len(dates) < 2 or dates[0][0].startswith(dates[1][0]):
            return
        series = {_series(one.metadata.title) for one in minutes}
        # The words stay in the question: they are its subject as much as where to look.
        yield self._made(
            Filters(files=(dates[0][1],)),
            match.start(),
            match.start(),
            sure=len(series) == 1 and all(date for date, _ in dates),
        )

    def kinds(self) -> Iterator[Recognised]:
        """Kinds of documents, named as the place to look in."""
        for words_of, documentary in ((_GENRES, True), (_PROGRAMMES, False)):
            for kind, pattern in words_of:
                match = re.search(rf"{_IN}{_DET}(?:{pattern}){_END}", self.folded)
                said = re.search(rf"{_SAYS}{_DET}(?:{pattern}){_END}", self.folded)
                if match is None and said is None:
                    continue
                place = match or said
                assert place is not None  # one of the two was found
                sure = match is not None and (
                    documentary or match["frame"] != "dans" or self._opens(match)
                )
                yield self._made(
                    Filters(kinds=(kind,)),
                    # The verb of « que dit le PRS » is still part of the question.
                    place.start(),
                    place.end() if match else place.start(),
                    sure=sure and not self._other_genre(kind, pattern),
                )

    def _opens(self, match: re.Match[str]) -> bool:
        """Whether these words open the question, apart: « Dans l'AMI, quel est… »."""
        before, after = self.folded[: match.start()], self.folded[match.end() :]
        return not re.search(r"\w", before) and re.match(r"[^,?]{0,80},", after) is not None

    def _other_genre(self, kind: str, pattern: str) -> bool:
        """Whether a document of another kind may be called so: its name opens with the word."""
        genre = re.compile(rf"\b(?:{pattern}){_END}")
        any_genre = re.compile(rf"\b(?:{_ANY_GENRE}){_END}")
        for document in self.documents:
            if document.metadata.kind == kind:
                continue
            # The name of the file speaks where the title names no kind of document.
            for name in (document.metadata.title, document.file):
                folded = re.sub(r"[_.-]+", " ", fold(name))
                first = any_genre.search(folded)
                if first is not None:
                    if genre.match(folded, first.start()):
                        return True
                    break
        return False

    def publishers(self) -> Iterator[Recognised]:
        """Publishers, named as those who say it or who wrote the document to look in."""
        present = sorted(
            {d.metadata.publisher for d in self.documents if d.metadata.publisher},
            key=lambda name: -len(name),
        )
        known = dict(PUBLISHERS)
        seen: list[tuple[int, int]] = []
        for name in present:
            pattern = "|".join(filter(None, (re.escape(fold(name)), known.get(name))))
            if name.startswith("ARS "):
                region = re.escape(fold(name.removeprefix("ARS ")))
                aliases = dict(REGIONS).get(name.removeprefix("ARS "), region)
                pattern += (
                    rf"|(?:ars|agence regionale de sante)(?:\s+(?:de|d'|en))?(?:\s+la)?\s*"
                    rf"(?:{aliases})"
                )
            found = self._publisher(pattern)
            if found is None or any(a < found[1] and found[0] < b for a, b, *_ in seen):
                continue
            seen.append(found[:2])
            yield self._made(
                Filters(publishers=(name,)),
                found[0],
                found[1],
                sure=found[2] and not self._other_publisher(name, pattern),
            )
            return
        agencies = tuple(sorted(name for name in present if name.split()[0] == "ARS"))
        found = self._publisher(r"ars|agences? regionales? de sante") if agencies else None
        # « l'ARS Hautes-Rives », unknown to the corpus, is not any ARS.
        if found and not re.match(r"\s+[A-ZÀ-Þ]", self.question[self._origin[found[1]] :]):
            yield self._made(Filters(publishers=agencies), found[0], found[1], sure=found[2])

    def _publisher(self, pattern: str) -> tuple[int, int, bool] | None:
        """Where a publisher is named as one, and whether the wording is sure."""
        name = rf"(?:{pattern}){_END}"
        by = re.search(
            rf"\b(?:selon|d'apres|a en croire)\s+(?:l'|(?:la|le|les)\s+)?{name}", self.folded
        )
        if by:
            return by.start(), by.end(), True
        # What comes before is a document: « dans le guide », « selon le rapport ».
        document = re.search(rf"{_IN}{_DET}(?:{_ANY_GENRE})(?P<of>{_OF}{name})", self.folded)
        if document:
            start = document.start() if self._plain(document) else document.start("of")
            return start, document.end(), True
        says = re.search(
            rf"\bque\s+(?:dit|disent|recommande(?:nt)?|preconise(?:nt)?|indique(?:nt)?)\s+"
            rf"(?:l'|(?:la|le|les)\s+)?{name}",
            self.folded,
        )
        return (says.start(), says.start(), False) if says else None

    def _plain(self, match: re.Match[str]) -> bool:
        """Whether the document is named by a word that says nothing of its kind."""
        return re.search(rf"\b{_THING}\s", match[0]) is not None

    def _other_publisher(self, name: str, pattern: str) -> bool:
        """Whether a document of another publisher, or of none known, names this one."""
        named = re.compile(rf"(?<!\w)(?:{pattern}){_END}")
        return any(
            document.metadata.publisher != name
            and named.search(
                re.sub(r"[_.]+", " ", fold(f"{document.metadata.title} | {document.file}"))
            )
            for document in self.documents
        )

    def regions(self, others: Sequence[Recognised]) -> Iterator[Recognised]:
        """Regions: sure only as the complement of a document, « dans le PRS de Bretagne »."""
        present = {d.metadata.region for d in self.documents if d.metadata.region}
        if any(one.sure and one.filters.publishers for one in others):
            return
        patterns = {**{name: re.escape(fold(name)) for name in present}, **dict(REGIONS)}
        for name in sorted(present, key=lambda value: -len(value)):
            region = rf"(?:{patterns[name]}|{re.escape(fold(name))}){_END}"
            complement = re.search(
                rf"{_IN}{_DET}(?:{_ANY_GENRE})(?P<of>\s+(?:de\s+la\s+region\s+|(?:de|du|des|d'|en)\s*)?"
                rf"(?:l'|la\s+)?{region})",
                self.folded,
            )
            if complement:
                left = self._left(others)
                known = all(d.metadata.region for d in self.documents if d.id in left)
                start = complement.start() if self._plain(complement) else complement.start("of")
                yield self._made(Filters(regions=(name,)), start, complement.end(), sure=known)
                return
            match = re.search(rf"\b{region}", self.folded)
            if match:
                yield self._made(Filters(regions=(name,)), match.start(), match.end(), sure=False)
                return

    def periods(self, others: Sequence[Recognised]) -> Iterator[Recognised]:
        """Dates of documents: sure only when one is said to be dated, and all of them are."""
        left = self._left(others)
        known = all(dated(d) for d in self.documents if d.id in left)
        match = _DATED.search(self.folded)
        if match:
            filters = _period(match["way"], match["year"], match["end"])
            start = match.start("thing") + len(match["thing"])
            framed = re.search(rf"{_IN}{_DET}$", self.folded[: match.start("thing")]) is not None
            participle = re.search(
                r"(?:publie|paru|date|edite|sorti|diffuse)e?s?\s+\S+\s+\d", match[0]
            )
            start = match.start() + participle.start() if participle else start
            yield self._made(filters, start, match.end(), sure=known and framed)
            return
        match = _OF_YEAR.search(self.folded)
        if match:
            way = "depuis" if "depuis" in match[0] else "en"
            filters = _period(way, match["year"], None)
            yield self._made(filters, match.start(), match.end(), sure=False)
            return
        match = _LOOSE_YEAR.search(self.folded)
        if match:
            filters = _period(match["way"] or "depuis", match["year"] or match["from"], None)
            yield self._made(filters, match.start(), match.end(), sure=False)

    def _left(self, others: Sequence[Recognised]) -> set[str]:
        """Documents that the filters already sure let through."""
        together = Filters()
        for one in others:
            if one.sure:
                together = narrowed(together, one.filters)
        return self.allowed(together)


def _period(way: str, year: str, end: str | None) -> Filters:
    """A period from its preposition: « en », « depuis », « après », « avant », « entre… et »."""
    if way == "depuis":
        return Filters(since=year)
    if way == "apres":
        return Filters(since=str(int(year) + 1))
    if way == "avant":
        return Filters(until=str(int(year) - 1))
    if way == "jusqu'en":
        return Filters(until=year)
    return Filters(since=year, until=end if way == "entre" and end else year)

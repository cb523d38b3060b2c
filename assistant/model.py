"""The words every room shares.

Two families live here. Frozen dataclasses describe what was read (pages, blocks, passages):
they are created by the million and never leave the process. Pydantic models describe what
is shown (answers, sources, coverage): they are the public JSON contract, so their field
names stay stable.

Every position is a `Span`: a physical page (from 1) and character offsets in the *raw* text
of that page, as stored. Raw text is never rewritten; `display_text` in
`assistant.language.normalise` derives what is shown, so a quote is always verbatim.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in PDF points; origin at the top left of the unrotated page."""


class PageStatus(StrEnum):
    """What reading a page gave; every page of every file has exactly one."""

    TEXT = "text"
    OCR = "ocr"
    EMPTY = "empty"
    UNREADABLE = "unreadable"


class BlockKind(StrEnum):
    """Role of a run of text on its page."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_INTRO = "list_intro"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    CAPTION = "caption"
    FOOTNOTE = "footnote"
    HEADER = "header"
    FOOTER = "footer"


FURNITURE = frozenset({BlockKind.HEADER, BlockKind.FOOTER})
"""Blocks that belong to the page, not to the text: kept, never indexed nor quoted."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range `[start, end)` of characters in the raw text of a page."""

    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word as the page shows it.

    Attributes:
        start, end: its character offsets in the raw page text.
        box: its place on the page, in points.
        size: font size in points (0 when unknown).
        bold: whether its font is bold.
        colour: 0xRRGGBB of its fill.
    """

    start: int
    end: int
    box: Box
    size: float = 0.0
    bold: bool = False
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell that reads alone: its column header, and where both stand."""

    header: str
    text: str
    span: Span
    header_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text with one role.

    Attributes:
        spans: where it stands, in reading order; two when it continues on the next page.
        text: its display text (white space collapsed, hyphenation repaired).
        level: heading depth from 1, or list depth from 1; 0 otherwise.
        cells: for a table row, its cells; the first one names the row.
        coloured: spans written in a colour that marks an addition.
    """

    kind: BlockKind
    spans: tuple[Span, ...]
    text: str
    level: int = 0
    cells: tuple[Cell, ...] = ()
    coloured: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One physical page: nothing is ever merged before it knows its page.

    Attributes:
        number: physical number, from 1.
        label: printed label (« iv », « 12 »), equal to the number when the file gives none.
        width, height: size in points, after the page's own rotation.
        text: raw text in reading order; every offset of the project refers to it.
        words: boxes of the words of `text`, in order.
        blocks: its blocks, in reading order, furniture included.
        warnings: French sentences for the coverage ledger.
        confidence: mean confidence of the words of an OCR page, from 0 to 1; `None` otherwise.
    """

    number: int
    label: str
    width: float
    height: float
    status: PageStatus
    text: str
    words: tuple[Word, ...] = ()
    blocks: tuple[Block, ...] = ()
    warnings: tuple[str, ...] = ()
    confidence: float | None = None


PageUnit = Literal["page", "slide", "section"]
"""What a « page » of a document is: a text file without pages is cut by its sections."""


@dataclass(frozen=True, slots=True)
class DocumentMetadata:
    """What is known of a document besides its text; `None` when nothing says it.

    `kind` is one of the keys of `KIND_LABELS`; `date` is ISO 8601, possibly partial
    (« 2025 », « 2025-07 »); `version` is what the document prints (« 1.2 »); `unit` says what
    its pages are.
    """

    title: str
    publisher: str | None = None
    kind: str = "autre"
    region: str | None = None
    date: str | None = None
    version: str | None = None
    unit: PageUnit = "page"


KIND_LABELS: dict[str, str] = {
    "prs": "PRS / SRS",
    "strategie": "Stratégie nationale",
    "guide": "Guide HAS / ANAP",
    "ami": "AMI / AAP",
    "copil": "Comptes rendus et COPIL",
    "communique": "Communiqué",
    "methode": "Méthode",
    "autre": "Autre document",
}


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A file once read: pages with their blocks, and what the file says of itself."""

    metadata: DocumentMetadata
    pages: tuple[Page, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: consecutive blocks of one section.

    Attributes:
        id: stable hash of the document content and the spans.
        document_id: hash of the document content.
        position: rank in the document, from 0.
        section: headings from the outermost to the innermost, display text.
        blocks: its blocks; the first passage of a section opens with its headings, so that
            every block of a page that is not furniture belongs to a passage.
    """

    id: str
    document_id: str
    position: int
    section: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """Display text of the whole passage, one block a line."""
        return "\n".join(block.text for block in self.blocks)

    @property
    def pages(self) -> tuple[int, ...]:
        """Physical pages it stands on, in order."""
        return tuple(dict.fromkeys(span.page for block in self.blocks for span in block.spans))


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the catalogue: one content, whatever its file names.

    Attributes:
        superseded_by: identifier of its next newer version in the corpus, if any.
        supersedes: identifier of its next older version in the corpus, if any.
        ocr_confidence: mean confidence of its OCR pages, from 0 to 1; `None` without any.
    """

    id: str
    file: str
    path: str
    metadata: DocumentMetadata
    page_count: int
    status_counts: dict[str, int] = field(default_factory=dict)
    superseded_by: str | None = None
    supersedes: str | None = None
    ocr_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    Attributes:
        score: final score, higher is better, comparable within one result list only.
        span: the part of the passage that matches best; its page is the page shown.
        explain: why it is there (scores and ranks per stage, matched terms).
    """

    passage: Passage
    document: Document
    score: float
    span: Span
    explain: dict[str, Any] = field(default_factory=dict)


class _Public(BaseModel):
    """Base of the JSON contract: unknown fields are a mistake, not a comment."""

    model_config = ConfigDict(extra="forbid")


class Citation(_Public):
    """Proof of a sentence: a verbatim quote and where it stands."""

    file: str
    document: str
    document_id: str
    page: int = Field(ge=1)
    page_label: str
    quote: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    boxes: list[Box] = Field(default_factory=list)
    addition: bool = False


class Sentence(_Public):
    """A displayed sentence. `extract` is verbatim; `template` is our own fixed wording.

    `role` says what it does in the answer; a `near` extract does not answer by itself: it is
    offered apart, for the reader to judge.
    """

    text: str
    kind: Literal["extract", "generated", "template"]
    citations: list[Citation] = Field(default_factory=list)
    role: Literal["answer", "context", "list_intro", "list_item", "table", "near"] = "answer"


class Source(_Public):
    """A page worth opening, best first; `reasons` says, in French, why it was found."""

    rank: int
    file: str
    document: str
    document_id: str
    kind: str
    page: int
    page_label: str
    section: list[str]
    excerpt: str
    score: float
    passage_id: str
    reasons: list[str] = Field(default_factory=list)


class ModelIds(_Public):
    """Models that took part in an answer, and the instructions given to the language model."""

    embedding: str
    reranker: str | None = None
    llm: str | None = None
    prompt: str | None = None


class Filters(_Public):
    """What a search is restricted to: any value of a field, and every field that has some.

    Attributes:
        files: file names.
        kinds: keys of `KIND_LABELS`.
        publishers, regions: as the documents' metadata write them.
        since, until: ISO 8601 dates, possibly partial, both included; they bound the date of
            the document.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def __bool__(self) -> bool:
        """Whether anything is restricted at all."""
        return any(getattr(self, name) for name in type(self).model_fields)


class FilterHint(_Public):
    """A filter read in the words of a question.

    `words` are those of the question, as typed; `label` names the filter in French.
    """

    filters: Filters
    label: str
    words: str


class FilterReport(_Public):
    """What was done of the filters of a question.

    Attributes:
        applied: the restriction that the results obey, chosen and recognised together.
        recognised: filters read in the question and applied.
        proposed: filters read in the question that the reader may choose.
        set_aside: filters read in the question, tried, and given up for want of evidence.
        outside: passages left out by the chosen filters that would have served, when what
            they left did not.
        missing: documents left out because the metadatum asked is not known, by field.
    """

    applied: Filters = Field(default_factory=Filters)
    recognised: list[FilterHint] = Field(default_factory=list)
    proposed: list[FilterHint] = Field(default_factory=list)
    set_aside: list[FilterHint] = Field(default_factory=list)
    outside: int = Field(default=0, ge=0)
    missing: dict[str, int] = Field(default_factory=dict)


ValueKind = Literal["amount", "percentage", "date", "duration", "number"]
"""What kind of value documents differ on."""


class DifferingValue(_Public):
    """A value that a document gives, as it writes it, with its proof.

    Attributes:
        value: as written on the page (« 2 millions d'euros »).
        normalised: canonical value, equal for two writings of one thing: euros, percent, ISO
            8601 date.
        scope: words of the sentence, verbatim, that say what the value holds for (« pour les
            deux AMI »); empty when it says none.
        citation: the sentence or cell it stands in.
        date, version: of the document, when known.
        superseded_by: file name of the newer version of the document, when the corpus has it.
        newest: whether its document is the most recent of those compared, all dates being known.
    """

    value: str
    normalised: str
    scope: str = ""
    citation: Citation
    date: str | None = None
    version: str | None = None
    superseded_by: str | None = None
    newest: bool = False


class Differing(_Public):
    """Values shown in an answer that are not the same, side by side; none is said to be right.

    Attributes:
        attribute: what they are values of, in French (« Montant »).
        kind: kind of the values.
        values: in the order of the answer, two at least, not all with the same `normalised`.
        remark: what is known of them in French (« Document le plus récent : … »); may be empty.
    """

    attribute: str
    kind: ValueKind
    values: list[DifferingValue]
    remark: str = ""


Mode = Literal["extractive", "generative"]
"""How an answer is made: quotes only, or text of a local language model proved by quotes."""


class Answer(_Public):
    """Everything a reader or an auditor needs about one answer.

    `understood` is the question that was searched, when it is a rewriting of the one typed.
    """

    question: str
    understood: str | None = None
    mode: Mode = "extractive"
    abstained: bool
    reason: str | None = None
    reason_code: str | None = None
    confidence: float = Field(default=0.0, ge=0.0, le=1.0)
    sentences: list[Sentence] = Field(default_factory=list)
    sources: list[Source] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    differing: list[Differing] = Field(default_factory=list)
    index_generation: str
    models: ModelIds
    filters: FilterReport | None = None
    timings_ms: dict[str, float] = Field(default_factory=dict)


class AnswerEvent(_Public):
    """One step of an answer that is shown as it is made; `event` says which field is set.

    First come the `sources`, then each verified `sentence`, then the notes. The last event holds
    the whole `answer`, which replaces what was shown before it.
    """

    event: Literal["sources", "sentence", "note", "answer"]
    sources: list[Source] | None = None
    sentence: Sentence | None = None
    note: str | None = None
    answer: Answer | None = None


class FileReport(_Public):
    """What became of one file during an ingestion: the last word, one line a file."""

    file: str
    status: Literal["indexed", "unchanged", "replaced", "refused", "removed"]
    reason: str | None = None
    reason_code: str | None = None
    pages: int = 0
    pages_text: int = 0
    pages_ocr: int = 0
    pages_empty: int = 0
    pages_unreadable: int = 0
    passages: int = 0
    seconds: float = 0.0
    warnings: list[str] = Field(default_factory=list)


class FoldedPlace(_Public):
    """A place with the text of a result, shown behind it; `unit` says what its page is."""

    file: str
    document: str
    document_id: str
    page: int = Field(ge=1)
    passage_id: str
    unit: PageUnit = "page"


class NewerVersion(_Public):
    """The document that replaces the one of a result."""

    file: str
    document_id: str


class ListPart(_Public):
    """Another part of the list or table that a result opens or ends with, in reading order."""

    passage_id: str
    page: int = Field(ge=1)
    side: Literal["before", "after"]


class StageRanks(_Public):
    """Rank at each stage, from 1, among all the passages that may be shown.

    `None` for a stage that says nothing of the passage. `reranked` is a rank among the
    passages read, before repeats and versions are folded.
    """

    lexical: int | None = None
    dense: int | None = None
    fused: int | None = None
    reranked: int | None = None


class Explanation(_Public):
    """Why a passage is where it is: everything ranking used, and the same in French.

    Attributes:
        reasons: in French, the most telling first.
        terms: index terms of the question and of its sigles found in the passage.
        words: the same as written in the passage.
        heading_words: those found in its headings or title only, as written there.
        missing: words of the question, as typed, found in neither.
        sigles: sigle or name of the question → what it was expanded to, found there.
        corrections: word as typed → word found instead.
        filters: filters in force, in French.
        lexical, dense, fused: scores of the stages; `dense` is a cosine.
        coverage, pairs, spared, heading, bare: what reading the passage told, from 0 to 1.
        cross_encoder: score of the configured cross-encoder, if it read the passage.
        effects: how much each signal moved the score away from the mean of the passages read.
        aussi: other places of the same text.
        version: what replaces the document.
        same_page: further passages found on the same page, placed after.
        suite: other parts of the list or table that the passage is cut from.
    """

    reasons: list[str] = Field(default_factory=list)
    terms: list[str] = Field(default_factory=list)
    words: list[str] = Field(default_factory=list)
    heading_words: list[str] = Field(default_factory=list)
    missing: list[str] = Field(default_factory=list)
    sigles: dict[str, str] = Field(default_factory=dict)
    corrections: dict[str, str] = Field(default_factory=dict)
    filters: list[str] = Field(default_factory=list)
    lexical: float = 0.0
    dense: float = 0.0
    fused: float = 0.0
    coverage: float = 0.0
    pairs: float = 0.0
    spared: float = 0.0
    heading: float = 0.0
    bare: float = 0.0
    cross_encoder: float | None = None
    ranks: StageRanks = Field(default_factory=StageRanks)
    effects: dict[str, float] = Field(default_factory=dict)
    aussi: list[FoldedPlace] = Field(default_factory=list)
    version: NewerVersion | None = None
    same_page: int = Field(default=0, ge=0)
    suite: list[ListPart] = Field(default_factory=list)


class SearchResult(_Public):
    """One line of `assistant chercher` and of `POST /v1/recherche`."""

    rank: int
    passage_id: str
    file: str
    document: str
    document_id: str
    page: int
    page_label: str
    pages: list[int]
    section: list[str]
    text: str
    score: float
    explain: Explanation

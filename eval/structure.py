"""Headings and lists against hand-labelled pages.

Headings: precision and recall on the labelled pages of each document, a heading found being
a block of kind title or heading with the same words on the same page. Labels that two
readers could judge differently (a cover line, the name of a box) are optional: they count
neither way. Lists: share of items whose passage also holds their introduction, in its text
or in its section path.

Run: `python -m eval.structure FOLDER [--split test --rapport] [--json] [--details]`, where `FOLDER`
holds the PDFs, at any depth; absent files are left out and said to be.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from assistant.ingestion.chunking import split_passages
from assistant.language.normalise import squash
from assistant.model import Block, BlockKind, Passage, ReadDocument
from eval.sets import FOLDER, Split, add_split, chosen_split

HEADINGS: Final = FOLDER / "titres.jsonl"
LISTS: Final = FOLDER / "listes.jsonl"
_KINDS: Final = frozenset({BlockKind.TITLE, BlockKind.HEADING})


class Anchor(BaseModel):
    """Words of a page; « … » stands for words left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: int
    text: str


class Heading(Anchor):
    """A section title as a reader sees it; level 0 is the title of the document."""

    level: int


class LabelledPages(BaseModel):
    """Every section title of some pages of a document.

    Attributes:
        optional: lines that may or may not be taken for titles.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    split: Split
    pages: tuple[int, ...]
    headings: tuple[Heading, ...]
    optional: tuple[Anchor, ...] = ()


class LabelledList(BaseModel):
    """A list: words of its introduction and of some of its items, in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    split: Split
    intro: Anchor
    items: tuple[Anchor, ...]


class HeadingScore(BaseModel):
    """Figures of the headings of some pages.

    Attributes:
        expected, found: labelled titles, and those recognised.
        proposed: titles recognised, optional ones left out.
        pairs, agreeing: consecutive recognised titles, and those whose levels compare
            (deeper, same, shallower) as labelled.
        missed, wrong: « p. 3 : words », labelled titles missed and false titles.
    """

    expected: int = 0
    found: int = 0
    proposed: int = 0
    pairs: int = 0
    agreeing: int = 0
    missed: list[str] = []
    wrong: list[str] = []

    @property
    def recall(self) -> float:
        """Share of the labelled titles that were recognised."""
        return self.found / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """Share of the recognised titles that are labelled."""
        return self.found / self.proposed if self.proposed else 1.0

    def __add__(self, other: HeadingScore) -> HeadingScore:
        return HeadingScore(
            **{
                name: getattr(self, name) + getattr(other, name)
                for name in HeadingScore.model_fields
            }
        )


class ListScore(BaseModel):
    """Figures of lists: items asked, items with their introduction, the others."""

    items: int = 0
    together: int = 0
    apart: list[str] = []

    @property
    def share(self) -> float:
        """Share of the items that stand with their introduction."""
        return self.together / self.items if self.items else 1.0

    def __add__(self, other: ListScore) -> ListScore:
        return ListScore(
            items=self.items + other.items,
            together=self.together + other.together,
            apart=self.apart + other.apart,
        )


def load_headings(split: Split | None = None, path: Path = HEADINGS) -> list[LabelledPages]:
    """Labelled pages of one half, or of both."""
    labels = [LabelledPages.model_validate_json(line) for line in _lines(path)]
    return [label for label in labels if split in (None, label.split)]


def load_lists(split: Split | None = None, path: Path = LISTS) -> list[LabelledList]:
    """Labelled lists of one half, or of both."""
    labels = [LabelledList.model_validate_json(line) for line in _lines(path)]
    return [label for label in labels if split in (None, label.split)]


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _letters(text: str) -> str:
    return squash(text).replace(" ", "")


def matches(anchor: str, text: str) -> bool:
    """Whether a text is the labelled one, its « … » standing for any words.

    Case, accents, punctuation and white space do not count.
    """
    start, *rest = (_letters(part) for part in anchor.split("…"))
    found = _letters(text)
    if not rest:
        return found == start
    end = rest[-1]
    return len(found) >= len(start) + len(end) and found.startswith(start) and found.endswith(end)


def judge_headings(label: LabelledPages, document: ReadDocument) -> HeadingScore:
    """Compare the titles of some pages with their labels."""
    blocks = [
        block
        for page in document.pages
        if page.number in label.pages
        for block in page.blocks
        if block.kind in _KINDS
    ]
    score = HeadingScore(expected=len(label.headings))
    left = list(blocks)
    pairs: list[tuple[int, int]] = []
    for heading in label.headings:
        block = _take(left, heading)
        if block is None:
            score.missed.append(f"p. {heading.page} : {heading.text}")
            continue
        pairs.append((heading.level, 0 if block.kind is BlockKind.TITLE else block.level))
    for anchor in label.optional:
        _take(left, anchor)
    score.found = len(pairs)
    score.proposed = score.found + len(left)
    score.wrong = [f"p. {block.spans[0].page} : {block.text[:80]}" for block in left]
    for (gold, level), (next_gold, next_level) in pairwise(pairs):
        score.pairs += 1
        score.agreeing += _sign(next_gold - gold) == _sign(next_level - level)
    return score


def _take(blocks: list[Block], anchor: Anchor) -> Block | None:
    """Remove the block that an anchor names from a list, and give it."""
    for index, block in enumerate(blocks):
        if block.spans[0].page == anchor.page and matches(anchor.text, block.text):
            return blocks.pop(index)
    return None


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def judge_list(label: LabelledList, passages: Iterable[Passage]) -> ListScore:
    """Count the items that share a passage with their introduction."""
    score = ListScore(items=len(label.items))
    intro = _letters(label.intro.text)
    whole = [
        (passage, _letters(passage.text + " " + " ".join(passage.section))) for passage in passages
    ]
    for item in label.items:
        wanted = _letters(item.text)
        homes = [text for passage, text in whole if _stands_in(wanted, item.page, passage)]
        if any(intro in text for text in homes):
            score.together += 1
        else:
            lost = "" if homes else " (introuvable)"
            score.apart.append(f"p. {item.page} : {label.intro.text} → {item.text}{lost}")
    return score


def _stands_in(wanted: str, page: int, passage: Passage) -> bool:
    return any(
        wanted in _letters(block.text)
        for block in passage.blocks
        if any(span.page == page for span in block.spans)
    )


def read_folder(folder: Path, names: set[str]) -> dict[str, ReadDocument]:
    """Read the named PDFs found under a folder, one after the other."""
    from assistant.ingestion.reader import read_file

    paths = {path.name: path for path in folder.rglob("*.pdf") if path.name in names}
    return {
        name: read_file(path, max_bytes=500_000_000, max_pages=5000)
        for name, path in sorted(paths.items())
    }


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".replace(".", ",") + " %"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m eval.structure", description=__doc__)
    parser.add_argument("folder", type=Path)
    add_split(parser)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--details", action="store_true", help="name what was missed")
    options = parser.parse_args(arguments)
    split = chosen_split(options, "structure", by="eval.structure")
    pages, lists = load_headings(split), load_lists(split)
    names = {label.file for label in pages} | {label.file for label in lists}
    documents = read_folder(options.folder, names)
    passages = {name: split_passages(document, name) for name, document in documents.items()}
    absent = sorted(names - documents.keys())
    report: dict[str, object] = {"absents": absent}
    headings, items = HeadingScore(), ListScore()
    by_file: dict[str, tuple[HeadingScore, ListScore]] = {}
    for label in pages:
        if label.split == split and label.file in documents:
            score = judge_headings(label, documents[label.file])
            headings += score
            by_file[label.file] = (score, ListScore())
    for listed in lists:
        if listed.split == split and listed.file in documents:
            found = judge_list(listed, passages[listed.file])
            items += found
            before = by_file.get(listed.file, (HeadingScore(), ListScore()))
            by_file[listed.file] = (before[0], before[1] + found)
    report[split] = {
        "titres": headings.model_dump()
        | {"precision": headings.precision, "rappel": headings.recall},
        "listes": items.model_dump() | {"part": items.share},
    }
    if not options.json:
        _show(split, headings, items, by_file, details=options.details)
    if options.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    elif absent:
        print(f"Fichiers absents : {', '.join(absent)}")
    return 0


def _show(
    split: str,
    headings: HeadingScore,
    items: ListScore,
    by_file: dict[str, tuple[HeadingScore, ListScore]],
    *,
    details: bool,
) -> None:
    agreement = headings.agreeing / headings.pairs if headings.pairs else 1.0
    print(
        f"{split} : titres : précision {_percent(headings.precision)}, rappel "
        f"{_percent(headings.recall)} ({headings.found} sur {headings.expected}), niveaux "
        f"cohérents {_percent(agreement)} ; listes : {_percent(items.share)} des éléments avec "
        f"leur introduction ({items.together} sur {items.items})"
    )
    if not details:
        return
    for name, (score, listed) in by_file.items():
        print(
            f"  {name} : {score.found}/{score.expected} titres, {len(score.wrong)} faux, "
            f"niveaux {score.agreeing}/{score.pairs}, éléments {listed.together}/{listed.items}"
        )
        for mark, lines in (("-", score.missed), ("+", score.wrong), ("≠", listed.apart)):
            for line in lines:
                print(f"      {mark} {line}")


if __name__ == "__main__":
    sys.exit(main())

"""The glossary of sigles: what the corpus says, what we list, what the administrator decides.

Three voices, the strongest first: the administrator's entries (`own_sigles`), the definitions
found in the corpus (`sigle_mining`), a short list of the health sector (`sigles.toml`). A
sigle takes its senses from one voice only: a usual sense never stands beside the one that
the documents define. Senses that differ by inflection, an article or a spelling slip are
one; the others stay apart.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from assistant.index.sigle_mining import (
    Definition,
    find_in_passages,
    find_in_text,
    plain_sigle,
    sigle_key,
)
from assistant.language.analyser import analyse
from assistant.language.normalise import squash
from assistant.model import Passage

__all__ = ["Definition", "plain_sigle", "sigle_key"]

PLACES_FILE = "glossary-places.json"
"""Name, in a generation, of the file that says where each sense is defined."""

_PLACES_KEPT = 8
_MAX_SENSES = 4
_SAME_ROOT = 5
_SAME_SHARE = 0.75
_SAME_SPELLING = 90

Glossary = dict[str, list[str]]
"""Key of a sigle (`sigle_key`) → its senses as written, most frequent first."""


@dataclass(frozen=True, slots=True)
class Sense:
    """One thing a sigle stands for.

    Attributes:
        text: as most often written.
        count: number of definitions found in the corpus.
        places: `(document identifier, page)` of definitions, in the order of the corpus.
    """

    text: str
    count: int = 0
    places: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A sigle as written, and its senses, most frequent first."""

    sigle: str
    senses: tuple[Sense, ...]


Entries = dict[str, Entry]
"""Key of a sigle → its entry."""


@dataclass(slots=True)
class _Group:
    """Wordings of one sense."""

    text: str
    written: Counter[str] = field(default_factory=Counter)
    places: list[tuple[str, int]] = field(default_factory=list)


def mine(texts: Iterable[str]) -> Glossary:
    """The glossary of bare texts.

    Args:
        texts: display texts; a definition never spans two lines.
    """
    return as_glossary(gather(found for text in texts for found in find_in_text(text)))


def mine_passages(passages: Iterable[Passage]) -> Entries:
    """The sigles that passages define, with the place of each definition."""
    return gather(find_in_passages(passages))


def noting(passages: Iterable[Passage], found: list[Definition]) -> Iterator[Passage]:
    """Let passages through, noting in `found` the sigles that each defines."""
    for passage in passages:
        found.extend(find_in_passages([passage]))
        yield passage


def gather(definitions: Iterable[Definition]) -> Entries:
    """Put definitions together by sigle, then by sense.

    Returns:
        Entries in alphabetical order; of each, the senses defined most often.
    """
    written: dict[str, Counter[str]] = {}
    groups: dict[str, list[_Group]] = {}
    for found in definitions:
        key = sigle_key(found.sigle)
        written.setdefault(key, Counter())[found.sigle] += 1
        group = _group_of(groups.setdefault(key, []), found.expansion)
        group.written[found.expansion] += 1
        place = (found.document_id, found.page)
        if found.document_id and place not in group.places and len(group.places) < _PLACES_KEPT:
            group.places.append(place)
    entries: Entries = {}
    for key in sorted(groups):
        senses = [
            Sense(_best_wording(group.written), group.written.total(), tuple(group.places))
            for group in groups[key]
        ]
        senses.sort(key=lambda sense: -sense.count)
        entries[key] = Entry(written[key].most_common(1)[0][0], tuple(senses[:_MAX_SENSES]))
    return entries


def same_sense(first: str, second: str) -> bool:
    """Whether two expansions of one sigle say the same thing.

    Compared letter by letter first (similarity of 90 % or more), for slips and hyphens, then
    word by word once stemmed: three quarters of the shorter one at least, two words of one
    root being equal (« communicant », « communiquant »).
    """
    if fuzz.ratio(squash(first), squash(second)) >= _SAME_SPELLING:
        return True
    shorter, longer = sorted((set(analyse(first)), set(analyse(second))), key=len)
    shared = sum(any(_same_root(term, other) for other in longer) for term in shorter)
    return shared >= 2 and shared >= _SAME_SHARE * len(shorter)


def as_glossary(entries: Mapping[str, Entry]) -> Glossary:
    """What retrieval reads: senses only."""
    return {key: [sense.text for sense in entry.senses] for key, entry in entries.items()}


@lru_cache(maxsize=1)
def curated_entries() -> Entries:
    """The sigles of the health sector that we list ourselves."""
    path = Path(__file__).with_name("sigles.toml")
    table: dict[str, list[str]] = tomllib.loads(path.read_text(encoding="utf-8"))["sigles"]
    return {
        sigle_key(sigle): Entry(sigle, tuple(Sense(text) for text in texts))
        for sigle, texts in table.items()
    }


def curated() -> Glossary:
    """The listed sigles, as retrieval reads them."""
    return as_glossary(curated_entries())


def merge(mined: Glossary) -> Glossary:
    """The mined glossary, completed by the listed sigles where the corpus is silent.

    A sigle listed with several senses keeps them after those mined: one table that spells a
    rare sense out (« GHT : groupe homogène de tarifs ») must not hide the usual one, which
    nobody spells out any more.
    """
    listed = curated()
    return {
        **listed,
        **{
            key: [
                *senses,
                *(
                    other
                    for other in (listed.get(key, []) if len(listed.get(key, [])) > 1 else [])
                    if not any(same_sense(other, sense) for sense in senses)
                ),
            ]
            for key, senses in mined.items()
        },
    }


def written_sigle(key: str) -> str:
    """How a sigle is written, when only its key is known: as we list it, else in capitals."""
    entry = curated_entries().get(key)
    return entry.sigle if entry else key.upper()


def dump_places(entries: Mapping[str, Entry]) -> str:
    """Entries as the JSON text of `PLACES_FILE`."""
    return json.dumps(
        {
            key: {
                "sigle": entry.sigle,
                "senses": [
                    {"text": sense.text, "count": sense.count, "places": sense.places}
                    for sense in entry.senses
                ],
            }
            for key, entry in entries.items()
        },
        ensure_ascii=False,
    )


def load_places(text: str) -> Entries:
    """Entries from the JSON text of `PLACES_FILE`.

    Raises:
        ValueError: the text is not what `dump_places` writes.
    """
    try:
        table: dict[str, dict[str, Any]] = json.loads(text)
        return {
            key: Entry(
                str(entry["sigle"]),
                tuple(
                    Sense(
                        str(sense["text"]),
                        int(sense["count"]),
                        tuple((str(name), int(page)) for name, page in sense["places"]),
                    )
                    for sense in entry["senses"]
                ),
            )
            for key, entry in table.items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{PLACES_FILE}: {error!r}") from error


def _group_of(groups: list[_Group], expansion: str) -> _Group:
    for group in groups:
        if same_sense(group.text, expansion):
            return group
    groups.append(_Group(expansion))
    return groups[-1]


def _same_root(first: str, second: str) -> bool:
    return first == second or (
        min(len(first), len(second)) >= _SAME_ROOT and first[:_SAME_ROOT] == second[:_SAME_ROOT]
    )


def _best_wording(written: Counter[str]) -> str:
    """The wording used most; of equals, one that is not in capitals, then the first."""
    most = max(written.values())
    equals: Sequence[str] = [text for text, count in written.items() if count == most]
    return next((text for text in equals if not text.isupper()), equals[0])

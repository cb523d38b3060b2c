"""What sigles stand for, in the texts at hand and by usage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from assistant.index.glossary import curated, written_sigle
from assistant.index.sigle_mining import find_in_text, sigle_key
from assistant.language.analyser import analyse

Aliases = dict[str, tuple[frozenset[str], ...]]
"""Index term of a sigle → sets of terms, any of which, complete, says the same."""


def aliases_of(texts: Iterable[str], glossary: Mapping[str, Sequence[str]] | None) -> Aliases:
    """What sigles stand for: usual senses, those of the glossary, of the texts at hand."""
    senses: dict[str, list[str]] = {}
    for key, said in (*curated().items(), *(glossary or {}).items()):
        senses.setdefault(key, []).extend(said)
    for text in dict.fromkeys(texts):
        for sigle, expansion in _definitions(text):
            senses.setdefault(sigle_key(sigle), []).append(expansion)
    found: dict[str, list[frozenset[str]]] = {}
    for key, expansions in senses.items():
        letters = _sigle_terms(written_sigle(key))
        for expansion in expansions:
            spelt = _terms_of(expansion)
            if len(letters) == 1 and len(spelt) > 1:
                found.setdefault(letters[0], []).append(spelt)
    return {key: tuple(dict.fromkeys(sets)) for key, sets in found.items()}


@lru_cache(maxsize=4096)
def _terms_of(text: str) -> frozenset[str]:
    return frozenset(analyse(text))


@lru_cache(maxsize=4096)
def _sigle_terms(written: str) -> tuple[str, ...]:
    # Alone, a sigle would be taken for a text in capitals.
    return tuple(analyse(f"le sigle {written}")[1:])


@lru_cache(maxsize=8192)
def _definitions(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((found.sigle, found.expansion) for found in find_in_text(text))

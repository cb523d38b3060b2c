"""From passages to what a generation indexes: windows to embed, terms of each field, sigles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.index import generations, glossary
from assistant.index.generations import WindowTable
from assistant.index.lexical import LexicalIndex
from assistant.index.windows import Window, context_text, index_text, split_windows
from assistant.language.analyser import analyse
from assistant.language.forms import WordForms, count_words
from assistant.model import Passage

if TYPE_CHECKING:
    from assistant.index.vectors import Vectors


@dataclass(slots=True)
class Assembled:
    """The rows of a generation, before their vectors.

    Attributes:
        ids, documents, texts: one item a passage.
        bodies, contexts: analysed terms of its two fields, one list a passage.
        windows: every window, in the order of its passages.
        rows: the passage row of each window.
    """

    ids: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    bodies: list[list[str]] = field(default_factory=list)
    contexts: list[list[str]] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def table(self) -> WindowTable:
        """Where each window stands."""
        return WindowTable(
            passage=np.array(self.rows, dtype=np.int32),
            page=np.array([window.span.page for window in self.windows], dtype=np.int32),
            start=np.array([window.span.start for window in self.windows], dtype=np.int32),
            end=np.array([window.span.end for window in self.windows], dtype=np.int32),
            digest=np.array([window.digest for window in self.windows], dtype="S16"),
        )

    def lexical(self) -> LexicalIndex:
        """Index the terms of both fields, and the words as they are written."""
        forms = WordForms.of(count_words(self.texts))
        return LexicalIndex.build(self.bodies, self.contexts, forms)


def assemble(passages: Iterable[Passage], titles: Mapping[str, str]) -> Assembled:
    """Cut and analyse passages.

    Args:
        passages: in the order of their rows.
        titles: title of each document, by identifier.
    """
    made = Assembled()
    for passage in passages:
        title = titles[passage.document_id]
        cut = split_windows(passage, title)
        made.windows += cut
        made.rows += [len(made.ids)] * len(cut)
        made.ids.append(passage.id)
        made.documents.append(passage.document_id)
        made.texts.append("\n".join(index_text(block) for block in passage.blocks))
        made.bodies.append(analyse(made.texts[-1]))
        made.contexts.append(
            analyse(f"{context_text(passage.section, title)} {' '.join(passage.section)}")
        )
    return made


def publish_assembled(
    index_dir: Path,
    *,
    content: str,
    model: str,
    made: Assembled,
    sigles: glossary.Entries,
    vectors: Vectors,
) -> str:
    """Publish what was assembled, with the sigles that its passages define and its vectors.

    Raises:
        StorageError: the disk is full or refuses; the previous generation still serves.
    """
    return generations.publish(
        index_dir,
        content=content,
        model=model,
        passage_ids=made.ids,
        passage_documents=made.documents,
        windows=made.table(),
        vectors=vectors,
        lexical=made.lexical(),
        glossary=glossary.merge(glossary.as_glossary(sigles)),
        places=glossary.dump_places(sigles),
    )

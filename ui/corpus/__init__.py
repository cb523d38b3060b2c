"""« Corpus » tab: add documents, see what was read of them, correct what is said of them."""

from ui.corpus.tab import CorpusTab, Elsewhere, build

__all__ = ["CorpusTab", "Elsewhere", "build"]

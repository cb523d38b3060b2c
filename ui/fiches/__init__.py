"""« Fiches » tab: draft a use case with its proofs, complete it, compare, follow the committee."""

from ui.fiches.tab import build

__all__ = ["build"]
